"""The parts of the speed benchmark that decide what its figures mean."""

from __future__ import annotations

import importlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from workbench.checkpoints import Checkpoint
from workbench.pipeline import classify
from workbench.pipeline.lean import Forward
from workbench.schema import Unit

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]

with pytest.MonkeyPatch.context() as patched:
    # The benchmark is a script: its parts import each other by plain names.
    patched.syspath_prepend(FOLDER)
    bare, many, ours, reviews, settings, stock, tables, timing = map(
        importlib.import_module, ("_bare", "_many", "_ours", "_reviews", "_settings", "_stock", "_tables", "_timing")
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only goes on when a test says so."""
    now = [0.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    return now


@pytest.mark.parametrize("words", [1, 5, 20, 45, 46, 47, 120, 300])
def test_a_review_has_as_many_words_as_asked_for(words: int) -> None:
    text = reviews.review(words)
    assert len(text.split()) == words
    assert reviews.REVIEW.startswith(text) or text.startswith(reviews.REVIEW)


def test_the_review_of_46_words_is_the_usual_one() -> None:
    assert reviews.review(46) == reviews.REVIEW


@pytest.mark.parametrize(("count", "words"), [(16, 46), (10, 46), (200, 15)])
def test_different_reviews_differ(count: int, words: int) -> None:
    texts = reviews.different_reviews(count, words)
    assert len(set(texts)) == count
    assert {len(text.split()) for text in texts} == {words}
    assert texts == reviews.different_reviews(count, words)


def test_contenders_take_turns(clock: list[float]) -> None:
    order: list[str] = []

    def take(name: str, seconds: float) -> str:
        order.append(name)
        clock[0] += seconds
        return f"{name}{len(order)}"

    spent, results = timing.in_turns({"a": lambda: take("a", 2.0), "b": lambda: take("b", 1.0)}, 3)
    assert order == ["a", "b"] * 3
    assert spent == {"a": [2.0] * 3, "b": [1.0] * 3}
    assert results == {"a": "a5", "b": "b6"}


@pytest.mark.parametrize(("repeat", "rounds"), [(1, 1), (2, 10)])
def test_what_is_over_at_once_is_timed_more_often(clock: list[float], repeat: int, rounds: int) -> None:
    def pass_time() -> None:
        clock[0] += 0.125

    spent, _ = timing.in_turns({"a": pass_time}, repeat)
    assert spent == {"a": [0.125] * rounds}


def test_a_ratio_is_that_of_medians() -> None:
    assert timing.quotient([1.0, 6.0, 100.0], [0.1, 3.0, 4.0]) == 2.0


@pytest.mark.parametrize(
    ("goal", "figure", "cell"),
    [
        (tables.Goal(2.2, least=True, unit="×"), 2.2, "≥ 2.2×: met"),
        (tables.Goal(2.2, least=True, unit="×"), 2.19, "≥ 2.2×: not met"),
        (tables.Goal(1.15, unit="×"), 1.15, "≤ 1.15×: met"),
        (tables.Goal(300, unit=" MB"), 300.1, "≤ 300 MB: not met"),
        (None, 1.0, ""),
    ],
)
def test_verdicts_on_targets(goal: object, figure: float, cell: str) -> None:
    assert tables.verdict(goal, figure) == cell


@pytest.mark.parametrize(
    ("value", "told"), [(0.00123, "1.23 ms"), (0.25, "250 ms"), (0.9999, "1 s"), (12.34, "12.3 s"), (1234.5, "1234 s")]
)
def test_times_as_they_are_read(value: float, told: str) -> None:
    assert tables.seconds(value) == told


def test_a_table_is_markdown() -> None:
    assert tables.table(("a", "b"), [[1, "x|y"]]) == "| a | b |\n| --- | --- |\n| 1 | x\\|y |"


def test_only_the_measured_section_is_replaced() -> None:
    document = "# Top\n\n<!-- one -->\nold\n<!-- /one -->\n\n<!-- two -->\nkept\n<!-- /two -->\n"
    changed = tables.replaced(document, "one", r"new \1")
    assert changed == document.replace("old", "\nnew \\1\n")
    assert tables.replaced(changed, "one", r"new \1") == changed


@pytest.mark.parametrize("document", ["", "<!-- one -->", "<!-- two -->\n<!-- /two -->"])
def test_a_document_without_a_place_is_refused(document: str) -> None:
    assert not tables.has_place(document, "one")
    with pytest.raises(ValueError, match="0 places for one"):
        tables.replaced(document, "one", "new")


def test_the_document_has_a_place_for_every_section() -> None:
    document = (ROOT / "docs" / "performance.md").read_text("utf-8")
    for device in ("cpu", "cuda"):
        assert [name for name in settings.SECTIONS if not tables.has_place(document, f"{name} on {device}")] == []


def test_a_section_is_its_tables_its_notes_and_where_it_was_measured() -> None:
    found = tables.Section("ratio", {}, ["| a |", "| b |"], ["One.", "Two."])
    assert found.markdown("*Here.*") == "| a |\n\n| b |\n\nOne.\nTwo.\n\n*Here.*"


def test_settings_by_default_and_quick() -> None:
    usual = settings.read_settings([])
    assert (usual.checkpoints, usual.words) == (("stars", "bert-base"), (5, 20, 46, 120, 300))
    assert [usual.lime_samples(words) for words in usual.words] == [5000, 1000, 1000, 1000, 1000]
    quick = settings.read_settings(["--quick", "--words", "5"])
    assert quick == settings.replace(settings.QUICK, words=(5,))


def test_settings_as_given() -> None:
    line = "--checkpoint a --checkpoint b --words 7 9 --sections memory,ratio --repeat 2 --device cuda --output x.md"
    found = settings.read_settings(line.split())
    assert (found.checkpoints, found.words, found.repeat) == (("a", "b"), (7, 9), 2)
    assert (found.sections, found.device, found.output) == (("ratio", "memory"), "cuda", Path("x.md"))


@pytest.mark.parametrize("line", ["--sections speed", "--repeat 0", "--words 0"])
def test_settings_that_cannot_be(line: str) -> None:
    with pytest.raises(SystemExit):
        settings.read_settings(line.split())


@pytest.mark.parametrize(("positions", "sizes"), [(1, [1] * 5), (20, [2, 3]), (30, [3, 2]), (1000, [5])])
def test_batches_of_the_floor(positions: int, sizes: list[int]) -> None:
    rows = [[0] * length for length in (10, 9, 4, 4, 1)]
    groups = bare.grouped(rows, positions)
    assert [len(group) for group in groups] == sizes
    assert [row for group in groups for row in group] == rows
    assert all(len(group) * len(group[0]) <= positions for group in groups if len(group) > 1)
    assert all((len(left) + 1) * len(left[0]) > positions for left, _ in pairwise(groups))


def test_the_longest_wait() -> None:
    assert many.longest_wait([(0.0, "start"), (1.0, "a"), (3.5, "b"), (4.0, "b")]) == (2.5, "b")


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The different inputs that reach the model, as the model gets them."""
    seen: list[tuple[int, ...]] = []
    run = Forward.__call__

    def noting(self: Forward, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        seen.extend(tuple(row[kept].tolist()) for row, kept in zip(ids, mask.bool(), strict=True))
        return run(self, ids, mask)

    monkeypatch.setattr(Forward, "__call__", noting)
    return seen


@pytest.mark.parametrize("method", ["shap", "lime", "occlusion"])
def test_what_is_noted_is_what_the_model_gets(tiny: Checkpoint, passes: list[tuple[int, ...]], method: str) -> None:
    prediction = classify(tiny, "the food was good but we hated the staff and the cold room")
    passes.clear()
    with ours.recorded(tiny) as noted:
        explanation = ours.explain_afresh(tiny, prediction, method)
    rows = ours.distinct_rows(tiny, noted)
    assert {tuple(row) for row in rows} == set(passes)
    assert len(rows) == explanation.evaluations.made
    assert [len(row) for row in rows] == sorted(map(len, rows), reverse=True)
    assert ours.explain_afresh(tiny, prediction, method).evaluations == explanation.evaluations


@pytest.mark.parametrize("unit", [Unit.WORD, Unit.TOKEN])
def test_stock_and_ours_are_compared_unit_by_unit(tiny: Checkpoint, unit: Unit) -> None:
    text = "the food was good but we hated the staff"
    prediction = classify(tiny, text)
    pipe = stock.make_pipe(tiny)
    details = {"unit": unit, "seed": stock.SEED}
    if unit is Unit.TOKEN:
        options = ours.services.make_options("shap", {"algorithm": "partition"}, 60)
        mine = stock.token_scores(ours.explain_afresh(tiny, prediction, "shap", options=options, **details))
        theirs = stock.stock_shap(pipe, text, prediction.label, 60)
    else:
        options = ours.services.make_options("lime", budget=60)
        mine = stock.word_scores(ours.explain_afresh(tiny, prediction, "lime", options=options, **details))
        theirs = stock.stock_lime(pipe, text, tiny.labels, prediction.label, 60)
    np.testing.assert_allclose(mine, theirs, atol=1e-4)
    assert np.ptp(theirs) > 1e-2
