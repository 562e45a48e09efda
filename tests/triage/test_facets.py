"""What there is to choose a filter from, against counts in plain Python."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from batch_folders import failed, predicted, write_batch

from workbench.errors import InputError
from workbench.schema import Column, Correction, RowOrder
from workbench.triage import Dataset, rows
from workbench.triage.corrections import add_corrections
from workbench.triage.facets import column_values, languages, most_words

CHANCES = (0.6, 0.4, 0.0, 0.0, 0.0)
TOWNS = (None, "", "Oslo", "'; DROP TABLE marks; --", "1.5")
ROWS = [
    predicted(
        f"food {number}",
        CHANCES if number % 2 else (0.51, 0.49, 0.0, 0.0, 0.0),
        number % 5,
        **{
            Column.LANGUAGE: ("en", "en", "de", None)[number % 4],
            Column.WORDS: number,
            "extra:town": TOWNS[number % 7 % 5],
            "extra:price": f" {number - 20}.5",
        },
    )
    for number in range(60)
] + [failed("the text is empty") | {"extra:town": "nowhere", "extra:price": "x", Column.LANGUAGE: "fr"}]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(write_batch(tmp_path / "batch", ROWS, extra=("town", "price"), shard_rows=25))


def test_values_have_their_rows_the_most_frequent_first(dataset: Dataset) -> None:
    found = column_values(dataset, "town")
    assert dict(found.values) == Counter(row["extra:town"] for row in ROWS[:60])
    assert [count for _, count in found.values] == sorted((count for _, count in found.values), reverse=True)
    assert (found.numbers, found.others) == (None, 0)
    assert column_values(dataset, "town", 2).values == found.values[:2]
    assert column_values(dataset, "town", 2).others == 3


def test_many_different_numbers_are_a_range(dataset: Dataset) -> None:
    found = column_values(dataset, "price", 5)
    assert found.numbers == (-20.5, 39.5)
    assert found.others == 55


def test_a_column_that_is_not_there_is_refused(dataset: Dataset) -> None:
    with pytest.raises(InputError, match="there is no column 'nosuch'"):
        column_values(dataset, "nosuch")


def test_languages_and_the_longest_review(dataset: Dataset) -> None:
    assert languages(dataset) == (("en", 30), ("de", 15))
    assert most_words(dataset) == 59


def test_rows_are_sorted_by_tags_and_marks(dataset: Dataset) -> None:
    add_corrections(dataset.folder, [Correction(id=7, label="b"), Correction(id=3, label="a")])
    assert [one.row for one in rows(dataset, by=RowOrder(column="correction")).rows][:3] == [3, 7, 1]
    counts = [len(one.tags) for one in rows(dataset, by=RowOrder(column="tags", descending=True)).rows]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
