"""``workbench verify``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli.common import CHECKPOINT_HELP, Number, load
from workbench.cli.output import Meter, emit, printable, table
from workbench.text import excerpt

if TYPE_CHECKING:
    from workbench.schema import Deviation, Verification

SCHEMA = "workbench.verification/1"
# Deviations that a table shows, and signs of a value in it.
_SHOWN, _VALUE = 20, 32


@click.command()
@click.argument("report", metavar="REPORT")
@click.option(
    "--tolerance",
    type=Number(min=0),
    default=1e-4,
    show_default=True,
    metavar="X",
    help="How far two numbers may lie apart; times their size, where that is above one.",
)
@click.option("--trust/--no-trust", default=True, help="Judge the methods again, where the report does.")
@click.option(
    "--checkpoint", "names", multiple=True, metavar="C", help=f"Where a checkpoint of the report is. {CHECKPOINT_HELP}"
)
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="F",
    help="The file that a comparison on a file was made on, to be read again too.",
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def verify(report: str, tolerance: float, trust: bool, names: tuple[str, ...], file: Path | None, form: str) -> int:
    """Recompute a report (.json or .html; "-" reads standard input) and say what differs.

    Exit status: 0 all agrees within the tolerance; 1 something differs; 2 the report is at fault; 3 its checkpoint
    cannot be had here.

    \b
    Example:
      workbench verify report.json --tolerance 0.001
    """
    from workbench import services
    from workbench.reports.reading import report_bytes, report_document

    content = report_bytes(sys.stdin.buffer if report == "-" else Path(report))
    # What is no report is told before anything heavy is imported.
    report_document(content)
    meter = Meter()
    try:
        found = services.verify(
            content, checkpoints=names, tolerance=tolerance, trust=trust, file=file, load=load, progress=meter
        )
    finally:
        meter.close()
    emit(_json(found) if form == "json" else "\n".join(map(printable, _table(found).split("\n"))))
    return 0 if found.agrees else 1


def _json(found: Verification) -> str:
    content = {"schema": SCHEMA, **found.model_dump(mode="json")}
    # Values of a report may hold lone surrogates, which no encoding takes.
    return json.dumps(content, indent=2) + "\n"


def _table(found: Verification) -> str:
    parts = [
        [part.name, part.values, f"{part.largest:.1e}" if part.largest else "0", part.beyond] for part in found.parts
    ]
    blocks = [
        _verdict(found),
        table(["recomputed", "values", "largest difference", "beyond"], parts),
        _deviations(found.deviations),
        _remarks(found),
    ]
    return "\n".join(filter(None, blocks))


def _verdict(found: Verification) -> str:
    if found.agrees:
        lines = [f"agrees: recomputing gives the same, within {found.tolerance:g}"]
    else:
        count = len(found.deviations)
        what = (
            f": {count} value{'' if count == 1 else 's'} beyond {found.tolerance:g}"
            if count
            else ", though not in its values"
        )
        lines = [f"differs{what}"]
    lines += [f"the report contradicts itself: {one}" for one in found.contradictions]
    if found.page == "differs":
        lines.append("the page shows something else than the data it carries")
    return "".join(f"{line}\n" for line in lines)


def _deviations(deviations: tuple[Deviation, ...]) -> str:
    if not deviations:
        return ""
    rows = [[one.place, *_values(one), "" if one.size is None else f"{one.size:.1e}"] for one in deviations[:_SHOWN]]
    more = len(deviations) - len(rows)
    return table(["place", "recorded", "recomputed", "difference"], rows) + (f"and {more} more\n" if more else "")


def _values(one: Deviation) -> tuple[str, str]:
    """What the report has and what recomputing gives."""
    recorded, recomputed = _value(one.recorded), _value(one.recomputed)
    if one.fault == "count":
        return f"{recorded} entries", f"{recomputed} entries"
    return "(missing)" if one.fault == "missing" else recorded, "(none)" if one.fault == "surplus" else recomputed


def _value(value: object) -> str:
    return (
        excerpt(value, _VALUE) if isinstance(value, str) else f"{value:.6g}" if isinstance(value, float) else f"{value}"
    )


def _remarks(found: Verification) -> str:
    lines = [
        f"checkpoint: {one.recorded}{'' if one.found == one.recorded else f', here {one.found}'} ({one.fingerprint})"
        for one in found.checkpoints
    ]
    changes = [f"{one.package} {one.recorded} (here {one.installed or 'none'})" for one in found.versions]
    if changes:
        lines.append(f"other versions than the report names: {', '.join(changes)}")
    if found.page == "same":
        lines.append("the page shows what its data says")
    lines += found.notes
    lines.append("not verifiable: times, evaluations made, versions, names and notes; see docs/verify.md")
    return "".join(f"{line}\n" for line in lines)
