from __future__ import annotations

import pytest

from workbench.schema import Agreement, Answer, Baseline, Faithfulness, Figure, Sanity, SanityCheck, Stability
from workbench.trust import Findings, decide

TITLES = {"shap": "SHAP", "lime": "LIME", "rollout": "Attention rollout"}


def faithful(method: str, value: float | None, *, better: bool | None = True, reason: str = "every order is the same"):
    figure = Figure(value=value) if value is not None else Figure(value=None, reason=reason)
    return Faithfulness(
        method=method, order=(), deletion=(), insertion=(), figures={"faithfulness": figure}, better_than_random=better
    )


def agreeing(left: str, right: str, value: float) -> Agreement:
    return Agreement(
        methods=(left, right), signed=True, figures={"rank_correlation": Figure(value=value)}, conflicts=()
    )


def steady(method: str, flips: float, r2: float = 0.9) -> Stability:
    figures = {"sign_flips": Figure(value=flips), "local_fit": Figure(value=r2)}
    return Stability(method=method, seeds=(0, 1, 2), units=(), flipped=(), figures=figures)


def blind(method: str, depth: str = "head") -> Sanity:
    check = SanityCheck(depth=depth, figures={"randomisation": Figure(value=1.0)})
    return Sanity(method=method, checks=(check,), unchanged_by=(depth,), insensitive=True)


def verdict(*entries: Faithfulness, **rest):
    return decide(Findings(faithfulness=entries, titles=TITLES, **rest))


def test_most_faithful_is_chosen_and_the_next_named() -> None:
    found = verdict(faithful("lime", 0.4), faithful("shap", 0.8), proven=True)
    assert found.method == "shap"
    assert found.sentence == (
        "Go by SHAP for this review: the prediction hangs on the words it ranks first "
        "(0.80, where 0 is a random order and 1 the best possible; next LIME, 0.40)."
    )
    assert found.cautions == ()


def test_unproven_bound_is_said() -> None:
    assert "1 the best that was found)" in verdict(faithful("shap", 0.8)).sentence


@pytest.mark.parametrize("depth", ["head", "all"])
def test_insensitive_method_is_never_recommended(depth: str) -> None:
    found = verdict(faithful("rollout", 0.9), faithful("lime", 0.3), sanity=(blind("rollout", depth),))
    assert found.method == "lime"
    assert "Attention rollout ranks the words the same" in found.cautions[0]
    alone = verdict(faithful("rollout", 0.9), faithful("lime", -0.1, better=False), sanity=(blind("rollout", depth),))
    assert alone.method is None
    assert alone.sentence.startswith("None can be recommended here: only Attention rollout does better than random")


def test_none_is_better_than_random() -> None:
    found = verdict(faithful("shap", 0.1, better=False), faithful("lime", -0.3, better=False))
    assert found.method is None
    assert found.sentence.startswith("None is better than random here")


def test_what_is_not_known_is_not_claimed() -> None:
    found = verdict(faithful("shap", None, better=None))
    assert found.method is None
    assert found.sentence == "Which method to go by for this review cannot be told: every order is the same."
    assert "was not measured" in verdict().sentence


def test_of_equals_the_steadier_is_chosen() -> None:
    found = verdict(faithful("lime", 0.80), faithful("shap", 0.78), stability=(steady("lime", 0.3),))
    assert found.method == "shap"
    assert "LIME is about as good but less steady" in found.sentence


def test_low_agreement_and_low_fit_are_mentioned() -> None:
    found = verdict(
        faithful("lime", 0.8),
        faithful("shap", 0.2),
        agreement=(agreeing("lime", "shap", 0.1),),
        stability=(steady("lime", 0.4, r2=0.2),),
    )
    assert found.method == "lime"
    assert found.sentence.endswith(
        ", but the other methods rank the words otherwise (typical rank correlation 0.10) "
        "and its linear model fits badly here (R2 0.20)."
    )
    assert found.cautions == ("40% of the words change sign with the seed; read no direction into those.",)


def test_baseline_warning_goes_with_shap_only() -> None:
    lean = Baseline(
        name="masked",
        text="[MASK]",
        answer=Answer(label="5 stars", probabilities={"5 stars": 0.9, "1 star": 0.1}, expected_rating=4.6),
        target_value=0.9,
        figures={"baseline_lean": Figure(value=2.1)},
        neutral=False,
        warning="On the masked text the model already says 5 stars.",
    )
    assert verdict(faithful("shap", 0.8), baselines=(lean,)).cautions == (lean.warning,)
    assert verdict(faithful("lime", 0.8), baselines=(lean,)).cautions == ()
