from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from batch_folders import failed, predicted, write_batch

from workbench.errors import InputError
from workbench.schema import RowFilter, RowOrder
from workbench.triage import Dataset, condition, order


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    rows = [
        predicted("Great room", (0.0, 0.1, 0.1, 0.2, 0.6), 4, **{"extra:town": "Oslo"}),
        predicted("bad 100% soap's", (0.7, 0.1, 0.1, 0.1, 0.0), 4, **{"extra:town": "Lima"}),
        failed("the text is empty"),
        predicted("No grating", (0.3, 0.2, 0.2, 0.15, 0.15), **{"extra:town": "Oslo"}),
    ]
    return Dataset(write_batch(tmp_path / "it's", rows, extra=("town",), shard_rows=3))


def numbers(dataset: Dataset, chosen: RowFilter, by: RowOrder | None = None) -> list[int]:
    extra = dataset.manifest.options.extra_columns
    where, values = condition(chosen, extra)
    return [
        row
        for (row,) in dataset.ask(
            f"SELECT row FROM reviews WHERE {where} ORDER BY {order(by or RowOrder(), extra)}", values
        )
    ]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (RowFilter(), [1, 2, 4]),
        (RowFilter(failed=None), [1, 2, 3, 4]),
        (RowFilter(failed=True), [3]),
        (RowFilter(text="GR"), [1, 4]),
        (RowFilter(text="%"), [2]),
        (RowFilter(text="' OR 1=1 --"), []),
        (RowFilter(word="great"), [1]),
        (RowFilter(word="rat"), []),
        (RowFilter(right=False), [2]),
        (RowFilter(right=True), [1]),
        (RowFilter(predicted=0), [2, 4]),
        (RowFilter(predicted=0, truth=4), [2]),
        (RowFilter(confidence=(0.3, 0.7)), [1, 4]),
        (RowFilter(words=(3, 9)), [2]),
        (RowFilter(extra=(("town", "Oslo"),)), [1, 4]),
    ],
)
def test_filters(dataset: Dataset, chosen: RowFilter, expected: list[int]) -> None:
    assert numbers(dataset, chosen) == expected


def test_orders(dataset: Dataset) -> None:
    every = RowFilter(failed=None)
    assert numbers(dataset, every, RowOrder(descending=True)) == [4, 3, 2, 1]
    assert numbers(dataset, every, RowOrder(column="confidence")) == [4, 1, 2, 3]
    assert numbers(dataset, every, RowOrder(column="confidence", descending=True)) == [2, 1, 4, 3]
    assert numbers(dataset, every, RowOrder(column="town")) == [2, 1, 4, 3]


def test_what_cannot_be_asked(dataset: Dataset) -> None:
    with pytest.raises(InputError, match="choose from: town"):
        numbers(dataset, RowFilter(extra=(('x" OR 1', "a"),)))
    with pytest.raises(InputError, match="no column 'logits'"):
        numbers(dataset, RowFilter(), RowOrder(column="logits"))


def test_threads_may_ask_at_once(dataset: Dataset) -> None:
    found: list[int] = []
    threads = [Thread(target=lambda: found.append(len(dataset.ask("SELECT id FROM reviews")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [4] * 4


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no batch"):
        Dataset(tmp_path)
    write_batch(tmp_path / "new", [])
    with pytest.raises(InputError, match="no rows yet"):
        Dataset(tmp_path / "new")
    (tmp_path / "new" / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match="damaged"):
        Dataset(tmp_path / "new")
