"""Whole files of reviews: how good the predictions are, where they fail, and which rows to look at."""

import streamlit as st

from workbench.ui.components.dataset_figures import figures_panel
from workbench.ui.components.dataset_open import dataset_box, restore_batch
from workbench.ui.components.dataset_rows import rows_panel
from workbench.ui.components.dataset_slices import slices_panel
from workbench.ui.components.dataset_threshold import threshold_panel
from workbench.ui.components.dataset_words import words_panel
from workbench.ui.dataset_choices import VIEWS
from workbench.ui.state import choices, held

PANELS = dict(zip(VIEWS, (figures_panel, threshold_panel, rows_panel, slices_panel, words_panel), strict=True))

st.title("What does a whole file hold?")
st.caption("A file of reviews, predicted once: how good that is, where it fails, and which rows to look at.")
restore_batch()
dataset = dataset_box()
if dataset is not None:
    st.segmented_control("View", VIEWS, required=True, label_visibility="collapsed", **held("dataset_view"))
    PANELS[choices().dataset_view](dataset)
