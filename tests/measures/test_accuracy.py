from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.measures import calibration_error, measure
from workbench.pipeline import classify_many
from workbench.schema import Activation, CheckpointInfo, Prediction
from workbench.services import evaluate
from workbench.tables import Row

LABELS = ("1 star", "2 stars", "3 stars")


def prediction(*chances: float, rated: bool = True) -> Prediction:
    top = int(np.argmax(chances))
    return Prediction(
        text="x",
        checkpoint=CheckpointInfo(name="tiny", fingerprint="sha256:0", architecture="Bert", labels=LABELS),
        tokens=(),
        inputs={},
        logits=(0.0,) * 3,
        activation=Activation.SOFTMAX,
        probabilities=chances,
        label=LABELS[top],
        selected=(LABELS[top],),
        expected_rating=sum(rating * chance for rating, chance in enumerate(chances, start=1)) if rated else None,
        unread_from=None,
        token_limit=8,
    )


def test_by_hand() -> None:
    predictions = [
        prediction(0.8, 0.1, 0.1),
        prediction(0.2, 0.6, 0.2),
        prediction(0.5, 0.1, 0.4),
        prediction(0.0, 0.1, 0.9),
    ]
    truth = ["1 star", "1 star", "3 stars", "3 stars"]
    found = measure(predictions, truth, (1, 2, 3))
    assert found.name == "tiny"
    assert found.rows == 4
    assert found.accuracy == pytest.approx(2 / 4)
    # The second is one star off, the third two.
    assert found.off_by_one == pytest.approx(3 / 4)
    # Expected ratings 1.3, 2.0, 1.9 and 2.9.
    assert found.mae == pytest.approx((0.3 + 1.0 + 1.1 + 0.1) / 4)
    # One star: precision 1/2, recall 1/2; two stars: nothing right; three stars: precision 1, recall 1/2.
    assert found.macro_f1 == pytest.approx((1 / 2 + 0 + 2 / 3) / 3)
    # Confidences .8, .6, .5, .9 lie in bins of their own: gaps .2, .6, .5, .1.
    assert found.ece == pytest.approx((0.2 + 0.6 + 0.5 + 0.1) / 4)


def test_without_ratings_there_are_no_stars_to_miss() -> None:
    found = measure([prediction(0.8, 0.1, 0.1, rated=False)], ["1 star"], None)
    assert (found.off_by_one, found.mae) == (None, None)
    assert found.accuracy == found.macro_f1 == 1.0


def test_equals_scikit_learn(tiny: Checkpoint) -> None:
    words = ["good", "bad", "the", "room", "was", "cold", "we", "loved"]
    draws = np.random.default_rng(0)
    texts = [" ".join(draws.choice(words, size=4)) for _ in range(60)]
    truth = [tiny.labels[index] for index in draws.integers(0, 5, size=60)]
    predictions = classify_many(tiny, texts)
    found = measure(predictions, truth, tiny.ratings)
    given_labels = [one.label for one in predictions]
    assert found.accuracy == pytest.approx(accuracy_score(truth, given_labels))
    assert found.macro_f1 == pytest.approx(f1_score(truth, given_labels, average="macro"))
    stars = [int(label[0]) for label in truth]
    assert found.mae == pytest.approx(mean_absolute_error(stars, [one.expected_rating for one in predictions]))
    off = [abs(int(one.label[0]) - star) <= 1 for one, star in zip(predictions, stars, strict=True)]
    assert found.off_by_one == pytest.approx(np.mean(off))


def test_evaluate_reads_labels_as_files_have_them(tiny: Checkpoint) -> None:
    texts = ["the food was good", "bad room", "cold staff"]
    predictions = classify_many(tiny, texts)
    rows = [Row(text, one.label[0] + ".0", text) for text, one in zip(texts, predictions, strict=True)]
    seen: list[tuple[int, int]] = []
    found = evaluate(
        tiny, [*rows, Row("no label", None, "")], chunk=2, progress=lambda done, total: seen.append((done, total))
    )
    assert (found.rows, found.accuracy) == (3, 1.0)
    assert seen == [(2, 3), (3, 3)]
    with pytest.raises(InputError, match="no row has a label; "):
        evaluate(tiny, [Row("x", None, "x")])
    with pytest.raises(InputError, match="'7' is none of the checkpoint's"):
        evaluate(tiny, [Row("x", "7", "x")])


def test_calibration_error_by_hand() -> None:
    # Two bins: [0, .5) holds .2 (right) and .4 (wrong); [.5, 1] holds .5, .9 and 1 (right, wrong, right).
    confidence, right = np.array([0.2, 0.4, 0.5, 0.9, 1.0]), np.array([True, False, True, False, True])
    expected = 2 / 5 * abs(0.3 - 0.5) + 3 / 5 * abs(0.8 - 2 / 3)
    assert calibration_error(confidence, right, bins=2) == pytest.approx(expected)
    assert calibration_error(np.ones(4), np.ones(4, dtype=bool)) == 0
    assert calibration_error(np.ones(4), np.zeros(4, dtype=bool)) == 1


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40), st.integers(1, 20))
def test_calibration_error_from_its_definition(pairs: list[tuple[float, bool]], bins: int) -> None:
    total = 0.0
    for number in range(bins):
        inside = [pair for pair in pairs if min(int(pair[0] * bins), bins - 1) == number]
        if inside:
            sure, right = (sum(column) / len(inside) for column in zip(*inside, strict=True))
            total += len(inside) / len(pairs) * abs(sure - right)
    confidence, hits = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    assert calibration_error(confidence, hits, bins) == pytest.approx(total, abs=1e-9)


def test_evaluate_reads_the_numbers_of_a_whole_file(tiny_bpe: Checkpoint) -> None:
    texts = ["the food was good", "bad room", "cold staff", "never again"]
    given_labels = [one.label for one in classify_many(tiny_bpe, texts)]
    codes = [["0", "1"], ["-1", "1"], ["neg", "pos"]]
    for code in codes:
        rows = [Row(text, code[label == "POSITIVE"], text) for text, label in zip(texts, given_labels, strict=True)]
        # Both codes occur, so that ones are no stars.
        rows.append(Row("x", code[0], "x"))
        assert evaluate(tiny_bpe, rows).rows == 5
        assert evaluate(tiny_bpe, rows).accuracy >= 4 / 5
