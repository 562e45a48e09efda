"""Evaluations that are counted together: those of one method on one text."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled
from workbench.pipeline import Precision, batch_positions, batches, encode_rows, infer, target_values
from workbench.schema import Evaluations, Target

if TYPE_CHECKING:
    from workbench.scoring.scorer import Scorer

Progress = Callable[[int, int], None]
Logits = npt.NDArray[np.float32]

# How long a thread waits for others before it asks again whether it shall stop, in seconds.
_PATIENCE = 0.1
# Texts on which the error of a lower precision is measured.
_COMPARED = 32


class Run:
    """Evaluations counted together: those of one method on one text.

    Attributes:
        asked: Evaluations asked for.
        made: Evaluations really made; the others were duplicates or remembered.
        total: Evaluations expected, for progress.
        served: When the scorer last took rows of this run into a batch; it serves the least recent first.
    """

    def __init__(
        self, scorer: Scorer, total: int, progress: Progress | None, cancelled: Callable[[], bool] | None
    ) -> None:
        self.asked = 0
        self.made = 0
        self.total = total
        self.served = 0
        self._before = 0
        self._parts = 1
        self._sample: dict[bytes, list[int]] = {}
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
        self.stop_if_cancelled()

    def beside(self) -> Run:
        """A run on the same scorer that is counted apart, for looking up what was evaluated already."""
        return self._scorer.start(cancelled=self._cancelled)

    def at(self, precision: Precision) -> Run:
        """A run like this one, counted apart, on the scorer of a precision.

        Args:
            precision: Of the arithmetic.

        Returns:
            The run; ``error`` says how exact it was.
        """
        return self._scorer.at(precision).start(self.total, progress=self._progress, cancelled=self._cancelled)

    def error(self, target: Target) -> tuple[float, int]:
        """How far evaluations of this run's precision lie from exact ones, measured on some of its own texts.

        Args:
            target: What is explained.

        Returns:
            The largest difference of the target, and the number of texts compared, chosen by their hashes.

        Raises:
            Cancelled: The caller asked to stop.
        """
        rows = list(self._sample.values())
        differences = [0.0]
        for chosen in batches([len(row) for row in rows], batch_positions(self.checkpoint)):
            some = [rows[index] for index in chosen]
            with self.turn(len(some)):
                ours, exact = (
                    target_values(self.checkpoint, target, infer(self.checkpoint, some, precision))
                    for precision in (self._scorer.precision, "exact")
                )
            differences.append(float(np.abs(ours - exact).max()))
        return max(differences), len(rows)

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
        rows = encode_rows(self.checkpoint, distinct) if distinct else []
        row_of = dict(zip(distinct, rows, strict=True))
        found = self.row_logits([row_of[text] for text in texts])
        return np.stack(found) if found else np.zeros((0, len(self.checkpoint.labels)), dtype=np.float32)

    def row_logits(self, rows: Sequence[Sequence[int]]) -> list[Logits]:
        """Evaluate rows of token ids.

        Args:
            rows: Special tokens included, none longer than the model reads.

        Returns:
            For each row the logits, float32: shape (labels,), or (tokens, labels) where the checkpoint tags tokens.

        Raises:
            Cancelled: The caller asked to stop.
        """
        keys = [_key(row) for row in rows]
        wanted = {key: list(row) for key, row in zip(keys, rows, strict=True)}
        if self._scorer.precision != "exact":
            # The least hashes: texts at random, and the same ones every time.
            self._sample |= wanted
            self._sample = {key: self._sample[key] for key in sorted(self._sample)[:_COMPARED]}
        found = self._collect(wanted, keys)
        self.asked += len(keys)
        self._report(self.asked)
        return [found[key] for key in keys]

    def values(self, texts: Sequence[str], target: Target) -> npt.NDArray[np.float64]:
        """Evaluate a target on texts.

        Args:
            texts: Any strings.
            target: What is explained.

        Returns:
            Shape (texts,).
        """
        return target_values(self.checkpoint, target, self.logits(texts))

    def stop_if_cancelled(self) -> None:
        """Go no further where the caller asked to stop.

        Raises:
            Cancelled: The caller did.
        """
        if self._cancelled and self._cancelled():
            raise Cancelled

    def _collect(self, wanted: dict[bytes, list[int]], keys: Sequence[bytes]) -> dict[bytes, Logits]:
        found = self._scorer.look_up(list(wanted))
        missing = {key: row for key, row in wanted.items() if key not in found}
        if not missing:
            return found
        known = sum(key in found for key in keys)
        repeats = Counter(keys)
        request = self._scorer.submit(self, missing)
        try:
            while not request.done:
                self.stop_if_cancelled()
                left = len(request.pending)
                self._scorer.advance(request, _PATIENCE)
                if self._progress and len(request.pending) < left:
                    self._report(self.asked + known + sum(repeats[key] for key in request.found))
        finally:
            self._scorer.withdraw(request)
            self.made += request.made
        return found | request.found

    def _report(self, done: int) -> None:
        if self._progress:
            self._progress(done, max(self.total, done))


def _key(row: Sequence[int]) -> bytes:
    """Sixteen bytes that tell rows of token ids apart."""
    return hashlib.blake2b(array("i", row).tobytes(), digest_size=16).digest()
