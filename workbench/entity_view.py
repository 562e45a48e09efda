"""Entities as small pieces of HTML that need no style sheet: for notebooks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape

from workbench.render import explanation_html
from workbench.schema import NOTEBOOK_VIEWS, Entity, EntityPrediction, EntityReport, Explanation, Score, Span

# Okabe and Ito's colours, light enough to read on, in an order in which neighbours differ; told apart by the written
# type as well.
_COLOURS = ("86,180,233", "230,159,0", "0,158,115", "204,121,167", "240,228,66", "213,94,0", "0,114,178")


def entities_html(prediction: EntityPrediction) -> str:
    """The text with its entities marked, and a table of them.

    Args:
        prediction: What to show.

    Returns:
        HTML, all text escaped.
    """
    rows = "".join(
        f"<tr><td>{number}</td><td>{escape(one.type)}</td><td>{escape(one.text)}</td>"
        f"<td>{one.start}-{one.end}</td><td>{one.score:.3f}</td></tr>"
        for number, one in enumerate(prediction.entities, start=1)
    )
    head = "".join(f"<th>{name}</th>" for name in ("", "type", "text", "characters", "score"))
    table = f"<table><tr>{head}</tr>{rows}</table>" if rows else "<p>no entities</p>"
    return f"<div><p>{marked_html(prediction)}</p>{table}</div>"


def type_colours(types: Sequence[str]) -> dict[str, str]:
    """A colour for each type.

    Args:
        types: In the order in which colours are given out; beyond seven they begin again.

    Returns:
        Type to red, green and blue, as CSS writes them.
    """
    return {kind: _COLOURS[place % len(_COLOURS)] for place, kind in enumerate(types)}


def marked_html(
    prediction: EntityPrediction,
    chosen: int | None = None,
    *,
    types: Collection[str] = (),
    colours: Mapping[str, str] | None = None,
) -> str:
    """The text with its entities marked, each with its type, the score on hover.

    Args:
        prediction: What to show.
        chosen: The entity to outline, from 0.
        types: Only entities of these types are marked; by default all are.
        colours: Of the types, from ``type_colours``; by default those of this text have the first ones.

    Returns:
        HTML, all text escaped; text that the model did not read is greyed.
    """
    given = colours or type_colours(sorted(prediction.types))
    pieces: list[str] = []
    position = 0
    for number, one in enumerate(prediction.entities):
        # Tokens that are bytes of one sign may be given two types: the first is shown.
        if one.start >= position and (not types or one.type in types):
            pieces.append(escape(prediction.text[position : one.start]))
            pieces.append(_mark(one, given[one.type], outlined=number == chosen))
            position = one.end
    read = max(position, len(prediction.read_text))
    pieces.append(escape(prediction.text[position:read]))
    rest = prediction.text[read:]
    if rest.strip():
        pieces.append(f'<span style="opacity:.7" title="not read by the model">{escape(rest)}</span>')
    return "".join(pieces)


def within(explanation: Explanation, window: Span) -> Explanation:
    """An explanation as if the stretch that was read together with the entity were the whole text.

    Args:
        explanation: Of an entity of a text read in windows.
        window: That stretch; all units lie in it.

    Returns:
        The same scores, at their places in that stretch.
    """
    fields = {name: getattr(explanation, name) for name in Explanation.model_fields} | {
        "text": window.of(explanation.text),
        "units": tuple(_moved(unit, -window.start) for unit in explanation.units),
        "unresolved": tuple(phrase.moved(-window.start) for phrase in explanation.unresolved),
    }
    return Explanation(**fields)


def entity_report_html(report: EntityReport) -> str:
    """The entities, and why one has its type.

    Args:
        report: What to show.

    Returns:
        HTML, all text escaped.
    """
    why = "".join(map(explanation_html, report.explanations))
    return f"<div><p>{marked_html(report.prediction, report.entity)}</p>{why}</div>"


def _moved(unit: Score, by: int) -> Score:
    return unit.model_copy(update={"start": unit.start + by, "end": unit.end + by})


def _mark(entity: Entity, colour: str, *, outlined: bool) -> str:
    border = ";outline:2px solid currentColor;outline-offset:-1px" if outlined else ""
    style = f"background:rgba({colour},.35);border-radius:3px;padding:0 2px{border}"
    tip = f"{escape(entity.type, quote=True)} {entity.score:.3f}"
    return f'<span style="{style}" title="{tip}">{escape(entity.text)} <small>{escape(entity.type)}</small></span>'


NOTEBOOK_VIEWS[EntityPrediction] = entities_html
NOTEBOOK_VIEWS[EntityReport] = entity_report_html
