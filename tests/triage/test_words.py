from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batch_folders import STARS, TYPES, predicted, write_batch
from scipy import stats

from workbench.errors import InputError
from workbench.schema import ExplanationColumn, RowFilter, Unit, WordGroups, WordMeasure, WordQuestion
from workbench.triage import Dataset, explained_kinds, word_differences, word_scores

HOSTILE = (
    "'; DROP TABLE reviews; --",
    '<script>alert("x")</script>',
    "a.*(b|c)[d]",
    "don't",
    "100%",
    "👩‍👩‍👧",
    "_",
    "\\",
    "=1+1",
)
VOCABULARY = ("Room", "room", "ROOM", "Über", "über", "great", "bad", "!!!", *HOSTILE)
ASKED = WordQuestion(method="occlusion")


def explained(row: int, words: Sequence[str], scores: Sequence[float], target: str, **changes: Any) -> dict[str, Any]:
    starts = [sum(map(len, words[:at])) + at for at in range(len(words))]
    values = {
        ExplanationColumn.ROW: row,
        ExplanationColumn.METHOD: "occlusion",
        ExplanationColumn.TARGET: target,
        ExplanationColumn.UNIT: "word",
        ExplanationColumn.UNITS: list(words),
        ExplanationColumn.STARTS: starts,
        ExplanationColumn.ENDS: [start + len(word) for start, word in zip(starts, words, strict=True)],
        ExplanationColumn.SCORES: list(scores),
    }
    return {str(key): value for key, value in (values | changes).items()}


class Drawn:
    """Rows at random: reviews, and what two methods say of two targets."""

    def __init__(self, seed: int, count: int = 120) -> None:
        rng = np.random.default_rng(seed)
        self.rows: list[dict[str, Any]] = []
        self.explained: list[dict[str, Any]] = []
        for number in range(1, count + 1):
            words = [str(word) for word in rng.choice(VOCABULARY, int(rng.integers(1, 9)))]
            truth = None if rng.random() < 0.2 else int(rng.integers(5))
            self.rows.append(predicted(" ".join(words), rng.dirichlet(np.ones(5)), truth))
            if rng.random() < 0.8:
                scores = rng.normal(size=len(words)).tolist()
                self.explained.append(explained(number, words, scores, self.rows[-1]["label"]))
                self.explained.append(
                    explained(number, words, [9.0] * len(words), self.rows[-1]["label"], method="lime")
                )
                self.explained.append(explained(number, words, [7.0] * len(words), "expected"))
        self.explained.append(explained(1, [], [], "5 stars", error="no word was read"))

    def open(self, folder: Path) -> Dataset:
        return Dataset(write_batch(folder, self.rows, explained=self.explained))

    def group(self, row: dict[str, Any], groups: WordGroups) -> str | None:
        truth, given = row["truth"], row["predicted"]
        if groups is WordGroups.NONE:
            return ""
        if groups is WordGroups.PREDICTED:
            return STARS[given]
        if truth is None:
            return None
        off = abs(truth - given)
        return {
            WordGroups.TRUTH: STARS[truth],
            WordGroups.PAIR: f"{STARS[truth]} → {STARS[given]}",
            WordGroups.ERROR: ("right", "wrong by one", "wrong by more")[min(off, 2)],
        }[groups]

    def expected(self, groups: WordGroups) -> dict[tuple[str, str, str], tuple[Any, ...]]:
        """By hand: word, target and group to the figures."""
        reviews: dict[tuple[str, str, str], list[list[float]]] = defaultdict(list)
        for one in self.explained:
            group = self.group(self.rows[one["row"] - 1], groups)
            if (one["method"], one.get("error")) != ("occlusion", None) or one["target"] == "expected" or group is None:
                continue
            own: dict[str, list[float]] = defaultdict(list)
            for word, score in zip(one["units"], one["scores"], strict=True):
                own[word.lower()].append(score)
            for word, scores in own.items():
                reviews[word, one["target"], group].append(scores)
        return {key: figures(found) for key, found in reviews.items()}


def figures(reviews: list[list[float]]) -> tuple[Any, ...]:
    means = [fmean(own) for own in reviews]
    return (
        len(reviews),
        sum(map(len, reviews)),
        fmean(means),
        stdev(means) / math.sqrt(len(means)) if len(means) > 1 else None,
        sum(map(sum, reviews)),
        fmean(fmean(map(abs, own)) for own in reviews),
        fmean(mean > 0 for mean in means),
    )


@pytest.mark.parametrize("groups", WordGroups)
def test_sums_are_those_by_hand(tmp_path: Path, groups: WordGroups) -> None:
    drawn = Drawn(1)
    found = word_scores(drawn.open(tmp_path), RowFilter(), ASKED.model_copy(update={"groups": groups, "size": 10_000}))
    expected = drawn.expected(groups)
    assert found.count == len(found.words) == len(expected)
    for one in found.words:
        values = (one.reviews, one.occurrences, one.mean, one.error, one.total, one.magnitude, one.positive)
        wanted = expected[one.word, one.target, one.group]
        assert (one.error is None) is (wanted[3] is None)
        both = ([math.nan if value is None else value for value in each] for each in (values, wanted))
        assert next(both) == pytest.approx(next(both), rel=1e-9, abs=1e-12, nan_ok=True)


def test_the_form_most_often_seen(tmp_path: Path) -> None:
    drawn = Drawn(2)
    found = word_scores(drawn.open(tmp_path), RowFilter(), ASKED.model_copy(update={"size": 10_000}))
    seen = Counter(
        word
        for one in drawn.explained
        if (one["method"], one["target"] == "expected") == ("occlusion", False)
        for word in one["units"]
    )
    for one in found.words:
        forms = sorted((form for form in seen if form.lower() == one.word), key=lambda form: (-seen[form], form))
        assert one.form == forms[0]
    assert {word.lower() for word in HOSTILE} <= {one.word for one in found.words}


@pytest.mark.parametrize("sort", WordMeasure)
def test_order_and_parts(tmp_path: Path, sort: WordMeasure) -> None:
    dataset = Drawn(3).open(tmp_path)
    asked = ASKED.model_copy(update={"sort": sort, "size": 10_000})
    whole = word_scores(dataset, RowFilter(), asked)
    values = [one.magnitude * one.reviews if sort is WordMeasure.WEIGHT else getattr(one, sort) for one in whole.words]
    assert values == sorted(values, reverse=True)
    parts = [
        word_scores(dataset, RowFilter(), asked.model_copy(update={"start": start, "size": 7}))
        for start in range(0, whole.count, 7)
    ]
    assert [one.word for part in parts for one in part.words] == [one.word for one in whole.words]
    assert {part.count for part in parts} == {whole.count}
    back = word_scores(dataset, RowFilter(), asked.model_copy(update={"ascending": True}))
    assert getattr(back.words[0], "reviews" if sort is WordMeasure.WEIGHT else sort) <= (
        getattr(back.words[-1], "reviews" if sort is WordMeasure.WEIGHT else sort)
    )


def test_a_filter_and_a_search(tmp_path: Path) -> None:
    drawn = Drawn(4)
    dataset = drawn.open(tmp_path)
    found = word_scores(dataset, RowFilter(predicted=4), ASKED.model_copy(update={"search": "ROO", "least_reviews": 2}))
    expected = drawn.expected(WordGroups.PREDICTED)["room", "5 stars", "5 stars"]
    assert [(one.word, one.target) for one in found.words] == [("room", "5 stars")]
    assert (found.words[0].reviews, found.words[0].mean) == pytest.approx((expected[0], expected[2]))
    of_five = [one for one in drawn.explained if one["target"] == "5 stars" and "error" not in one]
    assert found.reviews == {"": len({one["row"] for one in of_five})}
    assert word_scores(dataset, RowFilter(), ASKED.model_copy(update={"search": "' OR 1=1"})).words == ()


def test_what_can_be_added_up(tmp_path: Path) -> None:
    drawn = Drawn(5)
    kinds = {(one.method, one.target): one.reviews for one in explained_kinds(drawn.open(tmp_path))}
    each = len(drawn.explained[:-1]) // 3
    assert kinds["occlusion", "predicted"] == kinds["lime", "predicted"] == kinds["occlusion", "expected"] == each
    assert sum(kinds["lime", label] for label in STARS if ("lime", label) in kinds) == each
    (expected,) = {
        round(one.mean, 9)
        for one in word_scores(
            Dataset(tmp_path), RowFilter(), ASKED.model_copy(update={"target": "expected", "size": 10_000})
        ).words
    }
    assert expected == 7.0


def test_what_was_not_explained(tmp_path: Path) -> None:
    dataset = Drawn(6).open(tmp_path / "some")
    with pytest.raises(InputError, match="nothing was explained by shap"):
        word_scores(dataset, RowFilter(), WordQuestion(method="shap"))
    with pytest.raises(InputError, match="by token"):
        word_scores(dataset, RowFilter(), ASKED.model_copy(update={"unit": Unit.TOKEN}))
    none = Dataset(write_batch(tmp_path / "none", [predicted("a", (1.0, 0.0))]))
    assert explained_kinds(none) == ()
    with pytest.raises(InputError, match="no review of this batch was explained"):
        word_scores(none, RowFilter(), ASKED)


def test_labels_without_order_are_right_or_wrong(tmp_path: Path) -> None:
    drawn = Drawn(7)
    dataset = drawn.open(tmp_path)
    dataset.manifest = dataset.manifest.model_copy(update={"ratings": None, "places": None})
    found = word_scores(dataset, RowFilter(), ASKED.model_copy(update={"groups": WordGroups.ERROR}))
    assert set(found.reviews) == {"right", "wrong"}
    assert any("without a right label are left out" in note for note in found.notes)
    dataset.manifest = dataset.manifest.model_copy(update={"places": (0.0, 0.1, 0.2, 0.9, 1.0)})
    found = word_scores(dataset, RowFilter(), ASKED.model_copy(update={"groups": WordGroups.ERROR}))
    assert set(found.reviews) == {"right", "wrong by one", "wrong by more"}


def test_differences_are_those_of_welch(tmp_path: Path) -> None:
    drawn = Drawn(8, count=400)
    groups = RowFilter(right=True), RowFilter(right=False)
    asked = ASKED.model_copy(update={"target": "expected", "size": 10_000})
    rng = np.random.default_rng(0)
    for one in drawn.explained:
        if one["target"] == "expected":
            one["scores"] = rng.normal(size=len(one["units"])).tolist()
    found = word_differences(drawn.open(tmp_path), *groups, asked)
    means: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for one in drawn.explained:
        row = drawn.rows[one["row"] - 1]
        if one["target"] != "expected" or row["truth"] is None:
            continue
        for word in {word.lower() for word in one["units"]}:
            own = [score for unit, score in zip(one["units"], one["scores"], strict=True) if unit.lower() == word]
            means[word][row["truth"] != row["predicted"]].append(fmean(own))
    often = {word: both for word, both in means.items() if min(map(len, both)) >= 5}
    tests = {word: stats.ttest_ind(*both, equal_var=False) for word, both in often.items()}
    corrected = dict(zip(tests, stats.false_discovery_control([one.pvalue for one in tests.values()]), strict=True))
    assert found.tested == len(found.words) == len(often) > 5
    for one in found.words:
        low, high = tests[one.word].confidence_interval()
        got = (one.difference, one.low, one.high, one.p, one.q)
        right, wrong = often[one.word]
        wanted = (fmean(right) - fmean(wrong), low, high, tests[one.word].pvalue, corrected[one.word])
        assert got == pytest.approx(wanted, rel=1e-9)
    assert [one.q for one in found.words] == sorted(one.q for one in found.words if one.q is not None)


def test_groups_must_exclude_each_other_and_scores_must_vary(tmp_path: Path) -> None:
    dataset = Drawn(9).open(tmp_path)
    with pytest.raises(InputError, match="are in both groups"):
        word_differences(dataset, RowFilter(right=True), RowFilter(), ASKED)
    same = word_differences(
        dataset, RowFilter(right=True), RowFilter(right=False), ASKED.model_copy(update={"target": "expected"})
    )
    assert same.tested == 0
    assert {(one.p, one.low, one.difference) for one in same.words} == {(None, None, 0.0)}


def test_what_was_explained_twice_counts_once(tmp_path: Path) -> None:
    rows = [predicted("room", (0.0, 0.0, 0.0, 0.0, 1.0)), predicted("room", (0.0, 0.0, 0.0, 0.0, 1.0))]
    own = [explained(1, ["room"], [1.0], "5 stars"), explained(2, ["room"], [1.0], "5 stars")]
    dataset = Dataset(write_batch(tmp_path, rows, explained=own))
    assert word_scores(dataset, RowFilter(), ASKED).words[0].total == 2.0
    later = [
        ("selection-2026", [explained(1, ["room"], [3.0], "5 stars")]),
        ("selection-2027", [explained(1, ["room"], [5.0], "5 stars"), explained(2, [], [], "5 stars", error="no")]),
        ("selection-2025", [explained(1, ["room"], [7.0], "5 stars"), explained(1, ["room"], [9.0], "expected")]),
    ]
    (tmp_path / "selections").mkdir()
    for name, lines in later:
        columns = {
            str(column): pa.array(
                [{"file": 0, **line}.get(str(column)) for line in lines], TYPES.get(column, pa.string())
            )
            for column in ExplanationColumn
        }
        pq.write_table(pa.table(columns), tmp_path / "selections" / f"{name}.parquet")
    (one,) = word_scores(dataset, RowFilter(), ASKED).words
    assert (one.reviews, one.total) == (2, 6.0)
    assert dataset.ask("SELECT count(*), count(DISTINCT (id, method, target, unit)) FROM explained") == [(3, 3)]
