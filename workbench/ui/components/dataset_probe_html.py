"""What removing and replacing a word did, as HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from itertools import takewhile

from workbench.schema import ChangedReview, Estimated, Reliance, ShortcutVerdict, WordEffect, WordProbe
from workbench.text import excerpt

_AROUND = 60
_LABEL = 24
_WARNED = {Reliance.SHORTCUT, Reliance.RELIED}


def verdict_html(verdict: ShortcutVerdict, probe: WordProbe) -> str:
    """Whether it looks like a shortcut, and on what that is founded.

    Args:
        verdict: Of the test.
        probe: The test.

    Returns:
        HTML, all text escaped.
    """
    kind = " wb-none" if verdict.reliance in _WARNED else " wb-plain"
    about = f"{probe.reviews:,} reviews, {probe.labelled:,} with a right label, {probe.occurrences:,} times the word"
    done = f"{probe.evaluations.made:,} evaluations in {probe.seconds:,.0f} seconds"
    notes = "".join(f" {note[:1].upper()}{note[1:]}." for note in probe.notes)
    return (
        f'<div class="wb-verdict{kind}"><b>{escape(verdict.sentence)}</b>'
        f'<div class="wb-dim">{about}; {done}.{escape(notes)}</div></div>'
    )


def effects_html(probe: WordProbe) -> str:
    """The changes of each edit beside those of the same edit of other words.

    Args:
        probe: The test.

    Returns:
        HTML, all text escaped.
    """
    effects = probe.effects
    heads = "".join(f"<th>{escape(effect_title(one).capitalize())}</th><th>Other words</th>" for one in effects)
    rows: list[tuple[str, str, Callable[[WordEffect], tuple[str, str]]]] = [
        ("Another label", "share of the reviews", _flips),
        ("Probability of the label", "mean change", _probabilities),
        ("Expected rating", "mean change, in stars", lambda one: (_number(one.rating), "")),
        ("Accuracy", "change, in points", lambda one: (_number(one.accuracy, 100), "")),
        ("Beyond other words", "probability; p of the permutation test", _beyond),
    ]
    drawn = ""
    for title, about, cells in rows:
        pairs = [cells(one) for one in effects]
        if any(own for own, _ in pairs):
            told = "".join(f"<td>{own or '–'}</td><td>{other or '–'}</td>" for own, other in pairs)
            drawn += f"<tr><th>{title}<small>{about}</small></th>{told}</tr>"
    return (
        '<div class="wb-box wb-over" tabindex="0"><table class="wb-table wb-figures"><thead><tr><th>Change</th>'
        f'{heads}</tr></thead><tbody>{drawn}</tbody></table><div class="wb-dim">In brackets: 95% intervals.</div></div>'
    )


def effect_title(effect: WordEffect) -> str:
    """What was done to the word, in words.

    Args:
        effect: Of the edit.

    Returns:
        Plain text.
    """
    if not effect.words:
        return effect.edit.value
    return excerpt(f"{effect.edit.value} by {', '.join(effect.words)}", 80)


def changed_cells(one: ChangedReview, word: str, instead: Sequence[str]) -> tuple[str, str]:
    """A review that changed: its predictions, and the text around the edit.

    Args:
        one: The review.
        word: What was tested.
        instead: What it was replaced by; nothing where it was removed.

    Returns:
        HTML of two cells, all text escaped.
    """
    before, after = escape(excerpt(one.label, _LABEL)), escape(excerpt(one.new_label, _LABEL))
    flipped = one.label != one.new_label
    told = f"{before} → <b>{after}</b>" if flipped else before
    return (
        f"{told}<small>probability {one.probability:.2f} → {one.new_probability:.2f}</small>",
        f'<span title="{escape(excerpt(one.before, 400))}">{around(one.before, one.after, word, instead)}</span>',
    )


def around(before: str, after: str, word: str, instead: Sequence[str] = ()) -> str:
    """The part of a text where it was changed first, with what went and what came in its place.

    Args:
        before: The text.
        after: With the change.
        word: What was removed or replaced.
        instead: What may have come in its place.

    Returns:
        HTML of one line of ``after``, all text escaped.
    """
    if not after.strip():
        return "(nothing is left)"
    at = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    # What went and what follows may begin with the same letters.
    if before[at : at + 1].isalnum() or after[at : at + 1].isalnum():
        at -= sum(1 for _ in takewhile(str.isalnum, reversed(before[:at])))
    start, end = max(at - _AROUND, 0), at + _AROUND
    rest, follows = before[at:].lstrip(), after[at:end].lstrip()
    gone, new = _beginning(rest, (word,)), _beginning(after[at:].lstrip(), instead)
    pieces = [
        _one_line(after[start:at]),
        " " if before[at : at + 1].isspace() else "",
        f"<del>{escape(gone)}</del>" if gone else "",
        " " if new or rest[len(gone) : len(gone) + 1].isspace() else "",
        f"<ins>{escape(new)}</ins>" if new else "",
        _one_line(follows[len(new) :]),
    ]
    return f"{'…' if start else ''}{''.join(pieces)}{'…' if end < len(after) else ''}"


def _beginning(text: str, words: Sequence[str]) -> str:
    """What a text begins with of some words, as it stands there."""
    return next((text[: len(one)] for one in words if text[: len(one)].casefold() == one.casefold()), "")


def _one_line(text: str) -> str:
    return escape(re.sub(r"\s+", " ", text))


def _flips(one: WordEffect) -> tuple[str, str]:
    return _share(one.flipped), _share(one.control.flipped) if one.control else ""


def _probabilities(one: WordEffect) -> tuple[str, str]:
    return _number(one.probability), _number(one.control.probability) if one.control else ""


def _beyond(one: WordEffect) -> tuple[str, str]:
    if one.control is None:
        return "", ""
    p = "p < 0.001" if one.control.p < 0.001 else f"p = {one.control.p:.3f}"
    return f"{_number(one.control.beyond)}<small>{p}</small>", ""


def _share(found: Estimated) -> str:
    ends = "" if found.low is None or found.high is None else f"<small>[{found.low:.1%}, {found.high:.1%}]</small>"
    return f"<b>{found.value:.1%}</b>{ends}"


def _number(found: Estimated | None, by: float = 1.0) -> str:
    if found is None:
        return ""
    form = "+.1f" if by > 1 else "+.3f"
    ends = (
        ""
        if found.low is None or found.high is None
        else f"<small>[{found.low * by:{form}}, {found.high * by:{form}}]</small>"
    )
    return f"<b>{found.value * by:{form}}</b>{ends}".replace("-", "−")
