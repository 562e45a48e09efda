"""What is imported before the first page."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from workbench.app import preparing
served = []
preparing._served = lambda: bool(served)
preparing.wait()
preparing.start()
print("workbench.ui.navigation" in sys.modules)
served.append(True)
preparing.wait()
print([name for name in ("workbench.ui.components", "workbench.ui.navigation") if name in sys.modules])
print([name for name in HEAVY if name in sys.modules])
"""
# Seconds before the first page that it does not need.
HEAVY = (
    "torch",
    "transformers",
    "shap",
    "lime",
    "bertviz",
    "captum",
    "pandas",
    "scipy",
    "sklearn",
    "sqlalchemy",
    "duckdb",
)


def test_what_the_first_page_needs_is_imported_once_the_server_is_there_and_nothing_heavy() -> None:
    code = CODE.replace("HEAVY", repr(HEAVY))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    waited, there, heavy = done.stdout.splitlines()
    assert waited == "False"
    assert there == "['workbench.ui.components', 'workbench.ui.navigation']"
    assert heavy == "[]"
