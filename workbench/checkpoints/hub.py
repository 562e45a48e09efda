"""Checkpoints of the hub: which files are taken, from which commit, and what it means when the hub says no.

The token is the business of the hub's library (``HF_TOKEN``, or the file of ``hf auth login``); nothing here reads it,
and no message repeats what the library or the server said, which might.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any

from workbench.checkpoints import fetching
from workbench.checkpoints.fetching import Blob, Progress, Tally
from workbench.checkpoints.refusals import explained, is_out_of_reach
from workbench.errors import CheckpointError, UnsafeCheckpointError, WorkbenchError

_HUB_ID = re.compile(r"([A-Za-z0-9][\w.-]*/[\w.-]+)(?:@(\w[\w./-]*))?", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_PATIENCE = 10.0  # seconds
_SMALL = ["*.json", "*.txt", "*.model", "README.md"]
_WEIGHTS = ["*.safetensors"]
# Other formats lie in folders of their own, with copies of the weights.
_NESTED = ["*/*"]


@dataclass(frozen=True)
class HubId:
    """What a user wants of the hub.

    Attributes:
        repository: ``owner/name``.
        revision: A branch, a tag or a commit; none stands for the main branch.
    """

    repository: str
    revision: str | None = None

    @property
    def commit(self) -> str | None:
        """The revision, where it is a whole commit, which never changes."""
        return self.revision if self.revision and _COMMIT.fullmatch(self.revision) else None

    def __str__(self) -> str:
        return self.repository + (f"@{self.revision}" if self.revision else "")


def parse(name: str) -> HubId | None:
    """Read a hub id.

    Args:
        name: Such as ``owner/name`` or ``owner/name@revision``.

    Returns:
        The id; none where the name has another form.
    """
    found = _HUB_ID.fullmatch(name)
    return HubId(found.group(1), found.group(2)) if found else None


def fetch(
    wanted: HubId,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    early: Callable[[Path], object] | None = None,
) -> tuple[Path, str]:
    """Download the safe files of a checkpoint, or find them in the cache.

    Args:
        wanted: What is wanted; a whole commit that is in the cache is taken without asking the hub.
        progress: Told bytes done and bytes in all.
        cancelled: Asked at every piece; what came is kept for the next time.
        early: Given the folder when the small files are there; refuses the checkpoint by raising.

    Returns:
        The folder and its commit.

    Raises:
        CheckpointError: The hub cannot be reached, or does not give it; the message says which.
        Cancelled: The caller asked to stop.
    """
    from huggingface_hub.errors import HFValidationError, HTTPError

    here = cached(wanted) if wanted.commit else None
    if here is not None:
        return here
    tally = Tally(0, progress, cancelled)
    with quietly():
        try:
            return _download(wanted, tally, cancelled, early)
        except WorkbenchError:
            raise
        except (HFValidationError, HTTPError, OSError, UnicodeError) as error:
            here = cached(wanted) if is_out_of_reach(error) and not tally.done else None
            if here is not None:
                return here
            raise explained(error, str(wanted), tally.done, tally.total) from None


def _download(
    wanted: HubId, tally: Tally, cancelled: Callable[[], bool] | None, early: Callable[[Path], object] | None
) -> tuple[Path, str]:
    from huggingface_hub import HfApi, constants, hf_hub_url
    from huggingface_hub.file_download import repo_folder_name

    # One request, and no retries when there is no network: the cache is at hand.
    listed = HfApi().model_info(wanted.repository, revision=wanted.revision, files_metadata=True, timeout=_PATIENCE)
    files = [file for file in listed.siblings or [] if "/" not in file.rfilename]
    _refuse_unsafe(wanted.repository, [file.rfilename for file in files])
    small = sum(file.size or 0 for file in files if any(fnmatch(file.rfilename, pattern) for pattern in _SMALL))
    blobs = [blob for blob in map(_blob, files) if blob is not None]
    tally.total = small + sum(blob.size for blob in blobs)
    folder = _snapshot(wanted.repository, listed.sha, _SMALL)
    if early is not None:
        early(folder)
    tally.settle(small)
    storage = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=wanted.repository, repo_type="model")
    for blob in blobs:
        fetching.fetch(blob, hf_hub_url(wanted.repository, blob.name, revision=listed.sha), storage, tally, cancelled)
    # Finds what is there already and links it; notes which commit the branch stood for, too.
    folder = _snapshot(wanted.repository, wanted.revision, [*_SMALL, *_WEIGHTS])
    return folder, folder.name


def _snapshot(repository: str, revision: str | None, patterns: list[str], **settings: Any) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils import tqdm

    # With the workbench's own progress, the library's bars would be shown twice.
    found = snapshot_download(
        repository,
        revision=revision,
        allow_patterns=patterns,
        ignore_patterns=_NESTED,
        tqdm_class=partial(tqdm, disable=True),
        **settings,
    )
    return Path(found)


def cached(wanted: HubId) -> tuple[Path, str] | None:
    """The whole copy that an earlier download left.

    Args:
        wanted: The hub id.

    Returns:
        The folder and its commit; none where there is no whole copy. The hub is not asked.
    """
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = _snapshot(wanted.repository, wanted.revision, [*_SMALL, *_WEIGHTS], local_files_only=True)
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    # Without a listing the library takes a folder for whole that holds nothing but the small files.
    return (folder, folder.name) if any(folder.glob("*.safetensors")) else None


def _blob(file: Any) -> Blob | None:
    """Weights as the hub lists them; none for other files, and where size or digest are not stated."""
    etag = file.lfs.sha256 if file.lfs else file.blob_id
    if not file.rfilename.endswith(".safetensors") or not etag or not file.size:
        return None
    # The digest becomes a file's name, and it comes from a server.
    if not re.fullmatch(r"[0-9a-f]{40,64}", etag):
        return None
    return Blob(file.rfilename, file.size, etag, file.lfs.sha256 if file.lfs else None)


def _refuse_unsafe(repository: str, files: list[str]) -> None:
    """Stop before the download when only pickles are on offer."""
    if any(name.endswith(".safetensors") for name in files):
        return
    pickled = next((name for name in files if name.endswith((".bin", ".pt", ".h5", ".msgpack"))), None)
    if pickled:
        raise UnsafeCheckpointError(
            f"{repository} offers its weights only as a pickle ({pickled}), which can run code",
            "look for a revision or a fork with model.safetensors",
        )
    raise CheckpointError(f"{repository} holds no weights", "choose a model repository")


@contextmanager
def quietly() -> Iterator[None]:
    """Without the library's own messages, of many lines, about each try.

    Yields:
        Once they are off.
    """
    from huggingface_hub.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        logging.set_verbosity(before)
