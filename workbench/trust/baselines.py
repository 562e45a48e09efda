"""Baseline audit: what the model says of texts that say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from workbench.pipeline import encode_rows, target_values
from workbench.schema import Activation, Answer, Baseline
from workbench.trust.base import Family, measure_all
from workbench.trust.removal import Game, Removal, answer


@dataclass(frozen=True)
class Stance:
    """The evidence of the family ``baseline``: the answer on a text that says nothing.

    Attributes:
        answer: The model's.
        ratings: The number that each label stands for, where they are ordinal.
        activation: How the probabilities came about.
    """

    answer: Answer
    ratings: tuple[int, ...] | None
    activation: Activation


def audit(game: Game) -> tuple[Baseline, ...]:
    """Ask the model about the masked, the empty and the padded text.

    Args:
        game: The review; its target is evaluated.

    Returns:
        One entry a baseline; those without which the tokenizer can do are left out.
    """
    run = game.run
    texts = dict(_texts(game))
    logits = run.logits(list(texts.values()))
    values = target_values(run.checkpoint, game.target, logits)
    return tuple(
        _entry(game, name, text, answer(run, row), float(value))
        for (name, text), row, value in zip(texts.items(), logits, values, strict=True)
    )


def _texts(game: Game) -> Iterator[tuple[str, str]]:
    """Texts that say nothing; where the review is read in windows, those of the first stand for all."""
    checkpoint, nothing = game.run.checkpoint, np.zeros((1, len(game.units)), dtype=bool)
    yield "masked", game.removing_by(Removal.MASK).texts(nothing)[0]
    if encode_rows(checkpoint, [""])[0]:
        yield "empty", ""
    tokenizer = checkpoint.tokenizer
    if tokenizer.pad_token:
        padded = tokenizer.pad_token * len(game.parts[0].units)
        # Some tokenizers read their own pad token as plain text; then this is no baseline.
        if set(encode_rows(checkpoint, [padded])[0]) <= {tokenizer.pad_token_id, *tokenizer.all_special_ids}:
            yield "padded", padded


def _entry(game: Game, name: str, text: str, given: Answer, value: float) -> Baseline:
    checkpoint = game.run.checkpoint
    figures = measure_all(Family.BASELINE, Stance(given, checkpoint.ratings, checkpoint.activation))
    neutral = (figures["baseline_lean"].value or 0.0) <= 1.0
    return Baseline(
        name=name,
        text=text,
        answer=given,
        target_value=value,
        figures=figures,
        neutral=neutral,
        warning=None if neutral else _warning(name, given, game.target.phrase(), value),
    )


def _warning(name: str, given: Answer, target: str, value: float) -> str:
    chance = given.probabilities[given.label]
    rating = "" if given.expected_rating is None else f", expected rating {given.expected_rating:.2f}"
    effect = {
        "masked": f"SHAP's scores are relative to it: they explain how the review moves the {target} away from "
        f"{value:.2f}, so a score near zero means no change from there, not no opinion",
        "empty": "texts with most words deleted, as LIME makes them, are drawn towards it",
        "padded": "integrated gradients from a padded text, and SHAP in tools that mask by padding, start from it",
    }[name]
    return f"On the {name} text the model already says {given.label} ({chance:.2f}{rating}); {effect}."
