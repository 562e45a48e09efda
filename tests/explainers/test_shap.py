"""SHAP against closed forms and against the library called directly on a transformers pipeline."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shap
import torch
import transformers

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import InputError
from workbench.explainers import METHODS, Task
from workbench.pipeline import classify
from workbench.schema import Explanation, Target, Unit
from workbench.scoring import Scorer
from workbench.text import words

Ask = Callable[..., Explanation]
# Review and budget.
STOCK = [(0, 100), (1, 100), (2, 100), (3, 200)]


@pytest.fixture
def explain(ask: Ask) -> Ask:
    return partial(ask, method="shap")


def shapley(checkpoint: Checkpoint, text: str, column: int, *, logit: bool) -> tuple[list[float], float, float]:
    """Shapley values by their definition, over all subsets of words, each evaluated by the bare model."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        Path(checkpoint.name), dtype="float32"
    ).eval()
    pieces = text.split()
    count = len(pieces)

    def value(kept: frozenset[int]) -> float:
        masked = " ".join(
            piece if index in kept else checkpoint.tokenizer.mask_token for index, piece in enumerate(pieces)
        )
        with torch.inference_mode():
            logits = model(**checkpoint.tokenizer(masked, return_tensors="pt")).logits[0].double()
        return float(logits[column] if logit else logits.softmax(-1)[column])

    every = range(count)
    worth = {frozenset(kept): value(frozenset(kept)) for size in range(count + 1) for kept in combinations(every, size)}
    values = []
    for word in every:
        total = 0.0
        for kept in (kept for kept in worth if word not in kept):
            weight = math.factorial(len(kept)) * math.factorial(count - len(kept) - 1) / math.factorial(count)
            total += weight * (worth[kept | {word}] - worth[kept])
        values.append(total)
    return values, worth[frozenset()], worth[frozenset(every)]


@pytest.mark.parametrize("text", ["good", "the food was cold", "we hated the slow staff but not the room"])
@pytest.mark.parametrize(("target", "column", "logit"), [("2 stars", 1, False), ("logit:5 stars", 4, True)])
def test_short_texts_get_exact_shapley_values(
    tiny: Checkpoint, explain: Ask, text: str, target: str, column: int, logit: bool
) -> None:
    values, base, full = shapley(tiny, text, column, logit=logit)
    found = explain(tiny, text, target=target)
    assert [unit.score for unit in found.units] == pytest.approx(values, abs=1e-5)
    assert (found.base_value, found.full_value) == pytest.approx((base, full), abs=1e-5)
    assert found.details["algorithm"] == "exact"


@pytest.mark.parametrize("text", ["good", "the food was cold", "the food was cold and the room was not clean, " * 2])
def test_a_head_of_a_single_label(make_checkpoint: Callable[..., Path], explain: Ask, text: str) -> None:
    """The library leaves out the axis of a single output."""
    single = load_checkpoint(str(make_checkpoint(("good",))), device="cpu")
    found = explain(single, text, target="good", budget=40)
    assert found.full_value == pytest.approx(classify(single, text).probabilities[0], abs=1e-5)
    assert abs(found.gap()) < 1e-5


def test_exact_values_of_token_units(tiny: Checkpoint, explain: Ask) -> None:
    """Where each word is one token, tokens and words are the same players."""
    text = "we hated the cold food"
    by_word, by_token = explain(tiny, text), explain(tiny, text, unit=Unit.TOKEN)
    named = {unit.text: unit.score for unit in by_token.units if unit.text}
    assert named == pytest.approx({unit.text: unit.score for unit in by_word.units}, abs=1e-5)


def test_exact_is_asked_for_each_subset_and_makes_each_once(tiny: Checkpoint, explain: Ask) -> None:
    found = explain(tiny, "the food was cold")
    assert found.evaluations.made == 2**4
    assert found.evaluations.asked >= 2**4


def test_the_budget_bounds_what_is_asked(tiny: Checkpoint, explain: Ask, reviews: tuple[str, ...]) -> None:
    for budget in (20, 60, 200):
        found = explain(tiny, reviews[3], budget=budget)
        assert found.evaluations.asked <= budget + 10
        assert found.details["algorithm"] == "partition"


def test_the_choice_of_algorithm(tiny: Checkpoint, explain: Ask) -> None:
    text = "the food was good but we hated the staff . . ."  # ten words
    assert explain(tiny, "we hated the slow cold food").details["algorithm"] == "exact"
    assert explain(tiny, "we hated the slow cold food", exact_up_to=5).details["algorithm"] == "partition"
    assert explain(tiny, "we hated the slow cold food", algorithm="partition").details["algorithm"] == "partition"
    assert explain(tiny, text, algorithm="exact").details["algorithm"] == "exact"


def test_too_many_subsets_are_refused(tiny: Checkpoint, explain: Ask, reviews: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="too many subsets for exact values .*; set the algorithm to"):
        explain(tiny, reviews[3], algorithm="exact")


def test_the_whole_text_is_evaluated_as_it_stands(tiny_bpe: Checkpoint, explain: Ask) -> None:
    """The library's masker folds white space and drops zero bytes, which other tokenizers read."""
    for text in ("  good \n\n\t room  ", "good\x00bad room", "a  b   c d e f g h i j k l m"):
        found = explain(tiny_bpe, text, target="POSITIVE")
        own = classify(tiny_bpe, text).probabilities[1]
        assert found.full_value == pytest.approx(own, abs=1e-6)
        assert sum(unit.score for unit in found.units) == pytest.approx(own - (found.base_value or 0), abs=1e-5)


def test_bytes_of_one_sign_are_one_unit(tiny_bpe: Checkpoint, explain: Ask) -> None:
    text = "good 良い room"
    tokens = [token.span.of(text) for token in classify(tiny_bpe, text).tokens if token.span]
    assert tokens.count("良") > 1
    found = explain(tiny_bpe, text, unit=Unit.TOKEN, algorithm="exact", exact_up_to=16)
    assert [unit.text for unit in found.units].count("良") == 1
    assert found.evaluations.made <= 2 ** len(found.units)


def test_linear_in_the_target(tiny: Checkpoint, explain: Ask) -> None:
    """Shapley values are linear: those of the contrast and of the expected rating follow from the labels' own."""
    text = "we hated the cold food"

    def scores(target: str) -> np.ndarray:
        return np.array([unit.score for unit in explain(tiny, text, target=target).units])

    np.testing.assert_allclose(scores("5 stars - 1 star"), scores("logit:5 stars") - scores("logit:1 star"), atol=1e-5)
    ratings = sum(rating * scores(label) for rating, label in enumerate(tiny.labels, start=1))
    np.testing.assert_allclose(scores("expected"), ratings, atol=1e-5)


class StockWords:
    """Words as a tokenizer for the stock masker."""

    def __call__(self, text: str, return_offsets_mapping: bool = True) -> dict[str, Any]:
        spans = words(text)
        return {"input_ids": list(range(len(spans))), "offset_mapping": [(span.start, span.end) for span in spans]}


@pytest.mark.slow
@pytest.mark.parametrize(("number", "budget"), STOCK)
def test_words_equal_the_stock_library(
    stars: Checkpoint, pipe: Any, explain: Ask, reviews: tuple[str, ...], number: int, budget: int
) -> None:
    text = reviews[number]
    found = explain(stars, text, budget=budget, seed=11)
    masker = shap.maskers.Text(StockWords(), mask_token="[MASK]", collapse_mask_token=False)
    np.random.seed(11)
    stock = shap.Explainer(pipe, masker)([text], max_evals=budget, silent=True)
    column = stars.labels.index(found.target.label or "")
    assert [unit.score for unit in found.units] == pytest.approx(stock.values[0][:, column].tolist(), abs=1e-4)
    assert found.base_value == pytest.approx(stock.base_values[0][column], abs=1e-4)
    assert stock.output_names == list(stars.labels)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "budget"), STOCK)
def test_tokens_equal_the_stock_defaults(
    stars: Checkpoint, pipe: Any, explain: Ask, reviews: tuple[str, ...], number: int, budget: int
) -> None:
    text = reviews[number]
    found = explain(stars, text, unit=Unit.TOKEN, budget=budget, algorithm="partition", seed=11)
    np.random.seed(11)
    stock = shap.Explainer(pipe)([text], max_evals=budget, silent=True)
    column = stars.labels.index(found.target.label or "")
    values = stock.values[0][:, column]
    inner = [unit.score for unit in found.units if unit.end > unit.start]
    assert inner == pytest.approx(values[1:-1].tolist(), abs=1e-4)
    # What an unresolved phrase shares out to the special tokens stands in units without width at the ends.
    ends = {unit.start: unit.score for unit in found.units if unit.end == unit.start}
    assert ends.get(0, 0.0) == pytest.approx(values[0], abs=1e-4)
    assert ends.get(len(text), 0.0) == pytest.approx(values[-1], abs=1e-4)
    assert found.base_value == pytest.approx(stock.base_values[0][column], abs=1e-4)


@pytest.mark.slow
def test_another_target_of_the_stock_library(
    stars: Checkpoint, pipe: Any, explain: Ask, reviews: tuple[str, ...]
) -> None:
    found = explain(stars, reviews[0], target="expected", budget=100)
    masker = shap.maskers.Text(StockWords(), mask_token="[MASK]", collapse_mask_token=False)
    np.random.seed(0)
    stock = shap.explainers.Partition(shap.models.TransformersPipeline(pipe), masker)(
        [reviews[0]], max_evals=100, silent=True
    )
    expected = stock.values[0] @ np.array([1, 2, 3, 4, 5])
    assert [unit.score for unit in found.units] == pytest.approx(expected.tolist(), abs=1e-4)


def test_side_by_side_gives_what_alone_gives(tiny: Checkpoint, reviews: tuple[str, ...]) -> None:
    """Ties are broken at random; each run has a seed of its own though all draw from one generator."""
    jobs = [(text, seed) for text in reviews[1:] for seed in (0, 1, 2)]

    def one(scorer: Scorer, text: str, seed: int) -> list[float]:
        prediction = classify(tiny, text)
        task = Task(prediction, Target(kind="expected"), Unit.WORD, seed, scorer.start())
        return [unit.score for unit in METHODS["shap"].explain(task, METHODS["shap"].options(budget=100)).units]

    expected = [one(Scorer(tiny), text, seed) for text, seed in jobs]
    np.random.seed(7)
    before = np.random.get_state()[1].tolist()
    shared = Scorer(tiny, positions=512)
    with ThreadPoolExecutor(len(jobs)) as pool:
        found = list(pool.map(lambda job: one(shared, *job), jobs))
    for scores, wanted in zip(found, expected, strict=True):
        assert scores == pytest.approx(wanted, abs=1e-5)
    assert np.random.get_state()[1].tolist() == before
