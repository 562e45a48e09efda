"""``workbench triage``: the rows of a batch, what is remarkable about them, and what people say about their labels."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.common import Number
from workbench.cli.keeping import say
from workbench.cli.output import emit
from workbench.cli.triage_rows import as_csv, as_json, as_table, chosen, filters, one_whole
from workbench.errors import InputError
from workbench.schema import RowFilter, RowOrder, RowPage

if TYPE_CHECKING:
    from workbench.triage import Dataset

_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
_FILE = click.Path(path_type=Path, dir_okay=False)
_MARK = re.compile(r"(?P<row>(?:.*?:)?[0-9]+)=(?P<label>.+)", re.DOTALL)


@click.group()
def triage() -> None:
    """Look through the rows of a batch: list, show, mark and export them.

    DIR is a folder that workbench batch has written. ROW is a number in the file; FILE:NUMBER where there are several.

    \b
    Examples:
      workbench triage list my-batch --tag "label may be wrong" --sort margin
      workbench triage mark my-batch "17=4 stars"
    """


@triage.command("list")
@_FOLDER
@filters
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True, metavar="N")
@click.option("--page", type=click.IntRange(1, 1_000_000_000), default=1, show_default=True, metavar="N")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def list_(folder: Path, limit: int, page: int, form: str, **asked: Any) -> None:
    """List rows that meet all that is asked for.

    \b
    Example:
      workbench triage list my-batch --wrong --sort confidence --descending --limit 50 --format csv
    """
    from workbench.services import triaging

    dataset = _opened(folder)
    found = triaging.rows(dataset, chosen(dataset, asked), _order(asked), RowPage(number=page - 1, size=limit))
    if form == "json":
        emit(as_json(found.rows, total=found.total))
    else:
        emit(as_csv(found.rows) if form == "csv" else as_table(dataset, found.rows))
    if len(found.rows) < found.total:
        say(f"page {page} of {found.pages}, {found.total} rows in all; --page and --limit show others")


@triage.command()
@_FOLDER
@click.argument("row", metavar="ROW")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def show(folder: Path, row: str, form: str) -> None:
    """Show a row whole.

    \b
    Example:
      workbench triage show my-batch 17
    """
    from workbench.services import triaging

    dataset = _opened(folder)
    found = triaging.row(dataset, triaging.parse_row(dataset, row))
    emit(as_json([found]) if form == "json" else one_whole(dataset, found))


@triage.command(short_help="Say which label rows should have.")
@_FOLDER
@click.argument("marks", metavar="[ROW=LABEL ...]", nargs=-1)
@click.option("--right", multiple=True, metavar="ROW", help="Its label is right; repeatable.")
@click.option("--undo", multiple=True, metavar="ROW", help="Take back what was said about it; repeatable.")
@click.option("--note", default="", metavar="TEXT", help="Why.")
def mark(folder: Path, marks: tuple[str, ...], right: tuple[str, ...], undo: tuple[str, ...], note: str) -> None:
    """Say which label rows should have; it is kept in the batch's folder.

    \b
    Examples:
      workbench triage mark my-batch "17=4 stars" --note "praises everything"
      workbench triage mark my-batch --right 18 --undo 17
    """
    from workbench.services import triaging

    if not (marks or right or undo):
        raise click.UsageError("there is nothing to mark, give ROW=LABEL, --right ROW or --undo ROW")
    dataset = _opened(folder)
    wanted = {triaging.parse_row(dataset, row): label for row, label in map(_mark, marks)}
    confirmed, undone = ([triaging.parse_row(dataset, row) for row in rows] for rows in (right, undo))
    triaging.relabel(dataset, wanted, note)
    triaging.confirm_labels(dataset, confirmed, note)
    triaging.take_back(dataset, undone)
    emit(as_table(dataset, [triaging.row(dataset, one) for one in dict.fromkeys([*wanted, *confirmed, *undone])]))


@triage.command(short_help="Write rows to a file, also for workbench train.")
@_FOLDER
@filters
@click.option(
    "--output", type=_FILE, required=True, metavar="F", help="Its suffix picks the format: .csv, .jsonl or .parquet."
)
@click.option(
    "--what",
    type=click.Choice(["rows", "corrections", "corrected"]),
    default="rows",
    show_default=True,
    help="Rows that meet the filter; those about whose label something was said; or all rows with corrected labels.",
)
@click.option("--threshold", type=Number(0, 1), metavar="X", help="Only rows that are at least so sure.")
@click.option("--for-a-person", "person", type=_FILE, metavar="F", help="Where the others go to, the least sure first.")
def export(folder: Path, output: Path, what: str, threshold: float | None, person: Path | None, **asked: Any) -> None:
    """Write rows to a file; workbench train reads text and label of corrections and of corrected rows.

    \b
    Examples:
      workbench triage export my-batch --tag duplicate --output duplicates.csv
      workbench triage export my-batch --threshold 0.8 --output sure.csv --for-a-person unsure.csv
      workbench triage export my-batch --what corrected --output reviews.parquet
    """
    from workbench.services import triage_files

    if (threshold is None) != (person is None):
        raise click.UsageError("--threshold and --for-a-person go together")
    dataset = _opened(folder)
    wanted, by = chosen(dataset, asked), _order(asked)
    if what != "rows" and (threshold is not None or (wanted, by) != (RowFilter(), RowOrder())):
        raise click.UsageError(f"--what {what} is of all rows, without a filter")
    if threshold is not None and person is not None:
        sure, others = triage_files.export_piles(dataset, threshold, output, person, wanted)
        emit(f"{output}: {_counted(sure)}\n{person}: {_counted(others)}\n")
        return
    if what == "rows":
        written = triage_files.export_rows(dataset, output, wanted, by)
    elif what == "corrections":
        written = triage_files.export_corrections(dataset, output)
    else:
        written = triage_files.export_corrected(dataset, output)
    emit(f"{output}: {_counted(written)}\n")


def _opened(folder: Path) -> Dataset:
    from workbench.services import triaging

    dataset = triaging.open_dataset(folder)
    if dataset.summary is None:
        say("the batch is not finished: these are the rows that are there")
    if damaged := triaging.damaged_corrections(dataset):
        say(f"marks that cannot be read and are passed over: {damaged}")
    return dataset


def _order(asked: dict[str, Any]) -> RowOrder:
    return RowOrder(column=asked["sort"], descending=asked["descending"])


def _mark(typed: str) -> tuple[str, str]:
    match = _MARK.fullmatch(typed)
    if match is None:
        raise InputError(f"{typed!r} is no mark", "write it as ROW=LABEL")
    return match["row"], match["label"]


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"
