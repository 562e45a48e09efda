"""The methods: one file each, discovered by themselves."""

from importlib import import_module
from pkgutil import iter_modules

from workbench.explainers._settings import make_options
from workbench.explainers.base import METHODS, Explainer, Options, able_methods
from workbench.explainers.difference import (
    DifferenceTask,
    shared_reading,
    shared_units,
    side_by_side,
    unread_units,
)
from workbench.explainers.entity import EntityTask
from workbench.explainers.task import SPLITTERS, Task, unit_spans

for _module in iter_modules(__path__):
    if _module.name != "base":
        import_module(f"{__name__}.{_module.name}")

__all__ = [
    "METHODS",
    "SPLITTERS",
    "DifferenceTask",
    "EntityTask",
    "Explainer",
    "Options",
    "Task",
    "able_methods",
    "make_options",
    "shared_reading",
    "shared_units",
    "side_by_side",
    "unit_spans",
    "unread_units",
]
