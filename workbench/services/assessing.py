"""How far to trust each method on one prediction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.checkpoints import Checkpoint, Depth, randomised
from workbench.errors import Cancelled, InputError, WorkbenchError
from workbench.explainers import METHODS, Options, Task
from workbench.schema import Agreement, Evaluations, Explanation, Prediction, Sanity, Span, Stability, Trust
from workbench.scoring import Run, Scorer, scorer_of
from workbench.services.running import MethodProgress, named
from workbench.trust import (
    Contest,
    Findings,
    Floats,
    Game,
    Removal,
    agreement,
    audit,
    common_units,
    contest,
    decide,
    sanity,
    scores_on,
    stability,
    with_spread,
)

# What an assessment consists of; each part can be left out.
PARTS = ("agreement", "faithfulness", "stability", "baselines", "sanity")
REPETITIONS = 3
# Shuffling the head alone finds methods that are blind to the label, shuffling all those blind to the model.
SHUFFLED: tuple[Depth, ...] = ("head", "all")
# Enough to see whether a ranking changed; the sampling methods would cost as much again for each depth.
SHUFFLED_BUDGET = 120


def assess(
    checkpoint: Checkpoint,
    prediction: Prediction,
    explanations: Sequence[Explanation],
    *,
    seed: int = 0,
    parts: Sequence[str] = PARTS,
    removal: str = "mask",
    progress: MethodProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Trust:
    """How far to trust each method on one prediction.

    Args:
        checkpoint: The model.
        prediction: What was explained.
        explanations: Of one text and target, one a method; units that differ are brought onto the finest.
        seed: Of random orders and of shuffling.
        parts: Which of ``PARTS``; the verdict is computed from those.
        removal: ``mask`` (finds what SHAP has evaluated) or ``delete`` (what LIME has).
        progress: Called with the part, evaluations done and expected.
        cancelled: Asked between batches; true stops.

    Returns:
        Figures and a verdict.

    Raises:
        InputError: The explanations are not of one prediction, or a part or way of removal is unknown.
        Cancelled: The caller asked to stop.
    """
    _check_assessable(prediction, explanations, parts, removal)
    work = _Assessment(checkpoint, prediction, explanations, seed, Removal(removal), progress, cancelled)
    judged = work.contest() if "faithfulness" in parts else None
    found = Findings(
        faithfulness=judged.entries if judged else (),
        agreement=work.agreement() if "agreement" in parts else (),
        stability=work.repeated() if "stability" in parts else (),
        baselines=audit(work.game("baselines")) if "baselines" in parts else (),
        sanity=work.shuffled() if "sanity" in parts else (),
        proven=bool(judged and judged.reference.best.proven),
        titles={one.method: METHODS[one.method].title for one in explanations},
    )
    return Trust(
        agreement=tuple(found.agreement),
        reference=judged.reference if judged else None,
        faithfulness=tuple(found.faithfulness),
        stability=tuple(found.stability),
        baselines=tuple(found.baselines),
        sanity=tuple(found.sanity),
        verdict=decide(found),
        evaluations=work.evaluations,
    )


def with_spreads(explanations: Sequence[Explanation], trust: Trust) -> list[Explanation]:
    """Explanations with the interval of each score over seeds.

    Args:
        explanations: Those that were assessed.
        trust: From ``assess``.

    Returns:
        The same, ``spread`` filled for methods that were repeated.
    """
    found = {one.method: one for one in trust.stability}
    return [with_spread(one, found[one.method]) if one.method in found else one for one in explanations]


def _check_assessable(
    prediction: Prediction, explanations: Sequence[Explanation], parts: Sequence[str], removal: str
) -> None:
    if unknown := set(parts) - set(PARTS):
        raise InputError(f"there is no part {min(unknown)!r} of an assessment", f"choose from {', '.join(PARTS)}")
    if removal not in set(Removal):
        raise InputError(f"there is no removal {removal!r}", f"choose one of {', '.join(Removal)}")
    if not explanations or any(one.text != prediction.text for one in explanations):
        raise InputError("there is no explanation of this prediction to assess", "explain the prediction first")
    if len({one.method for one in explanations}) < len(explanations):
        raise InputError("a method is given twice", "assess one explanation a method")


class _Assessment:
    """What the parts of an assessment share: the review, its units, and a run for each part."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        prediction: Prediction,
        explanations: Sequence[Explanation],
        seed: int,
        removal: Removal,
        progress: MethodProgress | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.checkpoint = checkpoint
        self.prediction = prediction
        self.explanations = explanations
        self.seed = seed
        self.removal = removal
        self.units = common_units(explanations)
        self.scores = {one.method: scores_on(one, self.units) for one in explanations}
        self._progress = progress
        self._cancelled = cancelled
        self._runs: list[Run] = []

    @property
    def evaluations(self) -> Evaluations:
        """Asked for and made by all parts so far."""
        return Evaluations(asked=sum(run.asked for run in self._runs), made=sum(run.made for run in self._runs))

    def start(self, part: str, scorer: Scorer | None = None) -> Run:
        """A run of one part, on the checkpoint's scorer or another."""
        watch = None if self._progress is None else named(self._progress, part)
        # Not by truth: a fresh scorer has a length of zero.
        door = scorer_of(self.checkpoint) if scorer is None else scorer
        self._runs.append(door.start(progress=watch, cancelled=self._cancelled))
        return self._runs[-1]

    def game(self, part: str) -> Game:
        """The review as a game."""
        return Game(self.start(part), self.prediction, self.units, self.explanations[0].target, self.removal)

    def contest(self) -> Contest:
        """Removal in the order of each method's scores."""
        return contest(self.game("faithfulness"), self.units, self.scores, seed=self.seed, removal=self.removal)

    def agreement(self) -> tuple[Agreement, ...]:
        """Each two methods."""
        return tuple(agreement(self.units, self.scores, {one.method: one.signed for one in self.explanations}))

    def repeated(self) -> tuple[Stability, ...]:
        """Sampling methods over several seeds, each with a run of its own."""

        def again(one: Explanation, seed: int) -> Explanation:
            task = Task(self.prediction, one.target, one.unit, seed, self.start("stability"))
            return METHODS[one.method].explain(task, _again(one))

        return tuple(
            stability([one, *(again(one, one.seed + step) for step in range(1, REPETITIONS))])
            for one in self.explanations
            if METHODS[one.method].sampled(one)
        )

    def shuffled(self) -> tuple[Sanity, ...]:
        """Each method on the checkpoint with shuffled weights."""
        after: dict[str, dict[str, Floats | str]] = {one.method: {} for one in self.explanations}
        for depth in SHUFFLED:
            twin = Scorer(randomised(self.checkpoint, depth, self.seed))
            for one in self.explanations:
                options = _again(one)
                if getattr(options, "budget", 0) > SHUFFLED_BUDGET:
                    options = options.model_copy(update={"budget": SHUFFLED_BUDGET})
                task = Task(self.prediction, one.target, one.unit, one.seed, self.start("sanity", twin))
                after[one.method][depth] = _scores_or_reason(task, one.method, options, self.units)
        return tuple(sanity(one.method, scores_on(one, self.units), after[one.method]) for one in self.explanations)


def _again(explanation: Explanation) -> Options:
    """The options with which an explanation was made."""
    return METHODS[explanation.method].options.model_validate(explanation.options)


def _scores_or_reason(task: Task, method: str, options: Options, units: Sequence[Span]) -> Floats | str:
    try:
        return scores_on(METHODS[method].explain(task, options), units)
    except Cancelled:
        raise
    except WorkbenchError as error:
        return error.what
