"""Transactions that wait, try again, and mend what can be mended."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from workbench.errors import StoreError
from workbench.store.engines import READING, WRITING, make_engine
from workbench.store.mending import is_foreign, set_aside
from workbench.store.migrating import prepare
from workbench.store.places import Place
from workbench.store.troubles import Trouble, told, told_of_files, trouble_of

T = TypeVar("T")

# Seconds for which a busy database is tried again.
_PATIENCE = 30.0
# How often a transaction is begun anew after something was mended.
_MENDINGS = 3
_LOG = logging.getLogger(__name__)


class Database:
    """A history's database: opened when first used, safe to share between threads and to carry into a fork.

    Args:
        place: Where it lies.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._start_over()

    def _start_over(self) -> None:
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._made: Engine | None = None
        self._prepared = False
        self._notices: list[str] = []

    def run(self, work: Callable[[Session], T], *, writes: bool = False) -> T:
        """Do something in one transaction.

        Args:
            work: Called with a session, once more whenever the transaction has to be repeated.
            writes: It changes something.

        Returns:
            What ``work`` returned.

        Raises:
            StoreError: The database cannot be used.
            WorkbenchError: Of ``work``; nothing is changed then.
        """
        end = time.monotonic() + _PATIENCE
        mendings = 0
        while True:
            try:
                return self._once(work, writes)
            except DBAPIError as error:
                trouble = trouble_of(error)
                if trouble is Trouble.BUSY and time.monotonic() < end:
                    time.sleep(random.uniform(0.01, 0.1))
                elif trouble in {Trouble.DAMAGED, Trouble.EMPTY} and mendings < _MENDINGS:
                    mendings += 1
                    self._mend(trouble)
                else:
                    # Where a server is asked, the driver's own words could hold parts of the address.
                    raise told(error, self.place) from (error if self.place.file else None)
            except OSError as error:
                raise told_of_files(error, self.place) from error

    def _once(self, work: Callable[[Session], T], writes: bool) -> T:
        engine = self._engine()
        with self._lock:
            if not self._prepared:
                if self.place.file is not None and is_foreign(self.place.file):
                    self._mend(Trouble.DAMAGED)
                prepare(self.place, engine)
                self._prepared = True
        with Session(engine.execution_options(begins=WRITING if writes else READING)) as session, session.begin():
            return work(session)

    def _engine(self) -> Engine:
        if self._process != os.getpid():
            # A fork: the connections are the parent's, and its locks may be held by threads that are not here.
            inherited = self._made
            self._start_over()
            if inherited is not None:
                inherited.dispose(close=False)
        with self._lock:
            if self._made is None:
                self._made = make_engine(self.place)
            return self._made

    def _mend(self, trouble: Trouble) -> None:
        with self._lock:
            self._prepared = False
            if trouble is not Trouble.DAMAGED or self.place.file is None:
                return
            try:
                aside = set_aside(self.place.file)
            except OSError as error:
                raise StoreError(
                    f"the history in {self.place} is damaged and cannot be set aside ({error.strerror})",
                    "move the file away, and a new one is begun",
                ) from error
            if aside is not None:
                notice = f"the history in {self.place} was damaged; a new one is begun, and the old one is {aside}"
                self._notices.append(notice)
                _LOG.warning(notice)

    def take_notices(self) -> tuple[str, ...]:
        """What the user should be told, each once and in one line."""
        with self._lock:
            taken, self._notices = tuple(self._notices), []
        return taken

    def close(self) -> None:
        """Give up all connections; the next use opens new ones."""
        with self._lock:
            if self._made is not None:
                self._made.dispose()
            self._made, self._prepared = None, False
