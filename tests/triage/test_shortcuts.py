from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from bag_models import build_bag
from word_batches import predicted_batch, random_texts

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.schema import RowFilter, WordQuestion
from workbench.services import explain_selection
from workbench.triage import Dataset, shortcut_candidates
from workbench.triage.association import log_odds

WEIGHTS = {"film": 4.0, "good": 3.0, "great": 3.0, "bad": -3.0, "terrible": -3.0}


@pytest.fixture(scope="module")
def bag(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return build_bag(tmp_path_factory.mktemp("bag"), tiny_folder, WEIGHTS)


@pytest.fixture(scope="module")
def dataset(bag: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    texts, truths = random_texts(150, 1, "film")
    opened = predicted_batch(tmp_path_factory.mktemp("batch"), bag, texts, truths)
    explain_selection(opened, RowFilter(), bag, ["occlusion"], limit=200)
    return opened


def test_log_odds_are_those_of_the_paper() -> None:
    counts = np.array([[30, 5], [20, 22], [1, 0], [0, 9]], dtype=float)
    total = counts.sum()
    for word in range(4):
        prior = 4 * counts[word].sum() / total
        for label in range(2):
            y_i, y_j = counts[word, label], counts[word, 1 - label]
            n_i, n_j = counts[:, label].sum(), counts[:, 1 - label].sum()
            delta = math.log((y_i + prior) / (n_i + 4 - y_i - prior)) - math.log(
                (y_j + prior) / (n_j + 4 - y_j - prior)
            )
            z = delta / math.sqrt(1 / (y_i + prior) + 1 / (y_j + prior))
            assert log_odds(counts)[word, label] == pytest.approx(z)


def test_log_odds_of_nothing() -> None:
    assert log_odds(np.zeros((0, 3))).shape == (0, 3)
    assert log_odds(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
    assert log_odds([[5.0, 3.0]]).tolist() == [[0, 0]]


def test_a_planted_shortcut_is_the_first_candidate(dataset: Dataset) -> None:
    found = shortcut_candidates(dataset, RowFilter(), WordQuestion(method="occlusion"))
    first = found[0]
    rows = [
        (text.split(), label, truth) for text, label, truth in dataset.ask("SELECT text, label, truth FROM reviews")
    ]
    held = [(label, truth) for own, label, truth in rows if "film" in own]
    assert (first.word, first.form, first.label, first.plain) == ("film", "film", "POSITIVE", False)
    assert first.reviews == len(held)
    assert first.predicted == pytest.approx(np.mean([label == "POSITIVE" for label, _ in held]))
    assert first.truth == pytest.approx(np.mean([truth for _, truth in held]))
    assert first.truth_z is not None
    assert first.z > 1.96 > abs(first.truth_z)
    assert not {one.word for one in found} & {"room", "staff", "service"}


def test_words_of_opinion_are_as_sure_by_the_labels(dataset: Dataset) -> None:
    found = {one.word: one for one in shortcut_candidates(dataset, RowFilter(), WordQuestion(method="occlusion"))}
    for word in {"terrible", "bad"} & found.keys():
        assert found[word].label == "NEGATIVE"
        assert found[word].suspicion < found["film"].suspicion
    assert {"terrible", "bad"} & found.keys()


def test_it_takes_explanations(bag: Checkpoint, tmp_path: Path) -> None:
    dataset = predicted_batch(tmp_path, bag, ["the film was good"])
    with pytest.raises(InputError, match="no review of this batch was explained"):
        shortcut_candidates(dataset, RowFilter(), WordQuestion(method="occlusion"))
    explain_selection(dataset, RowFilter(), bag, ["occlusion"])
    asked = WordQuestion(method="occlusion")
    assert shortcut_candidates(dataset, RowFilter(), asked) == ()
    assert shortcut_candidates(dataset, RowFilter(), asked, least_reviews=1) == ()
