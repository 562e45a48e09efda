"""Reviews explained side by side, so that what their methods ask fills batches together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, WorkbenchError
from workbench.explainers import METHODS, Task, make_options
from workbench.explainers.shap_method import library
from workbench.pipeline import Precision, parse_target, predict_one, preprocess
from workbench.schema import BatchOptions, Explanation, ExplanationColumn, Prediction
from workbench.scoring import Rounds
from workbench.scoring.run import Logits
from workbench.seeds import row_seed

# Methods that go on at the same time, a thread each, and tokens of their reviews together: on a CPU the perturbed texts
# of that many fill its batches, and those that wait for the model fit into memory.
_MOST_TASKS = 64
_TOKENS = {"cpu": 2_048, "cuda": 16_384}


@dataclass(frozen=True)
class Explained:
    """A review to be explained.

    Attributes:
        place: In its part.
        text: The review.
        logits: Of its prediction, shape (labels,).
        tokens: How many the model read.
    """

    place: int
    text: str
    logits: Logits
    tokens: int


class Explaining:
    """Explains reviews as the options say.

    Args:
        checkpoint: The model.
        options: Methods, target, unit, budget and seed.
        positions: The most positions of one batch of the model.
        precision: Of the model's numbers.
    """

    def __init__(self, checkpoint: Checkpoint, options: BatchOptions, positions: int, precision: Precision) -> None:
        self._checkpoint = checkpoint
        self._options = options
        self._positions = positions
        self._precision = precision
        if "shap" in options.methods:
            # While it is imported it changes a setting of numba's, which threads would do to each other.
            library()
        self._settings = {name: make_options(name, budget=options.budget) for name in options.methods}

    def explain(
        self,
        reviews: Sequence[Explained],
        *,
        cancelled: Callable[[], bool] | None = None,
        advanced: Callable[[int], None] | None = None,
    ) -> list[dict[str, Any]]:
        """Explain reviews; what comes of each depends on all of them, but not on time or threads.

        Args:
            reviews: All of a part.
            cancelled: Asked between batches; true stops.
            advanced: Told of each group of reviews how many tokens it had.

        Returns:
            A row for each review and method, in their order, without number of file and row but with ``place``.

        Raises:
            Cancelled: The caller asked to stop.
        """
        found: dict[int, list[dict[str, Any]]] = {}
        for group in self._groups(sorted(reviews, key=lambda one: (-one.tokens, one.place))):
            found |= self._explained(group, cancelled)
            if advanced:
                advanced(sum(one.tokens for one in group))
        return [row for place in sorted(found) for row in found[place]]

    def _groups(self, reviews: Sequence[Explained]) -> Iterator[list[Explained]]:
        """Reviews that go on at the same time, of like length."""
        most = max(1, _MOST_TASKS // len(self._options.methods))
        tokens = _TOKENS.get(self._checkpoint.device.type, _TOKENS["cpu"])
        group: list[Explained] = []
        for review in reviews:
            if group and (len(group) == most or sum(one.tokens for one in group) + review.tokens > tokens):
                yield group
                group = []
            group.append(review)
        if group:
            yield group

    def _explained(
        self, group: Sequence[Explained], cancelled: Callable[[], bool] | None
    ) -> dict[int, list[dict[str, Any]]]:
        encoded = preprocess(self._checkpoint, [review.text for review in group])
        asked = [
            (review, predict_one(self._checkpoint, each, review.logits), method)
            for review, each in zip(group, encoded, strict=True)
            for method in self._options.methods
        ]
        rounds = Rounds(self._checkpoint, len(asked), self._positions, self._precision)
        work = partial(self._row, rounds, cancelled)
        # A thread for each: a party that had none would keep the others waiting.
        with ThreadPoolExecutor(len(asked)) as threads:
            rows = list(threads.map(work, *zip(*asked, strict=True)))
        found: dict[int, list[dict[str, Any]]] = {review.place: [] for review in group}
        for (review, _, _), row in zip(asked, rows, strict=True):
            found[review.place].append(row)
        return found

    def _row(
        self,
        rounds: Rounds,
        cancelled: Callable[[], bool] | None,
        review: Explained,
        prediction: Prediction,
        method: str,
    ) -> dict[str, Any]:
        seed = row_seed(self._options.seed, review.text)
        row: dict[str, Any] = {
            "place": review.place,
            ExplanationColumn.METHOD: method,
            ExplanationColumn.UNIT: self._options.unit.value,
            ExplanationColumn.SEED: seed,
        }
        try:
            target = parse_target(self._options.target, prediction)
            row[ExplanationColumn.TARGET] = str(target)
            task = Task(prediction, target, self._options.unit, seed, rounds.start(cancelled=cancelled))
            return row | _columns(METHODS[method].explain(task, self._settings[method]))
        except Cancelled:
            raise
        except WorkbenchError as error:
            return row | {ExplanationColumn.ERROR: error.what}
        except Exception as error:  # one review that a library fails on must not end the batch
            if rounds.fault is not None or _of_the_machine(error):
                raise
            return row | {ExplanationColumn.ERROR: f"{method} failed ({type(error).__name__})"}
        finally:
            rounds.leave()


def _of_the_machine(error: Exception) -> bool:
    """Whether another try, or another machine, may do better; what is wrong with a review stays wrong."""
    return isinstance(error, MemoryError | OSError) or "OutOfMemory" in type(error).__name__


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
