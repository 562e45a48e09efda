from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from bag_models import build_bag
from word_batches import predicted_batch, random_texts

from workbench.checkpoints import Checkpoint
from workbench.errors import CheckpointError, IncompatibleError, TargetError
from workbench.schema import RowFilter, WordQuestion
from workbench.seeds import row_seed
from workbench.services import explain, explain_selection, explained_kinds, word_scores
from workbench.triage import Dataset

WEIGHTS = {"film": 4.0, "good": 1.0, "great": 1.5, "bad": -1.0, "terrible": -2.0}


@pytest.fixture(scope="module")
def bag(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return build_bag(tmp_path_factory.mktemp("bag"), tiny_folder, WEIGHTS)


@pytest.fixture
def dataset(bag: Checkpoint, tmp_path: Path) -> Dataset:
    texts, truths = random_texts(80, 2, "film")
    return predicted_batch(tmp_path, bag, texts, truths)


def rows(dataset: Dataset) -> list[tuple[Any, ...]]:
    return dataset.ask(
        "SELECT r.text, e.method, e.target, e.units, e.starts, e.ends, e.scores, e.base_value, e.full_value, e.asked, "
        "e.seed "
        "FROM explained e JOIN reviews r ON e.id = r.id ORDER BY e.id, e.method"
    )


def test_it_is_what_explaining_each_review_gives(dataset: Dataset, bag: Checkpoint) -> None:
    done = explain_selection(dataset, RowFilter(right=True), bag, ["lime", "shap"], budget=40, seed=3, limit=5)
    found = rows(dataset)
    assert (done.drawn, done.explained, done.failed, done.partial, len(found)) == (5, 10, 0, False, 10)
    assert done.matching == dataset.ask("SELECT count(*) FROM reviews WHERE is_right")[0][0]
    for text, method, target, units, starts, ends, scores, base, full, asked, seed in found:
        alone = explain(bag, text, [method], budget=40, seed=row_seed(3, text)).explanations[0]
        assert (target, seed) == (str(alone.target), row_seed(3, text))
        assert [text[start:end] for start, end in zip(starts, ends, strict=True)] == units
        assert units == [unit.text for unit in alone.units]
        assert scores == pytest.approx([unit.score for unit in alone.units], abs=1e-5)
        assert (base, full, asked) == pytest.approx(
            (alone.base_value, alone.full_value, alone.evaluations.asked), abs=1e-5
        )


def test_logits_of_a_bag_are_its_weights(dataset: Dataset, bag: Checkpoint) -> None:
    explain_selection(dataset, RowFilter(), bag, ["occlusion"], target="logit:POSITIVE", limit=1_000)
    found = word_scores(dataset, RowFilter(), WordQuestion(method="occlusion", target="logit:POSITIVE", size=1_000))
    assert found.reviews == {"": 80}
    assert {one.word: one.mean for one in found.words} == pytest.approx(
        {one.word: WEIGHTS.get(one.word, 0.0) for one in found.words}, abs=1e-5
    )


def test_the_same_rows_under_a_seed_and_none_counted_twice(dataset: Dataset, bag: Checkpoint) -> None:
    def draw(seed: int) -> set[int]:
        done = explain_selection(dataset, RowFilter(), bag, ["occlusion"], limit=10, sample_seed=seed)
        return {row for file in done.files for row in pq.read_table(dataset.folder / file)["row"].to_pylist()}

    first, again, other = draw(0), draw(0), draw(1)
    assert first == again != other
    (kind,) = [kind for kind in explained_kinds(dataset) if kind.target == "predicted"]
    assert kind.reviews == len(first | other)


def test_several_fill_a_batch(bag: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = predicted_batch(tmp_path, bag, random_texts(32, 9, "film")[0])
    from workbench.scoring import Scorer

    sizes: list[int] = []
    evaluated = Scorer._evaluated

    def note(self: Scorer, batch: dict[bytes, list[int]]) -> Any:
        sizes.append(len(batch))
        # A model of the usual size takes as long; meanwhile the others' requests come in.
        time.sleep(0.1)
        return evaluated(self, batch)

    monkeypatch.setattr(Scorer, "_evaluated", note)
    explain_selection(dataset, RowFilter(), bag, ["occlusion"], limit=32)
    # One review alone asks for ten texts.
    assert sum(sizes) / len(sizes) > 30


def test_a_stop_keeps_what_there_is(dataset: Dataset, bag: Checkpoint) -> None:
    seen: list[tuple[int, int]] = []
    done = explain_selection(
        dataset,
        RowFilter(),
        bag,
        ["occlusion"],
        limit=80,
        progress=lambda *one: seen.append(one),
        cancelled=lambda: len(seen) >= 40,
    )
    assert done.partial
    assert 40 <= done.explained < 80
    assert len(rows(dataset)) == done.explained
    assert seen[-1] == (done.explained, 80)
    nothing = explain_selection(dataset, RowFilter(), bag, ["occlusion"], cancelled=lambda: True)
    assert (nothing.partial, nothing.explained, nothing.files) == (True, 0, ())


def test_a_row_that_cannot_be_explained_is_told(
    bag: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.errors import TextError
    from workbench.explainers import METHODS

    dataset = predicted_batch(tmp_path, bag, ["good film", "bad film", "great film", "terrible film"])
    find = type(METHODS["occlusion"]).find

    short: list[bool] = []

    def refuse(self: Any, task: Any, options: Any) -> Any:
        if "bad" in task.text:
            raise TextError("the model read no word", "give others")
        if "great" in task.text:
            raise ValueError("a library fails")
        if "terrible" in task.text and short:
            raise MemoryError
        return find(self, task, options)

    monkeypatch.setattr(type(METHODS["occlusion"]), "find", refuse)
    done = explain_selection(dataset, RowFilter(), bag, ["occlusion"])
    assert (done.explained, done.failed) == (2, 2)
    assert dataset.ask("SELECT row, error FROM explained WHERE error IS NOT NULL ORDER BY row") == [
        (2, "the model read no word"),
        (3, "occlusion failed (ValueError)"),
    ]
    assert sum(kind.failed for kind in explained_kinds(dataset) if kind.target == "predicted") == 2
    short.append(True)
    with pytest.raises(MemoryError):
        explain_selection(dataset, RowFilter(), bag, ["occlusion"])


def test_what_cannot_be_explained(dataset: Dataset, bag: Checkpoint, tiny: Checkpoint) -> None:
    with pytest.raises(CheckpointError, match="not the checkpoint that predicted"):
        explain_selection(dataset, RowFilter(), tiny, ["occlusion"])
    with pytest.raises(TargetError):
        explain_selection(dataset, RowFilter(), bag, ["occlusion"], target="5 stars")
    with pytest.raises(IncompatibleError):
        explain_selection(dataset, RowFilter(), bag, ["attention-rollout"])
