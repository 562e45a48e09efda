"""Find the named entities of a text, and explain why one of them was given its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.checkpoints import Checkpoint, require_task
from workbench.errors import IncompatibleError, InputError
from workbench.explainers import METHODS, EntityTask, Options
from workbench.pipeline import columns_of
from workbench.schema import (
    Activation,
    Entity,
    EntityPrediction,
    EntityReport,
    Explanation,
    Prediction,
    Score,
    Span,
    Unit,
)
from workbench.scoring import scorer_of
from workbench.services.methods import make_options, method_names, parse_unit
from workbench.services.running import MethodProgress, named, provenance
from workbench.text import words

ENTITY_METHODS = ("occlusion", "shap", "lime")
_LEAST = 1e-300


def entity_methods() -> dict[str, str | None]:
    """Which methods can explain an entity.

    Returns:
        Name, those that can first, to the reason why it cannot, or none.
    """
    reasons = {name: METHODS[name].entity_obstacle() for name in (*ENTITY_METHODS, *method_names())}
    return dict(sorted(reasons.items(), key=lambda pair: pair[1] is not None))


def entities_report(prediction: EntityPrediction) -> EntityReport:
    """What was found, as a result to keep and to hand on.

    Args:
        prediction: From ``find_entities``.

    Returns:
        A report in which no entity is explained, with the versions of everything that took part.
    """
    return EntityReport(prediction=prediction, provenance=provenance())


def explain_entity_one(
    checkpoint: Checkpoint,
    prediction: EntityPrediction,
    entity: int,
    method: str,
    *,
    unit: Unit = Unit.WORD,
    seed: int = 0,
    options: Options | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Explanation:
    """One method on one entity.

    Args:
        checkpoint: The model that found it.
        prediction: From ``find_entities``.
        entity: Its place among the prediction's entities, from 0.
        method: Registered name.
        unit: Word or sentence.
        seed: Of whatever is random.
        options: The method's options.
        progress: Called with evaluations done and expected.
        cancelled: Asked between batches; true stops.

    Returns:
        Scores of the units that the model read together with the entity; of a text read in windows, those of its
        window.

    Raises:
        InputError: There is no such entity.
        WorkbenchError: The method cannot run, or was cancelled.
    """
    require_task(checkpoint, "entities")
    chosen = _entity(prediction, entity)
    window = prediction.window_of(chosen)
    run = scorer_of(checkpoint).start(progress=progress, cancelled=cancelled)
    task = EntityTask(
        prediction=_question(prediction, chosen, window),
        target=chosen.target,
        unit=unit,
        seed=seed,
        run=run,
        columns=columns_of(checkpoint.labels, prediction.scheme, chosen.type),
        words=tuple(_clipped(word, chosen).moved(-window.start) for word in _words_of(prediction.text, chosen)),
    )
    return _in_the_whole(METHODS[method].explain_entity(task, options), prediction, window)


def explain_entity(
    checkpoint: Checkpoint,
    prediction: EntityPrediction,
    entity: int = 0,
    methods: Sequence[str] = ENTITY_METHODS,
    *,
    unit: str = "word",
    seed: int = 0,
    budget: int | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    progress: MethodProgress | None = None,
) -> EntityReport:
    """Explain why a span has its type.

    Args:
        checkpoint: The model that found it.
        prediction: From ``find_entities``.
        entity: Its place among the prediction's entities, from 0.
        methods: Registered names, or ``all`` that can.
        unit: ``word`` or ``sentence``.
        seed: Of whatever is random.
        budget: Evaluations for each method that has a budget.
        options: Method to its options.
        progress: Called with the method, evaluations done and expected.

    Returns:
        The prediction with the explanations.

    Raises:
        WorkbenchError: In one line, what is wrong and what to do.
    """
    chosen = _chosen(methods)
    given = options or {}
    for name in given:
        if METHODS[name].name not in chosen:
            raise InputError(f"there are options for {name}, which is not asked for", f"add the method {name}")
    settings = {name: make_options(name, given.get(name), budget) for name in chosen}
    explanations = tuple(
        explain_entity_one(
            checkpoint,
            prediction,
            entity,
            name,
            unit=parse_unit(unit),
            seed=seed,
            options=settings[name],
            progress=None if progress is None else named(progress, name),
        )
        for name in chosen
    )
    return EntityReport(prediction=prediction, entity=entity, explanations=explanations, provenance=provenance())


def _chosen(methods: Sequence[str]) -> tuple[str, ...]:
    able = entity_methods()
    if "all" in methods:
        return tuple(name for name, obstacle in able.items() if obstacle is None)
    for name in methods:
        # The registry refuses a name that it does not know.
        obstacle = METHODS[name].entity_obstacle()
        if obstacle:
            known = ", ".join(one for one, reason in able.items() if reason is None)
            raise IncompatibleError(f"{name} does not explain entities: {obstacle}", f"choose {known}")
    return tuple(dict.fromkeys(methods))


def _entity(prediction: EntityPrediction, number: int) -> Entity:
    """The entity of that number, where there is one that can be explained."""
    count = len(prediction.entities)
    if not 0 <= number < count:
        raise InputError(
            f"there is no entity number {number + 1}",
            f"choose one from 1 to {count}" if count else "the text has none; give another text",
        )
    entity = prediction.entities[number]
    if not _words_of(prediction.text, entity):
        raise InputError("the entity has no visible sign", "choose another one")
    return entity


def _words_of(text: str, entity: Entity) -> tuple[Span, ...]:
    return tuple(word for word in words(text) if word.start < entity.end and word.end > entity.start)


def _clipped(word: Span, entity: Entity) -> Span:
    """The part of a word that belongs to an entity: an entity may begin inside one."""
    return Span(start=max(word.start, entity.start), end=min(word.end, entity.end))


def _question(prediction: EntityPrediction, entity: Entity, window: Span) -> Prediction:
    """Whether the span has this type, yes or no, as a prediction on the text that was read with it."""
    columns = columns_of(prediction.labels, prediction.scheme, entity.type)
    rows = [prediction.probabilities[index] for index in entity.tokens]
    chance = min(1.0, float(np.mean([sum(row[column] for column in columns) for row in rows])))
    labels = (entity.type, f"not {entity.type}")
    shares = (chance, 1.0 - chance)
    logits = np.log(np.maximum(shares, _LEAST))
    return Prediction(
        text=window.of(prediction.text) if prediction.windows else prediction.text,
        checkpoint=prediction.checkpoint.model_copy(update={"labels": labels}),
        tokens=(),
        inputs={},
        logits=tuple(map(float, logits)),
        activation=Activation.SOFTMAX,
        probabilities=shares,
        label=labels[int(chance < 0.5)],
        selected=(labels[int(chance < 0.5)],),
        expected_rating=None,
        unread_from=prediction.unread_from,
        token_limit=prediction.token_limit,
    )


def _in_the_whole(found: Explanation, prediction: EntityPrediction, window: Span) -> Explanation:
    """An explanation of a window, placed in the whole text."""
    if not prediction.windows:
        return found
    fields = {name: getattr(found, name) for name in Explanation.model_fields}
    fields |= {
        "text": prediction.text,
        "units": tuple(_moved(unit, window.start) for unit in found.units),
        "unresolved": tuple(phrase.moved(window.start) for phrase in found.unresolved),
        "details": {**found.details, "window_start": float(window.start), "window_end": float(window.end)},
    }
    return Explanation(**fields)


def _moved(unit: Score, by: int) -> Score:
    return unit.model_copy(update={"start": unit.start + by, "end": unit.end + by})
