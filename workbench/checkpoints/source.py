"""From the name that a user types to a folder: a bundled name, a folder, or a hub id."""

from __future__ import annotations

import re
from pathlib import Path

from workbench import resources
from workbench.errors import CheckpointError, UnsafeCheckpointError

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_PATIENCE = 10.0  # seconds
_WANTED = ["*.safetensors", "*.json", "*.txt", "*.model"]


def bundled() -> dict[str, Path]:
    """The checkpoints that come with the workbench.

    Returns:
        Name to folder; the shared encoder, which has no head of its own, is not among them.
    """
    root = resources.folder("sample_data") / "checkpoints"
    found = sorted(path for path in root.iterdir() if (path / "adapter_config.json").is_file())
    order = {"stars": 0, "stars-early": 1}
    return {path.name: path for path in sorted(found, key=lambda path: (order.get(path.name, 2), path.name))}


def find(name: str) -> Path:
    """The folder of a checkpoint.

    Args:
        name: A bundled name, a folder, or a hub id (``owner/name``).

    Returns:
        The folder; a hub id is downloaded into the hub's cache first.

    Raises:
        CheckpointError: No such bundled name or folder, or the hub cannot be reached or has no
            such checkpoint.
    """
    known = bundled()
    if name in known:
        return known[name]
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        return folder
    if _HUB_ID.fullmatch(name) and not name.startswith(("./", "../")):
        return _download(name)
    raise CheckpointError(
        f"there is no checkpoint {name!r}", f"give one of {', '.join(known)}, a folder, or a hub id such as owner/name"
    )


def _download(hub_id: str) -> Path:
    """Fetch the safe files of a hub checkpoint, or find them in the cache when the hub is out of reach."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        HTTPError,  # of whichever HTTP library the hub's own is built on
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    try:
        # One request, and no retries when there is no network: the cache is at hand.
        listed = HfApi().model_info(hub_id, timeout=_PATIENCE).siblings or []
        _refuse_unsafe(hub_id, [file.rfilename for file in listed])
        return Path(snapshot_download(hub_id, allow_patterns=_WANTED))
    except HFValidationError:
        raise CheckpointError(f"{hub_id!r} is no hub id", "write it as owner/name") from None
    except GatedRepoError:
        raise CheckpointError(f"{hub_id} is gated", "ask for access on its page and set HF_TOKEN") from None
    except RepositoryNotFoundError:
        raise CheckpointError(
            f"the hub has no checkpoint {hub_id}", "check the spelling; private ones need HF_TOKEN"
        ) from None
    except (HTTPError, HfHubHTTPError, OfflineModeIsEnabled, LocalEntryNotFoundError, OSError):
        return _cached(hub_id)


def _cached(hub_id: str) -> Path:
    """The copy that an earlier download left."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(hub_id, allow_patterns=_WANTED, local_files_only=True))
    except LocalEntryNotFoundError:
        raise CheckpointError(
            f"the hub cannot be reached and {hub_id} is not in the cache",
            "download it where there is a network and name its folder, or use a bundled checkpoint (stars)",
        ) from None


def _refuse_unsafe(hub_id: str, files: list[str]) -> None:
    """Stop before the download when only pickles are on offer."""
    if not any(name.endswith(".safetensors") for name in files):
        pickled = next((name for name in files if name.endswith((".bin", ".pt", ".h5", ".msgpack"))), None)
        if pickled:
            raise UnsafeCheckpointError(
                f"{hub_id} offers its weights only as a pickle ({pickled}), which can run code",
                "look for a revision or a fork with model.safetensors",
            )
        raise CheckpointError(f"{hub_id} holds no weights", "choose a model repository")
