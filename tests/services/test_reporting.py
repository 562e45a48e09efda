"""Saving: whole or not at all, in the format of the suffix, under a name that says what it is."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import Report, classify, explain, services
from workbench.checkpoints import Checkpoint
from workbench.errors import InputError, WorkbenchError
from workbench.reports import FORMATS, View
from workbench.schema import SavedRun, SavedRuns

SAFE = re.compile(r"workbench-[a-z0-9-]*[a-z0-9]")


@pytest.fixture(scope="module")
def report(tiny: Checkpoint) -> Report:
    return explain(tiny, "The Café wasn't good!", ["occlusion"])


@pytest.fixture(scope="module")
def runs(report: Report) -> SavedRuns:
    run = SavedRun(id="run-00001", created=datetime(2026, 1, 2, tzinfo=UTC), result=report)
    return SavedRuns(title="Runs of / March", runs=(run,))


@pytest.mark.parametrize("suffix", FORMATS)
def test_any_result_in_any_format(report: Report, runs: SavedRuns, tmp_path: Path, suffix: str) -> None:
    for subject in (report, runs):
        file = services.save_report(subject, str(tmp_path / f"kept{suffix}"))
        assert file.read_bytes() == FORMATS[suffix].render(subject)
    assert [one.name for one in tmp_path.iterdir()] == [f"kept{suffix}"]


def test_a_comparison_in_any_format(tiny: Checkpoint, tiny_other: Checkpoint, tmp_path: Path) -> None:
    found = services.compare([tiny, tiny_other], "good room", method="occlusion")
    for suffix in FORMATS:
        file = services.save_comparison(found, tmp_path / f"c{suffix}")
        assert file.read_bytes() == FORMATS[suffix].render(found)


def test_views_reach_the_format(report: Report, tmp_path: Path) -> None:
    file = services.save_report(report, tmp_path / "r.html", [View("Heads", "<p>a view</p>")])
    assert "a view" in file.read_text("utf-8")


def test_a_failure_leaves_what_was_there(report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "r.json"
    file.write_text("before")

    def full(beside: Path, target: Path) -> None:
        assert beside.stat().st_size > 0
        assert target.read_text() == "before"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("workbench.placing.os.replace", full)
    with pytest.raises(InputError, match=r"r.json cannot be written \(No space left on device\); name another place"):
        services.save_report(report, file)
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("r.json", "before")]


def test_a_fault_of_the_format_leaves_nothing(report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> bytes:
        raise WorkbenchError("the PDF could not be set", "choose another format")

    monkeypatch.setattr(type(FORMATS[".pdf"]), "render", fail)
    with pytest.raises(WorkbenchError, match="could not be set"):
        services.save_report(report, tmp_path / "r.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_written_through_and_rights_are_the_usual(report: Report, tmp_path: Path) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.write_text("before")
    link.symlink_to(target)
    services.save_report(report, link)
    assert link.is_symlink()
    assert target.read_bytes() == FORMATS[".csv"].render(report)
    fresh = services.save_report(report, tmp_path / "fresh.csv")
    mask = os.umask(0)
    os.umask(mask)
    assert fresh.stat().st_mode & 0o777 == 0o666 & ~mask


def test_what_cannot_be_written_is_known_before_the_work(tmp_path: Path) -> None:
    assert services.check_report_file(tmp_path / "r.PDF") == tmp_path / "r.PDF"
    (tmp_path / "folder.pdf").mkdir()
    for name, line in (
        ("r.docx", r"there is no report format for 'r.docx'; use one of .*\.html.*"),
        ("nosuch/r.pdf", r".*r\.pdf cannot be written \(there is no such folder\); make the folder, .*"),
        ("folder.pdf", r".*folder\.pdf cannot be written \(it is a folder\); name a file"),
    ):
        with pytest.raises(InputError) as fault:
            services.check_report_file(tmp_path / name)
        assert re.fullmatch(line, str(fault.value))


def test_names_say_what_a_file_holds(report: Report, runs: SavedRuns, tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    assert services.report_name(report) == "workbench-tiny-the-cafe-wasnt-good"
    assert services.report_name(runs) == "workbench-runs-runs-of-march"
    found = services.compare([tiny, tiny_other], "../../etc/passwd", method="occlusion", differences=False)
    assert services.report_name(found) == "workbench-tiny-vs-tiny-etc-passwd"


def test_names_of_texts_without_latin_letters_differ(tiny: Checkpoint) -> None:
    first, second = (
        services.report_name(Report(prediction=classify(tiny, text), explanations=())) for text in ("שלום", "مرحبا")
    )
    assert first != second
    assert SAFE.fullmatch(first)
    assert SAFE.fullmatch(second)


@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=300))
def test_names_are_safe(report: Report, name: str, text: str) -> None:
    checkpoint = report.prediction.checkpoint.model_copy(update={"name": name})
    prediction = report.prediction.model_copy(update={"text": text, "checkpoint": checkpoint})
    found = services.report_name(report.model_copy(update={"prediction": prediction}))
    assert SAFE.fullmatch(found)
    assert len(found) <= 80
