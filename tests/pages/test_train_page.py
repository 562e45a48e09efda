"""The Train page by AppTest, with tiny encoders and real runs."""

from __future__ import annotations

import csv
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from workbench import resources
from workbench.checkpoints import catalogue
from workbench.training import runs
from workbench.training.plan import State
from workbench.training.run_folder import say
from workbench.ui.state import Choices
from workbench.ui.style import literal
from workbench.ui.train_choices import HUB, PATH, RUNS

pytestmark = pytest.mark.slow
SECONDS = 120
HOSTILE = "<img src=x onerror=alert(1)> :red[bad] $x$"
ROWS = [
    (f"{word} food and {other} room{end}", label)
    for word, label in (("good", "5"), ("bad", HOSTILE))
    for other in ("clean", "cold", "slow", "quick", "great", "terrible")
    for end in ("", " again", " never", " !", " ?")
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(resources.HOME, str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in (resources.OFFERED, resources.ROOTS):
        monkeypatch.delenv(name, raising=False)
    yield
    for one in runs.list_runs():
        with suppress(OSError, ValueError):
            os.kill(json.loads((runs.folder(one.plan.id) / "process.json").read_text())["pid"], signal.SIGKILL)
    st.cache_data.clear()


@pytest.fixture(scope="module")
def encoder(make_checkpoint: Callable[..., Path]) -> str:
    return str(make_checkpoint(head=False, seed=2))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "hotel.csv"
    with place.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "text", "rating"), *((n, *row) for n, row in enumerate(ROWS)), (1, "", 5)])
    return place


def page(**address: str) -> AppTest:
    app = AppTest.from_file(str(resources.folder("pages") / "train.py"), default_timeout=SECONDS)
    app.query_params.update(address)
    return app.run()


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def group(app: AppTest, first: str):
    return next(one for one in app.get("button_group") if first in [option.content for option in one.proto.options])


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def field(app: AppTest, label: str):
    return next(one for one in [*app.text_input, *app.number_input, *app.selectbox] if one.label == label)


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def texts(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*app.caption, *app.markdown, *app.error, *app.warning, *app.header])


def looked(app: AppTest) -> AppTest:
    look = chosen(app).train_look
    assert look is not None
    look.wait(SECONDS)
    return app.run()


@pytest.fixture
def ready(file: Path, encoder: str) -> AppTest:
    """The page with a file, looked at, and an encoder that is quick to train."""
    app = AppTest.from_file(str(resources.folder("pages") / "train.py"), default_timeout=SECONDS)
    app.session_state["workbench.choices"] = Choices(train_base=encoder)
    app.run()
    group(app, "Upload").set_value(PATH).run()
    field(app, "File").set_value(str(file)).run()
    assert not app.exception
    return looked(app)


def wait_for(run: str, phase: str) -> None:
    end = time.monotonic() + SECONDS
    while runs.read(run).state.phase != phase:
        assert time.monotonic() < end, runs.read(run)
        assert runs.read(run).state.phase not in {"failed", "interrupted"}, runs.read(run).state
        time.sleep(0.2)


def test_an_empty_page_says_what_it_takes() -> None:
    app = page()
    assert not app.exception
    assert "A text and its label a row" in texts(app)
    assert [one.label for one in app.number_input][:4] == ["Epochs", "Batch size", "Most tokens", "Learning rate"]
    assert field(app, "Learning rate").value == 6e-4
    group(app, "All weights").set_value("All weights").run()
    assert field(app, "Learning rate").value == 5e-5
    assert "Rank" not in [one.label for one in app.number_input]
    group(app, "Runs").set_value(RUNS).run()
    assert "No run yet" in texts(app)


def test_the_data_is_looked_at_before_anything_is_trained(ready: AppTest) -> None:
    assert [field(ready, f"Column of the {one}").value for one in ("text", "label")] == [1, 2]
    shown = html_of(ready)
    assert "<img src=x" not in shown
    assert shown.count('class="wb-pb"') == 2
    assert "1 row is left out: without a text" in shown
    assert "steps, about" in texts(ready)
    assert not button(ready, "Train").disabled
    assert runs.list_runs() == ()

    field(ready, "Column of the label").set_value(1).run()
    looked(ready)
    assert button(ready, "Train").disabled or "few" in html_of(ready)
    field(ready, "File").set_value("/nosuch.csv").run()
    assert "there is no file /nosuch.csv; check the path" in ready.error[0].value.replace("\\", "")


def test_a_data_set_of_the_hub_without_a_network(encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    app = page()
    group(app, "Upload").set_value(HUB).run()
    field(app, "Data set").set_value("owner/nosuch").run()
    looked(app)
    (fault,) = app.error
    assert "owner/nosuch" in fault.value.replace("\\", "")
    assert "--" not in fault.value.replace("\\", "")
    assert button(app, "Train").disabled


def test_from_the_button_to_a_checkpoint_on_the_list(ready: AppTest) -> None:
    # Cut to 40 signs, and nothing in it is markup.
    field(ready, literal(f"{HOSTILE[:38]}… (30)")).set_value("poor").run()
    looked(ready)
    field(ready, "Name of the checkpoint").set_value("my <b>hotel").run()
    button(ready, "Train").click().run()
    assert not ready.exception
    (run,) = runs.list_runs()
    assert run.plan.recipe.labels == ("5", "poor")
    assert chosen(ready).train_view == RUNS
    assert ready.query_params["run"] == run.plan.id
    wait_for(run.plan.id, "done")

    # Another session, from the address alone.
    app = page(run=run.plan.id)
    assert not app.exception
    done = runs.read(run.plan.id)
    assert done.state.scores is not None
    shown = html_of(app)
    assert f"{done.state.scores['accuracy']:.3f}" in shown
    assert shown.count("data:image/svg+xml") >= 4
    assert catalogue.names() == (done.state.entry,)
    assert not button(app, "Explain with it").disabled
    assert button(app, "Compare with its base").disabled
    assert "sha256" in app.code[0].value

    # The name is taken now.
    button(app, "Remove this run").click().run()
    assert runs.list_runs() == ()
    assert "No run yet" in texts(app)
    assert catalogue.names() == (done.state.entry,)
    chosen(ready).train_name = "my <b>hotel"
    group(ready, "New run").set_value("New run").run()
    looked(ready)
    button(ready, "Train").click().run()
    assert "there is a checkpoint 'my _b_hotel' already" in texts(ready).replace("\\", "")


def test_a_setting_changed_in_the_moment_of_the_press_counts(ready: AppTest) -> None:
    # One run of the page, as when somebody types a number and presses the button without leaving the field before.
    field(ready, "Early stopping").set_value(0)
    field(ready, "Epochs").set_value(5.0)
    field(ready, "Name of the checkpoint").set_value("mine")
    button(ready, "Train").click().run()
    looked(ready)
    (run,) = runs.list_runs()
    assert (run.plan.recipe.patience, run.plan.recipe.epochs) == (0, 5.0)
    assert run.plan.output.name == "mine"
    assert chosen(ready).train_view == RUNS


def test_a_killed_run_says_so_and_goes_on(ready: AppTest) -> None:
    field(ready, "Epochs").set_value(60.0).run()
    looked(ready)
    button(ready, "Train").click().run()
    (run,) = runs.list_runs()
    wait_for(run.plan.id, "training")
    os.kill(json.loads((runs.folder(run.plan.id) / "process.json").read_text())["pid"], signal.SIGKILL)
    end = time.monotonic() + SECONDS
    while not runs.read(run.plan.id).final:
        assert time.monotonic() < end
        time.sleep(0.1)
    app = page(run=run.plan.id)
    assert "Its process is gone" in app.warning[0].value
    button(app, "Resume").click().run()
    assert not runs.read(run.plan.id).final
    assert not button(app, "Cancel").disabled
    button(app, "Cancel").click().run()
    wait_for(run.plan.id, "cancelled")
    assert not app.run().exception


def test_a_failed_run_says_what_to_change(ready: AppTest) -> None:
    button(ready, "Train").click().run()
    (run,) = runs.list_runs()
    wait_for(run.plan.id, "done")
    place = runs.folder(run.plan.id)
    say(place, State(phase="failed", fault="the loss <b>ran away; take a lower --learning-rate"))
    app = page(run=run.plan.id)
    assert app.error[0].value.replace("\\", "") == "the loss <b>ran away; take a lower Learning rate"
    assert button(app, "Try again")
    assert "What came of it" not in texts(app)


def test_served_to_others(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(resources.ROOTS, str(tmp_path / "root"))
    app = page()
    assert "training uses the machine that serves it" in texts(app)
    group(app, "Upload").set_value(PATH).run()
    field(app, "File").set_value(str(file)).run()
    assert "outside the folders that this app may read" in app.error[0].value.replace("\\", "")


def test_an_address_of_no_run_says_so(ready: AppTest) -> None:
    assert "There is no run nosuch here" in texts(page(run="nosuch"))
    button(ready, "Train").click().run()
    (run,) = runs.list_runs()
    app = page(run="nosuch")
    assert not app.exception
    assert "There is no run nosuch here" in texts(app)
    # Another one is not shown in its place, but can be chosen.
    assert run.plan.output.name not in [one.value for one in app.header]
    button(app, literal(run.plan.output.name)).click().run()
    assert "There is no run" not in texts(app)
    assert literal(run.plan.output.name) in [one.value for one in app.header]
    assert app.query_params["run"] == run.plan.id
