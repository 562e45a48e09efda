"""Reports recomputed: what agrees, and that every change of a report is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from workbench import services, verify
from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import CheckpointError, InputError, WorkbenchError
from workbench.explainers import METHODS
from workbench.reports.explanation_json import without_rest
from workbench.reports.json_report import subject_document
from workbench.schema import Fault, Outcome, SavedRun, SavedRuns, Verification
from workbench.services import verifying
from workbench.services._deviating import UNVERIFIABLE, UNVERIFIABLE_OF_RUNS, Comparing, within

TEXT = "The room was clean, but we hated the food."
SHORT = "clean room, we hated"
LONG = "the food was very good but the room was cold. " * 8
TARGETS = ("predicted", "5 stars", "logit:5 stars", "expected", "5 stars - 1 star", "scale")
Path_ = tuple[str | int, ...]

# What steers the recomputation and need not change its answer: a method may draw nothing, and a limit may not be met.
WITHOUT_EFFECT = ("explanations.*.seed", "explanations.*.options", "checkpoints.*.explanation.options")


def content(subject: Any) -> bytes:
    return json.dumps(subject if isinstance(subject, dict) else subject_document(subject)).encode()


def leaves(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path, value
    else:
        for key, inner in items:
            yield from leaves(inner, (*path, key))


def nodes(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from nodes(inner, (*path, key))


def holder(document: Any, path: Path_) -> Any:
    for key in path[:-1]:
        document = document[key]
    return document


def covered(path: Path_, patterns: tuple[str, ...]) -> bool:
    """Whether a path lies at or below one of the patterns."""
    for one in (pattern.split(".") for pattern in patterns):
        shown = ["*" if isinstance(key, int) else key for key in path[: len(one)]]
        if len(path) >= len(one) and all(want in {"*", have} for have, want in zip(shown, one, strict=True)):
            return True
    return False


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + 0.25
    return f"{value}x" if isinstance(value, str) else 1


def mutants(document: dict[str, Any]) -> Iterator[tuple[str, Path_, dict[str, Any]]]:
    """One change at a time: every leaf another value, every key left out, every list turned round and cut."""

    def copied(path: Path_, change: Callable[[Any, Any], None]) -> dict[str, Any]:
        other = copy.deepcopy(document)
        change(holder(other, path), path[-1])
        return other

    def drop(inside: Any, key: Any) -> None:
        del inside[key]

    def turn(inside: Any, key: Any) -> None:
        inside[key] = inside[key][::-1]

    for path, value in leaves(document):
        # The word changes, not white space that no tokenizer sees.
        other = value.replace("room", "film") if path == ("text",) else changed(value)

        def put(inside: Any, key: Any, other: Any = other) -> None:
            inside[key] = other

        yield "changed", path, copied(path, put)
    for path, value in nodes(document):
        if path and isinstance(path[-1], str):
            yield "dropped", path, copied(path, drop)
        if isinstance(value, list) and value != value[::-1]:
            yield "turned", path, copied(path, turn)
        if isinstance(value, list) and len(value) > 1:
            yield "cut", path, copied((*path, len(value) - 1), drop)


def asked_of(said: Mapping[str, Any]) -> str:
    """All that a recomputation hangs on."""
    steering = ("method", "target", "unit", "seed", "options")
    sides = said.get("checkpoints", [])
    explanations = [*said.get("explanations", []), *(one["explanation"] for one in sides)]
    trust = said.get("trust") or {}
    key = [
        said["text"],
        [{name: one.get(name) for name in steering} for one in explanations],
        [bool(said.get("prediction", {}).get("windows"))],
        [name for name in sorted(trust) if trust[name]],
        (trust.get("reference") or {}).get("removal"),
        [(one["checkpoint"], one["scale"]) for one in sides] or said["checkpoint"],
        [said.get(name) for name in ("comparable", "note", "schema")],
        [bool(pair["difference"]) for pair in said.get("pairs", [])],
    ]
    return json.dumps(key)


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same question is recomputed once."""
    known: dict[str, Any] = {}
    real = verifying.recomputed

    def once(said: Any, *arguments: Any, **settings: Any) -> Any:
        try:
            key = asked_of(said)
        except (KeyError, TypeError, AttributeError):
            return real(said, *arguments, **settings)
        if key not in known:
            known[key] = real(said, *arguments, **settings)
        return known[key]

    monkeypatch.setattr(verifying, "recomputed", once)


def survivors(
    document: dict[str, Any], loader: Callable[[str], Checkpoint], allowed: tuple[str, ...]
) -> tuple[list[str], int]:
    """Changes that nobody finds and that are not allowed to stay unfound; and how many were tried."""
    found, tried = [], 0
    for kind, path, other in mutants(document):
        if covered(path, allowed):
            continue
        tried += 1
        try:
            agrees = verify(content(other), load=loader).agrees
        except (InputError, CheckpointError) as error:
            agrees = len(str(error).splitlines()) != 1
        if agrees:
            found.append(f"{kind} {'.'.join(map(str, path))}")
    return found, tried


@pytest.fixture(scope="module")
def loader(tiny: Checkpoint, tiny_other: Checkpoint, tiny_bpe: Checkpoint) -> Callable[[str], Checkpoint]:
    known = {one.name: one for one in (tiny, tiny_other, tiny_bpe)}
    return lambda name: known[name]


@pytest.fixture(scope="module")
def judged(tiny: Checkpoint) -> dict[str, Any]:
    report = services.explain(tiny, SHORT, ["shap", "lime"], budget=30, seed=2, trust=True)
    return subject_document(report)


@pytest.mark.parametrize("unit", ["word", "token", "sentence"])
@pytest.mark.parametrize("target", TARGETS)
def test_every_method_target_and_unit_agrees(
    tiny: Checkpoint, loader: Callable[[str], Checkpoint], target: str, unit: str
) -> None:
    report = services.explain(tiny, f"{TEXT} Never again!", ["all"], target=target, unit=unit, seed=1, budget=20)
    found = verify(content(report), load=loader)
    assert found.agrees, found.deviations
    assert [part.name for part in found.parts] == [
        "prediction",
        *(f"explanations.{name}" for name in services.method_names()),
    ]
    assert max(part.largest for part in found.parts) < 1e-6
    assert all(part.values > 10 for part in found.parts)
    assert found.versions == ()
    assert found.notes == ()


def test_windows_and_trust_agree(tiny: Checkpoint, loader: Callable[[str], Checkpoint]) -> None:
    report = services.explain(tiny, LONG, ["shap", "lime", "occlusion"], windows=True, trust=True, budget=20)
    assert len(report.prediction.windows) > 1
    found = verify(content(report), load=loader)
    assert found.agrees, found.deviations
    assert {"trust.faithfulness", "trust.sanity", "trust.verdict"} <= {part.name for part in found.parts}
    cut = verify(content(services.explain(tiny, LONG, ["occlusion"])), load=loader)
    assert cut.agrees


def test_a_result_need_not_be_written_first(
    tiny: Checkpoint, loader: Callable[[str], Checkpoint], tmp_path: Path
) -> None:
    report = services.explain(tiny, TEXT, ["occlusion"])
    file = services.save_report(report, tmp_path / "r.json")
    assert verify(report, load=loader) == verify(file, load=loader) == verify(str(file), load=loader)


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("shap", {}),
        ("lime", {"differences": False}),
        ("occlusion", {"target": "predicted"}),
        ("shap", {"target": "expected", "unit": "sentence"}),
        ("attention-rollout", {}),
        ("occlusion", {"target": "scale"}),
    ],
)
def test_comparisons_agree(
    tiny: Checkpoint,
    tiny_other: Checkpoint,
    loader: Callable[[str], Checkpoint],
    method: str,
    settings: dict[str, Any],
) -> None:
    budget = 30 if method in {"shap", "lime"} else None
    found = services.compare([tiny, tiny_other], TEXT, method=method, budget=budget, seed=4, **settings)
    checked = verify(content(found), load=loader)
    assert checked.agrees, (checked.deviations, checked.contradictions)
    assert len(checked.parts) == 4
    assert [one.recorded for one in checked.checkpoints] == [tiny.name, tiny_other.name]


def test_a_scale_of_ones_own_and_labels_without_one(
    tiny: Checkpoint, tiny_bpe: Checkpoint, tiny_multi: Checkpoint
) -> None:
    known = {one.name: one for one in (tiny, tiny_bpe, tiny_multi)}
    scaled = services.compare(
        [tiny, tiny_bpe], TEXT, method="occlusion", scales={tiny_bpe.name: {"NEGATIVE": 0.2, "POSITIVE": 0.9}}
    )
    alone = services.compare([tiny, tiny_multi], TEXT, method="occlusion")
    for one in (scaled, alone):
        checked = verify(content(one), load=known.__getitem__)
        assert checked.agrees, checked.deviations


def saved(*results: Any) -> SavedRuns:
    runs = [
        SavedRun(
            id=f"run-{place:05d}",
            created=datetime(2026, 1, 2, tzinfo=UTC),
            result=result,
            tags=("a",),
            faults={"x": "y"},
        )
        for place, result in enumerate(results)
    ]
    return SavedRuns(title="two", runs=tuple(runs))


def test_saved_runs_agree_each(tiny: Checkpoint, tiny_other: Checkpoint, loader: Callable[[str], Checkpoint]) -> None:
    one = services.explain(tiny, TEXT, ["occlusion"])
    two = services.compare([tiny, tiny_other], TEXT, method="occlusion")
    found = verify(content(saved(one, two)), load=loader)
    assert found.agrees, found.deviations
    assert found.parts[0].name == "runs.run-00000.prediction"
    assert len(found.checkpoints) == 2
    document = subject_document(saved(one, two))
    document["runs"][1]["result"]["checkpoints"][0]["explanation"]["units"][0]["score"] += 0.5
    changed_ = verify(content(document), load=loader)
    assert [part.name for part in changed_.parts if part.beyond] == [f"runs.run-00001.checkpoints.{tiny.name}"]


@pytest.mark.slow
def test_every_change_of_an_explanation_is_found(
    judged: dict[str, Any], loader: Callable[[str], Checkpoint], remembered: None
) -> None:
    found, tried = survivors(judged, loader, (*UNVERIFIABLE, *WITHOUT_EFFECT))
    assert found == []
    assert tried > 700


@pytest.mark.slow
def test_every_change_of_windows_is_found(make_checkpoint: Callable[..., Path], remembered: None) -> None:
    narrow = load_checkpoint(str(make_checkpoint(limit=14)), device="cpu")
    document = subject_document(services.explain(narrow, LONG[:60], ["occlusion"], windows=True))
    assert len(document["prediction"]["windows"]) == 2
    found, tried = survivors(document, lambda name: narrow, (*UNVERIFIABLE, *WITHOUT_EFFECT))
    assert found == []
    assert tried > 500


@pytest.mark.slow
def test_every_change_of_a_comparison_is_found(
    tiny: Checkpoint, tiny_other: Checkpoint, loader: Callable[[str], Checkpoint], remembered: None
) -> None:
    document = subject_document(services.compare([tiny, tiny_other], "clean room", method="occlusion"))
    found, tried = survivors(document, loader, (*UNVERIFIABLE, *WITHOUT_EFFECT))
    assert found == []
    assert tried > 400


@pytest.mark.slow
def test_every_change_of_saved_runs_is_found(
    tiny: Checkpoint, loader: Callable[[str], Checkpoint], remembered: None
) -> None:
    document = subject_document(saved(services.explain(tiny, "good room", ["occlusion"])))
    below = tuple(f"runs.*.result.{name}" for name in (*UNVERIFIABLE, *WITHOUT_EFFECT))
    found, tried = survivors(document, loader, (*UNVERIFIABLE_OF_RUNS, *below))
    assert found == []
    assert tried > 100


def test_what_differs_is_named_with_its_size(judged: dict[str, Any], loader: Callable[[str], Checkpoint]) -> None:
    document = copy.deepcopy(judged)
    unit = document["explanations"][1]["units"][3]
    recomputed = unit["score"]
    unit["score"] += 0.25
    found = verify(content(document), load=loader)
    assert found.verdict is Outcome.DIFFERS
    (one,) = [one for one in found.deviations if one.place.startswith("explanations")]
    assert one.place == f"explanations.lime.units[3] '{unit['text']}'.score"
    assert one.fault is Fault.NUMBER
    assert one.recorded == unit["score"]
    assert one.recomputed == pytest.approx(recomputed, abs=1e-6)
    assert one.size == pytest.approx(0.25, abs=1e-6)
    (part,) = [part for part in found.parts if part.name == "explanations.lime"]
    assert (part.beyond, part.largest_at) == (1, one.place)
    assert verify(content(document), load=loader, tolerance=0.3, trust=False).agrees


def test_settings_that_matter_are_found(judged: dict[str, Any], loader: Callable[[str], Checkpoint]) -> None:
    another = copy.deepcopy(judged)
    another["explanations"][1]["seed"] += 1
    assert not verify(content(another), load=loader).agrees
    another = copy.deepcopy(judged)
    del another["explanations"][1]["options"]["perturbation"]
    (one,) = verify(content(another), load=loader).deviations
    assert (one.place, one.fault) == ("explanations.lime.options.perturbation", Fault.MISSING)
    another["explanations"][1]["options"]["perturbation"] = "mask"
    assert not verify(content(another), load=loader).agrees


def test_nobody_can_tell_what_was_left_out(tiny: Checkpoint, loader: Callable[[str], Checkpoint]) -> None:
    """A report with one method less, or without the judgement, is a true report too."""
    document = subject_document(services.explain(tiny, TEXT, ["occlusion", "attention-rollout"], trust=True))
    shorter = document | {"explanations": document["explanations"][:1], "trust": {}}
    for unit in shorter["explanations"][0]["units"]:
        unit["spread"] = None
    assert verify(content(shorter), load=loader).agrees


def test_the_tolerance_is_relative_above_one() -> None:
    assert within(1.0, 1.00009, 1e-4)
    assert not within(0.1, 0.1002, 1e-4)
    assert within(5.0, 5.0004, 1e-4)
    assert not within(5.0, 5.0006, 1e-4)
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="is no tolerance"):
            verify(b"{}", tolerance=wrong)


def test_numbers_of_any_size_are_compared() -> None:
    check = Comparing(1e-4)
    check.results({"a": 10**400, "b": -(10**400), "c": 1e308, "d": True}, {"a": 1.0, "b": 1.0, "c": -1e308, "d": 1.0})
    assert [one.fault for one in check.deviations] == [Fault.NUMBER] * 3 + [Fault.VALUE]
    assert json.dumps([one.model_dump(mode="json") for one in check.deviations], allow_nan=False)


def test_a_report_without_the_added_keys_is_verified(
    tiny: Checkpoint, judged: dict[str, Any], loader: Callable[[str], Checkpoint]
) -> None:
    windows = subject_document(services.explain(tiny, LONG[:230], ["occlusion"], windows=True))
    for document in (judged, windows):
        older = copy.deepcopy(without_rest(document))
        assert "tokens" not in older["prediction"]
        found = verify(content(older), load=loader)
        assert found.agrees, found.deviations
        assert found.notes == ("The report is of an older form: tokens, inputs and token limit are not in it.",)
        older["prediction"]["probabilities"]["1 star"] += 0.01
        assert [one.place for one in verify(content(older), load=loader).deviations] == [
            "prediction.probabilities['1 star']"
        ]


def test_without_trust(judged: dict[str, Any], loader: Callable[[str], Checkpoint]) -> None:
    found = verify(content(judged), load=loader, trust=False)
    assert found.agrees
    assert not [part.name for part in found.parts if part.name.startswith("trust")]
    assert found.notes == ("The judgement of the methods was not recomputed.",)


def test_other_versions_are_noted(judged: dict[str, Any], loader: Callable[[str], Checkpoint]) -> None:
    document = copy.deepcopy(judged)
    document["provenance"] |= {"torch": "1.0", "no-such-package": "3"}
    found = verify(content(document), load=loader, trust=False)
    assert found.agrees
    noted = {one.package: (one.recorded, one.installed) for one in found.versions}
    assert noted == {"torch": ("1.0", judged["provenance"]["torch"]), "no-such-package": ("3", None)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "magic"}, "no method 'magic'"),
        ({"options": {"fill": 3}}, "shap has no option 'fill'"),
        ({"options": {"budget": 10**9}}, "'budget' of shap"),
        ({"target": {"kind": "probability", "label": "6 stars"}}, "no label '6 stars'"),
        ({"target": {"kind": "magic"}}, "target.kind"),
        ({"unit": "page"}, "unit"),
    ],
)
def test_what_this_version_has_not_is_said_in_one_line(
    judged: dict[str, Any], loader: Callable[[str], Checkpoint], change: dict[str, Any], message: str
) -> None:
    document = copy.deepcopy(judged)
    document["explanations"][0] |= change
    with pytest.raises(InputError) as caught:
        verify(content(document), load=loader)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_contradiction_is_told_and_the_rest_recomputed(
    judged: dict[str, Any], loader: Callable[[str], Checkpoint]
) -> None:
    document = copy.deepcopy(judged)
    document["prediction"]["tokens_read"] += 1
    found = verify(content(document), load=loader, trust=False)
    assert found.contradictions == ("the report contradicts itself at prediction.tokens_read",)
    assert [one.place for one in found.deviations] == ["prediction.tokens_read"]


def test_all_methods_are_told_their_progress(tiny: Checkpoint, loader: Callable[[str], Checkpoint]) -> None:
    seen: set[str] = set()
    report = services.explain(tiny, TEXT, ["shap", "occlusion"], budget=20)
    verify(report, load=loader, progress=lambda name, done, total: seen.add(name))
    assert seen == {"shap", "occlusion"}
    assert set(METHODS) > seen


def test_the_verdict_follows_from_what_was_found(tiny: Checkpoint, loader: Callable[[str], Checkpoint]) -> None:
    found = verify(services.explain(tiny, "good", ["occlusion"]), load=loader)
    with pytest.raises(ValueError, match="verdict does not follow"):
        Verification.model_validate(found.model_dump() | {"verdict": "differs"})
    assert Verification.model_validate_json(found.model_dump_json()) == found


def test_no_error_is_but_one_of_ours(judged: dict[str, Any], loader: Callable[[str], Checkpoint]) -> None:
    """A sample of changes, each recomputed for real."""
    faults: list[str] = []
    for _, _, other in islice(mutants(judged), 0, None, 97):
        try:
            verify(content(other), load=loader)
        except WorkbenchError as error:
            faults += str(error).splitlines()[1:]
    assert faults == []
