"""Explaining a selection of a batch after it was predicted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, WorkbenchError
from workbench.explainers import METHODS, Options, Task
from workbench.pipeline import classify_many, parse_target
from workbench.schema import (
    Evaluations,
    Explanation,
    ExplanationColumn,
    Prediction,
    RowFilter,
    SelectionExplained,
    Unit,
)
from workbench.scoring import scorer_of
from workbench.seeds import row_seed
from workbench.services.methods import choose_methods, make_options, parse_unit
from workbench.services.running import provenance
from workbench.triage import Dataset
from workbench.triage.sampling import Review, check_same_model, matching, reviews_of, shuffled
from workbench.triage.selections import SelectionWriter

_TOGETHER = 16  # explanations that ask the model at the same time, so that its batches are full
_CHUNK = 32  # reviews a shard
_ORDER = (ExplanationColumn.FILE, ExplanationColumn.ROW, ExplanationColumn.METHOD)


@dataclass(frozen=True)
class _Ask:
    """What is asked of every review."""

    checkpoint: Checkpoint
    options: dict[str, Options]
    target: str
    unit: Unit
    seed: int
    cancelled: Callable[[], bool] | None


def explain_selection(
    dataset: Dataset,
    chosen: RowFilter,
    checkpoint: Checkpoint,
    methods: Sequence[str],
    *,
    target: str = "predicted",
    unit: str = "word",
    budget: int | None = None,
    seed: int = 0,
    limit: int = 100,
    sample_seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SelectionExplained:
    """Explain reviews of a batch and keep that in its folder; ``dataset`` sees them afterwards.

    Each explanation is that of ``explain`` on the review's text with the seed ``row_seed(seed, text)``. Several ask the
    model at the same time.

    Args:
        dataset: The batch.
        chosen: Which reviews.
        checkpoint: That of the batch.
        methods: Registered names, or ``all``.
        target: What to explain.
        unit: What a score belongs to.
        budget: Evaluations for each method that has a budget.
        seed: From which, and from its text, that of a review comes.
        limit: The most reviews, drawn at random.
        sample_seed: Of the draw.
        progress: Called with explanations done and all.
        cancelled: Asked between batches; true stops, and what was explained so far is kept.

    Returns:
        What was done.

    Raises:
        WorkbenchError: In one line, what is wrong and what to do.
    """
    started = time.perf_counter()
    check_same_model(dataset, checkpoint)
    names = choose_methods(checkpoint, methods)
    options = {name: make_options(name, None, budget) for name in names}
    ask = _Ask(checkpoint, options, target, parse_unit(unit), seed, cancelled)
    ids = matching(dataset, chosen)
    drawn = np.sort(shuffled(ids, sample_seed)[:limit])
    about = {"methods": names, "target": target, "unit": unit, "budget": budget, "seed": seed, "versions": provenance()}
    writer = SelectionWriter(dataset.folder, about)
    total = len(drawn) * len(names)
    spent = _Spent()
    for start in range(0, len(drawn), _CHUNK):
        reviews = reviews_of(dataset, drawn[start : start + _CHUNK])
        rows = []
        for row, evaluations in _explained(ask, reviews):
            rows.append(row)
            spent.add(row, evaluations)
            if progress:
                progress(spent.explained + spent.failed, total)
        writer.write(sorted(rows, key=lambda row: tuple(row[column] for column in _ORDER)))
        if len(rows) < len(reviews) * len(names):
            break
    dataset.see_explanations()
    return SelectionExplained(
        matching=len(ids),
        drawn=len(drawn),
        explained=spent.explained,
        failed=spent.failed,
        methods=names,
        files=tuple(writer.files),
        partial=spent.explained + spent.failed < total,
        evaluations=Evaluations(asked=spent.asked, made=spent.made),
        seconds=time.perf_counter() - started,
    )


@dataclass
class _Spent:
    """What was done so far."""

    explained: int = 0
    failed: int = 0
    asked: int = 0
    made: int = 0

    def add(self, row: dict[str, Any], evaluations: Evaluations) -> None:
        """Count one explanation."""
        failed = row[ExplanationColumn.ERROR] is not None
        self.failed += failed
        self.explained += not failed
        self.asked += evaluations.asked
        self.made += evaluations.made


def _explained(ask: _Ask, reviews: Sequence[Review]) -> Iterator[tuple[dict[str, Any], Evaluations]]:
    """A row for each review and method, as they are done; fewer where the caller asked to stop."""
    if ask.cancelled and ask.cancelled():
        return
    predictions = classify_many(ask.checkpoint, [review.text for review in reviews])
    with ThreadPoolExecutor(min(_TOGETHER, len(reviews) * len(ask.options))) as pool:
        jobs: list[Future[tuple[dict[str, Any], Evaluations]]] = [
            pool.submit(_one, ask, review, prediction, name)
            for review, prediction in zip(reviews, predictions, strict=True)
            for name in ask.options
        ]
        try:
            for job in as_completed(jobs):
                try:
                    yield job.result()
                except Cancelled:
                    continue
        finally:
            for job in jobs:
                job.cancel()


def _one(ask: _Ask, review: Review, prediction: Prediction, name: str) -> tuple[dict[str, Any], Evaluations]:
    run = scorer_of(ask.checkpoint).start(cancelled=ask.cancelled)
    # A target that does not exist is the caller's fault, and not that of the row.
    target = parse_target(ask.target, prediction)
    row: dict[str, Any] = {
        ExplanationColumn.FILE: review.file,
        ExplanationColumn.ROW: review.row,
        ExplanationColumn.METHOD: name,
        ExplanationColumn.TARGET: str(target),
        ExplanationColumn.UNIT: ask.unit.value,
        ExplanationColumn.SEED: row_seed(ask.seed, review.text),
        ExplanationColumn.ERROR: None,
    }
    task = Task(prediction, target, ask.unit, row[ExplanationColumn.SEED], run)
    try:
        found = METHODS[name].explain(task, ask.options[name])
    except Cancelled:
        raise
    except WorkbenchError as error:
        return row | {ExplanationColumn.ERROR: error.what, ExplanationColumn.ASKED: run.asked}, run.evaluations
    except Exception as error:  # one review that a method cannot take does not end the others
        # What the machine lacks is no fault of the review.
        if isinstance(error, MemoryError | OSError) or "OutOfMemory" in type(error).__name__:
            raise
        reason = f"{name} failed ({type(error).__name__})"
        return row | {ExplanationColumn.ERROR: reason, ExplanationColumn.ASKED: run.asked}, run.evaluations
    return row | _columns(found), found.evaluations


def _columns(found: Explanation) -> dict[str, Any]:
    return {
        ExplanationColumn.BASE_VALUE: found.base_value,
        ExplanationColumn.FULL_VALUE: found.full_value,
        ExplanationColumn.UNITS: [unit.text for unit in found.units],
        ExplanationColumn.STARTS: [unit.start for unit in found.units],
        ExplanationColumn.ENDS: [unit.end for unit in found.units],
        ExplanationColumn.SCORES: [unit.score for unit in found.units],
        ExplanationColumn.ASKED: found.evaluations.asked,
    }
