"""Batches in a queue: what one is to do, how far it is, and when it will be its turn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from workbench.schema.base import Frozen
from workbench.schema.batch import BatchOptions, BatchProgress, BatchSummary
from workbench.schema.file_source import Count

BatchPhase = Literal["waiting", "running", "interrupted", "done", "cancelled", "failed"]
Engine = Literal["local", "ray"]


class BatchPlan(Frozen):
    """All that a batch in the queue is to do.

    Attributes:
        schema_version: Of this file.
        id: Names the batch and its folder.
        created: When, as ISO 8601 in UTC.
        name: What people call it: that of the file or folder.
        source: The file or folder of reviews, absolute.
        checkpoint: What loads it: a bundled name, an absolute path, or a hub id with its commit.
        options: What is asked of every row.
        output: Folder for the result, absolute.
        engine: What computes it.
        ray_address: Of the cluster, where there is one.
        workers: Of Ray; none for as many as it has room for.
        resume: Whether the folder holds a part of it already.
    """

    schema_version: Literal["workbench.queued-batch/1"] = "workbench.queued-batch/1"
    id: str
    created: str
    name: str
    source: Path
    checkpoint: str
    options: BatchOptions
    output: Path
    engine: Engine = "local"
    ray_address: str | None = None
    workers: Annotated[int, Field(ge=1)] | None = None
    resume: bool = False


class BatchState(Frozen):
    """What was last said of a batch; rewritten whole each time.

    Attributes:
        phase: How far it is; never ``interrupted``, which only others can tell.
        attempts: How often it has begun to run.
        fault: Why it failed, in one line.
        summary: What became of it, where it is done.
    """

    phase: BatchPhase
    attempts: Count = 0
    fault: str | None = None
    summary: BatchSummary | None = None


class BatchStatus(Frozen):
    """Where a batch stands, for whoever watches.

    Attributes:
        plan: What it is to do.
        state: What was last said; the phase is ``interrupted`` where its process is gone before the end.
        progress: Rows and time, of its last attempt; none before the first row.
        ahead: How many batches wait before it; none where it does not wait.
        cancelling: It was asked to stop and has not yet.
    """

    plan: BatchPlan
    state: BatchState
    progress: BatchProgress | None = None
    ahead: Count | None = None
    cancelling: bool = False

    @property
    def final(self) -> bool:
        """Whether nothing will happen any more by itself."""
        return self.state.phase not in ("waiting", "running")

    @property
    def resumable(self) -> bool:
        """Whether it can be gone on with."""
        return self.state.phase in ("interrupted", "cancelled", "failed")
