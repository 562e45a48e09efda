"""What runs and libraries said, in the words of the Train page."""

from __future__ import annotations

import re

from workbench.training import runs
from workbench.ui.train_choices import ADAPTERS

_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_TAIL = 8192  # bytes of a log
# Sentences made for the command line name its options; here these have other names.
OPTIONS = {
    "--label-column": "the column of the label",
    "--label-name": "the names of the labels",
    "--label": "the labels",
    "--class-weights": "Class weights",
    "--test-share": "Held-out share",
    "--max-tokens": "Most tokens",
    "--learning-rate": "Learning rate",
    "--batch-size": "Batch size",
    "--lora": ADAPTERS,
    "--data": "Upload",
}
_OPTION = re.compile(r"--[a-z]+(?:-[a-z]+)*")


def last_line(run: str) -> str:
    """What the process of a run wrote last.

    Args:
        run: Its id.

    Returns:
        One line without control characters, warnings left out; empty where there is none.
    """
    try:
        with (runs.folder(run) / "log.txt").open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - _TAIL))
            text = stream.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    lines = [_CONTROL.sub("", line).rstrip() for line in re.split(r"[\r\n]+", text)]
    # Libraries warn of what is no matter of the user's; indented lines are code that is quoted below a warning.
    told = (line for line in reversed(lines) if line and not line[0].isspace() and "Warning: " not in line)
    return next(told, "")[:400]


def said(sentence: str) -> str:
    """A sentence of the command line in the words of the page.

    Args:
        sentence: Perhaps with names of options.

    Returns:
        With the names that the page has for them.
    """
    # There is no second file here.
    sentence = sentence.replace(" or give a file (--test)", "")
    return _OPTION.sub(lambda found: OPTIONS.get(found[0], found[0]), sentence)
