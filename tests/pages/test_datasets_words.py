"""The view Words of the Datasets page, by AppTest, with a model that takes one word for praise."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bag_models import build_bag
from dataset_pages import SECONDS, button, chosen, html_of, labels_of, opened, sliced_folder
from streamlit.testing.v1 import AppTest
from word_batches import predicted_batch, random_texts

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, InputError
from workbench.schema import BatchManifest, Reliance, RowFilter, Unit, WordGroups, WordQuestion
from workbench.schema.batch import MANIFEST, SELECTIONS
from workbench.services import (
    Dataset,
    explain_selection,
    explained_kinds,
    probe_word,
    shortcut_candidates,
    shortcut_verdict,
    word_differences,
    word_scores,
)
from workbench.ui.components.dataset_probe_html import around
from workbench.ui.components.dataset_words import APART, SHORTCUTS
from workbench.ui.dataset_choices import REVIEWS, WORDS
from workbench.ui.dataset_jobs import SelectionJob, SelectionRequest
from workbench.ui.dataset_opening import behind, holding
from workbench.ui.style import literal

pytestmark = pytest.mark.slow
WEIGHTS = {"film": 4.0, "good": 3.0, "great": 3.0, "bad": -3.0, "terrible": -3.0}
HOSTILE = "<img src=x onerror=alert(1)> :red[bad] $x$"
ASKED = WordQuestion(method="occlusion")


@pytest.fixture(scope="module")
def bag(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return build_bag(tmp_path_factory.mktemp("bag") / "bag", tiny_folder, WEIGHTS)


@pytest.fixture(scope="module")
def plain(bag: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing explained."""
    texts, truths = random_texts(150, 1, "film")
    texts[:4] = [f"{text} {HOSTILE}" for text in texts[:4]]
    return predicted_batch(tmp_path_factory.mktemp("plain") / "batch", bag, texts, truths).folder


@pytest.fixture(scope="module")
def explained(plain: Path, bag: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All explained."""
    folder = tmp_path_factory.mktemp("explained") / "batch"
    shutil.copytree(plain, folder)
    explain_selection(Dataset(folder), RowFilter(), bag, ["occlusion"], limit=200)
    return folder


def of_table(app: AppTest, name: str) -> list[Any]:
    return [one for one in app.button if one.key and one.key.startswith(f"workbench.widget.{name}.")]


def part(app: AppTest, name: str) -> AppTest:
    group = next(one for one in app.get("button_group") if any(name == o.content for o in one.proto.options))
    group.set_value(name).run()
    assert not app.exception
    return app


def finished(app: AppTest) -> AppTest:
    for job in (chosen(app).explaining, chosen(app).probe):
        if job is not None:
            job.wait(SECONDS)
    app.run()
    assert not app.exception
    return app


def test_words_stand_with_their_scores_and_open_their_reviews(explained: Path) -> None:
    app = opened(explained, WORDS)
    found = word_scores(Dataset(explained), RowFilter(), ASKED.model_copy(update={"least_reviews": 2, "size": 25}))
    assert [one.label for one in of_table(app, "words")] == [literal(one.form) for one in found.words]
    first = found.words[0]
    page = html_of(app)
    assert f"{first.mean:+.3f}".replace("-", "−") in page
    assert f"{found.count:,} lines" in page
    assert "wb-up" in page
    assert "wb-down" in page
    of_table(app, "words")[0].click().run()
    assert not app.exception
    assert chosen(app).dataset_view == REVIEWS
    labels = Dataset(explained).manifest.checkpoint.labels
    assert chosen(app).dataset_filter == RowFilter(word=first.form, predicted=labels.index(first.target))


def test_words_are_searched_sorted_and_paged(explained: Path) -> None:
    app = opened(explained, WORDS)
    button(app, "On").click().run()
    assert chosen(app).words_page == 1
    later = word_scores(
        Dataset(explained), RowFilter(), ASKED.model_copy(update={"least_reviews": 2, "size": 25, "start": 25})
    )
    assert [one.label for one in of_table(app, "words")] == [literal(one.form) for one in later.words]
    next(one for one in app.text_input if one.label == "Search").set_value("FIL").run()
    assert chosen(app).words_page == 0
    assert {one.label for one in of_table(app, "words")} == {"film"}
    next(one for one in app.selectbox if one.label == "Reviews").set_value("error").run()
    assert not app.exception
    assert "right" in html_of(app)
    next(one for one in app.number_input if one.label == "Least reviews").set_value(1000).run()
    assert of_table(app, "words") == []
    assert any("No word" in one.value for one in app.caption)


def test_hostile_words_stay_text(explained: Path) -> None:
    app = opened(explained, WORDS)
    for letters in ("onerror", ":", "$", "<"):
        next(one for one in app.text_input if one.label == "Search").set_value(letters).run()
        assert not app.exception
        assert of_table(app, "words")
        assert "<img" not in html_of(app)
        of_table(app, "words")[0].click().run()
        assert not app.exception
        assert chosen(app).dataset_filter.text or chosen(app).dataset_filter.word
        app = opened(explained, WORDS)


def test_right_against_wrong(explained: Path) -> None:
    app = part(opened(explained, WORDS), APART)
    right, wrong = RowFilter(right=True), RowFilter(right=False)
    found = word_differences(Dataset(explained), right, wrong, ASKED.model_copy(update={"size": 25}))
    assert [one.label for one in of_table(app, "apart")] == [literal(one.first.form) for one in found.words]
    assert f"{found.tested:,} words tested" in html_of(app)
    assert f"{found.reviews[0]:,} predicted right, {found.reviews[1]:,} wrong" in html_of(app)


def test_the_planted_shortcut_is_the_first_candidate_and_is_tested(explained: Path, bag: Checkpoint) -> None:
    app = part(opened(explained, WORDS), SHORTCUTS)
    candidates = shortcut_candidates(Dataset(explained), RowFilter(), ASKED, most=25)
    assert [one.label for one in of_table(app, "suspects")] == [literal(one.form) for one in candidates]
    assert of_table(app, "suspects")[0].label == "film"
    of_table(app, "suspects-end")[0].click().run()
    assert not app.exception
    finished(app)
    probe = probe_word(Dataset(explained), "film", bag)
    verdict = shortcut_verdict(probe)
    assert verdict.reliance is Reliance.SHORTCUT
    page = html_of(app)
    assert verdict.sentence in page
    effect = probe.effects[0]
    assert effect.control is not None
    for share in (effect.flipped, effect.control.flipped):
        assert f"<b>{share.value:.1%}</b>" in page
    assert "Expected rating" not in page or effect.rating is not None
    changed = of_table(app, "changed-0")
    assert changed[0].label == f"review {effect.examples[0].id + 1:,}"
    changed[0].click().run()
    assert not app.exception
    assert (chosen(app).dataset_view, chosen(app).dataset_row) == (REVIEWS, effect.examples[0].id)
    assert chosen(app).dataset_filter == RowFilter(word="film")


def test_any_word_can_be_tested_with_any_replacement(plain: Path) -> None:
    app = part(opened(plain, WORDS), SHORTCUTS)
    button(app, "Test this word").click().run()
    assert any("no word yet" in one.value for one in app.caption)
    next(one for one in app.text_input if one.label == "Word or phrase").set_value("room")
    next(one for one in app.text_input if one.label == "Put in its place").set_value(f"staff, {HOSTILE}").run()
    button(app, "Test this word").click().run()
    finished(app)
    page = html_of(app)
    assert "does no more than they do" in page
    assert "Replaced by staff" in page
    assert "<img" not in page
    next(one for one in app.text_input if one.label == "Word or phrase").set_value("zebra").run()
    button(app, "Test this word").click().run()
    finished(app)
    assert any("no review of the selection has the word" in one.value for one in app.error)


def test_reviews_are_explained_and_then_added_up(plain: Path, tmp_path: Path) -> None:
    folder = tmp_path / "batch"
    shutil.copytree(plain, folder)
    app = opened(folder, WORDS)
    assert any("nothing to add up" in one.value for one in app.info)
    assert any("100 of 150 reviews, drawn at random" in one.value for one in app.caption)
    next(one for one in app.number_input if one.label == "Reviews").set_value(150).run()
    assert any(one.value.startswith("all 150 reviews; about") for one in app.caption)
    next(one for one in app.number_input if one.label == "Reviews").set_value(20).run()
    assert any("20 of 150 reviews, drawn at random" in one.value for one in app.caption)
    button(app, "Explain 20 reviews").click().run()
    finished(app)
    (kind,) = explained_kinds(Dataset(folder))[:1]
    assert (kind.method, kind.unit, kind.reviews) == ("occlusion", Unit.WORD, 20)
    assert any("20 reviews were explained" in one.value for one in app.caption)
    assert of_table(app, "words")


def test_work_shows_its_progress_and_can_be_cancelled(explained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: Any, progress: Callable[[int, int], None], cancelled: Callable[[], bool], **__: Any) -> None:
        progress(3, 100)
        while not cancelled():
            time.sleep(0.01)
        raise Cancelled

    monkeypatch.setattr("workbench.services.explain_selection", endless)
    app = opened(explained, WORDS)
    button(app, "Explain 100 reviews").click().run()
    job = chosen(app).explaining
    assert job is not None
    for _ in range(500):
        if job.done:
            break
        time.sleep(0.01)
    app.run()
    assert any("Explaining reviews of batch" in one.value for one in app.caption)
    assert any("3 / 100 reviews explained" in one.value for one in app.caption)
    assert button(app, "Explain 100 reviews").disabled
    part(app, SHORTCUTS)
    assert all(one.disabled for one in app.button if one.label == "Test this word")
    button(app, "Cancel").click().run()
    assert job.stopping()
    finished(app)
    assert any("Cancelled before any review was explained" in one.value for one in app.caption)
    assert not button(app, "Explain 100 reviews").disabled


def test_what_was_explained_before_a_cancel_is_told(plain: Path, bag: Checkpoint, tmp_path: Path) -> None:
    folder = tmp_path / "batch"
    shutil.copytree(plain, folder)
    app = opened(folder, WORDS)
    job = SelectionJob(
        SelectionRequest(
            folder=str(folder), chosen=RowFilter(), method="occlusion", target="predicted", unit="word", reviews=9,
            budget=None,
        )
    )  # fmt: skip
    job.cancel()
    job.work(Dataset(folder), bag)
    chosen(app).explaining = job
    finished(app)
    assert any("Cancelled: 0 of 9 reviews were explained" in one.value for one in app.caption)


def test_a_folder_that_takes_nothing_is_told(plain: Path, bag: Checkpoint, tmp_path: Path) -> None:
    folder = tmp_path / "batch"
    shutil.copytree(plain, folder)
    (folder / SELECTIONS).write_text("no folder")
    with pytest.raises(InputError, match=r"cannot be kept in the batch's folder \("):
        explain_selection(Dataset(folder), RowFilter(), bag, ["occlusion"], limit=2)


def test_without_labels_nothing_is_right_or_wrong(bag: Checkpoint, tmp_path: Path) -> None:
    dataset = predicted_batch(tmp_path / "batch", bag, random_texts(40, 1, "film")[0])
    explain_selection(dataset, RowFilter(), bag, ["occlusion"])
    app = opened(dataset.folder, WORDS)
    assert of_table(app, "words")
    next(one for one in app.selectbox if one.label == "Reviews").set_value("truth").run()
    assert not of_table(app, "words")
    assert "40 explained reviews without a right label are left out" in html_of(app)
    part(app, APART)
    assert any("No explained review has a right label" in one.value for one in app.info)
    part(app, SHORTCUTS)
    next(one for one in app.text_input if one.label == "Word or phrase").set_value("film").run()
    button(app, "Test this word").click().run()
    finished(app)
    assert "without right labels, whether it should is for a reader to say" in html_of(app)


def test_a_page_that_is_no_more_turns_to_the_first(explained: Path) -> None:
    app = opened(explained, WORDS)
    chosen(app).words_page = chosen(app).pairs_page = 99
    app.run()
    assert chosen(app).words_page == 0
    assert of_table(app, "words")
    part(app, APART)
    assert chosen(app).pairs_page == 0
    assert of_table(app, "apart")


def test_another_checkpoint_is_refused(tmp_path: Path, tiny: Checkpoint, bag: Checkpoint) -> None:
    texts, truths = random_texts(40, 2, "film")
    folder = predicted_batch(tmp_path / "batch", bag, texts, truths).folder
    old = BatchManifest.model_validate_json((folder / MANIFEST).read_bytes())
    other = old.checkpoint.model_copy(update={"name": tiny.name})
    changed = old.model_copy(update={"checkpoint": other}).model_dump_json(by_alias=True)
    (folder / MANIFEST).write_text(changed, encoding="utf-8")
    app = opened(folder, WORDS)
    button(app, "Explain 40 reviews").click().run()
    assert any("is not the checkpoint that predicted this batch" in one.value for one in app.error)
    assert chosen(app).explaining is None


def test_a_checkpoint_that_is_gone_is_told(tmp_path: Path) -> None:
    app = part(opened(sliced_folder(tmp_path / "batch", rows=60), WORDS), SHORTCUTS)
    next(one for one in app.text_input if one.label == "Word or phrase").set_value("room").run()
    button(app, "Test this word").click().run()
    assert not app.exception
    assert any("is not the checkpoint that predicted this batch" in one.value for one in app.error)
    assert "Test this word" in labels_of(app)


def test_a_line_opens_the_reviews_that_it_is_about(explained: Path) -> None:
    dataset = Dataset(explained)
    labels = dataset.manifest.checkpoint.labels
    (kind,) = explained_kinds(dataset)[:1]
    chosen = RowFilter(text="a")
    for groups in WordGroups:
        question = ASKED.model_copy(update={"groups": groups, "least_reviews": 2})
        for one in word_scores(dataset, chosen, question).words:
            found = behind(one, kind, groups, chosen, labels)
            assert found.predicted == labels.index(one.target)
            if groups is WordGroups.ERROR:
                assert found.right == (one.group == "right")
            if groups is WordGroups.PAIR:
                assert one.group == f"{labels[found.truth or 0]} → {labels[found.predicted or 0]}"
            if groups is WordGroups.TRUTH:
                assert found.truth == labels.index(one.group)


def test_signs_and_pieces_are_looked_for_as_letters() -> None:
    assert holding("great") == RowFilter(word="great")
    assert holding("!!!") == RowFilter(text="!!!")
    assert holding("ing", Unit.TOKEN) == RowFilter(text="ing")
    assert holding("don't", chosen=RowFilter(predicted=1)) == RowFilter(word="don't", predicted=1)


def test_the_text_around_a_change() -> None:
    before = "a" * 100 + " film " + "b" * 100
    assert around(before, before.replace(" film", ""), "film") == f"…{'a' * 59} <del>film</del> {'b' * 60}…"
    assert around("film", "", "film") == "(nothing is left)"
    # What follows may begin with the same letters, or stand beside it without a space.
    assert around("a red Dress drew me", "a red drew me", "dress") == "a red <del>Dress</del> drew me"
    assert around("lovely dress.", "lovely.", "dress") == "lovely <del>dress</del>."
    assert around("a dress & me", "a the & me", "dress", ("one", "the")) == "a <del>dress</del> <ins>the</ins> &amp; me"
    assert around("<b>film</b>", "<b></b>", "film") == "&lt;b&gt;<del>film</del>&lt;/b&gt;"
    assert "<img" not in around(f"film {HOSTILE}", f"{HOSTILE} {HOSTILE}", "film", (HOSTILE,))
