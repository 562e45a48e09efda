"""The top of the Datasets page by AppTest: a new batch, the queue, a finished folder, and what is open."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from batch_folders import failed, predicted, write_batch
from streamlit.testing.v1 import AppTest

from workbench import resources
from workbench.batch import queue
from workbench.schema import BatchOptions, BatchPlan, BatchProgress, BatchState, BatchSummary, RowFilter
from workbench.ui.dataset_choices import BATCHES, FOLDER, NEW, REVIEWS
from workbench.ui.state import Choices
from workbench.ui.train_choices import PATH
from workbench.work.processes import note_process

SECONDS = 60
HOSTILE = "<img src=x onerror=alert(1)> :red[bad] $x$"
SAMPLE = "Use the sample reviews"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(resources.HOME, str(tmp_path / "home"))
    for name in (resources.OFFERED, resources.ROOTS, resources.AT_ONCE):
        monkeypatch.delenv(name, raising=False)
    # What a batch's process does is not tested here: one that was started waits.
    monkeypatch.setattr(queue, "launch", lambda *_: None)
    yield tmp_path / "home"
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "hotel.csv"
    with place.open("w", newline="", encoding="utf-8") as stream:
        rows = [(n, "" if n == 3 else f"{HOSTILE} good food {n}", 1 + n % 5, HOSTILE) for n in range(12)]
        csv.writer(stream).writerows([("id", "review text", "rating", HOSTILE), *rows])
    return place


def page(**address: str) -> AppTest:
    app = AppTest.from_file(str(resources.folder("pages") / "data_sets.py"), default_timeout=SECONDS)
    app.query_params.update(address)
    return run(app)


def run(changed) -> AppTest:
    """Run the page, after a change to a widget or as it is."""
    app: AppTest = changed.run()
    assert not app.exception, app.exception
    return app


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def group(app: AppTest, first: str):
    return next(one for one in app.get("button_group") if first in [option.content for option in one.proto.options])


def turned(app: AppTest, way: str) -> AppTest:
    group(app, NEW).set_value(way).run()
    assert not app.exception
    return app


def buttons(app: AppTest) -> list[str]:
    return [one.label for one in app.button]


def press(app: AppTest, label: str, batch: str = "") -> AppTest:
    next(one for one in app.button if one.label == label and (one.key or "").endswith(batch)).click().run()
    assert not app.exception
    # A callback of a fragment's button is followed by a run of the page.
    return run(app)


def field(app: AppTest, label: str):
    return next(
        one for one in [*app.text_input, *app.number_input, *app.selectbox, *app.multiselect] if one.label == label
    )


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def said(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*app.caption, *app.error, *app.warning]).replace("\\", "")


def typed(app: AppTest, path: Path) -> AppTest:
    group(app, PATH).set_value(PATH).run()
    field(app, "File or folder").set_value(str(path)).run()
    assert not app.exception
    return app


def queued(tmp_path: Path, name: str = "hotel", **changes: object) -> BatchPlan:
    source = tmp_path / "some.csv"
    source.write_text("text\ngood food\n")
    return queue.enqueue(source, "stars", BatchOptions(text_columns=("text",)), name=name, **changes)  # type: ignore[arg-type]


def now(plan: BatchPlan, phase: str, **more: object) -> BatchPlan:
    queue.say(queue.folder(plan.id), BatchState.model_validate({"phase": phase, "attempts": 1, **more}))
    return plan


def running(plan: BatchPlan, done: int = 40) -> BatchPlan:
    """As its process would say it; this one stands for it."""
    place = queue.folder(plan.id)
    note_process(place)
    queue.turns().leave(plan.id)
    queue.tell(
        place,
        BatchProgress(done=done, total=160, errors=2, seconds=8.0, rows_per_second=5.0, seconds_left=24.0),
    )
    return now(plan, "running")


def done(plan: BatchPlan, *, errors: int = 1) -> BatchPlan:
    rows = [predicted("good food", [0.1, 0.1, 0.1, 0.1, 0.6], truth=4) for _ in range(5)]
    write_batch(plan.output, [*rows, *[failed("there is no text in it")] * errors])
    summary = BatchSummary(
        rows=5 + errors,
        errors={"there is no text in it": errors},
        seconds=75.0,
        engine="local",
        finished="2026-01-01T00:00:00+00:00",
    )
    (plan.output / "summary.json").write_text(summary.model_dump_json())
    return now(plan, "done", summary=summary)


def test_an_empty_page_offers_three_ways() -> None:
    app = page()
    assert [option.content for option in group(app, NEW).proto.options] == [NEW, BATCHES, FOLDER]
    assert "A review a row" in said(app)
    assert "Predict" not in buttons(app)
    assert "No batch yet" in said(turned(app, BATCHES))


def test_the_sample_goes_into_the_queue_with_what_the_form_says() -> None:
    app = press(page(), SAMPLE)
    columns = field(app, "Column of the text").options
    assert field(app, "Column of the text").value == columns.index("text")
    assert "to predict." in said(app)
    field(app, "Name").set_value(f"  {HOSTILE} ").run()
    press(app, "Predict")
    (status,) = queue.list_batches()
    assert status.plan.source == resources.folder("sample_data") / "reviews.csv"
    assert status.plan.checkpoint == "stars"
    assert status.plan.name == HOSTILE
    asked = status.plan.options
    assert (asked.text_columns, asked.label_column, asked.methods) == (("text",), "label", ())
    assert set(asked.extra_columns) == set(columns) - {"text", "label"}
    assert app.query_params["batch"] == status.plan.id
    shown = html_of(app)
    assert "waiting, next in turn" in shown
    assert "<img src=x" not in shown
    assert "&lt;img src=x" in shown


def test_columns_are_guessed_and_can_be_changed(file: Path) -> None:
    app = typed(page(), file)
    assert [field(app, f"Column of the {one}").value for one in ("text", "label")] == [1, 2]
    assert field(app, "Taken over").value == [0, 3]
    shown = html_of(app)
    assert "12 rows · 11 with a label · 1 cannot be predicted · csv, utf-8" in shown
    assert "there is no text in it: 1" in shown
    assert "<img src=x" not in shown
    assert "12 rows to predict." in said(app)
    field(app, "Column of the label").set_value(-1).run()
    field(app, "Taken over").set_value([]).run()
    assert "no labels" in html_of(app)
    press(app, "Predict")
    (status,) = queue.list_batches()
    # Nothing is guessed where somebody said that there is nothing.
    assert status.plan.options.label_column == ""
    assert status.plan.options.extra_columns == ("review text",)
    assert status.plan.name == "hotel"


def test_what_explaining_costs_is_said_before(file: Path) -> None:
    app = typed(page(), file)
    app.toggle[0].set_value(True).run()
    assert not app.exception
    assert "12 rows to predict, and up to 50 (Occlusion) evaluations of each to explain them: about 612" in said(app)
    group(app, "SHAP").set_value(["shap", "lime"]).run()
    field(app, "Evaluations a review").set_value(100).run()
    assert "up to 100 (SHAP) + 100 (LIME) evaluations of each to explain them: about 2,412 in all" in said(app)
    press(app, "Predict")
    (status,) = queue.list_batches()
    assert (status.plan.options.methods, status.plan.options.budget) == (("shap", "lime"), 100)


def test_a_setting_changed_in_the_moment_of_the_press_counts(file: Path) -> None:
    # One run of the page, as when somebody types a number and presses the button without leaving the field before.
    app = typed(page(), file)
    app.toggle[0].set_value(True).run()
    field(app, "Evaluations a review").set_value(150)
    field(app, "Column of the label").set_value(-1)
    field(app, "Name").set_value("mine")
    group(app, "SHAP").set_value(["shap"])
    press(app, "Predict")
    (status,) = queue.list_batches()
    assert (status.plan.options.methods, status.plan.options.budget) == (("shap",), 150)
    assert (status.plan.options.label_column, status.plan.name) == ("", "mine")


def test_a_press_beside_a_mistake_starts_nothing_later(file: Path) -> None:
    app = typed(page(), file)
    app.toggle[0].set_value(True).run()
    group(app, "SHAP").set_value(["shap"])
    field(app, "Evaluations a review").set_value(1)
    press(app, "Predict")
    assert "budget" in app.error[0].value
    field(app, "Evaluations a review").set_value(150).run()
    assert queue.list_batches() == ()
    press(app, "Predict")
    assert len(queue.list_batches()) == 1


def test_too_few_evaluations_are_refused_on_the_page(file: Path) -> None:
    app = typed(page(), file)
    app.toggle[0].set_value(True).run()
    group(app, "SHAP").set_value(["shap"]).run()
    field(app, "Evaluations a review").set_value(1).run()
    assert not app.exception
    assert "budget" in app.error[0].value
    assert "Predict" not in buttons(app)


@pytest.mark.parametrize(
    ("what", "reason"), [("nosuch.csv", "there is no file or folder"), ("~nosuchuser/x", "there is no file or folder")]
)
def test_a_path_that_cannot_be_read_is_one_line(what: str, reason: str) -> None:
    app = typed(page(), Path(what))
    assert len(app.error) == 1
    assert reason in said(app)


def test_a_file_without_rows_is_not_offered_to_be_predicted(tmp_path: Path) -> None:
    place = tmp_path / "heads.csv"
    place.write_text("text,label\n")
    app = typed(page(), place)
    assert "heads.csv has no rows; choose a file with a review a row" in said(app)
    assert "Predict" not in buttons(app)


def test_a_folder_of_shards(tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    shards.mkdir()
    for number in range(3):
        (shards / f"{number}.csv").write_text("text\n" + "some good food\n" * 50)
    app = typed(page(), shards)
    assert "about 150 rows in 3 files" in html_of(app)


def test_served_to_others_only_what_was_named_can_be_read(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.setenv(resources.ROOTS, str(root))
    app = typed(page(), file)
    assert "everybody who can open this page sees them" in said(app)
    assert "outside the folders that this app may read" in said(app)
    outside = write_batch(tmp_path / "outside", [predicted("good", [0.1, 0.1, 0.1, 0.1, 0.6])])
    inside = write_batch(root / "inside", [predicted("good", [0.1, 0.1, 0.1, 0.1, 0.6])])
    disguised = root / "disguised"
    disguised.mkdir()
    (disguised / "manifest.json").write_bytes((inside / "manifest.json").read_bytes())
    (disguised / "predictions").symlink_to(outside / "predictions")
    turned(app, FOLDER)
    for folder, refused in ((outside, True), (tmp_path / "nosuch", True), (disguised, True), (inside, False)):
        run(field(app, "Folder of a finished batch").set_value(str(folder)))
        assert bool(chosen(app).dataset) is not refused, folder
    assert chosen(app).dataset == str(inside)


def test_how_far_each_batch_is(tmp_path: Path) -> None:
    live = running(queued(tmp_path, "the live one"))
    next_one = queued(tmp_path, "the next")
    after = queued(tmp_path, "the last")
    gone = queued(tmp_path, "the gone")
    (queue.folder(gone.id) / "process.json").write_text('{"pid": 0, "began": 0}')
    bad = now(queued(tmp_path, "the bad"), "failed", fault=f"{HOSTILE} is at fault; go on with --resume")
    (queue.folder(bad.id) / "log.txt").write_text(f"first\nlast {HOSTILE}\n")
    over = done(queued(tmp_path, HOSTILE))
    app = turned(page(), BATCHES)
    shown = html_of(app)
    assert "running, 40 of 160 rows, 5.0 rows/s, about 24 s left, 2 errors" in shown
    assert "width:25%" in shown
    assert "waiting, next in turn" in shown
    assert "waiting, 1 before it" in shown
    assert 'data-phase="interrupted"' in shown
    assert "Its process is gone" in shown
    assert "is at fault; press Resume</div>" in shown
    assert "Last line of the log: last &lt;img" in shown
    assert "done, 6 rows, 1 error, in 75 s" in shown
    assert "<img src=x" not in shown
    keys = {one.key.rsplit(".", 1)[-1]: one.label for one in app.button if ".ds-resume." in (one.key or "")}
    assert keys == {gone.id: "Resume", bad.id: "Try again"}
    removable = {one.key.rsplit(".", 1)[-1] for one in app.button if ".ds-remove." in (one.key or "")}
    assert removable == {gone.id, bad.id, over.id}
    cancellable = {one.key.rsplit(".", 1)[-1] for one in app.button if ".ds-cancel." in (one.key or "")}
    assert cancellable == {live.id, next_one.id, after.id}


def test_a_batch_that_waits_is_cancelled_and_gone_on_with(tmp_path: Path) -> None:
    batch = queued(tmp_path).id
    app = turned(page(), BATCHES)
    press(app, "Cancel")
    assert queue.read(batch).state.phase == "cancelled"
    press(app, "Resume")
    assert queue.read(batch).state.phase == "waiting"
    assert app.query_params["batch"] == batch


def test_removing_asks_first(tmp_path: Path) -> None:
    kept = done(queued(tmp_path, "kept"))
    plan = done(queued(tmp_path, "gone", output=tmp_path / "elsewhere"))
    app = page(batch=plan.id)
    assert chosen(app).dataset == str(plan.output)
    press(app, "Another data set")
    turned(app, BATCHES)
    press(app, "Remove", plan.id)
    assert f"Delete gone: its record; the result in {plan.output} stays. This cannot be undone." in said(app)
    press(app, "Keep it")
    assert "cannot be undone" not in said(app)
    press(app, "Remove", plan.id)
    press(app, "Delete it")
    assert [one.plan.id for one in queue.list_batches()] == [kept.id]
    assert (plan.output / "summary.json").exists()
    # It was open; nothing is now, and the address names nothing.
    assert chosen(app).dataset == ""
    assert "batch" not in app.query_params
    assert "There is no batch" not in said(app)
    press(app, "Remove")
    assert "Delete kept: its result and marks. This cannot be undone." in said(app)
    press(app, "Delete it")
    assert not kept.output.exists()


def test_the_address_opens_a_batch(tmp_path: Path) -> None:
    plan = done(queued(tmp_path, HOSTILE))
    app = page(batch=plan.id[:13])
    assert app.query_params["batch"] == plan.id
    assert chosen(app).dataset == str(plan.output)
    shown = html_of(app)
    assert "stars · 6 rows · took 75 s" in shown
    assert "<img src=x" not in shown
    # Folded to a line: nothing of the box is there.
    assert not app.selectbox
    assert "Refresh" not in buttons(app)
    press(app, "1 could not be predicted")
    assert chosen(app).dataset_filter == RowFilter(failed=True)
    assert chosen(app).dataset_view == REVIEWS


def test_an_address_of_no_batch_is_one_line(tmp_path: Path) -> None:
    plan = done(queued(tmp_path))
    app = page(batch=f"nosuch {HOSTILE}")
    assert len(app.warning) == 1
    assert f"There is no batch nosuch {HOSTILE} here" in said(app)
    assert ":red[" not in app.warning[0].value
    turned(app, BATCHES)
    press(app, "Open")
    assert chosen(app).dataset == str(plan.output)
    assert not app.warning
    assert app.query_params["batch"] == plan.id


def test_a_batch_opens_by_itself_once_it_is_done(tmp_path: Path, file: Path) -> None:
    app = press(typed(page(), file), "Predict")
    (status,) = queue.list_batches()
    running(status.plan)
    run(app)
    assert not chosen(app).dataset
    done(status.plan)
    run(app)
    assert chosen(app).dataset == str(status.plan.output)
    assert app.query_params["batch"] == status.plan.id
    # Another one does not push away what is open.
    press(app, "Another data set")
    turned(app, NEW)
    press(app, "Predict")
    second = next(one.plan for one in queue.list_batches() if one.plan.id != status.plan.id)
    press(app, "Fold")
    assert "hotel: waiting, next in turn" in html_of(app)
    done(second)
    run(app)
    assert chosen(app).dataset == str(status.plan.output)
    press(app, "Open")
    assert chosen(app).dataset == str(second.output)
    assert app.query_params["batch"] == second.id


def test_the_rows_that_are_there_can_be_looked_at(tmp_path: Path) -> None:
    plan = running(queued(tmp_path))
    app = page(batch=plan.id)
    assert chosen(app).dataset_way == BATCHES
    assert "Look at the rows that are there" not in buttons(app)
    rows = [predicted("good food", [0.1, 0.1, 0.1, 0.1, 0.6]), failed("there is no text in it")]
    write_batch(plan.output, rows, complete=False)
    press(run(app), "Look at the rows that are there")
    assert chosen(app).dataset == str(plan.output)
    assert "unfinished: 2 of 2 rows so far" in html_of(app)
    assert "hotel: running, 40 of 160 rows" in html_of(app)
    assert {"Refresh", "1 could not be predicted"} <= set(buttons(app))
    done(plan)
    press(app, "Refresh")
    assert "6 rows · took 75 s" in html_of(app)
    assert "Refresh" not in buttons(app)


def test_a_folder_outside_the_queue_has_no_address(tmp_path: Path) -> None:
    plan = done(queued(tmp_path))
    folder = write_batch(tmp_path / "mine", [predicted("good food", [0.1, 0.1, 0.1, 0.1, 0.6])])
    app = page(batch=plan.id)
    press(app, "Another data set")
    turned(app, FOLDER)
    run(field(app, "Folder of a finished batch").set_value(str(tmp_path)))
    assert f"{tmp_path} is no batch" in said(app)
    run(field(app, "Folder of a finished batch").set_value(str(folder / "manifest.json")))
    assert "manifest.json is a file; name the folder of a batch, or predict it as a new batch" in said(app)
    turned(app, BATCHES)
    assert "is a file" not in said(app)
    turned(app, FOLDER)
    assert chosen(app).dataset == str(plan.output)
    run(field(app, "Folder of a finished batch").set_value(str(folder)))
    assert chosen(app).dataset == str(folder)
    assert "batch" not in app.query_params
    assert "reviews.csv" in html_of(app)
    # That of a batch in the queue has one.
    press(app, "Another data set")
    run(field(app, "Folder of a finished batch").set_value(str(plan.output)))
    assert app.query_params["batch"] == plan.id


def test_what_was_removed_meanwhile_is_one_line(tmp_path: Path) -> None:
    plan = done(queued(tmp_path))
    app = page(batch=plan.id)
    queue.remove(plan.id)
    run(app)
    assert len(app.error) == 1
    assert "is no batch" in said(app)
    assert group(run(app), NEW) is not None
    assert not app.error
