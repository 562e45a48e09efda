"""Explanations of a selection, kept beside those that the batch made itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import InputError
from workbench.placing import placed
from workbench.schema.batch import SELECTIONS
from workbench.tables.shards import explanation_schema, table_of


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
        import pyarrow.parquet as pq

        if not rows:
            return
        place = self._folder / SELECTIONS
        name = f"{self._name}-{len(self.files):06d}.parquet"
        table = table_of(rows, explanation_schema())
        try:
            place.mkdir(exist_ok=True)
            with placed(place / name, durable=False) as unfinished:
                pq.write_table(table.replace_schema_metadata({"workbench": self._about}), unfinished)
        except OSError as error:
            what = f"the explanations cannot be kept in the batch's folder ({error.strerror or type(error).__name__})"
            raise InputError(what, "make it writable, or copy the batch to where there is room") from None
        self.files.append(f"{SELECTIONS}/{name}")
