"""What runs and libraries said, in the words of the Train page."""

from __future__ import annotations

import re

from workbench.training import runs
from workbench.ui.train_choices import ADAPTERS
from workbench.work.files import last_line as log_line

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
    return log_line(runs.folder(run) / "log.txt")


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
