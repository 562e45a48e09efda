"""What there is to choose from, and what the user adds to it."""

import streamlit as st

from workbench.checkpoints import bundled
from workbench.ui import caching
from workbench.ui.components.adding import add_checkpoint
from workbench.ui.components.cards import checkpoint_card, your_checkpoints

st.title("Checkpoints")
st.caption("What each one is, what it was trained on, and how good it is.")
st.header("Your own", anchor=False)
add_checkpoint("page")
your_checkpoints()
st.header("With the workbench", anchor=False)
for name in dict.fromkeys([*caching.named(), *bundled()]):
    checkpoint_card(name)
