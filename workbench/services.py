"""Use cases: what the command line, the pages and a notebook call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from workbench import render
from workbench.checkpoints import Checkpoint, Depth, randomised
from workbench.errors import Cancelled, IncompatibleError, InputError, WorkbenchError
from workbench.explainers import METHODS, Options, Task, unit_spans
from workbench.pipeline import classify, classify_many, parse_target
from workbench.reports import Report, format_of
from workbench.schema import (
    Evaluations,
    Explanation,
    Flip,
    Prediction,
    Replacement,
    Sanity,
    Span,
    Stability,
    Target,
    Trust,
    Unit,
)
from workbench.scoring import Run, Scorer
from workbench.tables import Row, match_label
from workbench.trust import (
    Accuracy,
    Findings,
    Floats,
    Game,
    Removal,
    agreement,
    audit,
    common_units,
    contest,
    decide,
    measure,
    replacements,
    sanity,
    scores_on,
    smallest_flip,
    stability,
    with_spread,
)

DEFAULT_METHODS = ("shap", "lime", "attention-rollout")
_LIBRARIES = ("torch", "transformers", "shap", "lime", "bertviz", "numpy")

# What an assessment consists of; each part can be left out.
PARTS = ("agreement", "faithfulness", "stability", "baselines", "sanity")
REPETITIONS = 3
# Shuffling the head alone finds methods that are blind to the label, shuffling all those blind to the model.
SHUFFLED: tuple[Depth, ...] = ("head", "all")
# Enough to see whether a ranking changed; the sampling methods would cost as much again for each depth.
SHUFFLED_BUDGET = 200

MethodProgress = Callable[[str, int, int], None]

_scorers: WeakKeyDictionary[Checkpoint, Scorer] = WeakKeyDictionary()
_scorers_lock = threading.Lock()


def scorer_of(checkpoint: Checkpoint) -> Scorer:
    """The one scorer of a checkpoint, shared by all sessions of the process.

    Args:
        checkpoint: The model.

    Returns:
        Its scorer.
    """
    with _scorers_lock:
        return _scorers.setdefault(checkpoint, Scorer(checkpoint))


def methods_for(checkpoint: Checkpoint) -> dict[str, str | None]:
    """Which methods can run on a checkpoint.

    Args:
        checkpoint: The model.

    Returns:
        Name to the reason why it cannot run, or none.
    """
    return {name: METHODS[name].obstacle(checkpoint) for name in method_names()}


def method_names() -> tuple[str, ...]:
    """All methods in the order in which they are shown: the usual ones first."""
    return tuple(dict.fromkeys([*DEFAULT_METHODS, *METHODS]))


def choose_methods(checkpoint: Checkpoint, names: Sequence[str]) -> tuple[str, ...]:
    """Names of methods as typed, checked; ``all`` means every method that can run.

    Args:
        checkpoint: The model.
        names: Registered names, or ``all``.

    Returns:
        Registered names, each once.

    Raises:
        UnknownNameError: There is no such method.
        IncompatibleError: A method named cannot run on this checkpoint.
    """
    able = methods_for(checkpoint)
    if "all" in names:
        return tuple(name for name, obstacle in able.items() if obstacle is None)
    for name in names:
        obstacle = METHODS[name].obstacle(checkpoint)
        if obstacle:
            raise IncompatibleError(f"{name} cannot run on {checkpoint.name}: {obstacle}", "choose another method")
    return tuple(dict.fromkeys(names))


def make_options(method: str, values: Mapping[str, Any] | None = None, budget: int | None = None) -> Options:
    """A method's options from loose values.

    Args:
        method: Registered name.
        values: Field name to value.
        budget: For the field of that name, where the method has one.

    Returns:
        The options.

    Raises:
        InputError: A field is unknown or its value out of bounds.
    """
    kind = METHODS[method].options
    given = dict(values or {})
    if budget is not None and "budget" in kind.model_fields:
        given.setdefault("budget", budget)
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise InputError(
            f"the option {field!r} of {method} cannot be {first['input']!r} ({first['msg']})",
            f"its options: {', '.join(kind.model_fields) or 'none'}",
        ) from None


def options_from_json(method: str, content: str) -> Options:
    """A method's options from their own JSON.

    Args:
        method: Registered name.
        content: As ``model_dump_json`` wrote it.

    Returns:
        The options.
    """
    return METHODS[method].options.model_validate_json(content)


def explain_one(
    checkpoint: Checkpoint,
    prediction: Prediction,
    method: str,
    *,
    target: Target,
    unit: Unit = Unit.WORD,
    seed: int = 0,
    options: Options | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Explanation:
    """One method on one prediction.

    Args:
        checkpoint: The model.
        prediction: Of the text to explain.
        method: Registered name.
        target: What to explain.
        unit: What one score belongs to.
        seed: Of whatever is random.
        options: The method's options.
        progress: Called with evaluations done and expected.
        cancelled: Asked between batches; true stops.

    Returns:
        The explanation.

    Raises:
        WorkbenchError: The method cannot run, or was cancelled.
    """
    run = scorer_of(checkpoint).start(progress=progress, cancelled=cancelled)
    return METHODS[method].explain(Task(prediction, target, unit, seed, run), options)


def explain(
    checkpoint: Checkpoint,
    text: str,
    methods: Sequence[str] = DEFAULT_METHODS,
    *,
    target: str = "predicted",
    unit: str = "word",
    seed: int = 0,
    budget: int | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    trust: bool = False,
    progress: MethodProgress | None = None,
) -> Report:
    """Predict a text and explain the prediction.

    Args:
        checkpoint: From ``load_checkpoint``.
        text: The text.
        methods: Registered names, or ``all``.
        target: ``predicted``, a label, ``logit:LABEL``, ``expected`` or ``LABEL - LABEL``.
        unit: ``word`` or ``token``.
        seed: Of whatever is random.
        budget: Evaluations for each method that has a budget.
        options: Method to its options.
        trust: Assess the methods too; scores of sampling methods then carry their spread over seeds.
        progress: Called with the method, evaluations done and expected.

    Returns:
        Prediction and explanations.

    Raises:
        WorkbenchError: In one line, what is wrong and what to do.
    """
    chosen = choose_methods(checkpoint, methods)
    for name in options or {}:
        if METHODS[name].name not in chosen:
            raise InputError(f"there are options for {name}, which is not asked for", f"add the method {name}")
    settings = {name: make_options(name, (options or {}).get(name), budget) for name in chosen}
    prediction = classify(checkpoint, text)
    wanted = parse_target(target, prediction)
    explanations = []
    for name in chosen:
        watch = None if progress is None else _named(progress, name)
        explanations.append(
            explain_one(
                checkpoint,
                prediction,
                name,
                target=wanted,
                unit=parse_unit(unit),
                seed=seed,
                options=settings[name],
                progress=watch,
            )
        )
    found = assess(checkpoint, prediction, explanations, seed=seed, progress=progress) if trust else None
    if found:
        explanations = with_spreads(explanations, found)
    return Report(prediction=prediction, explanations=tuple(explanations), trust=found, provenance=provenance())


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
    units = common_units(explanations)
    scores = {one.method: scores_on(one, units) for one in explanations}
    signed = {one.method: one.signed for one in explanations}

    def start(part: str, scorer: Scorer | None = None) -> Run:
        watch = None if progress is None else _named(progress, part)
        # Not by truth: a fresh scorer has a length of zero.
        door = scorer_of(checkpoint) if scorer is None else scorer
        runs.append(door.start(progress=watch, cancelled=cancelled))
        return runs[-1]

    def game(part: str) -> Game:
        return Game(start(part), prediction, units, explanations[0].target, Removal(removal))

    runs: list[Run] = []
    judged = (
        contest(game("faithfulness"), units, scores, seed=seed, removal=Removal(removal))
        if "faithfulness" in parts
        else None
    )
    found = Findings(
        faithfulness=judged.entries if judged else (),
        agreement=agreement(units, scores, signed) if "agreement" in parts else (),
        stability=_repeated(prediction, explanations, start) if "stability" in parts else (),
        baselines=audit(game("baselines")) if "baselines" in parts else (),
        sanity=_shuffled(checkpoint, prediction, explanations, units, seed, start) if "sanity" in parts else (),
        proven=bool(judged and judged.reference.best.proven),
        titles={name: METHODS[name].title for name in scores},
    )
    return Trust(
        agreement=tuple(found.agreement),
        reference=judged.reference if judged else None,
        faithfulness=tuple(found.faithfulness),
        stability=tuple(found.stability),
        baselines=tuple(found.baselines),
        sanity=tuple(found.sanity),
        verdict=decide(found),
        evaluations=Evaluations(asked=sum(run.asked for run in runs), made=sum(run.made for run in runs)),
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


def smallest_removal(
    checkpoint: Checkpoint,
    prediction: Prediction,
    *,
    unit: Unit = Unit.WORD,
    removal: str = "delete",
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Flip | None:
    """The smallest set of units whose removal changes the predicted label.

    Args:
        checkpoint: The model.
        prediction: Of the whole text.
        unit: What is removed.
        removal: ``delete`` or ``mask``.
        progress: Called with evaluations done and expected.
        cancelled: Asked between batches; true stops.

    Returns:
        The set with the new answer, or none where none was found.
    """
    return smallest_flip(_game(checkpoint, prediction, unit, removal, progress, cancelled))


def word_replacements(
    checkpoint: Checkpoint,
    prediction: Prediction,
    *,
    words: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Replacement, ...]:
    """Single words whose replacement changes the predicted label.

    Args:
        checkpoint: The model.
        prediction: Of the whole text.
        words: What may be put in; by default the frequent words of the checkpoint's vocabulary.
        progress: Called with evaluations done and expected.
        cancelled: Asked between batches; true stops.

    Returns:
        The most decisive first, each with the new answer.
    """
    return replacements(_game(checkpoint, prediction, Unit.WORD, "delete", progress, cancelled), words=words)


def save_report(report: Report, file: str | Path) -> Path:
    """Write a report; the suffix picks the format.

    Args:
        report: From ``explain``.
        file: Where to.

    Returns:
        The path.

    Raises:
        InputError: No format has this suffix, or the file cannot be written.
    """
    path = Path(file)
    content = format_of(path).render(report)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror})", "name another place") from None
    return path


def evaluate(
    checkpoint: Checkpoint, rows: Sequence[Row], *, chunk: int = 256, progress: Callable[[int, int], None] | None = None
) -> Accuracy:
    """How good a checkpoint is on labelled rows.

    Args:
        checkpoint: The model.
        rows: With labels; others are left out.
        chunk: Texts predicted at a time.
        progress: Called with rows done and all.

    Returns:
        Accuracy and its kin.

    Raises:
        InputError: No row has a label, or a label fits none of the checkpoint's.
    """
    labelled = [(row.text, match_label(row.label, checkpoint.labels)) for row in rows if row.label]
    if not labelled:
        raise InputError("no row has a label", "name the label column")
    predictions: list[Prediction] = []
    for start in range(0, len(labelled), chunk):
        predictions += classify_many(checkpoint, [text for text, _ in labelled[start : start + chunk]])
        if progress:
            progress(len(predictions), len(labelled))
    return measure(predictions, [label for _, label in labelled], checkpoint.ratings)


def parse_unit(unit: str) -> Unit:
    """Read a unit as the command line takes it.

    Args:
        unit: ``word`` or ``token``.

    Returns:
        The unit.

    Raises:
        InputError: It is neither.
    """
    try:
        return Unit(unit)
    except ValueError:
        raise InputError(f"there is no unit {unit!r}", f"choose one of {', '.join(Unit)}") from None


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    def installed() -> Iterator[tuple[str, str]]:
        for name, package in [("workbench", "explainability-workbench"), *((name, name) for name in _LIBRARIES)]:
            try:
                yield name, version(package)
            except PackageNotFoundError:
                continue

    return tuple(installed())


def provenance() -> dict[str, str]:
    """Versions of everything that takes part in a result.

    Returns:
        Package to version.
    """
    return dict(_versions())


def _game(
    checkpoint: Checkpoint,
    prediction: Prediction,
    unit: Unit,
    removal: str,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> Game:
    run = scorer_of(checkpoint).start(progress=progress, cancelled=cancelled)
    target = parse_target("predicted", prediction)
    return Game(run, prediction, unit_spans(prediction, unit), target, Removal(removal))


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


def _again(explanation: Explanation) -> Options:
    """The options with which an explanation was made."""
    return METHODS[explanation.method].options.model_validate(explanation.options)


def _samples(explanation: Explanation) -> bool:
    """Whether another seed would give other scores."""
    return explanation.method == "lime" or explanation.details.get("algorithm") == "partition"


def _repeated(
    prediction: Prediction, explanations: Sequence[Explanation], start: Callable[[str], Run]
) -> tuple[Stability, ...]:
    """Sampling methods over several seeds, each with a run of its own."""

    def again(one: Explanation, seed: int) -> Explanation:
        return METHODS[one.method].explain(
            Task(prediction, one.target, one.unit, seed, start("stability")), _again(one)
        )

    return tuple(
        stability([one, *(again(one, one.seed + step) for step in range(1, REPETITIONS))])
        for one in explanations
        if _samples(one)
    )


def _shuffled(
    checkpoint: Checkpoint,
    prediction: Prediction,
    explanations: Sequence[Explanation],
    units: Sequence[Span],
    seed: int,
    start: Callable[[str, Scorer], Run],
) -> tuple[Sanity, ...]:
    """Each method on the checkpoint with shuffled weights."""
    after: dict[str, dict[str, Floats | str]] = {one.method: {} for one in explanations}
    for depth in SHUFFLED:
        twin = Scorer(randomised(checkpoint, depth, seed))
        for one in explanations:
            options = _again(one)
            if getattr(options, "budget", 0) > SHUFFLED_BUDGET:
                options = options.model_copy(update={"budget": SHUFFLED_BUDGET})
            task = Task(prediction, one.target, one.unit, one.seed, start("sanity", twin))
            after[one.method][depth] = _scores_or_reason(task, one.method, options, units)
    return tuple(sanity(one.method, scores_on(one, units), after[one.method]) for one in explanations)


def _scores_or_reason(task: Task, method: str, options: Options, units: Sequence[Span]) -> Floats | str:
    try:
        return scores_on(METHODS[method].explain(task, options), units)
    except Cancelled:
        raise
    except WorkbenchError as error:
        return error.what


def _named(progress: MethodProgress, name: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(name, done, total)


__all__ = [
    "DEFAULT_METHODS",
    "PARTS",
    "assess",
    "choose_methods",
    "evaluate",
    "explain",
    "explain_one",
    "make_options",
    "method_names",
    "methods_for",
    "options_from_json",
    "parse_unit",
    "provenance",
    "render",
    "save_report",
    "scorer_of",
    "smallest_removal",
    "with_spreads",
    "word_replacements",
]
