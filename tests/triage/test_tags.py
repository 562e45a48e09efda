"""Every tag against plain Python and NumPy on drawn rows."""

from __future__ import annotations

import math
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from batch_folders import failed, predicted, write_batch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.schema import Activation, BatchManifest, Column, Tag, TagRules
from workbench.triage import Dataset
from workbench.triage.tags import MAY_COMPOSE

TEXTS = (
    "Good food",
    "good  FOOD",
    "\tgood food\n",
    "Café",
    "cafe\u0301",
    "CAFE\u0301 ",
    "Привет мир",
    "привет\u00a0МИР",
    "привет\u3000мир",
    "привет\u2028\u2028мир",
    "goodfood",
    "Straße",
    "STRASSE",
    "it's '; DROP",
    "\x1c=1+1\x85",
    "=1+1",
)
RULES = TagRules(long_words=20, long_quantile=0.9)


def drawn(seed: int, count: int = 60) -> list[dict[str, Any]]:
    draw = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        if draw.random() < 0.05:
            rows.append(failed("the text is empty", str(draw.choice(TEXTS))))
            continue
        chances = draw.dirichlet(np.full(5, 0.5))
        read = int(draw.integers(3, 40))
        rows.append(
            predicted(
                str(draw.choice(TEXTS)) if draw.random() < 0.5 else f"review {draw.integers(10**9)}",
                tuple(chances),
                None if draw.random() < 0.2 else int(draw.integers(5)),
                **{
                    Column.WORDS: int(draw.integers(1, 60)),
                    Column.TOKENS_READ: read,
                    Column.UNKNOWN: int(draw.integers(0, read)),
                    Column.UNREAD_FROM: None if draw.random() < 0.8 else 7,
                    Column.LANGUAGE: None
                    if draw.random() < 0.1
                    else str(draw.choice(["en", "de", "fr"], p=[0.7, 0.2, 0.1])),
                    Column.LANGUAGE_SHARE: float(draw.uniform(0.7, 1)),
                },
            )
        )
    return rows


def expected(rows: list[dict[str, Any]], rules: TagRules) -> list[list[Tag]]:
    good = [row for row in rows if row.get(Column.ERROR) is None]
    copies = Counter(same(row[Column.TEXT]) for row in good)
    counted = Counter(row[Column.LANGUAGE] for row in good if row[Column.LANGUAGE])
    commonest = min(counted, key=lambda language: (-counted[language], language)) if counted else None
    lengths = sorted(row[Column.WORDS] for row in good)
    longest = lengths[math.ceil(rules.long_quantile * len(lengths)) - 1] if lengths else 0
    issues = iter(label_issues(good))

    def tags(row: dict[str, Any]) -> list[Tag]:
        if row.get(Column.ERROR) is not None:
            return []
        truth = row[Column.TRUTH]
        wrong = truth is not None and truth != row[Column.PREDICTED]
        tests = {
            Tag.CONFIDENT_WRONG: wrong and row[Column.CONFIDENCE] >= rules.confident,
            Tag.NEAR_TIE: row[Column.MARGIN] < rules.tie,
            Tag.TRUNCATED: row[Column.UNREAD_FROM] is not None,
            Tag.VERY_LONG: row[Column.WORDS] > longest and row[Column.WORDS] >= rules.long_words,
            Tag.UNKNOWN_TOKENS: row[Column.UNKNOWN] >= rules.unknown * row[Column.TOKENS_READ],
            Tag.OTHER_LANGUAGE: row[Column.LANGUAGE] not in (None, commonest)
            and row[Column.LANGUAGE_SHARE] >= rules.language
            and row[Column.WORDS] >= rules.language_words,
            Tag.DUPLICATE: copies[same(row[Column.TEXT])] > 1,
            Tag.LABEL_ISSUE: next(issues),
        }
        return [tag for tag, met in tests.items() if met]

    return [tags(row) for row in rows]


def same(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def label_issues(rows: list[dict[str, Any]]) -> list[bool]:
    """The off-diagonal of the confident joint, equation 1 of the paper."""
    given_labels = np.array([-1 if row[Column.TRUTH] is None else row[Column.TRUTH] for row in rows])
    chances = np.array([row[Column.PROBABILITIES] for row in rows]).reshape(len(rows), 5)
    thresholds = np.full(5, np.inf)
    for label in range(5):
        if (given_labels == label).any():
            thresholds[label] = chances[given_labels == label, label].mean()
    reached = np.where(chances >= thresholds, chances, -1)
    counted_as = reached.argmax(axis=1)
    return [
        bool(label >= 0 and reached[number].max() >= 0 and counted_as[number] != label)
        for number, label in enumerate(given_labels)
    ]


def tags_of(dataset: Dataset) -> list[list[Tag]]:
    return [[Tag(tag) for tag in tags] for (tags,) in dataset.ask("SELECT tags FROM reviews ORDER BY id")]


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 80), shard_rows=st.sampled_from([7, 100]))
def test_tags_are_what_plain_python_says(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, shard_rows: int
) -> None:
    rows = drawn(seed, count)
    folder = write_batch(tmp_path_factory.mktemp("drawn") / "batch", rows, shard_rows=shard_rows)
    for rules in (RULES, TagRules(confident=0.5, tie=0.3, unknown=0.6, language=0.8, language_words=0, long_words=1)):
        dataset = Dataset(folder, rules)
        assert tags_of(dataset) == expected(rows, rules)
        dataset.close()


def test_every_tag_occurs_in_what_is_drawn() -> None:
    assert {tag for tags in expected(drawn(0, 300), RULES) for tag in tags} == set(Tag)


def issues(tmp_path: Path, rows: list[dict[str, Any]]) -> list[bool]:
    return [Tag.LABEL_ISSUE in tags for tags in tags_of(Dataset(write_batch(tmp_path / "batch", rows)))]


def test_equal_probabilities_reach_their_mean_and_speak_for_the_given_label(tmp_path: Path) -> None:
    even = (0.1, 0.1, 0.1, 0.35, 0.35)
    assert issues(tmp_path, [predicted("a", even, 3)] * 7 + [predicted("b", even, 4)] * 3) == [False] * 10


def test_a_given_label_that_does_not_reach_its_threshold_gives_way(tmp_path: Path) -> None:
    # Threshold of 5 stars: (0.9 + 0.5) / 2 = 0.7; of 4 stars: 0.4. The second row is below the one and above the other.
    rows = [
        predicted("a", (0, 0, 0, 0.1, 0.9), 4),
        predicted("b", (0.05, 0, 0, 0.45, 0.5), 4),
        predicted("c", (0.3, 0.3, 0, 0.4, 0), 3),
    ]
    assert issues(tmp_path, rows) == [False, True, False]


def test_without_labels_only_what_needs_none(tmp_path: Path) -> None:
    dataset = Dataset(write_batch(tmp_path / "batch", [predicted("a", (0.0, 0.0, 0.0, 0.49, 0.51))] * 2))
    assert tags_of(dataset) == [[Tag.NEAR_TIE, Tag.DUPLICATE]] * 2


def test_labels_that_hold_one_by_one(tmp_path: Path) -> None:
    rows = [
        predicted("a", (0.9, 0.95, 0.1, 0.1, 0.1), 0, **{Column.MARGIN: None}),
        predicted("b", (0.9, 0.54, 0.1, 0.1, 0.1), 0, **{Column.MARGIN: None}),
        predicted("c", (0.1, 0.1, 0.1, 0.1, 0.99), 0, **{Column.MARGIN: None}),
    ]
    folder = write_batch(tmp_path / "batch", rows)
    manifest = BatchManifest.model_validate_json((folder / "manifest.json").read_bytes())
    changed = manifest.model_copy(update={"activation": Activation.SIGMOID})
    (folder / "manifest.json").write_text(changed.model_dump_json(by_alias=True))
    assert tags_of(Dataset(folder)) == [[Tag.CONFIDENT_WRONG], [Tag.NEAR_TIE], [Tag.CONFIDENT_WRONG]]


def test_what_is_not_composed_is_composed_already() -> None:
    """Of the signs that are passed over, none is another in form NFC, nor joins with one before it."""
    signs = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    joining = {parts[1] for sign in signs if len(parts := unicodedata.normalize("NFD", sign)) > 1}
    found = duckdb.execute(
        "SELECT sign FROM (SELECT unnest(?) AS sign) WHERE NOT regexp_matches(sign, ?)", [signs, MAY_COMPOSE]
    ).fetchall()
    passed = {sign for (sign,) in found}
    assert len(passed) > 30_000
    assert [sign for sign in passed if unicodedata.normalize("NFC", sign) != sign or unicodedata.combining(sign)] == []
    assert passed & joining == set()


def test_a_data_set_where_nothing_was_predicted(tmp_path: Path) -> None:
    assert tags_of(Dataset(write_batch(tmp_path / "batch", [failed("the text is empty")] * 3))) == [[]] * 3
