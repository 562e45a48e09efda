"""What the data of a run is like: first rows, labels, lengths, and what to mend, each in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from workbench.palette import COLOURS
from workbench.text import excerpt
from workbench.training.inspecting import Inspection, TokenLengths
from workbench.ui import training
from workbench.ui.components.curves import picture
from workbench.ui.state import choices, reset, value, widget_key
from workbench.ui.style import literal
from workbench.ui.training import MOST_NAMED, Look
from workbench.ui.training_words import said

_POLL_SECONDS = 0.5
_WIDTH, _HEIGHT, _BOTTOM, _TOP = 360, 132, 24, 16
_EXCERPT = 130
_LETTER = 6.5  # the widest that a letter of a drawing is on average
_TAGS = {"stop": "must be mended", "warn": "look at this", "note": ""}


def look_panel(job: Look) -> None:
    """Draw what was found so far, and follow the look until it ends.

    Args:
        job: The look.
    """
    if job.running:
        st.fragment(_follow, run_every=_POLL_SECONDS)(job)
        return
    _found(job)
    if job.fault and job.fault != "cancelled":
        st.error(literal(said(job.fault)), icon=":material/error:")
        # A look that was cancelled is taken anew.
        st.button("Look again", icon=":material/refresh:", key=widget_key("train-look"), on_click=job.cancel)
    if job.labels:
        _names(job.labels)


def _follow(job: Look) -> None:
    st.caption(f":material/hourglass_top: {job.stage} …")
    _found(job)
    if not job.running or (job.recipe is not None and wished()):
        st.rerun()


def wished() -> bool:
    """Whether training was asked for and has not begun; the second press of a double one does not count."""
    return choices().train_wish == choices().train_asked


def _found(job: Look) -> None:
    if job.rows:
        st.html(f'<div class="wb-box">{rows_html(job.rows, sum(job.labels.values()))}</div>')
    if job.inspection is not None:
        st.html(inspection_html(job.inspection))


def _names(labels: Counter[str]) -> None:
    """A field a label, for what it is to be called."""
    if len(labels) > MOST_NAMED:
        return
    with st.expander("Names of the labels"):
        st.caption("What each label of the data is to be called. Two of one name become one.")
        places = st.columns(min(len(labels), 5))
        for number, label in enumerate(training.ranked(list(labels))):
            key = widget_key("train-name", label)
            reset(key, choices().train_names.get(label, label))
            places[number % len(places)].text_input(
                literal(f"{excerpt(label, 40)} ({labels[label]:,})"), key=key, on_change=_named, args=(label, key)
            )


def _named(label: str, key: str) -> None:
    # A new dictionary, since a look at the data keeps the one before.
    choices().train_names = choices().train_names | {label: str(value(key)).strip() or label}


def rows_html(rows: Sequence[tuple[str, str | None]], labelled: int) -> str:
    """The first rows of the data.

    Args:
        rows: Text and label of each.
        labelled: How many rows have a label.

    Returns:
        HTML, all text escaped.
    """
    body = "".join(
        f'<tr><td class="wb-fold" dir="auto">{escape(excerpt(text, _EXCERPT))}</td>'
        f"<td>{escape(excerpt(label or '', 24))}</td></tr>"
        for text, label in rows
    )
    return (
        f'<b>First rows</b> <span class="wb-dim">of {labelled:,} with a label</span>'
        f'<table class="wb-table wb-preview"><thead><tr><th>text</th><th>label</th></tr></thead><tbody>{body}</tbody>'
        "</table>"
    )


def inspection_html(found: Inspection) -> str:
    """Labels, lengths and findings.

    Args:
        found: What the data is like.

    Returns:
        HTML, all text escaped.
    """
    split = (
        f"{found.train_rows:,} rows to train on, {found.validation_rows:,} to look at meanwhile, "
        f"{found.test_rows:,} held out for the end"
    )
    lengths = "" if found.lengths is None else f'<div class="wb-box">{_lengths(found.lengths)}</div>'
    return (
        f'<div class="wb-row"><div class="wb-box"><b>Labels</b> <span class="wb-dim">in training</span>'
        f'<div class="wb-scroll">{class_bars(found.classes)}</div>'
        f'<div class="wb-dim">{split}</div></div>{lengths}</div>{_findings(found)}'
    )


def class_bars(classes: Mapping[str, int]) -> str:
    """One bar a label, as long as it has rows.

    Args:
        classes: Label to rows.

    Returns:
        HTML, all text escaped.
    """
    top = max(classes.values(), default=0) or 1
    return "".join(
        f'<div class="wb-pb"><span title="{escape(label)}">{escape(label)}</span>'
        f'<i><b style="width:{rows / top * 100:.1f}%"></b></i><em>{rows:,}</em></div>'
        for label, rows in classes.items()
    )


def _lengths(found: TokenLengths) -> str:
    cut = f"{found.over_max_tokens:,} longer" if found.over_max_tokens else "none is longer"
    told = (
        f"half have no more than {found.median:,}, 95% no more than {found.p95:,}, the longest {found.longest:,}; "
        f"training cuts at {found.max_tokens:,} ({cut}), the model reads {found.limit:,}"
    )
    return (
        f'<b>Lengths</b> <span class="wb-dim">in tokens of the base</span><div>{lengths_picture(found)}</div>'
        f'<div class="wb-dim">{told}</div>'
    )


def lengths_picture(found: TokenLengths) -> str:
    """How many texts have how many tokens, against what is read.

    Args:
        found: The lengths.

    Returns:
        An image.
    """
    reach = max(found.bin_width * len(found.bins), found.max_tokens)
    top, bottom = max(found.bins), _HEIGHT - _BOTTOM
    scale = _WIDTH / (reach * 1.02)
    bars = "".join(
        f'<rect x="{place * found.bin_width * scale:.1f}" y="{bottom - rows / top * (bottom - _TOP):.1f}" '
        f'width="{max(found.bin_width * scale - 1, 0.6):.1f}" height="{rows / top * (bottom - _TOP):.1f}" '
        f'fill="{COLOURS[0]}" opacity="0.75"/>'
        for place, rows in enumerate(found.bins)
        if rows
    )
    marks = [(found.max_tokens, "cut here")]
    if found.limit != found.max_tokens and found.limit <= reach:
        marks.append((found.limit, "most the model reads"))
    lines = "".join(
        f'<line x1="{at * scale:.1f}" y1="{_TOP - 4}" x2="{at * scale:.1f}" y2="{bottom}" stroke="{COLOURS[1]}" '
        f'stroke-width="1.5" stroke-dasharray="4 3"/>{_beside(at * scale, text)}'
        for at, text in marks
    )
    axis = (
        f'<line x1="0" y1="{bottom}" x2="{_WIDTH}" y2="{bottom}" class="wb-rule"/>'
        f'<text x="0" y="{_HEIGHT - 8}" class="wb-axis">0</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT - 8}" class="wb-axis" text-anchor="end">{reach} tokens</text>'
    )
    alt = f"Texts by length: {found.shortest} to {found.longest} tokens, cut at {found.max_tokens}"
    return picture(f"0 0 {_WIDTH} {_HEIGHT}", bars + lines + axis, alt, "440px")


def _beside(line: float, text: str) -> str:
    """What a line says, on the side of it that has room."""
    room = line > _LETTER * len(text) + 4
    left, anchor = (line - 4, "end") if room else (line + 4, "start")
    return f'<text x="{left:.1f}" y="11" class="wb-axis" text-anchor="{anchor}">{text}</text>'


def _findings(found: Inspection) -> str:
    if not found.findings:
        return (
            '<div class="wb-verdict wb-next">No repetition, contradiction or leak was found, '
            "and no row is left out.</div>"
        )
    rows = "".join(
        f"<li>{escape(_sentence(said(one.text)))}"
        + (f' <span class="wb-tag">{_TAGS[one.level]}</span>' if _TAGS[one.level] else "")
        + "</li>"
        for one in found.findings
    )
    bad = " wb-none" if any(one.level != "note" for one in found.findings) else " wb-plain"
    return f'<div class="wb-verdict wb-next{bad}"><b>What to know of it</b><ul>{rows}</ul></div>'


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
