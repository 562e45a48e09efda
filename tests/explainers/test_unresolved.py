"""Phrases that SHAP's budget did not reach into."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from workbench.checkpoints import Checkpoint
from workbench.explainers._partition import unresolved_credit, unresolved_groups, unresolved_phrases
from workbench.schema import Explanation, Span, Unit
from workbench.text import sentences, words

Ask = Callable[..., Explanation]
# Four leaves: 4 = (0, 1), 5 = (2, 3), 6 = (4, 5).
TREE = np.array([[0, 1, 0.5, 2], [2, 3, 0.5, 2], [4, 5, 1.0, 4]])
CASES = [
    ("leaves alone", [1, 2, 3, 4, 0, 0, 0], []),
    ("nothing split", [0, 0, 0, 0, 0, 0, 5], [(0, 3)]),
    ("split once", [0, 0, 0, 0, 2, 3, 0], [(0, 1), (2, 3)]),
    ("one side to the end", [1, 2, 0, 0, 0, 3, 0], [(2, 3)]),
    # Split in one context and not in the other: told apart, if not in full.
    ("half a side", [1, 2, 0, 0, 4, 3, 0], [(2, 3)]),
    ("halves of the root", [0, 0, 0, 0, 2, 3, 1], [(0, 1), (2, 3)]),
    # Nothing was found on the right, and what stayed on the root is shared out over it.
    ("no credit of its own", [1, 2, 0, 0, 0, 0, 3], [(2, 3)]),
    # Words that the model does not read have no credit, whether split or not.
    ("no credit at all", [1, 2, 0, 0, 0, 0, 0], []),
]


@pytest.mark.parametrize(("credit", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_groups_by_hand(credit: list[float], expected: list[tuple[int, int]]) -> None:
    one_output = np.array(credit, dtype=float)[:, None]
    assert unresolved_groups(one_output, TREE) == expected
    # Credit in any of several outputs is credit.
    assert unresolved_groups(np.hstack([0 * one_output, one_output, -one_output]), TREE) == expected


def test_the_share_of_credit_on_phrases() -> None:
    assert unresolved_credit(np.array([1.0, -1.0, 0, 0, 0, 2.0, 0]), 4) == 0.5
    assert unresolved_credit(np.zeros(7), 4) == 0.0


def test_phrases_leave_out_special_tokens_and_single_units() -> None:
    pieces = [Span(start=0, end=0), Span(start=0, end=3), Span(start=4, end=8), Span(start=0, end=0)]
    credit = np.array([0, 0, 0, 0, 1.0, 2.0, 0])[:, None]
    assert unresolved_phrases(credit, TREE, pieces, pieces[1:3]) == []
    whole = np.array([0, 0, 0, 0, 0, 0, 2.0])[:, None]
    assert unresolved_phrases(whole, TREE, pieces, pieces[1:3]) == [Span(start=0, end=8)]


WEIGHTS = {
    "good": 2.0, "bad": -2.5, "food": 0.25, "staff": 0.7, "were": 0.2, "was": 0.1, "slow": -1.0, "the": 0.3,
    "we": 0.05, "loved": 1.7, "hated": -1.9, "room": -0.4, "clean": 0.9, "cold": -0.6, "but": -0.3, "and": 0.15,
    ".": 0.35, "[MASK]": 0.5,
}  # fmt: skip
LONG = "we loved the food and the staff were good . but the room was cold and slow . we hated the bad film"


@pytest.fixture(scope="module")
def linear(make_bag: Callable[..., Checkpoint]) -> Checkpoint:
    return make_bag(WEIGHTS)


@pytest.mark.parametrize("budget", [10, 20, 40, 80])
def test_words_of_a_phrase_share_one_value_and_the_total_stays(linear: Checkpoint, ask: Ask, budget: int) -> None:
    found = ask(linear, LONG, "shap", target="logit:POSITIVE", budget=budget)
    assert found.unresolved
    assert 0 < float(found.details["unresolved_credit"]) <= 1
    for phrase in found.unresolved:
        inner = [unit.score for unit in found.units if phrase.start <= unit.start < phrase.end]
        assert len(inner) > 1
        assert np.ptp(inner) < 1e-9
    assert all(before.end <= after.start for before, after in pairwise(found.unresolved))
    total = sum(WEIGHTS.get(span.of(LONG), 0.0) - WEIGHTS["[MASK]"] for span in words(LONG))
    assert sum(unit.score for unit in found.units) == pytest.approx(total, abs=1e-4)


def test_the_more_budget_the_fewer_phrases(linear: Checkpoint, ask: Ask) -> None:
    covered, shares = [], []
    for budget in (10, 30, 100, 300, 3000):
        found = ask(linear, LONG, "shap", target="logit:POSITIVE", budget=budget)
        covered.append(sum(phrase.end - phrase.start for phrase in found.unresolved))
        shares.append(float(found.details["unresolved_credit"]))
    assert covered == sorted(covered, reverse=True)
    assert shares == sorted(shares, reverse=True)
    assert covered[0] > covered[1] > covered[-1] == 0
    assert shares[-1] == 0.0


def test_the_first_splits_are_known(make_bag: Callable[..., Checkpoint], ask: Ask) -> None:
    """Eight evaluations: two for the root, four for the left half with and without the right, two for the right half.

    The library splits first where most is at stake. On a sum of weights a phrase is worth the same in every context,
    so each quarter on the left gets its mean, and each on the right half of that and half of the mean of its half.
    """
    values = {"good": 8.0, "great": 4.0, "loved": 2.0, "clean": 1.0, "bad": 0.1, "cold": 0.2, "hated": 0.3, "slow": 0.5}
    text = " ".join(values)
    found = ask(make_bag(values), text, "shap", target="logit:POSITIVE", algorithm="partition", budget=10)
    expected = [6.0, 6.0, 1.5, 1.5, 0.2125, 0.2125, 0.3375, 0.3375]
    assert [unit.score for unit in found.units] == pytest.approx(expected, abs=1e-5)
    assert [phrase.of(text) for phrase in found.unresolved] == ["good great", "loved clean", "bad cold", "hated slow"]
    assert found.details["unresolved_credit"] == pytest.approx(1.0)


def test_a_full_budget_and_exact_values_leave_nothing(linear: Checkpoint, tiny: Checkpoint, ask: Ask) -> None:
    short = "we hated the slow cold food"
    for checkpoint, target in ((linear, "POSITIVE"), (tiny, "expected")):
        exactly = ask(checkpoint, short, "shap", target=target)
        assert exactly.unresolved == ()
        assert "unresolved_credit" not in exactly.details
        full = ask(checkpoint, short, "shap", target=target, algorithm="partition", budget=5000)
        assert (full.unresolved, full.details["unresolved_credit"]) == ((), 0.0)


@pytest.mark.parametrize("unit", list(Unit))
def test_every_unit_has_its_phrases(tiny: Checkpoint, ask: Ask, unit: Unit) -> None:
    text = "Good food. Bad room! Slow staff? Cold film. Great service. We loved it. I hated that. Very good."
    found = ask(tiny, text, "shap", unit=unit, algorithm="partition", budget=10)
    assert found.unresolved
    values = {(one.start, one.end): one.score for one in found.units if one.end > one.start}
    for phrase in found.unresolved:
        inner = {
            round(score, 9) for (start, end), score in values.items() if phrase.start <= start and end <= phrase.end
        }
        assert len(inner) == 1
    if unit is Unit.SENTENCE:
        assert [one.text for one in found.units] == [span.of(text) for span in sentences(text)]


def test_in_json_as_spans_and_older_results_still_read(linear: Checkpoint, ask: Ask) -> None:
    found = ask(linear, LONG, "shap", target="logit:POSITIVE", budget=20)
    whole = found.model_dump(mode="json")
    assert whole["unresolved"] == [{"start": phrase.start, "end": phrase.end} for phrase in found.unresolved]
    assert Explanation.model_validate_json(found.model_dump_json()) == found
    del whole["unresolved"]
    assert Explanation.model_validate(whole).unresolved == ()


def test_a_phrase_needs_two_units(linear: Checkpoint, ask: Ask) -> None:
    whole = ask(linear, "good food", "shap", target="POSITIVE").model_dump()
    for phrase in ({"start": 0, "end": 4}, {"start": 1, "end": 9}, {"start": 0, "end": 0}):
        with pytest.raises(ValidationError, match="fewer than two units"):
            Explanation.model_validate(whole | {"unresolved": [phrase]})
