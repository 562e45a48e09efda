"""Entities recomputed: what agrees, and that every change of a report is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from workbench import services, verify
from workbench.checkpoints import Checkpoint
from workbench.errors import CheckpointError, InputError, WorkbenchError
from workbench.pipeline import find_entities, find_entities_many
from workbench.reports import FORMATS
from workbench.reports.entities_json import entities_document
from workbench.reports.json_report import subject_document
from workbench.schema import EntityReport, Page, SavedRun, SavedRuns
from workbench.services import verifying
from workbench.services._deviating import UNVERIFIABLE, UNVERIFIABLE_OF_RUNS

TEXT = "we loved staff , very good food"
LONG = "the staff was very good and we loved it . " * 9
Place = tuple[str | int, ...]

# What steers the recomputation and need not change its answer: what a method does not use, and another way of reading
# the tags that comes to the same.
WITHOUT_EFFECT = ("explained.explanations.*.seed", "explained.explanations.*.options")
# With a method less, in another order, or without an explanation it is a true report too.
LEFT_OUT = {
    ("dropped", ("explained",)),
    ("cut", ("explained", "explanations")),
    ("turned", ("explained", "explanations")),
}


def content(subject: Any) -> bytes:
    return json.dumps(subject if isinstance(subject, dict) else subject_document(subject)).encode()


def nodes(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    yield place, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from nodes(inner, (*place, key))


def covered(place: Place, patterns: tuple[str, ...]) -> bool:
    """Whether a place lies at or below one of the patterns."""
    for one in (pattern.split(".") for pattern in patterns):
        shown = ["*" if isinstance(key, int) else key for key in place[: len(one)]]
        if len(place) >= len(one) and all(want in {"*", have} for have, want in zip(shown, one, strict=True)):
            return True
    return False


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + (1 if isinstance(value, int) else 0.25)
    return f"{value}x" if isinstance(value, str) else 1


def mutants(document: dict[str, Any]) -> Iterator[tuple[str, Place, dict[str, Any]]]:
    """One change at a time: every leaf another value, every key left out, every list turned round and cut."""

    def copied(place: Place, change: Callable[[Any, Any], None]) -> dict[str, Any]:
        other: Any = copy.deepcopy(document)
        inside = other
        for key in place[:-1]:
            inside = inside[key]
        change(inside, place[-1])
        found: dict[str, Any] = other
        return found

    for place, value in nodes(document):
        if place and not isinstance(value, dict | list):
            # The word changes, not white space that no tokenizer sees.
            new = value.replace("staff", "film") if place == ("predictions", 0, "text") else changed(value)
            yield "changed", place, copied(place, lambda inside, key, new=new: inside.__setitem__(key, new))
        if place and isinstance(place[-1], str):
            yield "dropped", place, copied(place, lambda inside, key: inside.__delitem__(key))
        if isinstance(value, list) and value != value[::-1]:
            turned = value[::-1]
            yield "turned", place, copied(place, lambda inside, key, new=turned: inside.__setitem__(key, new))
        if isinstance(value, list) and value:
            yield (
                "cut",
                (*place, len(value) - 1),
                copied((*place, len(value) - 1), lambda inside, key: inside.__delitem__(key)),
            )


def survivors(document: dict[str, Any], checkpoint: Checkpoint, allowed: tuple[str, ...]) -> tuple[list[str], int]:
    """Changes that nobody finds and that are not allowed to stay unfound; and how many were tried."""
    found, tried = [], 0
    for kind, place, other in mutants(document):
        whole = place[:-1] if kind == "cut" else place
        if covered(place, allowed) or any(kind == how and whole[-len(end) :] == end for how, end in LEFT_OUT):
            continue
        tried += 1
        try:
            agrees = verify(content(other), load=lambda name: checkpoint).agrees
        except (InputError, CheckpointError) as error:
            agrees = len(str(error).splitlines()) != 1
        if agrees:
            found.append(f"{kind} {'.'.join(map(str, place))}")
    return found, tried


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same question is recomputed once."""
    known: dict[str, Any] = {}
    real = verifying.recomputed

    def once(said: Any, *arguments: Any, **settings: Any) -> Any:
        steering = ("method", "unit", "seed", "options")
        try:
            explained = said.get("explained")
            (one,) = said["predictions"]
            asked = explained and [
                explained["entity"],
                [[each.get(name) for name in steering] + [each["target"]] for each in explained["explanations"]],
            ]
            top = [said.get(name) for name in ("schema", "checkpoint", "scheme", "strategy")]
            key = json.dumps([top, one["text"], bool(one["windows"]), asked, "explained" in said])
        except (KeyError, TypeError, AttributeError, ValueError):
            return real(said, *arguments, **settings)
        if key not in known:
            known[key] = real(said, *arguments, **settings)
        return known[key]

    monkeypatch.setattr(verifying, "recomputed", once)


@pytest.fixture(scope="module")
def explained(tiny_tags: Checkpoint) -> EntityReport:
    prediction = find_entities(tiny_tags, TEXT)
    return services.explain_entity(tiny_tags, prediction, 1, ["occlusion", "shap", "lime"], seed=3, budget=20)


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("strategy", ["none", "simple", "first", "average", "max"])
@pytest.mark.parametrize("unit", ["word", "sentence"])
def test_what_was_found_and_explained_agrees(tiny_tags: Checkpoint, unit: str, strategy: str, windows: bool) -> None:
    prediction = find_entities(tiny_tags, LONG, strategy=strategy, windows=windows)
    number = len(prediction.entities) - 1
    report = services.explain_entity(tiny_tags, prediction, number, ["all"], unit=unit, seed=1, budget=20)
    found = verify(report, load=lambda name: tiny_tags)
    assert found.agrees, (found.deviations, found.contradictions)
    methods = [one.method for one in report.explanations]
    assert [part.name for part in found.parts] == ["entities", *(f"explained.explanations.{name}" for name in methods)]
    assert max(part.largest for part in found.parts) < 1e-6
    assert all(part.values > 10 for part in found.parts)
    assert (found.versions, found.notes) == ((), ())
    assert [one.recorded for one in found.checkpoints] == [tiny_tags.name]


@pytest.mark.parametrize("scheme", [None, "plain", "iob1", "bioes"])
def test_what_was_only_found_agrees(tiny_tags: Checkpoint, scheme: str | None) -> None:
    report = services.entities_report(find_entities(tiny_tags, TEXT, scheme=scheme))
    found = verify(content(report), load=lambda name: tiny_tags)
    assert found.agrees, found.deviations
    assert [part.name for part in found.parts] == ["entities"]


@pytest.mark.parametrize("tagger", ["tiny_tags_bpe", "tiny_tags_unigram"])
def test_of_other_tokenizers_too(tagger: str, request: pytest.FixtureRequest) -> None:
    checkpoint: Checkpoint = request.getfixturevalue(tagger)
    prediction = find_entities(checkpoint, "we loved the naïve café 😀 staff, שלום", strategy="none")
    report = services.explain_entity(checkpoint, prediction, 0, ["occlusion"])
    found = verify(content(report), load=lambda name: checkpoint)
    assert found.agrees, (found.deviations, found.contradictions)


def test_several_texts_agree_each(tiny_tags: Checkpoint) -> None:
    predictions = find_entities_many(tiny_tags, [TEXT, "we were good", LONG])
    document = entities_document(predictions, provenance=services.provenance())
    found = verify(content(document), load=lambda name: tiny_tags)
    assert found.agrees, found.deviations
    assert [part.name for part in found.parts] == [f"texts.{number}.entities" for number in (1, 2, 3)]
    document["predictions"][1]["tokens"][1]["probabilities"]["O"] += 0.25
    other = verify(content(document), load=lambda name: tiny_tags)
    assert [part.beyond > 0 for part in other.parts] == [False, True, False]
    assert len(other.contradictions) == 1
    document["predictions"] = []
    with pytest.raises(InputError, match="'predictions' is missing"):
        verify(content(document), load=lambda name: tiny_tags)


def test_a_file_and_a_page_agree(tiny_tags: Checkpoint, explained: EntityReport, tmp_path: Path) -> None:
    page = services.save_report(explained, tmp_path / "why.html")
    found = verify(page, load=lambda name: tiny_tags)
    assert (found.agrees, found.page) == (True, Page.SAME), found.deviations
    assert verify(services.save_report(explained, tmp_path / "why.json"), load=lambda name: tiny_tags).agrees
    bare = services.entities_report(explained.prediction)
    assert verify(services.save_report(bare, tmp_path / "bare.html"), load=lambda name: tiny_tags).page is Page.SAME
    # What is shown, and not what the page carries.
    score = f"{explained.prediction.entities[0].score:.3f}"
    shown, data = page.read_text("utf-8").split('<script type="application/json"')
    assert score in shown
    page.write_text(shown.replace(score, "0.001") + '<script type="application/json"' + data, "utf-8")
    other = verify(page, load=lambda name: tiny_tags)
    assert (other.agrees, other.page, other.deviations) == (False, Page.DIFFERS, ())


def saved(*results: Any) -> SavedRuns:
    when = datetime(2026, 1, 2, tzinfo=UTC)
    runs = [SavedRun(id=f"run-{place:05d}", created=when, result=result) for place, result in enumerate(results)]
    return SavedRuns(title="some", runs=tuple(runs))


def test_saved_runs_agree_each(tiny_tags: Checkpoint, tiny: Checkpoint, explained: EntityReport) -> None:
    known = {one.name: one for one in (tiny_tags, tiny)}
    both = saved(explained, services.explain(tiny, TEXT, ["occlusion"]), services.entities_report(explained.prediction))
    for one in (content(both), FORMATS[".html"].render(both)):
        found = verify(one, load=known.__getitem__)
        assert found.agrees, found.deviations
    assert found.page is Page.SAME
    assert [part.name for part in found.parts][:2] == [
        "runs.run-00000.entities",
        "runs.run-00000.explained.explanations.occlusion",
    ]
    document = subject_document(both)
    document["runs"][0]["result"]["explained"]["explanations"][0]["units"][0]["score"] += 0.5
    other = verify(content(document), load=known.__getitem__)
    assert [part.name for part in other.parts if part.beyond] == ["runs.run-00000.explained.explanations.occlusion"]


def test_what_differs_is_named(tiny_tags: Checkpoint, explained: EntityReport) -> None:
    document = subject_document(explained)
    document["predictions"][0]["entities"][1]["type"] = "ORG"
    document["predictions"][0]["tokens"][2]["probabilities"]["O"] += 0.25
    document["explained"]["explanations"][1]["units"][0]["score"] += 0.25
    found = verify(content(document), load=lambda name: tiny_tags)
    places = [one.place for one in found.deviations]
    assert len(places) == 3
    assert places[0] == f"predictions[0] {TEXT!r}.entities[1] {explained.explained.text!r}.type"
    assert places[1].endswith(".probabilities['O']")
    assert places[2] == f"explained.explanations.shap.units[0] '{TEXT.split()[0]}'.score"
    assert [one.size for one in found.deviations][1:] == pytest.approx([0.25, 0.25], abs=1e-6)


@pytest.mark.slow
def test_every_change_is_found(tiny_tags: Checkpoint, remembered: None) -> None:
    prediction = find_entities(tiny_tags, TEXT)
    report = services.explain_entity(tiny_tags, prediction, 1, ["occlusion", "shap"], seed=3, budget=20)
    found, tried = survivors(subject_document(report), tiny_tags, (*UNVERIFIABLE, *WITHOUT_EFFECT))
    assert found == []
    assert tried > 400


@pytest.mark.slow
def test_every_change_of_windows_is_found(tiny_tags: Checkpoint, remembered: None) -> None:
    text = "the staff was very good and we loved it . " * 5
    document = subject_document(services.entities_report(find_entities(tiny_tags, text, windows=True)))
    assert len(document["predictions"][0]["windows"]) == 2
    found, tried = survivors(document, tiny_tags, UNVERIFIABLE)
    assert found == []
    assert tried > 700


@pytest.mark.slow
def test_every_change_of_a_saved_run_is_found(tiny_tags: Checkpoint, remembered: None) -> None:
    report = services.explain_entity(tiny_tags, find_entities(tiny_tags, "we loved staff"), 0, ["occlusion"])
    below = tuple(f"runs.*.result.{name}" for name in (*UNVERIFIABLE, *WITHOUT_EFFECT))
    found, tried = survivors(subject_document(saved(report)), tiny_tags, (*UNVERIFIABLE_OF_RUNS, *below))
    assert found == []
    assert tried > 150


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"explained": None}, "damaged"),
        ({"explained": {"prediction": 0, "entity": 99, "explanations": [{}]}}, "damaged"),
        ({"strategy": "best"}, "no strategy 'best'"),
        ({"scheme": "best"}, "no scheme 'best'"),
        ({"predictions": 3}, "damaged"),
        ({"predictions": [3]}, "damaged"),
        ({"predictions": [{"text": 3, "windows": []}]}, "the report"),
        ({"checkpoint": {}}, "damaged"),
    ],
)
def test_damage_is_one_line(
    tiny_tags: Checkpoint, explained: EntityReport, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        verify(content(subject_document(explained) | change), load=lambda name: tiny_tags)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_entity_or_method_cannot_be_slipped_in(tiny_tags: Checkpoint, explained: EntityReport) -> None:
    document = subject_document(explained)
    document["explained"]["entity"] = 0
    found = verify(content(document), load=lambda name: tiny_tags)
    assert not found.agrees
    assert any(one.place.endswith("target.span.start") for one in found.deviations)
    document = subject_document(explained)
    document["explained"]["explanations"][0]["method"] = "attention-rollout"
    with pytest.raises(WorkbenchError, match="cannot be recomputed"):
        verify(content(document), load=lambda name: tiny_tags)


def test_what_cannot_be_verified_concerns_entities(tiny_tags: Checkpoint, explained: EntityReport) -> None:
    found = verify(explained, load=lambda name: tiny_tags)
    assert found.unverifiable == (
        "checkpoint.name",
        "checkpoint.revision",
        "explained.explanations.*.seconds",
        "explained.explanations.*.evaluations.made",
        "explained.explanations.*.provenance",
        "provenance",
    )


def test_a_checkpoint_of_another_task_is_refused(tiny: Checkpoint, explained: EntityReport) -> None:
    with pytest.raises(CheckpointError, match="is not the checkpoint of the report"):
        verify(explained, checkpoints=["x"], load=lambda name: tiny)
