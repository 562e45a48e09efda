"""The Compare page's logic for one review, and its job, without a page."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import InputError, TargetError
from workbench.schema import Unit
from workbench.ui import comparing, comparison_job, state
from workbench.ui.comparison_job import ComparisonJob, ComparisonRequest, Part
from workbench.ui.components import compare_pair
from workbench.ui.state import Choices

TEXT = "The room was clean, but we hated the food."


def request(*names: str, **changes: Any) -> ComparisonRequest:
    fields: dict[str, Any] = {
        "checkpoints": names or ("a", "b", "c"),
        "text": TEXT,
        "method": "occlusion",
        "options": services.make_options("occlusion").model_dump_json(),
        "unit": Unit.WORD,
        "seed": 0,
    }
    return ComparisonRequest.model_validate(fields | changes)


def job() -> ComparisonJob:
    asked = request()
    return ComparisonJob(asked, {name: Part() for name in asked.checkpoints}, {pair: Part() for pair in asked.pairs})


def test_results_arrive_one_by_one(tiny: Checkpoint, tiny_other: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[bool]] = []
    arrive = ComparisonJob.arrive

    def note(self: ComparisonJob, found: Any) -> None:
        arrive(self, found)
        seen.append([part.found is not None for part in self.parts])

    monkeypatch.setattr(ComparisonJob, "arrive", note)
    made = comparison_job.start(request(tiny.name, tiny_other.name), [tiny, tiny_other], differences=True)
    made.wait(120)
    assert seen == [[True, False, False], [True, True, False], [True, True, True]]
    assert made.result is not None
    assert [part.explanation for part in made.sides.values()] == [one.explanation for one in made.result.checkpoints]
    assert made.pairs[tiny.name, tiny_other.name].difference == made.result.pairs[0].difference
    assert all(0 < part.done == part.total for part in made.parts)
    assert not made.running


def test_cancelling_keeps_what_is_there(
    tiny: Checkpoint, tiny_other: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived = threading.Event()
    arrive = ComparisonJob.arrive

    def cancel(self: ComparisonJob, found: Any) -> None:
        arrive(self, found)
        self.cancel()
        arrived.set()

    monkeypatch.setattr(ComparisonJob, "arrive", cancel)
    asked = request(tiny.name, tiny_other.name, text="cold food and slow staff, again and again")
    made = comparison_job.start(asked, [tiny, tiny_other], differences=True)
    made.wait(120)
    assert arrived.is_set()
    assert made.result is None
    assert made.fault == "cancelled"
    assert [part.fault for part in made.parts] == [None, "cancelled", "not run"]


def test_a_crash_becomes_one_line(tiny: Checkpoint, tiny_other: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of\nmemory")

    monkeypatch.setattr(services, "compare", crash)
    made = comparison_job.start(request(tiny.name, tiny_other.name), [tiny, tiny_other], differences=True)
    made.wait(120)
    assert made.fault == "RuntimeError: out of memory"


def test_a_failed_request_is_run_again_and_one_that_is_answered_is_not() -> None:
    made = job()
    session = Choices(compare_job=made)
    comparing.ask(session, made.request)
    assert session.compare_job is made
    made.fail("cancelled")
    comparing.ask(session, made.request)
    assert session.compare_job is None
    session.compare_job = job()
    comparing.ask(session, request(seed=1))
    assert session.compare_job is None


def test_the_request_holds_what_was_chosen(tiny: Checkpoint, tiny_bpe: Checkpoint) -> None:
    session = Choices(text=TEXT, compare_method="lime", budget="Quick", compare_unit="sentence", seed=4)
    session.options["lime"] = {"kernel_width": 11.0}
    session.compare_places[tiny_bpe.fingerprint] = {"NEGATIVE": 0.25, "POSITIVE": 1.0}
    found = comparing.request_of(session, [tiny, tiny_bpe])
    options = services.options_from_json("lime", found.options).model_dump()
    assert (options["budget"], options["kernel_width"]) == (300, 11.0)
    assert (found.unit, found.seed, found.target) == (Unit.SENTENCE, 4, None)
    assert found.places == {tiny_bpe.name: {"NEGATIVE": 0.25, "POSITIVE": 1.0}}
    session.compare_request = found
    assert not comparing.outdated(session, [tiny, tiny_bpe])
    assert comparing.outdated(session, [tiny_bpe, tiny])


@pytest.mark.parametrize(
    ("places", "fault"),
    [
        (
            {"NEGATIVE": None, "POSITIVE": 0.5},
            (InputError, "'NEGATIVE' of .* has no place; give a place to all or to none"),
        ),
        ({"NEGATIVE": 0.5, "POSITIVE": 0.5}, (TargetError, "two different places")),
    ],
)
def test_places_that_make_no_scale_are_refused(
    tiny: Checkpoint, tiny_bpe: Checkpoint, places: dict[str, float | None], fault: tuple[type[Exception], str]
) -> None:
    session = Choices(text=TEXT, compare_places={tiny_bpe.fingerprint: places})
    with pytest.raises(fault[0], match=fault[1]):
        comparing.request_of(session, [tiny, tiny_bpe])


def test_places_that_the_names_tell_are_not_given_again(tiny: Checkpoint, tiny_bpe: Checkpoint) -> None:
    known = {"NEGATIVE": 0.0, "POSITIVE": 1.0}
    for places in (known, dict.fromkeys(known)):
        session = Choices(text=TEXT, compare_places={tiny_bpe.fingerprint: dict(places)})
        assert comparing.request_of(session, [tiny, tiny_bpe]).places == {}


def test_one_checkpoint_under_two_names_is_refused(tiny: Checkpoint) -> None:
    with pytest.raises(InputError, match="given twice"):
        comparing.request_of(Choices(text=TEXT), [tiny, tiny])


def test_targets_fit_the_checkpoints(
    tiny: Checkpoint, tiny_other: Checkpoint, tiny_bpe: Checkpoint, tiny_multi: Checkpoint
) -> None:
    def offered(*checkpoints: Checkpoint) -> list[str]:
        return list(comparing.targets_of(checkpoints, services.scales_for(checkpoints)))

    assert offered(tiny, tiny_other) == ["", "expected", "scale", "predicted", *tiny.labels]
    assert offered(tiny, tiny_bpe) == ["", "predicted"]
    assert offered(tiny, tiny_multi) == [""]
    for checkpoints in ((tiny, tiny_other), (tiny, tiny_bpe), (tiny, tiny_multi)):
        for target in offered(*checkpoints):
            services.compare(checkpoints, "very good", method="occlusion", target=target or None, differences=False)


def test_long_names_are_cut_where_their_ends_tell_them_apart() -> None:
    long = [f"/models/of/somebody/in/a/deep/folder/{end}" for end in ("first", "second")]
    cut = comparing.short_names([*long, "stars"])
    assert list(cut) == [*long, "stars"]
    assert [len(cut[name]) for name in cut] == [28, 28, 5]
    assert cut[long[0]].endswith("/first")
    same = [f"/models/{place}/of/somebody/in/a/deep/folder" for place in ("a", "b")]
    assert comparing.short_names(same) == {name: name for name in same}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}
    monkeypatch.setattr(state.st, "session_state", found)
    return found


def test_a_review_is_opened_from_elsewhere(session: dict[str, Any]) -> None:
    state.choices().compare_on = "A file"
    comparing.open_review("Rude.", ("stars", "stars-early"))
    chosen = state.choices()
    assert (chosen.text, chosen.compared, chosen.compare_on) == ("Rude.", ["stars", "stars-early"], "One review")
    assert chosen.compare_wanted
    for name in ("text", "compared", "compare_on"):
        assert session[state.bound(name)["key"]] == getattr(chosen, name)


@pytest.mark.parametrize(("index", "expected"), [(2, {"here": ("b", "c")}), (None, {})])
def test_a_choice_of_two_is_kept_with_its_comparison(
    session: dict[str, Any], index: int | None, expected: dict[str, tuple[str, str]]
) -> None:
    session["key"] = index
    made = job()
    compare_pair._choose(made, "here", "key")
    assert made.shown == expected


def test_a_progress_of_something_else_is_ignored() -> None:
    made = job()
    made.note("a", 1, 2)
    made.note("a - c", 3, 4)
    made.note("nobody", 5, 6)
    assert [(part.done, part.total) for part in made.parts] == [(1, 2), (0, 0), (0, 0), (0, 0), (3, 4), (0, 0)]
