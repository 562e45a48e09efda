"""Why a span has its type: against all subsets, against two predictions, and against a tagger with a known answer."""

from __future__ import annotations

import re
from itertools import combinations
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from transformers.modeling_outputs import TokenClassifierOutput

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import Cancelled, IncompatibleError, InputError
from workbench.explainers import METHODS, EntityTask
from workbench.pipeline import columns_of, find_entities, perturbed
from workbench.schema import Entity, Explanation, Span, Target, Unit
from workbench.scoring import Scorer
from workbench.services import entity_methods, explain_entity, explain_entity_one
from workbench.services.finding import _question
from workbench.text import words

ABLE = ("occlusion", "shap", "lime")
TEXT = "we loved staff , very good food"


class NextConfig(transformers.PretrainedConfig):
    """Tagging by a token and the one before it."""

    model_type = "workbench-next"

    def __init__(self, vocab_size: int = 1, **others: Any) -> None:
        super().__init__(**others)
        self.vocab_size = vocab_size


class NextForTokenClassification(transformers.PreTrainedModel):
    """The logits of a token are a row of its own plus a row of the token before it."""

    config_class = NextConfig

    def __init__(self, config: NextConfig) -> None:
        super().__init__(config)
        self.own = nn.Embedding(config.vocab_size, config.num_labels)
        self.before = nn.Embedding(config.vocab_size, config.num_labels)
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        return self.own

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_others: Any) -> TokenClassifierOutput:
        left = torch.roll(self.before(input_ids), 1, dims=1)
        left[:, 0] = 0
        return TokenClassifierOutput(logits=self.own(input_ids) + left)


transformers.AutoConfig.register("workbench-next", NextConfig, exist_ok=True)
transformers.AutoModelForTokenClassification.register(NextConfig, NextForTokenClassification, exist_ok=True)


@pytest.fixture(scope="module")
def known(tiny_tags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """PER where "staff" stands (logit 1), and more so right after "loved" (3 more); nothing else matters."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_tags_folder)
    names = {0: "O", 1: "B-PER", 2: "I-PER"}
    config = NextConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=48,
        id2label=names,
        label2id={name: index for index, name in names.items()},
    )
    model = NextForTokenClassification(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        model.own.weight[:, 2] = -9.0
        model.own.weight[:, 1] = -9.0
        model.own.weight[tokenizer.convert_tokens_to_ids("[MASK]"), 1] = 0.0
        model.own.weight[tokenizer.convert_tokens_to_ids("staff"), 1] = 1.0
        model.before.weight[tokenizer.convert_tokens_to_ids("loved"), 1] = 3.0
    place = tmp_path_factory.mktemp("checkpoint") / "next"
    model.save_pretrained(place)
    tokenizer.save_pretrained(place)
    return load_checkpoint(str(place), device="cpu")


def task_of(checkpoint: Checkpoint, text: str, span: Span, kind: str, unit: Unit = Unit.WORD) -> EntityTask:
    """A question about any span, found or not."""
    prediction = find_entities(checkpoint, text, strategy="none")
    entity = Entity(type=kind, start=span.start, end=span.end, text=span.of(text), score=1.0, tokens=(1,))
    return EntityTask(
        prediction=_question(prediction, entity, Span(start=0, end=len(text))),
        target=Target(kind="entity", label=kind, span=span),
        unit=unit,
        seed=0,
        run=Scorer(checkpoint).start(),
        columns=columns_of(checkpoint.labels, prediction.scheme, kind),
        words=tuple(word for word in words(text) if word.start >= span.start and word.end <= span.end),
    )


def value(checkpoint: Checkpoint, text: str, places: list[int], kind: str) -> float:
    """The target by its definition, on a text and the first characters of the span's words."""
    prediction = find_entities(checkpoint, text)
    columns = [index for index, label in enumerate(prediction.labels) if label.endswith(f"-{kind}")]
    total = 0.0
    for place in places:
        row = next(
            row
            for token, row in zip(prediction.tokens, prediction.probabilities, strict=True)
            if token.span and token.span.end > place >= token.span.start
        )
        total += sum(row[column] for column in columns)
    return total / len(places)


def sigmoid(odds: float) -> float:
    """The share of PER where its logit is ``odds`` and that of O nought; I-PER has a logit of -9."""
    return float(np.exp(odds) + np.exp(-9)) / float(1 + np.exp(odds) + np.exp(-9))


def test_the_value_is_the_known_one(known: Checkpoint) -> None:
    (entity,) = find_entities(known, TEXT).entities
    assert (entity.type, entity.text) == ("PER", "staff")
    explanation = explain_entity_one(known, find_entities(known, TEXT), 0, "occlusion")
    assert explanation.full_value == pytest.approx(sigmoid(4.0), abs=1e-3)
    scores = {unit.text: unit.score for unit in explanation.units}
    # Without "loved" before it 1 is left of 4; masked in its own place the mask's 0 and the 3 of "loved".
    assert scores["loved"] == pytest.approx(sigmoid(4.0) - sigmoid(1.0), abs=1e-3)
    assert scores["staff"] == pytest.approx(sigmoid(4.0) - sigmoid(3.0), abs=1e-3)
    assert [scores[word] for word in ("we", ",", "very", "good", "food")] == pytest.approx([0.0] * 5, abs=1e-6)
    assert explanation.target == Target(kind="entity", label="PER", span=entity.span)


@pytest.mark.parametrize("method", ABLE)
def test_methods_find_the_word_that_matters(known: Checkpoint, method: str) -> None:
    explanation = explain_entity_one(known, find_entities(known, TEXT), 0, method)
    first, second, *_ = sorted(explanation.units, key=lambda unit: -unit.score)
    assert {first.text, second.text} == {"loved", "staff"}
    assert explanation.evaluations.made <= explanation.evaluations.asked
    assert Explanation.model_validate_json(explanation.model_dump_json()) == explanation


@pytest.mark.parametrize("kind", ["tiny_tags", "tiny_tags_bpe", "tiny_tags_unigram"])
@pytest.mark.parametrize("replacement", ["delete", "mask"])
def test_occlusion_is_the_difference_of_two_predictions(
    request: pytest.FixtureRequest, kind: str, replacement: str
) -> None:
    checkpoint = request.getfixturevalue(kind)
    span = Span(start=3, end=14)  # "loved staff"
    mask = checkpoint.tokenizer.mask_token
    task = task_of(checkpoint, TEXT, span, "LOC")
    method = METHODS["occlusion"]
    found = method.explain_entity(task, method.options(replacement=replacement))
    full = value(checkpoint, TEXT, [3, 9], "LOC")
    assert found.full_value == pytest.approx(full, abs=1e-5)
    units = words(TEXT)
    for number, unit in enumerate(found.units):
        inside = span.start <= unit.start < span.end
        kept = [other != number for other in range(len(units))]
        if inside and replacement == "delete":
            other = TEXT[: unit.start] + mask + TEXT[unit.end :]
        else:
            other = perturbed(TEXT, units, kept, mask if replacement == "mask" else None)
        first = other.index("loved") if "loved" in other else other.index(mask)
        second = other.index("staff") if "staff" in other else other.index(mask)
        assert unit.score == pytest.approx(full - value(checkpoint, other, [first, second], "LOC"), abs=1e-5)


@pytest.mark.parametrize("kind", ["tiny_tags", "tiny_tags_bpe", "tiny_tags_unigram"])
def test_shap_is_the_shapley_value_over_all_subsets(request: pytest.FixtureRequest, kind: str) -> None:
    checkpoint = request.getfixturevalue(kind)
    text, span = "we loved staff , not staff", Span(start=3, end=14)
    units = words(text)
    count = len(units)
    mask = checkpoint.tokenizer.mask_token

    def game(kept: frozenset[int]) -> float:
        written = perturbed(text, units, [number in kept for number in range(count)], mask)
        # Units in order, each its word or the mask: so their places can be counted out.
        places = [item.start() for item in re.finditer(f"{re.escape(mask)}|[a-z]+|,", written)]
        assert len(places) == count
        return value(checkpoint, written, [places[1], places[2]], "PER")

    known_values = {
        frozenset(some): game(frozenset(some)) for size in range(count + 1) for some in combinations(range(count), size)
    }
    expected = [
        sum(
            (known_values[some | {unit}] - known_values[some]) / (count * comb(count - 1, len(some)))
            for some in known_values
            if unit not in some
        )
        for unit in range(count)
    ]
    found = METHODS["shap"].explain_entity(task_of(checkpoint, text, span, "PER"))
    assert [unit.score for unit in found.units] == pytest.approx(expected, abs=1e-5)
    assert found.base_value == pytest.approx(known_values[frozenset()], abs=1e-5)
    assert found.details["algorithm"] == "exact"


def test_shap_on_longer_texts_adds_up_and_follows_the_phrases_of_the_words(tiny_tags: Checkpoint) -> None:
    text = "the staff were very good, and we loved the film; the room was not clean"
    found = METHODS["shap"].explain_entity(task_of(tiny_tags, text, Span(start=4, end=9), "LOC"))
    assert found.details["algorithm"] == "partition"
    assert found.gap() == pytest.approx(0.0, abs=1e-6)
    # At the least budget phrases are left whole; commas end them, as in a review, whatever stands for the words.
    options = METHODS["shap"].options(budget=12, algorithm="partition")
    coarse = METHODS["shap"].explain_entity(task_of(tiny_tags, text, Span(start=4, end=9), "LOC"), options)
    assert "film; the" not in {phrase.of(text) for phrase in coarse.unresolved}
    assert coarse.unresolved


@pytest.mark.parametrize("perturbation", ["delete", "mask"])
def test_lime_evaluates_the_texts_it_says(known: Checkpoint, perturbation: str) -> None:
    """A text whose value is linear in one word: its weight is that word's, all others are nought."""
    method = METHODS["lime"]
    prediction = find_entities(known, TEXT)
    options = method.options(perturbation=perturbation, budget=2000)
    found = explain_entity_one(known, prediction, 0, "lime", options=options)
    scores = {unit.text: unit.score for unit in found.units}
    assert scores["loved"] > 5 * max(abs(scores[word]) for word in ("very", "good", "food"))


@given(data=st.data())
def test_the_words_of_the_span_are_found_in_every_perturbed_text(tiny_tags: Checkpoint, data: st.DataObject) -> None:
    text = "staff , staff loved the staff😀 don't (staff)"
    units = words(text)
    first = data.draw(st.integers(0, len(units) - 1))
    last = data.draw(st.integers(first, len(units) - 1))
    task = task_of(tiny_tags, text, Span(start=units[first].start, end=units[last].end), "PER")
    kept = data.draw(st.lists(st.booleans(), min_size=len(units), max_size=len(units)))
    masked = data.draw(st.booleans())
    written = perturbed(task.text, units, kept, task.mask_text if masked else None)
    placed = task.placed(written)
    mask = "[MASK]"
    assert [placed.text[word.start : word.end] for word in placed.words] == [
        units[number].of(text) if kept[number] else mask for number in range(first, last + 1)
    ]
    own = [stays or first <= number <= last for number, stays in enumerate(kept)]
    if masked:
        assert placed.text == perturbed(text, units, kept, mask)
    elif all(kept[first : last + 1]):
        assert placed.text == perturbed(text, units, kept)
    else:
        assert placed.text.replace(mask, "") == perturbed(
            text, units, [one and stays for one, stays in zip(own, kept, strict=True)]
        )


def test_sentences_can_be_scored(known: Checkpoint) -> None:
    text = "the food was good . we loved staff !"
    prediction = find_entities(known, text)
    found = explain_entity_one(known, prediction, 0, "occlusion", unit=Unit.SENTENCE)
    assert [unit.text for unit in found.units] == ["the food was good .", "we loved staff !"]
    assert found.units[0].score == pytest.approx(0.0, abs=1e-6)
    # A masked sentence is one mask token, after nothing that matters.
    assert found.units[1].score == pytest.approx(sigmoid(4.0) - sigmoid(0.0), abs=1e-3)


def test_an_entity_of_a_long_text_is_explained_in_its_window(known: Checkpoint) -> None:
    text = "the food was very good and the room was clean . " * 8 + "we loved staff !"
    prediction = find_entities(known, text, windows=True)
    assert len(prediction.windows) > 1
    (entity,) = prediction.entities
    report = explain_entity(known, prediction, 0, ABLE)
    for explanation in report.explanations:
        strongest = max(explanation.units, key=lambda unit: unit.score)
        assert strongest.text in {"loved", "staff"}
        assert explanation.text == text
        window = prediction.window_of(entity)
        assert all(window.start <= unit.start and unit.end <= window.end for unit in explanation.units if unit.text)
        assert explanation.details["window_end"] == len(text)
    assert type(report).model_validate_json(report.model_dump_json()) == report


def test_methods_that_cannot_say_why(known: Checkpoint) -> None:
    able = entity_methods()
    assert [name for name, reason in able.items() if reason is None] == list(ABLE)
    prediction = find_entities(known, TEXT)
    for name, reason in able.items():
        if reason is not None:
            with pytest.raises(IncompatibleError, match="does not explain entities: it follows one answer"):
                explain_entity(known, prediction, 0, [name])
            with pytest.raises(IncompatibleError, match="does not explain entities"):
                explain_entity_one(known, prediction, 0, name)
    assert [one.method for one in explain_entity(known, prediction, 0, ["all"]).explanations] == list(ABLE)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"entity": 1}, "there is no entity number 2; choose one from 1 to 1"),
        ({"unit": "token"}, "choose the unit word or sentence"),
        ({"options": {"lime": {"perturbation": "bag"}}}, "bag of words cannot tell"),
        ({"options": {"shap": {"precision": "bf16"}}}, "an entity is not explained in bf16"),
        ({"methods": ["shap"], "options": {"lime": {}}}, "options for lime, which is not asked for"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(known: Checkpoint, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        explain_entity(known, find_entities(known, TEXT), **arguments)


def test_a_classifier_is_refused(tiny: Checkpoint, known: Checkpoint) -> None:
    with pytest.raises(IncompatibleError, match="finds no entities"):
        explain_entity(tiny, find_entities(known, TEXT))


def test_progress_and_cancelling(known: Checkpoint) -> None:
    seen: list[tuple[int, int]] = []
    prediction = find_entities(known, TEXT)
    explain_entity_one(known, prediction, 0, "occlusion", progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (8, 8)
    text = TEXT + " never cancelled before"
    with pytest.raises(Cancelled):
        explain_entity_one(known, find_entities(known, text), 0, "shap", cancelled=lambda: True)


def test_texts_alike_are_evaluated_once(known: Checkpoint) -> None:
    scorer = Scorer(known)
    first, second = scorer.start(), scorer.start()
    rows = [[2, 7, 8, 3], [2, 7, 3], [2, 7, 8, 3]]
    found = first.row_logits(rows)
    assert [one.shape for one in found] == [(4, 3), (3, 3), (4, 3)]
    assert (first.asked, first.made) == (3, 2)
    again = second.row_logits(rows[:1])
    assert (second.asked, second.made) == (1, 0)
    np.testing.assert_array_equal(again[0], found[0])
