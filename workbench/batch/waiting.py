"""Waiting for one's turn in the queue, in the process of the batch; nothing here needs torch."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import resources
from workbench.batch.queue_folder import read, root, say, there, turns
from workbench.errors import InputError
from workbench.schema import BatchState
from workbench.work.processes import note_process

if TYPE_CHECKING:
    from filelock import BaseFileLock

_LOOK_SECONDS = 0.2  # between two looks at the queue


@contextmanager
def turn(batch: str, number: int) -> Iterator[BatchState | None]:
    """Wait until it is a batch's turn, in its own process; the next one's comes when this is left.

    Args:
        batch: Its id.
        number: Its number in the queue.

    Yields:
        How far it is; none where it was cancelled, or waits under another number, and is not to run here.
    """
    place = root() / batch
    while True:
        waits, slot = take(place, number)
        if not waits or slot is not None:
            break
        time.sleep(_LOOK_SECONDS)
    if slot is None:
        yield None
        return
    try:
        yield read(batch).state
    finally:
        slot.release()


def take(place: Path, number: int) -> tuple[bool, BaseFileLock | None]:
    """Look once whether it is a batch's turn, in its own process.

    Args:
        place: Its folder.
        number: Its number in the queue.

    Returns:
        Whether it still waits under that number, and its slot where it is its turn; it is then said to run.
    """
    if not _waits(place, number):
        return False, None
    # A look from afar, so that the queue is only held when there is hope.
    if turns().before(place.name, there):
        return True, None
    with turns().held():
        if not _waits(place, number):
            return False, None
        slot = None if turns().before(place.name, there) else turns().slot(at_once())
        if slot is not None:
            note_process(place)
            state = read(place.name).state
            turns().leave(place.name)
            say(place, state.model_copy(update={"phase": "running", "attempts": state.attempts + 1}))
        return True, slot


def _waits(place: Path, number: int) -> bool:
    return (number, place.name) in turns().waiting()


def at_once() -> int:
    """How many batches run at a time on this machine.

    Returns:
        One, where ``WORKBENCH_BATCHES_AT_ONCE`` says nothing else.

    Raises:
        InputError: That is no number from 1 on.
    """
    named = os.environ.get(resources.AT_ONCE) or "1"
    if not named.isascii() or not named.isdigit() or not int(named):
        raise InputError(f"{resources.AT_ONCE} is {named!r}", "set it to a whole number from 1 on")
    return int(named)
