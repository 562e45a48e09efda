"""A batch on this machine: parts one after the other, each put in place as soon as it is whole."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Lock

from workbench.batch.parts import InputPart, read_parts
from workbench.batch.working import Worker
from workbench.batch.writing import commit, done_parts, read_seconds, write_seconds, write_summary
from workbench.checkpoints import Checkpoint
from workbench.schema import BatchManifest, BatchProgress, BatchSummary

# Parts that are worked on at once. On a CPU the model's own threads fill the cores; a GPU would wait while a part is
# tokenized and written.
_AT_ONCE = {"cpu": 1, "cuda": 3}
_MOST_REASONS = 100
_OTHERS = "other reasons"

Progress = Callable[[BatchProgress], None]


def run_local(
    source: Path,
    folder: Path,
    manifest: BatchManifest,
    checkpoint: Checkpoint,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BatchSummary:
    """Compute what is missing of a batch.

    Args:
        source: The file or folder of the input.
        folder: Of the batch; its manifest is written, and nobody else works on it.
        manifest: What is asked.
        checkpoint: The model.
        progress: Told now and then how far it is.
        cancelled: Asked between batches of the model; true stops, and the folder can be gone on with.

    Returns:
        What became of it, as written.

    Raises:
        Cancelled: The caller asked to stop.
        InputError: The input is not what it was.
    """
    tally = Tally(folder, manifest, progress)
    stop = Event()
    worker = Worker(checkpoint, manifest)
    parts = read_parts(source, manifest, tally.done)
    at_once = _AT_ONCE.get(checkpoint.device.type, 1)

    def work(part: InputPart) -> None:
        halted = partial(_any, stop.is_set, cancelled)
        tables = worker.work(part, halted, partial(tally.advanced, part))
        commit(folder, part.key, *tables)
        tally.add(part.key, Counter(row.error or "" for row in part.rows))

    with ThreadPoolExecutor(at_once) as threads:
        going: deque[Future[None]] = deque()
        try:
            # One more is read beforehand.
            for part in parts:
                going.append(threads.submit(work, part))
                if len(going) > at_once:
                    going.popleft().result()
            while going:
                going.popleft().result()
        except BaseException:  # also an interruption: the threads stop before it goes on
            stop.set()
            for one in going:
                one.cancel()
            raise
        finally:
            tally.note_seconds()
    return tally.finish("local")


class Tally:
    """Counts what is done of a batch, for progress and for its summary; any thread may add.

    Args:
        folder: Of the batch.
        manifest: What is asked.
        progress: Told of every change.

    Attributes:
        done: Parts that need not be computed again.
    """

    def __init__(self, folder: Path, manifest: BatchManifest, progress: Progress | None) -> None:
        self._folder = folder
        self._manifest = manifest
        self._progress = progress
        self._lock = Lock()
        self._errors: Counter[str] = Counter()
        self._started = time.monotonic()
        self._before = read_seconds(folder)
        self._shares: dict[tuple[int, int], float] = {}
        earlier = done_parts(folder, manifest)
        for counts in earlier.values():
            self._errors.update(counts)
        self._found = self._errors.total()
        self.done = set(earlier)
        self._tell()

    def advanced(self, part: InputPart, share: float) -> None:
        """Note how much of a part is computed that is not in place yet.

        Args:
            part: Which.
            share: From 0 to 1.
        """
        with self._lock:
            self._shares[part.key] = share * len(part.rows)
            self._tell()

    def add(self, key: tuple[int, int], errors: Mapping[str, int]) -> None:
        """Count a part that is in place.

        Args:
            key: Number of its file and its own.
            errors: How many rows have which error; those without one under the empty text.
        """
        with self._lock:
            self._shares.pop(key, None)
            self._errors.update(errors)
            self._tell()
            write_seconds(self._folder, self.seconds)

    @property
    def seconds(self) -> float:
        """Spent at work, in earlier runs too."""
        return self._before + time.monotonic() - self._started

    def note_seconds(self) -> None:
        """Keep the time spent, for after an interruption."""
        with self._lock:
            write_seconds(self._folder, self.seconds)

    def finish(self, engine: str) -> BatchSummary:
        """Say that all is there.

        Args:
            engine: What computed it.

        Returns:
            The summary, as written.
        """
        errors = Counter({reason: count for reason, count in self._errors.items() if reason})
        shown = dict(sorted(errors.most_common(_MOST_REASONS), key=lambda pair: (-pair[1], pair[0])))
        rest = errors.total() - sum(shown.values())
        summary = BatchSummary(
            rows=self._errors.total(),
            errors=shown | ({_OTHERS: rest} if rest else {}),
            seconds=self.seconds,
            engine=engine,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        write_summary(self._folder, summary)
        return summary

    def _tell(self) -> None:
        if self._progress is None:
            return
        seconds = time.monotonic() - self._started
        done, total = self._errors.total(), self._manifest.rows
        counted = done + sum(self._shares.values())
        rate = (counted - self._found) / seconds if seconds > 0 else 0.0
        self._progress(
            BatchProgress(
                done=done,
                total=total,
                errors=done - self._errors[""],
                seconds=seconds,
                rows_per_second=rate,
                seconds_left=max(0.0, total - counted) / rate if rate > 0 else None,
            )
        )


def _any(stopped: Callable[[], bool], cancelled: Callable[[], bool] | None) -> bool:
    return stopped() or bool(cancelled and cancelled())
