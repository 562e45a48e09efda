"""Files of tagged words, one word a line, as the CoNLL shared tasks have them; any usual scheme of tags becomes BIO."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError
from workbench.schema import RowFault

OUTSIDE = "O"
_DOCUMENT = "-DOCSTART-"
_TAG = re.compile(r"([BIESLU])-(\S+)")
# Besides B and I: the last word of an entity (E, L) and an entity of one word (S, U), in BIOES and BILOU.
_BEGINS = frozenset("BSU")


@dataclass(frozen=True)
class Sentence:
    """Words with a tag each.

    Attributes:
        words: As in the file.
        tags: In BIO: ``O``, ``B-`` and a type for an entity's first word, ``I-`` and the type for its others.
        document: Which document of the file it is in; a file without borders of documents is one for each sentence.
        line: Number of its first line, from 1.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    document: int
    line: int


@dataclass(frozen=True)
class Tagged:
    """What was read of a file.

    Attributes:
        sentences: Those that can be used.
        faults: Lines that cannot be read; the whole sentence is left out, since the tags around it cannot be trusted.
        comments: How many lines are comments.
        left_out: How many sentences were left out for their faults.
    """

    sentences: tuple[Sentence, ...]
    faults: tuple[RowFault, ...]
    comments: int
    left_out: int

    @property
    def types(self) -> tuple[str, ...]:
        """The types of entities, sorted."""
        return tuple(sorted({tag[2:] for sentence in self.sentences for tag in sentence.tags if tag != OUTSIDE}))


def read_conll(file: Path) -> Tagged:
    """Read a file of tagged words.

    Columns are separated by tabs, or by blanks where the file has no tabs; the first is the word, the last its tag. A
    blank line ends a sentence. A line that starts with ``#`` and is no tagged word is a comment.

    Args:
        file: In UTF-8.

    Returns:
        Its sentences in BIO, and what was left out.

    Raises:
        InputError: It cannot be read, or no sentence of it can be used.
    """
    try:
        content = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"there is no file {file}", "check the path") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} is not UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror})", "check the path") from None
    found = parse_conll(content)
    if not found.sentences:
        first = f" (line {found.faults[0].number}: {found.faults[0].reason})" if found.faults else ""
        raise InputError(f"{file.name} has no tagged sentence{first}", "give a word a line with its tag last")
    return found


def parse_conll(content: str) -> Tagged:
    """Read tagged words; see ``read_conll``.

    Args:
        content: Of a file.

    Returns:
        Its sentences in BIO, and what was left out.
    """
    # Not splitlines: some words hold signs that it takes for ends of lines.
    lines = [line.removesuffix("\r") for line in content.split("\n")]
    columns = _Columns(lines)
    sentences, faults, comments, left_out = [], list[RowFault](), 0, 0
    document, borders = 0, False
    for block in _blocks(lines):
        words, bad = list[tuple[str, str]](), list[RowFault]()
        for number, line in block:
            read = columns.read(line)
            if read is None:
                comments += 1
            elif isinstance(read, str):
                bad.append(RowFault(number=number, reason=read))
            elif read[0] == _DOCUMENT:
                document, borders = document + 1, True
            else:
                words.append(read)
        faults += bad
        left_out += bool(bad)
        if words and not bad:
            tags = to_bio([tag for _, tag in words])
            sentences.append(Sentence(tuple(word for word, _ in words), tags, document, block[0][0]))
    if not borders:
        sentences = [Sentence(one.words, one.tags, place, one.line) for place, one in enumerate(sentences)]
    return Tagged(tuple(sentences), tuple(faults), comments, left_out)


def to_bio(tags: Sequence[str]) -> tuple[str, ...]:
    """Bring the tags of a sentence to BIO.

    Args:
        tags: In BIO, in IOB1 (``I-`` throughout, ``B-`` only where an entity follows another of its type), in BIOES or
            in BILOU.

    Returns:
        As many tags, ``B-`` at the first word of each entity.
    """
    found = []
    before = OUTSIDE
    for tag in tags:
        if tag == OUTSIDE:
            found.append(tag)
        else:
            begins = tag[0] in _BEGINS or before == OUTSIDE or before[2:] != tag[2:] or before[0] in "ELSU"
            found.append(f"{'B' if begins else 'I'}-{tag[2:]}")
        before = tag
    return tuple(found)


class _Columns:
    """How the lines of a file are divided: by what, into how many."""

    def __init__(self, lines: Sequence[str]) -> None:
        plain = [line for line in lines if line.strip() and not line.startswith("#")]
        self._separator = "\t" if sum("\t" in line for line in plain) * 2 > len(plain) else None
        counts = Counter(len(self._cells(line)) for line in plain if not line.startswith(_DOCUMENT))
        self._width = max(2, counts.most_common(1)[0][0]) if counts else 2

    def read(self, line: str) -> tuple[str, str] | str | None:
        """A word and its tag, or why there is none, or none for a comment."""
        if line.split()[:1] == [_DOCUMENT]:
            return _DOCUMENT, OUTSIDE
        cells = self._cells(line)
        word, tag = cells[0].strip(), cells[-1].strip()
        fits = len(cells) == self._width
        tagged = tag == OUTSIDE or _TAG.fullmatch(tag) is not None
        if line.startswith("#") and not (fits and tagged):
            return None
        if not fits:
            return f"it has {len(cells)} column{'s' * (len(cells) > 1)}, the others have {self._width}"
        if not word:
            return "there is no word in it"
        if not tagged:
            return f"{tag[:40]!r} is no tag such as O, B-PER or I-PER"
        return word, tag

    def _cells(self, line: str) -> list[str]:
        # Tags have no blanks, so that those at the end mean nothing; a word may be one that looks blank.
        return line.rstrip(" ").split(self._separator) or [""]


def _blocks(lines: Sequence[str]) -> Iterator[list[tuple[int, str]]]:
    """Lines between blank ones, with their numbers."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block
