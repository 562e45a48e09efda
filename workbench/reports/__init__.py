"""Reports: one file per format, chosen by the suffix."""

from importlib import import_module
from pkgutil import iter_modules

from workbench.reports.base import FORMATS, Format, Report, format_of

for _module in iter_modules(__path__):
    if _module.name != "base":
        import_module(f"{__name__}.{_module.name}")

__all__ = ["FORMATS", "Format", "Report", "format_of"]
