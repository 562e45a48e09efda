"""How fast the workbench is: against the stock libraries, against bare models, and as users feel it.

Run it with ``make bench`` or by itself; see ``--help`` and ``docs/performance.md``. Nothing here is a test: times
depend on the machine. It ends with status 1 where values differ from those of the stock libraries.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from _checkpoints import Bench, prepare
from _machine import caption, machine
from _settings import Settings, read_settings
from _tables import Section, has_place, replaced


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; write and print it section by section.

    Args:
        arguments: Words of the command line; by default those of this process.

    Returns:
        The exit status.
    """
    settings = read_settings(arguments)
    _check_output(settings)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as place:
        bench = prepare(settings, Path(place))
        found: list[Section] = []
        for name in settings.sections:
            found.append(_measured(bench, name))
            _keep(settings, found)
    faults = [fault for section in found for fault in section.faults]
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults else 0


def _measured(bench: Bench, name: str) -> Section:
    section: Section = import_module(f"_{name}").measure(bench)
    return section


def _check_output(settings: Settings) -> None:
    """Refuse, before hours of measuring, a document that has no place for the tables."""
    if settings.output is None:
        return
    document = settings.output.read_text("utf-8")
    missing = [name for name in settings.sections if not has_place(document, _place(settings, name))]
    if missing:
        raise SystemExit(f"error: {settings.output} has no markers for {_place(settings, missing[0])}; add them")


def _keep(settings: Settings, found: Sequence[Section]) -> None:
    """Print the last section, and write all figures so far and its tables."""
    facts, section = machine(settings.device), found[-1]
    content = section.markdown(caption(facts, repeat=settings.repeat, quick=settings.quick))
    print(f"\n## {section.name}\n\n{content}\n", flush=True)
    figures = {one.name: one.figures for one in found}
    settings.json.parent.mkdir(parents=True, exist_ok=True)
    settings.json.write_text(json.dumps({"machine": facts, "quick": settings.quick, "sections": figures}, indent=1))
    if settings.output is not None:
        document = settings.output.read_text("utf-8")
        settings.output.write_text(replaced(document, _place(settings, section.name), content), "utf-8")


def _place(settings: Settings, name: str) -> str:
    return f"{name} on {settings.device}"


if __name__ == "__main__":
    sys.exit(main())
