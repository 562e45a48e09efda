"""What was run before, to be found again, annotated, compared and handed on."""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui import history
from workbench.ui.components import (
    history_actions,
    history_filters,
    history_pair,
    history_rows,
    history_search,
    open_from_address,
)
from workbench.ui.state import choices
from workbench.ui.style import literal

st.title("What was run before?")
# Streamlit gives a link to the first page the address of this one.
open_from_address("list")
where = history.zone()
st.caption(literal(history.about(where)))
history_search()
try:
    found = history.find(choices(), where)
except WorkbenchError as error:
    st.error(literal(str(error)), icon=":material/error:")
    st.stop()
history_filters(found.facets)
history_actions(found)
# Above the list, where the button is that asks for it: below a page of runs nobody would see it come.
history_pair(where)
history_rows(found, where)
