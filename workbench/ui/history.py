"""What the History page and the links to runs do between their widgets."""

from __future__ import annotations

import csv
import io
import ipaddress
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zoneinfo import ZoneInfo

import streamlit as st

from workbench import resources, services
from workbench.errors import WorkbenchError
from workbench.schema import RunFacets, RunQuery, RunSummary
from workbench.ui.state import Choices

# In the address of a page: the run that it shows.
ADDRESS = "run"
PAGE_SIZE = 25
PAGES = {"explanation": "explain.py", "comparison": "compare.py", "entities": "entities.py"}
# The Explain page is the app's first one, and has the app's own address.
_PATHS = {"explanation": "", "comparison": "compare", "entities": "entities"}


class Zone(NamedTuple):
    """In which zone times are shown.

    Attributes:
        info: The zone.
        name: As readers are told.
    """

    info: tzinfo
    name: str


class Found(NamedTuple):
    """One page of the history.

    Attributes:
        total: How many runs there are.
        matching: How many of them match.
        first: Number of the first one shown, from zero.
        runs: Those shown.
        facets: What there is to choose from.
    """

    total: int
    matching: int
    first: int
    runs: tuple[RunSummary, ...]
    facets: RunFacets


def page_file(kind: str) -> Path:
    """The page that shows runs of a kind.

    Args:
        kind: ``explanation``, ``comparison`` or ``entities``.

    Returns:
        Its file.
    """
    return resources.folder("pages") / PAGES[kind]


def link_to(run_id: str, kind: str) -> str:
    """The address of a run, to be handed on.

    Args:
        run_id: Its id.
        kind: ``explanation``, ``comparison`` or ``entities``.

    Returns:
        With the host under which this browser knows the app, or without one where that is not known.
    """
    path = _PATHS[kind]
    # Streamlit gives the address of the page that is open, which is the one that runs of this kind are shown on.
    base = (st.context.url or "").rstrip("/").removesuffix(f"/{path}" if path else "").rstrip("/")
    return f"{base}/{path}?{ADDRESS}={run_id}"


def zone() -> Zone:
    """The zone of the browser where it tells, else that of the server."""
    named = st.context.timezone
    if named:
        try:
            return Zone(ZoneInfo(named), f"{named}, the zone of this browser")
        except (OSError, ValueError):
            # Python's list of zones may be older than the browser's, or missing.
            pass
    here = datetime.now().astimezone().tzinfo or UTC
    return Zone(here, f"{datetime.now(here):%Z}, the zone of the server")


def moment(when: datetime, where: Zone) -> str:
    """A time as it is shown, without its zone."""
    return f"{when.astimezone(where.info):%d %b %Y, %H:%M}"


def about(where: Zone) -> str:
    """What the reader should know of the list: whose runs, and in which zone."""
    shared = "Everyone who uses this app sees and changes the same history. " if is_shared() else ""
    private = "" if services.history_enabled() else "Private: no new runs are kept (WORKBENCH_PRIVATE). "
    return f"{shared}{private}Newest first; times are those of {where.name}."


def query_of(chosen: Choices, where: Zone) -> RunQuery:
    """What the filters of a session amount to.

    Args:
        chosen: The choices.
        where: The zone in which days begin.

    Returns:
        The query; days are whole ones, the last one included.
    """
    days = sorted(chosen.history_dates)
    return RunQuery(
        words=chosen.history_words,
        kind=chosen.history_kind,
        checkpoint=chosen.history_checkpoint,
        method=chosen.history_method,
        label=chosen.history_label,
        tag=chosen.history_tag,
        since=_midnight(days[0], where) if days else None,
        until=_midnight(days[-1] + timedelta(days=1), where) if days else None,
    )


def _midnight(day: date, where: Zone) -> datetime:
    return datetime.combine(day, time.min, where.info)


def find(chosen: Choices, where: Zone) -> Found:
    """The page of the history that a session looks at; of the other runs, nothing is loaded.

    Args:
        chosen: The choices; a page that is no longer there becomes the last one.
        where: The zone in which days begin.

    Returns:
        The page.

    Raises:
        WorkbenchError: The history cannot be used, or too many words are searched.
    """
    query, listing = query_of(chosen, where), chosen.history
    matching, runs = services.find_runs(query, limit=PAGE_SIZE, offset=listing.page * PAGE_SIZE)
    if not runs and listing.page:
        listing.page = max(matching - 1, 0) // PAGE_SIZE
        matching, runs = services.find_runs(query, limit=PAGE_SIZE, offset=listing.page * PAGE_SIZE)
    total = matching if query == RunQuery() else services.find_runs(limit=0)[0]
    return Found(total, matching, listing.page * PAGE_SIZE, runs, services.run_facets())


def counted(found: Found) -> str:
    """How many runs there are, match, and are shown."""
    runs = "1 run" if found.total == 1 else f"{found.total:,} runs"
    matching = "" if found.matching == found.total else f", {found.matching:,} match"
    if not found.runs:
        return f"{runs}{matching}, none shown"
    return f"{runs}{matching}, {found.first + 1:,} to {found.first + len(found.runs):,} shown"


def tags_text(tags: Sequence[str]) -> str:
    """Tags as they are edited: with commas between them, in quotes where they hold one.

    Args:
        tags: The tags.

    Returns:
        One line, which ``tags_of`` reads.
    """
    return ", ".join(map(_cell, tags))


def _cell(tag: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([tag])
    return line.getvalue()


def tags_of(line: str) -> tuple[str, ...]:
    """The tags of an edited line.

    Args:
        line: With commas between tags.

    Returns:
        Each tag once, without white space around it.
    """
    cells = next(csv.reader([" ".join(line.split())], skipinitialspace=True), [])
    return tuple(dict.fromkeys(filter(None, (cell.strip() for cell in cells))))


def annotate(chosen: Choices, run_id: str, *, note: str | None = None, tags: Sequence[str] | None = None) -> None:
    """Change a note or tags; what is wrong with them is told on the page.

    Args:
        chosen: The choices.
        run_id: Of the run.
        note: The new note, or none to leave it.
        tags: The new tags, or none to leave them.
    """
    try:
        services.annotate_run(run_id, note=note, tags=tags)
    except WorkbenchError as error:
        chosen.history.fault = str(error)


def delete(chosen: Choices) -> None:
    """Delete the runs that are picked; they can be brought back.

    Args:
        chosen: The choices.
    """
    listing = chosen.history
    try:
        listing.deleted = services.delete_runs(listing.picked)
    except WorkbenchError as error:
        listing.fault = str(error)
        return
    listing.picked, listing.compared = [], ()


def bring_back(chosen: Choices) -> None:
    """Bring back the runs that were deleted last.

    Args:
        chosen: The choices.
    """
    listing = chosen.history
    try:
        services.restore_runs(listing.deleted)
    except WorkbenchError as error:
        listing.fault = str(error)
        return
    listing.deleted = ()


def archive(run_ids: Sequence[str], formats: Sequence[str]) -> bytes:
    """Runs as one zip.

    Args:
        run_ids: Of the runs.
        formats: Suffixes of report formats.

    Returns:
        Its content.

    Raises:
        WorkbenchError: There is nothing to export or too much, or a run is gone.
    """
    with TemporaryDirectory(prefix="workbench-") as folder:
        return services.export_runs(run_ids, formats, Path(folder) / "runs.zip").read_bytes()


def is_shared() -> bool:
    """Whether others can reach this app, whose runs are then in the same history."""
    address = str(st.get_option("server.address") or "")
    if address.lower() == "localhost":
        return False
    try:
        return not ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return True
