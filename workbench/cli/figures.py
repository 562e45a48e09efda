"""``workbench figures``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from workbench.cli.common import SEED, Number
from workbench.cli.output import emit, printable, table
from workbench.errors import InputError
from workbench.text import excerpt

if TYPE_CHECKING:
    from workbench import services
    from workbench.schema import (
        DatasetFigures,
        Estimate,
        Frozen,
        Reliability,
        Slice,
        Slices,
        TemperatureScaling,
        ThresholdFigures,
    )

SCHEMA = "workbench.figures/1"
_CELL = 24
_NEAREST = 5
_MEASURES = ("accuracy", "off_by_one", "mae")


@dataclass(frozen=True)
class _Found:
    """Everything that was asked for."""

    figures: DatasetFigures
    reliability: Reliability | None
    temperature: TemperatureScaling | None
    threshold: ThresholdFigures | None
    slices: Slices | None


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--threshold", type=Number(0, 1), metavar="T", help="Also what this least confidence does.")
@click.option(
    "--accuracy",
    type=Number(0, 1),
    metavar="A",
    help="Also the least threshold above which the predictions are right so often.",
)
@click.option("--surely", is_flag=True, help="With --accuracy: the lower end of its 95% interval has to reach it.")
@click.option("--temperature", is_flag=True, help="Also fit a temperature, and use it where it helps.")
@click.option("--slices", "sliced", is_flag=True, help="Also the parts on which the predictions are worse.")
@click.option(
    "--measure", type=click.Choice(_MEASURES), default="accuracy", show_default=True, help="By what slices are judged."
)
@click.option("--pairs", is_flag=True, help="With --slices: each two conditions too.")
@click.option("--least-rows", type=click.IntRange(2), default=30, show_default=True, metavar="N", help="Of a slice.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Of the bootstrap and of the halves.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def figures(
    folder: Path,
    threshold: float | None,
    accuracy: float | None,
    surely: bool,
    temperature: bool,
    sliced: bool,
    measure: str,
    pairs: bool,
    least_rows: int,
    seed: int,
    form: Literal["table", "json"],
) -> None:
    """How good the predictions of a batch are: figures with their uncertainty, thresholds, and where they fail.

    \b
    Examples:
      workbench figures my-batch
      workbench figures my-batch --threshold 0.8 --slices
      workbench figures my-batch --temperature --accuracy 0.95 --surely --format json
    """
    from workbench import services
    from workbench.schema import Measure, RowFilter

    if threshold is not None and accuracy is not None:
        raise InputError("--threshold and --accuracy contradict each other", "give one of them")
    if surely and accuracy is None:
        raise InputError("--surely is for --accuracy", "say which accuracy is wanted")
    dataset = services.Dataset(folder)
    scaling = services.fit_temperature(dataset, seed=seed) if temperature else None
    chosen = RowFilter(temperature=scaling.temperature.value) if scaling and scaling.helps else RowFilter()
    measured = services.figures(dataset, chosen, seed=seed)
    piles = None
    if threshold is not None or accuracy is not None:
        piles = _piles(services.Thresholds(dataset, chosen), threshold, accuracy, surely)
    parts = None
    if sliced:
        parts = services.slices(dataset, measure=Measure(measure), least_rows=least_rows, pairs=pairs)
    reliability = services.reliability(dataset, chosen, seed=seed) if measured.labelled else None
    found = _Found(measured, reliability, scaling, piles, parts)
    emit(_json(found) if form == "json" else _table(found))


def _piles(
    thresholds: services.Thresholds, threshold: float | None, accuracy: float | None, surely: bool
) -> ThresholdFigures:
    if threshold is not None:
        return thresholds.at(threshold)
    found = thresholds.least(accuracy or 0.0, surely=surely)
    if found is None:
        raise InputError(f"no threshold reaches an accuracy of {accuracy:g}", "ask for less")
    return found


def _json(found: _Found) -> str:
    def whole(one: Frozen | None) -> object:
        return one.model_dump(mode="json") if one else None

    content = {"schema": SCHEMA, **{name: whole(getattr(found, name)) for name in _Found.__dataclass_fields__}}
    # Texts of a file may hold lone surrogates, which no encoding takes.
    return json.dumps(content, indent=2) + "\n"


def _table(found: _Found) -> str:
    blocks = [_figures(found.figures), _classes(found.figures), _confusion(found.figures)]
    if found.temperature:
        used = "all figures here use it" if found.temperature.helps else "the figures here leave it out"
        blocks.append(f"{found.temperature.sentence}; {used}\n")
    if found.reliability:
        blocks.append(f"{found.reliability.sentence}\n")
    if found.threshold:
        blocks.append(_threshold(found.threshold))
    if found.slices:
        blocks.append(_slices(found.slices))
    return "\n".join(filter(None, blocks))


def _figures(found: DatasetFigures) -> str:
    counts = f"{found.rows:,} rows predicted, {found.errors:,} with an error, {found.labelled:,} with a right label"
    unknown = f", {found.unknown:,} with a label that the checkpoint does not know" if found.unknown else ""
    names = ["accuracy", "off_by_one", "mae", "macro_f1", "ece", "log_loss", "brier"]
    rows = [[name, *_parts(getattr(found, name))] for name in names if getattr(found, name)]
    return f"{counts}{unknown}\n" + ("\n" + table(["figure", "value", "95% from", "to"], rows) if rows else "")


def _parts(one: Estimate | None) -> list[object]:
    return ["", "", ""] if one is None else [one.value, one.low, one.high]


def _classes(found: DatasetFigures) -> str:
    if not found.classes:
        rows = [[excerpt(label, _CELL), count] for label, count in zip(found.labels, found.predicted, strict=True)]
        return table(["label", "predicted"], rows)
    return table(
        ["label", "rows", "predicted", "precision", "recall", "f1"],
        [
            [excerpt(one.label, _CELL), one.rows, one.predicted]
            + [part.value if part else None for part in (one.precision, one.recall, one.f1)]
            for one in found.classes
        ],
    )


def _confusion(found: DatasetFigures) -> str:
    if not found.confusion:
        return ""
    names = [excerpt(label, _CELL) for label in found.labels]
    rows = [[name, *counts] for name, counts in zip(names, found.confusion, strict=True)]
    return table(["right \\ predicted", *map(printable, names)], rows)


def _threshold(found: ThresholdFigures) -> str:
    lines = [
        f"threshold {found.threshold:.4f}: {found.confident:,} of {found.rows:,} rows ({found.coverage.value:.1%}) are "
        f"left to the checkpoint, {found.person:,} to a person\n"
    ]
    if found.accuracy:
        lines.append(
            f"accuracy of the first {found.accuracy.value:.4f} (95%: {found.accuracy.low:.4f} to "
            f"{found.accuracy.high:.4f}); {found.caught:,} of {found.errors:,} errors are among the second\n"
        )
    return "".join(lines)


def _slices(found: Slices) -> str:
    head = (
        f"{found.measure.phrase} {found.overall.value:.4f}; {len(found.worst)} of {found.looked_at:,} slices are worse "
        "than the rest (5% false ones among these, Benjamini-Hochberg)"
    )
    shown: Sequence[Slice] = found.worst
    if not shown:
        head += "; what comes nearest may be chance"
        below = [one for one in found.slices if (one.difference.value > 0) is found.measure.low_is_good]
        shown = sorted(below, key=lambda one: one.p)[:_NEAREST]
    rows = [
        [excerpt(one.name, 2 * _CELL), one.labelled, *_parts(one.value), one.rest, f"{one.p_corrected:.1e}"]
        for one in shown
    ]
    notes = "".join(f"note: {note}\n" for note in found.notes)
    return f"{head}\n{table(['slice', 'rows', 'value', '95% from', 'to', 'rest', 'p'], rows)}{notes}"
