"""The Checkpoints page and the sidebar's field: what is added is there at once and stays."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from hub_server import COMMIT, Hub, Repository
from streamlit.testing.v1 import AppTest

import workbench.app
from workbench import resources
from workbench.checkpoints import Checkpoint, bundled, catalogue
from workbench.ui.adding import Addition
from workbench.ui.state import Choices

pytestmark = pytest.mark.slow
SECONDS = 180
SIDE = "workbench.widget.add.sidebar"
PAGE = "workbench.widget.add.page"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(resources.HOME, str(tmp_path / "home"))
    monkeypatch.delenv(resources.OFFERED, raising=False)
    yield
    st.cache_data.clear()


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    """Its name and its card try to be markup."""
    place = tmp_path / "<b>my :red[model]"
    shutil.copytree(tiny_folder, place)
    (place / "README.md").write_text("---\nlicense: <i>mine</i>\n---\n![x](http://outside.example/x.png) :red[card]")
    return place


def page() -> AppTest:
    return AppTest.from_file(str(resources.folder("pages") / "checkpoints.py"), default_timeout=SECONDS).run()


def explain_page() -> AppTest:
    script = Path(workbench.app.__file__).parent / "main.py"
    return AppTest.from_file(str(script), default_timeout=SECONDS).run()


def addition(app: AppTest) -> Addition:
    found: Choices = app.session_state["workbench.choices"]
    assert found.addition is not None
    return found.addition


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def add(app: AppTest, name: str, key: str = PAGE) -> AppTest:
    app.text_input(key=key).set_value(name)
    press(app, "Add")
    addition(app).wait(SECONDS)
    app.run()
    assert not app.exception
    return app


def checkpoint_box(app: AppTest) -> Any:
    return next(one for one in app.selectbox if one.label == "Checkpoint")


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def headers(app: AppTest) -> list[str]:
    return [one.value.replace("\\", "") for one in app.subheader]


def test_a_folder_is_added_shown_and_offered(folder: Path, tiny: Checkpoint) -> None:
    app = page()
    assert headers(app) == list(bundled())
    assert any("Nothing yet" in one.value for one in app.caption)
    add(app, str(folder))
    assert headers(app) == [folder.name, *bundled()]
    assert app.text_input(key=PAGE).value == ""
    assert any(one.value.endswith("is on your list.") for one in app.markdown)
    shown = html_of(app)
    for fact in (tiny.fingerprint, "BertForSequenceClassification", "1 star, 2 stars", "&lt;i&gt;mine&lt;/i&gt;", "MB"):
        assert fact in shown
    assert "<b>my" not in shown
    assert "<i>mine" not in shown
    # Markup in a name is escaped, and somebody else's card is shown as text.
    assert ":red[" not in "".join(one.value for one in [*app.subheader, *app.markdown])
    assert any("outside.example" in one.value for one in app.code)
    assert headers(page()) == [folder.name, *bundled()]
    assert checkpoint_box(explain_page()).options[-1].endswith("(2 layers, 5 labels)")


def test_a_fault_is_one_line_and_nothing_is_lost(tmp_path: Path) -> None:
    app = add(page(), str(tmp_path / "nosuch"))
    (error,) = app.error
    assert "there is no checkpoint" in error.value.replace("\\", "")
    assert app.text_input(key=PAGE).value == str(tmp_path / "nosuch")
    assert headers(app) == list(bundled())
    add(app, "")
    assert "there is no checkpoint to add; give a hub id" in app.error[0].value.replace("\\", "")


def test_remove_and_undo(folder: Path) -> None:
    app = add(page(), str(folder))
    press(app, "Remove")
    assert headers(app) == list(bundled())
    assert catalogue.entries() == ()
    assert folder.is_dir()
    press(app, "Undo")
    assert headers(app) == [folder.name, *bundled()]
    assert not [button for button in app.button if button.label == "Undo"]


def test_a_download_with_progress_and_cancel(hub_here: Hub, tiny_folder: Path) -> None:
    hub_here.repositories["owner/name"] = Repository(tiny_folder)
    hub_here.gate.clear()
    app = page()
    app.text_input(key=PAGE).set_value("owner/name")
    press(app, "Add")
    wait_for(lambda: addition(app).done > addition(app).total / 2 > 0)
    app.run()
    assert addition(app).running
    assert next(button for button in app.button if button.label == "Add").disabled
    bar = app.get("progress")[0].proto
    assert 50 < bar.value < 100
    assert bar.text.endswith(f" of {addition(app).total / 1e6:.1f} MB")
    press(app, "Cancel")
    hub_here.gate.set()
    addition(app).wait(SECONDS)
    app.run()
    assert "start it again and it goes on from there" in app.error[0].value.replace("\\", "")
    assert app.text_input(key=PAGE).value == "owner/name"
    add(app, "owner/name")
    assert headers(app)[0] == "owner/name @ c0ffee0"
    assert COMMIT in html_of(app)
    hub_here.down = True
    hub_here.log.clear()
    assert headers(page())[0] == "owner/name @ c0ffee0"
    assert hub_here.log == []


def test_a_checkpoint_that_is_gone_says_so(folder: Path) -> None:
    add(page(), str(folder))
    shutil.rmtree(folder)
    st.cache_data.clear()
    app = page()
    assert not app.exception
    assert headers(app)[0] == folder.name
    assert "there is no checkpoint" in app.error[0].value.replace("\\", "")
    assert [button.label for button in app.button].count("Remove") == 1
    assert checkpoint_box(explain_page()).options[-1].endswith("(cannot be used)")


def test_the_sidebar_adds_and_uses(folder: Path, tiny: Checkpoint) -> None:
    app = add(explain_page(), str(folder), SIDE)
    press(app, "Use it on Explain")
    assert checkpoint_box(app).value == str(folder)
    choices: Choices = app.session_state["workbench.choices"]
    assert choices.checkpoint == str(folder)
    catalogue.remove(str(folder))
    app.run()
    assert not app.exception
    assert choices.checkpoint == "stars"


def test_served_to_others_folders_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(page(), str(folder))
    monkeypatch.setenv(resources.ROOTS, "")
    app = page()
    assert headers(app) == list(bundled())
    assert app.text_input(key=PAGE).label == "Hub id"
    add(app, str(folder))
    assert "is outside the folders that this app may read" in app.error[0].value.replace("\\", "")


def test_a_damaged_list_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "checkpoints.json").write_text("{")
    app = page()
    assert "The list was damaged once" in app.warning[0].value
    assert headers(app) == list(bundled())


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
