from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.training.conll import parse_conll, read_conll, to_bio

TYPES = ("PER", "ORG", "x-y")
WORD = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=6).filter(
    lambda word: word.strip() == word and not word.startswith(("#", "-DOCSTART-"))
)
# Entities of a sentence in order: a type or none, and how many words.
CHUNKS = st.lists(st.tuples(st.sampled_from([None, *TYPES]), st.integers(1, 3)), min_size=1, max_size=8)


def bio(chunks: list[tuple[str | None, int]]) -> list[str]:
    """As the definition says: B- at the first word of each entity."""
    return [
        "O" if kind is None else f"{'B' if word == 0 else 'I'}-{kind}" for kind, size in chunks for word in range(size)
    ]


def iob1(chunks: list[tuple[str | None, int]]) -> list[str]:
    """As the definition says: B- only at the first word of an entity that follows one of its type at once."""
    tags = []
    for place, (kind, size) in enumerate(chunks):
        follows = place > 0 and chunks[place - 1][0] == kind
        tags += ["O" if kind is None else f"{'B' if follows and not word else 'I'}-{kind}" for word in range(size)]
    return tags


def ended(chunks: list[tuple[str | None, int]], single: str, last: str) -> list[str]:
    """BIOES or BILOU."""
    tags = []
    for kind, size in chunks:
        places = single if size == 1 else "B" + "I" * (size - 2) + last
        tags += ["O" if kind is None else f"{places[word]}-{kind}" for word in range(size)]
    return tags


@given(CHUNKS)
def test_every_scheme_becomes_the_same_bio(chunks: list[tuple[str | None, int]]) -> None:
    expected = tuple(bio(chunks))
    assert to_bio(bio(chunks)) == expected
    assert to_bio(iob1(chunks)) == expected
    assert to_bio(ended(chunks, "S", "E")) == expected
    assert to_bio(ended(chunks, "U", "L")) == expected


@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), max_size=12))
def test_what_comes_out_is_bio_and_stays_so(tags: list[str]) -> None:
    found = to_bio(tags)
    assert to_bio(found) == found
    assert [tag[2:] for tag in found] == [tag[2:] for tag in tags]
    for before, tag in zip(("O", *found), found, strict=False):
        assert not tag.startswith("I-") or before[2:] == tag[2:]


@given(
    st.lists(st.lists(st.tuples(WORD, st.sampled_from(["O", "B-PER", "I-PER"])), min_size=1, max_size=5), max_size=5),
    st.sampled_from(["\t", " ", "   "]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_words_come_back(sentences: list[list[tuple[str, str]]], separator: str, end: str, more: bool) -> None:
    between = f"{separator}NN{separator}" if more else separator
    blocks = [end.join(f"{word}{between}{tag}" for word, tag in sentence) for sentence in sentences]
    found = parse_conll((end + end).join(blocks) + end)
    assert [one.words for one in found.sentences] == [tuple(word for word, _ in one) for one in sentences]
    assert [one.tags for one in found.sentences] == [to_bio([tag for _, tag in one]) for one in sentences]
    assert (found.faults, found.left_out, found.comments) == ((), 0, 0)


@given(st.text(max_size=60))
def test_no_text_is_too_strange(content: str) -> None:
    found = parse_conll(content)
    assert all(len(one.words) == len(one.tags) > 0 for one in found.sentences)
    assert all(word.strip() for one in found.sentences for word in one.words)


def test_comments_documents_and_hash_tags() -> None:
    found = parse_conll(
        "# source: a newspaper\n-DOCSTART- O\n\n# text\tO\tis said\n#\tO\n#MH17\tB-MISC\n\nOslo\tB-LOC\n\n"
        "-DOCSTART-\tO\n\nRain\tO\n"
    )
    assert [one.words for one in found.sentences] == [("#", "#MH17"), ("Oslo",), ("Rain",)]
    assert [one.document for one in found.sentences] == [1, 1, 2]
    assert [one.line for one in found.sentences] == [4, 8, 12]
    assert (found.comments, found.types, found.faults) == (2, ("LOC", "MISC"), ())


def test_broken_lines_are_told_by_number_and_take_their_sentence_with_them() -> None:
    found = parse_conll("A\tO\nB\n\nC\tO\n\nD\tX-PER\nE\tO\textra\n\n\u00a0\tO\nF\tO\n")
    assert [one.words for one in found.sentences] == [("C",)]
    assert [(one.number, one.reason) for one in found.faults] == [
        (2, "it has 1 column, the others have 2"),
        (6, "'X-PER' is no tag such as O, B-PER or I-PER"),
        (7, "it has 3 columns, the others have 2"),
        (9, "there is no word in it"),
    ]
    assert found.left_out == 3


def test_signs_that_python_takes_for_ends_of_lines_are_none() -> None:
    assert [one.words for one in parse_conll("a\u0085b\tO\nc\u2028\tO\n").sentences] == [("a\u0085b", "c")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no file .*; check the path"),
        (b"\xff\xfe\tO\n", "is not UTF-8; save it as UTF-8"),
        (b"", "x.conll has no tagged sentence; "),
        (b"Hello\nworld\n", "has no tagged sentence .line 1: it has 1 column, the others have 2.; "),
    ],
)
def test_files_at_fault(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "x.conll"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_conll(file)
