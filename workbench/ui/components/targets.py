"""What is explained: the question in words."""

from __future__ import annotations

import streamlit as st

from workbench.schema import Prediction, Target
from workbench.ui import state
from workbench.ui.explaining import default_target, targets_of
from workbench.ui.jobs import Request
from workbench.ui.state import choices, leave_saved_run, widget_key
from workbench.ui.style import literal


def target_pills(prediction: Prediction, *, fixed: bool = False) -> None:
    """Let the user choose the target of the current request; a new one takes effect at once.

    Args:
        prediction: What is explained.
        fixed: Another cannot be asked for.
    """
    request = choices().request
    if request is None:
        return
    asked = request.target or default_target(prediction)
    current = str(asked)
    # One that is not offered comes with a saved run.
    options = {str(target): target for target in targets_of(prediction)} | {current: asked}
    key = widget_key("target", prediction.checkpoint.fingerprint, str(hash((prediction.text, request.windows))))
    st.pills(
        "Explain", list(options), default=current, required=True,
        format_func=lambda name: literal(question(options[name], prediction)), label_visibility="collapsed", key=key,
        on_change=_choose, args=(key, options, request, current), disabled=fixed,
    )  # fmt: skip


def question(target: Target, prediction: Prediction) -> str:
    """A target as the question that it answers.

    Args:
        target: What is explained.
        prediction: Of the text.

    Returns:
        One sentence, not escaped.
    """
    if target.kind == "expected":
        return f"Why an expected rating of {prediction.expected_rating:.1f}?"
    if target.kind == "contrast":
        return f"Why {target.label} and not {target.against}?"
    if target.kind == "logit":
        logit = prediction.logits[prediction.labels.index(str(target.label))]
        return f"Why a logit of {logit:.1f} for {target.label}?"
    if prediction.independent and target.label not in prediction.selected:
        return f"Why a probability of {prediction.chance(str(target.label)):.2f} for {target.label}?"
    return f"Why {target.label}?"


def _choose(key: str, options: dict[str, Target], request: Request, current: str) -> None:
    """Ask again with another target; not where the request has changed since, which a late answer may find."""
    picked = state.value(key)
    if choices().request == request and picked in options and picked != current:
        leave_saved_run()
        choices().request = request.model_copy(update={"target": options[picked]})
