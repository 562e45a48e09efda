"""How many rows each part of a data set has: what can be said without right labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.schema import RowFilter, SliceSize
from workbench.triage._columns import predicted_rows
from workbench.triage._conditions import cuts, joined
from workbench.triage.figures import ALL_ROWS
from workbench.triage.filtering import condition

if TYPE_CHECKING:
    from workbench.triage.dataset import Dataset


def slice_sizes(dataset: Dataset, chosen: RowFilter = ALL_ROWS, *, least_rows: int = 1) -> tuple[SliceSize, ...]:
    """The parts of the rows by length, tag, language, predicted label and columns of the file.

    Args:
        dataset: The batch.
        chosen: Which rows.
        least_rows: Smaller parts are left out.

    Returns:
        Their sizes, kind by kind.
    """
    conditions = cuts(dataset, chosen, least_rows)
    extra = dataset.manifest.options.extra_columns
    asked = [condition(cut.rows, extra) for cut in conditions]
    if not asked:
        return ()
    where, values = predicted_rows(dataset, chosen)
    columns = ", ".join(f"count(*) FILTER ({sql}), avg(confidence) FILTER ({sql})" for sql, _ in asked)
    own = [value for _, once in asked for value in (*once, *once)]
    (found,) = dataset.ask(f"SELECT {columns} FROM reviews WHERE {where}", [*own, *values])
    return tuple(
        SliceSize(kind=cut.kind, name=cut.name, chosen=joined(chosen, cut.rows), rows=rows, confidence=confidence)
        for cut, rows, confidence in zip(conditions, found[::2], found[1::2], strict=True)
        if rows >= max(least_rows, 1)
    )
