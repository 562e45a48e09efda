"""The shards of a batch: what their columns hold, as Arrow has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.schema import Column, ExplanationColumn
from workbench.schema.batch import EXTRA

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE = {
    Column.FILE,
    Column.TRUTH,
    Column.PREDICTED,
    Column.CHARACTERS,
    Column.WORDS,
    Column.TOKENS,
    Column.TOKENS_READ,
    Column.UNREAD_FROM,
    Column.UNKNOWN,
}
_REAL = {Column.CONFIDENCE, Column.MARGIN, Column.EXPECTED, Column.LANGUAGE_SHARE}


def prediction_schema(extra: Sequence[str]) -> pa.Schema:
    """Columns of the predictions.

    Args:
        extra: Columns that are taken over from the input.

    Returns:
        Names and types; what is none of the numbers is text.
    """
    import pyarrow as pa

    types: dict[str, pa.DataType] = {
        **dict.fromkeys(_WHOLE, pa.int32()),
        **dict.fromkeys(_REAL, pa.float64()),
        Column.ROW: pa.int64(),
        Column.LOGITS: pa.list_(pa.float32()),
        Column.PROBABILITIES: pa.list_(pa.float64()),
    }
    names = [*map(str, Column), *(EXTRA + name for name in extra)]
    return pa.schema([(name, types.get(name, pa.string())) for name in names])


def explanation_schema() -> pa.Schema:
    """Columns of the explanations.

    Returns:
        Names and types.
    """
    import pyarrow as pa

    types: dict[str, pa.DataType] = {
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
    return pa.schema([(str(name), types.get(name, pa.string())) for name in ExplanationColumn])


def table_of(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as columns.

    Args:
        rows: Column to value; null where there is none.
        schema: Names and types.

    Returns:
        The table.
    """
    import pyarrow as pa

    return pa.table(
        [pa.array([row.get(name) for row in rows], type=schema.field(name).type) for name in schema.names],
        schema=schema,
    )
