"""The guided tour: what each stage did with the reader's own text, a step at a time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.checkpoints import Checkpoint
from workbench.schema import Lesson, Prediction
from workbench.ui import caching
from workbench.ui.state import bound, choices


def guided_tour(checkpoint: Checkpoint | None, prediction: Prediction) -> None:
    """Offer the tour; off until the reader wants it.

    Args:
        checkpoint: What predicted; there is no tour where it is not there.
        prediction: What to teach with.
    """
    if checkpoint is None:
        return
    st.toggle("Guided tour: what happened to your text, step by step", **bound("learn"))
    if choices().learn:
        windows = bool(prediction.windows)
        st.html(lessons_html(caching.lessons(checkpoint, checkpoint.fingerprint, prediction, prediction.text, windows)))


def lessons_html(lessons: Sequence[Lesson]) -> str:
    """Lessons to fold open one by one, the first open.

    Args:
        lessons: In their order.

    Returns:
        HTML, all text escaped.
    """
    return "".join(
        f'<details class="wb-lesson"{" open" if number == 1 else ""}>'
        f"<summary><b>{number}</b> {escape(lesson.title)}</summary>{_body(lesson)}</details>"
        for number, lesson in enumerate(lessons, start=1)
    )


def _body(lesson: Lesson) -> str:
    says = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in lesson.paragraphs)
    if not lesson.rows:
        return f"<div>{says}</div>"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in lesson.header)
    rows = "".join("<tr>" + "".join(f"<td>{_shown(cell)}</td>" for cell in row) + "</tr>" for row in lesson.rows)
    more = f'<p class="wb-dim">and {lesson.left_out:,} more</p>' if lesson.left_out else ""
    table = f'<table class="wb-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div>{says}<div class="wb-scroll" tabindex="0">{table}</div>{more}</div>'


def _shown(cell: str) -> str:
    """A cell; a piece of text in a script of its own keeps its direction to itself."""
    return f"<bdi>{escape(cell)}</bdi>"
