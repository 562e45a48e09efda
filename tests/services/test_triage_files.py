"""Exports read back with other libraries."""

from __future__ import annotations

import csv
import json
from math import exp
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from batch_folders import failed, predicted, write_batch

from workbench.errors import InputError
from workbench.schema import BatchManifest, Column, RowFilter, RowOrder, Tag
from workbench.services import triage_files, triaging
from workbench.tables import FORMULA_SIGNS, defused, read_rows
from workbench.triage import Dataset

HOSTILE = (
    '=HYPERLINK("http://x";"y")',
    "+1",
    "-1 stars",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    'quoted "text", with; commas\nand lines\r\n',
    "'; DROP TABLE marks; --",
    "null\0 \x1b[2J \u202e \u2028 😀",
    "plain",
)
SURE = (0.0, 0.0, 0.0, 0.1, 0.9)
TORN = (0.3, 0.25, 0.2, 0.15, 0.1)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    rows = [
        predicted(text, SURE if number % 2 else TORN, number % 5, **{"extra:=town": text, "extra:Label": "x"})
        for number, text in enumerate(HOSTILE)
    ]
    rows += [failed("the text is empty"), predicted("no label", TORN)]
    return Dataset(write_batch(tmp_path / "it's a 'batch'", rows, extra=("=town", "Label"), shard_rows=5))


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_jsonl(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_bytes().split(b"\n") if line]


def test_every_format_has_the_same_rows(dataset: Dataset, tmp_path: Path) -> None:
    files = [tmp_path / f"out's{suffix}" for suffix in (".csv", ".jsonl", ".PARQUET")]
    assert [triage_files.export_rows(dataset, file, RowFilter(failed=None)) for file in files] == [12, 12, 12]
    lines, objects, table = read_csv(files[0]), read_jsonl(files[1]), pq.read_table(files[2]).to_pylist()
    texts = [*HOSTILE, "", "no label"]
    assert [one["text"] for one in table] == [one["text"] for one in objects] == texts
    assert [one["text"] for one in lines] == [defused(text) for text in texts]
    assert [one["=town"] for one in table][:10] == [*HOSTILE]
    assert [cell for one in lines for cell in (*one, *one.values()) if cell.startswith(FORMULA_SIGNS)] == []
    assert list(objects[0])[:5] == ["id", "file", "row", "text", "error"]
    assert [one["file"] for one in table] == ["reviews.csv"] * 12
    assert [one["confidence"] for one in objects] == [one["confidence"] for one in table]
    assert [one["confidence"] for one in table][:2] == [0.3, 0.9]
    assert [float(one["confidence"]) for one in lines if one["confidence"]] == [
        one["confidence"] for one in table if one["confidence"] is not None
    ]
    assert table[1]["tags"] == [Tag.CONFIDENT_WRONG, Tag.LABEL_ISSUE]
    assert (lines[1]["tags"], lines[1]["right"]) == ("confident and wrong; label may be wrong", "false")
    assert sorted(file.name for file in tmp_path.glob(".*")) == []


def test_filter_and_order(dataset: Dataset, tmp_path: Path) -> None:
    chosen, by = RowFilter(confidence=(0.5, 2.0)), RowOrder(column="text", descending=True)
    assert triage_files.export_rows(dataset, tmp_path / "some.jsonl", chosen, by) == 5
    expected = sorted((text for number, text in enumerate(HOSTILE) if number % 2), key=str.encode, reverse=True)
    assert [one["text"] for one in read_jsonl(tmp_path / "some.jsonl")] == expected


def test_the_piles_are_the_whole(dataset: Dataset, tmp_path: Path) -> None:
    sure, unsure = tmp_path / "sure.parquet", tmp_path / "unsure.parquet"
    assert triage_files.export_piles(dataset, 0.9, sure, unsure) == (5, 7)
    numbers = [pq.read_table(file).column("row").to_pylist() for file in (sure, unsure)]
    assert numbers == [[2, 4, 6, 8, 10], [11, 1, 3, 5, 7, 9, 12]]


def test_the_piles_by_the_scaled_confidence(tmp_path: Path) -> None:
    """Softmax by hand; the temperature changes the order of the rows, and so the piles and what is looked at first."""
    logits = [
        [4.0, 3.0, -9.0, -9.0, -9.0],
        [3.0, 0.5, 0.5, 0.5, 0.5],
        [9.0, 0.0, 0.0, 0.0, 0.0],
        [1.0, 0.9, 0.8, 0.7, 0.6],
    ]
    chances = [[exp(one) / sum(map(exp, row)) for one in row] for row in logits]
    rows = [predicted("x", own, **{Column.LOGITS: row}) for own, row in zip(chances, logits, strict=True)]
    dataset = Dataset(write_batch(tmp_path / "scaled", [*rows, failed("the text is empty")]))
    scaled = [max(exp(one / 4) for one in row) / sum(exp(one / 4) for one in row) for row in logits]
    assert chances[1][0] > chances[0][0]
    assert scaled[1] < scaled[0] < scaled[2]
    threshold = (scaled[1] + scaled[0]) / 2
    sure, unsure = tmp_path / "sure.jsonl", tmp_path / "unsure.jsonl"
    assert triage_files.export_piles(dataset, threshold, sure, unsure, RowFilter(temperature=4.0)) == (2, 3)
    numbers = [[one["row"] for one in read_jsonl(file)] for file in (sure, unsure)]
    assert numbers == [[1, 3], [5, *sorted((2, 4), key=lambda row: scaled[row - 1])]]
    # What the file calls confidence is what the checkpoint said.
    assert [one["confidence"] for one in read_jsonl(sure)] == pytest.approx([chances[0][0], chances[2][0]])


def test_one_pile_alone(dataset: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "pile.parquet"
    assert triage_files.export_pile(dataset, 0.9, file, confident=True) == 5
    assert pq.read_table(file).column("row").to_pylist() == [2, 4, 6, 8, 10]
    assert triage_files.export_pile(dataset, 0.9, file, confident=False, chosen=RowFilter(truth=0)) == 1
    assert pq.read_table(file).column("row").to_pylist() == [1]


def test_corrections_are_read_by_training(dataset: Dataset, tmp_path: Path) -> None:
    triaging.relabel(dataset, {1: "5", 12: "4 stars"}, note="=why")
    triaging.confirm_labels(dataset, [3])
    for name in ("marks.csv", "marks.jsonl", "marks.parquet"):
        assert triage_files.export_corrections(dataset, tmp_path / name) == 3
        found = [(row.text, row.label) for row in read_rows(tmp_path / name)]
        texts = [defused(HOSTILE[0]) if name.endswith("csv") else HOSTILE[0], "no label"]
        assert [found[0], found[2]] == [(texts[0], "5 stars"), (texts[1], "4 stars")]
        assert found[1][1] == "3 stars"
    table = pq.read_table(tmp_path / "marks.parquet").to_pylist()
    told = [(one["given"], one["predicted"], one["changed"], one["note"]) for one in table]
    assert told == [
        ("1 star", "1 star", True, "=why"),
        ("3 stars", "1 star", False, ""),
        (None, "1 star", True, "=why"),
    ]


def test_all_rows_with_corrected_labels(dataset: Dataset, tmp_path: Path) -> None:
    triaging.relabel(dataset, {1: "5 stars", 2: "2 stars"})
    assert triage_files.export_corrected(dataset, tmp_path / "all.parquet") == 12
    table = pq.read_table(tmp_path / "all.parquet").to_pylist()
    stars = ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]
    assert [one["label"] for one in table] == ["5 stars", *(stars * 2)[1:], None, None]
    assert [one["corrected"] for one in table] == [True] + [False] * 11
    assert [one["given"] for one in table][:2] == ["1 star", "2 stars"]
    # The file has a column of that name too, whatever its case.
    assert [one["Label (2)"] for one in table][:2] == ["x", "x"]


def test_labels_that_the_checkpoint_does_not_know(tmp_path: Path) -> None:
    row = predicted("a", SURE, **{Column.GIVEN: "spam"})
    folder = write_batch(tmp_path / "batch", [row, predicted("b", SURE, 0, **{Column.GIVEN: "awful"})])
    manifest = BatchManifest.model_validate_json((folder / "manifest.json").read_bytes())
    changed = manifest.model_copy(update={"label_meanings": {"spam": None, "awful": "1 star"}})
    (folder / "manifest.json").write_text(changed.model_dump_json(by_alias=True))
    dataset = triaging.open_dataset(folder)
    assert triaging.known_labels(dataset)[-2:] == ("5 stars", "spam")
    assert triaging.relabel(dataset, {1: "awful", 2: "spam"}) == {1: "1 star", 2: "spam"}
    assert [triaging.row(dataset, one).relabelled for one in (1, 2)] == [True, True]
    triaging.confirm_labels(dataset, [1, 2])
    assert [triaging.row(dataset, one).correction for one in (1, 2)] == ["spam", "1 star"]
    triaging.take_back(dataset, [1])
    assert [triaging.row(dataset, one).correction for one in (1, 2)] == [None, "1 star"]
    assert triaging.label_index(dataset, "awful") == 0
    with pytest.raises(InputError, match="the checkpoint has no label 'spam'"):
        triaging.label_index(dataset, "spam")


def test_nothing_is_marked_where_one_row_is_at_fault(dataset: Dataset) -> None:
    with pytest.raises(InputError, match="there is no row 99"):
        triaging.relabel(dataset, {1: "5 stars", 99: "5 stars"})
    with pytest.raises(InputError, match="no label '7 stars'; choose from: 1 star, "):
        triaging.relabel(dataset, {1: "5 stars", 2: "7 stars"})
    with pytest.raises(InputError, match="row 12 has no label"):
        triaging.confirm_labels(dataset, [1, 12])
    assert triaging.count(dataset, RowFilter(marked=True)) == 0


def test_what_cannot_be_written(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'.xlsx' is no format"):
        triage_files.export_rows(dataset, tmp_path / "rows.xlsx")
    with pytest.raises(InputError, match="cannot be written"):
        triage_files.export_rows(dataset, tmp_path / "nowhere" / "rows.csv")
    (tmp_path / "rows.csv").write_text("before")
    with pytest.raises(InputError, match="no column"):
        triage_files.export_rows(dataset, tmp_path / "rows.csv", by=RowOrder(column="nosuch"))
    assert (tmp_path / "rows.csv").read_text() == "before"
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize(
    ("typed", "expected"), [("3", 3), ("reviews.csv:3", 3), ("1000000000003", 10**12 + 3), ("0003", 3)]
)
def test_numbers_of_rows(dataset: Dataset, typed: str, expected: int) -> None:
    assert triaging.parse_row(dataset, typed) == expected


@pytest.mark.parametrize("typed", ["", "x", "-1", "other.csv:3", "reviews.csv:", "3.0", "٣", "9" * 30])
def test_what_is_no_number_of_a_row(dataset: Dataset, typed: str) -> None:
    with pytest.raises(InputError):
        triaging.parse_row(dataset, typed)
