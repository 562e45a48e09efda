"""``workbench compare``."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli.common import CHECKPOINT_HELP, SEED, budget_option, load, parse_scales, read_text
from workbench.cli.comparing_file import compare_file_command
from workbench.cli.keeping import keep, private_option, say
from workbench.cli.output import Meter, emit, printable, table
from workbench.errors import InputError
from workbench.text import excerpt

if TYPE_CHECKING:
    from workbench.schema import Comparison, Difference, Span

# Signs of the longest bar.
_BAR = 12
# Signs of a checkpoint's name in a table.
_NAME = 32

_OF_A_FILE = {"columns": "--text-column", "label_column": "--label-column", "limit": "--limit", "words": "--words"}
_OF_A_TEXT = {"method": "--method", "target": "--target", "budget": "--budget"}


@click.command()
@click.argument("text", metavar="[TEXT]", required=False)
@click.option("--checkpoint", "names", multiple=True, metavar="C", help=f"{CHECKPOINT_HELP} Two to four of them.")
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="F",
    help="Compare on the reviews of a csv, tsv, jsonl, parquet or txt file instead of one text.",
)
@click.option(
    "--text-column",
    "columns",
    multiple=True,
    metavar="COLUMN",
    help="With --file: column of the text; repeat to join several. By default guessed.",
)
@click.option("--label-column", metavar="COLUMN", help="With --file: column of the label. By default guessed.")
@click.option(
    "--limit", type=int, metavar="N", help="With --file: the most rows to read, drawn at random; by default 2000."
)
@click.option(
    "--words",
    type=click.IntRange(1, 200),
    metavar="N",
    help="With --file: explain why each two differ on the N reviews of most disagreement, and add up the words.",
)
@click.option("--method", default="shap", show_default=True, metavar="M", help="shap, lime, occlusion, ...")
@click.option(
    "--target",
    metavar="T",
    help="LABEL, logit:LABEL, expected, scale, or predicted (each one's own label). By default the label that the "
    "first predicts where all have the same labels, else scale: the place between worst (0) and best (1).",
)
@click.option(
    "--scale",
    "scales",
    multiple=True,
    metavar="C:LABEL=PLACE,...",
    help="Where the labels of a checkpoint stand between 0 and 1, where their names do not tell; repeatable.",
)
@budget_option("of each explanation")
@click.option("--seed", type=SEED, default=0, show_default=True, metavar="S", help="Of what is drawn at random.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="F",
    help="Write a report; the suffix picks the format: .html, .pdf, .md, .json, or .csv.",
)
@private_option()
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="csv only with --file: the disagreements.",
)
def compare(
    text: str | None,
    names: tuple[str, ...],
    file: Path | None,
    columns: tuple[str, ...],
    label_column: str | None,
    limit: int | None,
    words: int | None,
    method: str,
    target: str | None,
    scales: tuple[str, ...],
    budget: int | None,
    seed: int,
    output: Path | None,
    private: bool,
    form: str,
) -> None:
    """Compare two to four checkpoints, on one text ("-" reads standard input) or on a file of reviews.

    On a text it says what each reads in it and why they differ; on a file how good each is, how surely they differ, and
    on which reviews.

    \b
    Examples:
      workbench compare "The room was clean but the staff ignored us." --checkpoint stars --checkpoint sentiment
      workbench compare "Good food." --checkpoint stars --checkpoint sentiment --scale sentiment:NEGATIVE=0.2,POSITIVE=1
      workbench compare --file sample_data/reviews.csv --checkpoint stars --checkpoint stars-early --output found.html
    """
    _check_question(text, file)
    if text is None and file is not None:
        compare_file_command(
            names,
            file,
            text_column=columns,
            label_column=label_column,
            format=form,
            output=output,
            limit=limit,
            seed=seed,
            scales=scales,
            words=words or 0,
        )
    elif text is not None:
        _compare_text(text, names, method, target, scales, budget, seed, output, private, form)


def _check_question(text: str | None, file: Path | None) -> None:
    """Refuse two questions at once, none, or an option that belongs to the other one."""
    if (text is None) == (file is None):
        what = "there is neither a text nor a file" if file is None else "there are both a text and a file"
        raise InputError(f"{what} to compare on", 'give one of them: TEXT ("-" for standard input) or --file')
    context = click.get_current_context()
    typed = click.core.ParameterSource.COMMANDLINE
    for name, option in (_OF_A_FILE if file is None else _OF_A_TEXT).items():
        if context.get_parameter_source(name) is typed:
            other = "--file" if file is None else "one text"
            raise InputError(f"{option} goes with {other}", f"leave out {option}, or compare on {other}")
    if file is None and context.params["form"] == "csv":
        raise InputError("a comparison on one text is not written as csv", "choose table or json")


def _compare_text(
    text: str,
    names: Sequence[str],
    method: str,
    target: str | None,
    scales: Sequence[str],
    budget: int | None,
    seed: int,
    output: Path | None,
    private: bool,
    form: str,
) -> None:
    from workbench import services
    from workbench.reports import comparison_document

    services.check_chosen(names)
    if output is not None:
        services.check_report_file(output)
    body = read_text(text)
    loaded = [load(name) for name in names]
    meter, start = Meter(), time.perf_counter()
    found = services.compare(
        loaded,
        body,
        method=method,
        target=target,
        seed=seed,
        budget=budget,
        scales=parse_scales(scales, loaded),
        progress=meter,
    )
    meter.close()
    lines = keep(found, time.perf_counter() - start, private=private)
    # Before the report is written: where that fails, the history still has the run.
    say(*lines)
    if output is not None:
        services.save_comparison(found, output)
    document = comparison_document(found) if form == "json" else None
    emit(json.dumps(document, ensure_ascii=False, indent=2) + "\n" if document else comparison_tables(found))


def comparison_tables(comparison: Comparison) -> str:
    """A comparison for a terminal.

    Args:
        comparison: What to show.

    Returns:
        Tables, all text printable.
    """
    parts = [_verdicts(comparison), _words(comparison), *([_agreement(comparison)] if comparison.pairs else [])]
    parts += [_difference(pair.difference) for pair in comparison.pairs if pair.difference]
    if comparison.note:
        parts.append(f"{comparison.note}\n")
    return "\n".join(map(printable, "\n".join(parts).split("\n")))


def _verdicts(comparison: Comparison) -> str:
    header = ["checkpoint", "label", "probability", "expected", "scale", "runner-up", "margin", "tokens read", "note"]
    rows = []
    for one in comparison.checkpoints:
        said = one.prediction
        second = said.runner_up or (None, None)
        expected = said.expected_rating
        rows.append(
            [
                _short(one.checkpoint.name),
                ", ".join(said.selected) or "none",
                said.confidence,
                *("" if value is None else value for value in (expected, one.scaled, *second)),
                len(said.tokens),
                "" if said.unread_from is None else f"read up to character {said.unread_from}",
            ]
        )
    unread = "".join(
        f"{one.checkpoint.name} did not read {len(one.unread)} of the words: {_quoted(comparison.text, one.unread)}\n"
        for one in comparison.checkpoints
        if one.unread
    )
    return table(header, rows) + unread


def _quoted(text: str, spans: Sequence[Span]) -> str:
    """The beginning of what was not read."""
    return repr(excerpt(text[spans[0].start : spans[-1].end], 60))


def _words(comparison: Comparison) -> str:
    """Words by checkpoints; the bars share one scale where the scores mean the same."""
    sides = comparison.checkpoints
    meanings = [one.explanation.target.phrase() for one in sides]
    if comparison.comparable:
        meaning = meanings[0]
    else:
        meaning = ", ".join(f"{one.checkpoint.name}: {what}" for one, what in zip(sides, meanings, strict=True))
    rows = sorted(comparison.rows(), key=lambda row: -max(abs(score or 0.0) for score in row[1]))
    tops = [max((abs(scores[column] or 0.0) for _, scores in rows), default=0.0) for column in range(len(sides))]
    if comparison.comparable:
        tops = [max(tops)] * len(tops)
    cells = [
        [
            span.of(comparison.text),
            span.start,
            *(cell for score, top in zip(scores, tops, strict=True) for cell in (_number(score), _bar(score, top))),
        ]
        for span, scores in rows
    ]
    header = ["word", "at", *(part for one in sides for part in (_short(one.checkpoint.name), ""))]
    return f"{sides[0].explanation.method}: {meaning}\n{table(header, cells)}"


def _short(name: str) -> str:
    """The end of a name: where paths differ."""
    return name if len(name) <= _NAME else f"…{name[1 - _NAME :]}"


def _number(score: float | None) -> str:
    return "not read" if score is None else f"{score:+.4f}"


def _bar(score: float | None, top: float) -> str:
    """A bar to the length of a score; the number beside it has the sign."""
    return "" if not score else "▇" * round(_BAR * abs(score) / top)


def _agreement(comparison: Comparison) -> str:
    names = list(comparison.pairs[0].figures)
    rows = [
        [
            *(_short(name) for name in pair.checkpoints),
            *("" if pair.figures[name].value is None else pair.figures[name].value for name in names),
            len(pair.units),
        ]
        for pair in comparison.pairs
    ]
    return "how far their explanations agree\n" + table(["checkpoint", "and", *names, "on words"], rows)


def _difference(difference: Difference) -> str:
    from workbench.comparison_view import difference_sum

    first, second = (one.name for one in difference.checkpoints)
    ranked = sorted(difference.units, key=lambda unit: -abs(unit.score))
    top = max((abs(unit.score) for unit in ranked), default=0.0)
    rows = [
        [unit.text, unit.start, _number(unit.score), _bar(unit.score, top), _short(first if unit.score > 0 else second)]
        for unit in ranked
        if unit.score
    ]
    counts = difference.evaluations
    return (
        f"why {first} and {second} differ in the {difference.targets[0].phrase()} ({first} - {second})\n"
        f"{difference_sum(difference)}; {counts.asked} asked, {counts.made} made\n"
        + table(["word", "at", "score", "", "pushes up"], rows)
    )
