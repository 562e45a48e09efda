"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.placing import PART, place_text, placed

# Writes half of the file, says so, and waits to be killed.
WRITER = """
import sys, time
from pathlib import Path
from workbench.placing import placed
with placed(Path(sys.argv[1])) as beside:
    beside.write_text("half")
    print("half", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("durable", [True, False])
def test_what_was_there_stays_until_all_is_written(tmp_path: Path, durable: bool) -> None:
    file = tmp_path / "list.json"
    file.write_text("old")
    with placed(file, durable=durable) as beside:
        beside.write_text("new")
        assert file.read_text() == "old"
        assert beside.parent == file.parent
    assert file.read_text() == "new"
    assert os.listdir(tmp_path) == ["list.json"]


def test_an_error_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    file.write_text("old")
    with pytest.raises(FileNotFoundError), placed(file) as beside:
        beside.with_name("not there").replace(beside)
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["list.json"]


def test_a_killed_writer_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    file.write_text("old")
    command = [sys.executable, "-c", WRITER, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "half\n"
        writer.send_signal(signal.SIGKILL)
    assert file.read_text() == "old"
    (left,) = [name for name in os.listdir(tmp_path) if name != "list.json"]
    assert left.startswith(".list.json.")
    assert left.endswith(PART)


def test_only_the_user_reads_what_is_private(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        place_text(tmp_path / "private", "é\n", private=True)
        place_text(tmp_path / "public", "é\r\n")
    finally:
        os.umask(mask)
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "public").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "public").read_bytes() == b"\xc3\xa9\r\n"


@pytest.mark.parametrize("name", ["n" * 250, "猫" * 83])
def test_a_long_name_is_no_hindrance(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    place_text(file, "all of it")
    assert file.read_text() == "all of it"


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), placed(tmp_path / "no" / "list.json"):
        pytest.fail("nothing to write to")
