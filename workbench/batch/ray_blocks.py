"""What travels between the processes of a cluster: Arrow tables of one row, a part of the input or word of one done."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NoReturn

from workbench.batch.parts import InputPart, InputRow
from workbench.errors import CheckpointError, InputError, TextError, WorkbenchError
from workbench.schema.batch import Column

if TYPE_CHECKING:
    import pyarrow as pa

# Those that a worker may come upon; anything else of the tree is told as a plain one.
_KINDS = {kind.__name__: kind for kind in (WorkbenchError, InputError, TextError, CheckpointError)}


@dataclass(frozen=True)
class Done:
    """What a worker says about a part that it has put in place.

    Attributes:
        file: Index of the file.
        part: Number of the part in it.
        errors: How many of its rows have which error; rows without one under the empty text.
        machine: Where it was computed.
        process: By which process there.
    """

    file: int
    part: int
    errors: dict[str, int]
    machine: str
    process: int

    @property
    def key(self) -> tuple[int, int]:
        """File and part."""
        return self.file, self.part


@dataclass(frozen=True)
class Fault:
    """An error, as it travels.

    Attributes:
        kind: Name of its class.
        what: What is wrong.
        remedy: What to do.
    """

    kind: str
    what: str
    remedy: str


def packed(part: InputPart) -> pa.Table:
    """A part as one row: however Ray cuts its blocks, a part stays whole.

    Args:
        part: What was read.

    Returns:
        One row; its texts may add up to more than 2 GB.
    """
    import pyarrow as pa

    text = pa.large_string()
    cell = pa.struct(
        [("number", pa.int64()), ("text", text), ("given", text), ("extra", pa.list_(text)), ("error", text)]
    )
    rows = [
        {"number": row.number, "text": row.text, "given": row.given, "extra": list(row.extra), "error": row.error}
        for row in part.rows
    ]
    return pa.table(
        {
            "file": pa.array([part.file], pa.int32()),
            "part": pa.array([part.part], pa.int32()),
            "rows": pa.array([rows], pa.large_list(cell)),
            **_fault(None),
        }
    )


def unpacked(block: pa.Table) -> InputPart:
    """The part that ``packed`` made a row of.

    Args:
        block: One row.

    Returns:
        The same part.

    Raises:
        WorkbenchError: The row is a refusal.
    """
    (row,) = block.to_pylist()
    _raise(row)
    rows = tuple(
        InputRow(
            number=cell["number"],
            text=cell["text"],
            given=cell["given"],
            extra=tuple(cell["extra"]),
            error=cell["error"],
        )
        for cell in row["rows"]
    )
    return InputPart(file=row["file"], part=row["part"], rows=rows)


def booked(part: InputPart, predictions: pa.Table, process: int) -> pa.Table:
    """Word of a part that is in place.

    Args:
        part: The part.
        predictions: Its shard.
        process: Of the worker.

    Returns:
        One row, which ``read_booking`` reads.
    """
    import pyarrow as pa

    counted = predictions[Column.ERROR].value_counts().to_pylist()
    return pa.table(
        {
            "file": pa.array([part.file], pa.int32()),
            "part": pa.array([part.part], pa.int32()),
            "errors": pa.array(
                [[(one["values"] or "", one["counts"]) for one in counted]], pa.map_(pa.string(), pa.int64())
            ),
            "machine": pa.array([platform.node()]),
            "process": pa.array([process], pa.int64()),
            **_fault(None),
        }
    )


def read_booking(block: pa.Table) -> list[Done]:
    """What workers say.

    Args:
        block: Any number of rows of ``booked`` and ``refusal``.

    Returns:
        The parts that are in place.

    Raises:
        WorkbenchError: A worker refused, or could not read or write.
    """
    found = []
    for row in block.to_pylist():
        _raise(row)
        told = {name: row[name] for name in Done.__dataclass_fields__}
        found.append(Done(**told | {"errors": dict(row["errors"])}))
    return found


def refusal(error: Exception, doing: str = "work") -> pa.Table:
    """An error as a row: what Ray itself makes of an exception is a page of text.

    Args:
        error: Why a worker cannot go on.
        doing: What it was about to do.

    Returns:
        One row.
    """
    import pyarrow as pa

    here = platform.node()
    if isinstance(error, OSError):
        reason = f"{here} cannot {doing} ({error.strerror or error})"
        error = WorkbenchError(reason, "make room or mend its rights, then go on with --resume")
    elif not isinstance(error, WorkbenchError):
        reason = f"{here} cannot {doing} ({type(error).__name__}: {error})"
        error = WorkbenchError(reason, "go on with --resume --engine local --debug, which shows where")
    return pa.table(_fault(error))


def fault_of(error: WorkbenchError) -> Fault:
    """An error made ready to travel.

    Args:
        error: Any.

    Returns:
        What ``raise_fault`` raises again.
    """
    return Fault(type(error).__name__, error.what, error.remedy)


def raise_fault(fault: Fault, cause: Exception | None = None) -> NoReturn:
    """Raise what somebody else came upon.

    Args:
        fault: From ``fault_of``.
        cause: What is shown to whoever wants to know more.

    Raises:
        WorkbenchError: Always; of its own kind, if callers tell that apart.
    """
    raise _KINDS.get(fault.kind, WorkbenchError)(fault.what, fault.remedy) from cause


def _fault(error: WorkbenchError | None) -> dict[str, pa.Array]:
    import pyarrow as pa

    shape = pa.struct([("kind", pa.string()), ("what", pa.string()), ("remedy", pa.string())])
    return {"fault": pa.array([asdict(fault_of(error)) if error else None], shape)}


def _raise(row: dict[str, dict[str, str] | None]) -> None:
    fault = row["fault"]
    if fault is not None:
        raise_fault(Fault(**fault))
