"""The history in the app by AppTest: runs are kept, opened as they were, found, annotated, deleted and compared."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import runs
from streamlit.testing.v1 import AppTest

from workbench import resources, services
from workbench.checkpoints import Checkpoint
from workbench.schema import Report, SavedRun
from workbench.ui import caching
from workbench.ui.run_keeping import Outcome
from workbench.ui.state import Choices
from workbench.ui.style import literal

pytestmark = pytest.mark.slow
SECONDS = 180
TEXT = "The staff were great, but the film was slow and cold."
SCRIPT = """
import streamlit as st
from workbench import resources
from workbench.ui.navigation import PAGES

pages = sorted(PAGES, key=lambda page: page[0] != {first!r})
st.navigation([
    st.Page(resources.folder("pages") / file, title=title, url_path=title.lower(), default=not index)
    for index, (file, title, _) in enumerate(pages)
]).run()
"""
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(resources.HOME, str(tmp_path))
    monkeypatch.delenv(resources.PRIVATE, raising=False)
    return tmp_path


@pytest.fixture
def show(tiny: Checkpoint, tiny_other: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page, where wanted with a run in its address, in an app that offers two tiny checkpoints."""
    monkeypatch.setenv(resources.OFFERED, f"{tiny.name}\n{tiny_other.name}")

    def opened(page: str, run: str | None = None) -> AppTest:
        app = AppTest.from_string(SCRIPT.format(first=f"{page}.py"), default_timeout=SECONDS)
        if run is not None:
            app.query_params["run"] = run
        return app.run()

    return opened


@pytest.fixture
def no_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever asks a model for a prediction or an explanation fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was computed again")

    for name in ("explain_one", "compare", "assess"):
        monkeypatch.setattr(services, name, refuse)
    monkeypatch.setattr(caching, "classify", refuse)


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def address_of(app: AppTest) -> str | None:
    """The run that the page's address names; AppTest gives one value as itself or as a list."""
    found = app.query_params.get("run")
    return found[0] if isinstance(found, list) else found


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def said(app: AppTest) -> list[str]:
    return [one.value for one in [*app.caption, *app.warning]]


def explain(app: AppTest, *methods: str, text: str = TEXT) -> None:
    chosen(app).methods = list(methods)
    app.session_state["workbench.widget.methods"] = list(methods)
    app.text_area[0].set_value(text).run()
    button(app, "Explain").click().run()
    job = chosen(app).job
    assert job is not None
    job.wait(SECONDS)
    app.run()
    assert not app.exception


def a_report(checkpoint: Checkpoint, **settings: Any) -> Report:
    return services.explain(checkpoint, TEXT, ["occlusion", "input-x-gradient"], **settings)


def kept(report: Any, **given: Any) -> SavedRun:
    run = services.new_run(report, 2.5).model_copy(update=given)
    assert services.keep_run(run).id == run.id
    return run


def test_an_explanation_is_kept_once_and_its_link_is_there(show: Open) -> None:
    app = show("explain")
    explain(app, "occlusion", "input-x-gradient")
    total, (line,) = services.find_runs()
    assert total == 1
    job = chosen(app).job
    assert job is not None
    found = services.open_run(line.id)
    assert isinstance(found.result, Report)
    assert found.result.explanations == job.explanations
    assert found.seconds > 0
    assert [one.value for one in app.get("code")] == [f"/?run={line.id}"]
    # Reruns keep nothing more, and an assessment changes the same run.
    app.run()
    button(app, "Which method to trust?").click().run()
    job.wait(SECONDS)
    assert services.find_runs()[0] == 1
    again = services.open_run(line.id)
    assert isinstance(again.result, Report)
    assert again.result.trust == job.trust
    assert again.result.trust is not None
    assert again.seconds == found.seconds


def test_what_a_method_could_not_do_is_kept_too(show: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    one = services.explain_one

    def fails(*arguments: Any, **options: Any) -> Any:
        if "occlusion" in arguments:
            raise ValueError("broken")
        return one(*arguments, **options)

    monkeypatch.setattr(services, "explain_one", fails)
    app = show("explain")
    # A text of its own, since explanations are shared between sessions.
    explain(app, "occlusion", "input-x-gradient", text="The staff were slow.")
    (line,) = services.find_runs()[1]
    assert line.methods == ("input-x-gradient",)
    assert services.open_run(line.id).faults == {"occlusion": "ValueError: broken"}


@pytest.mark.parametrize("how", ["environment", "toggle"])
def test_private_keeps_nothing_and_says_so(show: Open, monkeypatch: pytest.MonkeyPatch, home: Path, how: str) -> None:
    if how == "environment":
        monkeypatch.setenv(resources.PRIVATE, "1")
    app = show("explain")
    if how == "toggle":
        next(one for one in app.toggle if one.label == "Private").set_value(True).run()
    explain(app, "occlusion")
    job = chosen(app).job
    assert job is not None
    assert job.keeping.outcome is Outcome.PRIVATE
    assert "Private: nothing of this session is kept." in said(app)
    assert not app.get("code")
    assert not list(home.glob("*.sqlite3*"))


def test_a_store_that_fails_is_one_line_and_the_explanation_stays(show: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", "nonsense")
    app = show("explain")
    explain(app, "occlusion")
    (line,) = [one.value for one in app.warning]
    assert line.startswith("the run is not kept: ".replace(":", "\\:"))
    assert "\n" not in line
    job = chosen(app).job
    assert job is not None
    assert f'title="{job.explanations[0].units[0].score:+.4f}"' in html_of(app)


def test_a_saved_explanation_opens_without_being_computed(
    show: Open, tiny_other: Checkpoint, request: pytest.FixtureRequest
) -> None:
    report = a_report(tiny_other, target="expected", seed=7, options={"occlusion": {"replacement": "mask"}})
    run = kept(report)
    services.annotate_run(run.id, note="look <here>", tags=["a & b"])
    request.getfixturevalue("no_evaluation")
    app = show("explain", run.id)
    assert not app.exception
    assert not app.error
    page = html_of(app)
    assert "Saved run of " in page
    assert "look &lt;here&gt;" in page
    assert "a &amp; b" in page
    for one in report.explanations:
        for unit in one.units:
            assert f'title="{unit.score:+.4f}' in page
        assert f"{one.evaluations.asked:,} asked, {one.evaluations.made:,} made, {one.seconds:.1f} s" in page
    now = chosen(app)
    assert (now.text, now.checkpoint, now.unit, now.seed) == (TEXT, tiny_other.name, "word", 7)
    assert set(now.methods) == {"occlusion", "input-x-gradient"}
    assert now.options["occlusion"]["replacement"] == "mask"
    assert not [one for one in app.info if "have changed since" in one.value]


def test_run_again_computes_and_keeps_another(show: Open, tiny: Checkpoint) -> None:
    run = kept(a_report(tiny))
    app = show("explain", run.id)
    button(app, "Run again").click().run()
    job = chosen(app).job
    assert job is not None
    job.wait(SECONDS)
    app.run()
    assert "Saved run of" not in html_of(app)
    assert services.find_runs()[0] == 2
    assert job.keeping.run is not None
    assert job.keeping.run.id != run.id
    assert address_of(app) == job.keeping.run.id


def test_the_address_names_what_is_shown_and_another_text_takes_it_away(show: Open) -> None:
    app = show("explain")
    explain(app, "occlusion")
    (line,) = services.find_runs()[1]
    assert address_of(app) == line.id
    assert "Saved run of" not in html_of(app)
    # Whoever goes back to the address without it is not brought here again.
    del app.query_params["run"]
    app.run()
    assert address_of(app) is None
    assert chosen(app).job is not None
    button(app, "Explain").click()
    chosen(app).private = True
    app.text_area[0].set_value("The film was slow.").run()
    job = chosen(app).job
    assert job is not None
    job.wait(SECONDS)
    app.run()
    assert address_of(app) is None


def test_what_needs_a_checkpoint_that_is_gone_says_so(show: Open) -> None:
    run = kept(runs.report(TEXT, "gone"))
    app = show("explain", run.id)
    assert not app.exception
    reason = literal("the checkpoint gone is not offered here; add it to compute this")
    assert [one.value for one in app.warning] == [reason, reason]
    assert 'title="+0.2500"' in html_of(app)
    assert button(app, "Run again").disabled
    assert button(app, "Which method to trust?").disabled


def test_a_checkpoint_that_has_changed_is_told(show: Open, tiny: Checkpoint) -> None:
    report = runs.report(TEXT, tiny.name)
    run = kept(report)
    app = show("explain", run.id)
    assert not app.exception
    assert "has changed since this run" in app.warning[0].value
    assert not button(app, "Run again").disabled


@pytest.mark.parametrize("page", ["explain", "compare"])
def test_an_unknown_run_is_one_line(show: Open, page: str) -> None:
    app = show(page, "nothing-there")
    assert not app.exception
    (line,) = [one.value for one in app.error]
    assert "there is no saved run" in line


def test_a_comparison_is_kept_and_opens_as_it_was(
    show: Open, tiny: Checkpoint, tiny_other: Checkpoint, request: pytest.FixtureRequest
) -> None:
    comparison = services.compare([tiny, tiny_other], TEXT, method="occlusion", target="expected")
    run = kept(comparison)
    request.getfixturevalue("no_evaluation")
    app = show("compare", run.id)
    assert not app.exception
    assert not app.error
    page = html_of(app)
    assert "Saved run of " in page
    for one in comparison.checkpoints:
        for unit in one.explanation.units:
            assert f'title="{unit.score:+.4f}' in page
    difference = comparison.pairs[0].difference
    assert difference is not None
    assert all(f'title="{unit.score:+.4f}' in page for unit in difference.units)
    now = chosen(app)
    assert now.compared == [tiny.name, tiny_other.name]
    assert (now.compare_method, now.compare_target) == ("occlusion", "expected")
    assert not [one for one in app.info if "have changed since" in one.value]


def test_a_comparison_whose_checkpoints_are_gone_still_shows(show: Open) -> None:
    run = kept(runs.comparison(TEXT, ["gone", "lost"], ["5 stars", "1 star"]))
    app = show("compare", run.id)
    assert not app.exception
    assert 'data-verdict="gone"' in html_of(app)
    assert any("the checkpoint gone is not offered here" in one.value.replace("\\", "") for one in app.warning)


def test_comparing_keeps_a_run(show: Open, tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    app = show("compare")
    chosen(app).compare_method = "occlusion"
    app.session_state["workbench.widget.compare_method"] = "occlusion"
    app.text_area[0].set_value(TEXT).run()
    button(app, "Compare").click().run()
    job = chosen(app).compare_job
    assert job is not None
    job.wait(SECONDS)
    ends = time.monotonic() + SECONDS
    while not services.find_runs()[0] and time.monotonic() < ends:
        time.sleep(0.1)
    app.run()
    (line,) = services.find_runs()[1]
    assert (line.kind, line.checkpoints) == ("comparison", (tiny.name, tiny_other.name))
    assert services.open_run(line.id).result == job.result
    assert [one.value for one in app.get("code")] == [f"/compare?run={line.id}"]


def test_an_empty_history_says_what_will_be_there(show: Open) -> None:
    app = show("history")
    assert not app.exception
    assert "is kept here when it ends" in app.info[0].value
    assert not app.checkbox


def fill(count: int) -> list[str]:
    for number in range(count):
        label = "5 stars" if number % 2 else "1 star"
        methods = ("shap", "lime")[: 1 + number % 2]
        services.keep_run(runs.saved(number, f"Review {number:02} of the room", label=label, methods=methods))
    return [run.id for run in services.find_runs(limit=count)[1]]


def reviews(app: AppTest) -> list[str]:
    return [one.proto.label.replace("\\", "") for one in app.get("page_link")]


def test_pages_search_and_filters(show: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(30)
    asked: list[int] = []
    find = services.find_runs

    def counted(*arguments: Any, limit: int = 50, **options: Any) -> Any:
        asked.append(limit)
        return find(*arguments, limit=limit, **options)

    monkeypatch.setattr(services, "find_runs", counted)
    app = show("history")
    assert not app.exception
    assert reviews(app) == [f"Review {number:02} of the room" for number in range(29, 4, -1)]
    assert "30 runs, 1 to 25 shown" in said(app)
    button(app, "Older").click().run()
    assert reviews(app) == [f"Review {number:02} of the room" for number in range(4, -1, -1)]
    assert "30 runs, 26 to 30 shown" in said(app)
    # Another choice begins at its first page.
    app.text_input[0].set_value("review 1").run()
    assert "30 runs, 12 match, 1 to 12 shown" in said(app)
    next(one for one in app.selectbox if one.label == "Predicted label").set_value("1 star").run()
    assert reviews(app) == [f"Review {number:02} of the room" for number in range(18, 8, -2)]
    next(one for one in app.selectbox if one.label == "Method").set_value("lime").run()
    assert app.info[0].value == "No run matches; clear a filter."
    button(app, "Clear").click().run()
    assert "30 runs, 1 to 25 shown" in said(app)
    assert max(asked) == 25


def test_notes_and_tags_are_edited_in_place(show: Open) -> None:
    newest = fill(3)[0]
    app = show("history")
    note = next(one for one in app.text_input if one.label == "Note of the run")
    note.set_value("two :red[words]").run()
    assert services.open_run(newest).note == "two :red[words]"
    tags = next(one for one in app.text_input if one.label == "Tags of the run")
    tags.set_value('  hotel, "a, b",hotel ').run()
    assert not app.exception
    assert services.open_run(newest).tags == ("hotel", "a, b")
    shown = [one.value for one in app.text_input if one.label == "Tags of the run"]
    assert shown[0] == 'hotel, "a, b"'


def test_delete_and_undo(show: Open) -> None:
    ids = fill(3)
    app = show("history")
    assert button(app, "Delete").disabled
    app.checkbox[0].check().run()
    app.checkbox[1].check().run()
    assert "3 runs, 1 to 3 shown; 2 picked" in said(app)
    button(app, "Delete").click().run()
    assert [run.id for run in services.find_runs()[1]] == ids[2:]
    assert "2 runs were deleted." in said(app)
    button(app, "Undo").click().run()
    assert [run.id for run in services.find_runs()[1]] == ids
    assert not app.exception
    assert not any(one.value for one in app.checkbox)


def test_two_runs_side_by_side(show: Open, tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    first, second = a_report(tiny, target="expected"), a_report(tiny_other, target="expected")
    kept(first)
    kept(second)
    app = show("history")
    # The second one stands first.
    app.checkbox[1].check().run()
    app.checkbox[0].check().run()
    button(app, "Compare").click().run()
    assert not app.exception
    page = html_of(app)
    before, after = (one.explanations[0] for one in (first, second))
    for old, new in zip(before.units, after.units, strict=True):
        assert f'title="{new.score - old.score:+.4f}"' in page
    assert "Second − first" in page
    # In sight of the button that asked for it, however long the list is.
    drawn = [
        element.value if element.type == "header" else element.proto.body
        for element in app.main
        if element.type in {"header", "html"}
    ]
    assert drawn.index("Two runs") < next(place for place, one in enumerate(drawn) if "wb-when" in one)
    button(app, "Close").click().run()
    assert "Two runs" not in [one.value for one in app.header]
    assert len(chosen(app).history.picked) == 2


def test_hostile_runs_stay_text(show: Open) -> None:
    hostile = "<script>alert(1)</script> :red[x] $a$ [l](http://x.y)"
    services.keep_run(runs.saved(1, hostile, note="<img src=x>", tags=("<b>t</b>", "::")))
    services.keep_run(runs.saved(2, "\n\n  \n"))
    app = show("history")
    assert not app.exception
    assert "<script>" not in html_of(app)
    assert app.get("page_link")[1].proto.label == literal(hostile)
    assert "(no words)" in reviews(app)[0]
