"""The README and CONTRIBUTING against the code: commands run, files exist, examples work, pins are whole."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import file_reports
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from streamlit.testing.v1 import AppTest

from workbench import resources
from workbench.checkpoints import Checkpoint
from workbench.cli.main import COMMANDS, cli
from workbench.explainers import METHODS
from workbench.reports import FORMATS, comparison_document
from workbench.reports.file_comparison import file_document
from workbench.schema import Deviation, Fault, PartChecked
from workbench.services import compare, explain, verify
from workbench.services._deviating import (
    OF_A_FILE_READ,
    OF_THE_FILE,
    UNVERIFIABLE,
    UNVERIFIABLE_OF_FILES,
    UNVERIFIABLE_OF_RUNS,
)

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
METHODS_PAGE = (ROOT / "docs" / "methods.md").read_text("utf-8")
COMPARE_PAGE = (ROOT / "docs" / "compare.md").read_text("utf-8")
VERIFY_PAGE = (ROOT / "docs" / "verify.md").read_text("utf-8")
PAGES = [file.read_text("utf-8") for file in sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = ("workbench", "pages", "tests", "sample_data", "docs", ".ci")
TEXT_SUFFIXES = {"", ".csv", ".css", ".html", ".js", ".json", ".md", ".py", ".toml", ".txt", ".yaml", ".yml"}
# Names of package registries and the options that would name one; in parts, so that this file is clean too.
REGISTRIES = ("pypi" + ".org", "python" + "hosted", "download.py" + "torch", "index" + "-url", "find" + "-links")


def blocks(document: str, language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
    return [content for name, content in found if name == language]


def commands(document: str) -> list[str]:
    lines = [line.removeprefix(".venv/bin/") for block in blocks(document, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("workbench ")]


def runs_here(line: str) -> bool:
    """Whether a command needs nothing but the checkout and ends by itself."""
    here = line.split()[1] in {
        "predict",
        "explain",
        "compare",
        "verify",
        "evaluate",
        "entities",
        "checkpoints",
        "batch",
    }
    return here and "./my-" not in line and "nlptown/" not in line


def test_the_documents_show_commands() -> None:
    assert len(commands(README)) >= 9
    assert len(commands(CONTRIBUTING)) >= 3


@pytest.mark.parametrize(
    "line",
    dict.fromkeys([*commands(README), *commands(CONTRIBUTING), *(line for page in PAGES for line in commands(page))]),
)
def test_every_command_is_one(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-models").mkdir()
    words = shlex.split(line.replace("MODEL-FOLDER", shlex.quote(str(tmp_path))), comments=True)[1:]
    command: click.Command = cli
    # A command remembers the help options of its first context: without this parent it would lose -h for good.
    parent = click.Context(cli, **cli.context_settings)
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(parent, words)
        assert found is not None, name
        command = found
    command.make_context(command.name, words, parent)


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in commands(README) if runs_here(line)])
def test_every_command_of_the_readme_works(
    line: str, run_cli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line)[1:]
    if words[0] == "verify":
        assert run_cli("explain", "Good food.", "--method", "occlusion", "--output", words[1]).status == 0
    outcome = run_cli(*words)
    assert outcome.status == 0, outcome.err
    assert outcome.out.strip()
    if "json" in words:
        json.loads(outcome.out)
    if "--output" in words:
        assert (tmp_path / words[words.index("--output") + 1]).stat().st_size > 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"workbench {name}" in README


def test_every_method_and_format_is_in_the_documents() -> None:
    assert [METHODS[name].title for name in METHODS if METHODS[name].title not in README] == []
    assert [FORMATS[suffix].title for suffix in FORMATS if FORMATS[suffix].title not in CHANGELOG] == []


def test_every_method_has_a_section_with_its_source() -> None:
    sections = dict(re.findall(r"^## (.+)\n\n((?:(?!## ).*\n)*)", METHODS_PAGE, re.MULTILINE))
    assert [name for name in METHODS if METHODS[name].title not in sections] == []
    for method in map(METHODS.__getitem__, METHODS):
        section = sections[method.title]
        assert section.startswith(f"`{method.name}` · ")
        assert [paper for paper in re.findall(r"arXiv [\d.]+", method.source) if paper not in section] == []
        assert re.findall(r"^- \*\*(.+?):\*\*", section, re.MULTILINE) == ["Score", "Promises", "Cannot tell", "Cost"]


def test_every_key_of_a_comparison_is_described(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    found = comparison_document(compare([tiny, tiny_other], "very good", method="occlusion"))
    alike = {*found["checkpoints"][0]["explanation"], "method"}
    keys = {*found, *found["checkpoints"][0], *found["pairs"][0], *set(found["pairs"][0]["difference"]) - alike}
    assert [key for key in sorted(keys) if f"`{key}`" not in COMPARE_PAGE] == []


def test_every_key_of_a_comparison_on_a_file_is_described(
    tiny: Checkpoint, tiny_other: Checkpoint, tmp_path: Path
) -> None:
    found = file_document(file_reports.compared(file_reports.written(tmp_path, 12), tiny, tiny_other, reviews=1))
    page = (ROOT / "docs" / "compare-file.md").read_text("utf-8")
    inside = [found["source"], found["rows"][0], found["checkpoints"][0], found["pairs"][0], found["words"][0]]
    keys = {*found, *(key for one in inside for key in one)}
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []


def test_what_cannot_be_verified_is_listed() -> None:
    section = VERIFY_PAGE.split("\n## What cannot be verified\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    listed = [name for row in rows for name in re.findall(r"`([\w.*]+)`", row.split("|")[1])]
    of_files = {*UNVERIFIABLE_OF_FILES, *OF_THE_FILE, *OF_A_FILE_READ} - {*UNVERIFIABLE}
    assert sorted(listed) == sorted([*UNVERIFIABLE, *UNVERIFIABLE_OF_RUNS, *of_files])


def test_every_key_of_a_verification_is_described(tiny: Checkpoint) -> None:
    found = verify(explain(tiny, "good", ["occlusion"]), load=lambda name: tiny)
    keys = {*found.model_dump(), *PartChecked.model_fields, *Deviation.model_fields, "schema"}
    assert [key for key in sorted(keys) if f"`{key}`" not in VERIFY_PAGE] == []
    assert [fault.value for fault in Fault if f"`{fault.value}`" not in VERIFY_PAGE] == []


@pytest.mark.parametrize("document", [README, CONTRIBUTING, CHANGELOG], ids=["README", "CONTRIBUTING", "CHANGELOG"])
def test_every_file_named_exists(document: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", document) if not link.startswith(("http", "#"))]
    spans = [span for span in re.findall(r"`([\w./-]+)`", document) if span.split("/")[0] in FOLDERS and "/" in span]
    assert [name for name in {*links, *spans} if not (ROOT / name).exists()] == []


def test_the_layout_lists_what_there_is() -> None:
    layout = next(block for block in blocks(CONTRIBUTING, "") if block.startswith("workbench/"))
    named = set(re.findall(r"^  ([a-z_]+(?:/|\.py)) ", layout, re.MULTILINE))
    assert [name for name in named if not (ROOT / "workbench" / name).exists()] == []
    packages = {f"{file.parent.name}/" for file in (ROOT / "workbench").glob("*/__init__.py")}
    modules = {file.name for file in (ROOT / "workbench").glob("*.py") if not file.name.startswith("__")}
    assert {*packages, *modules} <= named


def test_the_layers_are_those_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (checked,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    shown = next(block for block in blocks(CONTRIBUTING, "") if block.startswith("app\n"))
    assert [set(line.split(", ")) for line in shown.splitlines()] == [
        {part.strip().removeprefix("workbench.") for part in layer.split("|")} for layer in checked
    ]


def test_every_environment_variable_is_in_the_readme() -> None:
    code = "".join(file.read_text("utf-8") for file in (ROOT / "workbench").rglob("*.py"))
    # What the command tells the app is no setting of the user's.
    named = set(re.findall(r"WORKBENCH_[A-Z_]+", code)) - {resources.OFFERED, resources.ROOTS}
    section = README.split("\n### Settings\n")[1].split("\n## ")[0]
    assert named == set(re.findall(r"`(WORKBENCH_[A-Z_]+)", section))


def test_no_figure_is_left_to_measure() -> None:
    assert not re.findall(r"\bTBM\b", README)


@pytest.mark.slow
def test_the_python_of_the_readme_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = blocks(README, "python")
    exec(compile(block, "README.md", "exec"), {})
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["schema"] == "workbench.explanation/1"


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a block of CONTRIBUTING by its first line, and takes back what it registered."""
    methods, formats = dict(METHODS._items), dict(FORMATS._items)
    imported: list[str] = []

    def load(start: str) -> ModuleType:
        block = next(block for block in blocks(CONTRIBUTING, "python") if block.startswith(start))
        name = f"contributing_example_{len(imported)}"
        (tmp_path / f"{name}.py").write_text(block, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, tmp_path / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        imported.append(name)
        spec.loader.exec_module(module)
        return module

    yield load
    METHODS._items, FORMATS._items = methods, formats
    for name in imported:
        del sys.modules[name]


def test_the_example_of_an_explainer_works(example: Callable[[str], ModuleType], tiny: Checkpoint) -> None:
    example('"""Erasure')
    report = explain(tiny, "the food was very good", ["erasure"], options={"erasure": {"filler": "[MASK]"}})
    (explanation,) = report.explanations
    assert [unit.text for unit in explanation.units] == ["the", "food", "was", "very", "good"]
    assert any(unit.score for unit in explanation.units)


def test_the_example_of_a_format_works(example: Callable[[str], ModuleType], tiny: Checkpoint) -> None:
    example('"""Reports as plain text')
    content = FORMATS[".txt"].render(explain(tiny, "very good", ["attention-rollout"])).decode("utf-8")
    assert content.count("attention-rollout\t") == 2


@pytest.mark.slow
def test_the_example_of_a_page_works() -> None:
    block = next(block for block in blocks(CONTRIBUTING, "python") if block.startswith('"""The labels'))
    page = AppTest.from_string(block, default_timeout=120).run()
    assert not page.exception
    assert [text.value for text in page.text] == ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]


def test_the_example_of_a_page_list_is_like_the_real_one() -> None:
    from workbench.ui.navigation import PAGES

    shown: dict[str, Any] = {}
    exec(next(block for block in blocks(CONTRIBUTING, "python") if block.startswith("PAGES")), shown)
    assert shown["PAGES"][0] == PAGES[0]
    assert {len(page) for page in shown["PAGES"]} == {len(page) for page in PAGES}


def test_the_constraints_pin_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    exact = {canonicalize_name(name): version for name, version in pins.items()}
    for requirement in map(Requirement, wanted):
        pinned = exact.get(canonicalize_name(requirement.name))
        assert pinned is not None, f"{requirement.name} is not pinned"
        assert requirement.specifier.contains(pinned, prereleases=True), f"{requirement} excludes {pinned}"


def test_no_file_names_a_package_registry_or_this_place() -> None:
    found = []
    for file in tracked():
        if file.suffix in TEXT_SUFFIXES and file.is_file():
            content = file.read_text("utf-8", errors="replace")
            found += [(str(file.relative_to(ROOT)), name) for name in REGISTRIES if name in content]
            if len(ROOT.parts) > 2 and f"{ROOT}/" in content:
                found.append((str(file.relative_to(ROOT)), str(ROOT)))
    assert found == []


def tracked() -> list[Path]:
    """The files of the project: those git knows or would add, or all where there is no git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False) if (ROOT / ".git").exists() else None
    if listed is not None and listed.returncode == 0:
        return [ROOT / os.fsdecode(name) for name in listed.stdout.split(b"\0") if name]
    return [file for part in FOLDERS for file in (ROOT / part).rglob("*") if "__pycache__" not in file.parts]
