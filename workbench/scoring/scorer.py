"""The batching queue: what several runs ask of one model, merged into full batches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import count

from cachetools import LRUCache

from workbench.checkpoints import Checkpoint
from workbench.pipeline import Precision, batch_positions, infer
from workbench.scoring.run import Logits, Progress, Run

Rows = dict[bytes, list[int]]

# A cached evaluation takes about 300 bytes, so this many take about 30 MB.
CACHE_ENTRIES = 100_000
# Rows of others are taken along when they need no more padding than this.
_LIKE = 0.8


class Request:
    """What one run wants evaluated now.

    Args:
        run: Who asks.
        rows: Key to token ids.

    Attributes:
        found: Key to logits of shape (labels,), as they come in.
        made: Evaluations made on behalf of this request.
        fault: What the model raised on a batch that held one of the rows.
    """

    def __init__(self, run: Run, rows: Rows) -> None:
        self.run = run
        self.found: dict[bytes, Logits] = {}
        self.made = 0
        self.fault: Exception | None = None
        # The longest first, so that rows of like length share a batch.
        self.pending = dict(sorted(rows.items(), key=lambda pair: -len(pair[1])))

    @property
    def done(self) -> bool:
        """Whether nothing is left to wait for."""
        return not self.pending


class Scorer:
    """Evaluates texts on one checkpoint, for any number of threads at once.

    There is no thread of its own: whoever waits longest for the model takes the next batch from the queue, for itself
    and for the others. A batch begins with rows of the run that was served least recently, and is filled with rows of
    like length of the others.

    Args:
        checkpoint: The model.
        cache_entries: How many evaluations to remember, the least recently used going first.
        positions: The most positions of one batch, padding included; by default what suits the device.
        precision: Of the arithmetic.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        cache_entries: int = CACHE_ENTRIES,
        positions: int | None = None,
        precision: Precision = "exact",
    ) -> None:
        self.checkpoint = checkpoint
        self.precision = precision
        self._cache: LRUCache[bytes, Logits] = LRUCache(cache_entries, getsizeof=lambda one: _size(one, cache_entries))
        self._requests: list[Request] = []
        # Guards both; never held while the model runs.
        self._lock = threading.Lock()
        self._clock = count(1)
        self._positions = positions or batch_positions(checkpoint)

    def start(
        self, total: int = 0, *, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
    ) -> Run:
        """Begin a run: evaluations that are counted together.

        Args:
            total: How many evaluations are expected, for progress.
            progress: Called with evaluations done and expected.
            cancelled: Asked before each batch and after each turn outside the scorer; when true the run raises
                ``Cancelled``.

        Returns:
            The run.
        """
        run = Run(self, total, progress, cancelled)
        run.served = next(self._clock)
        return run

    def at(self, precision: Precision) -> Scorer:
        """The scorer that all sessions of the process share for this checkpoint at a precision."""
        return scorer_of(self.checkpoint, precision)

    def __len__(self) -> int:
        """Number of evaluations remembered."""
        return len(self._cache)

    def look_up(self, keys: Sequence[bytes]) -> dict[bytes, Logits]:
        """What is remembered of these keys."""
        with self._lock:
            return {key: self._cache[key] for key in keys if key in self._cache}

    def submit(self, run: Run, rows: Rows) -> Request:
        """Put rows into the queue.

        Args:
            run: Who asks.
            rows: Key to token ids.

        Returns:
            The request; ``advance`` it until it is done, or ``withdraw`` it.
        """
        request = Request(run, rows)
        with self._lock:
            self._requests.append(request)
        return request

    def withdraw(self, request: Request) -> None:
        """Take a request out of the queue, done or not.

        Args:
            request: From ``submit``.
        """
        with self._lock:
            self._requests.remove(request)

    def advance(self, request: Request, patience: float) -> None:
        """Wait until a batch has been evaluated, by this thread or another.

        Args:
            request: From ``submit``, not done.
            patience: Seconds after which to come back all the same.

        Raises:
            Exception: What the model raised on this request's rows.
        """
        before = len(request.pending)
        if self.checkpoint.turn.acquire(lambda: len(request.pending) < before, patience):
            try:
                self._serve()
            finally:
                self.checkpoint.turn.release()
        if request.fault is not None:
            raise request.fault

    def _serve(self) -> None:
        """Evaluate one batch and hand the results to all who wait for them."""
        with self._lock:
            batch, owners = self._next_batch()
        if not batch:
            return
        try:
            found, fault = dict(zip(batch, self._evaluated(batch), strict=True)), None
        except Exception as error:  # noqa: BLE001 - raised again in the threads whose rows these were
            found, fault = {}, error
        with self._lock:
            self._cache.update(found)
            for owner, made in owners.items():
                owner.made += made if found else 0
            for request in self._requests:
                shared = request.pending.keys() & batch.keys()
                request.found |= {key: found[key] for key in shared if key in found}
                request.fault = fault if shared else request.fault
                for key in shared:
                    del request.pending[key]

    def _evaluated(self, batch: Rows) -> list[Logits]:
        rows = list(batch.values())
        logits = infer(self.checkpoint, rows, self.precision)
        if logits.ndim == 2:
            return list(logits)
        # Tags of padding are cut off, and copied so that the whole batch can go.
        return [one[: len(row)].copy() for one, row in zip(logits, rows, strict=True)]

    def _next_batch(self) -> tuple[Rows, dict[Request, int]]:
        """Rows of like length: of the run served least recently, then of the others in their order."""
        waiting = sorted((one for one in self._requests if not one.done), key=lambda one: one.run.served)
        batch: Rows = {}
        owners: dict[Request, int] = {}
        longest = len(next(iter(waiting[0].pending.values()))) if waiting else 1
        room = max(1, self._positions // max(1, longest))
        for request in waiting:
            least = 0.0 if request is waiting[0] else _LIKE * longest
            before = len(batch)
            for key, row in request.pending.items():
                if len(batch) >= room:
                    break
                if least <= len(row) <= longest:
                    batch.setdefault(key, row)
            if len(batch) > before:
                owners[request] = len(batch) - before
                request.run.served = next(self._clock)
        return batch, owners


def _size(logits: Logits, most: int) -> int:
    """What an evaluation takes of the cache: one, or where tokens are tagged as many as it has tokens."""
    return min(len(logits), most) if logits.ndim == 2 else 1


def scorer_of(checkpoint: Checkpoint, precision: Precision = "exact") -> Scorer:
    """The one scorer of a checkpoint and precision, shared by all sessions of the process.

    Args:
        checkpoint: The model.
        precision: Of the arithmetic.

    Returns:
        Its scorer.
    """
    return checkpoint.beside(Scorer, lambda: Scorer(checkpoint, precision=precision), precision)
