"""What the Compare page shows of a file, as HTML: all text escaped, the best marked with a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.schema import FileComparison, FileSource, Measure, RowFault
from workbench.services import compare_file, disagreement_words, explain_difference
from workbench.tables import Row, Table
from workbench.ui.components.file_box import faults_html, preview_html
from workbench.ui.components.file_disagreement import confusion_html, listed
from workbench.ui.components.file_figures import figures_html, reliability_html, sentences_html
from workbench.ui.components.file_words import words_html

HOSTILE = ("<b>1</b>", '"><script>')
TEXTS = ["the food was good", "bad <img src=x> room", "we loved it", "never again", "cold &amp; slow staff"]


@pytest.fixture(scope="module")
def sides(make_checkpoint: Callable[..., Path]) -> list[Checkpoint]:
    return [load_checkpoint(str(make_checkpoint(HOSTILE, seed=seed)), device="cpu") for seed in (1, 2)]


@pytest.fixture(scope="module")
def found(sides: list[Checkpoint]) -> FileComparison:
    rows = [Row(text, HOSTILE[place % 2], text, place + 1) for place, text in enumerate(TEXTS * 4)]
    whole = compare_file(sides, rows)
    first = whole.checkpoints[0].model_copy(
        update={"checkpoint": whole.checkpoints[0].checkpoint.model_copy(update={"name": "<i>x</i>"})}
    )
    notes = ("cancelled: 20 of 30 rows were read by all checkpoints", "the rows & notes")
    return whole.model_copy(
        update={"checkpoints": (first, *whole.checkpoints[1:]), "asked": 30, "partial": True, "notes": notes}
    )


def test_nothing_of_a_text_is_markup(found: FileComparison, sides: list[Checkpoint]) -> None:
    (pair,) = found.pairs
    differences = [explain_difference((sides[0], sides[1]), text, target=HOSTILE[0]) for text in TEXTS[1:3]]
    shown = [
        figures_html(found),
        sentences_html(found),
        reliability_html(found.checkpoints),
        confusion_html(found, pair),
        words_html(disagreement_words(differences), differences, found.names(pair), 2),
    ]
    for html in shown:
        assert not [tag for tag in ("<script", "<b>1<", "<i>x<", "<img src=x") if tag in html]
    assert "&lt;i&gt;x&lt;/i&gt;" in shown[0]
    assert "&lt;b&gt;1&lt;/b&gt;" in shown[3]
    assert "<bdi>&lt;</bdi>" in shown[4]


def test_the_best_is_marked_with_a_word(found: FileComparison) -> None:
    html = figures_html(found)
    for measure in (Measure.ACCURACY, Measure.ECE):
        values = [side.figures[measure] for side in found.checkpoints]
        best = (min if measure.low_is_good else max)(values)
        assert (f"<b>{best:.3f}</b><small>best</small>" in html) == (f"{values[0]:.3f}" != f"{values[1]:.3f}")
    # Both have as many weights, so none has the least.
    assert "<small>least</small>" not in html
    unlike = found.checkpoints[1].model_copy(update={"labelled": 3})
    html = figures_html(found.model_copy(update={"checkpoints": (found.checkpoints[0], unlike)}))
    assert html.count("<small>best</small>") <= 1


def test_where_a_figure_lies_is_shown_on_hover(found: FileComparison) -> None:
    html = figures_html(found)
    for side in found.checkpoints:
        low, high = side.intervals[Measure.ACCURACY]
        assert f'title="95%: {low:.3f} to {high:.3f}"' in html


def test_a_partial_result_is_marked_once(found: FileComparison) -> None:
    assert "Cancelled: 20 of 30 reviews were read by all checkpoints" in figures_html(found)
    assert "ancelled" not in sentences_html(found)
    assert "The rows &amp; notes." in sentences_html(found)
    assert "wb-note" not in figures_html(found.model_copy(update={"partial": False}))


def test_the_matrix_has_every_count(found: FileComparison) -> None:
    (pair,) = found.pairs
    html = confusion_html(found, pair)
    for count in (count for row in pair.confusion for count in row):
        assert f">{count or '·'}</td>" in html
    assert html.count('class="wb-alike"') == 2
    assert listed(found, pair, [1])["text"] == [TEXTS[1]]


def test_the_file_box() -> None:
    faults = tuple(RowFault(number=number, reason="<u>no</u>") for number in range(1, 101))
    source = FileSource(
        name="<s>.csv",
        form="csv",
        encoding="utf-8",
        columns=("text",),
        text_columns=("text",),
        label_column=None,
        seen=1201,
        good=1,
        kept=1,
        faults=faults,
        fault_counts={"<u>no</u>": 1200},
        notes=("<s>note</s>",),
    )
    html = preview_html(Table((Row("<p>good", None, "", 7),), source))
    assert "&lt;p&gt;good" in html
    assert "1 of 1,201 rows read · no labels · 1,200 left out · csv, utf-8" in html
    assert not [tag for tag in ("<p>", "<s>") if tag in html]
    listing = faults_html(source)
    assert "<u>" not in listing
    assert "and 1,150 more" in listing
    assert listing.count("<tr>") == 50
