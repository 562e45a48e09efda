"""Reading texts and labels from csv, tsv, jsonl, parquet, txt and CoNLL files."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import InputError
from workbench.tables.decoding import SAMPLE, encoding_of

if TYPE_CHECKING:
    import pandas as pd

_FORMATS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".parquet": "parquet", ".txt": "txt", ".conll": "conll"}
TEXT_NAMES = ("text", "review", "review text", "sentence", "content", "body")
LABEL_NAMES = ("label", "rating", "stars", "score", "sentiment")


@dataclass(frozen=True)
class Row:
    """One text with its label as the file has it (none where there is no label column).

    Attributes:
        text: The text.
        label: The label.
        key: What decides on which side of a split the row lies: the text, unless other columns were named.
        number: Which row of the file it is, the first below the header being 1; 0 where that is not known.
    """

    text: str
    label: str | None
    key: str
    number: int = field(default=0, compare=False)


def read_rows(
    file: Path,
    *,
    text: Sequence[str] = (),
    label: str | None = None,
    key: Sequence[str] = (),
    form: str | None = None,
    header: bool = True,
    labelled: bool = False,
    left_out: Counter[str] | None = None,
) -> list[Row]:
    """Read the texts of a file, rows without text left out.

    Args:
        file: The file; its suffix tells the format unless ``form`` does.
        text: Columns whose values make up the text, joined as sentences. By default the column of a usual name, or the
            only one.
        label: Column of the label. By default the column of a usual name, where there is one.
        key: Columns that decide the split of a row, where not those of the text.
        form: ``csv``, ``tsv``, ``jsonl``, ``parquet``, ``txt`` (a text a line), ``conll`` (a token a line) or ``glue``
            (tabs and no quotation, as the files of SST-2; also taken where a tsv file has just their two columns).
        header: Whether a csv or tsv file starts with column names; else columns are named ``0``, ``1``, ...
        labelled: Whether a label column is needed.
        left_out: Told how many rows have no text.

    Returns:
        The rows in the order of the file.

    Raises:
        InputError: The file cannot be read, or a column is missing.
    """
    kind = form or _FORMATS.get(file.suffix.lower())
    if kind is None or kind not in {*_FORMATS.values(), "glue"}:
        raise InputError(f"{file.name} is of an unknown format", f"use one of {', '.join(sorted(_FORMATS))}")
    try:
        frame = _read(file, kind, header)
    except FileNotFoundError:
        raise InputError(f"there is no file {file}", "check the path") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} holds bytes that are no text", "save it as UTF-8") from None
    except OSError as error:
        # Libraries raise it as well, for what they find in a file.
        reason = error.strerror or str(error)
        raise InputError(f"{file} cannot be read as {kind} ({reason})", "check the file") from None
    except TypeError:  # pandas raises it as well
        raise InputError(f"{file} cannot be read as {kind} (its lines are no objects)", "check the file") from None
    except ValueError as error:
        raise InputError(f"{file} cannot be read as {kind} ({error})", "check the file") from None
    columns = _text_columns(frame, text, file)
    target = _label_column(frame, label, columns, file, labelled)
    bodies = _joined(frame, columns)
    keys = _joined(frame, _text_columns(frame, key, file)) if key else bodies
    labels = [None] * len(frame) if target is None else list(frame[target])
    if left_out is not None and not all(bodies):
        left_out["without a text"] += sum(not body for body in bodies)
    return [
        Row(body, cell_text(value) or None, own) for body, value, own in zip(bodies, labels, keys, strict=True) if body
    ]


def join_sentences(parts: Sequence[object]) -> str:
    """Join a title and a text so that the title stays a sentence of its own.

    Args:
        parts: Cells of one row; empty ones are left out.

    Returns:
        One text.
    """
    filled = [piece for part in parts if (piece := cell_text(part))]
    closed = [piece if piece[-1] in ".!?…" else piece + "." for piece in filled[:-1]]
    return " ".join([*closed, *filled[-1:]])


def held_out(key: str, share: float, seed: int) -> bool:
    """Whether a row belongs to the held-out split.

    The split depends on the key alone, so that it survives reordering, and equal texts never lie on both sides.

    Args:
        key: The row's key, by default its text.
        share: Share of texts held out, 0 to 1.
        seed: Which split.

    Returns:
        True for about ``share`` of all keys.
    """
    digest = hashlib.sha256(f"{seed}\n{key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def _read(file: Path, kind: str, header: bool) -> pd.DataFrame:
    import pandas as pd

    if kind == "parquet":
        return pd.read_parquet(file)
    with file.open("rb") as stream:
        encoding = encoding_of(stream.read(SAMPLE), file.name)
    if kind == "jsonl":
        found = pd.read_json(file, lines=True, dtype=False, encoding=encoding)
        if not all(isinstance(name, str) for name in found.columns):
            raise TypeError
        return found
    if kind == "txt":
        return pd.DataFrame({"text": file.read_text(encoding).split("\n")})
    if kind == "conll":
        blocks = re.split(r"\n\s*\n", file.read_text(encoding))
        return pd.DataFrame(
            {"text": [" ".join(line.split()[0] for line in block.splitlines() if line.split()) for block in blocks]}
        )
    if not header:
        lines = [line for line in file.read_text(encoding).split("\n") if line]
        separator = "\t" if kind == "tsv" else ","
        return pd.DataFrame([line.split(separator) for line in lines]).rename(columns=str)
    plain = kind == "glue" or (kind == "tsv" and _is_glue(file))
    return pd.read_csv(
        file,
        sep="," if kind == "csv" else "\t",
        dtype=str,
        keep_default_na=False,
        encoding=encoding,
        quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL,
    )


def _is_glue(file: Path) -> bool:
    """Whether the header is that of SST-2, whose quotation marks are a part of the text."""
    with file.open("rb") as stream:
        return stream.readline(100).strip() == b"sentence\tlabel"


def _joined(frame: pd.DataFrame, columns: list[str]) -> list[str]:
    return [join_sentences(parts) for parts in frame[columns].itertuples(index=False, name=None)]


def _text_columns(frame: pd.DataFrame, wanted: Sequence[str], file: Path) -> list[str]:
    names = [str(name) for name in frame.columns]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise InputError(f"{file.name} has no column {missing[0]!r}", f"choose from {', '.join(names)}")
    usual = [name for name in names if name.strip().casefold() in TEXT_NAMES]
    chosen = list(wanted) or usual[:1] or (names if len(names) == 1 else [])
    if not chosen:
        raise InputError(f"{file.name} has several columns and none is called text", f"name one of {', '.join(names)}")
    return chosen


def _label_column(frame: pd.DataFrame, wanted: str | None, texts: list[str], file: Path, needed: bool) -> str | None:
    names = [str(name) for name in frame.columns]
    if wanted is not None and wanted not in names:
        raise InputError(f"{file.name} has no column {wanted!r}", f"choose from {', '.join(names)}")
    usual = [name for name in names if name.strip().casefold() in LABEL_NAMES and name not in texts]
    chosen = wanted or (usual[0] if usual else None)
    if needed and chosen is None:
        raise InputError(f"{file.name} has no label column", f"name one of {', '.join(names)}")
    return chosen


def cell_text(value: object) -> str:
    """A cell as text; an empty or missing one as the empty string."""
    return "" if value is None or value != value else str(value).strip()
