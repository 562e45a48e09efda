"""Where two checkpoints disagree on a file, told: labels, the most disputed reviews, and words that go with them."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.file_view import short_names
from workbench.reports.document import Block, Cell, Paragraph, Section, Table, Tone
from workbench.reports.telling.wording import counted, method_title
from workbench.schema import (
    Choice,
    Disagreement,
    DisagreementWords,
    Distance,
    FileComparison,
    McNemar,
    PairOnFile,
    WordTotal,
)
from workbench.text import excerpt

# What is listed, with several pairs half as many rows of each; the JSON and the CSV have all.
MOST_ROWS, MOST_WORDS, _MOST_CELLS = 50, 40, 30
_TEXT = 280  # signs of a review
# Of more labels a matrix is too wide for paper: the most frequent pairs of labels are listed instead.
_MOST_LABELS = 10
_AMOUNTS = {
    Distance.STARS: "Stars apart",
    Distance.SCALE: "Apart, 0 to 1",
    Distance.PROBABILITY: "Probability moved",
    Distance.LABEL: "Labels differ",
}


def pair_sections(comparison: FileComparison) -> Iterator[Section]:
    """Where each two checkpoints disagree.

    Args:
        comparison: What is told.

    Yields:
        One section, or with several pairs one with a part a pair.
    """
    title = "Where they differ"
    if len(comparison.pairs) == 1:
        yield Section(title, tuple(_blocks(comparison, comparison.pairs[0])))
        return
    yield Section(title, (Paragraph("Each two of them, the first down and the second across.", Tone.SMALL),))
    for pair in comparison.pairs:
        yield Section(" − ".join(comparison.names(pair)), tuple(_blocks(comparison, pair)), level=3)


def word_sections(comparison: FileComparison) -> Iterator[Section]:
    """Which words go with the disagreement, where that was asked.

    Args:
        comparison: What is told.

    Yields:
        A section for each two of which it was.
    """
    for words in comparison.words:
        pair = comparison.pairs[words.pair]
        section = tuple(_words(words, comparison.names(pair), _heads(comparison, pair)))
        yield Section("Which words go with the disagreement", section)


def _heads(comparison: FileComparison, pair: PairOnFile) -> tuple[str, str]:
    """The names of a pair, short enough for the heads of a table."""
    names = short_names(comparison)
    return names[pair.first], names[pair.second]


def _blocks(comparison: FileComparison, pair: PairOnFile) -> Iterator[Block]:
    names = comparison.names(pair)
    yield Paragraph(_counts(pair, names))
    yield from _matrix(comparison, pair)
    if pair.mcnemar:
        yield Paragraph(_test(pair.mcnemar, names), Tone.SMALL)
    places = [place for place in comparison.chosen(pair, Choice.ALL) if pair.amounts[place] > 0]
    if not places:
        yield Paragraph("There is no review on which they disagree.")
        return
    yield Paragraph(f"The reviews of most disagreement; it is the {pair.distance.phrase}.")
    most = MOST_ROWS if len(comparison.pairs) == 1 else MOST_ROWS // 2
    found = [comparison.disagreement(pair, place) for place in places[:most]]
    yield _disputed(found, pair, _heads(comparison, pair), len(places))


def _counts(pair: PairOnFile, names: tuple[str, str]) -> str:
    said = f"They agree on {pair.agreement:.1%} of {counted(len(pair.differ), 'review')}."
    if Choice.BOTH_RIGHT not in pair.counts:
        return said
    titles = {
        Choice.BOTH_RIGHT: "both are right on",
        Choice.ONLY_FIRST: f"only {names[0]} on",
        Choice.ONLY_SECOND: f"only {names[1]} on",
        Choice.BOTH_WRONG: "neither on",
    }
    known = "; ".join(f"{title} {pair.counts[choice]:,}" for choice, title in titles.items())
    return f"{said} Of those with a label that both know, {known}."


def _matrix(comparison: FileComparison, pair: PairOnFile) -> Iterator[Block]:
    """How often each label of the one meets each of the other."""
    down, across = (comparison.checkpoints[one].checkpoint for one in (pair.first, pair.second))
    top = max(map(max, pair.confusion)) or 1
    alike = set(down.labels) == set(across.labels)
    cells = {
        (label, other): Cell(
            f"{count:,}" if count else "·",
            value=count,
            strength=(count if label == other or not alike else -count) / top,
            signed=alike,
        )
        for label, counts in zip(down.labels, pair.confusion, strict=True)
        for other, count in zip(across.labels, counts, strict=True)
    }
    colours = " Blue where they agree, orange where they differ." if alike else ""
    if max(len(down.labels), len(across.labels)) <= _MOST_LABELS:
        yield Paragraph(
            f"How many reviews got which two labels: {down.name} down, {across.name} across.{colours}", Tone.SMALL
        )
        rows = tuple((Cell(label), *(cells[label, other] for other in across.labels)) for label in down.labels)
        yield Table(("", *across.labels), rows, matrix=True)
        return
    yield Paragraph("How many reviews got which two labels, the most frequent first.", Tone.SMALL)
    met = sorted((both for both, cell in cells.items() if cell.value), key=lambda both: -(cells[both].value or 0))
    listed = tuple((Cell(label), Cell(other), cells[label, other]) for label, other in met[:_MOST_CELLS])
    plain = tuple((*pair_, Cell(count.text, value=count.value)) for *pair_, count in listed)
    yield Table((*_heads(comparison, pair), "Reviews"), plain, sortable=True, left_out=max(0, len(met) - _MOST_CELLS))


def _test(found: McNemar, names: tuple[str, str]) -> str:
    shown = f"{found.p:.3g}" if found.p >= 0.001 else "under 0.001"
    return (
        f"McNemar's exact test of the accuracies: {found.only_first:,} reviews that only {names[0]} has right against "
        f"{found.only_second:,} that only {names[1]} has, p {shown}."
    )


def _disputed(found: list[Disagreement], pair: PairOnFile, names: tuple[str, str], there: int) -> Table:
    """The most disputed reviews; the words of a review stand first, as what a row is about."""
    top = max(one.amount for one in found)
    labelled = any(one.row.label for one in found)
    rows = tuple(
        (
            Cell(excerpt(one.row.text, _TEXT)),
            Cell(str(one.row.number), value=one.row.number),
            Cell(f"{one.amount:.2f}", value=one.amount, strength=one.amount / top, signed=False),
            *(_said(one, side) for side in (0, 1)),
            *([Cell(one.row.label or "")] if labelled else []),
        )
        for one in found
    )
    header = ("Review", "Row", _AMOUNTS[pair.distance], *names, *(["Label"] if labelled else []))
    return Table(header, rows, sortable=True, left_out=there - len(found))


def _said(one: Disagreement, side: int) -> Cell:
    """A label with its probability, and whether it is right."""
    label, right = one.labels[side], one.right[side]
    mark = None if right is None else "right" if right else "wrong"
    return Cell(f"{label} {one.probabilities[side][label]:.2f}", mark=mark, doubt=right is False)


def _words(words: DisagreementWords, names: tuple[str, str], heads: tuple[str, str]) -> Iterator[Block]:
    yield Paragraph(
        f"What each word adds to the {_target(words.target)} of {names[0]} minus that of {names[1]}, by "
        f"{method_title(words.method)}, added up over {_over(words)} of most disagreement."
    )
    if words.reviews < words.asked:
        yield Paragraph("Cancelled before all of them were explained.", Tone.WARNING)
    shown = [one for one in words.totals if one.total][:MOST_WORDS]
    top = max((abs(one.total) for one in shown), default=0.0) or 1.0
    rows = tuple(_word(one, top, heads) for one in shown)
    header = ("Word", "Total", "Each time", "Times", "Reviews", "Lifts")
    yield Table(header, rows, sortable=True, left_out=len(words.totals) - len(shown))


def _over(words: DisagreementWords) -> str:
    if words.reviews < words.asked:
        return f"{words.reviews:,} of the {counted(words.asked, 'review')}"
    return "the review" if words.asked == 1 else f"the {words.asked:,} reviews"


def _word(one: WordTotal, top: float, names: tuple[str, str]) -> tuple[Cell, ...]:
    return (
        Cell(one.word),
        Cell(f"{one.total:+.3f}", value=one.total, strength=one.total / top),
        Cell(f"{one.mean:+.3f}", value=one.mean),
        Cell(f"{one.count:,}", value=one.count),
        Cell(f"{one.reviews:,}", value=one.reviews),
        Cell(names[0] if one.total > 0 else names[1]),
    )


def _target(target: str) -> str:
    named = {"expected": "expected rating", "scale": "place on the scale from 0 (worst) to 1 (best)"}
    return named.get(target, f"probability of “{target}”")
