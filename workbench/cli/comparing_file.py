"""``workbench compare --file``: two to four checkpoints on a file of reviews."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.common import load, parse_scales
from workbench.cli.output import Meter, emit, printable, table
from workbench.errors import Cancelled, InputError
from workbench.text import excerpt

if TYPE_CHECKING:
    from workbench.schema import CheckpointOnFile, DisagreementWords, FileComparison, PairOnFile

_FORMATS = ("table", "json", "csv")
_SHOWN = 10  # disagreements of each pair
_FAULTS_SHOWN = 5


def compare_file_command(
    checkpoints: Sequence[str],
    file: Path,
    *,
    text_column: str | Sequence[str] | None = None,
    label_column: str | None = None,
    format: str = "table",
    output: Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    scales: Sequence[str] = (),
    words: int = 0,
) -> None:
    """Compare checkpoints on a file, print the result, and write it where wanted.

    Args:
        checkpoints: Names as typed.
        file: csv, tsv, jsonl, parquet or txt.
        text_column: Column of the text, or several to join; by default guessed.
        label_column: Column of the label; by default guessed.
        format: ``table``, ``json`` or ``csv`` (the disagreements, pair by pair).
        output: Also write a report here; the suffix picks its format.
        limit: The most rows to read, drawn at random; by default as ``read_table`` has it.
        seed: Of the sample and the bootstrap.
        scales: ``checkpoint:LABEL=PLACE,...``, as typed.
        words: Also explain why each two differ on so many reviews, and add up what each word contributes.

    Raises:
        InputError: The file, a column or an argument is at fault.
        CheckpointError: A checkpoint cannot be used.
        Cancelled: Interrupted; the result on the rows read so far has been printed.
    """
    from workbench import services
    from workbench.tables import DEFAULT_LIMIT, read_table

    services.check_chosen(checkpoints)
    _check(format, output)
    columns = [text_column] if isinstance(text_column, str) else list(text_column or ())
    read = read_table(
        file, text=columns, label=label_column, limit=DEFAULT_LIMIT if limit is None else limit, seed=seed
    )
    loaded = [load(name) for name in checkpoints]
    places = parse_scales(scales, loaded)
    meter = Meter()
    try:
        with _interruptible() as cancelled:
            found = services.compare_file(
                loaded,
                read.rows,
                source=read.source,
                seed=seed,
                scales=places,
                progress=partial(meter, "compare"),
                cancelled=cancelled,
            )
            if words and not found.partial:
                found = services.explain_disagreement(
                    found, loaded, words, scales=places, progress=partial(meter, "words"), cancelled=cancelled
                )
            stopped = cancelled()
    finally:
        meter.close()
    if output is not None:
        services.save_report(found, output)
    emit(rendered(found, format))
    if found.partial:
        raise Cancelled(f"interrupted after {len(found.rows)} of {found.asked} rows", "the result is of these alone")
    if stopped:
        raise Cancelled("interrupted while words were added up", "the result has those of the reviews explained so far")


def rendered(comparison: FileComparison, form: str) -> str:
    """A comparison on a file in one of the command's formats.

    Args:
        comparison: What to print.
        form: ``table``, ``json`` or ``csv``.

    Returns:
        With its line ends.
    """
    from workbench.reports.file_comparison import comparison_json, pairs_csv

    if form == "json":
        return comparison_json(comparison).decode("utf-8")
    if form == "csv":
        return pairs_csv(comparison).decode("utf-8")
    return file_table(comparison)


def file_table(comparison: FileComparison) -> str:
    """A comparison on a file for a terminal.

    Args:
        comparison: What to print.

    Returns:
        Lines.
    """
    count = len(comparison.rows)
    rows = "1 review" if count == 1 else f"{count:,} reviews"
    source = comparison.source
    lines = [f"{rows}{f' of {printable(source.name)}' if source else ''}\n\n", _overview(comparison.checkpoints)]
    lines += [_pair(comparison, pair) for pair in comparison.pairs]
    notes = [*(source.notes if source else ()), *comparison.notes]
    faults = [f"row {fault.number}: {fault.reason}" for fault in (source.faults if source else ())[:_FAULTS_SHOWN]]
    if notes or faults:
        lines += ["\n", *(f"note: {printable(note)}\n" for note in [*notes, *faults])]
    return "".join(lines)


def _overview(sides: Sequence[CheckpointOnFile]) -> str:
    """One line a checkpoint."""
    from workbench.schema import Measure

    header = ["checkpoint", "labelled", *Measure, "seconds", "texts/s", "parameters", "MB"]
    rows = [
        [
            side.name,
            side.labelled,
            *(side.figures.get(measure) for measure in Measure),
            side.seconds,
            side.texts_per_second,
            side.parameters,
            None if side.disk_bytes is None else side.disk_bytes / 1e6,
        ]
        for side in sides
    ]
    return table(list(map(str, header)), rows)


def _pair(comparison: FileComparison, pair: PairOnFile) -> str:
    """What two checkpoints differ in, how often each is right, and where they disagree most."""
    from workbench.schema import Choice

    first, second = comparison.names(pair)
    counts = ", ".join(f"{choice} {count:,}" for choice, count in pair.counts.items() if choice is not Choice.ALL)
    lines = [f"\n{printable(first)} and {printable(second)}: agree on {pair.agreement:.1%}; {counts}\n"]
    lines += [f"{printable(one.sentence)}\n" for one in pair.differences]
    if pair.mcnemar:
        alone = pair.mcnemar.only_first + pair.mcnemar.only_second
        lines.append(f"McNemar: p = {pair.mcnemar.p:.3g} on {alone:,} rows that only one has right\n")
    lines.append(_confusion(comparison, pair))
    places = [place for place in comparison.chosen(pair, Choice.ALL)[:_SHOWN] if pair.amounts[place] > 0]
    found = [comparison.disagreement(pair, place) for place in places]
    if found:
        header = ["row", "disagreement", f"{first}", f"{second}", "label", "text"]
        cells = [
            [one.row.number, one.amount, *one.labels, one.row.label or "", excerpt(one.row.text, 48)] for one in found
        ]
        lines += [f"most disagreement ({pair.distance.phrase})\n", table(list(map(printable, header)), cells)]
    lines += [_words(one, (first, second)) for one in comparison.words if comparison.pairs[one.pair] is pair]
    return "".join(lines)


def _words(words: DisagreementWords, names: tuple[str, str]) -> str:
    """What each word adds to the difference of the two."""
    header = ["word", "total", "times", "reviews", "lifts"]
    cells = [
        [one.word, f"{one.total:+.3f}", one.count, one.reviews, names[0] if one.total > 0 else names[1]]
        for one in words.totals[:_SHOWN]
        if one.total
    ]
    head = f"words that go with it, by {words.method}, over {words.reviews:,} of {words.asked:,} reviews\n"
    return head + table(header, cells)


def _confusion(comparison: FileComparison, pair: PairOnFile) -> str:
    down, across = comparison.checkpoints[pair.first], comparison.checkpoints[pair.second]
    header = [f"{down.name} down, {across.name} across", *across.checkpoint.labels]
    rows = [[label, *counts] for label, counts in zip(down.checkpoint.labels, pair.confusion, strict=True)]
    return table(list(map(printable, header)), rows)


def _check(form: str, output: Path | None) -> None:
    from workbench import services

    if form not in _FORMATS:
        raise InputError(f"there is no format {form!r}", f"choose one of {', '.join(_FORMATS)}")
    if output is not None:
        services.check_report_file(output)


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Whether the user asked to stop; the first time the rows read so far are kept, the second time nothing is."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped.is_set
        return
    usual = signal.getsignal(signal.SIGINT)

    def stop(*_: object) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, stop)
    try:
        yield stopped.is_set
    finally:
        signal.signal(signal.SIGINT, usual)
