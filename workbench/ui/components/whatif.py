"""What if: switch words off or edit the text, and see the rating move at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.checkpoints import Checkpoint
from workbench.schema import Prediction, Span
from workbench.text import words
from workbench.ui import caching, state
from workbench.ui.components.bars import label_style
from workbench.ui.components.whatif_searches import search_buttons, search_results
from workbench.ui.state import choices, widget_key
from workbench.ui.style import literal

# More pills than this are no help to anybody.
_MOST_WORDS = 150
_WAYS = ("Switch words off", "Edit the text")


def what_if(checkpoint: Checkpoint | None, prediction: Prediction, missing: str = "", *, busy: bool = False) -> None:
    """Show the panel; it reruns by itself, without the rest of the page.

    Args:
        checkpoint: The model; nothing can be asked without it.
        prediction: Of the text as it is.
        missing: Why the model is not there.
        busy: Another part of the page follows a job.
    """
    if checkpoint is None:
        st.warning(literal(missing), icon=":material/info:")
        return
    st.fragment(_panel)(checkpoint, prediction, busy)


def without(text: str, removed: Sequence[Span]) -> str:
    """A text without some of its pieces, the gaps closed.

    Args:
        text: The text.
        removed: Pieces, in any order, not overlapping.

    Returns:
        The rest, runs of white space folded to one.
    """
    for span in sorted(removed, key=lambda span: -span.start):
        text = text[: span.start] + text[span.end :]
    return " ".join(text.split())


def distinct(labels: Sequence[str]) -> list[str]:
    """Labels that look the same and differ all the same, since Streamlit tells options apart by their labels.

    Args:
        labels: What readers shall see.

    Returns:
        The same, with zero-width spaces behind repeated ones.
    """
    seen: Counter[str] = Counter()
    found = []
    for label in labels:
        found.append(label + "\u200b" * seen[label])
        seen[label] += 1
    return found


def _panel(checkpoint: Checkpoint, prediction: Prediction, busy: bool) -> None:
    name = str(hash((prediction.checkpoint.fingerprint, prediction.text, bool(prediction.windows))))
    way = st.segmented_control(
        "Way", _WAYS, default=_WAYS[0], required=True, label_visibility="collapsed", key=widget_key("way", name)
    )
    text = _switched(prediction, name) if way == _WAYS[0] else _edited(prediction, name)
    if not words(text):
        st.caption("Nothing is left to rate; switch a word on again.")
        return
    same = text == prediction.text
    st.html(change_html(prediction, prediction if same else _predicted(checkpoint, text, bool(prediction.windows))))
    with st.container(horizontal=True):
        pressed = st.button(
            "Explain this text", icon=":material/troubleshoot:", key=widget_key("explain-changed", name), disabled=same,
            on_click=_take, args=(text,), help="Takes the changed text as the review, with the settings as they are.",
        )  # fmt: skip
        search_buttons(checkpoint, prediction, name)
    if pressed:
        # The whole page, of which this is a part that reruns by itself.
        st.rerun()
    search_results(prediction, name, busy=busy)


def _take(text: str) -> None:
    """A changed text becomes the review, and is explained with the next run of the page."""
    state.put("text", text)
    state.put("sample", None)
    choices().explain_wanted = True


def _predicted(checkpoint: Checkpoint, text: str, windows: bool) -> Prediction:
    return caching.prediction(checkpoint, checkpoint.fingerprint, text, windows)


def _switched(prediction: Prediction, name: str) -> str:
    spans = words(prediction.read_text)
    shown = spans[:_MOST_WORDS]
    labels = distinct([literal(span.of(prediction.text)) for span in shown])
    kept = st.pills(
        "Words that stay",
        range(len(shown)),
        selection_mode="multi",
        default=list(range(len(shown))),
        format_func=labels.__getitem__,
        key=widget_key("kept", name),
    )
    if len(spans) > len(shown):
        st.caption(f"The first {len(shown)} of {len(spans)} words can be switched; edit the text for the others.")
    off = sorted(set(range(len(shown))) - set(kept))
    return without(prediction.read_text, [shown[index] for index in off]) if off else prediction.text


def _edited(prediction: Prediction, name: str) -> str:
    return st.text_area(
        "Text", prediction.text, height=110, label_visibility="collapsed", key=widget_key("edited", name)
    )


def change_html(before: Prediction, after: Prediction) -> str:
    """The new probabilities beside the old ones.

    Args:
        before: Of the text as it is.
        after: Of the changed text.

    Returns:
        HTML, all text escaped.
    """
    room = label_style(before.labels)
    rows = "".join(
        f'<div class="wb-pb"><span title="{escape(label)}"{room}>{escape(label)}</span>'
        f'<i><b class="{"wb-on" if label in after.selected else ""}" style="width:{new * 100:.1f}%"></b>'
        f"{_mark(old, new)}</i><em>{new:.3f}</em><em>{_moved(new - old)}</em></div>"
        for label, old, new in zip(before.labels, before.probabilities, after.probabilities, strict=True)
    )
    changed = "" if after.verdict == before.verdict else f'<span class="wb-tag">was {escape(before.verdict)}</span>'
    return (
        f'<div class="wb-box" data-panel="what-if"><span class="wb-big">{escape(after.verdict)}</span>{changed} '
        f'<span class="wb-dim">{_rating(before.expected_rating, after.expected_rating)}</span>{rows}</div>'
    )


def _rating(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return ""
    if f"{before:.2f}" == f"{after:.2f}":
        return f"expected rating {after:.2f}"
    return f"expected rating {before:.2f} to {after:.2f} ({after - before:+.2f})"


def _mark(old: float, new: float) -> str:
    """Where the bar ended before."""
    return f'<u style="left:{min(old * 100, 99.5):.1f}%" title="was {old:.3f}"></u>' if _moved(new - old) else ""


def _moved(change: float) -> str:
    return "" if abs(change) < 0.0005 else f"{change:+.3f}"
