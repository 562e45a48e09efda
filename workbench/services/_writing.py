"""Files that a user asked for: there whole or not at all, and one line where they cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from workbench import placing
from workbench.errors import InputError


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """A file beside the wanted one, which takes its place once it is whole.

    Args:
        path: Where to; through a link, the file that it leads to.

    Yields:
        A stream to write to.

    Raises:
        InputError: The file cannot be written; what was there before is still there.
    """
    with placed(path) as beside, beside.open("r+b") as stream:
        yield stream


@contextmanager
def placed(path: Path) -> Iterator[Path]:
    """Likewise, for who writes by name.

    Args:
        path: Where to; through a link, the file that it leads to.

    Yields:
        An empty file to write to.

    Raises:
        InputError: The file cannot be written; what was there before is still there.
    """
    try:
        with placing.placed(path.resolve()) as beside:
            yield beside
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror})", "name another place") from None
