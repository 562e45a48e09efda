"""A comparison on a file told: what is written is what was counted by other means, and the command makes it again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shlex
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import file_reports
import numpy as np
import pytest
from scipy import stats

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.file_view import short_names
from workbench.pipeline import classify_many
from workbench.reports import FORMATS
from workbench.reports.charts import LIGHT
from workbench.reports.document import Cell, Chart, Document, Facts, Paragraph, Section, Table, Tone
from workbench.reports.file_comparison import file_document, read_comparison_json
from workbench.reports.reading import read_report
from workbench.reports.reliability_chart import reliability_chart
from workbench.reports.telling import tell
from workbench.reports.telling.file_pairs import MOST_ROWS
from workbench.reports.telling.file_provenance import file_command
from workbench.schema import FileComparison, Measure

PARTS = [
    "Verdict",
    "How good each is",
    "How surely they differ",
    "How far their confidence can be believed",
    "Where they differ",
    "Which words go with the disagreement",
    "Rows left out",
    "Provenance",
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return file_reports.written(tmp_path_factory.mktemp("told"))


@pytest.fixture(scope="module")
def found(file: Path, tiny: Checkpoint, tiny_other: Checkpoint) -> FileComparison:
    return file_reports.compared(file, tiny, tiny_other, reviews=3)


@pytest.fixture(scope="module")
def document(found: FileComparison) -> Document:
    return tell(found)


def part(document: Document, title: str) -> Section:
    return next(section for section in document.sections if section.title == title)


def tables(section: Section) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)]


def texts(section: Section) -> list[str]:
    return [block.text for block in section.blocks if isinstance(block, Paragraph)]


def short(checkpoint: Checkpoint) -> str:
    assert len(checkpoint.name) > 28
    return f"…{checkpoint.name[-27:]}"


def row_of(table: Table, name: str) -> list[Cell]:
    return next(list(row[1:]) for row in table.rows if row[0].text == name)


def answers(checkpoint: Checkpoint) -> tuple[list[str], np.ndarray]:
    """Labels and expected ratings of all rows, by the pipeline of single texts."""
    said = classify_many(checkpoint, [*(text for text, _ in file_reports.lines()), "good"])
    return [one.label for one in said], np.array([np.dot(one.probabilities, range(1, 6)) for one in said])


def test_its_parts(document: Document, found: FileComparison, tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    assert [section.title for section in document.sections] == PARTS
    assert document.title == f"{tiny.name} and {tiny_other.name} compared on reviews.csv"
    assert document.subtitle.startswith("On 71 reviews, by Workbench ")
    assert document.data == file_document(found)


def test_the_figures_are_those_counted_by_hand(document: Document, tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    (table,) = tables(part(document, "How good each is"))
    assert table.header == ("Figure", short(tiny), short(tiny_other))
    stars = [int(label) for _, label in file_reports.lines()]
    rights = []
    for checkpoint, accuracy, near, off in zip(
        (tiny, tiny_other),
        row_of(table, "Accuracy"),
        row_of(table, "Within one star"),
        row_of(table, "Stars off, lower is better"),
        strict=True,
    ):
        labels, expected = answers(checkpoint)
        # The last row has a label that is none, so it is in no figure.
        given = [int(label[0]) for label in labels[:-1]]
        hits = sum(one == other for one, other in zip(given, stars, strict=True))
        rights.append(hits)
        ends = stats.binomtest(hits, 70).proportion_ci(method="wilson")
        assert accuracy.text == f"{hits / 70:.3f} ({ends.low:.3f} to {ends.high:.3f})"
        close = sum(abs(one - other) <= 1 for one, other in zip(given, stars, strict=True))
        ends = stats.binomtest(close, 70).proportion_ci(method="wilson")
        assert near.text == f"{close / 70:.3f} ({ends.low:.3f} to {ends.high:.3f})"
        errors = np.abs(expected[:-1] - stars)
        low, high = stats.t.interval(0.95, 69, loc=errors.mean(), scale=stats.sem(errors))
        assert off.text == f"{errors.mean():.3f} ({low:.3f} to {high:.3f})"
    marks = [cell.mark for cell in row_of(table, "Accuracy")]
    assert marks == ["best" if hits == max(rights) > min(rights) else None for hits in rights]
    assert row_of(table, "Reviews")[0].text == "70 of 71 with a label it knows"


def test_what_they_differ_in(document: Document, found: FileComparison) -> None:
    (pair,) = found.pairs
    (table,) = tables(part(document, "How surely they differ"))
    assert [row[0].text for row in table.rows] == [
        "Accuracy",
        "Within one star",
        "Stars off",
        "Macro F1",
        "Calibration error",
    ]
    for row, one in zip(table.rows, pair.differences, strict=True):
        assert (row[1].value, row[2].value, row[3].value) == (one.first, one.second, one.value)
        assert row[4].text == f"{one.low:+.3f} to {one.high:+.3f}"
        assert row[-1].text == (f"better: …{one.better[-27:]}" if one.better else "not shown")
    assert pair.sentence.split(" (")[0][1:] in texts(part(document, "Verdict"))[0]


def test_the_matrix_and_the_most_disputed_reviews(document: Document, tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    section = part(document, "Where they differ")
    matrix, disputed = tables(section)
    labels, expected = zip(*map(answers, (tiny, tiny_other)), strict=True)
    counts = Counter(zip(*labels, strict=True))
    assert matrix.matrix
    assert matrix.header == ("", *tiny_other.labels)
    for row, label in zip(matrix.rows, tiny.labels, strict=True):
        assert row[0].text == label
        assert [cell.value for cell in row[1:]] == [counts[label, other] for other in tiny_other.labels]
        for cell, other in zip(row[1:], tiny_other.labels, strict=True):
            assert cell.value == 0 or ((cell.strength or 0) > 0) is (label == other)
    agreed = sum(one == other for one, other in zip(*labels, strict=True))
    assert texts(section)[0].startswith(f"They agree on {agreed / 71:.1%} of 71 reviews.")
    apart = np.abs(expected[0] - expected[1])
    order = sorted(range(71), key=lambda place: -apart[place])
    assert MOST_ROWS == 50
    assert len(disputed.rows) == 50
    assert disputed.left_out == int((apart > 0).sum()) - 50
    assert [row[2].value for row in disputed.rows] == pytest.approx(list(apart[order[:50]]), abs=1e-5)
    given = [*(text for text, _ in file_reports.lines()), "good"]
    # The rows that could not be used are counted too.
    numbers = {text: place for place, text in enumerate(given[:-1], 1)} | {"good": 72}
    assert {row[0].text: row[1].value for row in disputed.rows} == {
        row[0].text: numbers[row[0].text] for row in disputed.rows
    }
    for row in disputed.rows:
        place = given.index(row[0].text)
        assert row[3].text.startswith(labels[0][place])
        wanted = "nine" if place == 70 else str(place % 5 + 1)
        assert row[5].text == wanted
        assert row[3].mark == (None if place == 70 else "right" if labels[0][place][0] == wanted else "wrong"), row[
            0
        ].text


def test_reliability_is_drawn_and_written(document: Document, tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    section = part(document, "How far their confidence can be believed")
    (chart,) = [block for block in section.blocks if isinstance(block, Chart)]
    assert chart.svg.startswith("<svg")
    assert chart.svg != chart.dark
    assert "http" not in chart.svg.replace("http://www.w3.org/", "")
    (table,) = tables(section)
    stars = [label for _, label in file_reports.lines()]
    for column, checkpoint in enumerate((tiny, tiny_other), 1):
        said = classify_many(checkpoint, [text for text, _ in file_reports.lines()])
        bins: dict[int, list[bool]] = {}
        for one, star in zip(said, stars, strict=True):
            bins.setdefault(min(int(one.confidence * 15), 14), []).append(one.label[0] == star)
        wanted = {f"{b / 15:.2f} to {(b + 1) / 15:.2f}": f"{np.mean(r):.2f} of {len(r)}" for b, r in bins.items()}
        assert {row[0].text: row[column].text for row in table.rows if row[column].text} == wanted
    assert len(re.findall("<path|<circle", chart.svg)) >= len(table.rows)


def test_names_in_a_drawing_stay_as_they_are(found: FileComparison) -> None:
    side = found.checkpoints[0]
    named = side.model_copy(
        update={"checkpoint": side.checkpoint.model_copy(update={"name": 'v1.23456 class="x" <b>'})}
    )
    drawn = reliability_chart([named]).svg
    assert 'v1.23456 class="x" &lt;b&gt;' in drawn.replace("&quot;", '"')
    hostile = reliability_chart(file_reports.hostile(found).checkpoints[:1]).svg
    assert "\x00" not in hostile
    assert "<img" not in hostile
    assert LIGHT.ink in drawn


def test_words(document: Document, found: FileComparison) -> None:
    (words,) = found.words
    section = part(document, "Which words go with the disagreement")
    (table,) = tables(section)
    first, second = (f"…{name[-27:]}" for name in found.names(found.pairs[0]))
    some = [one for one in words.totals if one.total][:40]
    assert [(row[0].text, row[1].value, row[5].text) for row in table.rows] == [
        (one.word, one.total, first if one.total > 0 else second) for one in some
    ]
    assert table.left_out == len(words.totals) - len(some)
    assert "by Occlusion, added up over the 3 reviews" in texts(section)[0]


def test_rows_that_were_left_out(document: Document) -> None:
    reasons, rows, unknown = tables(part(document, "Rows left out"))
    assert {row[0].text: row[1].value for row in reasons.rows} == {
        "there is no text in it": 2,
        "it has 3 columns and the header 2": 1,
    }
    assert [row[0].value for row in rows.rows] == [71, 73, 74]
    assert rows.left_out == 0
    assert {row[0].text for row in unknown.rows} == {"nine"}


def test_where_it_is_from(document: Document, file: Path, tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    section = part(document, "Provenance")
    facts = [row for block in section.blocks if isinstance(block, Facts) for row in block.rows]
    assert ("SHA-256", hashlib.sha256(file.read_bytes()).hexdigest()) in facts
    assert [value for name, value in facts if name == "Fingerprint"] == [tiny.fingerprint, tiny_other.fingerprint]
    said = dict(facts)
    assert (said["File"], said["Text"], said["Label"], said["Rows"]) == (
        "reviews.csv",
        "text",
        "rating",
        "71 of 74 read",
    )
    assert (said["Seed"], said["Bootstrap"]) == ("0", "2,000 draws")
    (scale,) = tables(section)
    assert [(row[0].text, row[2].value, row[3].value) for row in scale.rows[:5]] == [
        (label, place + 1, place / 4) for place, label in enumerate(tiny.labels)
    ]


def test_the_command_makes_it_again(
    found: FileComparison,
    file: Path,
    run_cli: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews.csv").write_bytes(file.read_bytes())
    command = file_command(found)
    assert command is not None
    words = shlex.split(command)
    assert words[:2] == ["workbench", "compare"]
    assert "--scale" not in words
    assert words[-4:] == ["--words", "3", "--output", "again.json"]
    assert run_cli(*words[1:]).status == 0
    again = read_comparison_json((tmp_path / "again.json").read_bytes())
    assert (again.rows, again.pairs, again.source) == (found.rows, found.pairs, found.source)
    totals = [{one.word: one.total for one in words.totals} for words in (again.words[0], found.words[0])]
    assert totals[0] == pytest.approx(totals[1], abs=1e-6)


def test_a_scale_given_is_in_the_command(file: Path, tiny: Checkpoint, tiny_bpe: Checkpoint) -> None:
    found = file_reports.compared(file, tiny, tiny_bpe)
    side = found.checkpoints[1].model_copy(update={"places": (0.25, 0.75)})
    command = file_command(found.model_copy(update={"checkpoints": (found.checkpoints[0], side)}))
    assert command is not None
    assert shlex.split(command)[-4:-2] == ["--scale", f"{tiny_bpe.name}:NEGATIVE=0.25,POSITIVE=0.75"]
    assert file_command(found.model_copy(update={"source": None})) is None


def test_three_checkpoints_have_three_parts(
    file: Path, tiny: Checkpoint, tiny_other: Checkpoint, tiny_bpe: Checkpoint
) -> None:
    found = file_reports.compared(file, tiny, tiny_other, tiny_bpe)
    document = tell(found)
    below = [section.title for section in document.sections if section.level == 3]
    assert below == [" − ".join(found.names(pair)) for pair in found.pairs]
    (table,) = tables(part(document, "How good each is"))
    assert [cell.text for cell in row_of(table, "Accuracy")][2] == "none"
    unlike = part(document, below[1])
    assert not any(cell.signed for row in tables(unlike)[0].rows for cell in row[1:])
    assert "place on a scale" in " ".join(texts(unlike)) or "places on a scale" in " ".join(texts(unlike))


def test_many_labels_are_listed_in_place_of_a_matrix(make_checkpoint: Callable[..., Path], file: Path) -> None:
    labels = tuple(f"topic {number}" for number in range(12))
    both = [load_checkpoint(str(make_checkpoint(labels, seed=seed)), device="cpu") for seed in (1, 2)]
    found = file_reports.compared(file, *both)
    met, _ = tables(part(tell(found), "Where they differ"))
    assert not met.matrix
    assert met.header == (short(both[0]), short(both[1]), "Reviews")
    counts = sorted((count for row in found.pairs[0].confusion for count in row if count), reverse=True)
    assert [row[2].value for row in met.rows] == counts[:30]
    assert met.left_out == max(0, len(counts) - 30)


def test_without_labels_and_without_a_file(found: FileComparison, tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    from workbench.services import compare_file
    from workbench.tables import Row

    bare = compare_file([tiny, tiny_other], [Row(text, None, text) for text, _ in file_reports.lines(5)])
    document = tell(bare)
    titles = [section.title for section in document.sections]
    assert titles == ["Verdict", "How good each is", "Where they differ", "Provenance"]
    assert "They agree on" in texts(part(document, "Verdict"))[0]
    facts = {
        name: value
        for block in part(document, "Provenance").blocks
        if isinstance(block, Facts)
        for name, value in block.rows
    }
    assert facts["Make it again"] == "the rows were given from Python"
    same = bare.model_copy(update={"pairs": (bare.pairs[0].model_copy(update={"amounts": (0.0,) * 5}),)})
    assert "There is no review on which they disagree." in texts(part(tell(same), "Where they differ"))


def test_a_cancelled_one_says_so_first(found: FileComparison) -> None:
    part_ = found.model_copy(update={"partial": True, "asked": 100, "notes": ("cancelled: 71 of 100 rows", "a note")})
    verdict = part(tell(part_), "Verdict")
    first = verdict.blocks[0]
    assert isinstance(first, Paragraph)
    assert first.tone is Tone.WARNING
    assert first.text.startswith("Cancelled: 71 of 100 reviews")
    assert len([text for text in texts(verdict) if "ancelled" in text]) == 1
    assert "a note." in texts(verdict)


@pytest.mark.parametrize("suffix", [".json", ".html"])
def test_it_is_read_back_the_same(found: FileComparison, suffix: str) -> None:
    for one in (found, file_reports.hostile(found)):
        assert read_report(FORMATS[suffix].render(one)) == one


def test_a_document_from_before_is_read_and_written_the_same(found: FileComparison) -> None:
    older = file_document(found)
    del older["words"], older["source"]["sha256"]
    for side in older["checkpoints"]:
        del side["intervals"]
    content = json.dumps(older).encode()
    again = read_report(content)
    assert isinstance(again, FileComparison)
    assert file_document(again) == older
    assert [section.title for section in tell(again).sections] == [one for one in PARTS if "words" not in one]


def test_every_pair_is_in_the_csv(file: Path, tiny: Checkpoint, tiny_other: Checkpoint, tiny_bpe: Checkpoint) -> None:
    found = file_reports.compared(file, tiny, tiny_other, tiny_bpe)
    rows = list(csv.reader(io.StringIO(FORMATS[".csv"].render(found).decode("utf-8"), newline="")))
    heads = [row for row in rows if row and row[0] == "row"]
    assert [head[3] for head in heads] == [f"disagreement ({pair.distance})" for pair in found.pairs]
    assert len(rows) == 3 * 72 + 2


def test_intervals_hold_their_figures(found: FileComparison) -> None:
    for side in found.checkpoints:
        assert set(side.intervals) == set(Measure)
        for measure, (low, high) in side.intervals.items():
            assert low <= high
            # A calibration error of resampled rows is higher than that of the rows themselves.
            assert measure is Measure.ECE or low <= side.figures[measure] <= high


def test_what_the_command_would_do_otherwise_is_said(found: FileComparison) -> None:
    assert found.source is not None
    source = found.source.model_copy(update={"label_column": None, "text_columns": ("x\x1b[2J",)})
    other = found.model_copy(update={"source": source, "partial": True, "asked": 99})
    note = texts(part(tell(other), "Provenance"))[-1]
    assert "The labels of “rating”, left out here, are read then." in note
    assert "this comparison was cancelled before" in note
    assert "COLUMN stand for names with signs that a terminal would act on" in note
    command = file_command(other)
    assert command is not None
    assert shlex.split(command)[4:6] == ["--text-column", "COLUMN"]
    assert "left out here" not in texts(part(tell(found), "Provenance"))[-1]


def test_names_of_one_end_stay_whole(found: FileComparison) -> None:
    long = "x" * 30
    sides = [
        side.model_copy(update={"checkpoint": side.checkpoint.model_copy(update={"name": f"{letter}{long}"})})
        for letter, side in zip("ab", found.checkpoints, strict=True)
    ]
    assert short_names(found.model_copy(update={"checkpoints": tuple(sides)})) == (f"a{long}", f"b{long}")
