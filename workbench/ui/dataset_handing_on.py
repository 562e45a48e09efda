"""What leaves the Datasets page: a review to the Explain page, rows as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from workbench.errors import WorkbenchError
from workbench.schema import TriageRow
from workbench.triage import Dataset
from workbench.ui import caching, state
from workbench.ui.state import Choices

# Suffix to title and type of the files that rows are written to.
FILES = {
    ".csv": ("CSV", "text/csv"),
    ".jsonl": ("JSON lines", "application/jsonl"),
    ".parquet": ("Parquet", "application/vnd.apache.parquet"),
}


class Fit(NamedTuple):
    """Whether the checkpoint of a batch can explain its reviews here.

    Attributes:
        usable: It is there.
        said: What the reader should know of it, in one line; empty where it is the same.
    """

    usable: bool
    said: str = ""


def fit(dataset: Dataset) -> Fit:
    """Whether the checkpoint of a batch can explain its reviews here."""
    info = dataset.manifest.checkpoint
    if info.name not in caching.offered():
        return Fit(False, f"The checkpoint {info.name} is not offered here; add it to explain this.")
    try:
        now = caching.facts(info.name).get("fingerprint")
    except WorkbenchError as error:
        return Fit(False, f"{error}.")
    changed = f"The checkpoint {info.name} has changed since the batch was run, and may say something else."
    return Fit(True, "" if now == info.fingerprint else changed)


def to_explain(dataset: Dataset, row: TriageRow) -> None:
    """Make a review and the checkpoint of its batch what the Explain page shows; before that is opened."""
    state.put("text", row.text)
    state.put("sample", None)
    state.put("checkpoint", dataset.manifest.checkpoint.name)
    state.leave_saved_run()


def content(write: Callable[[Path], object], name: str, chosen: Choices) -> Callable[[], bytes]:
    """What makes a file when it is asked for, on a thread of Streamlit's; a fault is told when the page is drawn next.

    Args:
        write: Writes it.
        name: With the suffix that picks its format.
        chosen: Of the session, which that thread does not know.

    Returns:
        For a download.
    """

    def made() -> bytes:
        try:
            with TemporaryDirectory(prefix="workbench-") as folder:
                write(Path(folder) / name)
                return (Path(folder) / name).read_bytes()
        except WorkbenchError as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - Streamlit would log where it happened and tell the user nothing
            what = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            fault = WorkbenchError(f"{name} could not be made ({what})", "choose another format")
        chosen.dataset_keep_fault = str(fault)
        raise fault

    return made
