"""The checkpoints that a report names, found by their fingerprints and loaded when they are needed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from workbench.checkpoints import Checkpoint
from workbench.checkpoints.recognising import fingerprint_here, recognise
from workbench.errors import CheckpointError
from workbench.schema import CheckpointInfo, FoundCheckpoint

Load = Callable[[str], Checkpoint]


@dataclass
class Shelf:
    """The checkpoints of a report, each loaded when it is first needed.

    Attributes:
        names: Fingerprint to a name that loads it.
        load: Loads by name.
        found: Those of the report.
        loaded: Fingerprint to checkpoint.
    """

    names: dict[str, str]
    load: Load
    found: list[FoundCheckpoint]
    loaded: dict[str, Checkpoint] = field(default_factory=dict)

    @classmethod
    def filled(cls, infos: Sequence[CheckpointInfo], given: Sequence[str], load: Load) -> Shelf:
        """Find all checkpoints of a report, before anything is recomputed.

        Args:
            infos: Those that the report names.
            given: Names to take where the workbench does not find one by itself.
            load: Loads by name.

        Returns:
            All of them at hand.

        Raises:
            CheckpointError: One is not here, or one that was given is none of the report's.
        """
        shelf = cls({}, load, [])
        wanted = {info.fingerprint: info for info in infos}
        for name in given:
            checkpoint = load(name)
            if checkpoint.fingerprint not in wanted:
                raise _another(name, checkpoint.fingerprint, infos)
            shelf.names[checkpoint.fingerprint] = name
            shelf.loaded[checkpoint.fingerprint] = checkpoint
        for fingerprint, info in wanted.items():
            found = shelf.names.get(fingerprint) or recognise(fingerprint, info.name, info.revision)
            if found is None:
                raise _missing(info)
            shelf.names[fingerprint] = found
            shelf.found.append(FoundCheckpoint(recorded=info.name, found=found, fingerprint=fingerprint))
        return shelf

    def take(self, info: CheckpointInfo) -> Checkpoint:
        """A checkpoint under the name that the report has for it, as names stand in results.

        Args:
            info: Of the report.

        Returns:
            It, loaded.

        Raises:
            CheckpointError: What stands there now is another one.
        """
        name = self.names[info.fingerprint]
        if info.fingerprint not in self.loaded:
            self.loaded[info.fingerprint] = self.load(name)
        checkpoint = self.loaded[info.fingerprint]
        if checkpoint.fingerprint != info.fingerprint:
            raise _another(name, checkpoint.fingerprint, [info])
        if checkpoint.name == info.name:
            return checkpoint
        return dataclasses.replace(checkpoint, name=info.name)


def _another(name: str, fingerprint: str, infos: Sequence[CheckpointInfo]) -> CheckpointError:
    recorded = ", ".join(dict.fromkeys(f"{info.name!r} is {info.fingerprint[:80]}" for info in infos))
    return CheckpointError(
        f"{name!r} is not the checkpoint of the report (its fingerprint is {fingerprint}; in the report {recorded})",
        "name the one that the report was made with",
    )


def _missing(info: CheckpointInfo) -> CheckpointError:
    same_name = fingerprint_here(info.name)
    if same_name:
        return _another(info.name, same_name, [info])
    where = f"{info.name.partition('@')[0]}@{info.revision}" if info.revision else "its folder or hub id"
    return CheckpointError(
        f"the checkpoint {info.name!r} of the report ({info.fingerprint[:80]}) is not among those known here",
        f"name it with --checkpoint: {where}",
    )
