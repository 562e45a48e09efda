"""Faults of the line, of the streams and of the machine: each one line, and nothing that was good is lost."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.cli import main as run_main
from workbench.cli.output import table
from workbench.errors import WorkbenchError

Run = Callable[..., Any]
# A file that takes nothing, as a full disk does.
FULL = Path("/dev/full")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["expalin", "good"], "error: there is no command 'expalin'; use explain"),
        (["The room was clean."], "error: there is no command 'The room was clean.'; see 'workbench --help'"),
        (
            ["checkpoints"],
            "error: workbench checkpoints takes a command; choose from add, list, remove, show, shrink",
        ),
        (["checkpoints", "show"], "error: Missing argument 'C'; see 'workbench checkpoints show --help'"),
        (["checkpoints", "nope"], "error: No such command 'nope'; see 'workbench checkpoints --help'"),
        (
            ["predict", "-1 star"],
            "error: No such option '-1'; see 'workbench predict --help', or put -- before a text",
        ),
        (["triage", "show", "--nope"], "error: No such option '--nope'; see 'workbench triage show --help'"),
    ],
)
def test_a_line_that_is_mistyped(run_cli: Run, words: list[str], line: str) -> None:
    assert run_cli(*words).assert_fault(2) == line


@pytest.mark.parametrize(
    "words",
    [
        ["predict", "good", "--threshold", "nan"],
        ["verify", "report.json", "--tolerance", "nan"],
        ["train", "--data", "a.csv", "--output", "b", "--learning-rate", "inf"],
        ["train", "--data", "a.csv", "--output", "b", "--epochs", "nan"],
        ["figures", "folder", "--accuracy", "nan"],
        ["triage", "list", "folder", "--below", "nan"],
        ["explain", "good", "--seed", "-1"],
        ["explain", "good", "--seed", str(2**32)],
        ["batch", "a.csv", "--seed", str(2**32)],
    ],
    ids=" ".join,
)
def test_numbers_that_are_none(run_cli: Run, words: list[str]) -> None:
    assert "Invalid value for '--" in run_cli(*words).assert_fault(2)


def test_every_number_of_the_command_is_checked_for_being_one() -> None:
    from workbench.cli.main import cli

    def options(command: click.Command) -> list[click.Parameter]:
        if not isinstance(command, click.Group):
            return command.params
        context = click.Context(command)
        found = [command.get_command(context, name) for name in command.list_commands(context)]
        return [one for sub in found if sub for one in options(sub)]

    kinds = [type(option.type).__name__ for option in options(cli)]
    assert "Number" in kinds
    assert not {"FloatRange", "FloatParamType"} & set(kinds)


def test_the_largest_seed_works_for_what_draws_at_random(run_cli: Run, tiny: Checkpoint) -> None:
    words = ("--method", "lime", "--budget", 20, "--seed", 2**32 - 1, "--checkpoint", tiny.name)
    assert run_cli("explain", "very good food", *words).status == 0


def test_debug_behind_two_dashes_is_a_text(run_cli: Run, tiny: Checkpoint) -> None:
    done = run_cli("predict", "--format", "json", "--checkpoint", tiny.name, "--", "--debug")
    assert (done.status, '"text": "--debug"' in done.out) == (0, True)
    with pytest.raises(WorkbenchError):
        run_main(["predict", "good", "--checkpoint", "nosuch", "--debug"])


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (errno.ENOSPC, "error: a.bin: No space left on device; free some room"),
        (errno.EACCES, "error: a.bin: Permission denied; mend its rights, or name another place"),
        (errno.EIO, "error: a.bin: Input/output error; run it again with --debug"),
    ],
)
def test_what_the_system_refuses(run_cli: Run, monkeypatch: pytest.MonkeyPatch, number: int, line: str) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number), "a.bin")

    monkeypatch.setattr("workbench.checkpoints.describe", refuse)
    assert run_cli("checkpoints", "list").assert_fault(1) == line


@pytest.mark.parametrize(
    ("command", "file"),
    [
        (["explain", "very good", "--method", "occlusion"], "report.json"),
        (["compare", "very good", "--method", "occlusion"], "report.html"),
        (["compare", "--file", "reviews.csv"], "found.csv"),
    ],
    ids=["explain", "compare", "compare a file"],
)
def test_a_write_that_fails_leaves_what_was_there(
    run_cli: Run,
    tiny: Checkpoint,
    tiny_other: Checkpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    file: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews.csv").write_text("text,label\ngood food,5 stars\nbad room,1 star\n", encoding="utf-8")
    (tmp_path / file).write_text("precious", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("workbench.placing.os.replace", full)
    names = ["--checkpoint", tiny.name, *(["--checkpoint", tiny_other.name] if command[0] == "compare" else [])]
    line = run_cli(*command, *names, "--output", file).assert_fault(2)
    assert line == f"error: {file} cannot be written (No space left on device); name another place"
    assert (tmp_path / file).read_text("utf-8") == "precious"
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted({"reviews.csv", file})


def test_a_report_that_cannot_be_written_is_still_in_the_history(
    run_cli: Run, tiny: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("WORKBENCH_PRIVATE")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("workbench.placing.os.replace", full)
        words = ("--method", "occlusion", "--checkpoint", tiny.name, "--output", tmp_path / "a.json")
        done = run_cli("explain", "very good", *words)
    said, fault = done.err.splitlines()
    assert (done.status, fault.startswith("error: ")) == (2, True)
    run_id = said.removeprefix("kept as ")
    assert run_cli("history", "export", run_id, "--output", tmp_path / "b.json").status == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_may_not_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(WorkbenchError, match="the folder may not be written"):
        services.check_report_file(tmp_path / "a.json")


def test_unconfirmed_is_undone(run_cli: Run, tiny: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.delenv("WORKBENCH_PRIVATE")
    said = run_cli("explain", "very good", "--method", "occlusion", "--checkpoint", tiny.name).err
    run_id = said.split()[-1]
    for answer in (b"", b"n\n"):
        done = run_cli("history", "delete", run_id, stdin=answer)
        assert (done.status, done.out) == (1, "")
        assert done.err.endswith("\nerror: it was not confirmed, so nothing was done; answer y, or add --yes\n")
    assert run_id in run_cli("history", "list").out


def test_wide_signs_keep_a_table_in_line() -> None:
    lines = table(["text", "n"], [["日本", 1], ["abcd", 2], ["e\u0301ab😀", 3]]).splitlines()
    # Two columns for each sign of the first row, none for the accent, two for the smiley.
    assert lines == ["text   n", "-----  -", "日本   1", "abcd   2", "e\u0301ab😀  3"]


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [["--help"], ["checkpoints", "list"]], ids=" ".join)
def test_an_output_that_is_full(words: list[str]) -> None:
    with FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "workbench", *words], stdout=full, stderr=subprocess.PIPE, check=False, timeout=120
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: ")
    assert b"No space left on device" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_streams_that_are_closed(closed: str) -> None:
    command = f"{sys.executable} -m workbench checkpoints list {closed}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"name") is (closed != ">&-")


@pytest.mark.slow
def test_an_interruption_is_one_line(tiny: Checkpoint, tmp_path: Path) -> None:
    words = ["explain", "good food " * 20, "--method", "lime", "--budget", "20000", "--checkpoint", tiny.name]
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from workbench.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (out, err) == (b"", b"error: interrupted; run it again when you like\n")
    # Extensions that are interrupted while they are imported make the interpreter end by the signal.
    assert process.returncode in {1, -signal.SIGINT}
