from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_folders import predicted, write_batch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.schema import Correction, RowFilter
from workbench.schema.batch import CORRECTIONS
from workbench.triage import Dataset, count, row
from workbench.triage.corrections import add_corrections, read_corrections

MARKS = st.lists(
    st.builds(
        Correction,
        id=st.integers(1, 9),
        label=st.none() | st.sampled_from(["4 stars", '"\u2028\n{']),
        note=st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    )
)
WRITER = """
import sys
from pathlib import Path
from workbench.schema import Correction
from workbench.triage.corrections import add_corrections
folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
for number in range(first, last):
    add_corrections(folder, [Correction(id=number, label="4 stars", note="x" * 500)])
"""


def writer(folder: Path, first: int, last: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@settings(max_examples=30)
@given(marks=MARKS)
def test_the_last_mark_of_a_row_counts(tmp_path_factory: pytest.TempPathFactory, marks: list[Correction]) -> None:
    folder = tmp_path_factory.mktemp("marks")
    expected: dict[int, Correction] = {}
    for one in marks:
        add_corrections(folder, [one])
        expected[one.id] = one
    found = read_corrections(folder)
    assert found.corrections == {number: one for number, one in expected.items() if one.label is not None}
    assert found.damaged == 0


@pytest.mark.parametrize("damage", [b'{"id": 3, "lab', b"\xff\xfe\x00\n", b"[" * 100_000 + b"\n", b"null\n", b"\n\n"])
def test_a_damaged_line_loses_nothing_else(tmp_path: Path, damage: bytes) -> None:
    first, second = Correction(id=1, label="4 stars"), Correction(id=2, label="1 star")
    add_corrections(tmp_path, [first])
    with (tmp_path / CORRECTIONS).open("ab") as stream:
        stream.write(damage)
    add_corrections(tmp_path, [second])
    assert read_corrections(tmp_path) == ({1: first, 2: second}, 1 if damage.strip() else 0)


def test_two_processes_mark_at_once(tmp_path: Path) -> None:
    both = [writer(tmp_path, 1, 151), writer(tmp_path, 151, 301)]
    assert [one.wait(60) for one in both] == [0, 0]
    found = read_corrections(tmp_path)
    assert (sorted(found.corrections), found.damaged) == (list(range(1, 301)), 0)


def test_a_killed_process_loses_at_most_its_last_mark(tmp_path: Path) -> None:
    killed = writer(tmp_path, 1, 10**9)
    assert killed.stdout is not None
    killed.stdout.readline()
    while not read_corrections(tmp_path).corrections:
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait(30)
    before = sorted(read_corrections(tmp_path).corrections)
    assert before == list(range(1, len(before) + 1))
    add_corrections(tmp_path, [Correction(id=10**9, label="1 star")])
    assert sorted(read_corrections(tmp_path).corrections) == [*before, 10**9]


def test_marks_of_others_show_by_themselves(tmp_path: Path) -> None:
    folder = write_batch(tmp_path / "batch", [predicted("a", (0.1, 0.1, 0.1, 0.1, 0.6), 4)] * 3)
    dataset = Dataset(folder)
    assert row(dataset, 2).correction is None
    assert dataset.version is None
    marks = [
        Correction(id=2, label="1 star", note="<b>"),
        Correction(id=3, label="5 stars"),
        Correction(id=99, label="x"),
    ]
    add_corrections(folder, marks)
    found = row(dataset, 2)
    assert (found.correction, found.note, found.relabelled) == ("1 star", "<b>", True)
    assert row(dataset, 3).relabelled is False
    counts = [RowFilter(corrected=True), RowFilter(corrected=False), RowFilter(marked=True), RowFilter(marked=False)]
    assert [count(dataset, one) for one in counts] == [1, 2, 2, 1]
    before = dataset.version
    add_corrections(folder, [Correction(id=2, label=None)])
    assert before is not None
    assert dataset.version not in (None, before)
    assert (row(dataset, 2).correction, row(dataset, 2).note) == (None, "")


def test_what_cannot_be_written_or_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lone surrogate"):
        add_corrections(tmp_path, [Correction(id=1, label="a", note="\ud800")])
    (tmp_path / CORRECTIONS).mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        add_corrections(tmp_path, [Correction(id=1, label="a")])
    with pytest.raises(InputError, match="cannot be read"):
        read_corrections(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_can_only_be_read(tmp_path: Path) -> None:
    folder = write_batch(tmp_path / "batch", [predicted("a", (0.1, 0.1, 0.1, 0.1, 0.6), 4)])
    folder.chmod(0o555)
    try:
        assert count(Dataset(folder)) == 1
        with pytest.raises(InputError, match="cannot be written"):
            add_corrections(folder, [Correction(id=1, label="4 stars")])
    finally:
        folder.chmod(0o755)
