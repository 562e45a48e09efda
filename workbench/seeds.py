"""Seeds of rows: what is random about a row depends on its text, not on where it stands or what came before it."""

from __future__ import annotations

import hashlib


def row_seed(seed: int, text: str) -> int:
    """The seed of one row.

    Args:
        seed: Of the whole.
        text: Of the row.

    Returns:
        0 to 2**32 - 1: what numpy's older generators take.
    """
    digest = hashlib.sha256(f"{seed}\n{text}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big")
