"""What is explained: the question in words."""

from __future__ import annotations

import streamlit as st

from workbench.schema import Prediction, Target
from workbench.ui import state
from workbench.ui.explaining import default_target, targets_of
from workbench.ui.state import choices, widget_key


def target_pills(prediction: Prediction) -> None:
    """Let the user choose the target of the current request; a new one takes effect at once.

    Args:
        prediction: What is explained.
    """
    request = choices().request
    if request is None:
        return
    options = {target.phrase(): target for target in targets_of(prediction)}
    current = (request.target or default_target(prediction)).phrase()
    key = widget_key("target", prediction.checkpoint.fingerprint, str(hash(prediction.text)))
    st.segmented_control(
        "Explain", list(options), default=current, required=True, label_visibility="collapsed", key=key,
        on_change=_choose, args=(key, options),
    )  # fmt: skip


def _choose(key: str, options: dict[str, Target]) -> None:
    chosen = choices()
    picked = state.value(key)
    if chosen.request is not None and picked is not None:
        chosen.request = chosen.request.model_copy(update={"target": options[picked]})
