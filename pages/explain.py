"""Why did this review get its rating?"""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui import explaining, opening
from workbench.ui.components import (
    guided_tour,
    keep_explanation,
    methods_panel,
    native_views,
    open_from_address,
    review_box,
    saved_banner,
    settings_sidebar,
    stages,
    verdict,
    what_if,
)
from workbench.ui.components.targets import target_pills
from workbench.ui.state import choices
from workbench.ui.style import literal

st.title("Why this rating?")
st.caption("One review, one checkpoint, every method on the same words.")
open_from_address()
# Before the settings, which wait for the checkpoint: the reader has something to read and to type into meanwhile.
pressed = review_box()
usable = settings_sidebar() is not None
chosen = choices()
try:
    if explaining.wanted(chosen, pressed) and usable:
        explaining.ask(chosen, explaining.request_of(chosen))
except WorkbenchError as error:
    st.error(literal(str(error)), icon=":material/error:")

if chosen.request is not None:
    if explaining.outdated(chosen):
        st.info("Review or settings have changed since; press Explain to see their effect.", icon=":material/update:")
    try:
        answer = opening.answer_to(chosen, chosen.request)
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")
        st.stop()
    job, prediction, checkpoint = answer.job, answer.prediction, answer.checkpoint
    saved_banner(job.keeping)
    st.header("Verdict")
    verdict(prediction)
    st.header("How the model got there")
    stages(prediction)
    guided_tour(checkpoint, prediction)
    st.header("Why")
    target_pills(prediction, fixed=checkpoint is None)
    methods_panel(job, checkpoint, prediction)
    st.header("Native views")
    native_views(checkpoint, prediction, job.places, answer.missing)
    st.header("What if")
    what_if(checkpoint, prediction, answer.missing, busy=job.running)
    st.header("Keep it")
    keep_explanation(job, checkpoint, prediction)
