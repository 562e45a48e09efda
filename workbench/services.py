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
from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError, InputError
from workbench.explainers import METHODS, Options, Task
from workbench.pipeline import classify, classify_many, parse_target
from workbench.reports import Report, format_of
from workbench.schema import Explanation, Prediction, Target, Unit
from workbench.scoring import Scorer
from workbench.tables import Row, match_label
from workbench.trust import Accuracy, measure

DEFAULT_METHODS = ("shap", "lime", "attention-rollout")
_LIBRARIES = ("torch", "transformers", "shap", "lime", "bertviz", "numpy")

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
    return Report(prediction=prediction, explanations=tuple(explanations), provenance=provenance())


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


def _named(progress: MethodProgress, name: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(name, done, total)


__all__ = [
    "DEFAULT_METHODS",
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
]
