"""The drawings, tables and sentences of the views Overview and Threshold, from results made by hand."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path

import pytest
from figure_batches import figure_batch

from workbench.schema import CoverageCurve, CoveragePoint, DatasetFigures, Estimate, RowFilter, ThresholdFigures
from workbench.services import Dataset, figures, thresholds
from workbench.ui.components.coverage import coverage_drawing
from workbench.ui.components.dataset_confidence import histogram_drawing
from workbench.ui.components.dataset_confusion import cell_key, matrix_css
from workbench.ui.components.dataset_figures import counts_line, unlabelled_line
from workbench.ui.components.dataset_piles import file_name, pile_html
from workbench.ui.components.dataset_scores import classes_html, predicted_html, scores_html
from workbench.ui.components.dataset_threshold import area_sentence, least_line, told_html

HOSTILE = ("<img src=x onerror=alert(1)>", '" onload="x', "</style><script>", "plain")
CURVE = CoverageCurve(
    chosen=RowFilter(),
    rows=4,
    labelled=4,
    points=(
        CoveragePoint(threshold=0.9, coverage=0.25, accuracy=1.0),
        CoveragePoint(threshold=0.4, coverage=1.0, accuracy=0.6),
    ),
    area=0.2,
    best_area=0.1,
)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(figure_batch(tmp_path / "batch", HOSTILE, 200, unlabelled=20))


@pytest.fixture
def found(dataset: Dataset) -> DatasetFigures:
    return figures(dataset)


def inside(html: str) -> str:
    return b64decode(re.findall(r"base64,([^\"]+)", html)[0]).decode()


def stand(threshold: float, coverage: float, accuracy: float | None) -> ThresholdFigures:
    return ThresholdFigures(
        threshold=threshold,
        rows=4,
        confident=round(4 * coverage),
        person=4 - round(4 * coverage),
        coverage=Estimate(value=coverage),
        accuracy=None if accuracy is None else Estimate(value=accuracy),
        person_accuracy=None,
        errors=0,
        caught=0,
        confident_rows=RowFilter(),
        person_rows=RowFilter(),
    )


def test_the_curve_and_where_the_reader_stands() -> None:
    # The drawing's plane runs from 46 to 400 across and from 176 up to 10; the axis begins a tenth below 60%,
    # or a little more, so that its marks are whole percents.
    drawn = coverage_drawing(CURVE, stand(0.5, 0.5, 0.75))
    assert 'points="134.5,10.0 400.0,137.7"' in inside(drawn)
    assert 'cx="223.0" cy="89.8"' in inside(drawn)
    assert all(f">{mark}%</text>" in inside(drawn) for mark in (48, 61, 74, 87, 100))
    assert "1.000 right on 0.250 of the rows; 0.600 right on 1.000 of the rows; here 0.750 on 0.500" in drawn
    assert "<circle" not in inside(coverage_drawing(CURVE, stand(0.95, 0.0, None)))


def test_the_curve_where_all_are_right() -> None:
    points = tuple(one.model_copy(update={"accuracy": 1.0}) for one in CURVE.points)
    drawn = coverage_drawing(CURVE.model_copy(update={"points": points}), stand(0.5, 0.5, 1.0))
    assert 'points="134.5,10.0 400.0,10.0"' in inside(drawn)
    assert all(f">{mark}%</text>" in inside(drawn) for mark in (96, 97, 98, 99, 100))
    told = told_html(stand(0.5, 0.5, 1.0), CURVE)
    assert "no row with a right label is predicted wrong" in told.lower()
    assert "0 of 0" not in told


def test_without_labels_coverage_by_threshold() -> None:
    points = tuple(one.model_copy(update={"accuracy": None}) for one in CURVE.points)
    bare = CURVE.model_copy(update={"labelled": 0, "points": points, "area": None, "best_area": None})
    drawn = coverage_drawing(bare, stand(0.5, 0.25, None))
    assert "at 0.500 it is 0.250" in drawn
    assert 'points="400.0,176.0 364.6,176.0 364.6,134.5 187.6,10.0 46.0,10.0"' in inside(drawn)
    assert 'cx="223.0" cy="134.5"' in inside(drawn)


def test_hostile_names_are_text(found: DatasetFigures) -> None:
    page = classes_html(found) + predicted_html(found) + scores_html(found)
    assert "<img" not in page
    assert "<script" not in page
    assert ' onload="' not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 3
    # A style sheet holds no name at all.
    assert not re.search(r"[<>\"]", matrix_css(found))


def test_the_colour_of_a_cell_is_the_share_of_its_row(found: DatasetFigures) -> None:
    css = matrix_css(found)
    assert "--wb-columns:4" in css
    for truth, row in enumerate(found.confusion):
        for predicted, count in enumerate(row):
            place = cell_key(truth, predicted).replace(".", "-")
            colour = "up" if truth == predicted else "down"
            rule = f".st-key-{place} button{{background:rgba(var(--wb-{colour}),{count / sum(row) * 0.55:.3f})}}"
            assert (rule in css) == bool(count)


def test_the_histogram_stacks_what_is_known(found: DatasetFigures) -> None:
    drawn = inside(histogram_drawing(found))
    bars = [one for one in found.histogram if one.rows]
    pieces = sum(bool(one.wrong) + bool(one.right) + bool(one.rows - one.right - one.wrong) for one in bars)
    assert drawn.count("<rect") == pieces
    tallest = sum(map(float, re.findall(r'height="([\d.]+)" fill', drawn)))
    most = max(one.rows for one in bars)
    assert tallest == pytest.approx(found.rows / most * 146, abs=0.05 * pieces + 0.1)


def test_bars_and_ticks(found: DatasetFigures) -> None:
    page = predicted_html(found)
    top = max([count / found.rows for count in found.predicted] + [one.rows / found.labelled for one in found.classes])
    for count, one in zip(found.predicted, found.classes, strict=True):
        assert f"width:{count / found.rows / top * 100:.1f}%" in page
        assert f"left:calc({one.rows / found.labelled / top * 100:.1f}% - 1px)" in page
        assert f"<em>{count:,}</em>" in page


def test_lines(dataset: Dataset, found: DatasetFigures) -> None:
    assert counts_line(found) == "200 rows predicted; 180 with a right label"
    scaled = figures(dataset, RowFilter(temperature=0.5))
    assert counts_line(scaled).endswith("; probabilities are scaled by a temperature of 0.50")
    asked = thresholds(dataset)
    now, curve = asked.at(0.5), asked.curve()
    told = told_html(now, curve)
    assert f"{now.caught:,} of {now.errors:,} errors ({now.caught / now.errors:.1%})" in told
    assert "of the 180 rows with a right label" in told
    assert f"and {now.errors / 180:.1%} if confidence said nothing" in area_sentence(now, curve)
    assert least_line(None, 99.5) == "No threshold reaches 99.5% on these rows."
    assert f'<span class="wb-big">{now.confident:,}</span> rows' in pile_html(now, confident=True)
    assert f"{now.caught:,} errors" in pile_html(now, confident=False)


def test_why_there_are_no_figures(tmp_path: Path) -> None:
    bare = figures(Dataset(figure_batch(tmp_path / "bare", HOSTILE, 30, unlabelled=30)))
    assert unlabelled_line(bare).startswith("No row has a right label, so there is the distribution")
    other = bare.model_copy(update={"unknown": 30, "errors": 2})
    assert unlabelled_line(other).startswith("The labels of the file are none of the checkpoint's (<img")
    assert counts_line(other).endswith(
        "30 with a label that the checkpoint does not know; 2 that could not be predicted"
    )


def test_names_of_files(tmp_path: Path) -> None:
    named = Dataset(figure_batch(tmp_path / "a 'b';\nc", HOSTILE, 5))
    assert file_name(named, True, ".csv") == "a-b-c-confident.csv"
    assert file_name(named, False, ".parquet") == "a-b-c-for-a-person.parquet"
