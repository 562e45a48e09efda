"""``workbench entities``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli.common import Meter, checkpoint_option, emit, load, printable, read_text, table, windows_option
from workbench.errors import InputError
from workbench.text import excerpt

if TYPE_CHECKING:
    from workbench.checkpoints import Checkpoint
    from workbench.schema import EntityPrediction, EntityReport

_AT_ONCE = 256
_STRATEGIES = ("none", "simple", "first", "average", "max")
_SCHEMES = ("bio", "iob1", "bioes", "bilou", "plain")


@click.command()
@click.argument("texts", metavar="[TEXT ...]", nargs=-1)
@click.option("--file", type=click.Path(path_type=Path), help="Texts from csv, tsv, jsonl, parquet or txt.")
@click.option(
    "--text-column", "columns", multiple=True, metavar="COLUMN", help="Column of the text; repeat to join several."
)
@checkpoint_option(default="entities")
@click.option(
    "--strategy",
    type=click.Choice(_STRATEGIES),
    help="How tokens become entities; by default what suits the checkpoint.",
)
@click.option("--scheme", type=click.Choice(_SCHEMES), help="How tags are read; by default told by the labels.")
@windows_option()
@click.option(
    "--explain", "number", type=click.IntRange(min=1), metavar="N", help="Why entity number N of the text has its type."
)
@click.option("--method", "methods", multiple=True, metavar="M", help="occlusion, shap, lime or all; repeatable.")
@click.option("--unit", default="word", show_default=True, metavar="U", help="word or sentence.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="S")
@click.option("--budget", type=click.IntRange(10, 20_000), metavar="N", help="Evaluations for each sampling method.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def entities(
    texts: tuple[str, ...],
    file: Path | None,
    columns: tuple[str, ...],
    checkpoint: str,
    strategy: str | None,
    scheme: str | None,
    windows: bool,
    number: int | None,
    methods: tuple[str, ...],
    unit: str,
    seed: int,
    budget: int | None,
    form: str,
) -> None:
    """Find named entities: people, places, organisations, ... ("-" reads standard input).

    \b
    Examples:
      workbench entities "Apple CEO Tim Cook announced new features in Cupertino, California."
      workbench entities "Tim Cook works in Cupertino." --explain 1 --method occlusion --method shap
    """
    from workbench import services
    from workbench.reports.entities_csv import entities_csv

    wanted = _wanted(texts, file, columns)
    if number is None and methods:
        raise InputError("there are methods and no entity to explain", "add --explain N")
    if number is not None and len(wanted) > 1:
        raise InputError(f"there are {len(wanted)} texts and one entity to explain", "give one text with --explain")
    services.parse_unit(unit)
    loaded, meter = load(checkpoint), Meter()
    predictions = _found(loaded, wanted, strategy, scheme, windows, meter)
    report = None
    if number is not None:
        chosen = methods or services.ENTITY_METHODS
        report = services.explain_entity(
            loaded, predictions[0], number - 1, chosen, unit=unit, seed=seed, budget=budget, progress=meter
        )
    meter.close()
    writers = {"table": _as_table, "json": _as_json, "csv": entities_csv}
    emit(writers[form](predictions, report))


def _wanted(texts: tuple[str, ...], file: Path | None, columns: tuple[str, ...]) -> list[str]:
    """The texts of the line and of the file."""
    from workbench.tables import read_rows

    wanted = [read_text(text) for text in texts]
    if file is not None:
        wanted += [row.text for row in read_rows(file, text=columns)]
    if not wanted:
        raise InputError("there is no text to find entities in", "give a text, - for standard input, or --file")
    return wanted


def _found(
    checkpoint: Checkpoint, texts: list[str], strategy: str | None, scheme: str | None, windows: bool, meter: Meter
) -> list[EntityPrediction]:
    from workbench import services

    predictions: list[EntityPrediction] = []
    for start in range(0, len(texts), _AT_ONCE):
        some = texts[start : start + _AT_ONCE]
        predictions += services.find_entities_many(checkpoint, some, strategy=strategy, scheme=scheme, windows=windows)
        meter("entities", len(predictions), len(texts))
    return predictions


def _as_table(predictions: list[EntityPrediction], report: EntityReport | None) -> str:
    return "\n".join(map(_one_table, predictions)) + (_explained(report) if report else "")


def _one_table(prediction: EntityPrediction) -> str:
    unread = "" if prediction.unread_from is None else f"; read up to character {prediction.unread_from}"
    windows = f"; read in {len(prediction.windows)} overlapping windows" if prediction.windows else ""
    head = f'"{printable(excerpt(prediction.text, 100))}"{unread}{windows}\n'
    rows = [
        [number, one.type, " ".join(one.text.split()), one.start, one.end, one.score]
        for number, one in enumerate(prediction.entities, start=1)
    ]
    return head + (table(["number", "type", "text", "start", "end", "score"], rows) if rows else "no entities\n")


def _explained(report: EntityReport) -> str:
    entity = report.explained
    lines = [f"\nwhy {report.entity + 1} ({printable(entity.text)}) is {printable(entity.type)}\n"]
    for one in report.explanations:
        base = "" if one.base_value is None else f"base {one.base_value:+.4f}, "
        made = one.evaluations
        lines.append(
            f"\n{one.method}: {base}full {one.full_value:+.4f}; {made.asked} asked, {made.made} made, "
            f"{one.seconds:.1f} s\n"
        )
        ranked = sorted(one.units, key=lambda unit: -abs(unit.score))
        lines.append(table([one.unit.value, "at", "score"], [[unit.text, unit.start, unit.score] for unit in ranked]))
    return "".join(lines)


def _as_json(predictions: list[EntityPrediction], report: EntityReport | None) -> str:
    from workbench.reports.entities_json import entities_document
    from workbench.services import provenance

    content = entities_document(predictions, report, provenance())
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
