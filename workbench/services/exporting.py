"""Saved runs as files to hand on."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.errors import InputError
from workbench.reports import FORMATS, Format, format_of
from workbench.schema import SavedRun, SavedRuns
from workbench.services._writing import written
from workbench.services.history import open_run

DEFAULT_FORMATS = (".html", ".json")
# The index holds all of them at once.
MOST = 500
_ARCHIVE = ".zip"


def export_runs(run_ids: Sequence[str], formats: Sequence[str], file: str | Path) -> Path:
    """Write saved runs to one archive: a folder each with its reports, and an index of all.

    Args:
        run_ids: Their ids, in the order of the index.
        formats: Suffixes of report formats, such as ``.html``; by default HTML and JSON, as far as there are such.
        file: Where to; its suffix has to be ``.zip``. It is there whole or not at all.

    Returns:
        The path.

    Raises:
        InputError: There is nothing to export or too much, or the file cannot be written.
        UnknownNameError: There is no such run or format.
        StoreError: The history cannot be used.
    """
    path, chosen = Path(file), _formats(formats)
    if path.suffix.lower() != _ARCHIVE:
        raise InputError(f"{path.name!r} is no name of an archive", f"let it end with {_ARCHIVE}")
    wanted = tuple(dict.fromkeys(run_ids))
    if not 1 <= len(wanted) <= MOST:
        raise InputError(f"an export takes 1 to {MOST} runs, not {len(wanted)}", "choose others")
    runs = [open_run(run_id) for run_id in wanted]
    with written(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _members(runs, chosen):
            archive.writestr(name, content)
    return path


def export_run(run_id: str, file: str | Path) -> Path:
    """Write the report of one saved run.

    Args:
        run_id: Its id.
        file: Where to; the suffix picks the format. It is there whole or not at all.

    Returns:
        The path.

    Raises:
        InputError: No format has this suffix, or the file cannot be written.
        UnknownNameError: There is no such run.
        StoreError: The history cannot be used.
    """
    path = Path(file)
    content = format_of(path).render(open_run(run_id).result)
    with written(path) as stream:
        stream.write(content)
    return path


def _formats(named: Sequence[str]) -> list[Format]:
    suffixes = named or [suffix for suffix in DEFAULT_FORMATS if suffix in FORMATS]
    return [FORMATS[suffix] for suffix in dict.fromkeys(f".{suffix.lower().removeprefix('.')}" for suffix in suffixes)]


def _members(runs: Sequence[SavedRun], formats: Sequence[Format]) -> Iterator[tuple[str, bytes]]:
    """Names and contents. Ids are safe as names; nothing else that a user wrote is in them."""
    counted = "1 saved run" if len(runs) == 1 else f"{len(runs)} saved runs"
    together = SavedRuns(title=counted, runs=tuple(runs))
    for kind in formats:
        yield f"index{kind.suffix}", kind.render(together)
    for run in runs:
        folder = f"{run.created:%Y-%m-%d}-{run.id}"
        for kind in formats:
            yield f"{folder}/report{kind.suffix}", kind.render(run.result)
