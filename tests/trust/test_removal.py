"""The perturbed texts are those of the libraries, so that nothing is evaluated twice."""

from __future__ import annotations

import numpy as np
import pytest

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.pipeline import classify, perturbed
from workbench.schema import Target, Unit
from workbench.scoring import Scorer, scorer_of
from workbench.text import words
from workbench.trust import Game, Removal, contest, scores_on
from workbench.trust.search import all_subsets

TEXTS = ("the food was good", "  Never again!!  (slow,\tcold)\n", "don't — 😀 café", "one")


@pytest.mark.parametrize("text", TEXTS)
def test_masked_texts_are_those_of_shap(text: str) -> None:
    shap = pytest.importorskip("shap")
    units = words(text)

    def tokenizer(piece: str, return_offsets_mapping: bool = True) -> dict[str, list[object]]:
        found = words(piece)
        return {"input_ids": list(range(len(found))), "offset_mapping": [(span.start, span.end) for span in found]}

    masker = shap.maskers.Text(tokenizer, mask_token="[MASK]", collapse_mask_token=False)
    for kept in all_subsets(len(units))[:-1]:
        assert perturbed(text, units, list(kept), "[MASK]") == masker(kept, text)[0][0]


@pytest.mark.parametrize("text", TEXTS)
def test_deleted_texts_are_those_of_lime(text: str) -> None:
    from lime.lime_text import IndexedString

    units = words(text)
    indexed = IndexedString(
        text, split_expression=lambda piece: [span.of(piece) for span in words(piece)], bow=False, mask_string=""
    )
    for kept in all_subsets(len(units)):
        expected = indexed.inverse_removing([int(unit) for unit in np.flatnonzero(~kept)])
        assert perturbed(text, units, list(kept)) == expected


@pytest.mark.parametrize("mask", ["[MASK]", None])
def test_text_with_all_units_is_the_text(mask: str | None) -> None:
    text = "  two   words \n"
    assert perturbed(text, words(text), [True, True], mask) == text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tiny", "tiny_bpe"])
@pytest.mark.parametrize("unit", [Unit.WORD, Unit.SENTENCE])
def test_nothing_new_is_evaluated_after_exact_shap(name: str, unit: Unit, request: pytest.FixtureRequest) -> None:
    checkpoint: Checkpoint = request.getfixturevalue(name)
    prediction = classify(checkpoint, "The food was  very good. But slow!")
    target = Target(kind="probability", label=prediction.label)
    explanation = services.explain_one(checkpoint, prediction, "shap", target=target, unit=unit)
    run = scorer_of(checkpoint).start()
    units = tuple(score.span for score in explanation.units)
    found = contest(Game(run, prediction, units, target), units, {"shap": scores_on(explanation, units)})
    assert run.asked >= 2 ** len(units)
    assert run.made == 0
    assert found.reference.full_value == pytest.approx(explanation.full_value)
    assert found.reference.empty_value == pytest.approx(explanation.base_value)


def test_game_counts_and_evaluates_the_target(tiny: Checkpoint) -> None:
    prediction = classify(tiny, "the food was good")
    units = words(prediction.text)
    game = Game(Scorer(tiny).start(), prediction, units, Target(kind="expected"), Removal.DELETE)
    values = game(np.array([[True] * 4, [True, True, False, False]]))
    assert values[0] == pytest.approx(prediction.expected_rating, abs=1e-5)
    assert values[1] == pytest.approx(classify(tiny, "the food").expected_rating, abs=1e-5)
    assert game.run.evaluations.made == 2
