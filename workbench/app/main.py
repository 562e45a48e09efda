"""The entrypoint that streamlit runs."""

from workbench.app import preparing

preparing.wait()

from workbench.ui.navigation import run  # noqa: E402 - imported by then

run()
