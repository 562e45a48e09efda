"""The logic of the benchmark on rows made by hand; the data itself is not needed."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from workbench.checkpoints import Checkpoint
from workbench.explainers import METHODS
from workbench.pipeline import classify_many
from workbench.schema import Span
from workbench.text import words

DATA = """\
text_id,sentence,original_label,label,rationale_index,rationale_binary,annotator_ID
7,"Good, good food!",positive,positive,"[0]","[1, 0, 0]",1
7,"Good, good food!",positive,positive,"[0, 2]","[1, 0, 1]",2
7,"Good, good food!",positive,negative,"[1]","[0, 1, 0]",3
8,"The ""best"" waiter",positive,no sentiment,"[2]","[0, 0, 1]",1
"""


@pytest.fixture(scope="module")
def rationales() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("rationales", Path(__file__).with_name("rationales.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Where dataclasses look up the names in their annotations.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = tmp_path / "data.csv"
    file.write_text(DATA, encoding="utf-8")
    return file


def test_lines_of_one_sentence_stand_together(rationales: ModuleType, data: Path) -> None:
    first, second = rationales.read_annotations(data)
    assert [one.label for one in first] == ["positive", "positive", "negative"]
    assert first[1].marks == (True, False, True)
    assert second == [rationales.Marked('The "best" waiter', "no sentiment", (False, False, True))]


def test_a_mask_that_does_not_fit_is_refused(rationales: ModuleType, data: Path) -> None:
    data.write_text(DATA.replace("[1, 0, 0]", "[1, 0]"), encoding="utf-8")
    with pytest.raises(ValueError, match="text 7"):
        rationales.read_annotations(data)


def test_most_annotators_decide_and_half_of_them_mark(rationales: ModuleType, data: Path) -> None:
    first, second = rationales.read_annotations(data)
    assert rationales.merged(first) == rationales.Marked("Good, good food!", "positive", (True, False, True))
    assert rationales.merged(second) is None


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([("negative", (1, 0)), ("positive", (1, 0))], id="a tie"),
        pytest.param([("negative", (1, 0)), ("negative", (0, 1)), ("negative", (0, 0))], id="no piece marked by half"),
        pytest.param([("negative", (1, 1))], id="all marked"),
    ],
)
def test_sentences_that_leave_nothing_to_rank(rationales: ModuleType, given: list[tuple[str, tuple[int, int]]]) -> None:
    people = [rationales.Marked("so bad", label, tuple(map(bool, marks))) for label, marks in given]
    assert rationales.merged(people) is None


@pytest.mark.parametrize(
    ("text", "marks", "expected"),
    [
        # A word that occurs twice is marked where it stands; attached punctuation is not compared.
        ("Good, good food!", (0, 1, 0), {"Good": [False], "good": [True], "food": [False], ",": [None], "!": [None]}),
        ("it isn't bar-b-que", (0, 1, 1), {"it": [False], "isn't": [True], "b": [True], "-": [None, None]}),
        # A piece without letters was marked as it is.
        ("great  :) !!!", (0, 1, 0), {"great": [False], "!!!": [False]}),
        ("only 11$", (0, 1), {"only": [False], "11": [True], "$": [None]}),
    ],
)
def test_marks_come_onto_words_by_place(
    rationales: ModuleType, text: str, marks: tuple[int, ...], expected: dict[str, list[bool | None]]
) -> None:
    units = words(text)
    found = rationales.marks_of_units(rationales.Marked(text, "positive", tuple(map(bool, marks))), units)
    pieces = [unit.of(text) for unit in units]
    assert {piece: [mark for name, mark in zip(pieces, found, strict=True) if name == piece] for piece in expected} == (
        expected
    )


def test_signs_that_stand_alone_carry_the_mark_of_their_piece(rationales: ModuleType) -> None:
    row = rationales.Marked("great :)", "positive", (False, True))
    assert rationales.marks_of_units(row, [Span(start=0, end=5), Span(start=6, end=7), Span(start=7, end=8)]) == [
        False,
        True,
        True,
    ]


def test_average_precision_by_hand(rationales: ModuleType) -> None:
    # Ranked: marked, not, marked. Precision 1 at recall 1/2, then 2/3 at recall 1.
    assert rationales.average_precision([0.9, -0.5, 0.4], [True, True, False]) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    # A unit without a mark takes no part, however high it scores; its score must not move the others.
    assert rationales.average_precision([0.1, 9.0, 0.2], [False, None, True]) == 1.0


def test_random_orders_come_near_what_they_are_expected_to_have(rationales: ModuleType) -> None:
    marks = [True, False, False, None]
    # The marked one of three is first, second or third with the same chance.
    expected = (1 + 1 / 2 + 1 / 3) / 3
    assert rationales.random_precision(marks, (0,), draws=4000) == pytest.approx(expected, abs=0.02)
    assert rationales.random_precision(marks, (0,)) == rationales.random_precision(marks, (0,))
    assert rationales.prevalence(marks) == pytest.approx(1 / 3)


def test_a_larger_sample_begins_with_the_smaller_one(rationales: ModuleType) -> None:
    rows = [rationales.Marked(f"text {number}", "positive", (True, False)) for number in range(9)]
    assert rationales.sample(rows, 3, 5) == rationales.sample(rows, 6, 5)[:3]
    assert sorted(row.text for row in rationales.sample(rows, 99, 5)) == [row.text for row in rows]
    assert rationales.sample(rows, 9, 5) != rationales.sample(rows, 9, 6)


def test_a_cell_says_what_it_is_a_mean_of(rationales: ModuleType) -> None:
    assert rationales.cell([0.25, 0.25, 0.25], 0) == "0.25 (0.25 to 0.25)"
    assert rationales.cell([0.5, None, 0.5], 0) == "0.50 (0.50 to 0.50, 2 rows)"
    assert rationales.cell([0.0, 1.0], 0) == "0.50 (0.00 to 1.00)"
    assert rationales.cell([-0.001, -0.001], 0) == "0.00 (0.00 to 0.00)"
    assert rationales.cell([0.5, None], 0) == "–"


def test_the_table_has_a_line_a_method(rationales: ModuleType) -> None:
    figures = {
        "random order": [{"average precision": 0.5}, {"average precision": 0.5}],
        "SHAP": [
            {"average precision": 1.0, "above random": 0.5, "faithfulness": None, "seconds": seconds}
            for seconds in (0.0, 2.0, 30.0)
        ],
    }
    head, rule, chance, method = rationales.table(figures, 0).splitlines()
    assert head.count("|") == rule.count("|") == chance.count("|") == method.count("|")
    assert chance == "| random order | 0.50 (0.50 to 0.50) | – | – | – | – | – |"
    assert method == "| SHAP | 1.00 (1.00 to 1.00) | 0.50 (0.50 to 0.50) | – | – | – | 2.00 |"


def test_only_the_marked_section_is_replaced(rationales: ModuleType) -> None:
    document = (
        "before\n<!-- table: other -->\nkept\n<!-- end -->\n<!-- table: rationales -->\nold\n<!-- end -->\nafter\n"
    )
    new = rationales.replaced(document, "new\nlines")
    assert new == document.replace("\nold\n", "\nnew\nlines\n")
    assert rationales.replaced(new, "old") == document


@pytest.mark.parametrize("document", ["", "<!-- table: rationales -->\n", "<!-- end -->\n<!-- table: rationales -->"])
def test_a_document_without_the_section_is_refused(rationales: ModuleType, document: str) -> None:
    with pytest.raises(ValueError, match="no section"):
        rationales.replaced(document, "new")


def test_a_checkpoint_with_other_labels_is_refused(
    rationales: ModuleType, tiny: Checkpoint, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "methods.md"
    document.write_text("<!-- table: rationales -->\n<!-- end -->\n", encoding="utf-8")
    monkeypatch.setattr(rationales, "load_checkpoint", lambda name: tiny)
    outcome = CliRunner().invoke(rationales.main, ["--data", str(data), "--output", str(document)])
    assert outcome.exit_code == 1
    assert "choose a checkpoint with the labels" in outcome.output
    assert document.read_text("utf-8") == "<!-- table: rationales -->\n<!-- end -->\n"


@pytest.mark.slow
def test_the_command_measures_every_method_where_the_model_is_right(
    rationales: ModuleType, tiny_bpe: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["good food", "the food was bad", "very good staff", "i hated it"]
    labels = [one.label.lower() for one in classify_many(tiny_bpe, texts)]
    labels[0] = next(label for label in rationales.LABELS if label != labels[0])
    lines = ["text_id,sentence,label,rationale_binary"]
    for number, (text, label) in enumerate(zip(texts, labels, strict=True)):
        marks = [0] * (len(text.split()) - 1) + [1]
        lines.append(f'{number},{text},{label},"{marks}"')
    data, document = tmp_path / "data.csv", tmp_path / "methods.md"
    data.write_text("\n".join(lines), encoding="utf-8")
    document.write_text("a\n<!-- table: rationales -->\n<!-- end -->\nb\n", encoding="utf-8")
    monkeypatch.setattr(rationales, "load_checkpoint", lambda name: tiny_bpe)
    arguments = ["--data", str(data), "--output", str(document), "--budget", "20"]
    outcome = CliRunner().invoke(rationales.main, arguments)
    assert outcome.exit_code == 0, outcome.output
    written = document.read_text("utf-8")
    assert "3 sentences: of 4 in the data 4 can be used, 4 of them were drawn with seed 0, and 1 were left" in written
    assert [name for name in METHODS if f"| {METHODS[name].title} |" not in written] == []
