"""Who and what is named in a text, and why?"""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui import entities, entity_opening
from workbench.ui.components import (
    entities_sidebar,
    found_panel,
    keep_entities,
    open_from_address,
    saved_banner,
    sentence_box,
    tagged_tokens,
    why_entity,
)
from workbench.ui.state import choices, put
from workbench.ui.style import literal

st.title("Who and what is named?")
st.caption("One text, one checkpoint that tags tokens: the entities it finds, how it got there, and why.")
open_from_address("entities")
pressed = sentence_box()
usable = entities_sidebar() is not None
chosen = choices()
if pressed and usable:
    try:
        entities.ask(chosen, entities.request_of(chosen))
        put("entity", None)
        put("entity_types", [])
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")

if chosen.entity_request is not None:
    if entities.outdated(chosen):
        st.info("Text or settings have changed since; press Find to see their effect.", icon=":material/update:")
    try:
        answer = entity_opening.answer_to(chosen, chosen.entity_request)
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")
        st.stop()
    prediction = answer.prediction
    saved_banner(answer.finding.keeping)
    st.header("Entities")
    found_panel(prediction)
    st.header("How the model got there")
    tagged_tokens(answer.checkpoint, prediction, answer.missing)
    st.header("Why this type")
    job = why_entity(answer.checkpoint, prediction, answer.missing)
    st.header("Keep it")
    keep_entities(prediction, answer.finding, job)
