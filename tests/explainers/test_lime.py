"""LIME against the library called directly on a transformers pipeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from lime.lime_text import LimeTextExplainer

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.explainers import METHODS, Task
from workbench.explainers.lime_method import LimeOptions
from workbench.pipeline import classify, parse_target
from workbench.schema import Explanation, Unit
from workbench.scoring import Scorer
from workbench.services import make_options
from workbench.text import words

Ask = Callable[..., Explanation]


@pytest.fixture
def explain(ask: Ask) -> Ask:
    return partial(ask, method="lime")


def test_the_words_with_no_sample_lost(tiny: Checkpoint, explain: Ask) -> None:
    found = explain(tiny, "the food was cold", budget=300)
    assert found.evaluations.asked == 300
    # Four words have sixteen subsets, and no text more is evaluated.
    assert found.evaluations.made <= 16
    assert set(found.details) == {"r2", "intercept", "local_prediction"}
    assert found.base_value == found.details["intercept"]
    total = sum(unit.score for unit in found.units) + float(found.details["intercept"])
    assert total == pytest.approx(found.details["local_prediction"], abs=1e-9)


def test_a_bag_gives_every_occurrence_one_score(tiny: Checkpoint, explain: Ask) -> None:
    text = "the food the room was the cold"
    bag, places = explain(tiny, text, perturbation="bag", budget=200), explain(tiny, text, budget=200)
    scores = [unit.score for unit in bag.units if unit.text == "the"]
    assert len(scores) == 3
    assert len(set(scores)) == 1
    assert len({unit.score for unit in places.units if unit.text == "the"}) == 3
    assert bag.evaluations.made <= 2**5


def test_other_seeds_draw_other_samples(tiny: Checkpoint, explain: Ask, reviews: tuple[str, ...]) -> None:
    one, two = (explain(tiny, reviews[0], seed=seed, budget=50) for seed in (1, 2))
    assert [unit.score for unit in one.units] != [unit.score for unit in two.units]


def test_the_mask_token_stands_for_what_is_missing(tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    scorer = Scorer(tiny)
    run = scorer.start()
    logits = run.logits

    def watched(texts: Sequence[str]) -> Any:
        seen.extend(texts)
        return logits(texts)

    monkeypatch.setattr(run, "logits", watched)
    prediction = classify(tiny, "good room")
    task = Task(prediction, parse_target("predicted", prediction), Unit.WORD, 0, run)
    METHODS["lime"].explain(task, LimeOptions(perturbation="mask", budget=50))
    assert set(seen) <= {"good room", "[MASK] room", "good [MASK]", "[MASK] [MASK]"}
    assert len(set(seen)) >= 3


@pytest.mark.parametrize(
    ("method", "values", "message"),
    [
        ("lime", {"budget": 5}, "'budget' of lime cannot be 5"),
        ("lime", {"perturbation": "replace"}, "'perturbation' of lime cannot be 'replace'"),
        ("lime", {"samples": 5}, "lime has no option 'samples'; its options: budget, perturbation, kernel_width"),
        ("lime", {"kernel_width": 0}, "'kernel_width' of lime cannot be 0"),
        ("shap", {"exact_up_to": 99}, "'exact_up_to' of shap cannot be 99"),
        ("shap", {"budget": "many"}, "'budget' of shap cannot be 'many'"),
        ("attention-rollout", {"budget": 5}, "its options: none"),
    ],
)
def test_options_out_of_bounds_are_named(method: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_options(method, values)


def test_a_budget_goes_to_the_methods_that_have_one() -> None:
    assert make_options("lime", budget=70).model_dump()["budget"] == 70
    assert make_options("lime", {"budget": 80}, budget=70).model_dump()["budget"] == 80
    assert "budget" not in make_options("attention-rollout", budget=70).model_dump()
    assert make_options("lime", {"budget": "60", "kernel_width": "3.5"}).model_dump()["kernel_width"] == 3.5


CASES = [
    (0, 80, Unit.WORD, "delete"),
    (1, 80, Unit.WORD, "mask"),
    (2, 80, Unit.WORD, "bag"),
    (2, 80, Unit.TOKEN, "delete"),
    (0, 80, Unit.TOKEN, "mask"),
    (1, 80, Unit.TOKEN, "bag"),
    (3, 200, Unit.WORD, "delete"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "budget", "unit", "perturbation"), CASES)
def test_equals_the_stock_library(
    stars: Checkpoint,
    pipe: Any,
    explain: Ask,
    reviews: tuple[str, ...],
    number: int,
    budget: int,
    unit: Unit,
    perturbation: str,
) -> None:
    text = reviews[number]
    found = explain(stars, text, unit=unit, budget=budget, perturbation=perturbation, seed=5)
    offsets = stars.tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)["offset_mapping"]
    by_token = [text[start:end] for start, end in offsets]
    pieces = [span.of(text) for span in words(text)] if unit is Unit.WORD else by_token

    def classifier(texts: Sequence[str]) -> np.ndarray:
        answers = pipe(list(texts), batch_size=1)
        return np.array(
            [[{one["label"]: one["score"] for one in answer}[label] for label in stars.labels] for answer in answers]
        )

    stock = LimeTextExplainer(
        class_names=list(stars.labels),
        feature_selection="none",
        split_expression=lambda _: pieces,
        bow=perturbation == "bag",
        mask_string="[MASK]" if perturbation == "mask" else "",
        random_state=5,
    )
    column = stars.labels.index(found.target.label or "")
    answer = stock.explain_instance(text, classifier, labels=(column,), num_features=len(pieces), num_samples=budget)
    assert [unit.text for unit in found.units] == pieces
    if perturbation == "bag":
        weights: dict[Any, float] = dict(answer.as_list(column))
        expected = [weights[piece] for piece in pieces]
    else:
        by_place = dict(answer.local_exp[column])
        expected = [by_place[index] for index in range(len(pieces))]
    assert [unit.score for unit in found.units] == pytest.approx(expected, abs=1e-4)
    assert found.details["r2"] == pytest.approx(answer.score, abs=1e-4)
    assert found.base_value == pytest.approx(answer.intercept[column], abs=1e-4)
