"""The views Overview and Threshold of the Datasets page, by AppTest, on batches made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_pages import chosen, html_of
from figure_batches import figure_batch
from labelled_batches import draw_chances, labelled_dataset
from streamlit.testing.v1 import AppTest

from workbench import resources
from workbench.schema import Activation, RowFilter
from workbench.services import Dataset, fit_temperature, thresholds
from workbench.ui.components.dataset_confusion import cell_key
from workbench.ui.dataset_choices import OVERVIEW, REVIEWS, SELECTION, THRESHOLD
from workbench.ui.state import Choices, widget_key
from workbench.ui.style import literal

SECONDS = 60
HOSTILE = ("<img src=x onerror=alert(1)>", ":red[x] $y$ **z**", "</style><script>", "plain")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(resources.HOME, str(tmp_path / "home"))


def opened(folder: Path, view: str = OVERVIEW, **settings: Any) -> AppTest:
    """The page with a batch open."""
    app = AppTest.from_file(str(resources.folder("pages") / "data_sets.py"), default_timeout=SECONDS)
    app.session_state["workbench.choices"] = Choices(dataset=str(folder), dataset_view=view, **settings)
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def said(app: AppTest) -> list[str]:
    return [one.value for one in [*app.caption, *app.info]]


def labels_of(app: AppTest, kind: str) -> list[str]:
    return [one.label for one in app.get(kind)]


def confusion(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Right and predicted labels, as ``labelled_dataset`` draws them."""
    chances, truth = draw_chances(rows, seed)
    return truth, chances.argmax(axis=1)


def test_figures_and_cells_are_those_of_the_rows(tmp_path: Path) -> None:
    labelled_dataset(tmp_path / "batch", 400, unlabelled=50)
    app = opened(tmp_path / "batch")
    truth, predicted = confusion(400)
    known = np.arange(400) < 350
    page = html_of(app)
    assert f"<b>{(truth == predicted)[known].mean():.3f}</b>" in page
    assert f"<b>{(abs(truth - predicted) <= 1)[known].mean():.3f}</b>" in page
    assert literal("400 rows predicted; 350 with a right label") in said(app)
    for right in range(5):
        for other in range(5):
            count = int(((truth == right) & (predicted == other))[known].sum())
            cell = app.button(key=cell_key(right, other))
            assert (cell.label, cell.disabled) == (f"{count:,}", not count)
    right, other = next(
        (a, b) for a in range(5) for b in range(5) if a != b and not app.button(key=cell_key(a, b)).disabled
    )
    app.button(key=cell_key(right, other)).click().run()
    assert chosen(checked(app)).dataset_view == REVIEWS
    assert chosen(app).dataset_filter == RowFilter(truth=right, predicted=other)


def test_of_the_chosen_rows_alone(tmp_path: Path) -> None:
    labelled_dataset(tmp_path / "batch", 400)
    truth, predicted = confusion(400)
    app = opened(tmp_path / "batch")
    assert "Figures of" not in labels_of(app, "button_group")
    app = opened(tmp_path / "batch", dataset_filter=RowFilter(predicted=4), dataset_scope=SELECTION)
    those = predicted == 4
    assert literal(f"{those.sum():,} rows predicted; {those.sum():,} with a right label") in said(app)
    assert f"<b>{(truth == predicted)[those].mean():.3f}</b>" in html_of(app)
    app = opened(tmp_path / "batch", THRESHOLD, dataset_filter=RowFilter(predicted=4), dataset_scope=SELECTION)
    assert f"of {those.sum():,} rows are left to the checkpoint" in html_of(app)
    # None of them could be judged, and that is no fault.
    app = opened(tmp_path / "batch", dataset_filter=RowFilter(text="nowhere"), dataset_scope=SELECTION)
    assert any(one.startswith("No row of these was predicted") for one in said(app))


def test_scaling_is_offered_shown_and_used(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path / "batch", 1_000)
    app = opened(tmp_path / "batch")
    assert "Mean confidence" not in html_of(app)
    app.toggle[0].set_value(True).run()
    scaling = fit_temperature(dataset)
    page = html_of(checked(app))
    for shown in (scaling.before, scaling.after):
        assert f"{shown.log_loss.value:.4f}" in page
        assert f"{shown.ece.value:.4f}" in page
    assert f"<td>{scaling.temperature.value:.3f}<small>" in page
    next(one for one in app.toggle if one.label.startswith("Use the scaled")).set_value(True).run()
    app = opened(tmp_path / "batch", THRESHOLD, dataset_scaled=chosen(app).dataset_scaled)
    expected = thresholds(dataset, RowFilter(temperature=scaling.temperature.value)).at(0.8)
    assert expected.confident != thresholds(dataset).at(0.8).confident
    assert f'<span class="wb-big">{expected.confident:,}</span>' in html_of(app)
    app.button(key=widget_key("dataset", "open-confident")).click().run()
    assert chosen(app).dataset_filter == expected.confident_rows
    assert chosen(app).dataset_filter.temperature == scaling.temperature.value


def test_the_threshold_moves_both_piles(tmp_path: Path) -> None:
    labelled_dataset(tmp_path / "batch", 400)
    app = opened(tmp_path / "batch", THRESHOLD)
    chances, truth = draw_chances(400, 0)
    sure, wrong = chances.max(axis=1), chances.argmax(axis=1) != truth
    for threshold in (0.3, 0.5, 1.0):
        app.slider[0].set_value(threshold).run()
        above = sure >= threshold
        page = html_of(checked(app))
        assert f'<span class="wb-big">{above.sum():,}</span> rows' in page
        assert f'<span class="wb-big">{(~above).sum():,}</span> rows' in page
        assert f"{(wrong & ~above).sum():,} of {wrong.sum():,} errors" in page
    app.slider[0].set_value(0.5).run()
    app.button(key=widget_key("dataset", "errors-confident")).click().run()
    assert chosen(app).dataset_view == REVIEWS
    assert chosen(app).dataset_filter == RowFilter(confidence=(0.5, 2.0), right=False)


def test_the_least_threshold_is_taken_exactly(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path / "batch", 600)
    app = opened(tmp_path / "batch", THRESHOLD)
    take = widget_key("dataset", "least")
    app.number_input[0].set_value(80.0).run()
    expected = thresholds(dataset).least(0.8, surely=True)
    assert expected is not None
    app.button(key=take).click().run()
    assert chosen(checked(app)).dataset_threshold == expected.threshold
    assert app.slider[0].value == expected.threshold
    assert f'<span class="wb-big">{expected.confident:,}</span>' in html_of(app)
    app.checkbox[0].set_value(False).run()
    app.button(key=take).click().run()
    plain = thresholds(dataset).least(0.8)
    assert plain is not None
    assert chosen(app).dataset_threshold == plain.threshold < expected.threshold
    app.number_input[0].set_value(100.0).run()
    app.checkbox[0].set_value(True).run()
    assert app.button(key=take).disabled
    assert literal("No threshold reaches 100% on these rows.") in said(app)


def test_without_labels_the_distribution_and_coverage_alone(tmp_path: Path) -> None:
    labelled_dataset(tmp_path / "batch", 60, unlabelled=60)
    app = opened(tmp_path / "batch")
    assert any(one.startswith("No row has a right label") for one in said(app))
    page = html_of(app)
    assert "Predicted labels" in page
    assert "Rows by confidence" in page
    assert "Reliability" not in page
    assert not [one for one in app.button if one.key and "cell" in one.key]
    assert not app.toggle
    app = opened(tmp_path / "batch", THRESHOLD)
    assert "coverage alone is shown" in html_of(app)
    assert "Coverage by threshold" in html_of(app)
    assert " right (" not in html_of(app)
    assert not app.number_input
    assert [one.key for one in app.button if one.key and "errors" in one.key] == []


@pytest.mark.parametrize("view", [OVERVIEW, THRESHOLD])
def test_labels_that_are_judged_one_by_one(tmp_path: Path, view: str) -> None:
    figure_batch(tmp_path / "batch", ("toxic", "insult", "threat"), 200, activation=Activation.SIGMOID)
    app = opened(tmp_path / "batch", view, dataset_scaled=True, dataset_scaling=True)
    assert not app.toggle
    if view == OVERVIEW:
        assert any("judges its labels one by one: the figures" in one for one in said(app))
        assert any("Not offered" in one for one in said(app))
        assert "Log loss" not in html_of(app)
        assert "Accuracy" in html_of(app)


def test_hostile_labels_are_text(tmp_path: Path) -> None:
    figure_batch(tmp_path / "batch", HOSTILE, 200)
    app = opened(tmp_path / "batch")
    page = html_of(app)
    assert "<img src=x" not in page
    assert "<script" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert literal(HOSTILE[1]) in app.button(key=cell_key(0, 1)).help
    assert HOSTILE[1] not in app.button(key=cell_key(0, 1)).help


def test_of_many_labels_the_most_frequent_errors(tmp_path: Path) -> None:
    labels = tuple(f"intent {number}" for number in range(20))
    dataset = Dataset(figure_batch(tmp_path / "batch", labels, 600))
    app = opened(tmp_path / "batch")
    cells = [one for one in app.button if one.key and ".cell." in one.key]
    assert len(cells) == 30
    pairs = dataset.ask(
        "SELECT truth, predicted, count(*) FROM reviews WHERE NOT is_right GROUP BY ALL ORDER BY 3 DESC, 1, 2"
    )
    truth, predicted, count = pairs[0]
    assert cells[0].key == cell_key(truth, predicted)
    assert cells[0].label == f"{count} × {literal(labels[truth])} → {literal(labels[predicted])}"
    cells[0].click().run()
    assert chosen(app).dataset_filter == RowFilter(truth=truth, predicted=predicted)


def test_nothing_is_counted_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labelled_dataset(tmp_path / "batch", 200)
    app = opened(tmp_path / "batch", dataset_scaling=True)
    app.segmented_control(key="workbench.widget.dataset_view").set_value(THRESHOLD).run()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the rows were read again")

    monkeypatch.setattr(Dataset, "table", refuse)
    app.slider[0].set_value(0.35).run()
    checked(app)
    app.segmented_control(key="workbench.widget.dataset_view").set_value(OVERVIEW).run()
    checked(app)
