"""A run as bytes and back: its JSON, compressed."""

from __future__ import annotations

import zlib

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from workbench.errors import StoreError
from workbench.schema import SavedRun

# Bytes of JSON; a run on the longest review takes a few of them.
MOST = 128 * 2**20


def pack(run: SavedRun) -> bytes:
    """A run as it is stored.

    Args:
        run: Any.

    Returns:
        Its JSON, compressed by zlib.

    Raises:
        StoreError: It is larger than what would be read again, or cannot be written as JSON.
    """
    try:
        content = run.model_dump_json().encode("utf-8")
    except (PydanticSerializationError, UnicodeEncodeError):
        raise StoreError("the run holds something that cannot be written as JSON", "it is not kept") from None
    if len(content) > MOST:
        raise StoreError(f"the run takes {len(content) / 2**20:.0f} MB, more than is kept", "export it instead")
    return zlib.compress(content, 6)


def unpack(content: bytes, run_id: str) -> SavedRun:
    """A run as it was.

    Args:
        content: From ``pack``.
        run_id: For messages.

    Returns:
        The run.

    Raises:
        StoreError: It is damaged, unfolds to more than is ever stored, or was written by another version.
    """
    unpacker = zlib.decompressobj()
    try:
        whole = unpacker.decompress(content, MOST)
    except zlib.error:
        raise _unreadable(run_id, "is damaged") from None
    if not unpacker.eof:
        raise _unreadable(run_id, "is damaged")
    try:
        return SavedRun.model_validate_json(whole)
    except ValidationError:
        raise _unreadable(run_id, "cannot be read by this version of the workbench") from None


def _unreadable(run_id: str, what: str) -> StoreError:
    return StoreError(f"the saved run {run_id} {what}", "delete it, or open it with the version that saved it")
