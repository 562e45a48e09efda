"""What a batch costs here, measured, and what that makes of larger machines, computed.

Run it by itself: ``python tests/benchmarks/scaling.py --output docs/scale.md``. It fills the tables of that document
between their markers; without ``--output`` it prints them. Nothing here is a test: times depend on the machine. What it
says of GPUs is a projection from the assumptions on its command line, never a measurement.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from _machine import machine
from _scaling import ROWS, Measured, measure
from _tables import replaced, table

BILLION, MILLION = 1e9, 1e6
GPUS = (1, 10, 100)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, project, write.

    Args:
        arguments: Words of the command line; by default those of this process.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", default="stars")
    parser.add_argument("--rows", type=int, default=ROWS, help="Reviews that are predicted.")
    parser.add_argument("--reviews", type=float, default=100, help="Millions that are projected.")
    parser.add_argument("--peak", type=float, nargs="+", default=[19.5, 67.0], help="TFLOP/s of a GPU, float32.")
    parser.add_argument("--share", type=float, default=0.3, help="Of the peak that a GPU reaches.")
    parser.add_argument("--disk", type=float, default=1.0, help="GB/s that the shared folder takes.")
    parser.add_argument("--output", type=Path, help="A document with markers.")
    settings = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        found = measure(settings.checkpoint, settings.rows, Path(place))
    sections = {
        "measured": f"{measured(found)}\n\n{caption(found)}",
        "projected": projected(found, settings),
    }
    if settings.output is None:
        print("\n\n".join(sections.values()))
        return 0
    document = settings.output.read_text("utf-8")
    for name, content in sections.items():
        document = replaced(document, name, content)
    settings.output.write_text(document, "utf-8")
    return 0


def measured(found: Measured) -> str:
    """What was timed and weighed.

    Args:
        found: From ``measure``.

    Returns:
        A table.
    """
    rows = [(f"scan of the input, {form}", rate(speed)) for form, speed in found.scan.items()]
    rows += [(f"reading parts, {form}", rate(speed)) for form, speed in found.read.items()]
    rows += [
        (f"predictions, {threads} thread{'s'[: threads > 1]}", rate(speed)) for threads, speed in found.predict.items()
    ]
    rows.append(("all but the model (one process)", f"{1e3 * found.host:.2f} ms a row"))
    rows += [(f"explanations, {name}", rate(speed)) for name, speed in found.explain.items()]
    rows.append(("a shard put in place", f"{1e3 * found.commit:.0f} ms"))
    rows.append(("predictions on disk", f"{found.predicted_bytes:.0f} bytes a row"))
    rows += [
        (f"explanations on disk, {name}", f"{size:.0f} bytes a row") for name, size in found.explained_bytes.items()
    ]
    rows.append(("texts themselves, as UTF-8", f"{found.text_bytes:.0f} bytes a row"))
    rows.append(("a local cluster, from nothing to the first part", f"{found.ray_start:.1f} s"))
    rows += [(f"whole batch, {name}", rate(speed)) for name, speed in found.whole.items()]
    return table(("what", "measured"), rows)


def caption(found: Measured) -> str:
    """What it was measured on.

    Args:
        found: From ``measure``.

    Returns:
        A paragraph.
    """
    facts = machine("cpu")
    return (
        f"*{found.rows:,} reviews of {found.words:.0f} words ({found.tokens:.0f} tokens) on average, from 3 to 400; "
        f"checkpoint `{found.checkpoint}`, {found.flops / BILLION:.2f} GFLOP a review. {facts['cpu']}, cores "
        f"{facts['cores']}, load {os.getloadavg()[0]:.1f} at the end; Python {facts['python']}, torch "
        f"{facts['versions']['torch']}. Each figure is of one run.*"
    )


def projected(found: Measured, settings: argparse.Namespace) -> str:
    """What follows for many reviews.

    Args:
        found: From ``measure``.
        settings: The assumptions.

    Returns:
        A table and how it was computed.
    """
    count = settings.reviews * MILLION
    best = max(found.whole.values())
    scan = count / found.scan["parquet"]
    rows = [("this machine", "", hours(count / best), hours(scan), "measured rate, extrapolated")]
    for peak in settings.peak:
        model = found.flops / (settings.share * peak * 1e12)
        for gpus in GPUS:
            seconds = count * (found.host + model) / gpus
            rows.append(
                (
                    f"{gpus} × {peak:g} TFLOP/s",
                    rate(gpus / (found.host + model)),
                    hours(seconds),
                    hours(scan),
                    "projected",
                )
            )
    size = count * found.predicted_bytes
    return "\n\n".join(
        [
            table(("machines", "reviews", "predicting", "scan before it", "kind"), rows),
            "Projected, not measured: a worker takes h + f / (s · P) seconds a review, with "
            f"h = {1e3 * found.host:.2f} ms (all but the model, measured on a core here), "
            f"f = {found.flops / BILLION:.2f} GFLOP, P the GPU's float32 rate as its maker states it, and "
            f"s = {settings.share:g} the share of it that is reached, which is an assumption. G workers take a G-th. "
            "The scan is one process on the machine that starts the batch, at the measured rate of parquet. "
            f"{settings.reviews:g} million predictions take {size / BILLION:.0f} GB, which are "
            f"{hours(size / (settings.disk * BILLION))} at the {settings.disk:g} GB/s assumed for the shared folder.",
        ]
    )


def rate(value: float) -> str:
    """Rows a second as they are read."""
    return f"{value:,.0f} rows/s" if value >= 10 else f"{value:.2g} rows/s"


def hours(seconds: float) -> str:
    """A time as it is read."""
    for unit, length in (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
