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
    from workbench.pipeline import find_entities as entities
    from workbench.schema import (
        Comparison,
        EntityPrediction,
        EntityReport,
        Explanation,
        Prediction,
        Report,
        Target,
        Unit,
        Verification,
    )
    from workbench.services import compare, explain, explain_entity, save_comparison, save_report, verify

# Read when torch loads its thread pool, whose threads by default wait for one another in a loop that keeps the cores
# busy. Beside a browser on an ordinary machine that made small batches many times slower (docs/performance.md).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Likewise that of numpy's matrix products, which are small here; its threads kept a core from torch's next pass.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

try:
    __version__ = version("explainability-workbench")
except PackageNotFoundError:
    __version__ = "0+checkout"

_HOMES = {
    "Checkpoint": "checkpoints",
    "Comparison": "schema",
    "EntityPrediction": "schema",
    "EntityReport": "schema",
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
    "entities": "pipeline",
    "explain": "services",
    "explain_entity": "services",
    "load_checkpoint": "checkpoints",
    "save_comparison": "services",
    "save_report": "services",
    "verify": "services",
}

__all__ = [
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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    # The layer below has a module of that name.
    inner = "find_entities" if name == "entities" else name
    return getattr(import_module(f"workbench.{_HOMES[name]}"), inner)


def __dir__() -> list[str]:
    return sorted(__all__)
