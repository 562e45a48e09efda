"""The shell: page settings, style, and the list of pages."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from workbench import resources
from workbench.errors import WorkbenchError
from workbench.ui import style, warmup

# A page is one file in pages/ and one line here: file, title, icon.
PAGES = (
    ("explain.py", "Explain", ":material/troubleshoot:"),
    ("compare.py", "Compare", ":material/compare_arrows:"),
    # Not datasets.py: with its folder on the path that would hide the library of this name.
    ("data_sets.py", "Datasets", ":material/dataset:"),
    ("entities.py", "Entities", ":material/label:"),
    ("train.py", "Train", ":material/model_training:"),
    ("history.py", "History", ":material/history:"),
    ("checkpoints.py", "Checkpoints", ":material/inventory_2:"),
)


def run() -> None:
    """Draw the shell and the page that is open."""
    # A file of ours: Streamlit would fetch the picture of an icon by name from another host.
    icon = Path(__file__).parent / "icon.svg"
    st.set_page_config(page_title="Workbench", page_icon=str(icon), layout="wide")
    style.inject()
    folder = resources.folder("pages")
    pages = [
        st.Page(folder / file, title=title, icon=icon, url_path=title.lower(), default=index == 0)
        for index, (file, title, icon) in enumerate(PAGES)
    ]
    try:
        st.navigation(pages).run()
    except WorkbenchError as error:
        st.error(style.literal(str(error)), icon=":material/error:")
    finally:
        # Last, so that the page is there before anything heavy is imported.
        warmup.start()


def open_page(file: str) -> None:
    """Leave the page for another one.

    Args:
        file: As in ``PAGES``.
    """
    st.switch_page(resources.folder("pages") / file)
