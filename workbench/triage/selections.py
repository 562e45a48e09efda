"""Explanations of a selection, kept beside those that the batch made itself."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError
from workbench.schema import ExplanationColumn
from workbench.schema.batch import SELECTIONS

if TYPE_CHECKING:
    import pyarrow as pa


class SelectionWriter:
    """Writes the shards of one selection, each put in place by one rename.

    Args:
        folder: Of the batch.
        about: What was asked, kept in each shard.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self._folder = folder
        self._about = json.dumps(about, sort_keys=True)
        # Later ones sort behind earlier ones: the newest counts where something was explained twice.
        self._name = f"selection-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        self.files: list[str] = []

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a shard.

        Args:
            rows: Values by column; none writes nothing.

        Raises:
            InputError: It cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not rows:
            return
        place = self._folder / SELECTIONS
        name = f"{self._name}-{len(self.files):06d}.parquet"
        unfinished = place / f".{name}.{os.getpid()}"
        table = pa.Table.from_pylist([dict(row) for row in rows], schema=_shape())
        try:
            place.mkdir(exist_ok=True)
            pq.write_table(table.replace_schema_metadata({"workbench": self._about}), unfinished)
            os.replace(unfinished, place / name)
        except OSError as error:
            what = f"the explanations cannot be kept in the batch's folder ({error.strerror or type(error).__name__})"
            raise InputError(what, "make it writable, or copy the batch to where there is room") from None
        self.files.append(f"{SELECTIONS}/{name}")


def _shape() -> pa.Schema:
    import pyarrow as pa

    types = {
        ExplanationColumn.FILE: pa.int32(),
        ExplanationColumn.ROW: pa.int64(),
        ExplanationColumn.SEED: pa.int64(),
        ExplanationColumn.BASE_VALUE: pa.float64(),
        ExplanationColumn.FULL_VALUE: pa.float64(),
        ExplanationColumn.UNITS: pa.list_(pa.string()),
        ExplanationColumn.STARTS: pa.list_(pa.int32()),
        ExplanationColumn.ENDS: pa.list_(pa.int32()),
        ExplanationColumn.SCORES: pa.list_(pa.float64()),
        ExplanationColumn.ASKED: pa.int32(),
    }
    return pa.schema([(str(column), types.get(column, pa.string())) for column in ExplanationColumn])
