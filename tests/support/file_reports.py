"""Comparisons of tiny checkpoints on a file, plain ones and ones that are hostile wherever a user can put a word."""

from __future__ import annotations

from pathlib import Path

from workbench.checkpoints import Checkpoint
from workbench.schema import FileComparison, FileSource, RowFault
from workbench.services import compare_file, explain_difference, most_disagreeing, words_of
from workbench.tables import read_table

HOSTILE_NAME = '"><script>alert(1)</script>.csv'
HOSTILE_COLUMN = "=HYPERLINK(1)\n| *b* [x](http://x.example) \u202e"
HOSTILE_CHECKPOINT = '</script><img src=x onerror=alert(1)> 1.23456 \x00 role="x"'
WORDS = ("good", "bad", "the room was", "we loved", "cold", "never again", "very slow staff", "clean")


def lines(rows: int = 70) -> list[tuple[str, str]]:
    """Texts with stars, all texts different."""
    return [(f"{WORDS[n % 8]} {WORDS[n % 3]} food {WORDS[n % 7]} {n}", str(n % 5 + 1)) for n in range(rows)]


def written(folder: Path, rows: int = 70) -> Path:
    """A file of such texts, with three rows that cannot be used and one label that nobody knows."""
    file = folder / "reviews.csv"
    body = "".join(f"{text},{label}\n" for text, label in lines(rows))
    file.write_text(f"text,rating\n{body}, 3\ngood,nine\n,4\na,b,c\n", encoding="utf-8")
    return file


def compared(file: Path, *checkpoints: Checkpoint, reviews: int = 0) -> FileComparison:
    """The checkpoints on it, with words of the first two over so many reviews."""
    read = read_table(file)
    found = compare_file(checkpoints, read.rows, source=read.source)
    if not reviews:
        return found
    texts = most_disagreeing(found, found.pairs[0], reviews)
    both = checkpoints[0], checkpoints[1]
    labels = found.checkpoints[0].checkpoint.labels
    target = "expected" if found.pairs[0].distance == "stars" else labels[0]
    differences = [explain_difference(both, text, target=target) for text in texts]
    return found.model_copy(update={"words": (words_of(0, target, differences, reviews),)})


def hostile(found: FileComparison) -> FileComparison:
    """The same with hostile names of everything that has one."""
    sides = [found.checkpoints[0].checkpoint.model_copy(update={"name": HOSTILE_CHECKPOINT})]
    first = found.checkpoints[0].model_copy(
        update={"checkpoint": sides[0], "unknown": 3, "unknown_labels": {"<b>7</b>": 2, "=1+1": 1}}
    )
    source = FileSource(
        name=HOSTILE_NAME,
        form="csv",
        encoding="utf-8",
        columns=(HOSTILE_COLUMN,),
        text_columns=(HOSTILE_COLUMN,),
        label_column="<u>label</u> \x1b[2J",
        seen=99,
        good=90,
        kept=len(found.rows),
        faults=(RowFault(number=3, reason="<script>alert(1)</script>"),),
        fault_counts={"<script>alert(1)</script>": 9},
        notes=("<img src=x onerror=alert(1)> | *note*",),
        sha256="0" * 64,
    )
    notes = ("cancelled: half of them", "<img src=x onerror=alert(1)> does not know")
    return found.model_copy(
        update={
            "checkpoints": (first, *found.checkpoints[1:]),
            "source": source,
            "asked": len(found.rows) + 5,
            "partial": True,
            "notes": notes,
        }
    )
