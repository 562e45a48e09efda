"""Compare two to four checkpoints on one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.explainers import (
    METHODS,
    SPLITTERS,
    DifferenceTask,
    Options,
    shared_reading,
    shared_units,
    side_by_side,
    unread_units,
)
from workbench.pipeline import classify
from workbench.schema import Compared, Comparison, Difference, Explanation, Pair, Prediction, Target, Unit
from workbench.schema.comparison import FEWEST, MOST
from workbench.scoring import scorer_of
from workbench.services.common_target import Places, common_targets, difference_obstacle, scales_for
from workbench.services.explaining import explain_one
from workbench.services.methods import choose_methods, make_options, parse_unit
from workbench.services.running import MethodProgress, named, provenance
from workbench.trust import agreement, scores_on

Arrived = Callable[[Explanation | Difference], None]


def compare(
    checkpoints: Sequence[Checkpoint],
    text: str,
    *,
    method: str = "shap",
    target: str | None = None,
    unit: str = "word",
    seed: int = 0,
    budget: int | None = None,
    options: Mapping[str, Any] | None = None,
    scales: Mapping[str, Places] | None = None,
    differences: bool = True,
    progress: MethodProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
    arrived: Arrived | None = None,
) -> Comparison:
    """Compare checkpoints on one text: what each says, how far they agree, and why they differ.

    Args:
        checkpoints: Two to four, from ``load_checkpoint``.
        text: The text.
        method: Registered name.
        target: ``predicted``, ``expected``, ``scale``, or a target that all have. By default the label that the first
            predicts where all have the same labels, else the place on the common scale.
        unit: ``word`` or ``sentence``; tokens of different tokenizers are not comparable.
        seed: Of whatever is random.
        budget: Evaluations of each explanation, where the method has a budget.
        options: Of the method.
        scales: Name of a checkpoint to where its labels stand, ``{"stars": {"1 star": 0.0, ...}}``; by default what
            the names of the labels say.
        differences: Explain why each two differ.
        progress: Called with the part (a checkpoint's name, or "A - B"), evaluations done and expected.
        cancelled: Asked between batches; true stops.
        arrived: Called with each explanation and each difference as soon as it is there.

    Returns:
        The comparison.

    Raises:
        WorkbenchError: In one line, what is wrong and what to do.
    """
    check_chosen([one.name for one in checkpoints], [one.fingerprint for one in checkpoints])
    unit_of = _unit(unit)
    settings = make_options(METHODS[method].name, options, budget)
    work = _Work(method, settings, unit_of, seed, progress, cancelled, arrived)
    for checkpoint in checkpoints:
        choose_methods(checkpoint, [method])
    places = scales_for(checkpoints, scales)
    predictions = [classify(checkpoint, text) for checkpoint in checkpoints]
    question = common_targets(predictions, places, target)
    explanations = [
        work.explain(checkpoint, prediction, wanted)
        for checkpoint, prediction, wanted in zip(checkpoints, predictions, question.targets, strict=True)
    ]
    sides = [*zip(checkpoints, predictions, explanations, strict=True)]
    obstacle = difference_obstacle(method, question)
    explained = differences and obstacle is None
    return Comparison(
        text=text,
        checkpoints=tuple(
            Compared(prediction=prediction, explanation=found, scale=scale, unread=unread_units(prediction, unit_of))
            for (_, prediction, found), scale in zip(sides, places, strict=True)
        ),
        pairs=tuple(work.pair(first, second, explained) for first, second in combinations(sides, 2)),
        comparable=question.note is None,
        note=obstacle if differences else question.note,
        provenance=provenance(),
    )


def check_chosen(names: Sequence[str], fingerprints: Sequence[str] = ()) -> None:
    """Refuse what cannot be compared.

    Args:
        names: Of the checkpoints.
        fingerprints: Likewise, once they are loaded.

    Raises:
        InputError: Fewer than two, more than four, or one of them twice.
    """
    if not FEWEST <= len(names) <= MOST:
        raise InputError(
            f"a comparison takes {FEWEST} to {MOST} checkpoints, not {len(names)}", "name each of them once"
        )
    seen: dict[str, str] = {}
    for name, known in zip(names, fingerprints or names, strict=True):
        if name in seen.values() or known in seen:
            first = seen.get(known, name)
            whom = repr(name) if first == name else f"{name!r}, the same as {first!r},"
            raise InputError(f"the checkpoint {whom} is given twice", "name different checkpoints")
        seen[known] = name


Side = tuple[Checkpoint, Prediction, Explanation]


@dataclass(frozen=True)
class _Work:
    """What is the same for all parts of a comparison."""

    method: str
    options: Options
    unit: Unit
    seed: int
    progress: MethodProgress | None
    cancelled: Callable[[], bool] | None
    arrived: Arrived | None

    def explain(self, checkpoint: Checkpoint, prediction: Prediction, target: Target) -> Explanation:
        """One checkpoint by itself."""
        found = explain_one(
            checkpoint,
            prediction,
            self.method,
            target=target,
            unit=self.unit,
            seed=self.seed,
            options=self.options,
            progress=self.progress and named(self.progress, checkpoint.name),
            cancelled=self.cancelled,
        )
        if self.arrived:
            self.arrived(found)
        return found

    def pair(self, first: Side, second: Side, explained: bool) -> Pair:
        """Two checkpoints, on the units that both read."""
        units = shared_units([first[1], second[1]], self.unit)
        names = (first[0].name, second[0].name)
        (found,) = agreement(
            units,
            {side[0].name: scores_on(side[2], units) for side in (first, second)},
            {side[0].name: side[2].signed for side in (first, second)},
        )
        return Pair(
            checkpoints=names,
            signed=found.signed,
            units=units,
            figures=found.figures,
            conflicts=found.conflicts,
            difference=self.difference(first, second) if explained and units else None,
        )

    def difference(self, first: Side, second: Side) -> Difference:
        """Why they differ, on the text that both read, and what the rest of the text adds."""
        (left, said, alone), (right, also_said, other_alone) = first, second
        both = side_by_side(named(self.progress, f"{left.name} - {right.name}")) if self.progress else (None, None)
        runs = [
            scorer_of(one).start(progress=watch, cancelled=self.cancelled)
            for one, watch in zip((left, right), both, strict=True)
        ]
        task = DifferenceTask(
            prediction=shared_reading(said, also_said, self.unit),
            target=alone.target,
            unit=self.unit,
            seed=self.seed,
            run=runs[0],
            second_target=other_alone.target,
            second_run=runs[1],
        )
        found = METHODS[self.method].explain_difference(task, self.options)
        if said.read_text != also_said.read_text:
            whole = alone.full_value - other_alone.full_value
            found = found.model_copy(update={"beyond": whole - found.full_value})
        if self.arrived:
            self.arrived(found)
        return found


def _unit(name: str) -> Unit:
    unit = parse_unit(name)
    if unit not in SPLITTERS:
        raise InputError("tokens of different checkpoints cannot be compared", "choose word or sentence")
    return unit
