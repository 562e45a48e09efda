from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch
import transformers
from batch_inputs import TEXTS, options, write_csv

from workbench.batch.parts import InputPart, InputRow, read_parts
from workbench.batch.planning import plan
from workbench.batch.working import Worker
from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, InputError
from workbench.explainers import METHODS
from workbench.pipeline import classify, classify_many
from workbench.pipeline.lean import Forward
from workbench.schema import BatchManifest
from workbench.seeds import row_seed
from workbench.services import explain
from workbench.text import words

METHOD_NAMES = ("shap", "lime", "occlusion", "attention-rollout", "integrated-gradients")
CHECKPOINTS = ("tiny", "tiny_bpe", "tiny_unigram", "tiny_multi")


@pytest.fixture
def checkpoint(request: pytest.FixtureRequest) -> Checkpoint:
    found: Checkpoint = request.getfixturevalue(request.param)
    return found


def planned(checkpoint: Checkpoint, folder: Path, **changes: Any) -> BatchManifest:
    source = write_csv(folder / "a.csv", [(text, 1 + number % 5) for number, text in enumerate(TEXTS)])
    return plan(source, checkpoint, options(**changes))


def only_part(manifest: BatchManifest, folder: Path) -> InputPart:
    (part,) = read_parts(folder / "a.csv", manifest)
    return part


def worked(checkpoint: Checkpoint, folder: Path, **changes: Any) -> tuple[pa.Table, pa.Table | None]:
    manifest = planned(checkpoint, folder, **changes)
    return Worker(checkpoint, manifest).work(only_part(manifest, folder))


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, indirect=True)
def test_rows_are_exactly_those_of_the_pipeline(checkpoint: Checkpoint, tmp_path: Path) -> None:
    found = worked(checkpoint, tmp_path)[0].to_pylist()
    expected = classify_many(checkpoint, TEXTS)
    assert len(found) == len(TEXTS)
    for place, (row, text, whole) in enumerate(zip(found, TEXTS, expected, strict=True)):
        assert (row["file"], row["row"], row["text"], row["error"]) == (0, place + 1, text, None)
        assert tuple(row["probabilities"]) == whole.probabilities
        assert tuple(row["logits"]) == whole.logits
        assert (row["label"], row["expected"]) == (whole.label, whole.expected_rating)
        assert row["predicted"] == checkpoint.labels.index(whole.label)
        ranked = sorted(whole.probabilities, reverse=True)
        assert (row["confidence"], row["margin"]) == (ranked[0], ranked[0] - ranked[1])
        assert row["unread_from"] == whole.unread_from
        assert row["tokens_read"] == len(whole.tokens)
        assert row["tokens"] == len(checkpoint.tokenizer(text)["input_ids"])
        assert row["unknown"] == sum(token.unknown for token in whole.tokens)
        assert (row["characters"], row["words"]) == (len(text), len(words(text)))
    assert any(row["unread_from"] for row in found)


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, indirect=True)
def test_rows_are_those_of_each_text_alone(checkpoint: Checkpoint, tmp_path: Path) -> None:
    for row in worked(checkpoint, tmp_path)[0].to_pylist():
        alone = classify(checkpoint, row["text"])
        assert (row["label"], row["unread_from"], row["tokens_read"]) == (
            alone.label,
            alone.unread_from,
            len(alone.tokens),
        )
        assert row["probabilities"] == pytest.approx(alone.probabilities, abs=1e-5)


def test_rows_are_those_of_the_stock_pipeline(tiny: Checkpoint, tmp_path: Path) -> None:
    pipe = transformers.pipeline("text-classification", model=tiny.model, tokenizer=tiny.tokenizer, top_k=None)
    for row in worked(tiny, tmp_path)[0].to_pylist()[:6]:
        theirs = {one["label"]: one["score"] for one in pipe([row["text"]], truncation=True, max_length=48)[0]}
        assert row["probabilities"] == pytest.approx([theirs[label] for label in tiny.labels], abs=1e-5)


def test_labels_are_matched_and_rows_with_errors_are_empty(tiny: Checkpoint, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [("good", "4 stars"), ("", "5"), ("bad", "awful"), ("bad", "")])
    manifest = plan(source, tiny, options())
    table, _ = Worker(tiny, manifest).work(only_part(manifest, tmp_path))
    rows = table.to_pylist()
    assert [(row["given"], row["truth"]) for row in rows] == [
        ("4 stars", 3),
        (None, None),
        ("awful", None),
        (None, None),
    ]
    assert rows[1]["error"] == "there is no text in it"
    filled = {"file", "row", "text", "error"}
    assert {name for name, value in rows[1].items() if value is not None} == filled
    assert table.schema.field("unread_from").type == pa.int32()
    assert table.schema.field("logits").type == pa.list_(pa.float32())


def test_a_part_without_a_good_row_is_a_shard_too(tiny: Checkpoint, tmp_path: Path) -> None:
    manifest = planned(tiny, tmp_path, methods=("occlusion",))
    part = InputPart(0, 0, (InputRow(1, "", None, (), "it is broken"),))
    predictions, explanations = Worker(tiny, manifest).work(part)
    assert predictions["error"].to_pylist() == ["it is broken"]
    assert explanations is not None
    assert explanations.num_rows == 0


def test_languages_are_guessed_where_there_is_enough_text(tiny: Checkpoint, tmp_path: Path) -> None:
    texts = {
        "The staff were very friendly and we would stay there again": "en",
        "Das Zimmer war sauber, aber das Frühstück leider kalt": "de",
        "La chambre était propre mais le petit déjeuner était froid": "fr",
        "too short": None,
        "1234567890 " * 9: None,
    }
    source = write_csv(tmp_path / "a.csv", [(text, "") for text in texts])
    manifest = plan(source, tiny, options())
    rows = Worker(tiny, manifest).work(only_part(manifest, tmp_path))[0].to_pylist()
    assert [row["language"] for row in rows] == list(texts.values())
    assert [row["language_share"] is not None and row["language_share"] > 0.9 for row in rows] == [True] * 3 + [
        False
    ] * 2


@pytest.fixture
def _hasty_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_hasty_threads")
def test_explanations_are_the_same_to_the_last_bit_however_threads_run(tiny: Checkpoint, tmp_path: Path) -> None:
    found = [worked(tiny, tmp_path, methods=METHOD_NAMES, budget=40, seed=3)[1] for _ in range(3)]
    assert found[0] is not None
    assert found[0].num_rows == len(TEXTS) * len(METHOD_NAMES)
    assert found[1] == found[0]
    assert found[2] == found[0]


def test_explanations_are_those_of_each_text_alone(tiny: Checkpoint, tmp_path: Path) -> None:
    _, table = worked(tiny, tmp_path, methods=METHOD_NAMES, budget=40, seed=3, target="expected")
    assert table is not None
    rows = table.to_pylist()
    assert [(row["row"], row["method"]) for row in rows] == [
        (number, name) for number in range(1, len(TEXTS) + 1) for name in METHOD_NAMES
    ]
    for row in rows:
        text = TEXTS[row["row"] - 1]
        assert row["seed"] == row_seed(3, text)
        report = explain(tiny, text, [row["method"]], target="expected", seed=row["seed"], budget=40)
        (alone,) = report.explanations
        assert (row["error"], row["target"], row["unit"]) == (None, "expected", "word")
        assert row["units"] == [unit.text for unit in alone.units]
        assert row["starts"] == [unit.start for unit in alone.units]
        assert row["ends"] == [unit.end for unit in alone.units]
        assert row["scores"] == pytest.approx([unit.score for unit in alone.units], abs=1e-4)
        assert row["full_value"] == pytest.approx(alone.full_value, abs=1e-5)
        assert row["base_value"] == pytest.approx(alone.base_value, abs=1e-4)
        assert row["asked"] == alone.evaluations.asked


def test_what_several_reviews_ask_shares_batches(
    tiny: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    run = Forward.__call__

    def noting(self: Forward, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        sizes.append(len(ids))
        return run(self, ids, mask)

    monkeypatch.setattr(Forward, "__call__", noting)
    manifest = planned(tiny, tmp_path, methods=("shap",), budget=60)
    part = only_part(manifest, tmp_path)
    worker = Worker(tiny, manifest)
    worker.work(part)
    together = list(sizes)
    sizes.clear()
    for row in part.rows:
        worker.work(InputPart(0, 0, (row,)))
    assert sum(together) <= sum(sizes)
    assert len(together) < len(sizes) / 2


def test_a_review_that_a_method_fails_on_is_a_row_and_the_others_go_on(
    tiny: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = METHODS["occlusion"]
    find = type(method).find

    def failing(self: Any, task: Any, given: Any) -> Any:
        if task.prediction.text == "bad":
            raise ZeroDivisionError
        return find(self, task, given)

    monkeypatch.setattr(type(method), "find", failing)
    _, table = worked(tiny, tmp_path, methods=("occlusion", "shap"), budget=20)
    assert table is not None
    failed = [row for row in table.to_pylist() if row["error"]]
    assert [(row["row"], row["method"], row["error"], row["scores"]) for row in failed] == [
        (4, "occlusion", "occlusion failed (ZeroDivisionError)", None)
    ]


@pytest.mark.parametrize("methods", [(), ("shap", "lime")])
def test_work_stops_when_told_to(tiny: Checkpoint, tmp_path: Path, methods: tuple[str, ...]) -> None:
    manifest = planned(tiny, tmp_path, methods=methods, budget=200)
    part = only_part(manifest, tmp_path)
    asked = iter([False] * (4 if methods else 0))
    with pytest.raises(Cancelled):
        Worker(tiny, manifest).work(part, lambda: next(asked, True))


def test_progress_within_a_part_rises_to_its_end(tiny: Checkpoint, tmp_path: Path) -> None:
    for methods in ((), ("occlusion",)):
        manifest = planned(tiny, tmp_path, methods=methods)
        shares: list[float] = []
        Worker(tiny, manifest).work(only_part(manifest, tmp_path), advanced=shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1.0)


def test_a_precision_that_is_none_is_refused(tiny: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no precision 'float7'"):
        Worker(tiny, planned(tiny, tmp_path, precision="float7"))
