"""What the processes of a cluster tell each other, and what of a cluster's machines becomes a worker; without Ray."""

from __future__ import annotations

import platform

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.batch.parts import InputPart, InputRow
from workbench.batch.ray_blocks import Done, booked, packed, read_booking, refusal, unpacked
from workbench.batch.ray_cluster import Crew, crew
from workbench.errors import CheckpointError, InputError, MissingExtraError, WorkbenchError
from workbench.schema import Column

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
CELLS = st.none() | TEXTS
ROWS = st.builds(
    InputRow,
    number=st.integers(1, 2**40),
    text=TEXTS,
    given=CELLS,
    extra=st.lists(CELLS, max_size=3).map(tuple),
    error=CELLS,
)
PARTS = st.builds(
    InputPart,
    file=st.integers(0, 2**31 - 1),
    part=st.integers(0, 2**31 - 1),
    rows=st.lists(ROWS, max_size=5).map(tuple),
)


@given(PARTS)
def test_a_part_arrives_as_it_left(part: InputPart) -> None:
    block = packed(part)
    assert block.num_rows == 1
    assert unpacked(block) == part


def test_word_of_a_part_counts_its_rows_and_errors() -> None:
    part = InputPart(file=3, part=7, rows=())
    shard = pa.table({Column.ERROR: pa.array([None, "empty", None, "long"], pa.string())})
    (done,) = read_booking(booked(part, shard, process=42))
    assert done == Done(file=3, part=7, errors={"": 2, "empty": 1, "long": 1}, machine=platform.node(), process=42)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InputError("no such folder", "name one"), InputError),
        (CheckpointError("another checkpoint", "copy it"), CheckpointError),
        (WorkbenchError("other versions", "install them"), WorkbenchError),
        (MissingExtraError("int8", "int8"), WorkbenchError),
    ],
)
def test_a_refusal_is_raised_where_it_arrives(error: WorkbenchError, kind: type[WorkbenchError]) -> None:
    for read in (read_booking, unpacked):
        with pytest.raises(kind) as raised:
            read(refusal(error))
        assert str(raised.value) == str(error)
        assert raised.value.exit_status == kind.exit_status


def test_refusals_and_word_of_parts_have_one_shape_for_those_that_join_them() -> None:
    word = booked(InputPart(0, 0, ()), pa.table({Column.ERROR: pa.array([None], pa.string())}), 1)
    assert word.schema.field("fault") == refusal(WorkbenchError("a")).schema.field("fault")
    assert packed(InputPart(0, 0, ())).schema.field("fault") == refusal(WorkbenchError("a")).schema.field("fault")


@pytest.mark.parametrize(
    ("machines", "workers", "threads", "expected"),
    [
        ([{"CPU": 2.0}], None, 1, Crew(2, 1)),
        ([{"CPU": 2.0}], None, 2, Crew(1, 2)),
        ([{"CPU": 2.0}], 2, 2, Crew(2, 1)),
        ([{"CPU": 8.0}, {"CPU": 4.0}], None, 4, Crew(3, 4)),
        ([{"CPU": 8.0}, {"CPU": 4.0}], None, 8, Crew(1, 8)),
        ([{"CPU": 8.0}, {"CPU": 4.0}], 3, 8, Crew(3, 4)),
        ([{"CPU": 4.0}, {"CPU": 4.0}], None, 64, Crew(2, 4)),
        ([{"CPU": 0.0}, {"CPU": 7.0}], 2, 9, Crew(2, 3)),
        ([{"CPU": 16.0, "GPU": 2.0}, {"CPU": 64.0}], None, 16, Crew(5, 16)),
        ([{"CPU": 16.0, "GPU": 2.0}, {"CPU": 64.0}], None, None, Crew(2, None)),
        ([{"CPU": 16.0, "GPU": 2.0}], 1, None, Crew(1, None)),
    ],
)
def test_what_a_cluster_has_is_shared_out_evenly(
    machines: list[dict[str, float]], workers: int | None, threads: int | None, expected: Crew
) -> None:
    assert crew(machines, workers, threads) == expected


@pytest.mark.parametrize(
    ("machines", "workers", "threads"),
    [([{"CPU": 2.0}], 3, 1), ([], None, 1), ([{"CPU": 9.0, "GPU": 1.0}], 2, None), ([{"CPU": 9.0}], None, None)],
)
def test_more_workers_than_there_is_room_for_are_refused(
    machines: list[dict[str, float]], workers: int | None, threads: int | None
) -> None:
    with pytest.raises(InputError, match="the cluster has .* workers; ask for fewer or add machines"):
        crew(machines, workers, threads)
