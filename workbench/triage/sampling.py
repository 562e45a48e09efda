"""Rows drawn from a selection: the same ones under the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.errors import CheckpointError
from workbench.schema import RowFilter
from workbench.triage.dataset import Dataset
from workbench.triage.filtering import condition

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Review:
    """A row that the model can be asked about.

    Attributes:
        id: In the data set.
        file: Index into the manifest's files.
        row: Number in that file.
        text: Whole.
        read: As far as the model read it.
        truth: Index of the right label, where there is one.
        predicted: Index of the predicted label.
    """

    id: int
    file: int
    row: int
    text: str
    read: str
    truth: int | None
    predicted: int


def check_same_model(dataset: Dataset, checkpoint: Checkpoint) -> None:
    """Refuse a checkpoint that is not the one that predicted the batch.

    Args:
        dataset: The batch.
        checkpoint: The model.

    Raises:
        CheckpointError: It is another one.
    """
    made_by = dataset.manifest.checkpoint
    if checkpoint.info.fingerprint != made_by.fingerprint:
        raise CheckpointError(
            f"{checkpoint.name} is not the checkpoint that predicted this batch ({made_by.name})",
            "name that one, or predict the file again",
        )


def matching(dataset: Dataset, chosen: RowFilter, holding: Sequence[str] = ()) -> Ids:
    """The rows of a selection that were predicted.

    Args:
        dataset: The batch.
        chosen: The selection.
        holding: Letters that must all be in the text, whatever their case.

    Returns:
        Their ids, rising.
    """
    where, values = condition(chosen, dataset.manifest.options.extra_columns)
    held = "".join(" AND contains(lower(text), lower(?))" for _ in holding)
    table = dataset.table(
        f"SELECT id FROM reviews WHERE ({where}) AND error IS NULL{held} ORDER BY id", [*values, *holding]
    )
    ids: Ids = table["id"].to_numpy()
    return ids


def shuffled(ids: Ids, seed: int) -> Ids:
    """Rows in random order.

    Args:
        ids: From ``matching``.
        seed: Of the order.

    Returns:
        All of them.
    """
    order: Ids = np.random.default_rng(seed).permutation(ids)
    return order


def reviews_of(dataset: Dataset, ids: Ids) -> list[Review]:
    """Some rows.

    Args:
        dataset: The batch.
        ids: Theirs.

    Returns:
        In the order of ``ids``.
    """
    rows = dataset.ask(
        "SELECT id, file, row, text, unread_from, truth, predicted FROM reviews "
        "SEMI JOIN (SELECT unnest(CAST(? AS BIGINT[])) AS wanted) ON id = wanted",
        [ids.tolist()],
    )
    found = {
        number: Review(number, file, row, text, text if unread is None else text[:unread], truth, predicted)
        for number, file, row, text, unread, truth, predicted in rows
    }
    return [found[number] for number in ids.tolist()]
