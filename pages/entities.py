"""Who and what is named in a text, and why?"""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui import entities
from workbench.ui.components import (
    entities_sidebar,
    found_panel,
    keep_entities,
    sentence_box,
    tagged_tokens,
    why_entity,
)
from workbench.ui.state import choices, put
from workbench.ui.style import literal

st.title("Who and what is named?")
st.caption("One text, one checkpoint that tags tokens: the entities it finds, how it got there, and why.")
pressed = sentence_box()
usable = entities_sidebar() is not None
chosen = choices()
if pressed and usable:
    try:
        chosen.entity_request = entities.request_of(chosen)
        put("entity", None)
        put("entity_types", [])
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")

if chosen.entity_request is not None:
    if entities.outdated(chosen):
        st.info("Text or settings have changed since; press Find to see their effect.", icon=":material/update:")
    try:
        checkpoint, prediction = entities.found(chosen.entity_request)
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")
        st.stop()
    st.header("Entities")
    found_panel(prediction)
    st.header("How the model got there")
    tagged_tokens(checkpoint, prediction)
    st.header("Why this type")
    job = why_entity(checkpoint, prediction)
    st.header("Keep it")
    keep_entities(prediction, job)
