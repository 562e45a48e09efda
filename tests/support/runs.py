"""Saved runs made by hand: no model takes part."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from workbench.schema import (
    Activation,
    CheckpointInfo,
    Compared,
    Comparison,
    Entity,
    EntityPrediction,
    EntityReport,
    Evaluations,
    Explanation,
    Pair,
    Prediction,
    Report,
    SavedRun,
    Scheme,
    Score,
    Span,
    Strategy,
    Target,
    Token,
    Unit,
)

STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")


def prediction(text: str, checkpoint: str = "stars", label: str = "5 stars") -> Prediction:
    chances = tuple(0.6 if one == label else 0.1 for one in STARS)
    return Prediction(
        text=text,
        checkpoint=CheckpointInfo(
            name=checkpoint, fingerprint=f"sha256:{checkpoint}", architecture="Bert", labels=STARS
        ),
        tokens=(),
        inputs={},
        logits=(0.0,) * len(STARS),
        activation=Activation.SOFTMAX,
        probabilities=chances,
        label=label,
        selected=(label,),
        expected_rating=sum(star * chance for star, chance in enumerate(chances, 1)),
        unread_from=None,
        token_limit=48,
    )


def explanation(said: Prediction, method: str = "shap") -> Explanation:
    return Explanation(
        method=method,
        target=Target(kind="expected"),
        checkpoint=said.checkpoint,
        unit=Unit.SENTENCE,
        text=said.text,
        units=(Score(text=said.text, start=0, end=len(said.text), score=0.25),),
        base_value=0.5,
        full_value=0.75,
        additive=True,
        signed=True,
        seed=0,
        options={"budget": 500},
        evaluations=Evaluations(asked=10, made=8),
        seconds=0.5,
        details={"r2": 0.1},
    )


def report(text: str, checkpoint: str = "stars", label: str = "5 stars", methods: Sequence[str] = ("shap",)) -> Report:
    said = prediction(text, checkpoint, label)
    return Report(prediction=said, explanations=tuple(explanation(said, method) for method in methods))


def comparison(text: str, checkpoints: Sequence[str], labels: Sequence[str], method: str = "shap") -> Comparison:
    said = [prediction(text, name, label) for name, label in zip(checkpoints, labels, strict=True)]
    return Comparison(
        text=text,
        checkpoints=tuple(Compared(prediction=one, explanation=explanation(one, method), scale=None) for one in said),
        pairs=tuple(
            Pair(checkpoints=(first, second), signed=True, units=(), figures={}, conflicts=())
            for at, first in enumerate(checkpoints)
            for second in checkpoints[at + 1 :]
        ),
        comparable=True,
    )


def named(
    text: str = "Tim Cook likes Cupertino.",
    names: Sequence[tuple[str, str]] = (("Tim Cook", "PER"), ("Cupertino", "LOC")),
    entity: int | None = None,
    methods: Sequence[str] = ("occlusion",),
    checkpoint: str = "tagger",
) -> EntityReport:
    """Entities that stand in a text, each of one token, and one of them explained if wanted."""
    labels = ("O", "PER", "LOC")
    info = CheckpointInfo(name=checkpoint, fingerprint=f"sha256:{checkpoint}", architecture="BertTags", labels=labels)
    placed = [(text.index(name), text.index(name) + len(name), name, kind) for name, kind in names]
    said = EntityPrediction(
        text=text,
        checkpoint=info,
        tokens=tuple(Token(id=7, text=name, span=Span(start=start, end=end)) for start, end, name, _ in placed),
        probabilities=tuple(tuple(0.8 if label == kind else 0.1 for label in labels) for *_, kind in placed),
        scheme=Scheme.PLAIN,
        strategy=Strategy.SIMPLE,
        entities=tuple(
            Entity(type=kind, start=start, end=end, text=name, score=0.8, tokens=(place,))
            for place, (start, end, name, kind) in enumerate(placed)
        ),
        unread_from=None,
        token_limit=48,
    )
    if entity is None:
        return EntityReport(prediction=said, provenance={"workbench": "0.1.0"})
    asked = {"text": text, "checkpoint": info, "target": said.entities[entity].target}
    whole = explanation(prediction(text))
    found = tuple(whole.model_copy(update={**asked, "method": method}) for method in methods)
    return EntityReport(prediction=said, entity=entity, explanations=found, provenance={"workbench": "0.1.0"})


def saved(number: int = 1, text: str = "Good food, rude waiter.", **given: Any) -> SavedRun:
    """A run whose id and time follow from a number."""
    facts = {name: given.pop(name) for name in ("checkpoint", "label", "methods") if name in given}
    return SavedRun(
        **{
            "id": f"run-{number:06d}",
            "created": datetime.fromtimestamp(1_750_000_000 + 60 * number, UTC),
            "result": report(text, **facts),
            "seconds": 1.5,
            **given,
        }
    )
