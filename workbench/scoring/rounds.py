"""Evaluations in lockstep: batches that depend on what is asked, never on which thread was quicker."""

from __future__ import annotations

import sys
import threading

from workbench.checkpoints import Checkpoint
from workbench.pipeline import Precision, batches
from workbench.scoring.run import Logits, Run
from workbench.scoring.scorer import Request, Rows, Scorer


class Rounds(Scorer):
    """A scorer for parties, each on a thread, that wait for one another.

    Nothing is evaluated before every party waits for some evaluation or has left. Then all different rows that are
    waited for make one round: sorted by length and content, cut into full batches. So batches, and with them the last
    bits of what a model gives, are the same whenever the same parties ask the same; and they are as full as all of them
    together can make them.

    Args:
        checkpoint: The model.
        parties: How many there will be; each calls ``leave`` at its end.
        positions: The most positions of one batch, padding included.
        precision: Of the arithmetic.

    Attributes:
        fault: What the model raised, if it did.
    """

    def __init__(self, checkpoint: Checkpoint, parties: int, positions: int, precision: Precision = "exact") -> None:
        # Nothing is forgotten: what goes first would depend on the threads.
        super().__init__(checkpoint, cache_entries=sys.maxsize, positions=positions, precision=precision)
        self.fault: Exception | None = None
        self._active = parties
        self._serving = False
        self._changed = threading.Condition(self._lock)

    def leave(self) -> None:
        """Say that a party is done, or failed, and asks for nothing any more."""
        with self._changed:
            self._active -= 1
            self._changed.notify_all()

    def at(self, precision: Precision) -> Scorer:
        """See ``Scorer.at``; of its own precision this one itself."""
        return self if precision == self.precision else super().at(precision)

    def submit(self, run: Run, rows: Rows) -> Request:
        """See ``Scorer.submit``."""
        request = super().submit(run, rows)
        with self._changed:
            self._active -= 1
            self._changed.notify_all()
        return request

    def withdraw(self, request: Request) -> None:
        """See ``Scorer.withdraw``."""
        with self._changed:
            # Those of a round that was evaluated have been taken out with it.
            if request in self._requests:
                self._requests.remove(request)
                self._active += 1

    def advance(self, request: Request, patience: float) -> None:
        """Wait until the round is evaluated, by this thread or another; see ``Scorer.advance``."""
        with self._changed:
            self._changed.wait_for(lambda: request.done or request.fault or self._complete, patience)
            mine = self._complete and not request.done
            self._serving = self._serving or mine
        if mine:
            self._serve_round(request.run)
        if request.fault is not None:
            raise request.fault

    @property
    def _complete(self) -> bool:
        """Whether all wait, and nobody evaluates for them yet."""
        return not self._active and not self._serving

    def _serve_round(self, run: Run) -> None:
        with self._changed:
            round_ = list(self._requests)
        rows = {key: row for request in round_ for key, row in request.pending.items()}
        wanted = sorted(rows.items(), key=lambda pair: (-len(pair[1]), pair[1]))
        found: dict[bytes, Logits] = {}
        fault: Exception | None = None
        try:
            for chosen in batches([len(row) for _, row in wanted], self._positions):
                run.stop_if_cancelled()
                batch = dict(wanted[index] for index in chosen)
                with self.checkpoint.turn:
                    found |= dict(zip(batch, self._evaluated(batch), strict=True))
        except Exception as error:  # noqa: BLE001 - raised again in the threads whose rows these were
            fault = error
        with self._changed:
            self.fault = fault
            self._cache.update(found)
            for request in round_:
                if request not in self._requests:
                    continue
                self._requests.remove(request)
                self._active += 1
                request.made += 0 if fault else len(request.pending)
                request.fault = fault
                request.found |= {key: found[key] for key in request.pending if key in found}
                request.pending = {} if fault is None else request.pending
            self._serving = False
            self._changed.notify_all()
