"""Texts marked by scores, with what there is to say of each method."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from workbench.render import phrases_of, precision_phrase, settled_phrase, strongest
from workbench.reports.document import HeatRow, Piece, PieceKind
from workbench.schema import Attribution, Score, Span

# So much of the text that the model did not read is shown.
_UNREAD_SHOWN = 600
# The least number that three decimals show.
_SMALLEST = 0.001


def scale_of(found: Sequence[Attribution]) -> float:
    """The score of full colour: the strongest of all that have a direction, so that one colour means one number.

    Args:
        found: Of one view.

    Returns:
        A positive number.
    """
    return max((strongest(one) for one in found if one.signed), default=0.0) or 1.0


def heat_row(
    found: Attribution,
    name: str,
    *,
    top: float | None = None,
    flipped: Collection[Span] = (),
    notes: Sequence[str] = (),
) -> HeatRow:
    """A text marked by one result.

    Args:
        found: Of any method.
        name: Whose scores they are, as readers see it.
        top: The score of full colour; by default the strongest of this one.
        flipped: Units whose sign hangs on the seed.
        notes: What to say before what is known from the result itself.

    Returns:
        The row.
    """
    scale = top or strongest(found) or 1.0
    return HeatRow(name, (*notes, *effort(found)), tuple(_pieces(found, scale, flipped)), found.signed)


def effort(found: Attribution) -> tuple[str, ...]:
    """What scores took, where they start and end, and how far to trust them.

    Args:
        found: Of any method.

    Returns:
        Short phrases.
    """
    made = found.evaluations
    phrases = [f"{made.asked:,} asked, {made.made:,} made, {found.seconds:.1f} s"]
    phrases += [] if found.signed else ["not signed"]
    if found.base_value is None:
        phrases.append(f"{found.full_value:.4f} here")
    else:
        phrases.append(f"from {found.base_value:.4f} to {found.full_value:.4f} here")
    phrases += filter(None, [settled_phrase(found), precision_phrase(found)])
    return (*phrases, *_measured(found))


def _measured(found: Attribution) -> Iterator[str]:
    """What the method measured of itself."""
    details = found.details
    if "r2" in details:
        yield f"local fit R² {float(details['r2']):.2f}"
    if "delta" in details:
        delta, steps = abs(float(details["delta"])), float(details["steps"])
        missed = "" if details.get("converged") == "yes" else ", above the tolerance"
        yield f"delta {f'{delta:.3f}' if delta >= _SMALLEST else 'under 0.001'} after {steps:.0f} steps{missed}"
    if "on_special_tokens" in details:
        away = float(details["on_special_tokens"])
        total = away + sum(unit.score for unit in found.units)
        amount = f"{away:+.3f}" if found.signed or total <= 0 else f"{away / total:.0%}"
        yield f"{amount} on special tokens"


def _pieces(found: Attribution, scale: float, flipped: Collection[Span]) -> Iterator[Piece]:
    units = [unit for unit in found.units if unit.text]
    phrases = phrases_of(found)
    position = 0
    for phrase, members in groupby(units, key=lambda unit: phrases.get(unit.span)):
        group = list(members)
        for run in [group] if phrase is not None else [[unit] for unit in group]:
            if run[0].start > position:
                yield Piece(found.text[position : run[0].start])
            yield _piece(found, run, scale, flipped)
            position = run[-1].end
    yield from _rest(found.text[position:])


def _piece(found: Attribution, run: Sequence[Score], scale: float, flipped: Collection[Span]) -> Piece:
    """One unit, or the units of a phrase with the number that stands for it: the sum."""
    total = sum(unit.score for unit in run)
    kind = PieceKind.PHRASE if len(run) > 1 else PieceKind.SCORED
    if all(unit.span in flipped for unit in run):
        kind = PieceKind.FLIPPED
    strength = max(-1.0, min(1.0, total / scale))
    return Piece(found.text[run[0].start : run[-1].end], kind, strength, total)


def _rest(text: str) -> Iterator[Piece]:
    if not text:
        return
    if not text.strip():
        yield Piece(text)
        return
    cut = text if len(text) <= _UNREAD_SHOWN else f"{text[:_UNREAD_SHOWN]}… ({len(text):,} characters not read)"
    yield Piece(cut, PieceKind.UNREAD)
