"""``workbench entities`` keeps its run, writes its report, and both can be shown, handed on and verified."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.pipeline import find_entities
from workbench.reports import read_report
from workbench.schema import EntityReport

Run = Callable[..., Any]
TEXT = "the staff were very good, we loved the film"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("WORKBENCH_PRIVATE")
    return tmp_path / "home"


@pytest.fixture
def entities(run_cli: Run, tiny_tags: Checkpoint) -> Run:
    return lambda *words: run_cli("entities", *words, "--checkpoint", tiny_tags.name)


def test_what_was_found_is_kept(run_cli: Run, entities: Run, tiny_tags: Checkpoint) -> None:
    done = entities(TEXT, "--strategy", "none", "--format", "json")
    assert done.status == 0
    run_id = done.err.removeprefix("kept as ").strip()
    shown = json.loads(run_cli("history", "show", run_id[:5], "--format", "json").out)
    assert shown["runs"][0]["result"] == json.loads(done.out)
    found = services.open_run(run_id).result
    assert isinstance(found, EntityReport)
    assert found.prediction == find_entities(tiny_tags, TEXT, strategy="none")
    assert found.provenance == services.provenance()
    listed = json.loads(run_cli("history", "list", "--kind", "entities", "--format", "json").out)
    (line,) = listed["runs"]
    assert (line["kind"], line["checkpoints"], line["methods"]) == ("entities", [tiny_tags.name], [])
    assert line["labels"] == list(found.prediction.types)
    assert json.loads(run_cli("history", "list", "--kind", "explanation", "--format", "json").out)["total"] == 0


def test_an_explained_entity_is_kept_shown_and_searched(run_cli: Run, entities: Run) -> None:
    done = entities(TEXT, "--explain", "1", "--method", "occlusion")
    assert done.status == 0
    run_id = done.err.split()[-1]
    shown = run_cli("history", "show", run_id)
    assert shown.status == 0
    assert shown.out.endswith(f"\n{done.out}")
    label = services.find_runs()[1][0].labels[0]
    listed = run_cli("history", "list", "--search", "LOVED staff", "--label", label, "--method", "occlusion")
    assert run_id in listed.out
    assert run_cli("history", "list", "--label", "5 stars").out.count("\n") == 2


@pytest.mark.parametrize("more", [["--private"], []])
def test_nothing_is_kept_in_private_or_of_several_texts(entities: Run, home: Path, more: list[str]) -> None:
    done = entities(TEXT, *more) if more else entities(TEXT, "we loved it")
    assert (done.status, done.err) == (0, "")
    assert not home.exists()


@pytest.mark.parametrize("explained", [True, False])
def test_a_report_is_written_exported_and_verified(
    run_cli: Run, entities: Run, tiny_tags: Checkpoint, tmp_path: Path, explained: bool
) -> None:
    more = ["--explain", "1", "--set", "lime.budget=20", "--method", "lime"] if explained else []
    done = entities(TEXT, *more, "--output", tmp_path / "why.json")
    assert done.status == 0, done.err
    run_id = done.err.split()[-1]
    report = read_report((tmp_path / "why.json").read_bytes())
    assert report == services.open_run(run_id).result
    assert [one.options["budget"] for one in report.explanations] == ([20] if explained else [])
    archive = tmp_path / "runs.zip"
    formats = [word for name in ("html", "json", "csv", "md") for word in ("--format", name)]
    assert run_cli("history", "export", run_id, "--output", archive, *formats).status == 0
    with zipfile.ZipFile(archive) as held:
        names = held.namelist()
        held.extractall(tmp_path / "out")
    assert len(names) == 8
    for name in names:
        if name.endswith((".json", ".html")):
            checked = run_cli("verify", tmp_path / "out" / name, "--checkpoint", tiny_tags.name)
            assert checked.status == 0, checked.out
            assert checked.out.startswith("agrees: ")
    document = json.loads((tmp_path / "why.json").read_text("utf-8"))
    document["predictions"][0]["entities"][0]["score"] /= 2
    (tmp_path / "other.json").write_text(json.dumps(document), encoding="utf-8")
    checked = run_cli("verify", tmp_path / "other.json", "--checkpoint", tiny_tags.name)
    assert checked.status == 1
    assert ".entities[0] " in checked.out


def test_a_run_is_deleted_and_brought_back(run_cli: Run, entities: Run) -> None:
    run_id = entities(TEXT).err.split()[-1]
    assert run_cli("history", "tag", run_id, "names").status == 0
    assert run_cli("history", "delete", run_id, "--yes").out == f"{run_id}\n"
    assert services.find_runs()[0] == 0
    assert run_cli("history", "restore", run_id).out == f"{run_id}\n"
    assert services.open_run(run_id).tags == ("names",)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--output", "x.json", "more text"], "there are 2 texts, and a report is of one"),
        (["--output", "x.doc"], "there is no report format for 'x.doc'"),
        (["--output", "nosuch/x.json"], "there is no such folder"),
        (["--set", "shap.budget=20"], "add --explain N"),
        (["--explain", "1", "--set", "budget"], "'budget' is no setting"),
        (["--explain", "1", "--method", "shap", "--set", "lime.budget=20"], "there are options for lime"),
    ],
)
def test_faults_are_told_before_the_work(entities: Run, words: list[str], message: str) -> None:
    assert message in entities(TEXT, *words).assert_fault(2)
    assert services.find_runs()[0] == 0
