"""Checkpoints side by side on one text."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import rankdata

from workbench import services
from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import Cancelled, IncompatibleError, InputError, UnknownNameError
from workbench.explainers import METHODS
from workbench.pipeline import classify
from workbench.reports import COMPARISON_SCHEMA, comparison_document, read_comparison
from workbench.schema import Comparison
from workbench.trust import METRICS, Family, scores_on

TEXT = "The room was clean, but we hated the food."
BUDGET = 30


@pytest.fixture(scope="module")
def compared(tiny: Checkpoint, tiny_bpe: Checkpoint, tiny_unigram: Checkpoint) -> Comparison:
    return services.compare([tiny, tiny_bpe, tiny_unigram], TEXT, budget=BUDGET)


@pytest.fixture(scope="session")
def short(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    return load_checkpoint(str(make_checkpoint(limit=9, seed=2)), device="cpu")


def test_each_checkpoint_by_itself(
    compared: Comparison, tiny: Checkpoint, tiny_bpe: Checkpoint, tiny_unigram: Checkpoint
) -> None:
    places = {"tiny": [0, 0.25, 0.5, 0.75, 1], "bpe": [0, 1], "unigram": [0, 0.5, 1]}
    assert compared.comparable
    assert compared.note is None
    for one, checkpoint, on in zip(compared.checkpoints, (tiny, tiny_bpe, tiny_unigram), places.values(), strict=True):
        assert one.prediction == classify(checkpoint, TEXT)
        assert one.scaled == pytest.approx(np.dot(one.prediction.probabilities, on))
        assert one.explanation.full_value == pytest.approx(one.scaled, abs=1e-5)
        assert one.unread == ()
        alone = services.explain(checkpoint, TEXT, ["shap"], target="scale", budget=BUDGET).explanations[0]
        assert [unit.score for unit in alone.units] == pytest.approx([unit.score for unit in one.explanation.units])


def test_all_tokenizers_stand_on_the_same_words(compared: Comparison) -> None:
    rows = compared.rows()
    assert [span.of(TEXT) for span, _ in rows] == [*TEXT.replace(",", " ,").replace(".", " .").split()]
    assert all(score is not None for _, scores in rows for score in scores)


@pytest.mark.parametrize("method", METHODS)
def test_every_method(tiny: Checkpoint, tiny_bpe: Checkpoint, tiny_unigram: Checkpoint, method: str) -> None:
    budget = BUDGET if "budget" in METHODS[method].options.model_fields else None
    found = services.compare([tiny, tiny_bpe, tiny_unigram], TEXT, method=method, budget=budget)
    able = METHODS[method].asks_texts_only
    assert [bool(pair.difference) for pair in found.pairs] == [able] * 3
    assert (found.note is None) is able
    assert len(found.rows()) == 11
    for pair in found.pairs:
        assert set(pair.figures) == {name for name in METRICS if METRICS[name].family is Family.AGREEMENT}
        assert len(pair.units) == 11
        assert pair.signed is METHODS[method].signed


def test_pairs(compared: Comparison) -> None:
    names = [one.checkpoint.name for one in compared.checkpoints]
    assert [pair.checkpoints for pair in compared.pairs] == list(combinations(names, 2))
    for pair in compared.pairs:
        first, second = (compared.of(name) for name in pair.checkpoints)
        left, right = (scores_on(one.explanation, pair.units) for one in (first, second))
        ranks = [rankdata(side) for side in (left, right)]
        assert pair.figures["rank_correlation"].value == pytest.approx(np.corrcoef(*ranks)[0, 1])
        assert pair.difference is not None
        assert first.scaled is not None
        assert second.scaled is not None
        whole = pair.difference.full_value
        assert whole == pytest.approx(first.scaled - second.scaled, abs=1e-5)
        assert pair.difference.beyond == 0
        total = sum(unit.score for unit in pair.difference.units)
        assert total == pytest.approx(whole - pair.difference.base_value, abs=1e-5)  # type: ignore[operator]


def test_json_loses_nothing(compared: Comparison, tmp_path: Path) -> None:
    file = services.save_comparison(compared, tmp_path / "c.json")
    document = json.loads(file.read_text("utf-8"))
    assert document == comparison_document(compared)
    assert read_comparison(document) == compared
    assert document["schema"] == COMPARISON_SCHEMA == "workbench.comparison/1"
    assert document["checkpoints"][1]["prediction"]["probabilities"].keys() == {"NEGATIVE", "POSITIVE"}
    assert document["checkpoints"][1]["scale"] == {"NEGATIVE": 0.0, "POSITIVE": 1.0}
    assert document["pairs"][0]["difference"]["targets"][1] == {
        "kind": "scale",
        "places": {"NEGATIVE": 0.0, "POSITIVE": 1.0},
    }


def test_damaged_documents_are_refused(compared: Comparison) -> None:
    document = comparison_document(compared)
    for damaged in (
        {"schema": "workbench.explanation/1"},
        {key: value for key, value in document.items() if key != "pairs"},
        document | {"text": "another"},
        document | {"checkpoints": document["checkpoints"][:1]},
        document | {"checkpoints": [1, 2]},
        document | {"pairs": document["pairs"][::-1]},
        document | {"comparable": False},
    ):
        with pytest.raises(InputError) as caught:
            read_comparison(damaged)
        assert "\n" not in str(caught.value)


def test_a_checkpoint_that_reads_less(tiny: Checkpoint, short: Checkpoint) -> None:
    """What only the other read stands apart, so that the sum is still that of the predictions."""
    found = services.compare([short, tiny], TEXT, target="expected", budget=BUDGET)
    read = ["The", "room", "was", "clean", ",", "but", "we"]
    first, second = found.checkpoints
    assert [span.of(TEXT) for span in first.unread] == TEXT.replace(".", " .").replace(",", " ,").split()[7:]
    assert second.unread == ()
    (pair,) = found.pairs
    assert [span.of(TEXT) for span in pair.units] == read
    assert pair.difference is not None
    assert [unit.text for unit in pair.difference.units] == read
    assert first.prediction.expected_rating is not None
    whole = first.prediction.expected_rating - (second.prediction.expected_rating or 0)
    assert pair.difference.full_value + pair.difference.beyond == pytest.approx(whole, abs=1e-5)
    common = "The room was clean, but we"
    rest = (classify(tiny, common).expected_rating or 0) - (second.prediction.expected_rating or 0)
    assert pair.difference.beyond == pytest.approx(rest, abs=1e-5)
    assert [scores for _, scores in found.rows()][7][0] is None
    assert read_comparison(comparison_document(found)) == found


def test_no_scale_no_difference(tiny: Checkpoint, tiny_multi: Checkpoint) -> None:
    found = services.compare([tiny, tiny_multi], TEXT, budget=BUDGET)
    assert not found.comparable
    assert found.note is not None
    assert [one.explanation.target.label for one in found.checkpoints] == [
        classify(one, TEXT).label for one in (tiny, tiny_multi)
    ]
    (pair,) = found.pairs
    assert pair.difference is None
    assert pair.figures["rank_correlation"].value is not None
    assert read_comparison(comparison_document(found)) == found


def test_differences_can_be_left_out(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    found = services.compare([tiny, tiny_other], TEXT, budget=BUDGET, differences=False)
    assert found.comparable
    assert [pair.difference for pair in found.pairs] == [None]
    assert found.note is None


def test_sentences(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    found = services.compare([tiny, tiny_other], "Good room. Bad food!", unit="sentence")
    assert [span.of(found.text) for span, _ in found.rows()] == ["Good room.", "Bad food!"]
    with pytest.raises(InputError, match="choose word or sentence"):
        services.compare([tiny, tiny_other], TEXT, unit="token")


def test_progress_of_all_parts(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    seen: dict[str, list[tuple[int, int]]] = {}
    services.compare(
        [tiny, tiny_other],
        TEXT,
        budget=BUDGET,
        progress=lambda part, done, total: seen.setdefault(part, []).append((done, total)),
    )
    assert list(seen) == [tiny.name, tiny_other.name, f"{tiny.name} - {tiny_other.name}"]
    assert all(done <= total for steps in seen.values() for done, total in steps)
    assert seen[f"{tiny.name} - {tiny_other.name}"][-1] == (2 * BUDGET, 2 * BUDGET)


def test_parts_arrive_as_they_finish(tiny: Checkpoint, tiny_bpe: Checkpoint, tiny_unigram: Checkpoint) -> None:
    seen: list[object] = []
    found = services.compare([tiny, tiny_bpe, tiny_unigram], TEXT, method="occlusion", arrived=seen.append)
    assert seen == [*(one.explanation for one in found.checkpoints), *(pair.difference for pair in found.pairs)]


def test_it_can_be_cancelled(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    with pytest.raises(Cancelled):
        services.compare([tiny, tiny_other], "never was it colder", cancelled=lambda: True)


def test_what_cannot_be_compared(tiny: Checkpoint, tiny_other: Checkpoint, tiny_folder: Path, tmp_path: Path) -> None:
    for count in (0, 1, 5):
        with pytest.raises(InputError, match=f"takes 2 to 4 checkpoints, not {count}; "):
            services.compare([tiny] * count, TEXT)
    with pytest.raises(InputError, match="is given twice; "):
        services.compare([tiny, tiny_other, tiny], TEXT)
    link = tmp_path / "same"
    link.symlink_to(tiny_folder, target_is_directory=True)
    with pytest.raises(InputError, match=r"same', the same as .*, is given twice"):
        services.compare([tiny, load_checkpoint(str(link), device="cpu")], TEXT)
    with pytest.raises(UnknownNameError, match="no method 'all'"):
        services.compare([tiny, tiny_other], TEXT, method="all")
    with pytest.raises(InputError, match="shap has no option 'nosuch'"):
        services.compare([tiny, tiny_other], TEXT, options={"nosuch": 1})
    with pytest.raises(InputError, match="no report format for 'a.xml'; use one of"):
        services.save_comparison(services.compare([tiny, tiny_other], "good", differences=False), tmp_path / "a.xml")


def test_a_method_that_cannot_run_on_one(
    tiny: Checkpoint, tiny_other: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    shap = METHODS["shap"]
    monkeypatch.setattr(
        type(shap), "obstacle", lambda self, checkpoint: "it is odd" if checkpoint is tiny_other else None
    )
    with pytest.raises(IncompatibleError, match=f"cannot run on {tiny_other.name}: it is odd"):
        services.compare([tiny, tiny_other], TEXT)
