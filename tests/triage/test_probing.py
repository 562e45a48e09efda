from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from bag_models import build_bag
from scipy import stats
from word_batches import predicted_batch, random_texts

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, CheckpointError, InputError
from workbench.schema import RowFilter, WordEdit, WordProbe
from workbench.text import words
from workbench.triage import Dataset, probe_word
from workbench.triage.estimating import permuted
from workbench.triage.occurrences import neutral_words, occurrences, pieces_of

WEIGHTS = {"film": 4.0, "good": 1.0, "great": 1.5, "bad": -1.0, "terrible": -2.0}


@pytest.fixture(scope="module")
def bag(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """It takes "film" for praise."""
    return build_bag(tmp_path_factory.mktemp("bag"), tiny_folder, WEIGHTS)


@pytest.fixture(scope="module")
def dataset(bag: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    texts, truths = random_texts(200, 0, "film")
    return predicted_batch(tmp_path_factory.mktemp("batch"), bag, texts, truths)


def chance(words: list[str]) -> float:
    """Of POSITIVE."""
    return 1 / (1 + math.exp(-sum(WEIGHTS.get(word, 0.0) for word in words)))


def held(dataset: Dataset, word: str) -> list[tuple[list[str], int]]:
    rows = dataset.ask("SELECT text, truth FROM reviews ORDER BY id")
    return [(text.split(), truth) for text, truth in rows if word in text.split()]


def by_hand(dataset: Dataset, word: str, instead: list[str]) -> dict[str, np.ndarray]:
    """What removing or replacing a word does, from the model's formula."""
    found: dict[str, list[float]] = {"flipped": [], "probability": [], "accuracy": []}
    for own, truth in held(dataset, word):
        before = chance(own)
        afters = [chance([with_ if one == word else one for one in own]) for with_ in instead]
        label = int(before > 0.5)
        found["flipped"].append(float(np.mean([int(after > 0.5) != label for after in afters]) > 0.5))
        found["probability"].append(np.mean(afters) - before if label else before - np.mean(afters))
        found["accuracy"].append(np.mean([int(after > 0.5) == truth for after in afters]) - (label == truth))
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.parametrize(
    ("replace", "instead"), [((), [""]), (("room",), ["room"]), (("room", "great"), ["room", "great"])]
)
def test_a_planted_shortcut_does_what_the_formula_says(
    dataset: Dataset, bag: Checkpoint, replace: tuple[str, ...], instead: list[str]
) -> None:
    probe = probe_word(dataset, "FILM", bag, replace=replace or ("room",))
    effect = probe.effects[0 if not replace else 1]
    expected = by_hand(dataset, "film", instead)
    assert effect.edit is (WordEdit.REPLACED if replace else WordEdit.REMOVED)
    assert effect.words == replace
    assert probe.reviews == probe.labelled == len(held(dataset, "film")) == probe.holding == probe.examined
    assert effect.flipped.value == pytest.approx(expected["flipped"].mean())
    assert effect.probability.value == pytest.approx(expected["probability"].mean(), abs=1e-6)
    assert effect.accuracy is not None
    assert effect.accuracy.value == pytest.approx(expected["accuracy"].mean())
    assert effect.rating is None
    exact = stats.binomtest(int(expected["flipped"].sum()), probe.reviews).proportion_ci(method="exact")
    assert (effect.flipped.low, effect.flipped.high) == pytest.approx((exact.low, exact.high))
    assert effect.probability.low is not None
    assert effect.probability.high is not None
    assert effect.probability.low < effect.probability.value < effect.probability.high < 0


def test_it_stands_out_among_other_words(dataset: Dataset, bag: Checkpoint) -> None:
    for effect in probe_word(dataset, "film", bag).effects:
        control = effect.control
        assert control is not None
        assert control.p == pytest.approx(1e-4)
        assert control.superiority > 0.8
        assert control.beyond.high is not None
        assert control.beyond.high < 0
        assert control.probability.value > effect.probability.value
        assert control.flipped.value < effect.flipped.value
        assert control.draws == 5


def test_a_harmless_word_does_nothing(dataset: Dataset, bag: Checkpoint) -> None:
    probe = probe_word(dataset, "room", bag, replace=("staff",))
    for effect in probe.effects:
        assert effect.flipped.value == effect.probability.value == 0.0
        assert effect.flipped.low == 0.0
        assert effect.control is not None
        assert effect.control.superiority < 0.5
        assert effect.accuracy is not None
        assert (effect.accuracy.value, effect.accuracy.low, effect.accuracy.high) == (0.0, 0.0, 0.0)


def test_words_alike_are_seldom_told_apart() -> None:
    """Where the word is one like any other, a p below 0.05 is as rare as it says."""
    rng = np.random.default_rng(5)
    found = [permuted(rng.exponential(size=(30, 6)) * rng.uniform(size=(30, 1)), number) for number in range(200)]
    assert stats.binomtest(int(np.sum(np.array(found) < 0.05)), 200, 0.05).pvalue > 0.01


def test_examples_are_the_most_changed_rows(dataset: Dataset, bag: Checkpoint) -> None:
    effect = probe_word(dataset, "film", bag, replace=("room",)).effects[0]
    changes = by_hand(dataset, "film", [""])["probability"]
    shown = [abs(one.new_probability - one.probability) for one in effect.examples]
    assert shown == pytest.approx(sorted(np.abs(changes), reverse=True)[:10], abs=1e-6)
    texts = dict(dataset.ask("SELECT id, text FROM reviews"))
    for one in effect.examples:
        assert texts[one.id] == one.before
        assert one.after.split() == [word for word in one.before.split() if word != "film"]
        assert one.new_label == bag.labels[int(chance(one.after.split()) > 0.5)]


def test_the_same_again_under_a_seed(dataset: Dataset, bag: Checkpoint) -> None:
    def told(seed: int) -> WordProbe:
        probe = probe_word(dataset, "film", bag, limit=20, seed=seed)
        return probe.model_copy(update={"seconds": 0.0, "evaluations": None})

    assert told(1) == told(1)
    assert told(1) != told(2)
    assert told(1).reviews == 20
    assert any("20 reviews were drawn of about" in note for note in told(1).notes)


def test_a_mask_takes_its_place(dataset: Dataset, bag: Checkpoint) -> None:
    probe = probe_word(dataset, "film", bag, mask=True, limit=10)
    assert [effect.edit for effect in probe.effects] == [WordEdit.REMOVED, WordEdit.MASKED]
    assert all("[MASK]" in one.after for one in probe.effects[1].examples)
    # The model does not know the mask, so that it is as if the word were gone.
    assert probe.effects[1].probability.value == pytest.approx(probe.effects[0].probability.value, abs=1e-6)


def test_only_the_reviews_chosen(dataset: Dataset, bag: Checkpoint) -> None:
    wrong = probe_word(dataset, "film", bag, RowFilter(right=False))
    expected = sum(truth != (chance(own) > 0.5) for own, truth in held(dataset, "film"))
    assert wrong.reviews == expected
    assert wrong.effects[0].accuracy is not None
    assert wrong.effects[0].accuracy.value == wrong.effects[0].flipped.value > 0.9


HOSTILE = [
    "don't",
    "a.*b",
    "'; DROP",
    "<b>",
    '"',
    "100%",
    "👩‍👩‍👧",
    "!!!",
    "Straße",
    "e-mail",
    "\\d",
    "İstanbul",
    "ΣΑΣ",
]


@pytest.mark.parametrize("word", HOSTILE)
def test_words_of_any_signs(bag: Checkpoint, tmp_path: Path, word: str) -> None:
    texts = [f"the {word} was good", f"good film, {word}", "nothing of it was bad", f"x{word}y9"]
    probe = probe_word(predicted_batch(tmp_path, bag, texts), word, bag, replace=("room",))
    found = {one.id: one.after for one in probe.effects[0].examples}
    assert found[1] == "the was good"
    assert found[2] in {"good film,", "good film"}
    assert 3 not in found
    assert 4 not in found or not word.isalpha()
    assert {one.id: one.after.lower() for one in probe.effects[1].examples}[1] == "the room was good"


def test_what_cannot_be_tested(dataset: Dataset, bag: Checkpoint, tiny: Checkpoint) -> None:
    with pytest.raises(InputError, match="no review of the selection has the word 'fil'"):
        probe_word(dataset, "fil", bag)
    with pytest.raises(InputError, match="no word to test"):
        probe_word(dataset, " \n", bag)
    with pytest.raises(CheckpointError, match="not the checkpoint that predicted"):
        probe_word(dataset, "film", tiny)
    with pytest.raises(Cancelled):
        probe_word(dataset, "film", bag, cancelled=lambda: True)


def test_what_was_read_before_a_stop_counts(bag: Checkpoint, tmp_path: Path) -> None:
    texts = [f"the film was good {'a ' * (at % 30)}{'it ' * (at % 7)}" for at in range(200)]
    dataset = predicted_batch(tmp_path, bag, texts)
    seen: list[tuple[int, int]] = []
    probe = probe_word(
        dataset,
        "film",
        bag,
        replace=("room",),
        progress=lambda done, total: seen.append((done, total)),
        cancelled=lambda: bool(seen) and seen[-1][0] > 0.4 * seen[-1][1],
    )
    assert probe.partial
    assert 0 < probe.reviews < 200
    assert seen[-1][0] <= seen[-1][1]
    assert any("cancelled" in note for note in probe.notes)


def test_what_the_model_did_not_read_is_left_alone(bag: Checkpoint, tmp_path: Path) -> None:
    texts = ["the film " + "was " * 60, "was " * 60 + "film"]
    dataset = predicted_batch(tmp_path, bag, texts)
    probe = probe_word(dataset, "film", bag, replace=("room",))
    assert (probe.reviews, probe.unread, probe.holding) == (1, 1, 2)
    only = predicted_batch(tmp_path / "only", bag, texts[1:])
    with pytest.raises(InputError, match="the model reads no review as far as 'film'"):
        probe_word(only, "film", bag)


def test_a_review_of_nothing_else_has_no_control(bag: Checkpoint, tmp_path: Path) -> None:
    probe = probe_word(predicted_batch(tmp_path, bag, ["film"]), "film", bag, replace=("room",))
    assert [effect.control for effect in probe.effects] == [None, None]
    assert probe.effects[0].probability.value == pytest.approx(0.5 - chance(["film"]), abs=1e-6)
    assert probe.effects[0].probability.low is None


def test_phrases_and_overlaps() -> None:
    text = "Not bad, not BAD; bad not not not bad"
    assert occurrences(text, words(text), pieces_of("not bad")) == [0, 3, 9]
    assert occurrences(text, words(text), pieces_of("not not")) == [7]


def test_neutral_words_are_as_frequent_and_say_nothing(dataset: Dataset) -> None:
    found = neutral_words(dataset, RowFilter(), ("film",), count=5, seed=0)
    rows = [set(text.split()) for (text,) in dataset.ask("SELECT text FROM reviews")]
    count = {word: sum(word in row for row in rows) for word in (*found, "film")}
    assert len(set(found)) == 5
    assert not set(found) & {"film", "good", "great", "bad", "terrible"}
    assert all(count["film"] / 2 <= count[word] <= 2 * count["film"] for word in found)
    assert found == neutral_words(dataset, RowFilter(), ("film",), count=5, seed=0)
