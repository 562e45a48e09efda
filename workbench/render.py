"""Results as small pieces of HTML that need no style sheet: for notebooks."""

from __future__ import annotations

from html import escape

from workbench.palette import heat_style
from workbench.schema import NOTEBOOK_VIEWS, Explanation, Prediction

# So much of the text that the model did not read is shown.
_UNREAD_SHOWN = 600


def prediction_html(prediction: Prediction) -> str:
    """A prediction as a table of labels, logits and probabilities.

    Args:
        prediction: What to show.

    Returns:
        HTML, all text escaped.
    """
    rows = "".join(
        f"<tr><th>{escape(label)}</th><td>{logit:+.3f}</td><td>{chance:.3f}</td></tr>"
        for label, logit, chance in zip(prediction.labels, prediction.logits, prediction.probabilities, strict=True)
    )
    expected = "" if prediction.expected_rating is None else f", expected rating {prediction.expected_rating:.2f}"
    head = f"<b>{escape(prediction.label)}</b> ({prediction.confidence:.2f}{expected})"
    return f"<div>{head}<table><tr><th>label</th><th>logit</th><th>probability</th></tr>{rows}</table></div>"


def heat_html(explanation: Explanation, top: float | None = None) -> str:
    """The text with each unit coloured by its score, the number on hover.

    Args:
        explanation: What to show.
        top: Absolute score of full colour; by default the largest of this explanation.

    Returns:
        HTML, all text escaped; text that the model did not read is greyed.
    """
    scale = top or max((abs(unit.score) for unit in explanation.units), default=0.0) or 1.0
    pieces: list[str] = []
    position = 0
    for unit in explanation.units:
        pieces.append(escape(explanation.text[position : unit.start]))
        if unit.text:
            style = heat_style(unit.score / scale, signed=explanation.signed)
            pieces.append(f'<span class="wb-w" style="{style}" title="{unit.score:+.4f}">{escape(unit.text)}</span>')
        position = unit.end
    rest = explanation.text[position:]
    if rest.strip():
        cut = rest if len(rest) <= _UNREAD_SHOWN else f"{rest[:_UNREAD_SHOWN]}… ({len(rest):,} characters not read)"
        pieces.append(f'<span class="wb-unread" title="not read by the model">{escape(cut)}</span>')
    return "".join(pieces)


def explanation_html(explanation: Explanation) -> str:
    """An explanation as one heat-mapped line with its figures.

    Args:
        explanation: What to show.

    Returns:
        HTML, all text escaped.
    """
    made = explanation.evaluations
    head = f"{escape(explanation.method)}: {escape(explanation.target.phrase())}; {made.asked} asked, {made.made} made"
    return f"<div><small>{head}</small><p>{heat_html(explanation)}</p></div>"


NOTEBOOK_VIEWS[Prediction] = prediction_html
NOTEBOOK_VIEWS[Explanation] = explanation_html
