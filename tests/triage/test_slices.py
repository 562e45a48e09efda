"""Slices against brute force; planted ones are found, noise is not."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from batch_folders import failed, predicted, write_batch
from hypothesis import given
from hypothesis import strategies as st
from labelled_batches import labelled_dataset
from scipy.stats import binomtest, fisher_exact, ttest_ind

from workbench.errors import InputError
from workbench.schema import Measure, RowFilter, Slice, SliceKind, Tag
from workbench.triage import Dataset, condition, slices
from workbench.triage._conditions import cuts, joined, quantile_bins

WORDS = ["room", "staff", "food", "Café", "naïve", "日本", "कीमत", "was", "great", "don't", "x_1", "soap", "Über"]
TOWNS = ["Oslo", "Lima", 'it"s', "a'; DROP TABLE reviews; --"]
RIGHT, WRONG = (0.05, 0.05, 0.1, 0.2, 0.6), (0.5, 0.2, 0.1, 0.1, 0.1)


def made(folder: Path, rows: int = 600, seed: int = 0, error: Any = lambda row: 0.2, **batch: Any) -> Dataset:
    """Rows of random words, towns, prices and languages; ``error`` gives each row's chance to be wrong."""
    draws = np.random.default_rng(seed)
    told = []
    for _ in range(rows):
        text = " ".join(draws.choice(WORDS, size=draws.integers(1, 12)))
        row = {
            "extra:town": str(draws.choice(TOWNS)),
            "extra:price": f"{draws.gamma(2.0, 30):.2f}",
            'extra:odd" name': [None, "", "y"][draws.integers(0, 3)],
            "language": ["en", "de"][int(draws.random() < 0.3)],
            # Too little for a tag.
            "language_share": 0.5,
        }
        truth = int(draws.integers(5))
        wrong = draws.random() < error({"text": text, **row})
        # The predicted label says nothing here.
        chances = np.roll(RIGHT, truth - 4 + (draws.integers(1, 5) if wrong else 0))
        told.append(predicted(text, chances, truth, **row))
    return Dataset(write_batch(folder, told, extra=("town", "price", 'odd" name'), **batch))


def values(dataset: Dataset, chosen: RowFilter, value: str = "CAST(is_right AS DOUBLE)") -> np.ndarray:
    where, given_values = condition(chosen, dataset.manifest.options.extra_columns)
    found = dataset.ask(f"SELECT {value} FROM reviews WHERE {where} AND truth IS NOT NULL", given_values)
    return np.array([row[0] for row in found])


def test_every_slice_is_that_of_its_filter(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    found = slices(dataset, pairs=True)
    everything = values(dataset, RowFilter())
    assert found.overall.value == pytest.approx(everything.mean())
    assert {one.kind for one in found.slices} | {SliceKind.TAG} == set(SliceKind)
    for one in found.slices:
        own = values(dataset, one.chosen)
        hits, rest = int(own.sum()), int(everything.sum() - own.sum())
        others = len(everything) - len(own)
        assert (one.rows, one.labelled) == (len(own), len(own)), one.name
        assert (one.value.value, one.rest) == pytest.approx((own.mean(), rest / others))
        assert one.difference.value == pytest.approx(own.mean() - rest / others)
        ends = binomtest(hits, len(own)).proportion_ci(method="wilson")
        assert (one.value.low, one.value.high) == pytest.approx((ends.low, ends.high), abs=1e-9)
        if one.kind is not SliceKind.PAIR:
            table = [[hits, len(own) - hits], [rest, others - rest]]
            p = 2 * min(fisher_exact(table, alternative=side).pvalue for side in ("less", "greater"))
            assert one.p == pytest.approx(min(p, 1), rel=1e-6)
        assert one.p_corrected >= one.p


def test_words_are_what_the_filter_takes_for_words(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    found = {one.chosen.word: one.rows for one in slices(dataset).slices if one.kind is SliceKind.WORD}
    texts = [text for (text,) in dataset.ask("SELECT text FROM reviews")]
    expected: dict[str, int] = {}
    for text in texts:
        # A word ends where neither a letter, a mark, a number nor a low line stands.
        for word in set(re.findall(r"[^ ']+", text.lower())):
            expected[word] = expected.get(word, 0) + 1
    assert found == {word: rows for word, rows in expected.items() if 30 <= rows <= len(texts) - 30}
    assert {"café", "日本", "कीमत", "über", "don", "t", "x_1"} <= found.keys()


def test_a_mean_is_compared_as_scipy_does(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    found = slices(dataset, measure=Measure.MAE, by_word=False)
    off = "abs(expected - (truth + 1))"
    everything = values(dataset, RowFilter(), off)
    assert found.overall.value == pytest.approx(everything.mean())
    town = next(one for one in found.slices if one.name == "town = Oslo")
    own = values(dataset, town.chosen, off)
    extra = dataset.manifest.options.extra_columns
    where, given_values = condition(town.chosen, extra)
    rest = np.array([row[0] for row in dataset.ask(f"SELECT {off} FROM reviews WHERE NOT ({where})", given_values)])
    assert town.p == pytest.approx(ttest_ind(own, rest, equal_var=False).pvalue)
    assert town.rest == pytest.approx(rest.mean())


def test_noise_is_not_found(tmp_path: Path) -> None:
    found = [slices(made(tmp_path / str(seed), 500, seed), pairs=True) for seed in range(6)]
    assert [len(one.worst) for one in found] == [0] * 6
    assert all(one.looked_at > 100 for one in found)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (lambda row: 0.6 if "soap" in row["text"] else 0.1, "with the word “soap”"),
        (lambda row: 0.5 if row["extra:town"] == 'it"s' else 0.1, 'town = it"s'),
        (lambda row: 0.6 if float(row["extra:price"]) > 95 else 0.1, "price 92"),
        (lambda row: 0.5 if row["language"] == "de" else 0.1, "language de"),
        (lambda row: 0.5 if row['extra:odd" name'] is None else 0.1, 'odd" name is missing'),
        (lambda row: 0.6 if len(row["text"].split()) >= 10 else 0.1, "10 to 11 words"),
    ],
)
def test_a_planted_slice_is_the_worst(error: Any, name: str, tmp_path: Path) -> None:
    found = slices(made(tmp_path, 1_000, 1, error))
    assert found.worst[0].name.startswith(name)
    assert found.worst[0].found
    assert found.worst[0].worse > 0.1
    assert [one.worse for one in found.worst] == sorted((one.worse for one in found.worst), reverse=True)


def test_two_conditions_are_found_where_neither_alone_says_it(tmp_path: Path) -> None:
    def error(row: dict[str, Any]) -> float:
        return 0.8 if row["extra:town"] == "Lima" and row["language"] == "de" else 0.1

    dataset = made(tmp_path, 1_500, 2, error)
    worst = slices(dataset, pairs=True).worst
    assert (worst[0].kind, worst[0].name) == (SliceKind.PAIR, "language de and town = Lima")
    # A condition that is bad by itself makes no pairs.
    alone = made(tmp_path / "b", 1_500, 2, lambda row: 0.6 if row["extra:town"] == "Lima" else 0.1)
    assert [one.kind for one in slices(alone, pairs=True).worst] == [SliceKind.COLUMN]


def test_tags_are_slices_but_not_those_of_the_outcome(tmp_path: Path) -> None:
    dataset = made(tmp_path, 300)
    tagged = (
        f"CASE WHEN row % 3 = 0 THEN ['{Tag.TRUNCATED.value}', '{Tag.CONFIDENT_WRONG.value}'] "
        f"ELSE ['{Tag.LABEL_ISSUE.value}'] END"
    )
    dataset.ask(
        "CREATE OR REPLACE VIEW reviews AS SELECT CAST(file AS BIGINT) * 1000000000000 + row AS id, "
        f"predicted = truth AS is_right, {tagged} AS tags, * FROM read_parquet('{tmp_path}/predictions/*.parquet')"
    )
    found = slices(dataset, by_word=False)
    assert [one.name for one in found.slices if one.kind is SliceKind.TAG] == ["truncated"]
    assert "confident and wrong" in found.notes[0]


def test_what_was_chosen_stays_chosen(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    chosen = RowFilter(language="en", words=(3, 9), extra=(("town", "Oslo"),))
    found = slices(dataset, chosen, least_rows=5)
    assert found.labelled == len(values(dataset, chosen))
    assert all(one.chosen.language == "en" for one in found.slices)
    assert {one.kind for one in found.slices} - {SliceKind.TAG} == {
        SliceKind.LENGTH,
        SliceKind.PREDICTED,
        SliceKind.COLUMN,
        SliceKind.WORD,
    }
    assert all(len(values(dataset, one.chosen)) == one.labelled for one in found.slices)
    word = slices(dataset, RowFilter(word="soap"), least_rows=5)
    assert SliceKind.WORD not in {one.kind for one in word.slices}


def test_rows_without_labels_or_predictions_do_not_count(tmp_path: Path) -> None:
    rows = [predicted(f"word {place % 2}", RIGHT if place % 3 else WRONG, 4) for place in range(120)]
    rows += [predicted("word 0", WRONG, None)] * 10 + [failed("the text is empty")] * 5
    found = slices(Dataset(write_batch(tmp_path, rows)))
    zero = next(one for one in found.slices if one.chosen.word == "0")
    assert (zero.rows, zero.labelled, found.labelled) == (70, 60, 120)


def test_words_are_read_once_for_all_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = made(tmp_path, 200)
    asked: list[str] = []
    table = dataset.table

    def watched(question: str, given_values: Any = ()) -> Any:
        asked.append(question)
        return table(question, given_values)

    monkeypatch.setattr(dataset, "table", watched)
    for measure in (Measure.ACCURACY, Measure.MAE, Measure.OFF_BY_ONE, Measure.ACCURACY):
        slices(dataset, measure=measure)
    assert sum("regexp_extract_all" in question for question in asked) == 1
    slices(dataset, RowFilter(language="en"))
    assert sum("regexp_extract_all" in question for question in asked) == 2


@given(st.lists(st.one_of(st.integers(-5, 5), st.floats(-9, 9, width=16)), min_size=1, max_size=60), st.integers(1, 8))
def test_bins_share_out_the_values(drawn: list[float], parts: int) -> None:
    numbers = np.array(drawn, dtype=float)
    found = quantile_bins(numbers, parts)
    assert len(found) <= parts
    inside = np.array([((numbers >= low) & (numbers <= high)).sum() for low, high in found])
    assert inside.sum() == len(numbers)
    assert inside.min() > 0
    assert all(one[1] < other[0] for one, other in itertools.pairwise(found))
    assert quantile_bins(np.array([])) == []


def test_columns_of_few_numbers_are_not_binned(tmp_path: Path) -> None:
    rows = [
        predicted("x", RIGHT, 4, **{"extra:rooms": str(place % 3), "extra:id": f"u{place}", "extra:n": str(place)})
        for place in range(90)
    ]
    dataset = Dataset(write_batch(tmp_path, rows, extra=("rooms", "id", "n")))
    names = [one.name for one in cuts(dataset, RowFilter(), 10) if one.kind is SliceKind.COLUMN]
    assert sorted(names[:3]) == ["rooms = 0", "rooms = 1", "rooms = 2"]
    # Each id occurs once, which is too few.
    assert names[3:] == ["n 0 to 17", "n 18 to 35", "n 36 to 53", "n 54 to 71", "n 72 to 89"]


def test_joined_filters_meet_both() -> None:
    first = RowFilter(words=(3, 20), tags=(Tag.TRUNCATED,), extra=(("a", "1"),))
    second = RowFilter(words=(5, 30), tags=(Tag.TRUNCATED, Tag.NEAR_TIE), extra=(("b", None),), word="x", failed=None)
    assert joined(first, second) == RowFilter(
        words=(5, 20), tags=(Tag.TRUNCATED, Tag.NEAR_TIE), extra=(("a", "1"), ("b", None)), word="x"
    )


def test_what_cannot_be_sliced(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path / "a", 50)
    with pytest.raises(InputError, match="50 rows with a right label are too few for slices of 30"):
        slices(dataset)
    with pytest.raises(InputError, match="not judged by macro F1; choose from: accuracy, off_by_one, mae"):
        slices(dataset, measure=Measure.MACRO_F1)
    with pytest.raises(InputError, match="at least 2"):
        slices(dataset, least_rows=1)
    dataset.manifest = dataset.manifest.model_copy(update={"ratings": None})
    with pytest.raises(InputError, match="needs labels that are ratings"):
        slices(dataset, measure=Measure.MAE, least_rows=5)
    assert isinstance(slices(dataset, least_rows=5).slices[0], Slice)
