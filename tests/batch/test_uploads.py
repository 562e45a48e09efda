"""Uploaded files in the folder of their batch."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import resources
from workbench.batch import queue
from workbench.errors import InputError
from workbench.schema import BatchOptions
from workbench.work.files import safe_name

OPTIONS = BatchOptions(text_columns=("text",))


@pytest.fixture(autouse=True)
def still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own, and no process is started."""
    monkeypatch.setenv(resources.HOME, str(tmp_path / "home"))
    monkeypatch.setattr(queue, "launch", lambda place, *arguments: None)


def test_an_upload_lies_in_the_folder_of_its_batch() -> None:
    content = os.urandom(3_000_000)
    file = queue.keep_upload("../../etc/my reviews?.csv", io.BytesIO(content))
    assert file.read_bytes() == content
    assert file.name == "my reviews_.csv"
    assert queue.list_batches() == ()
    plan = queue.enqueue(file, "stars", OPTIONS)
    assert plan.source == file == queue.root() / plan.id / "input" / file.name
    assert plan.name == file.name
    again = queue.enqueue(file, "stars-early", OPTIONS)
    assert again.id != plan.id
    assert again.source == queue.root() / again.id / "input" / file.name
    queue.cancel(plan.id)
    queue.remove(plan.id)
    assert not file.exists()
    assert again.source.read_bytes() == content


def test_an_upload_that_is_too_large_leaves_nothing() -> None:
    assert queue.keep_upload("a.csv", b"12345", limit=5).stat().st_size == 5
    with pytest.raises(InputError, match=r"b\.csv is larger than 0\.0 MB; split it"):
        queue.keep_upload("b.csv", b"123456", limit=5)
    assert [file.name for file in queue.root().glob("*/*/*")] == ["a.csv"]
    assert len([*queue.root().iterdir()]) == 1


def test_uploads_of_which_nothing_was_made_go_after_a_day() -> None:
    old, used, new = (queue.keep_upload(name, b"text\na\n") for name in ("old", "used", "new"))
    queue.enqueue(used, "stars", OPTIONS)
    yesterday = time.time() - 25 * 3600
    for file in (old, used):
        os.utime(file.parent.parent, (yesterday, yesterday))
    last = queue.keep_upload("last", b"")
    assert [file.exists() for file in (old, used, new, last)] == [False, True, True, True]


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(InputError, match="cannot be written .*mend its rights or set WORKBENCH_HOME"):
        queue.keep_upload("a", b"")


@given(st.text())
def test_a_safe_name_is_one_part_that_leads_nowhere(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert safe not in {".", ".."}
    assert safe == Path(safe).name
    assert not {"/", "\\", "\0", "\n"} & set(safe)
    assert safe_name(safe) == safe
