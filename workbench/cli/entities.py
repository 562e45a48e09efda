"""``workbench entities``."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.common import (
    SEED,
    budget_option,
    checkpoint_option,
    load,
    read_settings,
    read_text,
    settings_option,
    windows_option,
)
from workbench.cli.keeping import keep, private_option, say
from workbench.cli.output import Meter, emit, printable, table
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
@click.option("--seed", type=SEED, default=0, show_default=True, metavar="S", help="Of what is drawn at random.")
@budget_option()
@settings_option()
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="F", help="Write a report; the suffix picks the format."
)
@private_option()
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
    settings: tuple[str, ...],
    output: Path | None,
    private: bool,
    form: str,
) -> None:
    """Find named entities: people, places, organisations, ... ("-" reads standard input).

    \b
    Examples:
      workbench entities "Apple CEO Tim Cook announced new features in Cupertino, California."
      workbench entities "Tim Cook works in Cupertino." --explain 1 --method occlusion --method shap
      workbench entities "Tim Cook works in Cupertino." --explain 1 --output why.html
    """
    from workbench import services
    from workbench.reports.entities_csv import entities_csv

    wanted, options = _wanted(texts, file, columns), read_settings(settings)
    _check(wanted, number, methods, options, output)
    services.parse_unit(unit)
    loaded, meter, start = load(checkpoint), Meter(), time.perf_counter()
    predictions = _found(loaded, wanted, strategy, scheme, windows, meter)
    report = services.entities_report(predictions[0])
    if number is not None:
        chosen = methods or services.ENTITY_METHODS
        settled: dict[str, Any] = {"unit": unit, "seed": seed, "budget": budget, "options": options, "progress": meter}
        report = services.explain_entity(loaded, predictions[0], number - 1, chosen, **settled)
    meter.close()
    # Of several texts nothing is kept, as of a file.
    lines = keep(report, time.perf_counter() - start, private=private) if len(wanted) == 1 else []
    # Before the report is written: where that fails, the history still has the run.
    say(*lines)
    if output is not None:
        services.save_report(report, output)
    writers = {"table": entities_table, "json": _as_json, "csv": entities_csv}
    emit(writers[form](predictions, report))


def _check(
    wanted: list[str],
    number: int | None,
    methods: tuple[str, ...],
    options: dict[str, dict[str, Any]],
    output: Path | None,
) -> None:
    """Refuse before the work what does not fit together, or could not be written after it."""
    from workbench import services

    if number is None and (methods or options):
        raise InputError("there are methods and no entity to explain", "add --explain N")
    if len(wanted) > 1 and number is not None:
        raise InputError(f"there are {len(wanted)} texts and one entity to explain", "give one text with --explain")
    if len(wanted) > 1 and output is not None:
        raise InputError(f"there are {len(wanted)} texts, and a report is of one", "use --format json or csv")
    if output is not None:
        services.check_report_file(output)


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


def entities_table(predictions: Sequence[EntityPrediction], report: EntityReport) -> str:
    """Entities for a terminal.

    Args:
        predictions: Of any number of texts.
        report: Of the first, with why an entity has its type where one is explained.

    Returns:
        Tables, all text printable.
    """
    return "\n".join(map(_one_table, predictions)) + ("" if report.entity is None else _explained(report))


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
    entity, number = report.explained, (report.entity or 0) + 1
    lines = [f"\nwhy {number} ({printable(entity.text)}) is {printable(entity.type)}\n"]
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


def _as_json(predictions: Sequence[EntityPrediction], report: EntityReport) -> str:
    from workbench.reports.entities_json import entities_document

    content = entities_document(predictions, report)
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
