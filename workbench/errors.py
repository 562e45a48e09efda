"""Everything the workbench raises on purpose.

::

    WorkbenchError            anything the user can be told in one line   exit status 1
    ├── InputError            the text, a file or an argument is at fault exit status 2
    │   ├── TextError         this text cannot be read or explained
    │   ├── UnknownNameError  no item of that name; the message lists the known ones
    │   └── TargetError       this target does not exist on this checkpoint
    ├── CheckpointError       the checkpoint cannot be used               exit status 3
    │   ├── UnsafeCheckpointError   pickle weights or remote code
    │   └── IncompatibleError       a method cannot run on this checkpoint
    ├── StoreError            the history cannot be used                exit status 1
    ├── MissingExtraError     an optional dependency is not installed     exit status 1
    └── Cancelled             the caller asked to stop                    exit status 1

Every message is one line: what is wrong; what to do.
"""

from __future__ import annotations


class WorkbenchError(Exception):
    """Base of all errors that are meant for the user.

    Args:
        what: What is wrong, one clause, no full stop.
        remedy: What to do about it, one clause, no full stop.
    """

    exit_status = 1

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = _one_line(what)
        self.remedy = _one_line(remedy)
        super().__init__("; ".join(part for part in (self.what, self.remedy) if part))

    def __reduce__(self) -> tuple[type[WorkbenchError], tuple[str, str]]:
        return type(self), (self.what, self.remedy)


class InputError(WorkbenchError):
    """A text, a file or an argument is at fault."""

    exit_status = 2


class TextError(InputError):
    """A text cannot be read or explained."""


class UnknownNameError(InputError):
    """A name is not registered; the message lists those that are."""


class TargetError(InputError):
    """A target does not exist on this checkpoint."""


class CheckpointError(WorkbenchError):
    """A checkpoint cannot be used."""

    exit_status = 3


class UnsafeCheckpointError(CheckpointError):
    """A checkpoint would run code: pickle weights or remote code."""


class IncompatibleError(CheckpointError):
    """A method cannot run on this checkpoint."""


class StoreError(WorkbenchError):
    """The history of runs cannot be opened, read or written; everything else goes on without it."""


class MissingExtraError(WorkbenchError):
    """An optional dependency is not installed.

    Args:
        feature: What needs it.
        extra: The extra of this distribution that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional dependency", f"pip install 'explainability-workbench[{extra}]'")
        self._arguments = (feature, extra)

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return type(self), self._arguments


class Cancelled(WorkbenchError):  # noqa: N818 - the caller's wish, not a fault
    """The caller asked to stop."""

    def __init__(self, what: str = "cancelled", remedy: str = "") -> None:
        super().__init__(what, remedy)


def _one_line(text: str) -> str:
    """Fold white space and make control characters visible, so that a message stays one line in a log."""
    folded = " ".join(text.split())
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in folded)
