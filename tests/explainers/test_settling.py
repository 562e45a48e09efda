"""A tolerance for SHAP and LIME: where they stop, and that what they then say is what a plain run says there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.explainers import METHODS, Task
from workbench.explainers._partition import largest_share
from workbench.explainers._settling import Attempt, GrowingFit, Remembered, doubling, run_doubling
from workbench.explainers.lime_method import LimeOptions, text_explainer
from workbench.pipeline import classify, parse_target
from workbench.render import settled_phrase
from workbench.schema import Explanation, Unit
from workbench.scoring import Scorer
from workbench.services import make_options
from workbench.text import words

Ask = Callable[..., Explanation]
# Text, target, options of LIME; in each the scores settle before the budget ends.
SETTLING: list[tuple[int, str, dict[str, Any]]] = [
    (0, "predicted", {"budget": 1500, "tolerance": 0.05}),
    (2, "predicted", {"budget": 1000, "tolerance": 0.06, "perturbation": "mask"}),
    (1, "expected", {"budget": 2000, "tolerance": 0.2, "perturbation": "bag"}),
]
# Text, target, budget and tolerance of SHAP, and whether its tree is split to the end.
TREES = [(1, "predicted", 400, 0.05, False), (2, "expected", 400, 0.05, False), (0, "expected", 2000, 0.01, True)]


def scores(found: Explanation) -> list[float]:
    return [unit.score for unit in found.units]


def fitted(checkpoint: Checkpoint, text: str, target: str, options: LimeOptions, seed: int, count: int) -> Any:
    """LIME by its paper on the first samples: those of the library's own full run, and a weighted ridge regression."""
    prediction = classify(checkpoint, text)
    spans, run = words(text), Scorer(checkpoint).start()
    wanted = parse_target(target, prediction)
    explainer = text_explainer(spans, options, seed, "[MASK]", ["one"])
    seen: list[np.ndarray] = []
    library_fit = explainer.base.explain_instance_with_data

    def watched(data: np.ndarray, values: np.ndarray, distances: np.ndarray, *others: Any, **settings: Any) -> Any:
        seen.extend([data, values[:, 0], distances])
        return library_fit(data, values, distances, *others, **settings)

    explainer.base.explain_instance_with_data = watched
    explainer.explain_instance(
        text, lambda texts: run.values(texts, wanted)[:, None], labels=(0,), num_samples=options.budget
    )
    data, values, distances = (each[:count] for each in seen)
    weights = np.exp(-(distances**2) / options.kernel_width**2) ** 0.5
    model = Ridge(alpha=1).fit(data, values, sample_weight=weights)
    return model, r2_score(values, model.predict(data), sample_weight=weights)


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize(("number", "target", "options"), SETTLING)
def test_lime_stops_at_a_fit_of_the_first_samples(
    tiny: Checkpoint, ask: Ask, reviews: tuple[str, ...], number: int, target: str, options: dict[str, Any], seed: int
) -> None:
    text = reviews[number]
    found = ask(tiny, text, "lime", target=target, seed=seed, **options)
    used = int(found.details["budget_used"])
    assert found.details["settled"] == "yes"
    assert found.details["last_change"] <= options["tolerance"]
    assert used < found.details["budget"] == options["budget"]
    assert found.evaluations.asked == used
    model, fit = fitted(tiny, text, target, LimeOptions(**options), seed, used)
    pieces = [span.of(text) for span in words(text)]
    columns = list(dict.fromkeys(pieces)) if options.get("perturbation") == "bag" else None
    expected = [model.coef_[columns.index(piece) if columns else place] for place, piece in enumerate(pieces)]
    assert scores(found) == pytest.approx(expected, abs=1e-5)
    assert found.base_value == pytest.approx(model.intercept_, abs=1e-5)
    assert found.details["r2"] == pytest.approx(fit, abs=1e-5)
    half, _ = fitted(tiny, text, target, LimeOptions(**options), seed, used // 2)
    assert np.abs(model.coef_ - half.coef_).max() <= found.details["last_change"] + 1e-6


@pytest.mark.parametrize("method", ["lime", "shap"])
def test_scores_that_never_settle_are_those_of_the_whole_budget(
    tiny: Checkpoint, ask: Ask, reviews: tuple[str, ...], method: str
) -> None:
    plain = ask(tiny, reviews[3], method, budget=250)
    found = ask(tiny, reviews[3], method, budget=250, tolerance=1e-9)
    assert scores(found) == pytest.approx(scores(plain), abs=1e-5)
    assert (found.details["budget_used"], found.details["settled"]) == (250, "no")
    assert found.details["last_change"] > 1e-9
    assert set(found.details) > set(plain.details)
    assert found.evaluations.made <= found.evaluations.asked <= plain.evaluations.asked
    assert found.evaluations.made == plain.evaluations.made


@pytest.mark.parametrize("unit", [Unit.WORD, Unit.TOKEN])
@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize(("number", "target", "budget", "tolerance", "whole"), TREES)
def test_shap_stops_at_a_plain_run(
    tiny: Checkpoint,
    ask: Ask,
    reviews: tuple[str, ...],
    number: int,
    target: str,
    budget: int,
    tolerance: float,
    whole: bool,
    seed: int,
    unit: Unit,
) -> None:
    found = ask(tiny, reviews[number], "shap", target=target, seed=seed, unit=unit, budget=budget, tolerance=tolerance)
    used = int(found.details["budget_used"])
    assert used < budget
    assert (found.details["settled"], found.details["budget"]) == ("yes", budget)
    plain = ask(tiny, reviews[number], "shap", target=target, seed=seed, unit=unit, budget=used)
    assert scores(found) == pytest.approx(scores(plain), abs=1e-5)
    assert found.unresolved == plain.unresolved
    # Running with growing budgets evaluated nothing but what the last of them takes.
    assert found.evaluations.made == plain.evaluations.made
    assert found.evaluations.asked <= plain.evaluations.asked
    if whole:
        assert (found.details["last_change"], found.details["largest_share"]) == (0, 0)
        assert scores(found) == pytest.approx(
            scores(ask(tiny, reviews[number], "shap", target=target, seed=seed, unit=unit, budget=budget)), abs=1e-5
        )
    else:
        half = ask(tiny, reviews[number], "shap", target=target, seed=seed, unit=unit, budget=(used + 1) // 2)
        assert max(np.abs(np.subtract(scores(found), scores(half)))) == pytest.approx(
            found.details["last_change"], abs=1e-5
        )


@pytest.mark.parametrize("text", ["good", "we hated the slow cold food"])
def test_exact_values_need_no_tolerance(tiny: Checkpoint, ask: Ask, text: str) -> None:
    plain, found = ask(tiny, text, "shap"), ask(tiny, text, "shap", tolerance=0.01)
    assert scores(found) == scores(plain)
    assert found.evaluations == plain.evaluations
    assert (found.details["settled"], found.details["budget_used"]) == ("yes", 2 ** len(text.split()))
    assert settled_phrase(found) == settled_phrase(plain) == ""


def test_one_unit_has_no_tree(tiny: Checkpoint, ask: Ask) -> None:
    found = ask(tiny, "good", "shap", algorithm="partition", tolerance=0.01)
    assert scores(found) == scores(ask(tiny, "good", "shap"))


@given(budget=st.integers(10, 20_000))
def test_budgets_double_up_to_the_whole(budget: int) -> None:
    found = doubling(budget)
    assert found[-1] == budget
    assert len(found) >= 2
    assert all(2 * one - 1 <= other <= 2 * one for one, other in pairwise(found))
    assert found[0] < 100


class Script:
    """Runs whose scores, shares and evaluations are written beforehand, budget by budget."""

    def __init__(self, *steps: tuple[list[float], float, int]) -> None:
        self.steps = list(steps)
        self.budgets: list[int] = []

    def __call__(self, budget: int) -> Attempt[int]:
        values, shared, missing = self.steps[len(self.budgets)]
        self.budgets.append(budget)
        return Attempt(len(self.budgets), np.array(values), budget - missing, shared)


def test_runs_end_once_nothing_changes_or_is_shared() -> None:
    script = Script(([0.5, 0.5], 1.0, 0), ([0.7, 0.3], 0.01, 0), ([0.72, 0.29], 0.3, 0), ([0.73, 0.28], 0.01, 0))
    last, how = run_doubling(script, 800, 0.02)
    assert script.budgets == [50, 100, 200, 400]
    assert (last.found, how.used, how.budget, how.settled) == (4, 400, 800, True)
    assert how.last_change == pytest.approx(0.01)


def test_a_tree_that_is_split_to_the_end_needs_no_other_run() -> None:
    script = Script(([0.5], 1.0, 0), ([0.9], 0.0, 7))
    last, how = run_doubling(script, 400, 0.001)
    assert (last.found, how.used, how.last_change, how.settled) == (2, 93, 0.0, True)


def test_runs_that_do_not_settle_end_with_the_whole_budget() -> None:
    script = Script(([0.5], 1.0, 0), ([0.9], 0.4, 0))
    last, how = run_doubling(script, 80, 0.001)
    assert (script.budgets, last.found, how.used, how.settled) == ([40, 80], 2, 80, False)
    assert how.last_change == pytest.approx(0.4)


class Weights:
    """Stands in for the library's fit: the weight after so many samples is written beforehand."""

    def __init__(self, after: Callable[[int], float]) -> None:
        self.after = after

    def explain_instance_with_data(self, data: np.ndarray, *_: Any, **__: Any) -> tuple[Any, ...]:
        return 0.0, [(0, self.after(len(data)))], 1.0, np.zeros(1)


def grown(after: Callable[[int], float], budget: int, units: int = 1) -> tuple[GrowingFit, list[int]]:
    asked: list[int] = []

    def evaluate(texts: Sequence[str]) -> np.ndarray:
        asked.append(len(texts))
        return np.zeros((len(texts), 1))

    growing: GrowingFit = GrowingFit(Weights(after), evaluate, 0.1)
    values = growing.collect([str(number) for number in range(budget)])
    growing.explain_instance_with_data(np.ones((budget, units)), values, np.zeros(budget), 0, units)
    assert np.isnan(values[sum(asked) :]).all()
    assert not np.isnan(values[: sum(asked)]).any()
    return growing, asked


def test_two_looks_in_a_row_decide() -> None:
    # The weight is 1 until 150 samples, and right from there: seen at 400 against 200 for the first time.
    growing, asked = grown(lambda count: 0.0 if count > 150 else 1.0, 1000)
    assert growing.outcome is not None
    assert (growing.outcome.used, growing.outcome.last_change, growing.outcome.settled) == (500, 0.0, True)
    assert asked == [200, 100, 100, 100]


def test_one_lucky_look_does_not_decide() -> None:
    growing, asked = grown(lambda count: 0.0 if count in (100, 200) else count / 100, 450)
    assert growing.outcome is not None
    assert (growing.outcome.used, growing.outcome.settled) == (450, False)
    assert asked == [200, 100, 100, 50]


def test_the_first_look_waits_for_as_many_samples_as_unknowns() -> None:
    _, asked = grown(lambda count: 0.0, 2000, units=399)
    assert asked == [800, 100]


def test_a_budget_below_the_first_look_is_used_whole() -> None:
    growing, asked = grown(lambda count: 0.0, 30)
    assert growing.outcome is not None
    assert (asked, growing.outcome.used, growing.outcome.settled) == ([30], 30, False)


def test_what_an_earlier_run_asked_for_is_not_asked_for_again() -> None:
    asked: list[list[str]] = []

    def evaluate(texts: Sequence[str]) -> np.ndarray:
        asked.append(list(texts))
        return np.array([[float(len(text))] for text in texts], dtype=np.float32)

    remembered = Remembered(evaluate)
    remembered.begin()
    # Within a run repetitions are asked for, as without a tolerance.
    assert remembered(["a", "bb", "a"]).tolist() == [[1], [2], [1]]
    assert remembered(["bb"]).tolist() == [[2]]
    assert remembered.count == 4
    remembered.begin()
    assert remembered(["bb", "ccc", "a"]).tolist() == [[2], [3], [1]]
    assert remembered(["a"]).tolist() == [[1]]
    assert remembered.count == 4
    assert asked == [["a", "bb", "a"], ["bb"], ["ccc"]]


# Four leaves: 4 = (0, 1), 5 = (2, 3), 6 = (4, 5).
TREE = np.array([[0, 1, 0.5, 2], [2, 3, 0.5, 2], [4, 5, 1.0, 4]])


@pytest.mark.parametrize(
    ("credit", "expected"),
    [([9, 9, 9, 9, 0, 0, 0], 0.0), ([0, 0, 0, 0, 0, 0, -5], 5.0), ([0, 0, 0, 0, 2, -3, 1], 4.0)],
)
def test_the_largest_share_by_hand(credit: list[float], expected: float) -> None:
    assert largest_share(np.array(credit, dtype=float), TREE) == expected


LONG = "The food was very good. And the staff were great, but we hated the cold room! " * 5


@pytest.mark.parametrize(("method", "budget", "tolerance"), [("lime", 1200, 0.1), ("shap", 400, 0.05)])
def test_each_window_settles_by_itself(tiny: Checkpoint, method: str, budget: int, tolerance: float) -> None:
    whole = classify(tiny, LONG, windows=True)
    assert len(whole.windows) > 1
    seen: list[tuple[int, int]] = []
    label = tiny.labels[-1]
    options = METHODS[method].options(budget=budget, tolerance=tolerance)

    def explain(prediction: Any, progress: Any = None) -> Explanation:
        run = Scorer(tiny).start(progress=progress)
        return METHODS[method].explain(Task(prediction, parse_target(label, prediction), Unit.WORD, 0, run), options)

    found = explain(whole, lambda done, total: seen.append((done, total)))
    parts = [explain(classify(tiny, LONG[window.start : window.end])) for window in whole.windows]
    details = [part.details for part in parts]
    weights = [window.weight for window in whole.windows]
    assert found.details["budget"] == budget * len(parts)
    assert found.details["budget_used"] == sum(float(one["budget_used"]) for one in details)
    assert found.details["last_change"] == pytest.approx(
        sum(weight * float(one["last_change"]) for weight, one in zip(weights, details, strict=True)), abs=1e-5
    )
    assert found.details["settled"] == "yes"
    assert {one["settled"] for one in details} == {"yes"}
    assert sum(scores(found)) == pytest.approx(
        sum(weight * sum(scores(part)) for weight, part in zip(weights, parts, strict=True)), abs=1e-5
    )
    assert seen[-1][0] == seen[-1][1] < budget * len(parts)


@pytest.mark.parametrize("method", ["lime", "shap"])
def test_progress_ends_where_the_method_stops(tiny: Checkpoint, reviews: tuple[str, ...], method: str) -> None:
    seen: list[tuple[int, int]] = []
    prediction = classify(tiny, reviews[0])
    run = Scorer(tiny).start(progress=lambda done, total: seen.append((done, total)))
    options = METHODS[method].options(budget=1500, tolerance=0.1)
    METHODS[method].explain(Task(prediction, parse_target("predicted", prediction), Unit.WORD, 0, run), options)
    assert seen[0] == (0, 1500)
    assert seen[-1] == (run.asked, run.asked)
    assert run.asked < 1500


@pytest.mark.parametrize("method", ["lime", "shap"])
@pytest.mark.parametrize("tolerance", [-0.1, 0.6, "much"])
def test_a_tolerance_out_of_bounds_is_named(method: str, tolerance: object) -> None:
    with pytest.raises(InputError, match=f"'tolerance' of {method} cannot be"):
        make_options(method, {"tolerance": tolerance})
    assert make_options(method).model_dump()["tolerance"] == 0
