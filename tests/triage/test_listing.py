from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_folders import STARS, failed, predicted, write_batch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import InputError, UnknownNameError
from workbench.schema import Column, Correction, RowFilter, RowOrder, RowPage, Tag
from workbench.triage import Dataset, count, row, rows, tag_counts
from workbench.triage.corrections import add_corrections

# Of letters whose case is the same to Python and DuckDB.
SIGNS = "aAbB éÉ.%_'\"\\ñÑжЖ😀"
WORDS = st.sampled_from(["a", "Ab", "É", "ж", "%", "_", "a b", "'", "\\", '"', "😀", "zz"])
TOWNS = ("Oslo", "L'Aquila", None)


def drawn(count: int = 120) -> list[dict[str, Any]]:
    import numpy as np

    draw = np.random.default_rng(1)
    rows = []
    for number in range(count):
        text = "".join(draw.choice(list(SIGNS), size=draw.integers(1, 12))) + str(number)
        town = {"extra:town": TOWNS[number % 3]}
        if number % 10 == 9:
            rows.append(failed("the text is empty", text) | town)
            continue
        chances = tuple(np.round(draw.dirichlet(np.full(5, 0.4)), 2))
        truth = None if number % 7 == 0 else int(draw.integers(5))
        more = {Column.WORDS: number % 30, Column.LANGUAGE: ("en", "de", None)[number % 4 % 3]}
        rows.append(predicted(text, chances, truth, **more, **town))
    return rows


ROWS = drawn()
MARKED = {2: "1 star", 3: None, 5: "5 stars", 9: STARS[ROWS[8][Column.TRUTH]]}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    place = tmp_path_factory.mktemp("it's [a] * ? x=1") / '"quoted" {b}'
    folder = write_batch(place, ROWS, extra=("town",), shard_rows=50)
    add_corrections(folder, [Correction(id=number, label=label) for number, label in MARKED.items()])
    opened = Dataset(folder)
    yield opened
    opened.close()


def met(chosen: RowFilter, number: int, tags: tuple[Tag, ...]) -> bool:
    """The filter in plain Python."""
    one = {str(name): value for name, value in ROWS[number - 1].items()}
    truth, marked = one.get("truth"), MARKED.get(number)
    wrong = one.get("error") is not None
    right = None if wrong or truth is None else truth == one["predicted"]
    folded = one["text"].lower()
    apart = rf"(?<![^\W])({re.escape(chosen.word.lower())})(?![^\W])"
    given_label = None if wrong or truth is None else STARS[truth]
    relabelled = marked is not None and marked != given_label
    tests = [
        chosen.text.lower() in folded,
        not chosen.word or re.search(apart, folded) is not None,
        chosen.predicted is None or one.get("predicted") == chosen.predicted,
        chosen.truth is None or truth == chosen.truth,
        chosen.right is None or right is chosen.right,
        set(chosen.tags) <= set(tags),
        chosen.confidence is None or (not wrong and chosen.confidence[0] <= one["confidence"] < chosen.confidence[1]),
        chosen.words is None or (not wrong and chosen.words[0] <= one["words"] <= chosen.words[1]),
        all(one["extra:town"] == value for _, value in chosen.extra),
        chosen.language is None or one.get("language") == chosen.language,
        chosen.failed is None or chosen.failed is wrong,
        chosen.corrected is None or chosen.corrected is relabelled,
        chosen.marked is None or chosen.marked is (marked is not None),
    ]
    return all(tests)


MAYBE = st.none() | st.booleans()
LABEL = st.none() | st.integers(0, 5)
FILTERS = st.builds(
    RowFilter,
    text=st.just("") | WORDS,
    word=st.just("") | WORDS,
    predicted=LABEL,
    truth=LABEL,
    right=MAYBE,
    tags=st.just(()) | st.lists(st.sampled_from(Tag), max_size=2).map(tuple),
    confidence=st.none() | st.tuples(st.floats(0, 1), st.floats(0, 2)),
    words=st.none() | st.tuples(st.integers(0, 30), st.integers(0, 30)),
    extra=st.just(()) | st.sampled_from([(("town", "Oslo"),), (("town", "L'Aquila"),), (("town", "' OR 1=1"),)]),
    language=st.sampled_from([None, "en", "de"]),
    failed=MAYBE,
    corrected=MAYBE,
    marked=MAYBE,
)
# One condition at a time, as several together seldom leave a row.
SINGLE = FILTERS.flatmap(
    lambda whole: st.sampled_from(sorted(RowFilter.model_fields)).map(
        lambda name: RowFilter(failed=None).model_copy(update={name: getattr(whole, name)})
    )
)


@given(chosen=SINGLE | FILTERS)
def test_any_filter_is_its_python_predicate(dataset: Dataset, chosen: RowFilter) -> None:
    tags = dict(dataset.ask("SELECT row, tags FROM reviews"))
    expected = [number for number in range(1, len(ROWS) + 1) if met(chosen, number, tuple(map(Tag, tags[number])))]
    found = rows(dataset, chosen, page=RowPage(size=1_000))
    assert [one.row for one in found.rows] == expected
    assert found.total == count(dataset, chosen) == len(expected)
    counted = tag_counts(dataset, chosen)
    assert counted == {tag: sum(tag in tags[number] for number in expected) for tag in Tag}


SORTED = [*(column for column in Column if column not in {Column.LOGITS, Column.PROBABILITIES}), "town", "extra:town"]


@settings(max_examples=30)
@given(column=st.sampled_from(SORTED), descending=st.booleans(), size=st.integers(15, 150))
def test_pages_have_every_row_once_and_in_order(dataset: Dataset, column: str, descending: bool, size: int) -> None:
    by, every = RowOrder(column=column, descending=descending), RowFilter(failed=None)
    first = rows(dataset, every, by, RowPage(size=size))
    pages = [rows(dataset, every, by, RowPage(number=number, size=size)) for number in range(first.pages)]
    numbers = [one.row for page in pages for one in page.rows]
    assert sorted(numbers) == list(range(1, len(ROWS) + 1))
    assert all(page.total == len(ROWS) for page in pages)
    assert rows(dataset, every, by, RowPage(number=first.pages, size=size)).rows == ()
    if column in {"confidence", "words"}:
        values = [ROWS[number - 1].get(column) for number in numbers]
        there = [value for value in values if value is not None]
        assert there == sorted(there, reverse=descending)
        assert values[len(there) :] == [None] * (len(values) - len(there))


def test_a_row_is_shown_as_it_is(dataset: Dataset) -> None:
    one, source = row(dataset, 2), ROWS[1]
    assert one.model_dump(exclude={"tags", "probabilities", "confidence", "margin", "expected"}) == {
        "id": 2,
        "file": "reviews.csv",
        "row": 2,
        "text": source[Column.TEXT],
        "cut": False,
        "error": None,
        "given": source[Column.GIVEN],
        "right_label": source[Column.GIVEN],
        "right": source[Column.TRUTH] == source[Column.PREDICTED],
        "label": source[Column.LABEL],
        "characters": len(source[Column.TEXT]),
        "words": source[Column.WORDS],
        "tokens": source[Column.TOKENS],
        "tokens_read": source[Column.TOKENS_READ],
        "unknown": 0,
        "language_share": 0.99,
        "language": source[Column.LANGUAGE],
        "unread_from": None,
        "correction": "1 star",
        "note": "",
        "extras": (("town", "L'Aquila"),),
    }
    assert one.probabilities == tuple(source[Column.PROBABILITIES])
    assert (one.confidence, one.margin, one.expected) == (
        source[Column.CONFIDENCE],
        source[Column.MARGIN],
        source[Column.EXPECTED],
    )
    broken = row(dataset, 10)
    assert (broken.error, broken.label, broken.confidence, broken.probabilities) == (
        "the text is empty",
        None,
        None,
        (),
    )


def test_a_table_has_beginnings_and_a_row_the_whole(tmp_path: Path) -> None:
    text = "é😀" * 400
    dataset = Dataset(write_batch(tmp_path / "batch", [predicted(text, (0.5, 0.5, 0, 0, 0))]))
    (beginning,) = rows(dataset, length=5).rows
    assert (beginning.text, beginning.cut) == ("é😀é😀é", True)
    assert (row(dataset, 1).text, row(dataset, 1).cut) == (text, False)


def test_columns_of_any_name(tmp_path: Path) -> None:
    names = ('a"b', "text", "Town", "town", "extra:x", "id")
    cells = {f"extra:{name}": f"<{name}>" for name in names}
    dataset = Dataset(write_batch(tmp_path / "batch", [predicted("a", (1, 0, 0, 0, 0)) | cells], extra=names))
    assert row(dataset, 1).extras == tuple((name, f"<{name}>") for name in names)
    for name in names:
        assert count(dataset, RowFilter(extra=((name, f"<{name}>"),))) == 1
        assert rows(dataset, by=RowOrder(column=f"extra:{name}")).total == 1


def test_what_is_not_there(dataset: Dataset) -> None:
    with pytest.raises(UnknownNameError, match="there is no row 999"):
        row(dataset, 999)
    with pytest.raises(InputError, match="lone surrogate"):
        rows(dataset, RowFilter(text="\ud800"))


@pytest.mark.parametrize("word", ["Ж" * 5_000, "\0", "a\0B", "\n", "[", "(?i)", "\\E", "a|b"])
def test_any_word_can_be_looked_for(tmp_path: Path, word: str) -> None:
    texts = (word.lower(), f"so {word}, yes", f"x{word}x", "a")
    dataset = Dataset(write_batch(tmp_path / "batch", [predicted(text, (1, 0, 0, 0, 0)) for text in texts]))
    apart = word[0].isalpha() and word[-1].isalpha()
    found = [one.row for one in rows(dataset, RowFilter(word=word)).rows]
    assert found[:2] == [1, 2]
    assert not apart or found == [1, 2]
    assert [one.row for one in rows(dataset, RowFilter(text=word)).rows] == [1, 2, 3]


@pytest.mark.parametrize("kept", [0, 100, -60])
def test_a_damaged_shard_is_told(tmp_path: Path, kept: int) -> None:
    folder = write_batch(tmp_path / "batch", [predicted("a", (1, 0, 0, 0, 0))] * 9, shard_rows=3)
    shard = folder / "predictions" / "00000-000001.parquet"
    shard.write_bytes(shard.read_bytes()[:kept])
    with pytest.raises(InputError, match="the batch batch is damaged"):
        Dataset(folder)


def test_a_batch_that_is_gone_is_told(tmp_path: Path) -> None:
    folder = write_batch(tmp_path / "batch", [predicted("a", (1, 0, 0, 0, 0))])
    dataset = Dataset(folder)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="cannot be read"):
        rows(dataset)


def test_an_unfinished_batch_grows(tmp_path: Path) -> None:
    ten = [predicted(f"text {number % 5}", (1, 0, 0, 0, 0)) for number in range(10)]
    folder = write_batch(tmp_path / "batch", ten, shard_rows=5, complete=False)
    late = folder / "predictions" / "00000-000001.parquet"
    late.rename(folder / "predictions" / ".00000-000001.parquet")
    before = Dataset(folder)
    assert (before.summary, count(before), tag_counts(before)[Tag.DUPLICATE]) == (None, 5, 0)
    assert before.refreshed() is before
    (folder / "predictions" / ".00000-000001.parquet").rename(late)
    after = before.refreshed()
    assert (count(before), count(after), tag_counts(after)[Tag.DUPLICATE]) == (5, 10, 10)
    write_batch(folder, ten, shard_rows=5)
    assert after.refreshed().summary is not None
