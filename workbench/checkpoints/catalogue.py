"""The user's own list of checkpoints: a small file that outlives the app."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench import resources
from workbench.checkpoints import hub, places
from workbench.checkpoints.adapters import check_early
from workbench.checkpoints.describing import describe_located
from workbench.checkpoints.fetching import Progress
from workbench.checkpoints.source import bundled, locate, title
from workbench.errors import InputError, UnknownNameError, WorkbenchError
from workbench.placing import place_text
from workbench.schema import Frozen

SCHEMA = "workbench.catalogue/1"
_FILE = "checkpoints.json"
_PATIENCE = 10.0  # seconds
_LOG = logging.getLogger(__name__)


class Entry(Frozen):
    """A checkpoint of the list.

    Attributes:
        name: What loads exactly this one: a hub id with its commit, or an absolute path.
        asked: What the user typed, a path made absolute; one entry each.
        revision: The commit on the hub; none for a folder.
        added: When, as ISO 8601 in UTC.
        facts: What ``describe`` said then.
    """

    name: str
    asked: str
    revision: str | None
    added: str
    facts: dict[str, Any]


def entries() -> tuple[Entry, ...]:
    """The list, in the order of adding; empty where there is none.

    A damaged file is set aside under another name, with a warning in the log; what can still be read of it is kept.
    """
    try:
        found, whole = _read(_place())
    except OSError as error:
        _LOG.warning("%s cannot be read (%s); mend its rights", _place(), error.strerror)
        return ()
    if whole:
        return found
    with _locked():
        return _mended()


def names() -> tuple[str, ...]:
    """What loads each checkpoint of the list; folders that may not be read here are left out."""
    return tuple(one.name for one in entries() if one.revision or places.allows(Path(one.name)))


def set_aside() -> tuple[Path, ...]:
    """Damaged lists that were set aside, oldest first."""
    return tuple(sorted(_place().parent.glob("checkpoints.damaged-*.json")))


def find_entry(name: str) -> Entry | None:
    """The entry of a name.

    Args:
        name: What loads it, what the user typed, or its title.

    Returns:
        The entry, if there is one.
    """
    listed = entries()
    path = os.path.abspath(os.path.expanduser(name))
    for wanted in (lambda one: name in (one.name, one.asked), lambda one: path == one.name):
        for one in listed:
            if wanted(one):
                return one
    titled = [one for one in listed if title(one.name) == name]
    return titled[0] if len(titled) == 1 else None


def add(name: str, *, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None) -> Entry:
    """Put a checkpoint on the list, downloading it where it is on the hub.

    Args:
        name: A hub id, with ``@revision`` where it matters, or a folder. The commit is noted, so that the entry stays
            what it is; adding the same id again moves it to the newest.
        progress: Told bytes done and bytes in all.
        cancelled: Asked while downloading.

    Returns:
        The entry.

    Raises:
        InputError: There is nothing to add, or the list cannot be written.
        CheckpointError: It cannot be used; the list stays as it was.
        Cancelled: The caller asked to stop.
    """
    name = name.strip()
    if not name:
        raise InputError("there is no checkpoint to add", "give a hub id (owner/name) or a folder")
    if name in bundled():
        raise InputError(f"{name} comes with the workbench", "it is on every list already")
    located = locate(name, progress=progress, cancelled=cancelled, early=check_early)
    entry = Entry(
        name=located.pinned,
        asked=name if located.revision else located.pinned,
        revision=located.revision,
        added=datetime.now(UTC).isoformat(timespec="seconds"),
        facts=describe_located(located.pinned, located),
    )
    put(entry)
    return entry


def put(entry: Entry) -> None:
    """Put an entry on the list, in the place of one that was asked for by the same name.

    Args:
        entry: As ``add`` or ``remove`` gave it.

    Raises:
        InputError: The list cannot be written.
    """
    with _locked():
        listed = list(_mended())
        place = next((at for at, one in enumerate(listed) if entry.asked == one.asked or entry.name == one.name), None)
        if place is None:
            listed.append(entry)
        else:
            listed[place] = entry
        _write(listed)


def remove(name: str) -> Entry:
    """Take a checkpoint off the list; its files stay where they are.

    Args:
        name: See ``find_entry``.

    Returns:
        The entry, for putting it back.

    Raises:
        UnknownNameError: It is not on the list.
        InputError: The list cannot be written.
    """
    found = find_entry(name)
    if found is None:
        known = ", ".join(title(one.name) for one in entries())
        raise UnknownNameError(
            f"{name!r} is not on your list of checkpoints", f"choose from: {known}" if known else "the list is empty"
        )
    with _locked():
        _write([one for one in _mended() if one.name != found.name])
    return found


def _place() -> Path:
    return resources.home() / _FILE


def _read(file: Path) -> tuple[tuple[Entry, ...], bool]:
    """The entries that can be read, and whether these are all."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return (), True
    except (ValueError, RecursionError):
        return (), False
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        return (), False
    listed = content.get("checkpoints")
    found = tuple(filter(None, map(_entry, listed if isinstance(listed, list) else [])))
    return found, isinstance(listed, list) and len(found) == len(listed)


def _entry(content: Any) -> Entry | None:
    try:
        found = Entry.model_validate(content)
    except ValidationError:
        return None
    # Whoever edits the file by hand may not turn an entry into something else than it says.
    pinned = hub.parse(found.name)
    return found if os.path.isabs(found.name) or (pinned and pinned.commit == found.revision) else None


def _mended() -> tuple[Entry, ...]:
    """The entries; a damaged file is set aside. Only under the lock."""
    file = _place()
    try:
        found, whole = _read(file)
    except OSError as error:
        raise _unwritable(error) from error
    if whole:
        return found
    aside = file.with_name(f"checkpoints.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.json")
    try:
        os.replace(file, aside)
    except OSError:
        return found
    _LOG.warning("the list of checkpoints was damaged; %d entries are kept, the old file is %s", len(found), aside)
    if found:
        _write(found)
    return found


def _write(listed: Sequence[Entry]) -> None:
    """Write the list in one step, so that a reader, or a crash, never meets half of it. Only under the lock."""
    content = {"schema": SCHEMA, "checkpoints": [one.model_dump(mode="json") for one in listed]}
    try:
        place_text(_place(), json.dumps(content, ensure_ascii=False, indent=2) + "\n", private=True)
    except OSError as error:
        raise _unwritable(error) from error


@contextmanager
def _locked() -> Iterator[None]:
    """One process at a time."""
    from filelock import FileLock, Timeout

    home = resources.home()
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / f"{_FILE}.lock", timeout=_PATIENCE)
        lock.acquire()
    except Timeout:
        raise WorkbenchError("another process holds the list of checkpoints", "try again in a moment") from None
    except OSError as error:
        raise _unwritable(error) from error
    try:
        yield
    finally:
        lock.release()


def _unwritable(error: OSError) -> InputError:
    return InputError(
        f"the list of checkpoints in {resources.home()} cannot be written ({error.strerror})",
        f"mend its rights or set {resources.HOME} to a folder of yours",
    )
