"""How the model got there: tokens, logits, probabilities."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench.schema import Prediction, Token
from workbench.text import excerpt
from workbench.ui.components.bars import share_bars, signed_bars
from workbench.ui.components.windows import chosen_window


def stages(prediction: Prediction) -> None:
    """Show the three stages of the pipeline.

    Args:
        prediction: What to show.
    """
    if prediction.windows:
        st.fragment(_of_window)(prediction)
    else:
        st.html(stages_html(prediction))


def _of_window(prediction: Prediction) -> None:
    window = chosen_window(prediction, "stages")
    st.html(stages_html(window))


def stages_html(prediction: Prediction) -> str:
    """The three stages as HTML.

    Args:
        prediction: What to show.

    Returns:
        HTML, all text escaped.
    """
    count, special = len(prediction.tokens), [token for token in prediction.tokens if token.special]
    added = " and ".join(dict.fromkeys(escape(token.text) for token in special))
    head = f"{count} of {prediction.token_limit} tokens, each with its id" + (f"; {added} are added" if added else "")
    chips = "".join(map(_chip, prediction.tokens))
    how = (
        "sigmoid of each logit by itself: they need not add up to 1"
        if prediction.independent
        else "softmax of the logits: positive, adding up to 1"
    )
    return (
        f'<div class="wb-row"><div class="wb-box wb-wide"><b>1 Tokens</b> <span class="wb-dim">{head}</span>'
        f'<div class="wb-chips" tabindex="0">{chips}</div>{_unread(prediction)}</div>'
        f'<div class="wb-box"><b>2 Logits</b> <span class="wb-dim">one number a label, any size</span>'
        f"{signed_bars(prediction.labels, prediction.logits, prediction.selected)}</div>"
        f'<div class="wb-box"><b>3 Probabilities</b> <span class="wb-dim">{how}</span>'
        f"{share_bars(prediction.labels, prediction.probabilities, prediction.selected)}</div></div>"
    )


def _chip(token: Token) -> str:
    kind = " wb-special" if token.special else " wb-unknown" if token.unknown else ""
    tip = "added by the tokenizer" if token.special else "not in the vocabulary" if token.unknown else ""
    where = "" if token.span is None else f"characters {token.span.start} to {token.span.end}"
    title = "; ".join(filter(None, [where, tip]))
    return f'<span class="wb-chip{kind}" title="{title}">{escape(token.text)}<u>{token.id}</u></span>'


def _unread(prediction: Prediction) -> str:
    if prediction.unread_from is None:
        return ""
    rest = prediction.text[prediction.unread_from :]
    return (
        '<div class="wb-dim" style="margin-top:8px">Not read: '
        f"the model stops after {prediction.token_limit} tokens, "
        f"at character {prediction.unread_from:,} of {len(prediction.text):,}.</div>"
        f'<div class="wb-unread">{escape(excerpt(rest, 300))}</div>'
    )
