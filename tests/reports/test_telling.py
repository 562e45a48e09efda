from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import subjects

from workbench import Comparison, Report
from workbench.checkpoints import Checkpoint
from workbench.explainers import METHODS
from workbench.reports.document import Cell, Chart, ChipKind, Chips, Document, Heat, PieceKind, Rating, Table
from workbench.reports.json_report import subject_document
from workbench.reports.telling import tell
from workbench.reports.telling.marking import heat_row
from workbench.reports.telling.provenance import compare_command, explain_command
from workbench.reports.telling.wording import method_title
from workbench.reports.telling.words import Column, words_table
from workbench.schema import CheckpointInfo, Evaluations, Explanation, Score, Span, Target, Unit

TEXT = "not so  good, sadly unread"
INFO = CheckpointInfo(name="made", fingerprint="sha256:0", architecture="None", labels=("a", "b"))


def explanation(scores: dict[str, float], *, method: str = "shap", signed: bool = True, **rest: object) -> Explanation:
    units = tuple(
        Score(text=word, start=TEXT.index(word), end=TEXT.index(word) + len(word), score=score)
        for word, score in scores.items()
    )
    return Explanation.model_validate(
        {
            "method": method,
            "unit": Unit.WORD,
            "text": TEXT,
            "units": units,
            "base_value": 0.25,
            "full_value": 0.5,
            "additive": False,
            "signed": signed,
            "seed": 0,
            "options": {},
            "evaluations": Evaluations(asked=1200, made=7),
            "seconds": 1.26,
            "target": Target(kind="probability", label="a"),
            "checkpoint": INFO,
        }
        | rest
    )


@pytest.fixture(scope="module")
def told(tiny: Checkpoint) -> Report:
    return subjects.report(tiny, trust=True)


@pytest.fixture(scope="module")
def compared(tiny: Checkpoint, tiny_other: Checkpoint) -> Comparison:
    return subjects.comparison(tiny, tiny_other)


def blocks(document: Document, kind: type) -> Iterator[object]:
    return (block for section in document.sections for block in section.blocks if isinstance(block, kind))


def test_a_row_holds_the_whole_text_with_strengths_on_the_scale() -> None:
    found = explanation({"not": -0.4, "so": 0.1, "good": 0.3, ",": 0.0}, unresolved=(Span(start=4, end=12),))
    row = heat_row(found, "SHAP", top=0.8, flipped={Span(start=12, end=13)})
    assert [(piece.text, piece.kind) for piece in row.pieces] == [
        ("not", PieceKind.SCORED),
        (" ", PieceKind.BETWEEN),
        ("so  good", PieceKind.PHRASE),
        (",", PieceKind.FLIPPED),
        (" sadly unread", PieceKind.UNREAD),
    ]
    assert [piece.strength for piece in row.pieces] == pytest.approx([-0.5, 0, 0.5, 0, 0])
    assert [piece.score for piece in row.pieces] == [-0.4, None, pytest.approx(0.4), 0.0, None]
    assert row.notes[:2] == ("1,200 asked, 7 made, 1.3 s", "from 0.2500 to 0.5000 here")


def test_what_a_method_measured_of_itself_is_said() -> None:
    notes = {
        "local fit R² 0.87": {"r2": 0.871},
        "delta under 0.001 after 32 steps": {"delta": 0.0004, "steps": 32, "converged": "yes"},
        "delta 0.012 after 8 steps, above the tolerance": {"delta": -0.0123, "steps": 8, "converged": "no"},
        "+0.100 on special tokens": {"on_special_tokens": 0.1},
    }
    for expected, details in notes.items():
        assert expected in heat_row(explanation({"not": 0.1}, details=details), "x").notes
    unsigned = explanation({"not": 0.3}, signed=False, details={"on_special_tokens": 0.1})
    assert heat_row(unsigned, "x").notes[1:] == ("not signed", "from 0.2500 to 0.5000 here", "25% on special tokens")


def test_words_are_sorted_by_strength_and_share_a_scale_where_they_have_a_sign() -> None:
    first = explanation({"not": -0.4, "so": 0.1, "good": 0.2})
    second = explanation({"not": 0.1, "so": 0.01, "good": -0.8}, method="lime")
    third = explanation({"not": 0.1, "so": 0.2}, method="attention-rollout", signed=False)
    table = words_table([Column("A", first), Column("B", second), Column("C", third)], absent="none")
    assert table.header == ("Word", "At", "A", "B", "C")
    assert [row[0].text for row in table.rows] == ["good", "not", "so"]
    assert [row[0].mark for row in table.rows] == ["signs differ", "signs differ", None]
    assert table.rows[0][1:] == (
        Cell("8", value=8),
        Cell("+0.200", value=0.2, strength=pytest.approx(0.25)),
        Cell("-0.800", value=-0.8, strength=-1.0),
        Cell("none"),
    )
    assert table.rows[1][4] == Cell("0.100", value=0.1, strength=0.5, signed=False)
    own = words_table([Column("A", first), Column("B", second)], one_scale=False, conflicts=(), most=1)
    assert [cell.strength for cell in own.rows[0]] == [None, None, 0.5, -1.0]
    assert (own.left_out, own.rows[0][0].mark) == (2, None)


def test_methods_have_the_titles_that_the_pages_show() -> None:
    assert {name: method_title(name) for name in METHODS} == {name: METHODS[name].title for name in METHODS}


def test_a_report_says_what_its_result_holds(told: Report) -> None:
    document = tell(told)
    assert document.data == subject_document(told)
    rating = next(blocks(document, Rating))
    assert isinstance(rating, Rating)
    assert rating.label == told.prediction.verdict
    assert rating.stars == (told.prediction.labels.index(told.prediction.label) + 1, 5)
    chips = next(blocks(document, Chips))
    assert isinstance(chips, Chips)
    assert [(chip.text, chip.id) for chip in chips.chips] == [(one.text, one.id) for one in told.prediction.tokens]
    assert [chip.kind is ChipKind.SPECIAL for chip in chips.chips] == [one.special for one in told.prediction.tokens]
    heat = next(blocks(document, Heat))
    assert isinstance(heat, Heat)
    assert [row.name for row in heat.rows] == ["SHAP", "LIME", "Attention rollout"]
    assert all("".join(piece.text for piece in row.pieces) == told.prediction.text for row in heat.rows)
    assert told.trust is not None
    said = repr(document.sections)
    for sentence in (told.trust.verdict.sentence, *told.trust.verdict.cautions, told.prediction.checkpoint.fingerprint):
        assert repr(sentence)[1:-1] in said
    assert len(list(blocks(document, Chart))) == 1


def test_without_an_assessment_nothing_of_it_is_told(told: Report) -> None:
    titles = [section.title for section in tell(told.model_copy(update={"trust": None})).sections]
    assert titles == ["The text", "Verdict", "How the model got there", "Why", "Words by methods", "Provenance"]


def test_without_explanations_the_prediction_is_told(told: Report) -> None:
    bare = told.model_copy(update={"trust": None, "explanations": ()})
    assert [section.title for section in tell(bare).sections][-2:] == ["How the model got there", "Provenance"]


def test_labels_that_are_judged_one_by_one_are_told_so(tiny_multi: Checkpoint) -> None:
    rating = next(blocks(tell(subjects.report(tiny_multi, methods=("occlusion",))), Rating))
    assert isinstance(rating, Rating)
    assert rating.stars is None
    assert rating.phrases[0].endswith("labels are judged one by one")


def test_windows_and_unread_text_are_told(tiny: Checkpoint) -> None:
    text = "the food was very good " * 30
    cut = tell(subjects.report(tiny, text, methods=("occlusion",)))
    assert "Not read: the model stops after 48 tokens, at character 210 of 690." in repr(cut)
    whole = subjects.report(tiny, text, methods=("occlusion",), windows=True)
    tables = [block for block in blocks(tell(whole), Table) if block.header[0] == "Window"]  # type: ignore[attr-defined]
    assert len(tables) == 1
    assert len(tables[0].rows) == len(whole.prediction.windows) > 1  # type: ignore[attr-defined]
    assert len(list(blocks(tell(whole), Chips))) == len(whole.prediction.windows)


def test_a_comparison_says_who_differs_and_why(compared: Comparison) -> None:
    document = tell(compared)
    assert document.data == subject_document(compared)
    names = [one.checkpoint.name for one in compared.checkpoints]
    heats = list(blocks(document, Heat))
    assert [row.name for heat in heats for row in heat.rows] == [*names, " − ".join(names)]  # type: ignore[attr-defined]
    assert [section.title for section in document.sections if section.level == 3] == [*names, " − ".join(names)]
    table = next(block for block in blocks(document, Table) if block.header[:2] == ("Word", "At"))  # type: ignore[attr-defined]
    assert isinstance(table, Table)
    assert table.header[2:] == (*names, "Difference")


def test_saved_runs_are_told_in_short(told: Report, compared: Comparison) -> None:
    document = tell(subjects.runs(told, compared, tags=("hotel", "cold")))
    assert document.title == "Runs: to be read by the owner"
    assert [section.title for section in document.sections if section.level == 2] == [
        "Overview",
        f"Run 1: {subjects.PLAIN}",
        f"Run 2: {subjects.PLAIN}",
    ]
    table = document.sections[0].blocks[0]
    assert isinstance(table, Table)
    assert [cell.text for cell in table.rows[0]][:3] == ["1", "2026-03-04 05:06 UTC", subjects.PLAIN]
    assert [cell.text for cell in table.rows[0]][-2:] == ["to be read by the owner", "hotel, cold"]


@pytest.mark.parametrize("text", [subjects.PLAIN, "-- 'quoted' $HOME `food` \"was\" good\\", "- good", "good\nfood"])
def test_the_command_makes_the_same_report_again(
    tiny: Checkpoint, text: str, tmp_path: Path, run_cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = subjects.report(tiny, text, methods=("lime", "occlusion"), target="5 stars - 1 star", seed=3, unit="token")
    again = _rerun(explain_command(made), text, run_cli, tmp_path, monkeypatch)
    for one, found in zip(again["explanations"], made.explanations, strict=True):
        assert (one["method"], one["seed"], one["options"]) == (found.method, 3, found.options)
        assert one["target"] == {"kind": "contrast", "label": "5 stars", "against": "1 star"}
        assert _scores(one) == pytest.approx([unit.score for unit in found.units], abs=1e-5)


def test_the_command_makes_the_same_comparison_again(
    compared: Comparison, tmp_path: Path, run_cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    again = _rerun(compare_command(compared), compared.text, run_cli, tmp_path, monkeypatch)
    for one, found in zip(again["checkpoints"], compared.checkpoints, strict=True):
        assert _scores(one["explanation"]) == pytest.approx([u.score for u in found.explanation.units], abs=1e-5)
    difference = compared.pairs[0].difference
    assert difference is not None
    assert _scores(again["pairs"][0]["difference"]) == pytest.approx([u.score for u in difference.units], abs=1e-5)


def _rerun(
    command: str, text: str, run_cli: Callable[..., Any], place: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    monkeypatch.chdir(place)
    words = shlex.split(command)
    assert words[0] == "workbench"
    reads_file = words[-2:] == ["<", "review.txt"]
    done = run_cli(*(words[1:-2] if reads_file else words[1:]), stdin=text.encode() if reads_file else b"")
    assert done.status == 0, done.err
    found: dict[str, Any] = json.loads((place / "again.json").read_bytes())
    return found


def _scores(document: dict[str, Any]) -> list[float]:
    return [unit["score"] for unit in document["units"]]
