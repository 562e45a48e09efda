"""Explanations of long texts: every method's scores on the whole are those of its windows, put together."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np
import pytest

from workbench.checkpoints import Checkpoint
from workbench.explainers import METHODS, Task
from workbench.explainers._windows import shared_phrases
from workbench.explainers.task import Finding
from workbench.pipeline import classify, parse_target
from workbench.schema import Explanation, Prediction, Span, Unit, Window
from workbench.scoring import Run, Scorer

LONG = "The food was very good. And the staff were great, but we hated the cold room! " * 5
TARGETS = ("predicted", "logit:5 stars", "expected", "5 stars - 1 star")


def explain(
    checkpoint: Checkpoint,
    prediction: Prediction,
    method: str,
    target: str = "predicted",
    unit: Unit = Unit.WORD,
    run: Run | None = None,
) -> Explanation:
    kind = METHODS[method].options
    options = kind(**({"budget": 30} if "budget" in kind.model_fields else {}))
    task = Task(prediction, parse_target(target, prediction), unit, 0, run or Scorer(checkpoint).start())
    return METHODS[method].explain(task, options)


@pytest.mark.slow
@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("name", ["tiny", "tiny_bpe"])
@pytest.mark.parametrize("method", sorted(METHODS))
def test_the_scores_are_those_of_the_windows(
    method: str, name: str, unit: Unit, request: pytest.FixtureRequest
) -> None:
    checkpoint: Checkpoint = request.getfixturevalue(name)
    whole = classify(checkpoint, LONG, windows=True)
    label = checkpoint.labels[-1]
    found = explain(checkpoint, whole, method, label, unit)
    assert len(whole.windows) > 1
    totals = np.zeros(len(LONG))
    apart = full = base = 0.0
    for window in whole.windows:
        own = explain(checkpoint, classify(checkpoint, LONG[window.start : window.end]), method, label, unit)
        full += window.weight * own.full_value
        base += window.weight * (own.base_value or 0.0)
        for score in own.units:
            given = window.weight * score.score
            if score.end > score.start:
                totals[score.start + window.start : score.end + window.start] += given / (score.end - score.start)
            else:
                apart += given
    assert found.full_value == pytest.approx(full, abs=1e-6)
    assert (found.base_value or 0.0) == pytest.approx(base, abs=1e-6)
    assert sum(score.score for score in found.units) == pytest.approx(totals.sum() + apart, abs=1e-6)
    if unit is Unit.WORD:
        wide = [score for score in found.units if score.end > score.start]
        assert [score.score for score in wide] == pytest.approx(
            [totals[score.start : score.end].sum() for score in wide], abs=1e-6
        )
    assert found.details["windows"] == len(whole.windows)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_target_adds_up_where_the_method_promises_it(tiny: Checkpoint, method: str, target: str) -> None:
    found = explain(tiny, classify(tiny, LONG, windows=True), method, target)
    assert Explanation.model_validate_json(found.model_dump_json()) == found
    if found.additive:
        assert abs(found.gap()) < 1e-4


def test_occlusion_of_a_word_is_the_fall_of_the_mean(tiny: Checkpoint) -> None:
    whole = classify(tiny, LONG, windows=True)
    found = explain(tiny, whole, "occlusion", "5 stars")
    mask = {"mask": "[MASK] ", "delete": ""}.get(str(found.options.get("replacement", "mask")), "[MASK] ")
    for score in (found.units[3], found.units[len(found.units) // 2], found.units[-2]):
        without = 0.0
        for window in whole.windows:
            piece, start, end = LONG[window.start : window.end], score.start - window.start, score.end - window.start
            if start >= 0 and end <= len(piece):
                piece = piece[:start] + mask + piece[end:].lstrip()
            without += window.weight * classify(tiny, piece).probabilities[4]
        assert score.score == pytest.approx(whole.probabilities[4] - without, abs=1e-5)


def test_shap_is_exact_for_the_mean_of_windows(make_bag: Callable[..., Checkpoint]) -> None:
    """Two windows of a model of counts and one pair: Shapley values of the mean game, by all subsets of sentences."""
    checkpoint = make_bag({"good": 2.0, "bad": -3.0, "[MASK]": 0.1}, {("not", "good"): -1.5})
    text = "Good food " * 11 + ". " + "Not good " * 11 + ". " + "Bad room " * 11 + "."
    whole = classify(checkpoint, text, windows=True)
    assert len(whole.windows) > 1
    found = explain(checkpoint, whole, "shap", "logit:POSITIVE", Unit.SENTENCE)
    count = len(found.units)

    def value(kept: tuple[int, ...]) -> float:
        total = 0.0
        for window in whole.windows:
            pieces = []
            for index, unit in enumerate(found.units):
                start, end = max(unit.start, window.start), min(unit.end, window.end)
                if start < end:
                    pieces.append(text[start:end] if index in kept else "[MASK]")
            total += window.weight * classify(checkpoint, " ".join(pieces)).logits[1]
        return total

    for index, unit in enumerate(found.units):
        others = [other for other in range(count) if other != index]
        exact = sum(
            factorial(size) * factorial(count - size - 1) / factorial(count) * (value((*some, index)) - value(some))
            for size in range(count)
            for some in combinations(others, size)
        )
        assert unit.score == pytest.approx(exact, abs=1e-4)


def test_progress_covers_all_windows(tiny: Checkpoint) -> None:
    seen: list[tuple[int, int]] = []
    whole = classify(tiny, LONG, windows=True)
    run = Scorer(tiny).start(progress=lambda done, total: seen.append((done, total)))
    explain(tiny, whole, "lime", run=run)
    assert seen[0][1] == 30 * len(whole.windows)
    assert seen[-1][0] == seen[-1][1] == run.asked


def test_a_phrase_is_shared_where_no_window_tells_its_words_apart(tiny: Checkpoint) -> None:
    text = "a b c d e f"
    units = [Span(start=place, end=place + 1) for place in range(0, 11, 2)]
    part = classify(tiny, text)
    windows = [
        Window(start=0, end=8, weight=0.5, prediction=part),
        Window(start=4, end=11, weight=0.5, prediction=part),
    ]

    def finding(*phrases: tuple[int, int]) -> Finding:
        return Finding((), np.zeros(0), None, 0.0, {}, [Span(start=start, end=end) for start, end in phrases])

    # a b | c d | e f: both windows hold c and d.
    both = shared_phrases(units, windows, [finding((0, 7)), finding((0, 7))])
    assert [(span.start, span.end) for span in both] == [(0, 3), (4, 7), (8, 11)]
    left = shared_phrases(units, windows, [finding((0, 7)), finding()])
    assert [(span.start, span.end) for span in left] == [(0, 3)]
