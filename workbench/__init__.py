"""Workbench: why did this review get its rating?

The names below are the public interface. Nothing heavy is imported until one of them is used.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.checkpoints import Checkpoint, load_checkpoint
    from workbench.errors import WorkbenchError
    from workbench.pipeline import classify, classify_many
    from workbench.schema import Comparison, Explanation, Prediction, Report, Target, Unit, Verification
    from workbench.services import compare, explain, save_comparison, save_report, verify

# Read when torch loads its thread pool, whose threads by default wait for one another in a loop that keeps the cores
# busy. Beside a browser on an ordinary machine that made small batches many times slower (docs/performance.md).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

try:
    __version__ = version("explainability-workbench")
except PackageNotFoundError:
    __version__ = "0+checkout"

_HOMES = {
    "Checkpoint": "checkpoints",
    "Comparison": "schema",
    "Explanation": "schema",
    "Prediction": "schema",
    "Report": "schema",
    "Target": "schema",
    "Unit": "schema",
    "Verification": "schema",
    "WorkbenchError": "errors",
    "classify": "pipeline",
    "classify_many": "pipeline",
    "compare": "services",
    "explain": "services",
    "load_checkpoint": "checkpoints",
    "save_comparison": "services",
    "save_report": "services",
    "verify": "services",
}

__all__ = [
    "Checkpoint",
    "Comparison",
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
    "explain",
    "load_checkpoint",
    "save_comparison",
    "save_report",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    return getattr(import_module(f"workbench.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
