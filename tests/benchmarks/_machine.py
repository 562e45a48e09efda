"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ("torch", "transformers", "shap", "lime")


def machine(device: str) -> dict[str, Any]:
    """The machine and the libraries.

    Args:
        device: ``cpu`` or ``cuda``.

    Returns:
        Facts, all of which JSON can hold.
    """
    import torch

    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if device == "cuda" else None,
        "dtype": "float32",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
    }


def caption(facts: dict[str, Any], *, repeat: int, quick: bool) -> str:
    """One paragraph below a table.

    Args:
        facts: From ``machine``.
        repeat: Of how many times the medians are.
        quick: Whether the sizes were tiny.

    Returns:
        The paragraph.
    """
    place = f"{facts['gpu']}, beside {facts['cpu']}" if facts["gpu"] else facts["cpu"]
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    told = f"{place}, cores {facts['cores']}, threads of torch {facts['threads']}, {facts['dtype']}; {versions}."
    kind = "A quick run: it shows that all is measured, not how fast it is. " if quick else ""
    return f"*{kind}Times are medians of {repeat}, short ones of more. {told}*"


def _cpu_model() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
