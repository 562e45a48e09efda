"""Figures of a data set against scikit-learn, ``evaluate`` and counting by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from batch_folders import STARS, failed, predicted, write_batch
from labelled_batches import draw_chances, labelled_dataset
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.pipeline import classify_many
from workbench.schema import Activation, RowFilter
from workbench.services import evaluate
from workbench.tables import Row
from workbench.triage import Dataset, condition, figures


def count(dataset: Dataset, chosen: RowFilter) -> int:
    where, values = condition(chosen, dataset.manifest.options.extra_columns)
    return int(dataset.ask(f"SELECT count(*) FROM reviews WHERE {where}", values)[0][0])


def test_they_are_those_of_evaluate(tiny: Checkpoint, tmp_path: Path) -> None:
    words = ["good", "bad", "the", "room", "was", "cold", "we", "loved"]
    draws = np.random.default_rng(0)
    texts = [" ".join(draws.choice(words, size=4)) for _ in range(80)]
    truth = draws.integers(0, 5, size=80).tolist()
    answers = classify_many(tiny, texts)
    rows = [predicted(one.text, one.probabilities, label) for one, label in zip(answers, truth, strict=True)]
    found = figures(Dataset(write_batch(tmp_path, rows)))
    expected = evaluate(tiny, [Row(text, STARS[label], text) for text, label in zip(texts, truth, strict=True)])
    assert (found.rows, found.labelled) == (expected.rows, expected.rows)
    for name in ("accuracy", "off_by_one", "mae", "macro_f1", "ece"):
        estimate = getattr(found, name)
        assert estimate.value == pytest.approx(getattr(expected, name), abs=1e-12), name
        assert estimate.low <= estimate.high


def test_the_table_and_the_matrix_are_those_of_scikit_learn(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path, 300, unlabelled=40, shard_rows=70)
    found = figures(dataset)
    chances, truth = draw_chances(300, 0)
    given_labels, truth = chances.argmax(axis=1)[:260], truth[:260]
    assert (found.rows, found.labelled, found.errors, found.unknown) == (300, 260, 0, 0)
    assert np.array(found.confusion).tolist() == confusion_matrix(truth, given_labels, labels=range(5)).tolist()
    expected = np.array(precision_recall_fscore_support(truth, given_labels, labels=range(5)))
    table = [[part.value for part in (one.precision, one.recall, one.f1) if part] + [one.rows] for one in found.classes]
    assert np.array(table) == pytest.approx(expected.T)
    assert found.predicted == tuple(np.bincount(chances.argmax(axis=1), minlength=5))
    assert found.expected is not None
    assert found.expected.value == pytest.approx((chances @ np.arange(1, 6)).mean())


def test_a_cell_opens_its_rows(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path, 120, extra=())
    found = figures(dataset, RowFilter(confidence=(0.3, 0.9)))
    cells = [(down, across) for down in range(5) for across in range(5)]
    assert [count(dataset, found.cell(*cell)) for cell in cells] == [found.confusion[a][b] for a, b in cells]
    assert sum(map(sum, found.confusion)) == count(dataset, RowFilter(confidence=(0.3, 0.9)))


def test_the_histogram_counts_right_and_wrong(tmp_path: Path) -> None:
    rows = [
        predicted("a", (1.0, 0, 0, 0, 0), 0),
        predicted("b", (0.96, 0.04, 0, 0, 0), 1),
        predicted("c", (0.5, 0.3, 0.2, 0, 0), None),
        predicted("d", (0.5, 0.3, 0.2, 0, 0), 0),
    ]
    bars = figures(Dataset(write_batch(tmp_path, rows))).histogram
    filled = {round(one.low, 2): (one.rows, one.right, one.wrong) for one in bars if one.rows}
    assert filled == {0.95: (2, 1, 1), 0.5: (2, 1, 0)}
    assert (bars[0].low, bars[-1].high, len(bars)) == (0, 1, 20)


def test_errors_and_unknown_labels_are_counted(tmp_path: Path) -> None:
    rows = [
        predicted("good", (0.1, 0.1, 0.1, 0.1, 0.6), 4),
        predicted("odd", (0.1, 0.1, 0.1, 0.1, 0.6), given="eleven"),
        failed("the text is empty"),
        failed("not UTF-8", "good?"),
    ]
    dataset = Dataset(write_batch(tmp_path, rows))
    found = figures(dataset)
    assert (found.rows, found.errors, found.labelled, found.unknown) == (2, 2, 1, 1)
    assert found.mae is not None
    assert (found.mae.low, found.mae.high) == (None, None)
    assert figures(dataset, RowFilter(text="good")).errors == 1


def test_without_labels_the_distribution_alone(tmp_path: Path) -> None:
    found = figures(labelled_dataset(tmp_path, 30, unlabelled=30))
    assert (found.accuracy, found.ece, found.classes, found.confusion) == (None, None, (), ())
    assert sum(found.predicted) == sum(bar.rows for bar in found.histogram) == 30
    none = figures(labelled_dataset(tmp_path / "b", 30), RowFilter(text="nowhere"))
    assert (none.rows, none.labelled, none.expected) == (0, 0, None)


def test_labels_judged_one_by_one_have_no_log_loss(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path, 30)
    dataset.manifest = dataset.manifest.model_copy(update={"activation": Activation.SIGMOID, "ratings": None})
    found = figures(dataset)
    assert (found.log_loss, found.brier, found.mae, found.off_by_one, found.expected) == (None,) * 5
    assert found.accuracy is not None
    with pytest.raises(InputError, match="one by one"):
        figures(dataset, RowFilter(temperature=2.0))


def test_the_same_seed_gives_the_same(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path, 60)
    assert figures(dataset, seed=1) == figures(dataset, seed=1)
    assert figures(dataset, seed=1) != figures(dataset, seed=2)
