"""The input of a new batch, looked at from its beginning; what a batch of it is asked for and what that costs."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some

from workbench import resources
from workbench.batch import queue
from workbench.batch.planning import plan
from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.schema import BatchOptions, BatchPlan, BatchProgress, BatchState, BatchStatus, BatchSummary
from workbench.tables.sources import Delimited
from workbench.ui import dataset_asking, dataset_sentences, dataset_source
from workbench.ui.dataset_choices import DatasetChoices
from workbench.ui.file_choice import NO_COLUMN

NAMES = ("id", "review text", "rating", "branch")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(resources.HOME, str(tmp_path / "home"))
    monkeypatch.delenv(resources.ROOTS, raising=False)
    st.cache_data.clear()


def rows(count: int) -> list[tuple[int, str, int, str]]:
    return [(n, " ".join(["good, food"] * (1 + n % 9)), 1 + n % 5, f"b{n % 3}") for n in range(count)]


def as_csv(file: Path, found: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    with file.open("w", newline="", encoding=encoding) as stream:
        csv.writer(stream).writerows([NAMES, *found])
    return file


def as_jsonl(file: Path, found: Sequence[Sequence[object]]) -> Path:
    file.write_text("".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in found))
    return file


def test_a_short_file_is_counted(tmp_path: Path) -> None:
    found = dataset_source.look(as_csv(tmp_path / "a.csv", rows(100)))
    assert (found.rows, found.exact, found.files) == (100, True, 1)
    assert (found.columns, found.text, found.label, found.others) == (NAMES, 1, 2, [0, 3])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "jsonl"])
def test_a_long_file_is_estimated_from_its_beginning(tmp_path: Path, encoding: str) -> None:
    made = rows(5_000)
    file = as_jsonl(tmp_path / "a.jsonl", made) if encoding == "jsonl" else as_csv(tmp_path / "a.csv", made, encoding)
    found = dataset_source.look(file)
    assert not found.exact
    assert found.rows == pytest.approx(5_000, rel=0.2)


def test_no_more_than_the_beginning_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0
    whole = Delimited.rows

    def counted(self: Delimited, positions: Sequence[int], optional: Sequence[int] = ()):
        nonlocal read
        for row in whole(self, positions, optional):
            read += 1
            yield row

    monkeypatch.setattr(Delimited, "rows", counted)
    file = as_csv(tmp_path / "a.csv", rows(3_000))
    dataset_source.look(file)
    table = dataset_source.head(file, "review text", "rating")
    assert len(table.rows) == dataset_source.HEAD
    assert read <= 3 * dataset_source.HEAD
    before = read
    dataset_source.look(file)
    dataset_source.head(file, "review text", "rating")
    assert read == before


def test_parquet_says_how_many(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for part, count in enumerate((1_234, 17)):
        pq.write_table(pa.table({"text": ["good food"] * count}), tmp_path / f"{part}.parquet")
    found = dataset_source.look(tmp_path)
    assert (found.rows, found.exact, found.files) == (1_251, True, 2)


def test_the_first_rows_are_as_a_batch_reads_them(tmp_path: Path) -> None:
    file = as_csv(tmp_path / "a.csv", [(1, "good", 5, "x"), (2, " ", 4, "y"), (3, "bad", "", "z")])
    table = dataset_source.head(file, "review text", "rating")
    assert [(row.number, row.text, row.label) for row in table.rows] == [(1, "good", "5"), (3, "bad", None)]
    assert table.source.fault_counts == {"there is no text in it": 1}
    assert [row.label for row in dataset_source.head(file, "review text", None).rows] == [None, None]


def test_nothing_that_looks_like_a_text(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n3,4\n")
    found = dataset_source.look(file)
    assert (found.text, found.label, found.others) == (NO_COLUMN, NO_COLUMN, [0, 1])
    assert dataset_asking.options_of(DatasetChoices(), found) is None


def test_what_is_gone_or_empty(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file a\.csv any more; choose another one"):
        dataset_source.look(tmp_path / "a.csv")
    with pytest.raises(InputError, match="there is no file in the folder"):
        dataset_source.look(tmp_path)
    assert dataset_source.chosen_source(DatasetChoices(dataset_upload=tmp_path / "a.csv")) is None


@given(
    text=some.integers(0, 3),
    label=some.integers(-1, 3),
    extra=some.lists(some.integers(0, 3), unique=True),
)
def test_a_batch_takes_the_columns_that_the_form_shows(
    text: int, label: int, extra: list[int], tiny: Checkpoint, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "columns.csv"
    as_csv(file, rows(3))
    extra = [place for place in extra if place not in (text, label)]
    chosen = DatasetChoices(dataset_text=text, dataset_label=-1 if label == text else label, dataset_extra=extra)
    options = dataset_asking.options_of(chosen, dataset_source.look(file))
    assert options is not None
    settled = plan(file, tiny, options).options
    assert settled.text_columns == (NAMES[text],)
    assert settled.label_column == (None if chosen.dataset_label == -1 else NAMES[label])
    assert settled.extra_columns == tuple(NAMES[place] for place in extra)


@pytest.mark.parametrize(
    ("count", "methods", "expected"),
    [(None, [], 2_000), (60, [], 100), (60, ["occlusion"], 20), (10_000, [], 500), (10**6, ["occlusion"], 2_000)],
)
def test_short_files_have_small_shards(count: int | None, methods: list[str], expected: int) -> None:
    found = dataset_source.Input(("text",), 0, NO_COLUMN, count, True, 1)
    chosen = DatasetChoices(dataset_text=0, dataset_explain=bool(methods), dataset_methods=methods)
    options = dataset_asking.options_of(chosen, found)
    assert options is not None
    assert options.shard_rows == expected


def test_what_each_method_takes() -> None:
    assert dataset_asking.evaluations(("shap", "lime", "occlusion"), None) == {
        "shap": 500,
        "lime": 1000,
        "occlusion": 50,
    }
    assert dataset_asking.evaluations(("shap", "occlusion"), 64) == {"shap": 64, "occlusion": 50}


def test_the_time_is_told_by_an_earlier_batch_of_the_same_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "launch", lambda *_: None)
    file = as_csv(tmp_path / "a.csv", rows(90))
    found, asked = dataset_source.look(file), BatchOptions(text_columns=("review text",))
    assert dataset_asking.cost_text(found, "stars", asked) == "90 rows to predict."
    batch = queue.enqueue(file, "stars", asked).id
    summary = BatchSummary(rows=100, seconds=50.0, engine="local", finished="2026-01-01T00:00:00+00:00")
    queue.say(queue.folder(batch), BatchState(phase="done", summary=summary))
    assert dataset_asking.cost_text(found, "stars", asked) == (
        "90 rows to predict. About 45 s, by what earlier batches took."
    )
    assert dataset_asking.usual_rate("stars-early") is None


def status(phase: str, **more: object) -> BatchStatus:
    asked = BatchPlan(
        id="20260101-000000-0000",
        created="2026-01-01T00:00:00+00:00",
        name="a.csv",
        source=Path("/data/a.csv"),
        checkpoint="stars",
        options=BatchOptions(text_columns=("text",)),
        output=Path("/data/out"),
    )
    return BatchStatus(plan=asked, state=BatchState.model_validate({"phase": phase}), **more)  # type: ignore[arg-type]


def test_sentences() -> None:
    progress = BatchProgress(done=4_000, total=20_000, errors=1, seconds=80, rows_per_second=50.0, seconds_left=320.0)
    tell = dataset_sentences.phase_text
    assert tell(status("waiting", ahead=2)) == "waiting, 2 before it"
    assert tell(status("running")) == "running, reading the file"
    assert tell(status("running", progress=progress)) == (
        "running, 4,000 of 20,000 rows, 50.0 rows/s, about 5 min left, 1 error"
    )
    assert tell(status("running", progress=progress, cancelling=True)) == (
        "stopping after the rows at hand, 4,000 of 20,000 rows, 50.0 rows/s, 1 error"
    )
    assert tell(status("cancelled", progress=progress)) == "cancelled, 4,000 of 20,000 rows"
    assert dataset_sentences.said("mend that, then go on with --resume") == "mend that, then press Resume"
