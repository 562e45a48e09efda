"""What a report holds, and what a format has to offer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from workbench.errors import InputError
from workbench.registry import Registry
from workbench.reports.document import View
from workbench.schema import FileComparison, RunResult, SavedRuns

# What reports are made of, and can be read back and recomputed.
Subject = RunResult | SavedRuns | FileComparison


class Format(ABC):
    """A file format of reports. One file each; registered in ``FORMATS`` under its suffix.

    Attributes:
        suffix: With the dot.
        title: What readers see.
        mime: Media type of the download.
        shows_views: It can show views of attention.
    """

    suffix: ClassVar[str]
    title: ClassVar[str]
    mime: ClassVar[str]
    shows_views: ClassVar[bool] = False

    @abstractmethod
    def render(self, subject: Subject, views: Sequence[View] = ()) -> bytes:
        """A result as a file's content.

        Args:
            subject: What to write.
            views: Views of attention to add, where the format can show them.

        Returns:
            The content.
        """


FORMATS: Registry[Format] = Registry("report format")


def register(kind: type[Format]) -> type[Format]:
    """Register a format; used as a decorator.

    Args:
        kind: The class.

    Returns:
        The same class.
    """
    FORMATS.add(kind.suffix, kind())
    return kind


def format_of(file: Path) -> Format:
    """The format that a file's suffix names.

    Args:
        file: Where the report shall go.

    Returns:
        The format.

    Raises:
        InputError: No format has this suffix.
    """
    suffix = file.suffix.lower()
    if suffix not in FORMATS:
        raise InputError(f"there is no report format for {file.name!r}", f"use one of {', '.join(FORMATS)}")
    return FORMATS[suffix]
