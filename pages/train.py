"""A classifier of one's own, from labelled texts."""

import streamlit as st

from workbench.ui.components.train_runs import restore_run, runs_panel
from workbench.ui.components.train_start import new_run_panel
from workbench.ui.state import held
from workbench.ui.train_choices import NEW, RUNS

st.title("Train a classifier")
st.caption("Labelled texts in, a checkpoint on your list out; every run can be watched, stopped and gone on with.")
restore_run()
view = st.segmented_control("View", [NEW, RUNS], required=True, label_visibility="collapsed", **held("train_view"))
if view == RUNS:
    runs_panel()
else:
    new_run_panel()
