"""Comparisons as small pieces of HTML that need no style sheet: for notebooks."""

from __future__ import annotations

from html import escape

from workbench.render import heat_html, strongest
from workbench.schema import NOTEBOOK_VIEWS, Compared, Comparison, Difference


def comparison_html(comparison: Comparison) -> str:
    """A comparison: the verdicts, the text as each checkpoint's explanation marks it, and why each two differ.

    Args:
        comparison: What to show.

    Returns:
        HTML, all text escaped.
    """
    sides = comparison.checkpoints
    head = "".join(f"<th>{name}</th>" for name in ("checkpoint", "label", "probability", "scale", "tokens read"))
    rows = "".join(map(_verdict, sides))
    # One scale of colours where the scores mean the same.
    top = max(strongest(one.explanation) for one in sides) if comparison.comparable else None
    texts = "".join(
        f"<p><small>{escape(one.checkpoint.name)}: {escape(one.explanation.target.phrase())}</small><br>"
        f"{heat_html(one.explanation, top or None)}</p>"
        for one in sides
    )
    note = f"<p>{escape(comparison.note)}</p>" if comparison.note else ""
    pairs = "".join(difference_html(pair.difference) for pair in comparison.pairs if pair.difference)
    return f"<div><table><tr>{head}</tr>{rows}</table>{note}{texts}{pairs}</div>"


def difference_html(difference: Difference) -> str:
    """Why two checkpoints differ, as one heat-mapped line with its sum.

    Args:
        difference: What to show.

    Returns:
        HTML, all text escaped.
    """
    first, second = (escape(one.name) for one in difference.checkpoints)
    head = f"{first} above {second}: {escape(difference_sum(difference))}"
    return f"<p><small>{head}</small><br>{heat_html(difference)}</p>"


def difference_sum(difference: Difference) -> str:
    """How the scores of a difference add up.

    Args:
        difference: Of any method.

    Returns:
        Plain text: base, words and the rest, and what they make; or the difference alone, where they need not add up.
    """
    whole = difference.full_value + difference.beyond
    rest = f" {difference.beyond:+.4f} text that not both read" if difference.beyond else ""
    if not difference.additive or difference.base_value is None:
        return f"{difference.full_value:+.4f}{rest}{f' = {whole:+.4f}' if rest else ''}; the scores need not add up"
    total = sum(unit.score for unit in difference.units)
    return f"{difference.base_value:+.4f} base {total:+.4f} {difference.unit.value}s{rest} = {whole:+.4f}"


def _verdict(one: Compared) -> str:
    scaled = "" if one.scaled is None else f"{one.scaled:.2f}"
    cells = (f"{one.prediction.confidence:.2f}", scaled, str(len(one.prediction.tokens)))
    numbers = "".join(f"<td>{cell}</td>" for cell in cells)
    return f"<tr><th>{escape(one.checkpoint.name)}</th><td>{escape(one.prediction.label)}</td>{numbers}</tr>"


NOTEBOOK_VIEWS[Comparison] = comparison_html
NOTEBOOK_VIEWS[Difference] = difference_html
