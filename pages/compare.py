"""Which checkpoint reads a review how, and why they differ."""

import streamlit as st

from workbench.ui.components import (
    checkpoints_to_compare,
    compare_file_panel,
    compare_review_panel,
    half_choice,
    open_from_address,
    restore_comparison,
)

st.title("How do checkpoints differ?")
st.caption("Two to four checkpoints, on one review or on a file of them.")
restore_comparison()
open_from_address("comparison")
view = half_choice()
names = checkpoints_to_compare()
if view == "A file":
    compare_file_panel(names)
else:
    compare_review_panel(names)
