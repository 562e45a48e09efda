"""The tour through the entities of a text: each number is that of the text, computed here in another way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.pipeline import find_entities
from workbench.schema import Lesson, Scheme, Strategy
from workbench.services import entity_lessons
from workbench.services.entity_lessons import pieces_of

TITLES = [
    "Sub-words, and where a word's tag is read",
    "Tags: what begins, goes on and stands outside",
    "Probabilities of tokens, and the score of an entity",
    "Strategies: from tags to entities",
    "Long texts and windows",
]
TEXT = "Good foods were loved slowly, the staff was xyzzy"


def tour(checkpoint: Checkpoint, text: str = TEXT, **how: object) -> dict[str, Lesson]:
    found = entity_lessons(checkpoint, find_entities(checkpoint, text, **how))  # type: ignore[arg-type]
    return {lesson.title: lesson for lesson in found}


def test_the_steps(tiny_tags: Checkpoint) -> None:
    assert list(tour(tiny_tags)) == TITLES


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("name", ["tiny_tags", "tiny_tags_bpe", "tiny_tags_unigram"])
def test_a_score_is_the_mean_of_its_pieces(name: str, strategy: Strategy, request: pytest.FixtureRequest) -> None:
    checkpoint: Checkpoint = request.getfixturevalue(name)
    prediction = find_entities(checkpoint, TEXT, strategy=strategy.value)
    assert prediction.entities
    for entity, pieces in zip(prediction.entities, pieces_of(checkpoint, prediction), strict=True):
        assert tuple(token for tokens, _, _ in pieces for token in tokens) == entity.tokens
        assert sum(score for *_, score in pieces) / len(pieces) == pytest.approx(entity.score, abs=1e-9)
        assert {label[2:] for _, label, _ in pieces} == {entity.type}


def test_the_score_of_the_longest_entity_is_worked_out(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, TEXT, strategy="simple")
    longest = max(prediction.entities, key=lambda one: len(one.tokens))
    lesson = tour(tiny_tags, strategy="simple")[TITLES[2]]
    assert f"“{longest.text}” as {longest.type}" in lesson.paragraphs[1]
    assert f"{longest.score:.3f}" in lesson.paragraphs[1]
    numbers = [max(prediction.probabilities[place]) for place in longest.tokens]
    assert [row[2] for row in lesson.rows] == [f"{number:.3f}" for number in numbers[:8]]
    assert lesson.left_out == max(0, len(numbers) - 8)


def test_words_in_pieces_have_a_tag_a_piece(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, TEXT)
    lesson = tour(tiny_tags)[TITLES[0]]
    assert [row[:2] for row in lesson.rows] == [("foods", "food ##s"), ("slowly", "slow ##ly")]
    tags = dict(zip((token.text for token in prediction.tokens), prediction.tags, strict=True))
    assert lesson.rows[0][2] == f"{tags['food']} {tags['##s']}"
    assert "the tag of its first token" in lesson.paragraphs[-1]


def test_tags_are_counted_and_read(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, TEXT)
    inner = [tag for token, tag in zip(prediction.tokens, prediction.tags, strict=True) if not token.special]
    lesson = tour(tiny_tags)[TITLES[1]]
    assert f"it is the tag of {inner.count('O')} of your {len(inner)} tokens" in lesson.paragraphs[0]
    verbs = {"B": "begins", "I": "goes on with"}
    expected = [(tag, f"{verbs[tag[0]]} an entity of type {tag[2:]}") for tag in inner if tag != "O"]
    assert [row[1:] for row in lesson.rows] == expected[:8]


def test_labels_without_a_scheme(make_checkpoint: Callable[..., Path]) -> None:
    plain = load_checkpoint(str(make_checkpoint(("O", "PER", "LOC"), tags=True, seed=4)), device="cpu")
    assert find_entities(plain, TEXT).scheme is Scheme.PLAIN
    lesson = tour(plain)[TITLES[1]]
    assert "names the type alone" in lesson.paragraphs[1]
    assert all(row[2] == f"belongs to an entity of type {row[1]}" for row in lesson.rows)


def test_every_strategy_gives_what_it_finds(tiny_tags: Checkpoint) -> None:
    lesson = tour(tiny_tags, "we loved food", strategy="max")[TITLES[3]]
    assert [row[0] for row in lesson.rows] == ["none", "simple", "first", "average", "max (chosen)"]
    for strategy, row in zip(Strategy, lesson.rows, strict=True):
        found = find_entities(tiny_tags, "we loved food", strategy=strategy.value).entities
        assert row[2] == ("; ".join(f"{one.text} {one.type} {one.score:.3f}" for one in found) or "none")


def test_long_texts(tiny_tags: Checkpoint) -> None:
    long = "the staff was very good and we loved it . " * 9
    whole = find_entities(tiny_tags, long, windows=True)
    lesson = tour(tiny_tags, long, windows=True)[TITLES[4]]
    assert f"in {len(whole.windows)} windows" in lesson.paragraphs[1]
    assert lesson.rows[0] == ("1", f"0 to {whole.windows[0].end}", f"0 to {whole.windows[0].last}")
    cut = tour(tiny_tags, long)[TITLES[4]]
    assert f"at character {find_entities(tiny_tags, long).unread_from} of {len(long)}" in cut.paragraphs[1]
    assert not cut.rows
    assert "needs 5 tokens" in tour(tiny_tags, "we loved food")[TITLES[4]].paragraphs[1]


def test_nothing_found(tiny_tags: Checkpoint) -> None:
    none = find_entities(tiny_tags, "we loved food").model_copy(update={"entities": ()})
    lesson = entity_lessons(tiny_tags, none)[2]
    assert "no entity" in lesson.paragraphs[1]
    assert not lesson.rows
