"""The Datasets page as a user drives it: a file, its columns, a batch that is watched, a reload, a new start."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from json import loads
from pathlib import Path
from signal import SIGKILL

import pytest
from browsing import LONG, settled
from playwright.sync_api import Page, expect

from workbench.batch import queue
from workbench.schema import BatchOptions
from workbench.triage import Dataset

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
Serve = Callable[[], AbstractContextManager[str]]
HOSTILE = "<img src=x onerror=alert(1)> :red[bad] $x$"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Sixty rows, one of them without a text, in columns of unusual names."""
    place = tmp_path / "hotel reviews.csv"
    rows = [
        (n, "" if n == 7 else f"{('great', 'terrible')[n % 2]} food and staff {HOSTILE} {n}", (5, 1)[n % 2], HOSTILE)
        for n in range(60)
    ]
    with place.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("number", "what they wrote", "rating", "branch"), *rows])
    return place


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of the test's own, without processes that outlive it."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    for one in queue.list_batches():
        if not one.final:
            with suppress(OSError, ValueError):
                os.kill(loads((queue.folder(one.plan.id) / "process.json").read_text())["pid"], SIGKILL)


def uploaded(page: Page, url: str, file: Path) -> None:
    page.set_default_timeout(LONG)
    page.goto(f"{url}/datasets")
    expect(page.get_by_text("A review a row")).to_be_visible(timeout=LONG)
    settled(page)
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("60 rows to predict")).to_be_visible(timeout=LONG)
    settled(page)


def test_from_an_upload_to_an_open_data_set(
    page: Page, serve: Serve, home: Path, file: Path, stars_name: str, outside: list[str], page_errors: list[str]
) -> None:
    with serve() as url:
        uploaded(page, url, file)
        # The text by its content, the label by its name.
        expect(page.get_by_role("combobox", name=re.compile("Column of the text"))).to_have_value("what they wrote")
        expect(page.get_by_role("combobox", name=re.compile("Column of the label"))).to_have_value("rating")
        expect(page.get_by_text("59 with a label · 1 cannot be predicted")).to_be_visible()
        expect(page.get_by_role("combobox", name=re.compile("Checkpoint"))).to_have_value(re.compile(stars_name))
        name = page.get_by_role("textbox", name="Name")
        expect(name).to_have_value("hotel reviews")
        name.fill(f"summer {HOSTILE}")
        name.press("Enter")
        settled(page)
        # Pressed twice, it is asked for once.
        page.get_by_role("button", name="Predict", exact=True).dblclick()
        row = page.locator(".wb-batch", has_text=f"summer {HOSTILE}")
        expect(row).to_be_visible(timeout=LONG)
        expect(page).to_have_url(re.compile(r"batch=\d{8}-\d{6}-"), timeout=LONG)

        # It opens by itself.
        expect(row).to_contain_text("60 rows · took", timeout=LONG)
        expect(page.get_by_text("Overview", exact=True)).to_be_visible(timeout=LONG)
        expect(page.get_by_role("button", name="1 could not be predicted")).to_be_visible()
        expect(page.get_by_text("to predict.")).to_have_count(0)
        (status,) = queue.list_batches()
        options = status.plan.options
        assert (options.text_columns, options.label_column) == (("what they wrote",), "rating")
        assert options.extra_columns == ("number", "branch")
        page.reload()
        expect(row).to_contain_text("60 rows · took", timeout=LONG)
        address = page.url.removeprefix(url)
    with serve() as url:
        page.goto(url + address)
        expect(row).to_contain_text("60 rows · took", timeout=LONG)
        expect(page.locator(".wb-batch img")).to_have_count(0)
    right = Dataset(status.plan.output).ask("SELECT count(*) FROM reviews WHERE is_right")[0][0]
    assert right > 40
    assert outside == []
    assert page_errors == []


def test_the_queue_survives_a_restart_of_the_app(
    page: Page, serve: Serve, home: Path, file: Path, stars_name: str, page_errors: list[str]
) -> None:
    page.set_default_timeout(LONG)
    slow = BatchOptions(text_columns=("what they wrote",), methods=("shap",), budget=2_000, shard_rows=5)
    first = queue.enqueue(file, stars_name, slow, name="the slow one").id
    with serve() as url:
        uploaded(page, url, file)
        page.get_by_role("button", name="Predict", exact=True).click()
        expect(page.locator('.wb-batch[data-phase="waiting"]')).to_contain_text("hotel reviews", timeout=LONG)
        expect(page.locator('.wb-batch[data-phase="running"]')).to_contain_text("the slow one", timeout=LONG)
        address = page.url.removeprefix(url)
    with serve() as url:
        page.goto(url + address)
        waiting = page.locator('.wb-batch[data-phase="waiting"]')
        expect(waiting).to_contain_text("waiting, next in turn", timeout=LONG)
        expect(page.locator('.wb-batch[data-phase="running"]')).to_contain_text("the slow one")
        page.locator(f".st-key-wb-batch-{first}").get_by_role("button", name="Cancel").click()
        # Its turn comes, and it opens.
        expect(page.get_by_role("button", name="Another data set")).to_be_visible(timeout=LONG)
        expect(page.locator(".wb-batch").first).to_contain_text("hotel reviews stars · 60 rows · took")
    assert queue.read(first).state.phase == "cancelled"
    assert page_errors == []
