"""The entrypoint that streamlit runs."""

from workbench.ui.navigation import run

run()
