"""Tables of words by methods, or by checkpoints."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.render import phrases_of, signs_differ
from workbench.reports.document import Cell, Table
from workbench.schema import Attribution, Score, Span


@dataclass(frozen=True)
class Column:
    """One column of scores.

    Attributes:
        title: Its head.
        found: Where the scores are from.
        flipped: Units whose sign hangs on the seed.
    """

    title: str
    found: Attribution
    flipped: Collection[Span] = ()


@dataclass(frozen=True)
class _Drawn:
    """How a column is drawn: the score of a whole bar, and the units that share one."""

    column: Column
    scale: float
    top: float
    scores: Mapping[Span, Score]
    shared: Collection[Span] = field(default_factory=frozenset)


def words_table(
    columns: Sequence[Column],
    *,
    conflicts: Collection[Span] | None = None,
    one_scale: bool = True,
    absent: str = "",
    most: int | None = None,
) -> Table:
    """Units by columns, the strongest first.

    Args:
        columns: At least one, of the same text and unit.
        conflicts: Units whose signs differ; by default those where two signed columns clearly do.
        one_scale: The bars of all signed columns share one scale.
        absent: What stands where a column has no score for a unit.
        most: So many rows; by default all.

    Returns:
        The table, with each unit's place in the text.
    """
    drawn = _drawn(columns, one_scale)
    text, unit = columns[0].found.text, columns[0].found.unit
    spans = sorted({span for one in drawn for span in one.scores}, key=lambda span: (span.start, span.end))
    signed = [one for one in drawn if one.column.found.signed] or drawn
    spans.sort(key=lambda span: -max(abs(one.scores[span].score) if span in one.scores else 0.0 for one in signed))
    shown = spans if most is None else spans[:most]
    rows = tuple(_row(text, span, drawn, conflicts, absent) for span in shown)
    header = (unit.value.title(), "At", *(column.title for column in columns))
    return Table(header, rows, sortable=True, left_out=len(spans) - len(shown))


def _drawn(columns: Sequence[Column], one_scale: bool) -> list[_Drawn]:
    tops = [max((abs(unit.score) for unit in one.found.units), default=0.0) or 1.0 for one in columns]
    # Without a sign, scores of several methods are of several kinds; those of one method are of one.
    alike = len({one.found.method for one in columns}) == 1
    sharing = [one_scale and (one.found.signed or alike) for one in columns]
    shared = max((top for top, shares in zip(tops, sharing, strict=True) if shares), default=1.0)
    return [
        _Drawn(
            one,
            shared if shares else top,
            top,
            {unit.span: unit for unit in one.found.units},
            frozenset(phrases_of(one.found)),
        )
        for one, top, shares in zip(columns, tops, sharing, strict=True)
    ]


def _row(
    text: str, span: Span, drawn: Sequence[_Drawn], conflicts: Collection[Span] | None, absent: str
) -> tuple[Cell, ...]:
    if conflicts is None:
        scores = {str(place): one.scores[span] for place, one in enumerate(drawn) if span in one.scores}
        tops = {str(place): one.top for place, one in enumerate(drawn) if one.column.found.signed}
        differ = signs_differ(scores, tops)
    else:
        differ = span in conflicts
    head = Cell(span.of(text) or "special tokens", mark="signs differ" if differ else None, doubt=differ)
    return head, Cell(str(span.start), value=span.start), *(_cell(span, one, absent) for one in drawn)


def _cell(span: Span, drawn: _Drawn, absent: str) -> Cell:
    if span not in drawn.scores:
        return Cell(absent)
    score, signed = drawn.scores[span], drawn.column.found.signed
    spread = "" if score.spread is None else f" ± {score.spread:.3f}"
    strength = max(-1.0, min(1.0, score.score / drawn.scale))
    flips = span in drawn.column.flipped
    mark = "sign by seed" if flips else "phrase" if span in drawn.shared else None
    shown = f"{score.score:{'+' if signed else ''}.3f}{spread}"
    return Cell(shown, value=score.score, strength=strength, signed=signed, mark=mark, doubt=flips)
