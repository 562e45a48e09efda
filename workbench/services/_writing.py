"""Files that are there whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from workbench.errors import InputError

# The name of the file beside it must not become too long for the system.
_NAME_LENGTH = 100


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
    place = path.resolve()
    beside = place.with_name(f".{place.name[:_NAME_LENGTH]}.{secrets.token_hex(4)}.part")
    try:
        try:
            beside.touch(exist_ok=False)
            yield beside
            beside.replace(place)
        except BaseException:  # whatever stopped it, half a file is not kept
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror})", "name another place") from None
