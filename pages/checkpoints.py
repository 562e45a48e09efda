"""What there is to choose from."""

import streamlit as st

from workbench.ui import caching
from workbench.ui.components.cards import checkpoint_card

st.title("Checkpoints")
st.caption("What each one is, what it was trained on, and how good it is.")
for name in caching.offered():
    checkpoint_card(name)
