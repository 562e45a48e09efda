"""Explain one prediction with one method or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.explainers import METHODS, Options, Task
from workbench.pipeline import classify, parse_target
from workbench.schema import Explanation, Prediction, Report, Target, Unit
from workbench.scoring import scorer_of
from workbench.services.assessing import assess, with_spreads
from workbench.services.methods import DEFAULT_METHODS, choose_methods, make_options, parse_unit
from workbench.services.running import MethodProgress, named, provenance


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
    windows: bool = False,
    progress: MethodProgress | None = None,
) -> Report:
    """Predict a text and explain the prediction.

    Args:
        checkpoint: From ``load_checkpoint``.
        text: The text.
        methods: Registered names, or ``all``.
        target: ``predicted``, a label, ``logit:LABEL``, ``expected`` or ``LABEL - LABEL``.
        unit: ``word``, ``token`` or ``sentence``.
        seed: Of whatever is random.
        budget: Evaluations for each method that has a budget.
        options: Method to its options.
        trust: Assess the methods too; scores of sampling methods then carry their spread over seeds.
        windows: Read a text that is longer than the model reads at once whole, in overlapping windows.
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
    prediction = classify(checkpoint, text, windows=windows)
    wanted = parse_target(target, prediction)
    explanations = []
    for name in chosen:
        watch = None if progress is None else named(progress, name)
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
