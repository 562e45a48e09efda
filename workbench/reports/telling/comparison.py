"""A comparison of checkpoints told."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.comparison_view import difference_sum
from workbench.render import strongest
from workbench.reports.comparison_json import comparison_document
from workbench.reports.document import Block, Cell, Document, Heat, Paragraph, Section, Table, Tone
from workbench.reports.telling.marking import heat_row
from workbench.reports.telling.provenance import comparison_provenance
from workbench.reports.telling.verdict import probability_bars, rating, unread_line
from workbench.reports.telling.wording import counted, figure_text, figure_title, listed, method_title, value_of
from workbench.reports.telling.words import Column, words_table
from workbench.schema import Compared, Comparison, Difference, Pair

# Of more labels than this, the most probable ones are shown.
_MOST_LABELS = 10


def tell_comparison(comparison: Comparison) -> Document:
    """What a comparison says.

    Args:
        comparison: What is told.

    Returns:
        The document.
    """
    names = [one.checkpoint.name for one in comparison.checkpoints]
    sections = [
        Section("The text", (Paragraph(comparison.text),)),
        Section("Verdicts", (verdicts_table(comparison),)),
        *(Section(one.checkpoint.name, tuple(_verdict(one)), level=3) for one in comparison.checkpoints),
        Section("Explanations", tuple(explained_blocks(comparison))),
        *_pairs(comparison),
        Section("Provenance", tuple(comparison_provenance(comparison))),
    ]
    version = comparison.provenance.get("workbench")
    return Document(
        title=f"{listed(names)} compared",
        subtitle=f"On one text{f', by Workbench {version}' if version else ''}",
        sections=tuple(sections),
        data=comparison_document(comparison),
    )


def verdicts_table(comparison: Comparison) -> Table:
    """Verdicts side by side, a row a checkpoint.

    Args:
        comparison: What is told.

    Returns:
        The table.
    """
    rows = tuple(
        (
            Cell(one.checkpoint.name),
            Cell(one.prediction.verdict),
            Cell(f"{one.prediction.confidence:.3f}", value=one.prediction.confidence),
            _maybe(one.prediction.expected_rating),
            _maybe(one.scaled, bar=True),
            Cell(f"{len(one.prediction.tokens)} of {one.prediction.token_limit}", value=len(one.prediction.tokens)),
        )
        for one in comparison.checkpoints
    )
    header = ("Checkpoint", "Label", "Probability", "Expected rating", "Common scale, 0 to 1", "Tokens read")
    return Table(header, rows)


def explained_blocks(comparison: Comparison) -> Iterator[Block]:
    """The text as each checkpoint's explanation marks it.

    Args:
        comparison: What is told.

    Yields:
        Blocks.
    """
    if comparison.note:
        yield Paragraph(comparison.note, Tone.WARNING)
    sides, alike = comparison.checkpoints, comparison.comparable
    first = sides[0].explanation
    what = f"the {first.target.phrase()}" if alike else "each checkpoint's own target"
    yield Paragraph(f"What is explained by {method_title(first.method)}: {what}.")
    top = max(strongest(one.explanation) for one in sides) if alike else None
    rows = tuple(
        heat_row(
            one.explanation,
            one.checkpoint.name,
            top=top or None,
            notes=() if alike else (one.explanation.target.phrase(),),
        )
        for one in sides
    )
    unsigned = None if first.signed else "The darker, the more was looked at."
    yield Heat(rows, "lowers what is explained", "raises it", unsigned)
    scale = "A colour means the same number in every row." if alike else "Each row has a scale of its own."
    yield Paragraph(scale, Tone.SMALL)


def difference_blocks(difference: Difference) -> Iterator[Block]:
    """Why two checkpoints differ.

    Args:
        difference: What is told.

    Yields:
        Blocks.
    """
    first, second = (one.name for one in difference.checkpoints)
    yield Heat(
        (heat_row(difference, f"{first} − {second}"),),
        f"pushes {second} above {first}",
        f"pushes {first} above {second}",
        None if difference.signed else "The darker, the more they differ.",
    )
    yield Paragraph(f"What differs is the {difference.targets[0].phrase()}: {difference_sum(difference)}.")


def pair_words(comparison: Comparison, pair: Pair, most: int | None = None) -> Table:
    """Words by both checkpoints, and the difference.

    Args:
        comparison: What is told.
        pair: One of its pairs.
        most: So many rows; by default all.

    Returns:
        The table.
    """
    columns = [Column(name, comparison.of(name).explanation) for name in pair.checkpoints]
    columns += [Column("Difference", pair.difference)] if pair.difference else []
    return words_table(columns, conflicts=pair.conflicts, one_scale=comparison.comparable, absent="not read", most=most)


def _verdict(one: Compared) -> Iterator[Block]:
    yield rating(one.prediction)
    yield probability_bars(one.prediction, _MOST_LABELS)
    if one.unread:
        missed = counted(len(one.unread), one.explanation.unit.value)
        yield Paragraph(f"{unread_line(one.prediction)} {missed} not read, or not whole.".strip(), Tone.WARNING)


def _pairs(comparison: Comparison) -> Iterator[Section]:
    if not comparison.pairs:
        return
    metrics = list(dict.fromkeys(name for pair in comparison.pairs for name in pair.figures))
    rows = tuple(
        (
            Cell(listed(list(pair.checkpoints))),
            *(Cell(figure_text(pair.figures.get(name)), value_of(pair.figures, name)) for name in metrics),
            Cell(str(len(pair.units)), value=len(pair.units)),
            Cell("with signs" if pair.signed else "by size"),
        )
        for pair in comparison.pairs
    )
    header = ("Checkpoints", *map(figure_title, metrics), "Units that both read", "Compared")
    yield Section("Agreement", (Table(header, rows),))
    yield Section("Why they differ", (Paragraph(_why_line(comparison), Tone.SMALL),))
    for pair in comparison.pairs:
        blocks = [*(difference_blocks(pair.difference) if pair.difference else ()), pair_words(comparison, pair)]
        yield Section(" − ".join(pair.checkpoints), tuple(blocks), level=3)


def _why_line(comparison: Comparison) -> str:
    if any(pair.difference for pair in comparison.pairs):
        return "The first checkpoint's value minus the second's, shared out over the units that both read."
    return "No difference was explained; the tables set the scores of each two checkpoints side by side."


def _maybe(value: float | None, *, bar: bool = False) -> Cell:
    if value is None:
        return Cell("none")
    return Cell(f"{value:.2f}", value=value, strength=value if bar else None, signed=False)
