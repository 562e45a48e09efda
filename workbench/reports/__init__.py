"""Reports: one file per format, chosen by the suffix."""

from importlib import import_module
from pkgutil import iter_modules

from workbench.reports.base import FORMATS, Format, Subject, format_of
from workbench.reports.comparison_json import (
    COMPARISON_SCHEMA,
    comparison_document,
    read_comparison,
)
from workbench.reports.document import View
from workbench.reports.reading import read_report

for _module in iter_modules(__path__):
    if _module.name != "base":
        import_module(f"{__name__}.{_module.name}")

__all__ = [
    "COMPARISON_SCHEMA",
    "FORMATS",
    "Format",
    "Subject",
    "View",
    "comparison_document",
    "format_of",
    "read_comparison",
    "read_report",
]
