"""How good a checkpoint is on a file of labelled texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.checkpoints import Checkpoint, require_task
from workbench.errors import InputError
from workbench.measures import Accuracy, measure
from workbench.pipeline import classify_many
from workbench.schema import Prediction
from workbench.tables import Row, match_label, match_labels


def evaluate(
    checkpoint: Checkpoint, rows: Sequence[Row], *, chunk: int = 256, progress: Callable[[int, int], None] | None = None
) -> Accuracy:
    """How good a checkpoint is on labelled rows.

    Args:
        checkpoint: The model.
        rows: With labels; others are left out.
        chunk: Texts predicted at a time.
        progress: Called with rows done and all.

    Returns:
        Accuracy and its kin.

    Raises:
        InputError: No row has a label, or a label fits none of the checkpoint's.
        IncompatibleError: The checkpoint tags tokens.
    """
    require_task(checkpoint, "classification")
    meanings = match_labels((row.label for row in rows if row.label), checkpoint.labels)
    # Where nothing fits, matching one label alone says so.
    labelled = [
        (row.text, meanings[row.label] or match_label(row.label, checkpoint.labels)) for row in rows if row.label
    ]
    if not labelled:
        raise InputError("no row has a label", "name the label column")
    predictions: list[Prediction] = []
    for start in range(0, len(labelled), chunk):
        predictions += classify_many(checkpoint, [text for text, _ in labelled[start : start + chunk]])
        if progress:
            progress(len(predictions), len(labelled))
    return measure(predictions, [label for _, label in labelled], checkpoint.ratings)
