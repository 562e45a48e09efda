from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import workbench
from workbench.checkpoints import Checkpoint

EXPORTED = [
    "Checkpoint",
    "Comparison",
    "EntityPrediction",
    "EntityReport",
    "Explanation",
    "Prediction",
    "Report",
    "Target",
    "Unit",
    "Verification",
    "WorkbenchError",
    "__version__",
    "classify",
    "classify_many",
    "compare",
    "entities",
    "explain",
    "explain_entity",
    "load_checkpoint",
    "save_comparison",
    "save_report",
    "verify",
]


def test_the_names_are_these() -> None:
    assert sorted(workbench.__all__) == sorted(EXPORTED)
    assert dir(workbench) == sorted(EXPORTED)


@pytest.mark.parametrize("name", EXPORTED)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    item = getattr(workbench, name)
    assert name == "__version__" or inspect.getdoc(item)


def test_signatures_are_these() -> None:
    expected = {
        "load_checkpoint": ["name", "device", "progress"],
        "classify": ["checkpoint", "text", "normalise", "windows"],
        "classify_many": ["checkpoint", "texts", "normalise", "windows"],
        "explain": [
            "checkpoint",
            "text",
            "methods",
            "target",
            "unit",
            "seed",
            "budget",
            "options",
            "trust",
            "windows",
            "progress",
        ],
        "compare": [
            "checkpoints",
            "text",
            "method",
            "target",
            "unit",
            "seed",
            "budget",
            "options",
            "scales",
            "differences",
            "progress",
            "cancelled",
            "arrived",
        ],
        "entities": ["checkpoint", "text", "strategy", "scheme", "windows"],
        "explain_entity": [
            "checkpoint",
            "prediction",
            "entity",
            "methods",
            "unit",
            "seed",
            "budget",
            "options",
            "progress",
        ],
        "save_comparison": ["comparison", "file"],
        "save_report": ["subject", "file", "views"],
        "verify": ["report", "checkpoints", "tolerance", "trust", "file", "load", "progress"],
    }
    for name, parameters in expected.items():
        assert list(inspect.signature(getattr(workbench, name)).parameters) == parameters, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nosuch'"):
        workbench.nosuch  # noqa: B018 - the access is what is tested


def test_importing_it_imports_nothing_heavy() -> None:
    heavy = ["torch", "transformers", "streamlit", "shap", "lime", "bertviz", "captum", "pandas", "numpy", "pydantic"]
    code = f"import sys, workbench; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_is_quick_to_start() -> None:
    """Help and faults of the arguments need neither torch nor streamlit."""
    heavy = ["torch", "transformers", "streamlit", "shap", "lime"]
    code = (
        "import sys; from workbench.cli import main; main(['--help']); "
        f"print([n for n in {heavy!r} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_comparison_shows_itself_in_a_notebook(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    found = workbench.compare([tiny, tiny_other], "<b>good</b> room", budget=20)
    (pair,) = found.pairs
    for result in (found, pair.difference):
        assert result is not None
        shown = result._repr_html_()
        assert shown is not None
        assert "<b>good" not in shown
        assert "&lt;" in shown
        assert tiny.name in shown
        assert "base" in shown


def test_results_show_themselves_in_a_notebook(tiny: Checkpoint) -> None:
    report = workbench.explain(tiny, "<b>good</b> room", ["attention-rollout"])
    for result in (report.prediction, report.explanations[0]):
        shown = result._repr_html_()
        assert shown is not None
        assert "<b>good" not in shown
    assert "&lt;" in (report.explanations[0]._repr_html_() or "")
    assert report.prediction.label in (report.prediction._repr_html_() or "")
