"""The view Reviews of the Datasets page, by AppTest: filters, pages, marks, files; rows written without a model."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from batch_folders import STARS, failed, predicted, write_batch
from streamlit.testing.v1 import AppTest

from workbench import resources
from workbench.errors import WorkbenchError
from workbench.schema import Column, RowFilter, Tag
from workbench.schema.batch import CORRECTIONS, MANIFEST
from workbench.services import triage_files, triaging
from workbench.triage import Dataset
from workbench.ui import dataset_handing_on, navigation
from workbench.ui.components.dataset_row import facts_html, text_html
from workbench.ui.components.dataset_table import table_of
from workbench.ui.dataset_choices import REVIEWS
from workbench.ui.state import Choices
from workbench.ui.style import literal

SECONDS = 60
HOSTILE = (
    "<script>alert(1)</script> **bold** $x^2$ :red[no]",
    '=HYPERLINK("http://a")',
    "اللغة العربية",
    "a\u202eb \x07",
    "'; DROP TABLE reviews; --",
)
TOWN = "<b>town</b>"
FAULT = "the <i>text</i> is empty"
Rows = list[dict[str, Any]]


def made(count: int = 130) -> Rows:
    """Rows of which every eleventh could not be predicted; row numbers from 1."""
    draw = random.Random(0)
    rows: Rows = []
    for number in range(count):
        text = (
            HOSTILE[number % 7]
            if number % 7 < len(HOSTILE)
            else f"Review number {number}, {'good' * (number % 2)} food"
        )
        chances = [draw.random() ** 3 + 0.01 for _ in STARS]
        extra = {f"extra:{TOWN}": (None, "Oslo", "<i>Lima</i>")[number % 3], "extra:price": str(number % 40)}
        row = predicted(text, [one / sum(chances) for one in chances], draw.randrange(5), **extra)
        rows.append(failed(FAULT) | extra if number % 11 == 10 else row | {Column.WORDS: number})
    return rows


ROWS = made()


def numbers(meets: Callable[[dict[str, Any]], bool] = lambda _: True) -> list[int]:
    """Of the rows that were predicted and meet it."""
    return [number for number, row in enumerate(ROWS, 1) if not row.get(Column.ERROR) and meets(row)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_batch(tmp_path / "batch", ROWS, extra=(TOWN, "price"), shard_rows=len(ROWS))


@pytest.fixture
def app(folder: Path) -> AppTest:
    return opened(folder)


def opened(folder: Path) -> AppTest:
    """The page with a batch open at the view."""
    app = AppTest.from_file(str(resources.folder("pages") / "data_sets.py"), default_timeout=SECONDS)
    app.session_state["workbench.choices"] = Choices(dataset=str(folder), dataset_view=REVIEWS)
    app.run()
    assert not app.exception
    return app


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def group(app: AppTest, option: str) -> Any:
    return next(one for one in app.get("button_group") if any(option in item.content for item in one.proto.options))


def widget(found: Sequence[Any], label: str) -> Any:
    return next(one for one in found if one.label == label)


def click(app: AppTest, label: str) -> None:
    widget(app.button, label).click().run()
    assert not app.exception


def shown(app: AppTest) -> list[int]:
    return [int(number) for number in app.dataframe[0].value["row"]] if app.dataframe else []


def conditions(app: AppTest) -> list[str]:
    return [one.label for one in app.button if one.proto.help == "Take this away"]


def told(app: AppTest) -> str:
    return "\n".join(one.value for one in [*app.caption, *app.error, *app.warning, *app.info])


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def marks(folder: Path) -> list[dict[str, Any]]:
    file = folder / CORRECTIONS
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def open_row(app: AppTest, number: int) -> None:
    chosen(app).dataset_row = number
    app.run()
    assert f"**Row {number}**" in told(app)


def test_pages_cover_every_row_once(app: AppTest) -> None:
    expected = numbers()
    assert f"**{len(expected)}** of {len(ROWS)} rows" in told(app)
    seen = shown(app)
    assert seen == expected[:50]
    click(app, "Next page")
    seen += shown(app)
    click(app, "Last page")
    seen += shown(app)
    assert seen == expected
    widget(app.number_input, "Page").set_value(2).run()
    assert shown(app) == expected[50:100]
    click(app, "First page")
    assert shown(app) == expected[:50]
    assert widget(app.button, "Previous page").disabled


def test_fields_filter_and_chips_take_away(app: AppTest) -> None:
    widget(app.text_input, "Search in the texts").set_value("FOOD").run()
    expected = numbers(lambda row: "food" in row[Column.TEXT])
    assert shown(app) == expected
    widget(app.text_input, "A whole word").set_value("good").run()
    expected = numbers(lambda row: " good " in row[Column.TEXT])
    assert shown(app) == expected
    widget(app.selectbox, "Right or wrong").set_value(False).run()
    expected = [number for number in expected if ROWS[number - 1][Column.TRUTH] != ROWS[number - 1][Column.PREDICTED]]
    assert shown(app) == expected
    assert conditions(app) == [literal("contains “FOOD”"), literal("word “good”"), "wrong"]
    click(app, literal("contains “FOOD”"))
    click(app, literal("word “good”"))
    assert widget(app.text_input, "Search in the texts").value == ""
    assert shown(app) == numbers(lambda row: row[Column.TRUTH] != row[Column.PREDICTED])[:50]
    click(app, "Clear")
    assert chosen(app).dataset_filter == RowFilter()
    assert shown(app) == numbers()[:50]


def test_labels_confidence_and_words(app: AppTest) -> None:
    widget(app.selectbox, "Predicted").set_value(4).run()
    widget(app.selectbox, "Label").set_value(2).run()
    assert shown(app) == numbers(lambda row: row[Column.PREDICTED] == 4 and row[Column.TRUTH] == 2)
    click(app, "Clear")
    widget(app.toggle, "More").set_value(True).run()
    widget(app.slider, "Confidence").set_value((0.6, 1.0)).run()
    assert shown(app) == numbers(lambda row: row[Column.CONFIDENCE] >= 0.6)[:50]
    widget(app.number_input, "Words from").set_value(40).run()
    widget(app.number_input, "to").set_value(60).run()
    assert shown(app) == numbers(lambda row: row[Column.CONFIDENCE] >= 0.6 and 40 <= row[Column.WORDS] <= 60)
    assert conditions(app) == [literal("confidence at least 0.6"), "40 to 60 words"]


def test_columns_of_the_file_by_value_and_range(app: AppTest) -> None:
    widget(app.toggle, "More").set_value(True).run()
    widget(app.selectbox, "Column of the file").set_value(TOWN).run()
    value = widget(app.selectbox, "Its value")
    towns = Counter(ROWS[number - 1][f"extra:{TOWN}"] or "(missing)" for number in numbers())
    assert sorted(value.options) == sorted(f"{name}: {count}" for name, count in towns.items())
    value.set_value(next(place for place, name in enumerate(value.options) if "missing" in name)).run()
    assert shown(app) == numbers(lambda row: row[f"extra:{TOWN}"] is None)
    assert conditions(app) == [literal(f"{TOWN} is missing")]
    widget(app.selectbox, "Column of the file").set_value("price").run()
    widget(app.number_input, "From").set_value(10.0).run()
    widget([one for one in app.number_input if one.proto.format == "%g"], "to").set_value(12.5).run()
    assert shown(app) == numbers(lambda row: row[f"extra:{TOWN}"] is None and 10 <= int(row["extra:price"]) <= 12)
    assert conditions(app) == [literal(f"{TOWN} is missing"), literal("price 10 to 12.5")]


def test_tags_have_counts_and_filter(app: AppTest, folder: Path) -> None:
    counts = triaging.tag_counts(Dataset(folder))
    pills = group(app, "near tie")
    assert [option.content for option in pills.proto.options] == [
        f"{literal(tag.value)}: {count}" for tag, count in counts.items() if count
    ]
    pills.set_value([Tag.NEAR_TIE.value]).run()
    assert shown(app) == numbers(lambda row: row[Column.MARGIN] < 0.1)[:50]
    chosen(app).dataset_filter = RowFilter(tags=(Tag.CONFIDENT_WRONG, Tag.NEAR_TIE))
    app.run()
    assert conditions(app) == ["confident and wrong", "near tie"]
    assert shown(app) == []
    assert "No row meets this" in told(app)
    assert not app.exception


def test_what_could_not_be_predicted(app: AppTest) -> None:
    widget(app.toggle, "More").set_value(True).run()
    group(app, "Could not be").set_value("Could not be").run()
    expected = [number for number, row in enumerate(ROWS, 1) if row.get(Column.ERROR)]
    assert shown(app) == expected
    open_row(app, expected[0])
    assert "Not predicted: the &lt;i&gt;text&lt;/i&gt; is empty" in html_of(app)
    group(app, "Could not be").set_value("Both").run()
    click(app, "Last page")
    assert shown(app) == list(range(101, 131))


def test_a_filter_from_elsewhere_is_shown_and_taken_away(app: AppTest) -> None:
    which = RowFilter(truth=1, confidence=(0.25, 0.5), extra_ranges=(("price", 3.0, 9.0),), temperature=1.5)
    chosen(app).dataset_filter = which
    app.run()
    assert not app.exception
    said = ["label 2 stars", "confidence at least 0.25, below 0.5", "confidence at temperature 1.5", "price 3 to 9"]
    assert conditions(app) == list(map(literal, said))
    assert widget(app.selectbox, "Label").value == 1
    click(app, literal("confidence at temperature 1.5"))
    assert chosen(app).dataset_filter == which.model_copy(update={"temperature": None})
    click(app, literal("price 3 to 9"))
    assert shown(app) == numbers(lambda row: row[Column.TRUTH] == 1 and 0.25 <= row[Column.CONFIDENCE] < 0.5)


def test_a_filter_that_cannot_be_met_here_can_be_cleared(app: AppTest) -> None:
    chosen(app).dataset_filter = RowFilter(extra=(("<nosuch>", "1"),))
    app.run()
    assert not app.exception
    assert literal("there is no column '<nosuch>'") in told(app)
    click(app, "Clear")
    assert shown(app) == numbers()[:50]


def test_sorting_is_done_over_all_rows(app: AppTest) -> None:
    widget(app.selectbox, "Sort by").set_value("confidence").run()
    click(app, "Ascending")
    by_confidence = sorted(numbers(), key=lambda number: (-ROWS[number - 1][Column.CONFIDENCE], number))
    assert shown(app) == by_confidence[:50]
    click(app, "Descending")
    assert shown(app)[:5] == sorted(numbers(), key=lambda number: ROWS[number - 1][Column.CONFIDENCE])[:5]


def test_relabel_goes_on_and_undo_takes_back(app: AppTest, folder: Path) -> None:
    open_row(app, 1)
    widget(app.text_input, "Note").set_value("praises <b>all</b>").run()
    click(app, "3 stars")
    assert marks(folder) == [{"id": 1, "label": "3 stars", "note": "praises <b>all</b>"}]
    assert "**Row 2**, 2 of 119 listed" in told(app)
    click(app, "Label is right")
    given = ROWS[1][Column.GIVEN]
    assert marks(folder)[-1] == {"id": 2, "label": given, "note": ""}
    click(app, "Previous")
    click(app, "Previous")
    assert "Relabelled to 3 stars" in told(app)
    assert app.dataframe[0].value["correction"][0] == "→ 3 stars"
    assert widget(app.text_input, "Note").value == "praises <b>all</b>"
    widget(app.text_input, "Note").set_value("another").run()
    assert marks(folder)[-1] == {"id": 1, "label": "3 stars", "note": "another"}
    click(app, "Undo")
    assert marks(folder)[-1] == {"id": 1, "label": None, "note": ""}
    assert "**Row 1**" in told(app)
    assert widget(app.button, "Undo").disabled


def test_a_pile_that_empties_is_gone_through_without_a_gap(app: AppTest, folder: Path) -> None:
    """Where a marked row leaves the list, the one that takes its place is next."""
    chosen(app).dataset_filter = RowFilter(marked=False, predicted=4)
    pile = numbers(lambda row: row[Column.PREDICTED] == 4)
    chosen(app).dataset_row = pile[0]
    app.run()
    for _ in pile:
        click(app, "3 stars")
    assert [one["id"] for one in marks(folder)] == pile
    assert shown(app) == []
    assert "**0** of" in told(app)


def test_next_crosses_pages(app: AppTest) -> None:
    listed = numbers()
    open_row(app, listed[49])
    click(app, "Next")
    assert f"**Row {listed[50]}**, 51 of {len(listed)} listed" in told(app)
    assert shown(app) == listed[50:100]
    click(app, "Previous")
    assert shown(app) == listed[:50]
    # Another page is looked at while the row stays open.
    click(app, "Last page")
    assert f"**Row {listed[49]}**, 50 of" in told(app)
    click(app, "Next")
    assert f"**Row {listed[50]}**, 51 of" in told(app)


def test_hostile_texts_are_escaped(app: AppTest, folder: Path) -> None:
    open_row(app, 1)
    page = html_of(app)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **bold** $x^2$ :red[no]" in page
    assert "&lt;b&gt;town&lt;/b&gt;" in page
    dataset = Dataset(folder)
    for number in range(1, 8):
        row = triaging.row(dataset, number)
        assert "<script" not in text_html(row) + facts_html(row, STARS, dataset.rules)
        assert 'dir="auto"' in text_html(row)


def test_hostile_labels_are_escaped(tmp_path: Path) -> None:
    labels = ["<b>1</b>", "**2**", "3 :red[x]", "", "5 stars"]
    folder = write_batch(tmp_path / "batch", ROWS, extra=(TOWN, "price"))
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest["checkpoint"]["labels"] = labels
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    app = opened(folder)
    open_row(app, 2)
    assert "<b>1</b>" not in html_of(app)
    click(app, literal("**2**"))
    assert marks(folder)[-1]["label"] == "**2**"


def test_tags_say_why(folder: Path) -> None:
    dataset = Dataset(folder)
    tie = triaging.rows(dataset, RowFilter(tags=(Tag.NEAR_TIE,))).rows[0]
    assert f"<b>near tie</b>: {tie.margin:.3f} before the runner-up, less than 0.1" in facts_html(
        tie, STARS, dataset.rules
    )
    wrong = triaging.rows(dataset, RowFilter(tags=(Tag.CONFIDENT_WRONG,))).rows[0]
    said = f"{wrong.label} with {wrong.confidence:.3f}, at least 0.8, where the label is {wrong.right_label}"
    assert said in facts_html(wrong, STARS, dataset.rules)
    for row in triaging.rows(dataset, RowFilter(failed=None)).rows:
        assert facts_html(row, STARS, dataset.rules).count("<li>") == len(row.tags)


def test_the_table_leaves_out_empty_columns(tmp_path: Path) -> None:
    bare = [predicted("food", [0.9, 0.1, 0, 0, 0], **{Column.EXPECTED: None, Column.MARGIN: 0.8})]
    dataset = Dataset(write_batch(tmp_path / "batch", bare))
    assert list(table_of(triaging.rows(dataset).rows)) == ["row", "text", "label", "confidence"]


def test_a_folder_that_cannot_be_written_says_so_in_a_line(app: AppTest, folder: Path) -> None:
    open_row(app, 1)
    (folder / CORRECTIONS).mkdir()
    try:
        app.run()
        assert not app.exception
        assert "the corrections of batch cannot be read" in told(app)
    finally:
        (folder / CORRECTIONS).rmdir()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_says_so_in_a_line(app: AppTest, folder: Path) -> None:
    open_row(app, 1)
    folder.chmod(0o500)
    try:
        click(app, "4 stars")
        assert "cannot be written" in told(app)
    finally:
        folder.chmod(0o700)


def test_a_mark_that_fails_says_so_in_a_line(app: AppTest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise WorkbenchError("the corrections of batch cannot be written (Read-only file system)", "copy the batch")

    open_row(app, 1)
    monkeypatch.setattr(triaging, "relabel", refuse)
    click(app, "4 stars")
    assert "the corrections of batch cannot be written" in told(app)
    assert "**Row 1**" in told(app)
    app.run()
    assert "cannot be written" not in told(app)


def test_damaged_corrections_and_an_unfinished_batch_are_told(tmp_path: Path) -> None:
    folder = write_batch(tmp_path / "batch", ROWS[:10], complete=False, extra=(TOWN, "price"))
    (folder / CORRECTIONS).write_text('{"id": 3, "label": "1 star", "note": ""}\nnonsense\n', "utf-8")
    app = opened(folder)
    assert "1 line of the corrections is damaged" in told(app)
    assert "not finished: 10 of 10 rows" in told(app)
    assert app.dataframe[0].value["correction"][2] == "→ 1 star"
    whole = write_batch(tmp_path / "whole", ROWS, extra=(TOWN, "price"), shard_rows=10)
    for shard in sorted(whole.glob("predictions/*"))[1:2]:
        shard.replace(folder / "predictions" / "00000-000001.parquet")
    app.run()
    assert not app.exception
    assert "not finished: 20 of 10 rows" in told(app)


def test_an_app_that_is_shared_says_so(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    for shared in (False, True):
        monkeypatch.setattr("workbench.ui.history.is_shared", lambda shared=shared: shared)
        app.run()
        assert ("Everyone who uses this app sees and changes the same marks." in told(app)) == shared


def test_files_are_made_when_they_are_asked_for(folder: Path) -> None:
    dataset, session = Dataset(folder), Choices()
    triaging.relabel(dataset, {3: "1 star"})
    made = dataset_handing_on.content(
        lambda path: triage_files.export_corrections(dataset, path), "marks.jsonl", session
    )
    (line,) = made().decode().splitlines()
    assert json.loads(line)["label"] == "1 star"
    refused = dataset_handing_on.content(
        lambda path: triage_files.export_corrections(dataset, path), "marks.doc", session
    )
    with pytest.raises(WorkbenchError):
        refused()
    assert "is no format of rows" in session.dataset_keep_fault


def test_explain_takes_text_and_checkpoint(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest cannot leave the page; what the other page shows then is the browser test's."""
    opened_pages: list[str] = []
    monkeypatch.setattr(navigation, "open_page", opened_pages.append)
    open_row(app, 2)
    assert "has changed since the batch was run" in told(app)
    click(app, "Explain this review")
    assert (chosen(app).text, chosen(app).checkpoint, chosen(app).sample) == (HOSTILE[1], "stars", None)
    assert opened_pages == ["explain.py"]


def test_a_checkpoint_that_is_not_there_explains_nothing(tmp_path: Path) -> None:
    folder = write_batch(tmp_path / "batch", ROWS, extra=(TOWN, "price"))
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest["checkpoint"]["name"] = "nowhere"
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    app = opened(folder)
    open_row(app, 2)
    assert widget(app.button, "Explain this review").disabled
    assert "The checkpoint nowhere is not offered here" in told(app)
