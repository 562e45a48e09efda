"""The assessment whole: as a use case, in JSON and on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, InputError
from workbench.pipeline import classify
from workbench.reports.explanation_json import document
from workbench.schema import Report, Trust

TEXT = "the food was very good , but the room was not clean"
METHODS = ("lime", "attention-rollout")
BUDGET = 100


@pytest.fixture(scope="module")
def report(tiny: Checkpoint) -> Report:
    return services.explain(tiny, TEXT, METHODS, target="expected", budget=BUDGET, trust=True)


def test_parts(report: Report) -> None:
    trust = report.trust
    assert trust is not None
    assert [entry.methods for entry in trust.agreement] == [METHODS]
    assert [entry.method for entry in trust.faithfulness] == list(METHODS)
    assert [entry.method for entry in trust.stability] == ["lime"]
    assert [entry.name for entry in trust.baselines] == ["masked", "empty", "padded"]
    assert [entry.method for entry in trust.sanity] == list(METHODS)
    assert trust.evaluations.made <= trust.evaluations.asked


def test_curves_begin_and_end_with_the_review_and_nothing(report: Report) -> None:
    trust = report.trust
    assert trust is not None
    assert trust.reference is not None
    assert trust.reference.full_value == pytest.approx(report.prediction.expected_rating, abs=1e-5)
    for entry in trust.faithfulness:
        assert entry.deletion[0] == entry.insertion[-1] == pytest.approx(trust.reference.full_value)
        assert entry.deletion[-1] == entry.insertion[0] == pytest.approx(trust.reference.empty_value)
    masked = trust.baselines[0]
    assert masked.target_value == pytest.approx(trust.reference.empty_value)
    assert masked.answer.expected_rating == pytest.approx(masked.target_value)


def test_what_ignores_the_head_is_marked_and_not_recommended(report: Report) -> None:
    trust = report.trust
    assert trust is not None
    rollout = trust.sanity[1]
    assert "head" in rollout.unchanged_by
    assert rollout.insensitive
    assert trust.verdict.method != "attention-rollout"


def test_spread_is_that_of_the_repetitions(tiny: Checkpoint, report: Report) -> None:
    shown = report.explanations[0]
    others = [services.explain(tiny, TEXT, ("lime",), target="expected", budget=BUDGET, seed=seed) for seed in (1, 2)]
    for place, unit in enumerate(shown.units):
        far = max(abs(other.explanations[0].units[place].score - unit.score) for other in others)
        assert unit.spread == pytest.approx(far)
    assert all(unit.spread is None for unit in report.explanations[1].units)


def test_json_round_trip_and_keys(report: Report) -> None:
    trust = report.trust
    assert trust is not None
    block = json.loads(json.dumps(document(report)))["trust"]
    assert Trust.model_validate(block) == trust
    assert list(block) == [
        "agreement",
        "reference",
        "faithfulness",
        "stability",
        "baselines",
        "sanity",
        "verdict",
        "evaluations",
    ]


def test_every_key_is_documented(report: Report) -> None:
    import workbench

    page = (Path(workbench.__file__).parents[1] / "docs" / "trust.md").read_text(encoding="utf-8")
    assert report.trust is not None
    keys = _keys(report.trust.model_dump(mode="json")) - set(report.prediction.labels)
    # By itself or at the end of a path, such as `reference.random`.
    assert not {key for key in keys if f"`{key}`" not in page and f".{key}`" not in page}


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()


def test_nothing_is_assessed_unless_asked_for(tiny: Checkpoint) -> None:
    report = services.explain(tiny, TEXT, ("attention-rollout",))
    assert report.trust is None
    assert document(report)["trust"] == {}


def test_parts_can_be_left_out(tiny: Checkpoint, report: Report) -> None:
    trust = services.assess(tiny, report.prediction, report.explanations, parts=("agreement",))
    assert trust.agreement
    assert trust.reference is None
    assert trust.evaluations.asked == 0
    assert trust.verdict.method is None


def test_same_seed_same_assessment(tiny: Checkpoint, report: Report) -> None:
    parts = ("agreement", "faithfulness", "baselines")
    one, other = (services.assess(tiny, report.prediction, report.explanations, parts=parts) for _ in range(2))
    assert one.model_copy(update={"evaluations": other.evaluations}) == other
    assert other.evaluations.made == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parts": ("luck",)}, "there is no part 'luck'"),
        ({"removal": "shout"}, "there is no removal 'shout'"),
        ({"explanations": ()}, "there is no explanation"),
    ],
)
def test_faults_are_named(tiny: Checkpoint, report: Report, change: dict[str, object], message: str) -> None:
    given = {"explanations": report.explanations} | change
    with pytest.raises(InputError, match=message):
        services.assess(tiny, report.prediction, **given)  # type: ignore[arg-type]


def test_another_prediction_is_refused(tiny: Checkpoint, report: Report) -> None:
    with pytest.raises(InputError, match="no explanation of this prediction"):
        services.assess(tiny, classify(tiny, "the staff"), report.explanations)


def test_cancelled(tiny_bpe: Checkpoint) -> None:
    report = services.explain(tiny_bpe, TEXT, ("attention-rollout",))
    with pytest.raises(Cancelled):
        services.assess(tiny_bpe, report.prediction, report.explanations, removal="delete", cancelled=lambda: True)


def test_progress_names_the_part(tiny: Checkpoint, report: Report) -> None:
    seen: dict[str, tuple[int, int]] = {}
    services.assess(
        tiny,
        report.prediction,
        report.explanations,
        parts=("faithfulness", "baselines"),
        removal="delete",
        progress=lambda name, done, total: seen.update({name: (done, total)}),
    )
    assert set(seen) == {"faithfulness", "baselines"}
    assert all(done == total for done, total in seen.values())


@pytest.mark.parametrize("text", ["good", "good food"])
@pytest.mark.parametrize("name", ["tiny", "tiny_bpe", "tiny_multi"])
def test_shortest_reviews_are_assessed_without_numbers_made_up(
    name: str, text: str, request: pytest.FixtureRequest
) -> None:
    report = services.explain(request.getfixturevalue(name), text, METHODS, budget=20, trust=True)
    assert report.trust is not None
    assert report.trust.agreement[0].figures["rank_correlation"].value is None
    assert [entry.insensitive for entry in report.trust.sanity] == [None, True]


def test_smallest_removal_and_replacements(tiny: Checkpoint) -> None:
    prediction = classify(tiny, TEXT)
    flip = services.smallest_removal(tiny, prediction)
    assert flip is None or flip.answer.label != prediction.label
    for one in services.word_replacements(tiny, prediction, words=["terrible", "great"]):
        assert one.answer.label != prediction.label


def test_command_line(tiny_folder: Path, run_cli: Callable[..., object]) -> None:
    arguments = ["explain", TEXT, "--checkpoint", tiny_folder, "--method", "attention-rollout", "--budget", 50]
    plain = run_cli(*arguments, "--format", "json")
    assert json.loads(plain.out)["trust"] == {}
    asked = run_cli(*arguments, "--trust", "--format", "json")
    assert asked.status == 0, asked.err
    assert json.loads(asked.out)["trust"]["verdict"]["sentence"]
    shown = run_cli(*arguments, "--method", "lime", "--trust")
    assert "faithfulness" in shown.out
    assert "rank_correlation" in shown.out
