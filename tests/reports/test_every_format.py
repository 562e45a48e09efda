"""Every registered format writes every kind of result, whatever its texts, labels, names and notes say."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import file_reports
import pytest
from markdown_it import MarkdownIt
from report_samples import HOSTILE

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.explainers import METHODS
from workbench.reports import FORMATS, Subject, View
from workbench.schema import Comparison, Report, SavedRun, SavedRuns
from workbench.services import (
    compare,
    compare_file,
    entities_report,
    explain,
    explain_difference,
    explain_entity,
    find_entities,
    most_disagreeing,
    words_of,
)
from workbench.tables import Row

# One each of markup, Markdown, references, typst, hidden signs, formulas and other scripts.
TEXT = "\n".join(text for text in HOSTILE if text)[:600] + " good room"
LABELS = ("<img src=x onerror=alert(1)>", "=1+1", "#eval(1) *b* @someone", "שלום", "5 | \\ `stars`")
KINDS = ("explanation", "comparison", "runs", "entity", "entities", "file")
TAGS = ("O", "B-<b>PER</b>", "B-=1+1")


@pytest.fixture(scope="module")
def subjects(make_checkpoint: Callable[..., Path]) -> dict[str, Subject]:
    """One of each kind, with hostile texts everywhere that a user can put one."""
    places = [make_checkpoint(LABELS, seed=seed, limit=300) for seed in (1, 2)]
    first, second = (load_checkpoint(str(place), device="cpu") for place in places)
    report = explain(first, TEXT, ["occlusion", "lime", "attention-rollout"], budget=20, trust=True)
    comparison = compare([first, second], TEXT, method="occlusion")
    tagger = load_checkpoint(str(make_checkpoint(TAGS, seed=4, limit=300, tags=True)), device="cpu")
    entity = explain_entity(tagger, find_entities(tagger, TEXT), 0, ["occlusion", "lime"], budget=20)
    entities = entities_report(entity.prediction)
    runs = tuple(
        SavedRun(
            id=f"run-0000{place}", created=datetime(2026, 1, 2, 3, 4, place, tzinfo=UTC), result=result,
            note=TEXT, tags=(TEXT, "<b>tag</b>"), faults={"shap": "failed; <script>alert(1)</script>"},
        )
        for place, result in enumerate((report, comparison, entity, entities))
    )  # fmt: skip
    whole = SavedRuns(title=TEXT, runs=runs)
    rows = [Row(text or "good", label, text) for text, label in zip(HOSTILE, LABELS * 3, strict=False)]
    on_file = compare_file([first, second], rows)
    texts = most_disagreeing(on_file, on_file.pairs[0], 3)
    words = [explain_difference((first, second), text, target=LABELS[0]) for text in texts]
    file = on_file.model_copy(update={"words": (words_of(0, LABELS[0], words, 9),)})
    return {
        "explanation": report,
        "comparison": comparison,
        "runs": whole,
        "entity": entity,
        "entities": entities,
        "file": file_reports.hostile(file),
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_writes_every_kind_the_same_each_time(
    subjects: dict[str, Subject], suffix: str, kind: str
) -> None:
    content = FORMATS[suffix].render(subjects[kind])
    assert len(content) > 500
    assert content == FORMATS[suffix].render(subjects[kind])
    # A PDF has it as its title, which nobody runs.
    if suffix not in {".json", ".csv", ".pdf"}:
        assert b"<script>alert(1)" not in content
        assert b"<img src=x" not in content


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_view_is_shown_or_said_to_be_left_out(subjects: dict[str, Subject], suffix: str, kind: str) -> None:
    form = FORMATS[suffix]
    without, with_view = (form.render(subjects[kind], views) for views in ((), [View("Heads, layer 2", "<p>seen</p>")]))
    assert (with_view == without) == (suffix in {".json", ".csv"})
    if suffix == ".md":
        assert b"needs a browser: Heads, layer 2" in with_view


@pytest.mark.parametrize("kind", KINDS)
def test_no_cell_of_the_csv_is_a_formula(subjects: dict[str, Subject], kind: str) -> None:
    rows = list(csv.DictReader(io.StringIO(FORMATS[".csv"].render(subjects[kind]).decode("utf-8"), newline="")))
    assert rows
    for row in rows:
        for column, cell in row.items():
            if column in {"score", "spread"} and cell:
                assert float(cell) == float(cell)
            else:
                assert cell[:1] not in set("=+-@\t\r"), (column, cell)


def test_the_csv_says_whose_score_a_row_is(subjects: dict[str, Subject]) -> None:
    def read(kind: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(FORMATS[".csv"].render(subjects[kind]).decode("utf-8"), newline="")))

    report, comparison = subjects["explanation"], subjects["comparison"]
    assert isinstance(report, Report)
    assert isinstance(comparison, Comparison)
    names = [one.checkpoint.name for one in comparison.checkpoints]
    units = [len(one.explanation.units) for one in comparison.checkpoints]
    difference = comparison.pairs[0].difference
    assert difference is not None
    expected = [*[names[0]] * units[0], *[names[1]] * units[1], *[" - ".join(names)] * len(difference.units)]
    assert [row["checkpoint"] for row in read("comparison")] == expected
    assert [float(row["score"]) for row in read("comparison")] == [
        unit.score for one in (*(side.explanation for side in comparison.checkpoints), difference) for unit in one.units
    ]
    own = sum(len(one.units) for one in report.explanations)
    named = [len(read(kind)) for kind in ("entity", "entities")]
    counts = [own, len(expected), *named]
    assert [row["run"] for row in read("runs")] == [
        f"run-0000{place}" for place, count in enumerate(counts) for _ in range(count)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_markdown_has_no_markup_but_ours(subjects: dict[str, Subject], kind: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(FORMATS[".md"].render(subjects[kind]).decode("utf-8"))
    assert {token.type for token in tokens} & {"html_block", "fence", "code_block", "hr", "ordered_list_open"} == set()
    inner = {child.type for token in tokens for child in token.children or ()}
    assert inner <= {"text", "softbreak", "hardbreak", "strong_open", "strong_close", "em_open", "em_close"}


def test_formats_tell_the_same_numbers(tiny: Checkpoint) -> None:
    """What the page shows stands in every format that people read."""
    report = explain(tiny, "The food was good, but we hated the cold room", ["occlusion"], target="expected")
    (explanation,) = report.explanations
    strongest = max(explanation.units, key=lambda unit: abs(unit.score))
    for suffix in (".html", ".md"):
        content = FORMATS[suffix].render(report).decode("utf-8")
        assert f"{strongest.score:+.3f}" in content
        assert f"confidence {report.prediction.confidence:.2f}" in content
        assert METHODS["occlusion"].title in content
    (told,) = json.loads(FORMATS[".json"].render(report))["explanations"]
    assert [unit["score"] for unit in told["units"]] == [unit.score for unit in explanation.units]
