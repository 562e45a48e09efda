"""Checkpoints side by side on rows: the answers, the figures, the disagreements, and the document of it all."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, InputError, TargetError, TextError
from workbench.pipeline import classify_many, read_chances
from workbench.reports.file_comparison import comparison_json, disagreements_csv, read_comparison_json
from workbench.schema import Choice, Distance, FileComparison, Measure
from workbench.services import compare_file, evaluate
from workbench.tables import Row


@pytest.fixture(scope="module")
def found(tiny: Checkpoint, other: Checkpoint, rows: list[Row]) -> FileComparison:
    return compare_file([tiny, other], rows)


def test_answers_are_those_of_the_pipeline(
    found: FileComparison, tiny: Checkpoint, other: Checkpoint, rows: list[Row]
) -> None:
    for side, checkpoint in zip(found.checkpoints, (tiny, other), strict=True):
        predictions = classify_many(checkpoint, [row.text for row in rows])
        assert np.allclose(side.probabilities, [one.probabilities for one in predictions], atol=1e-6)
        assert [side.label(place) for place in range(len(rows))] == [one.label for one in predictions]
        assert side.checkpoint == checkpoint.info
    assert [(row.number, row.text, row.label) for row in found.rows] == [(r.number, r.text, r.label) for r in rows]


def test_figures_are_those_of_evaluate(
    found: FileComparison, tiny: Checkpoint, other: Checkpoint, rows: list[Row]
) -> None:
    for side, checkpoint in zip(found.checkpoints, (tiny, other), strict=True):
        wanted = evaluate(checkpoint, rows)
        assert side.labelled == wanted.rows == 300
        assert set(side.figures) == set(Measure)
        for measure, value in side.figures.items():
            assert value == pytest.approx(getattr(wanted, measure.value), abs=1e-5)
        assert side.parameters == sum(weight.numel() for weight in checkpoint.model.parameters())
        assert side.disk_bytes is not None
        assert side.disk_bytes >= 4 * side.parameters
        assert side.seconds > 0
        assert side.texts_per_second == pytest.approx(300 / side.seconds)


def test_disagreement_in_stars(found: FileComparison) -> None:
    (pair,) = found.pairs
    assert pair.distance is Distance.STARS
    ours, theirs = (np.array(side.probabilities) @ np.arange(1, 6) for side in found.checkpoints)
    assert pair.amounts == pytest.approx(np.abs(ours - theirs))
    assert pair.differ == tuple(
        first != second for first, second in zip(*(side.predicted for side in found.checkpoints), strict=True)
    )
    assert pair.agreement == pytest.approx(1 - np.mean(pair.differ))
    first, second = (side.predicted for side in found.checkpoints)
    assert np.array_equal(pair.confusion, confusion_matrix(first, second, labels=range(5)))


def test_choices_partition_the_rows_and_rank_them(found: FileComparison) -> None:
    (pair,) = found.pairs
    quarters = [Choice.BOTH_RIGHT, Choice.ONLY_FIRST, Choice.ONLY_SECOND, Choice.BOTH_WRONG]
    places = {choice: found.chosen(pair, choice) for choice in Choice}
    assert {choice: len(places[choice]) for choice in Choice} == pair.counts
    assert sorted(place for choice in quarters for place in places[choice]) == list(range(300))
    for chosen in places.values():
        assert [pair.amounts[place] for place in chosen] == sorted((pair.amounts[p] for p in chosen), reverse=True)
    for place in places[Choice.ONLY_FIRST]:
        one = found.disagreement(pair, place)
        assert one.right == (True, False)
        assert one.labels[0][0] == (one.row.label or "")[0] != one.labels[1][0]
    assert pair.mcnemar is not None
    assert pair.mcnemar.only_first == pair.counts[Choice.ONLY_FIRST]
    assert pair.mcnemar.only_second == pair.counts[Choice.ONLY_SECOND]
    accuracy = next(one for one in pair.differences if one.measure is Measure.ACCURACY)
    assert accuracy.value == pytest.approx((pair.mcnemar.only_first - pair.mcnemar.only_second) / 300)
    assert accuracy.p == pair.mcnemar.p
    assert pair.sentence == accuracy.sentence


def test_without_labels_there_is_agreement_alone(tiny: Checkpoint, other: Checkpoint, rows: list[Row]) -> None:
    bare = compare_file([tiny, other], [Row(row.text, None, row.key) for row in rows[:20]])
    assert all(not side.figures and not side.calibration and side.labelled == 0 for side in bare.checkpoints)
    (pair,) = bare.pairs
    assert set(pair.counts) == {Choice.ALL, Choice.DISAGREE}
    assert (pair.differences, pair.mcnemar) == ((), None)
    assert bare.notes == ("the rows have no labels, so only the checkpoints' agreement is shown",)
    assert [row.number for row in bare.rows] == list(range(1, 21))
    assert bare.resamples == 0
    assert pair.sentence == f"they agree on {pair.agreement:.1%} of 20 reviews"
    assert all(bare.chosen(pair, choice) == () for choice in Choice if choice not in {Choice.ALL, Choice.DISAGREE})


def test_labels_that_only_one_checkpoint_knows(tiny: Checkpoint, moods: Checkpoint, rows: list[Row]) -> None:
    found = compare_file([tiny, moods], rows)
    stars, other = found.checkpoints
    assert set(stars.figures) == set(Measure)
    assert (other.figures, other.labelled, other.unknown) == ({}, 0, 300)
    assert Counter(other.unknown_labels) == Counter(row.label for row in rows)
    (pair,) = found.pairs
    assert pair.distance is Distance.SCALE
    assert (pair.differences, pair.mcnemar) == ((), None)
    places = np.array(stars.probabilities) @ np.linspace(0, 1, 5), np.array(other.probabilities)[:, 1]
    assert pair.amounts == pytest.approx(np.abs(places[0] - places[1]))
    # Three stars lie in the middle, on the side of neither mood.
    sides = [(int(np.sign(a - 2)), 1 if b else -1) for a, b in zip(stars.predicted, other.predicted, strict=True)]
    assert pair.differ == tuple(a != b for a, b in sides)
    assert [note for note in found.notes if "does not know the label of 300 rows" in note]


def test_some_labels_are_unknown(tiny: Checkpoint, other: Checkpoint) -> None:
    texts = ["good", "bad room", "cold", "we loved it", "the"]
    labels = ["4 Stars", "7", None, "=cmd", "1"]
    found = compare_file([tiny, other], [Row(text, label, text) for text, label in zip(texts, labels, strict=True)])
    assert [side.truth for side in found.checkpoints] == [(3, None, None, None, 0)] * 2
    assert [side.labelled for side in found.checkpoints] == [2, 2]
    assert found.checkpoints[0].unknown_labels == {"7": 1, "=cmd": 1}
    assert sum(count for choice, count in found.pairs[0].counts.items() if "right" in choice or "wrong" in choice) == 2
    assert all(one.rows == 2 for one in found.pairs[0].differences)


def test_the_same_labels_in_another_order(moods: Checkpoint, turned: Checkpoint, rows: list[Row]) -> None:
    labels = ["neg", "POS"]
    found = compare_file([moods, turned], [Row(r.text, labels[n % 2], r.key) for n, r in enumerate(rows)])
    first, second = found.checkpoints
    (pair,) = found.pairs
    assert [label == second.truth[place] for place, label in enumerate(first.truth)] == [False] * 300
    assert pair.differ == tuple(first.label(place).casefold() != second.label(place).casefold() for place in range(300))
    assert pair.amounts == pytest.approx(
        np.abs(np.array(first.probabilities)[:, 1] - np.array(second.probabilities)[:, 0])
    )
    assert [one.measure for one in pair.differences] == [Measure.ACCURACY, Measure.MACRO_F1, Measure.ECE]


def test_labels_without_order(
    topics: Checkpoint, moods: Checkpoint, tiny_multi: Checkpoint, make_checkpoint: Callable, rows: list[Row]
) -> None:  # type: ignore[type-arg]
    from workbench.checkpoints import load_checkpoint

    again = load_checkpoint(str(make_checkpoint(("staff", "price"), seed=6)), device="cpu")
    found = compare_file([topics, again, moods, tiny_multi], rows[:30])
    distances = {found.names(pair): pair.distance for pair in found.pairs}
    assert len(distances) == 6
    assert distances[topics.name, again.name] is Distance.PROBABILITY
    assert set(distances.values()) == {Distance.PROBABILITY, Distance.LABEL}
    same = found.pair(again.name, topics.name)
    ours, theirs = np.array(found.checkpoints[0].probabilities), np.array(found.checkpoints[1].probabilities)
    assert same.amounts == pytest.approx(np.abs(ours - theirs[:, ::-1]).sum(axis=1) / 2)
    apart = found.pair(topics.name, moods.name)
    assert apart.amounts == (1.0,) * 30
    assert apart.agreement == 0
    with pytest.raises(KeyError):
        found.pair("nobody", topics.name)


def test_three_pairs_are_corrected(tiny: Checkpoint, other: Checkpoint, make_checkpoint: Callable, rows) -> None:  # type: ignore[no-untyped-def, type-arg]
    from workbench.checkpoints import load_checkpoint

    third = load_checkpoint(str(make_checkpoint(seed=9)), device="cpu")
    found = compare_file([tiny, other, third], rows)
    assert [(pair.first, pair.second) for pair in found.pairs] == [(0, 1), (0, 2), (1, 2)]
    for measure in Measure:
        three = [one for pair in found.pairs for one in pair.differences if one.measure is measure]
        ranked = sorted(three, key=lambda one: one.p or 0)
        assert ranked[0].p_corrected == pytest.approx(min(1, 3 * (ranked[0].p or 0)))
        assert all((one.p_corrected or 0) >= (one.p or 0) for one in three)
    assert [note for note in found.notes if "3 pairs are compared" in note]


def test_cancelled_in_the_middle(tiny: Checkpoint, other: Checkpoint, rows: list[Row]) -> None:
    seen: list[tuple[int, int]] = []
    # Both have read 256 rows, and the first some more.
    part = compare_file([tiny, other], rows, progress=lambda *step: seen.append(step), cancelled=lambda: len(seen) >= 5)
    assert seen == [(128, 600), (256, 600), (384, 600), (512, 600), (556, 600)]
    assert (len(part.rows), part.asked, part.partial) == (256, 300, True)
    assert part.notes[0] == "cancelled: 256 of 300 rows were read by all checkpoints"
    whole = compare_file([tiny, other], rows[:256])
    assert not whole.partial
    assert [side.figures for side in whole.checkpoints] == [side.figures for side in part.checkpoints]
    assert whole.pairs == part.pairs
    with pytest.raises(Cancelled):
        compare_file([tiny, other], rows, cancelled=lambda: True)


def test_what_cannot_be_compared(tiny: Checkpoint, other: Checkpoint, rows: list[Row]) -> None:
    with pytest.raises(InputError, match="1 checkpoint cannot be compared; name two to 4"):
        compare_file([tiny], rows)
    with pytest.raises(InputError, match="5 checkpoints cannot be compared"):
        compare_file([tiny] * 5, rows)
    with pytest.raises(InputError, match="is named 2 times; name each once"):
        compare_file([tiny, tiny], rows)
    with pytest.raises(InputError, match="no reviews"):
        compare_file([tiny, other], [])
    with pytest.raises(TextError, match="row 2: the text is empty; "):
        compare_file([tiny, other], [Row("x", None, "x"), Row(" ", None, " ")])


def test_long_rows_are_named(tiny: Checkpoint, other: Checkpoint) -> None:
    fits, too_long = "good " * 46, "good " * 47
    found = compare_file([tiny, other], [Row(text, None, text) for text in (fits, too_long, "good")])
    assert tiny.token_limit == 48
    assert [side.cut for side in found.checkpoints] == [1, 1]
    assert [note for note in found.notes if "only in part" in note]


def test_every_pass_is_made_in_turn(tiny: Checkpoint, turns_held: Callable[[Checkpoint], list[bool]]) -> None:
    held = turns_held(tiny)
    read_chances(tiny, ["good", "bad room"])
    assert held
    assert all(held)


def test_the_document_is_without_loss(found: FileComparison) -> None:
    content = comparison_json(found)
    assert json.loads(content)["schema"] == "workbench.file-comparison/1"
    again = read_comparison_json(content)
    assert again == found
    assert comparison_json(again) == content


@pytest.mark.parametrize("content", ["{}", "nothing", '{"schema": "workbench.file-comparison/2"}', b"\xff"])
def test_other_documents_are_refused(content: str | bytes) -> None:
    with pytest.raises(InputError, match="no comparison on a file .*; give a document of schema"):
        read_comparison_json(content)


def test_a_spreadsheet_runs_no_formula(tiny: Checkpoint, other: Checkpoint) -> None:
    texts = ["=1+1 good", 'bad, "room"\nand cold', "@the"]
    found = compare_file([tiny, other], [Row(text, "-5", text, 4) for text in texts])
    (pair,) = found.pairs
    header, *lines = csv.reader(io.StringIO(disagreements_csv(found, pair).decode("utf-8"), newline=""))
    assert header[:5] == ["row", "text", "label", "disagreement (stars)", "labels differ"]
    assert len(header) == 5 + 2 * 7
    assert {line[1] for line in lines} == {"'=1+1 good", texts[1], "'@the"}
    assert {line[2] for line in lines} == {"'-5"}
    assert [float(line[3]) for line in lines] == sorted(pair.amounts, reverse=True)
    for line, place in zip(lines, found.chosen(pair, Choice.ALL), strict=True):
        one = found.disagreement(pair, place)
        assert line[5] == one.labels[0]
        assert tuple(map(float, line[7:12])) == tuple(one.probabilities[0].values())
        assert line[6] == ""
    assert disagreements_csv(found, pair, Choice.BOTH_WRONG).count(b"\r\n") == 1


def test_places_are_those_of_the_common_scale(
    tiny: Checkpoint, moods: Checkpoint, topics: Checkpoint, tiny_multi: Checkpoint, rows: list[Row]
) -> None:
    found = compare_file([tiny, moods, topics, tiny_multi], rows[:20])
    assert [side.places for side in found.checkpoints] == [(0, 0.25, 0.5, 0.75, 1), (0, 1), None, None]


def test_a_scale_given_decides(tiny: Checkpoint, topics: Checkpoint, rows: list[Row]) -> None:
    found = compare_file([tiny, topics], rows[:20], scales={topics.name: {"price": 0.9, "staff": 0.3}})
    (pair,) = found.pairs
    assert pair.distance is Distance.SCALE
    stars, other = (np.array(side.probabilities) for side in found.checkpoints)
    assert pair.amounts == pytest.approx(np.abs(stars @ np.linspace(0, 1, 5) - other @ [0.9, 0.3]))
    with pytest.raises(InputError, match="a scale for 'nobody', which takes no part"):
        compare_file([tiny, topics], rows[:20], scales={"nobody": {"price": 0.9, "staff": 0.3}})
    with pytest.raises(TargetError, match="'staff' of a scale has no place"):
        compare_file([tiny, topics], rows[:20], scales={topics.name: {"price": 0.9}})


@pytest.mark.slow
def test_bundled_checkpoints_on_the_sample_reviews() -> None:
    from pathlib import Path

    from workbench.checkpoints import load_checkpoint
    from workbench.tables import read_table

    read = read_table(Path(__file__).resolve().parents[2] / "sample_data" / "reviews.csv")
    loaded = [load_checkpoint(name, device="cpu") for name in ("stars", "stars-early", "sentiment")]
    found = compare_file(loaded, read.rows, source=read.source)
    assert found.source == read.source
    assert [bool(side.figures) for side in found.checkpoints] == [True, True, False]
    assert [pair.distance for pair in found.pairs] == [Distance.STARS, Distance.SCALE, Distance.SCALE]
    assert all(math.isfinite(amount) for pair in found.pairs for amount in pair.amounts)
    assert read_comparison_json(comparison_json(found)) == found
