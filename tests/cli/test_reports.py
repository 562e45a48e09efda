"""``--output`` of ``explain`` and ``compare``: each format, and what is refused before any work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.checkpoints import Checkpoint
from workbench.reports import FORMATS

STARTS = {".html": b"<!doctype html>", ".pdf": b"%pdf-", ".json": b"{", ".csv": b"method,", ".md": b"# why"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_explain_writes_each_format(
    run_cli: Callable[..., object], tiny: Checkpoint, tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"report{suffix}"
    done = run_cli("explain", "good room", "--method", "occlusion", "--checkpoint", tiny.name, "--output", file)
    assert done.status == 0, done.err  # type: ignore[attr-defined]
    assert file.read_bytes().lower().startswith(STARTS[suffix])
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("suffix", FORMATS)
def test_compare_writes_each_format(
    run_cli: Callable[..., object], tiny: Checkpoint, tiny_other: Checkpoint, tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"report{suffix}"
    both = ["--checkpoint", tiny.name, "--checkpoint", tiny_other.name]
    done = run_cli("compare", "good room", "--method", "occlusion", *both, "--output", file)
    assert done.status == 0, done.err  # type: ignore[attr-defined]
    assert len(file.read_bytes()) > 200
    if suffix == ".pdf":
        assert file.read_bytes().startswith(b"%PDF-")


def test_attention_goes_into_html(run_cli: Callable[..., object], tiny: Checkpoint, tmp_path: Path) -> None:
    sizes = []
    for options in ([], ["--attention"]):
        file = tmp_path / "report.html"
        line = ["--method", "occlusion", "--checkpoint", tiny.name, "--output", file]
        assert run_cli("explain", "good room", *line, *options).status == 0  # type: ignore[attr-defined]
        sizes.append(len(file.read_bytes()))
    assert sizes[1] > sizes[0] + 100_000
    assert "bertviz" in file.read_text("utf-8").lower()


@pytest.mark.parametrize("output", [[], ["--output", "report.pdf"]])
def test_attention_needs_html(run_cli: Callable[..., object], output: list[str]) -> None:
    line = run_cli("explain", "good", "--attention", *output).assert_fault(2)  # type: ignore[attr-defined]
    assert "give --output a name that ends in .html" in line


def test_a_place_that_cannot_be_written_is_told_before_the_work(
    run_cli: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_arguments: object, **_settings: object) -> None:
        raise AssertionError("a checkpoint was loaded")

    monkeypatch.setattr("workbench.cli.predicting.load", work)
    monkeypatch.setattr("workbench.cli.comparing.load", work)
    both = ["--checkpoint", "stars", "--checkpoint", "sentiment"]
    for command in (["explain", "good"], ["compare", "good", *both]):
        for name, said in (("r.docx", "there is no report format"), ("no/r.pdf", "there is no such folder")):
            assert said in run_cli(*command, "--output", tmp_path / name).assert_fault(2)  # type: ignore[attr-defined]
