"""The view Slices of the Datasets page, by AppTest."""

from __future__ import annotations

from pathlib import Path

import pytest
from batch_folders import predicted, write_batch
from dataset_pages import BAD, COLUMN, VALUES, chosen, html_of, opened, sliced_folder
from streamlit.testing.v1 import AppTest

from workbench.schema import BatchManifest, Measure, RowFilter, SliceKind
from workbench.schema.batch import MANIFEST
from workbench.services import Dataset, slice_sizes, slices
from workbench.text import excerpt
from workbench.triage import count
from workbench.ui.components.dataset_slice_rows import figure
from workbench.ui.dataset_choices import ALL, REVIEWS, SELECTION, SLICES, WORDS
from workbench.ui.style import literal

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sliced_folder(tmp_path_factory.mktemp("sliced") / "batch")


@pytest.fixture
def app(folder: Path) -> AppTest:
    return opened(folder, SLICES)


def slice_buttons(app: AppTest, table: str) -> list:
    return [one for one in app.button if one.key and one.key.startswith(f"workbench.widget.{table}.")]


def test_the_planted_slice_is_on_top_and_opens_its_reviews(app: AppTest, folder: Path) -> None:
    found = slices(Dataset(folder))
    (worst, *_) = found.worst
    assert worst.chosen == RowFilter(extra=((COLUMN, BAD),))
    first = slice_buttons(app, "worst")[0]
    assert first.label == literal(excerpt(worst.name, 60))
    page = html_of(app)
    assert f"Accuracy {found.overall.value:.1%}" in page
    assert f"{worst.rows:,}" in page
    assert "▼ worse" in page
    first.click().run()
    assert not app.exception
    assert (chosen(app).dataset_view, chosen(app).dataset_filter) == (REVIEWS, worst.chosen)


def test_hostile_columns_and_values_stay_text(app: AppTest) -> None:
    app.selectbox[0].set_value(f"column “{COLUMN}”").run()
    assert not app.exception
    page = html_of(app)
    assert "<img" not in page
    assert "<script" not in page
    shown = [one.label for one in slice_buttons(app, "kind")]
    assert len(shown) == len(VALUES)
    assert all(":red[" not in label and "<script>" not in label for label in shown)


def test_each_kind_has_its_table(app: AppTest, folder: Path) -> None:
    found = slices(Dataset(folder))
    kinds = {one.kind for one in found.slices}
    assert kinds >= {SliceKind.LENGTH, SliceKind.PREDICTED, SliceKind.COLUMN}
    for kind in sorted(kinds - {SliceKind.COLUMN}):
        app.selectbox[0].set_value(kind.value).run()
        assert not app.exception
        assert len(slice_buttons(app, "kind")) == sum(one.kind is kind for one in found.slices)
    by_length = [one for one in found.slices if one.kind is SliceKind.LENGTH]
    app.selectbox[0].set_value("length").run()
    assert [one.label for one in slice_buttons(app, "kind")] == [literal(one.name) for one in by_length]


def test_another_measure_and_pairs(app: AppTest, folder: Path) -> None:
    found = slices(Dataset(folder), measure=Measure.MAE, pairs=True)
    group = next(one for one in app.get("button_group") if any("Stars off" in o.content for o in one.proto.options))
    group.set_value(Measure.MAE.value).run()
    app.toggle[0].set_value(True).run()
    assert not app.exception
    assert f"Stars off {figure(found.overall.value, Measure.MAE)}" in html_of(app)
    assert f"of {found.looked_at:,} slices" in html_of(app)
    assert SliceKind.PAIR.value in app.selectbox[0].options


def test_least_rows_are_asked_for(app: AppTest, folder: Path) -> None:
    app.number_input[0].set_value(250).run()
    found = slices(Dataset(folder), least_rows=250)
    assert f"{found.looked_at:,} slices of at least 250 rows" in html_of(app)


def test_slices_of_the_selection(folder: Path) -> None:
    app = opened(folder, SLICES)
    chosen(app).dataset_filter = RowFilter(predicted=1)
    app.run()
    assert any("predicted 2 stars" in one.value for one in app.caption)
    assert "600 reviews" in html_of(app)
    group = next(one for one in app.get("button_group") if any(SELECTION in o.content for o in one.proto.options))
    group.set_value(SELECTION).run()
    found = slices(Dataset(folder), RowFilter(predicted=1))
    assert chosen(app).dataset_scope == SELECTION != ALL
    assert f"{found.labelled:,} reviews with a right label" in html_of(app)


def test_without_labels_the_sizes_are_shown(tmp_path: Path) -> None:
    folder = sliced_folder(tmp_path / "batch", labelled=False)
    app = opened(folder, SLICES)
    assert any("0 rows with a right label are too few" in one.value for one in app.info)
    app.selectbox[0].set_value(f"column “{COLUMN}”").run()
    sizes = [one for one in slice_sizes(Dataset(folder)) if one.kind is SliceKind.COLUMN]
    assert [one.rows for one in sizes] == [200, 200, 200]
    assert len(slice_buttons(app, "sizes")) == 3
    assert html_of(app).count("<span>200</span>") == 3


def test_sizes_are_those_of_the_filters(tmp_path: Path) -> None:
    folder = sliced_folder(tmp_path / "batch", labelled=False)
    dataset = Dataset(folder)
    for one in slice_sizes(dataset, RowFilter(predicted=2)):
        assert one.rows == count(dataset, one.chosen)


def test_labels_without_stars_have_accuracy_alone(tmp_path: Path) -> None:
    folder = write_batch(tmp_path / "batch", [predicted(f"a b {n}", (0.2, 0.8), n % 2) for n in range(90)])
    manifest = folder / MANIFEST
    old = BatchManifest.model_validate_json(manifest.read_bytes())
    manifest.write_text(old.model_copy(update={"ratings": None}).model_dump_json(by_alias=True), encoding="utf-8")
    app = opened(folder, SLICES)
    groups = [o.content for one in app.get("button_group") for o in one.proto.options]
    assert "Accuracy" in groups
    assert "Stars off" not in groups


@pytest.mark.parametrize("view", [SLICES, WORDS])
def test_a_selection_without_a_row_is_told(folder: Path, view: str) -> None:
    app = opened(folder, view)
    chosen(app).dataset_filter = RowFilter(text="that no review says")
    chosen(app).dataset_scope = SELECTION
    app.run()
    assert not app.exception
    said = [one.value for one in (*app.info, *app.caption)]
    wanted = "0 rows with a right label are too few" if view == SLICES else "No review of the selection was predicted"
    assert any(wanted in one for one in said)
