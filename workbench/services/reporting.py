"""Results as files: one report a result, in the format that the file's suffix names."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path, PurePath

from workbench.errors import InputError
from workbench.reports import Subject, View, format_of
from workbench.schema import Comparison, EntityPrediction, EntityReport, FileComparison, Report, SavedRuns
from workbench.services._writing import written

_NAME_LENGTH = 80
_NAME_WORDS = 6


def save_report(subject: Subject, file: str | Path, views: Sequence[View] = ()) -> Path:
    """Write a result; the suffix picks the format.

    Args:
        subject: From ``explain`` or ``compare``, or saved runs.
        file: Where to. It is there whole or not at all.
        views: Views of attention, shown by the formats that can.

    Returns:
        The path.

    Raises:
        InputError: No format has this suffix, or the file cannot be written.
    """
    path = Path(file)
    return write_result(path, format_of(path).render(subject, views))


def write_result(path: Path, content: bytes) -> Path:
    """Write what a user asked for.

    Args:
        path: Where to. It is there whole or not at all.
        content: What.

    Returns:
        The path.

    Raises:
        InputError: The file cannot be written; what was there before is still there.
    """
    with written(path) as stream:
        stream.write(content)
    return path


def save_comparison(comparison: Comparison, file: str | Path) -> Path:
    """Write a comparison, as ``save_report`` does.

    Args:
        comparison: From ``compare``.
        file: Where to; the suffix picks the format.

    Returns:
        The path.

    Raises:
        InputError: No format has this suffix, or the file cannot be written.
    """
    return save_report(comparison, file)


def check_report_file(file: str | Path) -> Path:
    """Refuse a file that no report can be written to, before the work that the report is of.

    Args:
        file: Where the report shall go.

    Returns:
        The path.

    Raises:
        InputError: No format has this suffix, there is no such folder, or there is a folder of this name.
    """
    path = Path(file)
    format_of(path)
    return check_place(path)


def check_place(file: str | Path) -> Path:
    """Refuse a file that nothing can be written to, before the work whose result it shall hold.

    Args:
        file: Where the result shall go.

    Returns:
        The path.

    Raises:
        InputError: The folder is not there or may not be written, or there is a folder of this name.
    """
    path = Path(file)
    if path.is_dir():
        raise InputError(f"{path} cannot be written (it is a folder)", "name a file")
    if not path.parent.is_dir():
        raise InputError(f"{path} cannot be written (there is no such folder)", "make the folder, or name another")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{path} cannot be written (the folder may not be written)", "name another place")
    return path


def report_name(subject: Subject | EntityPrediction) -> str:
    """A name for a report's file: what it is of, in letters that every system takes.

    Args:
        subject: What is written.

    Returns:
        Without suffix: ``workbench-stars-the-room-was-clean``. The same for the same subject.
    """
    if isinstance(subject, SavedRuns):
        names, text = ["runs"], subject.title
    elif isinstance(subject, Report):
        names, text = [subject.prediction.checkpoint.name], subject.prediction.text
    elif isinstance(subject, EntityPrediction):
        names, text = [subject.checkpoint.name], subject.text
    elif isinstance(subject, EntityReport):
        found = subject.prediction
        named = "" if subject.entity is None else f"{subject.explained.text} {subject.explained.type}"
        names, text = [found.checkpoint.name], named or found.text
    elif isinstance(subject, FileComparison):
        names = [side.name for side in subject.checkpoints]
        text = PurePath(subject.source.name).stem if subject.source else f"{len(subject.rows)} reviews"
    else:
        names, text = [one.checkpoint.name for one in subject.checkpoints], subject.text
    # Of paths and hub ids the last part; of a text without Latin letters a mark that tells it from others.
    shown = "-vs-".join(_plain(PurePath(name).name, 3) or "checkpoint" for name in names)
    words = _plain(text, _NAME_WORDS) or sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"workbench-{shown[: _NAME_LENGTH // 2].rstrip('-')}-{words}"[:_NAME_LENGTH].rstrip("-")


def _plain(text: str, words: int) -> str:
    """The first words, in lower case and without accents."""
    letters = unicodedata.normalize("NFKD", text[:1_000]).encode("ascii", "ignore").decode("ascii").lower()
    return "-".join(re.findall(r"[a-z0-9]+", letters.replace("'", ""))[:words])
