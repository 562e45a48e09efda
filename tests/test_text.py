from __future__ import annotations

import itertools
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import TextError
from workbench.schema import Span
from workbench.text import check_text, excerpt, fold, overlap, sentences, squeeze, words

# Letters, signs, white space, joiners, combining marks, right-to-left and wide scripts, emoji, controls.
TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("ab Z9'.,!?-…  \n\t\u00a0\u3000"),
        st.sampled_from("\u0301\u200d\u200b\u202e\ufe0f\u0000\u001f"),
        st.sampled_from("éß漢字かなカナא ب😀👩🏽❤中。！"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)


def visible(sign: str) -> bool:
    """By the character database alone: not a control, a format character or any kind of space."""
    category = unicodedata.category(sign)
    return not sign.isspace() and category not in {"Cc", "Cf"} and not category.startswith("Z")


def pieces(text: str) -> list[str]:
    return [span.of(text) for span in words(text)]


@given(TEXTS)
def test_words_cover_every_visible_character_and_never_overlap(text: str) -> None:
    spans = words(text)
    covered = [index for span in spans for index in range(span.start, span.end)]
    assert len(covered) == len(set(covered))
    assert covered == sorted(covered)
    assert {index for index, sign in enumerate(text) if visible(sign)} <= set(covered)
    assert all(any(map(visible, span.of(text))) for span in spans)


@given(TEXTS)
def test_sentences_cover_every_visible_character_and_never_overlap(text: str) -> None:
    spans = sentences(text)
    covered = [index for span in spans for index in range(span.start, span.end)]
    assert covered == sorted(set(covered))
    assert {index for index, sign in enumerate(text) if visible(sign)} <= set(covered)
    assert all(span.of(text) == span.of(text).strip() for span in spans)


@given(TEXTS)
def test_squeeze_is_split_and_join_and_its_offsets_point_at_the_same_characters(text: str) -> None:
    folded, offsets = squeeze(text)
    assert folded == " ".join(text.split())
    assert offsets.shape == (len(folded) + 1,)
    assert np.all(np.diff(offsets) >= 0)
    for place, sign in enumerate(folded):
        original = text[offsets[place]]
        assert original == sign if sign != " " else original.isspace()


@given(TEXTS)
def test_excerpt_is_one_short_line(text: str) -> None:
    line = excerpt(text, 20)
    assert len(line) <= 20
    assert line.split() == line.split(" ") or line == ""


def _cut(places: list[int]) -> list[Span]:
    return [Span(start=start, end=end) for start, end in itertools.pairwise(places)]


@given(
    st.lists(st.integers(0, 40), min_size=2, max_size=12, unique=True).map(sorted).map(_cut),
    st.lists(st.integers(0, 40), min_size=2, max_size=12, unique=True).map(sorted).map(_cut),
    st.randoms(use_true_random=False),
)
def test_overlap_keeps_the_total_of_sources_that_touch_a_target(
    sources: list[Span], targets: list[Span], random: object
) -> None:
    shares = overlap(sources, targets)
    assert shares.shape == (len(sources), len(targets))
    for row, source in zip(shares, sources, strict=True):
        common = [len({*range(source.start, source.end)} & {*range(t.start, t.end)}) for t in targets]
        assert row.tolist() == pytest.approx([c / sum(common) if sum(common) else 0 for c in common])
    scores = np.array([random.uniform(-1, 1) for _ in sources])  # type: ignore[attr-defined]
    touching = shares.sum(axis=1) > 0
    assert (scores @ shares).sum() == pytest.approx(scores[touching].sum(), abs=1e-12)


def test_overlap_of_sources_that_share_characters() -> None:
    """Bytes of one emoji: two tokens over the same characters, out of two targets."""
    sources = [Span(start=0, end=4), Span(start=0, end=4), Span(start=3, end=6), Span(start=6, end=6)]
    targets = [Span(start=0, end=3), Span(start=3, end=6)]
    assert overlap(sources, targets).tolist() == [[0.75, 0.25], [0.75, 0.25], [0, 1], [0, 0]]
    assert overlap([], targets).shape == (0, 2)
    assert overlap(sources, []).shape == (4, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't like it.", ["I", "don't", "like", "it", "."]),
        ("It’s 3.5 stars!!!", ["It’s", "3.5", "stars", "!!!"]),
        ("Well... no?!", ["Well", "...", "no", "?", "!"]),
        ("well-made", ["well", "-", "made"]),
        ("family 👩‍👩‍👧‍👦 ok", ["family", "👩‍👩‍👧‍👦", "ok"]),
        ("👍🏽 ❤️", ["👍🏽", "❤️"]),
        ("e\u0301te\u0301 ok", ["e\u0301te\u0301", "ok"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("とても好き", ["と", "て", "も", "好", "き"]),
        ("没有问题。", ["没", "有", "问", "题", "。"]),
        ("a\x00b", ["a", "b"]),
        ("  tabs\tand\nlines ", ["tabs", "and", "lines"]),
        ("", []),
        (" \n\t\u200b ", []),
        ("?", ["?"]),
        ("!!! ... ---", ["!!!", "...", "---"]),
        ("<b>hi</b>", ["<", "b", ">", "hi", "<", "/", "b", ">"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_words_of_a_lone_surrogate_stay_inside_the_text() -> None:
    assert pieces("ok \ud83d no")[0] == "ok"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("He said “no.” Then left…", ["He said “no.”", "Then left…"]),
        ("Costs 3.50 euros. Fine.", ["Costs 3.50 euros.", "Fine."]),
        ("no end\n\nnext", ["no end", "next"]),
        ("没有问题。很好！", ["没有问题。", "很好！"]),
        ("...", ["..."]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [span.of(text) for span in sentences(text)] == expected


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b\u200d", "\x00\x01", "\u3000"])
def test_nothing_visible_is_refused(text: str) -> None:
    with pytest.raises(TextError, match="empty; give"):
        check_text(text)


def test_a_lone_surrogate_is_refused_with_its_place() -> None:
    with pytest.raises(TextError, match=r"U\+D83D\) at character 3; "):
        check_text("ok \ud83d no")


@pytest.mark.parametrize("text", ["a", "?", "😀", "\u202eabc", "x\x00"])
def test_anything_visible_is_accepted(text: str) -> None:
    assert check_text(text) is text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_folding_keeps_offsets_and_is_done_once(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


def test_folding_is_that_of_the_database() -> None:
    import duckdb

    signs = [
        chr(number)
        for number in range(1, 0x1E944)
        if not 0xD800 <= number < 0xE000 and chr(number) != chr(number).lower()
    ]
    for (there,), sign in zip(duckdb.execute("SELECT lower(unnest(?))", [signs]).fetchall(), signs, strict=True):
        # The database may know fewer signs than Python does.
        assert there in {fold(sign), sign}
    for word in ("İstanbul", "ΣΑΣ", "STRASSE", "Straße", "ÀÉÎ", "ДОМ"):
        assert duckdb.execute("SELECT lower(?)", [word]).fetchone() == (fold(word),)
