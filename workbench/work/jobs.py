"""Jobs of one kind: each a folder of its own and, while it goes on, a process of its own.

The folder of a job holds::

    plan.json       what it is to do; written once
    state.json      how far it is; rewritten in one step
    process.json    number and beginning of the process that works on it, or did last
    log.txt         whatever the process wrote
    cancel          there once somebody asked it to stop
    lock            held by the process that works on it

and whatever else its kind keeps.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from workbench import resources
from workbench.errors import InputError, UnknownNameError, WorkbenchError
from workbench.placing import place_text
from workbench.work.processes import alive

PlanT = TypeVar("PlanT", bound=BaseModel)
StateT = TypeVar("StateT", bound=BaseModel)
T = TypeVar("T")

_ID = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True)
class Jobs:
    """A kind of jobs.

    Attributes:
        where: Their folder below the user's data folder.
        noun: What one is called in messages.
        command: What shows them on the command line.
    """

    where: str
    noun: str
    command: str

    def root(self) -> Path:
        """Where they are; perhaps not there yet."""
        return resources.home() / self.where

    def names(self) -> list[str]:
        """Their ids, the oldest first."""
        return sorted(place.name for place in self.root().glob("*") if (place / "plan.json").is_file())

    def folder(self, job: str) -> Path:
        """The folder of a job.

        Args:
            job: Its id, the beginning of it where only one begins so, or ``last``.

        Returns:
            The folder.

        Raises:
            UnknownNameError: There is no such job, or more than one.
        """
        if _ID.fullmatch(job) and (self.root() / job / "plan.json").is_file():
            return self.root() / job
        known = self.names()
        found = known[-1:] if job == "last" else [one for one in known if one.startswith(job)]
        if len(found) != 1 or not job:
            what = f"{job!r} begins more than one {self.noun}" if found else f"there is no {self.noun} {job!r}"
            raise UnknownNameError(what, f"choose from: {', '.join(known[-8:]) or 'none yet'}")
        return self.root() / found[0]

    def create(self, job: str, plan: BaseModel, state: BaseModel, *, prepared: bool = False) -> Path:
        """Make the folder of a new job.

        Args:
            job: Its id.
            plan: What it is to do.
            state: How far it is.
            prepared: Whether the folder is there, with what is the job's own.

        Returns:
            The folder.

        Raises:
            InputError: It cannot be written.
        """
        place = self.root() / job
        with self.writing():
            place.mkdir(parents=True, exist_ok=prepared)
            place_text(place / "state.json", state.model_dump_json(), private=True, durable=False)
            # Last, as it makes a job of the folder.
            place_text(place / "plan.json", plan.model_dump_json(indent=2), private=True, durable=False)
        return place

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Say in one line where the folder of all jobs cannot be written.

        Raises:
            InputError: It cannot.
        """
        try:
            yield
        except OSError as error:
            raise InputError(
                f"the folder {self.root()} cannot be written ({error.strerror})",
                f"mend its rights or set {resources.HOME}",
            ) from error

    @contextmanager
    def claimed(self, job: str, patience: float = 0) -> Iterator[Path]:
        """Hold a job, so that no other process works on it.

        Args:
            job: Its id.
            patience: Seconds to wait for whoever holds it.

        Yields:
            Its folder.

        Raises:
            WorkbenchError: Another process holds it.
        """
        from filelock import FileLock, Timeout

        place = self.folder(job)
        try:
            lock = FileLock(place / "lock", timeout=patience).acquire()
        except Timeout:
            raise WorkbenchError(
                f"another process works on the {self.noun} {place.name}", f"see {self.command} watch {place.name}"
            ) from None
        with lock:
            yield place

    def load(self, place: Path, plan: type[PlanT], state: type[StateT]) -> tuple[PlanT, StateT, bool]:
        """What a job is to do, how far it is, and whether its process is there.

        Args:
            place: Its folder.
            plan: Type of the plan.
            state: Type of the state.

        Returns:
            The three. The process is looked for first: one that has ended since has left its last word in the state.

        Raises:
            InputError: The folder is damaged.
        """
        there = alive(place)
        try:
            asked = plan.model_validate_json((place / "plan.json").read_bytes())
            said = state.model_validate_json((place / "state.json").read_bytes())
        except (OSError, ValidationError) as error:
            what = f"the {self.noun} {place.name} is damaged ({type(error).__name__})"
            raise InputError(what, f"remove {place}") from None
        return asked, said, there

    def every(self, read: Callable[[str], T]) -> tuple[T, ...]:
        """All jobs.

        Args:
            read: Reads one.

        Returns:
            The newest first; damaged ones are left out.
        """
        found = []
        for name in reversed(self.names()):
            try:
                found.append(read(name))
            except InputError:
                continue
        return tuple(found)


def new_id(now: datetime) -> str:
    """Names a job and its folder; the names of later ones come after it.

    Args:
        now: When it is made, in UTC.

    Returns:
        The day, the time of day, and four random digits.
    """
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def follow(read: Callable[[], T], over: Callable[[T], bool], seconds: float) -> Iterator[T]:
    """Look at something again and again.

    Args:
        read: Looks.
        over: Whether it is the last.
        seconds: Between two looks.

    Yields:
        What was read; the last is over.
    """
    while True:
        found = read()
        yield found
        if over(found):
            return
        time.sleep(seconds)
