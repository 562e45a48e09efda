"""What it means when the hub says no, in one line each; never in the words of the server, which may hold a token."""

from __future__ import annotations

import errno

from workbench.errors import CheckpointError

_LOG_IN = "run hf auth login, or set HF_TOKEN, with a token of an account that has access"


def is_out_of_reach(error: Exception) -> bool:
    """Whether the hub gave no answer to the question, so that a copy in the cache is the best there is.

    Args:
        error: As the hub's library raised it.

    Returns:
        True without a network, in offline mode, and when the hub is down or busy.
    """
    from huggingface_hub.errors import HfHubHTTPError, HTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    error = _answer(error)
    if isinstance(error, HfHubHTTPError):
        return _status(error) >= 500 or _status(error) == 429
    return isinstance(error, HTTPError | OfflineModeIsEnabled | LocalEntryNotFoundError | ConnectionError)


def explained(error: Exception, wanted: str, done: int = 0, total: int = 0) -> CheckpointError:
    """The one line for a user.

    Args:
        error: As the hub's library raised it.
        wanted: The hub id.
        done: Bytes that came before it.
        total: Bytes in all.

    Returns:
        What to raise.
    """
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    error = _answer(error)
    if isinstance(error, HFValidationError):
        return CheckpointError(f"{wanted!r} is no hub id", "write it as owner/name or owner/name@revision")
    if isinstance(error, UnicodeError):
        return CheckpointError("the hub's token has signs that no token has", _LOG_IN)
    if isinstance(error, HfHubHTTPError) and not is_out_of_reach(error):
        return _refused(error, wanted)
    if is_out_of_reach(error):
        return _unreachable(error, wanted, done, total)
    full = getattr(error, "errno", None) == errno.ENOSPC
    reason = "the disk is full" if full else f"{type(error).__name__} on this machine"
    return CheckpointError(
        f"{wanted} cannot be stored ({reason})", "make room or mend its rights, or point HF_HOME to another disk"
    )


def _refused(error: Exception, wanted: str) -> CheckpointError:
    """The hub answered, and the answer is no."""
    from huggingface_hub import constants
    from huggingface_hub.errors import DisabledRepoError, GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    repository, _, revision = wanted.partition("@")
    page, status = f"{constants.ENDPOINT}/{repository}", _status(error)
    if isinstance(error, GatedRepoError):
        away = status == 401
        reason = "you are not logged in" if away else "your account has no access"
        remedy = f"ask for access at {page}" + (f", {_LOG_IN}" if away else " and try again")
        return CheckpointError(f"{wanted} is gated and {reason}", remedy)
    if isinstance(error, RevisionNotFoundError):
        return CheckpointError(f"{repository} has no revision {revision!r}", f"choose one that {page} lists")
    if isinstance(error, RepositoryNotFoundError):
        return CheckpointError(
            f"the hub has no checkpoint {wanted} that you may see", f"check the spelling; if it is private, {_LOG_IN}"
        )
    if isinstance(error, DisabledRepoError):
        return CheckpointError(f"the hub has closed {wanted}", "choose another checkpoint")
    if status == 401:
        return CheckpointError("the hub does not accept your token", "run hf auth login again, or unset HF_TOKEN")
    if status == 403:
        return CheckpointError(f"your token may not read {wanted}", "give it the right to read this repository")
    return CheckpointError(f"the hub does not give {wanted} (status {status})", "try again later, or name a folder")


def _unreachable(error: Exception, wanted: str, done: int, total: int) -> CheckpointError:
    """There was no answer, and there is no copy."""
    from huggingface_hub import constants

    if done:
        share = f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB"
        return CheckpointError(
            f"the download of {wanted} stopped after {share}", "start it again and it goes on from there"
        )
    if constants.is_offline_mode():
        return CheckpointError(
            f"the hub's offline mode is on and {wanted} is not in the cache",
            "unset HF_HUB_OFFLINE, name a folder, or use a bundled checkpoint (stars)",
        )
    if _status(error):
        return CheckpointError(
            f"the hub is down or busy (status {_status(error)}) and {wanted} is not in the cache",
            "try again later, name a folder, or use a bundled checkpoint (stars)",
        )
    return CheckpointError(
        f"the hub cannot be reached and {wanted} is not in the cache",
        "check the network, download it elsewhere and name its folder, or use a bundled checkpoint (stars)",
    )


def _answer(error: Exception) -> Exception:
    """The hub's own answer, where the library wrapped it into word of a missing copy."""
    from huggingface_hub.errors import HfHubHTTPError

    return error.__cause__ if isinstance(error.__cause__, HfHubHTTPError) else error


def _status(error: Exception) -> int:
    """The status of the answer; zero where there was none."""
    found = getattr(getattr(error, "response", None), "status_code", None)
    return int(found) if found is not None else 0
