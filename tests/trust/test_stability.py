from __future__ import annotations

import pytest

from workbench.errors import InputError
from workbench.schema import CheckpointInfo, Evaluations, Explanation, Score, Target, Unit
from workbench.trust import common_units, scores_on, stability, with_spread

INFO = CheckpointInfo(name="made", fingerprint="sha256:0", architecture="None", labels=("a", "b"))


def explanation(
    scores, *, seed: int = 0, method: str = "lime", text: str = "one two six", signed: bool = True, r2=None
):
    starts = range(0, 4 * len(scores), 4)
    return Explanation(
        method=method,
        target=Target(kind="probability", label="a"),
        unit=Unit.WORD,
        text=text,
        checkpoint=INFO,
        units=tuple(
            Score(text=text[start : start + 3], start=start, end=start + 3, score=score)
            for start, score in zip(starts, scores, strict=True)
        ),
        base_value=None,
        full_value=0.5,
        additive=False,
        signed=signed,
        seed=seed,
        options={},
        evaluations=Evaluations(asked=1, made=1),
        seconds=0.0,
        details={} if r2 is None else {"r2": r2},
    )


def test_intervals_flips_and_figures_by_hand() -> None:
    runs = [
        explanation([0.4, -0.1, 0.2], seed=5, r2=0.6),
        explanation([0.3, 0.1, 0.2], seed=6),
        explanation([0.45, -0.2, 0.1], seed=7),
    ]
    found = stability(runs)
    assert found.seeds == (5, 6, 7)
    assert [unit.spread for unit in found.units] == pytest.approx([0.1, 0.2, 0.1])
    assert [unit.score for unit in found.units] == [0.4, -0.1, 0.2]
    assert [span.of("one two six") for span in found.flipped] == ["two"]
    assert found.figures["sign_flips"].value == pytest.approx(1 / 3)
    assert found.figures["relative_spread"].value == pytest.approx((0.4 / 3) / 0.4)
    assert found.figures["seed_correlation"].value == pytest.approx(1.0)
    assert found.figures["local_fit"].value == pytest.approx(0.6)
    shown = with_spread(runs[0], found)
    assert [unit.spread for unit in shown.units] == pytest.approx([0.1, 0.2, 0.1])
    assert shown.model_copy(update={"units": runs[0].units}) == runs[0]


def test_every_repetition_lies_within_the_interval_shown() -> None:
    runs = [explanation([0.1 * step, -0.3, 0.2 / (step + 1)], seed=step) for step in range(3)]
    for unit, *others in zip(stability(runs).units, *(run.units for run in runs), strict=True):
        assert all(abs(other.score - unit.score) <= unit.spread + 1e-12 for other in others)


def test_single_run_has_no_figures() -> None:
    found = stability([explanation([0.4, -0.1, 0.2])])
    assert all(figure.value is None for figure in found.figures.values())


def test_repetitions_of_two_methods_are_refused() -> None:
    with pytest.raises(InputError, match="not repetitions"):
        stability([explanation([0.1]), explanation([0.1], method="shap")])


def test_common_units_are_the_finest() -> None:
    fine = explanation([0.1, 0.2, 0.3])
    whole = Score(text="one two six", start=0, end=11, score=0.9)
    coarse = fine.model_copy(update={"method": "phrases", "units": (whole,)})
    units = common_units([coarse, fine])
    assert [span.of(fine.text) for span in units] == ["one", "two", "six"]
    assert list(scores_on(coarse, units)) == pytest.approx([0.3, 0.3, 0.3])
    edges = (Score(text="", start=0, end=0, score=0.5), *fine.units)
    assert list(scores_on(fine.model_copy(update={"units": edges}), units)) == [0.1, 0.2, 0.3]


def test_explanations_of_two_texts_are_refused() -> None:
    with pytest.raises(InputError, match="differ in text or target"):
        common_units([explanation([0.1]), explanation([0.1], text="another text")])
