"""Long texts in windows: what each window reads, and that the whole is their mean."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.attention import attention_maps
from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.pipeline import classify, classify_many, window_spans
from workbench.schema import Prediction, Target
from workbench.scoring import Scorer
from workbench.text import words
from workbench.trust import Game, Removal

LONG = "the food was very good and the staff were great, but we hated the cold room! " * 9
CHECKPOINTS = ("tiny", "tiny_bpe", "tiny_multi")


@pytest.fixture(params=CHECKPOINTS)
def checkpoint(request: pytest.FixtureRequest) -> Checkpoint:
    found: Checkpoint = request.getfixturevalue(request.param)
    return found


def whole(checkpoint: Checkpoint, text: str = LONG) -> Prediction:
    return classify(checkpoint, text, windows=True)


def test_the_windows_cover_the_text_and_each_is_read_to_its_end(checkpoint: Checkpoint) -> None:
    spans = window_spans(checkpoint, LONG)
    assert (spans[0].start, spans[-1].end) == (0, len(LONG))
    assert len(spans) > 2
    assert all(left.start < right.start < left.end < right.end for left, right in pairwise(spans))
    for span in spans:
        part = classify(checkpoint, span.of(LONG))
        assert part.unread_from is None
        assert len(part.tokens) <= checkpoint.token_limit


def test_windows_are_cut_between_words(tiny: Checkpoint) -> None:
    edges = {word.start for word in words(LONG)} | {len(LONG)}
    assert all({span.start, span.end} <= edges for span in window_spans(tiny, LONG))


def test_neighbours_share_about_a_quarter(tiny: Checkpoint) -> None:
    reads = [len(words(LONG[right.start : left.end])) for left, right in pairwise(window_spans(tiny, LONG))]
    assert min(reads) >= 0.1 * tiny.token_limit


@given(st.text(alphabet="abg od.😀日\n", max_size=400).map(lambda text: f"good {text} bad"))
def test_any_text_is_covered(tiny: Checkpoint, text: str) -> None:
    spans = window_spans(tiny, text)
    assert (spans[0].start, spans[-1].end) == (0, len(text))
    assert all(left.start < right.start <= left.end for left, right in pairwise(spans))
    assert all(len(tiny.tokenizer(span.of(text))["input_ids"]) <= tiny.token_limit for span in spans)


def test_the_whole_is_the_mean_of_its_windows(checkpoint: Checkpoint) -> None:
    found = whole(checkpoint)
    parts = [classify(checkpoint, span.of(LONG)) for span in window_spans(checkpoint, LONG)]
    sizes = np.array([sum(not token.special for token in part.tokens) for part in parts])
    weights = sizes / sizes.sum()
    assert [window.weight for window in found.windows] == pytest.approx(weights)
    assert found.probabilities == pytest.approx(weights @ np.array([part.probabilities for part in parts]), abs=1e-6)
    assert found.logits == pytest.approx(weights @ np.array([part.logits for part in parts]), abs=1e-5)
    assert found.label == found.labels[int(np.argmax(found.probabilities))]
    assert found.unread_from is None
    if found.expected_rating is not None:
        expected = weights @ np.array([part.expected_rating for part in parts])
        assert found.expected_rating == pytest.approx(expected, abs=1e-5)


def test_every_token_stands_once_at_its_place(tiny: Checkpoint) -> None:
    found = whole(tiny)
    given_tokens = tiny.tokenizer(LONG, return_offsets_mapping=True, add_special_tokens=False)
    spans = [(token.span.start, token.span.end) for token in found.tokens if token.span]
    assert spans == given_tokens["offset_mapping"]
    assert [token.id for token in found.tokens] == given_tokens["input_ids"]


def test_a_text_that_fits_is_read_as_ever(checkpoint: Checkpoint) -> None:
    assert classify(checkpoint, "good food", windows=True) == classify(checkpoint, "good food")


def test_many_texts_keep_their_order(tiny: Checkpoint) -> None:
    texts = ["good food", LONG, "bad room"]
    several = classify_many(tiny, texts, windows=True)
    assert [one.text for one in several] == texts
    assert several[1].probabilities == pytest.approx(whole(tiny).probabilities, abs=1e-6)
    assert not several[0].windows


def test_a_prediction_with_windows_is_the_same_after_json(tiny: Checkpoint) -> None:
    found = whole(tiny)
    assert Prediction.model_validate_json(found.model_dump_json()) == found


def test_one_endless_word_is_cut_within(tiny_bpe: Checkpoint) -> None:
    spans = window_spans(tiny_bpe, "z" * 300)
    assert len(spans) > 2
    assert spans[-1].end == 300


def test_attention_is_that_of_a_window(tiny: Checkpoint) -> None:
    found = whole(tiny)
    with pytest.raises(InputError, match="choose a window"):
        attention_maps(tiny, found)
    assert attention_maps(tiny, found.passes[0]).tokens == found.passes[0].tokens


@pytest.mark.parametrize("removal", list(Removal))
def test_a_removed_word_goes_from_every_window_that_holds_it(checkpoint: Checkpoint, removal: Removal) -> None:
    found, target = whole(checkpoint), Target(kind="probability", label=checkpoint.labels[0])
    units = words(LONG)
    game = Game(Scorer(checkpoint).start(), found, units, target, removal)
    shared = next(
        index for index, unit in enumerate(units) if found.windows[1].start < unit.start < found.windows[0].end - 10
    )
    kept = np.ones((2, len(units)), dtype=bool)
    kept[1, shared] = False
    expected = 0.0
    mask = f" {checkpoint.tokenizer.mask_token}"
    for window in found.windows:
        piece = LONG[window.start : window.end]
        start, end = units[shared].start - window.start, units[shared].end - window.start
        if start >= 0 and end <= len(piece):
            rest = piece[end:]
            masked = " ".join((piece[:start] + mask + rest.lstrip()).split())
            piece = masked if removal is Removal.MASK else piece[:start] + rest
        expected += window.weight * classify(checkpoint, piece).probabilities[0]
    values = game(kept)
    assert values[0] == pytest.approx(found.probabilities[0], abs=1e-5)
    assert values[1] == pytest.approx(expected, abs=1e-5)
    assert values[1] != pytest.approx(values[0], abs=1e-7)


def test_pooled_logits_give_the_mean_probabilities(checkpoint: Checkpoint) -> None:
    from workbench.pipeline import probabilities

    found, target = whole(checkpoint), Target(kind="probability", label=checkpoint.labels[0])
    units = words(LONG)
    logits = Game(Scorer(checkpoint).start(), found, units, target).logits(np.ones((1, len(units)), dtype=bool))
    assert probabilities(logits, checkpoint.activation)[0] == pytest.approx(found.probabilities, abs=1e-5)
