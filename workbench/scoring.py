"""The one door to the model: every forward pass of a perturbed text goes through a scorer.

It drops duplicates, looks up what was evaluated before, sorts the rest by length, batches by positions rather than
rows, counts, reports progress, and stops when told to. Texts are told apart by their token ids: two strings that the
model cannot tell apart are evaluated once.
"""

from __future__ import annotations

import hashlib
import threading
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled
from workbench.pipeline import batches, encode_rows, infer, target_values
from workbench.schema import Evaluations, Target

Progress = Callable[[int, int], None]
Logits = npt.NDArray[np.float32]

# A cached evaluation takes about 300 bytes, so this many take about 30 MB.
CACHE_ENTRIES = 100_000
BATCH_POSITIONS = 4096


class Scorer:
    """Evaluates texts on one checkpoint, for any number of threads at once.

    Args:
        checkpoint: The model.
        cache_entries: How many evaluations to remember, the least recently used going first.
        batch_positions: The most positions of one batch, padding included.
    """

    def __init__(
        self, checkpoint: Checkpoint, *, cache_entries: int = CACHE_ENTRIES, batch_positions: int = BATCH_POSITIONS
    ) -> None:
        self.checkpoint = checkpoint
        self._cache: LRUCache[bytes, Logits] = LRUCache(cache_entries)
        self._cache_lock = threading.Lock()
        self._positions = batch_positions

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
        return Run(self, total, progress, cancelled)

    def __len__(self) -> int:
        """Number of evaluations remembered."""
        return len(self._cache)

    def look_up(self, keys: Sequence[bytes]) -> dict[bytes, Logits]:
        """What is remembered of these keys."""
        with self._cache_lock:
            return {key: self._cache[key] for key in keys if key in self._cache}

    def evaluate(self, rows: dict[bytes, list[int]]) -> dict[bytes, Logits]:
        """Run one batch through the model and remember it.

        Args:
            rows: Key to token ids.

        Returns:
            Key to logits of shape (labels,).
        """
        with self.checkpoint.turn:
            logits = infer(self.checkpoint, list(rows.values()))
        found = dict(zip(rows, logits, strict=True))
        with self._cache_lock:
            self._cache.update(found)
        return found

    def groups(self, rows: dict[bytes, list[int]]) -> list[dict[bytes, list[int]]]:
        """Split rows into batches of like length, the longest first."""
        keys = list(rows)
        chosen = batches([len(rows[key]) for key in keys], self._positions)
        return [{keys[index]: rows[keys[index]] for index in group} for group in chosen]


class Run:
    """Evaluations counted together: those of one method on one text.

    Attributes:
        asked: Evaluations asked for.
        made: Evaluations really made; the others were duplicates or remembered.
        total: Evaluations expected, for progress.
    """

    def __init__(
        self, scorer: Scorer, total: int, progress: Progress | None, cancelled: Callable[[], bool] | None
    ) -> None:
        self.asked = 0
        self.made = 0
        self.total = total
        self._before = 0
        self._parts = 1
        self._scorer = scorer
        self._progress = progress
        self._cancelled = cancelled

    @property
    def checkpoint(self) -> Checkpoint:
        """The model behind the run."""
        return self._scorer.checkpoint

    @property
    def asked_in_part(self) -> int:
        """Evaluations asked for since the part began."""
        return self.asked - self._before

    @property
    def evaluations(self) -> Evaluations:
        """The count so far."""
        return Evaluations(asked=self.asked, made=self.made)

    def begin_part(self, left: int) -> None:
        """Begin one of several parts that will ask for about as much each.

        Args:
            left: Parts to come, this one included.
        """
        self._before, self._parts = self.asked, left

    def expect(self, total: int) -> None:
        """Say how many evaluations will be asked for, by this part where there are several.

        Args:
            total: For progress only.
        """
        self.total = self._before + total * self._parts
        self._report(self.asked)

    @contextmanager
    def turn(self, passes: int = 1) -> Iterator[None]:
        """The model to oneself: passes made outside the scorer, such as for gradients, take turns with its batches.

        Args:
            passes: How many are made within, counted afterwards. Others wait meanwhile, so no more than fit a batch.

        Yields:
            Once it is this run's turn.

        Raises:
            Cancelled: The caller asked to stop.
        """
        with self.checkpoint.turn:
            yield
        self.count(passes)

    def count(self, passes: int) -> None:
        """Count passes made outside the scorer.

        Args:
            passes: How many.

        Raises:
            Cancelled: The caller asked to stop; the passes are counted all the same.
        """
        self.asked += passes
        self.made += passes
        self._report(self.asked)
        self._stop_if_cancelled()

    def beside(self) -> Run:
        """A run on the same scorer that is counted apart, for looking up what was evaluated already."""
        return self._scorer.start(cancelled=self._cancelled)

    def logits(self, texts: Sequence[str]) -> Logits:
        """Evaluate texts.

        Args:
            texts: Any strings; empty ones too, longer ones cut to what the model reads.

        Returns:
            Shape (texts, labels), float32, in the order of ``texts``.

        Raises:
            Cancelled: The caller asked to stop.
        """
        texts = list(map(str, texts))
        distinct = list(dict.fromkeys(texts))
        rows = [list(row) for row in encode_rows(self.checkpoint, distinct)] if distinct else []
        key_of = {text: _key(row) for text, row in zip(distinct, rows, strict=True)}
        wanted = {key_of[text]: row for text, row in zip(distinct, rows, strict=True)}
        keys = [key_of[text] for text in texts]
        found = self._collect(wanted, keys)
        self.asked += len(texts)
        self._report(self.asked)
        shape = (len(texts), len(self.checkpoint.labels))
        return np.stack([found[key] for key in keys]) if keys else np.zeros(shape, dtype=np.float32)

    def values(self, texts: Sequence[str], target: Target) -> npt.NDArray[np.float64]:
        """Evaluate a target on texts.

        Args:
            texts: Any strings.
            target: What is explained.

        Returns:
            Shape (texts,).
        """
        return target_values(self.checkpoint, target, self.logits(texts))

    def _collect(self, wanted: dict[bytes, list[int]], keys: Sequence[bytes]) -> dict[bytes, Logits]:
        found = self._scorer.look_up(list(wanted))
        missing = {key: row for key, row in wanted.items() if key not in found}
        for group in self._scorer.groups(missing):
            self._stop_if_cancelled()
            found |= self._scorer.evaluate(group)
            self.made += len(group)
            if self._progress:
                self._report(self.asked + sum(key in found for key in keys))
        return found

    def _stop_if_cancelled(self) -> None:
        if self._cancelled and self._cancelled():
            raise Cancelled

    def _report(self, done: int) -> None:
        if self._progress:
            self._progress(done, max(self.total, done))


def _key(row: Sequence[int]) -> bytes:
    """Sixteen bytes that tell rows of token ids apart."""
    return hashlib.blake2b(array("i", row).tobytes(), digest_size=16).digest()
