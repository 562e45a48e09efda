"""One row of a data set, whole: its text, what was predicted and why it is tagged, and what to say of its label."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.schema import TagRules, TriageRow
from workbench.triage import Dataset
from workbench.ui import dataset_handing_on, dataset_rows, navigation
from workbench.ui.components.bars import share_bars
from workbench.ui.components.dataset_filter_fields import key_of
from workbench.ui.components.dataset_marks import row_marks
from workbench.ui.dataset_tags import reason
from workbench.ui.style import literal

# Of more labels, those with the largest probabilities are drawn.
_MOST_LABELS = 10
# A browser lays out no more in reasonable time; the Explain page takes the whole.
_MOST_SIGNS = 100_000


def row_detail(dataset: Dataset, total: int) -> None:
    """Draw the row that is open.

    Args:
        dataset: The data set that is open.
        total: How many rows are listed.
    """
    row = dataset_rows.opened_row(dataset)
    if row is None:
        if total:
            st.caption("Click a row to read it whole, to see why it is tagged, and to say which label it should have.")
        return
    _heading(dataset, row, total)
    if row.error is not None:
        st.html(f'<div class="wb-note">Not predicted: {escape(row.error)}</div>')
    st.html(text_html(row))
    row_marks(dataset, row)
    st.html(facts_html(row, dataset.manifest.checkpoint.labels, dataset.rules))
    _explain(dataset, row)


def _heading(dataset: Dataset, row: TriageRow, total: int) -> None:
    place = dataset_rows.standing(dataset)
    file = f" of {literal(row.file)}" if len(dataset.manifest.files) > 1 else ""
    with st.container(horizontal=True, vertical_alignment="center", key="wb-row-head"):
        _step(dataset, row, "Previous", -1, "P")
        _step(dataset, row, "Next", 1, "N")
        said = "" if place is None else f", {place + 1:,} of {total:,} listed"
        st.caption(f"**Row {row.row:,}**{file}{said}")


def _step(dataset: Dataset, row: TriageRow, label: str, step: int, shortcut: str) -> None:
    st.button(
        label,
        icon=":material/arrow_downward:" if step > 0 else ":material/arrow_upward:",
        key=key_of(label),
        shortcut=shortcut,
        on_click=dataset_rows.go,
        args=(dataset, step, row.id),
        disabled=dataset_rows.neighbour(dataset, step) is None,
    )


def text_html(row: TriageRow) -> str:
    """The text of a row, what the model did not read in grey.

    Args:
        row: With its whole text.

    Returns:
        HTML, all text escaped.
    """
    shown = row.text[:_MOST_SIGNS]
    read = len(shown) if row.unread_from is None else row.unread_from
    rest = shown[read:]
    unread = f'<span class="wb-unread" title="not read by the model">{escape(rest)}</span>' if rest else ""
    cut = len(row.text) - len(shown)
    more = f'<div class="wb-dim">… and {cut:,} more characters</div>' if cut else ""
    body = f"{escape(shown[:read])}{unread}" or '<span class="wb-dim">(no text)</span>'
    return f'<div class="wb-box"><div class="wb-text wb-row-text" dir="auto" tabindex="0">{body}</div>{more}</div>'


def facts_html(row: TriageRow, labels: Sequence[str], rules: TagRules) -> str:
    """What is known of a row: prediction, tags with their reasons, lengths, columns of the file.

    Args:
        row: With its whole text.
        labels: Of the checkpoint.
        rules: From where on a row gets a tag.

    Returns:
        HTML, all text escaped.
    """
    pieces = [_prediction(row, labels), _tags(row, labels, rules), _columns(row)]
    return f'<div class="wb-box wb-row-facts">{"".join(pieces)}</div>'


def _prediction(row: TriageRow, labels: Sequence[str]) -> str:
    if row.label is None:
        return f'<div class="wb-dim">{_given(row)}</div>'
    order = sorted(range(len(row.probabilities)), key=lambda index: -row.probabilities[index])
    shown = sorted(order[:_MOST_LABELS])
    bars = share_bars([labels[index] for index in shown], [row.probabilities[index] for index in shown], [row.label])
    others = f'<div class="wb-dim">and {len(order) - len(shown):,} more labels</div>' if len(order) > len(shown) else ""
    expected = "" if row.expected is None else f", expected rating {row.expected:.2f}"
    margin = "" if row.margin is None else f", {row.margin:.3f} before the runner-up"
    sure = "" if row.confidence is None else f"confidence {row.confidence:.3f}"
    return (
        f"<div><b>{escape(row.label)}</b>{_judged(row)}</div>"
        f'<div class="wb-dim">{sure}{margin}{expected}. {_given(row)}</div>{bars}{others}'
    )


def _judged(row: TriageRow) -> str:
    return (
        "" if row.right is None else f' <span class="{"wb-dim" if row.right else "wb-bad"}">{_SAID[row.right]}</span>'
    )


_SAID = {True: "right", False: "wrong"}


def _given(row: TriageRow) -> str:
    if row.given is None:
        return "The file gives no label."
    meant = "" if row.right_label in (None, row.given) else f", which means {escape(row.right_label or '')}"
    return f"The file says {escape(row.given)}{meant}."


def _tags(row: TriageRow, labels: Sequence[str], rules: TagRules) -> str:
    if not row.tags:
        return ""
    lines = "".join(
        f"<li><b>{escape(tag.value)}</b>: {escape(reason(tag, row, labels, rules))}</li>" for tag in row.tags
    )
    return f'<ul class="wb-list">{lines}</ul>'


def _columns(row: TriageRow) -> str:
    facts: list[tuple[str, str | None]] = []
    if row.tokens is not None:
        facts += [("Length", f"{row.characters or 0:,} characters, {row.words or 0:,} words"), ("Tokens", _tokens(row))]
    if row.language is not None:
        share = "" if row.language_share is None else f", sure to {row.language_share:.2f}"
        facts.append(("Language", f"{row.language}{share}"))
    facts += row.extras
    lines = "".join(
        f'<tr><th>{escape(name)}</th><td class="wb-fold" dir="auto">'
        f"{'<span class=wb-dim>missing</span>' if value is None else escape(value)}</td></tr>"
        for name, value in facts
    )
    return f'<table class="wb-table">{lines}</table>' if lines else ""


def _tokens(row: TriageRow) -> str:
    read = "" if row.tokens_read == row.tokens else f", {row.tokens_read or 0:,} of them read"
    unknown = f", {row.unknown:,} unknown" if row.unknown else ""
    return f"{row.tokens or 0:,}{read}{unknown}"


def _explain(dataset: Dataset, row: TriageRow) -> None:
    fit = dataset_handing_on.fit(dataset)
    if st.button(
        "Explain this review", icon=":material/troubleshoot:", key=key_of("explain"),
        disabled=not fit.usable or not row.text.strip(),
    ):  # fmt: skip
        dataset_handing_on.to_explain(dataset, row)
        navigation.open_page("explain.py")
    if fit.said:
        st.caption(literal(fit.said))
