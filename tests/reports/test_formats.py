from __future__ import annotations

import csv
import io
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from workbench import Report, explain, save_report
from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.explainers import METHODS
from workbench.reports import FORMATS
from workbench.reports.explanation_json import document
from workbench.tables import defused

HOSTILE = (
    "good food, the room was cold",
    "<script>alert(1)</script> <img src=x onerror=alert(1)> room",
    '=HYPERLINK("http://x") +1 -2 @good',
    "good 👩‍👩‍👧 e\u0301 שלום \x00 \x1b[2J \u202e \u2028 room",
    '"quoted", comma; semicolon\r\nand lines',
    "the food was very good " * 30,
)
METHODS_USED = ("shap", "lime", "attention-rollout")


def report(checkpoint: Checkpoint, text: str, **settings: Any) -> Report:
    return explain(checkpoint, text, METHODS_USED, **{"target": "expected", "budget": 30} | settings)


@pytest.fixture(scope="module")
def plain(tiny: Checkpoint) -> Report:
    return report(tiny, "The food was good, but we hated the cold room and the staff")


def test_the_json_has_the_keys_of_its_schema_and_no_others(plain: Report, tiny: Checkpoint) -> None:
    whole = document(plain)
    assert list(whole) == ["schema", "text", "checkpoint", "prediction", "explanations", "trust", "provenance"]
    assert whole["schema"] == "workbench.explanation/1"
    assert whole["text"] == plain.prediction.text
    assert list(whole["checkpoint"]) == ["name", "fingerprint", "architecture", "labels"]
    assert whole["checkpoint"]["labels"] == list(tiny.labels)
    keys = {"label", "probabilities", "logits", "expected_rating", "tokens_read", "unread_from", "windows"}
    added = {"tokens", "inputs", "activation", "token_limit"}
    assert set(whole["prediction"]) == keys | {"selected"} | added
    assert list(whole["prediction"]["probabilities"]) == list(whole["prediction"]["logits"]) == list(tiny.labels)
    assert whole["prediction"]["tokens_read"] == len(plain.prediction.tokens)
    assert [one["method"] for one in whole["explanations"]] == list(METHODS_USED)
    for one in whole["explanations"]:
        named = {
            "method",
            "target",
            "unit",
            "base_value",
            "full_value",
            "seed",
            "options",
            "evaluations",
            "seconds",
            "units",
        }
        assert set(one) >= named
        assert set(one) - named <= {"additive", "signed", "details", "unresolved", "provenance"}
        assert one["target"] == {"kind": "expected"}
        assert list(one["evaluations"]) == ["asked", "made"]
        assert all(list(unit) == ["text", "start", "end", "score", "spread"] for unit in one["units"])
    versions = {name: version(name) for name in ("torch", "transformers", "shap", "lime")}
    assert whole["provenance"].items() >= (versions | {"workbench": version("explainability-workbench")}).items()


def test_the_target_names_only_what_it_has(tiny: Checkpoint) -> None:
    for typed, expected in [
        ("5 stars", {"kind": "probability", "label": "5 stars"}),
        ("5 stars - 1 star", {"kind": "contrast", "label": "5 stars", "against": "1 star"}),
    ]:
        found = document(explain(tiny, "good", ["attention-rollout"], target=typed))
        assert found["explanations"][0]["target"] == expected


def test_json_is_strict_and_the_numbers_are_those_of_the_result(plain: Report) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    whole = json.loads(FORMATS[".json"].render(plain).decode("utf-8"), parse_constant=refuse)
    assert whole == json.loads(json.dumps(document(plain)))
    for one, made in zip(whole["explanations"], plain.explanations, strict=True):
        assert [unit["score"] for unit in one["units"]] == [unit.score for unit in made.units]
    assert list(whole["prediction"]["logits"].values()) == list(plain.prediction.logits)


def test_unread_text_is_told(tiny: Checkpoint) -> None:
    whole = document(report(tiny, HOSTILE[-1]))
    text = whole["text"]
    # Of 48 positions two are taken by special tokens: nine times five words, and one more.
    assert text[: whole["prediction"]["unread_from"]] == "the food was very good " * 9 + "the"
    assert whole["prediction"]["tokens_read"] == 48


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_writes_any_text(tiny: Checkpoint, tmp_path: Path, suffix: str, text: str) -> None:
    made = report(tiny, text)
    file = save_report(made, tmp_path / f"report{suffix.upper()}")
    content = file.read_bytes()
    assert content == FORMATS[suffix].render(made)
    assert len(content) > 100
    if suffix in {".html", ".md"}:
        assert b"<script>alert(1)" not in content
        assert b"<img src=x" not in content


@pytest.mark.parametrize("suffix", FORMATS)
def test_formats_describe_themselves(suffix: str) -> None:
    kind = FORMATS[suffix]
    assert kind.suffix == suffix
    assert suffix.startswith(".")
    assert suffix == suffix.lower()
    assert kind.title
    assert "/" in kind.mime


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_csv_has_one_row_a_unit(tiny: Checkpoint, text: str) -> None:
    made = report(tiny, text)
    rows = list(csv.DictReader(io.StringIO(FORMATS[".csv"].render(made).decode("utf-8"), newline="")))
    units = [(one.method, unit) for one in made.explanations for unit in one.units]
    assert len(rows) == len(units)
    for row, (method, unit) in zip(rows, units, strict=True):
        assert (row["method"], int(row["start"]), int(row["end"])) == (method, unit.start, unit.end)
        assert float(row["score"]) == unit.score
        assert row["text"].removeprefix("'") == unit.text.removeprefix("'")
        assert row["text"][:1] not in set("=+-@\t\r")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_formulas_are_defused(cell: str) -> None:
    assert defused(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["good", "", "1", "'", "a=b", "é"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert defused(cell) == cell


def test_an_unknown_suffix_lists_the_known_ones(plain: Report, tmp_path: Path) -> None:
    for name in ("report.docx", "report", ".json"):
        with pytest.raises(InputError, match=r"there is no report format for .*; use one of .*\.json"):
            save_report(plain, tmp_path / name)


def test_a_place_that_cannot_be_written_is_told(plain: Report, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written .*; name another place"):
        save_report(plain, tmp_path / "nosuch" / "report.json")


def test_a_report_is_the_same_again_after_json(plain: Report) -> None:
    assert Report.model_validate_json(plain.model_dump_json()) == plain
    assert set(METHODS_USED) <= set(METHODS)
