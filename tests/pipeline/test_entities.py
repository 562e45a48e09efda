"""Entities: against the pipeline of transformers, against answers known by hand, and in windows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers
from hypothesis import given
from hypothesis import strategies as st

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import IncompatibleError, InputError, TextError
from workbench.pipeline import classify, find_entities, find_entities_many, read_chances
from workbench.pipeline.spans import Decoder
from workbench.schema import EntityPrediction, Scheme, Span, Strategy, Token

KINDS = ("tiny_tags", "tiny_tags_bpe", "tiny_tags_unigram")
HARD = (
    "the food was very good and the staff were great",
    "naïve café 😀 👩‍👩‍👧 日本語 اللغة 123.45 don't",
    "  two  spaces\nand\ta line,(great)!  ",
    "was\n\n very",
    "Cafe\u0301 in Zu\u0308rich, \u202bשלום\u202c e\u0301",
    "👩‍👩‍👧👩‍👩‍👧",
)
# Signs that no tokenizer here makes shorter or longer, so that transformers finds the same words.
SIGNS = st.sampled_from([*"abcdefgnst .,!?'-()\"", "the ", "food ", "very", "good", "s ", "😀", "é", "日", "\n"])
TEXTS = st.lists(SIGNS, min_size=1, max_size=14).map("".join).filter(lambda text: text.strip() != "")


@lru_cache(maxsize=8)
def stock(checkpoint: Checkpoint) -> Any:
    return transformers.pipeline(
        "token-classification", model=checkpoint.model, tokenizer=checkpoint.tokenizer, device="cpu"
    )


def theirs(checkpoint: Checkpoint, text: str, strategy: Strategy) -> list[tuple[str, int, int, float]]:
    """What transformers gives, without white space at the ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = stock(checkpoint)(text, aggregation_strategy=strategy.value)
    rows = []
    for one in found:
        piece = text[one["start"] : one["end"]]
        start = one["start"] + len(piece) - len(piece.lstrip())
        if piece.strip():
            kind = one["entity"] if strategy is Strategy.NONE else one["entity_group"]
            rows.append((kind, start, start + len(piece.strip()), float(one["score"])))
    return rows


def ours(prediction: EntityPrediction) -> list[tuple[str, int, int, float]]:
    none = prediction.strategy is Strategy.NONE
    return [
        (prediction.tags[one.tokens[0]] if none else one.type, one.start, one.end, one.score)
        for one in prediction.entities
    ]


def assert_same(checkpoint: Checkpoint, text: str, strategy: Strategy, **options: Any) -> None:
    expected = theirs(checkpoint, text, strategy)
    found = ours(find_entities(checkpoint, text, strategy=strategy, **options))
    assert [one[:3] for one in found] == [one[:3] for one in expected]
    assert [one[3] for one in found] == pytest.approx([one[3] for one in expected], abs=1e-5)


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS)
def test_entities_are_those_of_transformers(
    request: pytest.FixtureRequest, kind: str, strategy: Strategy, text: str
) -> None:
    assert_same(request.getfixturevalue(kind), text, strategy)


@pytest.mark.parametrize("kind", KINDS)
def test_the_checkpoints_of_these_tests_find_something(request: pytest.FixtureRequest, kind: str) -> None:
    found = [find_entities(request.getfixturevalue(kind), text) for text in HARD]
    assert {one.type for prediction in found for one in prediction.entities} == {"PER", "LOC"}
    assert any(len(one.tokens) > 1 for prediction in found for one in prediction.entities)


@pytest.mark.parametrize("strategy", Strategy)
def test_labels_of_any_form_can_be_read_as_transformers_reads_them(
    make_checkpoint: Callable[..., Path], strategy: Strategy
) -> None:
    labels = ("O", "B-PER", "I-PER", "E-PER", "S-PER", "MISC", "geo-loc")
    checkpoint = load_checkpoint(str(make_checkpoint(labels, tags=True, seed=4)), device="cpu")
    for text in (HARD[0], "we loved this film, i hated that one never again"):
        assert_same(checkpoint, text, strategy, scheme="bio")


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.one_of(st.text(min_size=1, max_size=30), st.sampled_from(HARD)))
def test_every_entity_stands_where_it_says(request: pytest.FixtureRequest, kind: str, text: str) -> None:
    try:
        predictions = [find_entities(request.getfixturevalue(kind), text, strategy=one) for one in Strategy]
    except TextError:
        return
    for prediction in predictions:
        for entity in prediction.entities:
            assert text[entity.start : entity.end] == entity.text == entity.text.strip() != ""
            assert {prediction.tokens[index].special for index in entity.tokens} == {False}
        again = EntityPrediction.model_validate_json(prediction.model_dump_json())
        assert again == prediction


def test_a_combining_accent_neither_moves_a_word_nor_is_cut_off(tiny_tags: Checkpoint) -> None:
    text = "the foo\u0301d was"
    (first,) = [one for one in find_entities(tiny_tags, text, strategy="none").tokens if one.text == "food"]
    assert first.span == Span(start=4, end=9)
    decoder = Decoder(("O", "B-X", "I-X"), Scheme.BIO, Strategy.FIRST)
    tokens = tokens_at(text, [(0, 3), (4, 8), (10, 13)])
    found = decoder.entities("the food\u0301 was", tokens, [False] * 3, chances(["O", "B-X", "O"], decoder.labels))
    assert [one.text for one in found] == ["food\u0301"]


def tokens_at(text: str, places: Sequence[tuple[int, int]]) -> list[Token]:
    return [Token(id=0, text=text[start:end], span=Span(start=start, end=end)) for start, end in places]


def chances(tags: Sequence[str], labels: Sequence[str], sure: float = 0.8) -> np.ndarray:
    rows = np.full((len(tags), len(labels)), (1 - sure) / (len(labels) - 1))
    for index, tag in enumerate(tags):
        rows[index, labels.index(tag)] = sure
    return rows


def decoded(tags: Sequence[str], scheme: Scheme) -> list[tuple[str, str]]:
    """The entities of one-letter words with these tags."""
    text = " ".join("abcdefghij"[: len(tags)])
    labels = tuple(dict.fromkeys([*tags, "O", "Z"]))
    decoder = Decoder(labels, scheme, Strategy.SIMPLE)
    tokens = tokens_at(text, [(2 * index, 2 * index + 1) for index in range(len(tags))])
    found = decoder.entities(text, tokens, [False] * len(tags), chances(tags, labels))
    assert all(one.score == pytest.approx(0.8) for one in found)
    return [(one.type, one.text) for one in found]


@pytest.mark.parametrize(
    ("scheme", "tags", "expected"),
    [
        ("bio", "B-P I-P O B-P B-P I-L", [("P", "a b"), ("P", "d"), ("P", "e"), ("L", "f")]),
        ("iob1", "I-P I-P B-P I-P O I-L", [("P", "a b"), ("P", "c d"), ("L", "f")]),
        ("bioes", "B-P I-P E-P S-P S-P O B-L E-L", [("P", "a b c"), ("P", "d"), ("P", "e"), ("L", "g h")]),
        ("bioes", "B-P E-P I-P E-P O E-L", [("P", "a b"), ("P", "c d"), ("L", "f")]),
        ("bioes", "B-P B-P E-L", [("P", "a"), ("P", "b"), ("L", "c")]),
        ("bilou", "B-P I-P L-P U-P U-P L-P", [("P", "a b c"), ("P", "d"), ("P", "e"), ("P", "f")]),
        ("plain", "P P O P L-x L-x B-P", [("P", "a b"), ("P", "d"), ("L-x", "e f"), ("B-P", "g")]),
    ],
)
def test_schemes_are_read_as_they_are_meant(scheme: str, tags: str, expected: list[tuple[str, str]]) -> None:
    assert decoded(tags.split(), Scheme(scheme)) == expected


TYPES = st.sampled_from(["PER", "LOC", "ORG"])
ENTITIES = st.lists(st.tuples(TYPES, st.integers(1, 3), st.integers(0, 2)), max_size=4)


def written(entities: Sequence[tuple[str, int, int]], scheme: Scheme) -> tuple[list[str], list[tuple[str, int]]]:
    """Tags of entities by the definition of a scheme, and each entity's first token with its type."""
    tags: list[str] = []
    starts = []
    single, end = ("S", "E") if scheme is Scheme.BIOES else ("U", "L")
    for kind, length, gap in entities:
        starts.append((kind, len(tags)))
        if scheme in (Scheme.BIOES, Scheme.BILOU):
            inner = [single] if length == 1 else ["B", *"I" * (length - 2), end]
        elif scheme is Scheme.BIO:
            inner = ["B", *"I" * (length - 1)]
        else:
            neighbour = bool(tags) and tags[-1].endswith(f"-{kind}")
            inner = ["B" if neighbour else "I", *"I" * (length - 1)]
        tags += [f"{one}-{kind}" for one in inner] + ["O"] * gap
    return tags, starts


@pytest.mark.parametrize("scheme", [Scheme.BIO, Scheme.IOB1, Scheme.BIOES, Scheme.BILOU])
@given(entities=ENTITIES)
def test_what_a_scheme_writes_is_read_back(scheme: Scheme, entities: list[tuple[str, int, int]]) -> None:
    tags, starts = written(entities, scheme)
    labels = tuple(dict.fromkeys([*tags, "O", "Z"]))
    text = "x " * len(tags)
    tokens = tokens_at(text, [(2 * index, 2 * index + 1) for index in range(len(tags))])
    found = Decoder(labels, scheme, Strategy.SIMPLE).entities(
        text, tokens, [False] * len(tags), chances(tags, labels).reshape(-1, len(labels))
    )
    assert [(one.type, one.tokens[0], len(one.tokens)) for one in found] == [
        (kind, start, length) for (kind, start), (_, length, _) in zip(starts, entities, strict=True)
    ]


def test_strategies_settle_words_whose_tokens_disagree() -> None:
    labels = ("O", "B-P", "B-L")
    tokens = tokens_at("abcdef", [(0, 2), (2, 4), (4, 6)])
    rows = np.array([[0.1, 0.6, 0.3], [0.05, 0.05, 0.9], [0.5, 0.4, 0.1]])
    expected = {
        "none": [("P", "ab", 0.6), ("L", "cd", 0.9)],
        "simple": [("P", "ab", 0.6), ("L", "cd", 0.9)],
        "first": [("P", "abcdef", 0.6)],
        "average": [("L", "abcdef", 1.3 / 3)],
        "max": [("L", "abcdef", 0.9)],
    }
    for name, wanted in expected.items():
        found = Decoder(labels, Scheme.BIO, Strategy(name)).entities("abcdef", tokens, [False, True, True], rows)
        assert [(one.type, one.text, pytest.approx(one.score)) for one in found] == wanted


def test_what_cannot_be_done_is_said_in_one_line(tiny: Checkpoint, tiny_tags: Checkpoint) -> None:
    with pytest.raises(IncompatibleError, match="finds no entities; use workbench predict"):
        find_entities(tiny, "very good")
    for ask in (lambda: classify(tiny_tags, "very good"), lambda: read_chances(tiny_tags, ["very good"])):
        with pytest.raises(IncompatibleError, match="no label to a whole text; use workbench entities"):
            ask()
    with pytest.raises(InputError, match="no strategy 'best'; choose one of none, simple"):
        find_entities(tiny_tags, "very good", strategy="best")
    with pytest.raises(InputError, match="no scheme 'bmes'; choose one of bio"):
        find_entities(tiny_tags, "very good", scheme="bmes")
    with pytest.raises(TextError):
        find_entities(tiny_tags, "  ")
    assert find_entities_many(tiny_tags, []) == []


def test_the_strategy_suits_the_tokenizer(tiny_tags: Checkpoint, tiny_tags_bpe: Checkpoint) -> None:
    assert find_entities(tiny_tags, "good").strategy is Strategy.FIRST
    assert find_entities(tiny_tags_bpe, "good").strategy is Strategy.SIMPLE


def test_text_past_the_limit_is_unread_or_read_in_windows(tiny_tags: Checkpoint) -> None:
    text = "the staff were very good and we loved the film . " * 12
    cut = find_entities(tiny_tags, text)
    assert cut.unread_from is not None
    assert len(cut.tokens) == 48
    assert all(one.end <= cut.unread_from for one in cut.entities)
    whole = find_entities(tiny_tags, text, windows=True)
    assert whole.unread_from is None
    assert len(whole.windows) > 2
    assert [token.span for token in whole.tokens] == [
        Span(start=start, end=end)
        for start, end in tiny_tags.tokenizer(text, return_offsets_mapping=True)["offset_mapping"][1:-1]
    ]
    assert [one.first for one in whole.windows[1:]] == [one.last for one in whole.windows[:-1]]
    short = find_entities(tiny_tags, "the staff", windows=True)
    assert short == find_entities(tiny_tags, "the staff")


def test_an_entity_over_the_seam_comes_whole_from_the_window_it_lies_deeper_in(tiny_tags: Checkpoint) -> None:
    """Each token, and each entity, is what the window says in which it stands further inside."""
    text = "the staff were very good and we loved the film . " * 12
    whole = find_entities(tiny_tags, text, windows=True)
    for window in whole.windows:
        alone = find_entities(tiny_tags, window.span.of(text))
        placed = {
            (token.span.start + window.start, token.id): row
            for token, row in zip(alone.tokens, alone.probabilities, strict=True)
            if token.span
        }
        for token, row in zip(whole.tokens, whole.probabilities, strict=True):
            assert token.span is not None
            if window.first <= token.span.start < window.last:
                assert row == pytest.approx(placed[token.span.start, token.id], abs=1e-5)
        seams = {one.first for one in whole.windows[1:]}
        for entity in alone.entities:
            start, end = entity.start + window.start, entity.end + window.start
            inside = window.first <= start and end <= window.last
            if inside and not {start, end} & seams:
                assert (entity.type, start, end) in [(one.type, one.start, one.end) for one in whole.entities]
