"""Entities in the app's history by AppTest: kept, opened as they were, explained further, listed and compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import runs
from streamlit.testing.v1 import AppTest

from workbench import resources, services
from workbench.checkpoints import Checkpoint
from workbench.pipeline import find_entities
from workbench.schema import EntityReport, SavedRun
from workbench.ui import caching
from workbench.ui.entity_job import EntityJob
from workbench.ui.run_keeping import Outcome
from workbench.ui.state import Choices
from workbench.ui.style import literal

pytestmark = pytest.mark.slow
SECONDS = 180
# Of its own: explanations are shared between sessions, and their last digits hang on what was asked together.
TEXT = "the film was great , i hated this room"
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
def show(tiny_tags: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page, where wanted with a run in its address, in an app that offers a tiny tagger."""
    monkeypatch.setenv(resources.OFFERED, tiny_tags.name)

    def opened(page: str, run: str | None = None) -> AppTest:
        app = AppTest.from_string(SCRIPT.format(first=f"{page}.py"), default_timeout=SECONDS)
        if run is not None:
            app.query_params["run"] = run
        return app.run()

    return opened


@pytest.fixture
def no_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever asks a model for entities or for an explanation fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was computed again")

    for name in ("find_entities", "explain_entity_one"):
        monkeypatch.setattr(services, name, refuse)


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def said(app: AppTest) -> list[str]:
    return [one.value for one in [*app.caption, *app.warning]]


def press(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label == label).click().run()
    settle(app)
    return app


def settle(app: AppTest) -> None:
    """Wait for what runs in the background, and draw the page with it."""
    for job in (chosen(app).entity_finding, chosen(app).entity_job):
        if job is not None:
            job.wait(SECONDS)
            assert not job.running
    app.run()
    assert not app.exception


def find(app: AppTest, text: str = TEXT) -> AppTest:
    chosen(app).entity_methods = ["occlusion"]
    app.session_state["workbench.widget.entity_methods"] = ["occlusion"]
    app.text_area[0].set_value(text).run()
    return press(app, "Find")


def pick(app: AppTest, number: int) -> EntityJob:
    next(one for one in app.selectbox if one.label == "Entity").set_value(number).run()
    settle(app)
    job = chosen(app).entity_job
    assert job is not None
    return job


def kept(report: EntityReport, **given: Any) -> SavedRun:
    run = services.new_run(report, 2.5).model_copy(update=given)
    assert services.keep_run(run).id == run.id
    return run


def result_of(run_id: str) -> EntityReport:
    found = services.open_run(run_id).result
    assert isinstance(found, EntityReport)
    return found


def explained(checkpoint: Checkpoint, entity: int = 1, **settings: Any) -> EntityReport:
    prediction = find_entities(checkpoint, TEXT, **settings)
    return services.explain_entity(
        checkpoint, prediction, entity, ["occlusion"], seed=7, options={"occlusion": {"replacement": "mask"}}
    )


def test_what_is_found_is_kept_and_the_first_explanation_changes_the_same_run(
    show: Open, tiny_tags: Checkpoint
) -> None:
    app = find(show("entities"))
    total, (line,) = services.find_runs()
    assert (total, line.kind, line.methods) == (1, "entities", ())
    assert result_of(line.id).prediction == find_entities(tiny_tags, TEXT)
    link = f"/entities?run={line.id}"
    assert [one.value for one in app.get("code")] == [link]
    services.annotate_run(line.id, note="mine")

    job = pick(app, 0)
    assert services.find_runs()[0] == 1
    first = services.open_run(line.id)
    assert isinstance(first.result, EntityReport)
    assert (first.result.entity, first.result.explanations, first.note) == (0, job.explanations, "mine")
    assert first.seconds > 0
    assert [one.value for one in app.get("code")] == [link]

    # Another entity is another run; the first one again is not.
    other = pick(app, 1)
    total, lines = services.find_runs()
    assert total == 2
    assert result_of(lines[0].id).explanations == other.explanations
    assert [one.value for one in app.get("code")] == [f"/entities?run={lines[0].id}"]
    pick(app, 0)
    app.run()
    assert services.find_runs()[0] == 2
    assert result_of(line.id).entity == 0
    # The same question once more is answered by what is there.
    press(app, "Find")
    assert services.find_runs()[0] == 2


@pytest.mark.parametrize("how", ["environment", "toggle"])
def test_private_keeps_nothing_and_says_so(show: Open, monkeypatch: pytest.MonkeyPatch, home: Path, how: str) -> None:
    if how == "environment":
        monkeypatch.setenv(resources.PRIVATE, "1")
    app = show("entities")
    if how == "toggle":
        next(one for one in app.toggle if one.label == "Private").set_value(True).run()
    find(app)
    pick(app, 0)
    finding = chosen(app).entity_finding
    assert finding is not None
    assert finding.keeping.outcome is Outcome.PRIVATE
    assert "Private: nothing of this session is kept." in said(app)
    assert not app.get("code")
    assert not list(home.glob("*.sqlite3*"))


def test_a_store_that_fails_is_one_line_and_the_entities_stay(show: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", "nonsense")
    app = find(show("entities"))
    (line,) = [one.value for one in app.warning]
    assert line.startswith("the run is not kept")
    assert app.dataframe


def test_what_a_method_could_not_do_is_kept_too(show: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(services, "explain_entity_one", fails)
    # A text of its own, since explanations are shared between sessions.
    app = find(show("entities"), "the film was bad , i hated this room")
    pick(app, 0)
    (line,) = services.find_runs()[1]
    assert services.open_run(line.id).faults == {"occlusion": "ValueError: broken"}
    assert result_of(line.id).entity is None


def test_a_saved_run_opens_without_being_computed(
    show: Open, tiny_tags: Checkpoint, request: pytest.FixtureRequest
) -> None:
    report = explained(tiny_tags, strategy="none", scheme="plain")
    run = kept(report)
    services.annotate_run(run.id, note="look <here>", tags=["a & b"])
    request.getfixturevalue("no_evaluation")
    app = show("entities", run.id)
    assert not app.exception
    assert not app.error
    page = html_of(app)
    assert "Saved run of " in page
    assert "look &lt;here&gt;" in page
    assert "a &amp; b" in page
    rows = [(row.Entity, row.Type, row.Score) for row in app.dataframe[0].value.itertuples()]
    assert rows == [(one.text, one.type, one.score) for one in report.prediction.entities]
    for one in report.explanations:
        for unit in one.units:
            assert f'title="{unit.score:+.4f}' in page
        assert f"{one.evaluations.asked:,} asked, {one.evaluations.made:,} made, {one.seconds:.1f} s" in page
    now = chosen(app)
    assert (now.entity_text, now.tagger, now.entity_strategy, now.entity, now.seed) == (
        TEXT,
        tiny_tags.name,
        "none",
        1,
        7,
    )
    assert now.entity_methods == ["occlusion"]
    assert now.entity_options["occlusion"]["replacement"] == "mask"
    assert not [one for one in app.info if "have changed since" in one.value]
    assert services.open_run(run.id).result == report


def test_another_entity_of_a_saved_run_is_a_run_of_its_own(show: Open, tiny_tags: Checkpoint) -> None:
    run = kept(explained(tiny_tags))
    app = show("entities", run.id)
    pick(app, 0)
    total, lines = services.find_runs()
    assert total == 2
    (new,) = [line for line in lines if line.id != run.id]
    assert result_of(new.id).entity == 0
    assert services.open_run(run.id) == run


def test_the_first_explanation_of_a_saved_finding_changes_it(
    show: Open, tiny_tags: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "ENTITY_METHODS", ("occlusion",))
    run = kept(services.entities_report(find_entities(tiny_tags, TEXT)))
    app = show("entities", run.id)
    assert "Saved run of " in html_of(app)
    job = pick(app, 0)
    assert services.find_runs()[0] == 1
    assert result_of(run.id).explanations == job.explanations


def test_run_again_computes_and_keeps_another(show: Open, tiny_tags: Checkpoint) -> None:
    run = kept(explained(tiny_tags))
    app = press(show("entities", run.id), "Run again")
    settle(app)
    assert "Saved run of" not in html_of(app)
    assert "run" not in app.query_params
    total, lines = services.find_runs()
    assert total == 2
    again = result_of(next(line.id for line in lines if line.id != run.id))
    assert isinstance(run.result, EntityReport)
    assert again.prediction == run.result.prediction
    assert again.explanations[0].units == run.result.explanations[0].units


def test_a_checkpoint_that_is_gone_says_so(show: Open) -> None:
    run = kept(runs.named(entity=0))
    app = show("entities", run.id)
    assert not app.exception
    page = html_of(app)
    assert 'title="PER 0.800">Tim Cook' in page
    assert 'title="+0.2500"' in page
    assert next(one for one in app.button if one.label == "Run again").disabled
    assert next(one for one in app.toggle if one.label.startswith("Guided tour")).disabled
    assert not app.warning
    next(one for one in app.selectbox if one.label == "Entity").set_value(1).run()
    assert not app.exception
    reason = literal("the checkpoint tagger is not offered here; add it to compute this")
    assert [one.value for one in app.warning] == [reason]


def test_a_checkpoint_that_has_changed_is_told(show: Open, tiny_tags: Checkpoint) -> None:
    run = kept(runs.named(checkpoint=tiny_tags.name))
    app = show("entities", run.id)
    next(one for one in app.selectbox if one.label == "Entity").set_value(1).run()
    assert "has changed since this run" in app.warning[0].value
    assert not next(one for one in app.button if one.label == "Run again").disabled


def test_a_run_goes_to_the_page_of_its_kind(show: Open) -> None:
    run = kept(runs.named(entity=0))
    for page in ("explain", "history", "compare"):
        app = show(page, run.id)
        assert not app.exception
        assert [one.value for one in app.title] == ["Who and what is named?"]
        assert chosen(app).opened == run.id


def test_an_unknown_run_is_one_line(show: Open) -> None:
    (line,) = [one.value for one in show("entities", "nothing-there").error]
    assert "there is no saved run" in line


def test_the_history_lists_them_with_what_was_found(show: Open) -> None:
    run = kept(runs.named(entity=0), id="run-entities")
    services.keep_run(runs.saved(2, "Tim was rude."))
    services.annotate_run(run.id, note="who", tags=["names"])
    app = show("history")
    assert not app.exception
    assert '<b>PER, LOC</b> <span class="wb-dim">tagger</span>' in html_of(app)
    next(one for one in app.selectbox if one.label == "Kind").set_value("entities").run()
    assert [one.proto.label.replace("\\", "") for one in app.get("page_link")] == ["Tim Cook likes Cupertino."]
    assert [one.value for one in app.text_input if one.label.endswith("of the run")] == ["who", "names"]
    next(one for one in app.selectbox if one.label == "Predicted label").set_value("LOC").run()
    assert "2 runs, 1 match, 1 to 1 shown" in said(app)


def test_two_of_them_side_by_side_are_pictures(show: Open, tiny_tags: Checkpoint) -> None:
    first, second = explained(tiny_tags, 0), explained(tiny_tags, 0, strategy="simple")
    for report in (first, second):
        kept(report)
    app = show("history")
    app.checkbox[1].check().run()
    app.checkbox[0].check().run()
    next(one for one in app.button if one.label == "Compare").click().run()
    assert not app.exception
    page = html_of(app)
    for report in (first, second):
        one = report.prediction.entities[0]
        assert f'title="{one.type} {one.score:.3f}">{one.text} <small>{one.type}</small>' in page
    for unit in first.explanations[0].units:
        assert f'title="{unit.score:+.4f}' in page


def test_one_beside_an_explanation(show: Open) -> None:
    kept(runs.named("Good food, rude waiter.", names=[("waiter", "PER")]))
    services.keep_run(runs.saved(2))
    app = show("history")
    for box in range(2):
        app.checkbox[box].check().run()
    next(one for one in app.button if one.label == "Compare").click().run()
    assert not app.exception
    assert "No method ran in both, so that only the verdicts can be compared." in said(app)
    assert caching.offered("entities")
