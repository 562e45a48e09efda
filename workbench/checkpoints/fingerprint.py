"""A fingerprint tells whether two folders hold the same checkpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

_DECISIVE = {".safetensors", ".json", ".txt", ".model", ".jinja"}
_INDIFFERENT = {"training.json", "README.md", "scores.json"}


def fingerprint(folders: Iterable[Path]) -> str:
    """Digest of all files that decide what a checkpoint answers.

    Args:
        folders: The checkpoint's folder, and with an adapter that of its base.

    Returns:
        ``sha256:`` and the hexadecimal digest over names and contents; file order and other files play no part.
    """
    lines = []
    for place, folder in enumerate(folders):
        for file in sorted(folder.iterdir()):
            if file.suffix in _DECISIVE and file.name not in _INDIFFERENT and file.is_file():
                with file.open("rb") as stream:
                    lines.append(f"{place}/{file.name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n")
    return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()
