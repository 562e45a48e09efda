from __future__ import annotations

import json
import random
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from batch_inputs import hashes, many, options, rows_of, write_csv
from children import in_child, start

from workbench.batch.planning import plan
from workbench.batch.writing import claimed, done_parts, shard_name
from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, IncompatibleError, InputError
from workbench.pipeline.lean import Forward
from workbench.schema import BatchManifest, BatchProgress, BatchSummary
from workbench.services.batching import parts_of, run_batch
from workbench.triage import Dataset

KILLS = 6
EXPLAINED = {"methods": ("shap", "occlusion"), "budget": 20, "shard_rows": 4}


def shards(folder: Path) -> list[Path]:
    return list(folder.glob("predictions/0*.parquet"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "reviews.csv", many(120))


def test_every_row_is_in_one_shard_in_its_order(tiny: Checkpoint, source: Path, tmp_path: Path) -> None:
    states: list[BatchProgress] = []
    summary = run_batch(source, tiny, tmp_path / "out", options(shard_rows=25), progress=states.append)
    names = sorted(file.name for file in (tmp_path / "out" / "predictions").iterdir())
    assert names == [shard_name((0, part)) for part in range(5)]
    rows = rows_of(tmp_path / "out")
    assert [(row["file"], row["row"]) for row in rows] == [(0, number) for number in range(1, 121)]
    assert [row["text"] for row in rows] == [text for text, _ in many(120)]
    bad = sum(not text for text, _ in many(120))
    assert (summary.rows, summary.errors, summary.engine) == (120, {"there is no text in it": bad}, "local")
    assert summary == BatchSummary.model_validate_json((tmp_path / "out" / "summary.json").read_bytes())
    last = states[-1]
    assert (last.done, last.total, last.errors, last.seconds_left) == (120, 120, bad, 0.0)
    assert [state.done for state in states] == sorted(state.done for state in states)
    assert all(state.rows_per_second > 0 for state in states[1:])


def test_a_folder_of_files_is_the_same_rows(tiny: Checkpoint, source: Path, tmp_path: Path) -> None:
    run_batch(source, tiny, tmp_path / "one", options(shard_rows=40))
    rows = many(120)
    for number in range(3):
        write_csv(tmp_path / "folder" / f"{number}.csv", rows[40 * number : 40 * number + 40])
    run_batch(tmp_path / "folder", tiny, tmp_path / "three", options(shard_rows=40))
    own = {"file", "row"}
    ours, theirs = (
        [{name: value for name, value in row.items() if name not in own} for row in rows_of(tmp_path / name)]
        for name in ("one", "three")
    )
    assert ours == theirs
    assert [(row["file"], row["row"]) for row in rows_of(tmp_path / "three")] == [
        (file, row) for file in range(3) for row in range(1, 41)
    ]


def test_a_finished_batch_opens_as_a_data_set(tiny: Checkpoint, source: Path, tmp_path: Path) -> None:
    run_batch(source, tiny, tmp_path / "out", options(shard_rows=50, methods=("occlusion",)))
    dataset = Dataset(tmp_path / "out")
    try:
        assert dataset.summary is not None
        assert dataset.ask("SELECT count(*), count(error), count(is_right) FROM reviews") == [(120, 7, 113)]
        assert dataset.ask("SELECT count(DISTINCT id), count(*) FROM explained") == [(113, 113)]
    finally:
        dataset.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "changes"), [(120, {"shard_rows": 3}), (32, EXPLAINED)], ids=["predicted", "explained"]
)
def test_killed_at_any_moment_and_gone_on_with_it_is_the_same(
    tiny: Checkpoint, tmp_path: Path, count: int, changes: dict[str, Any]
) -> None:
    source = write_csv(tmp_path / "reviews.csv", many(count))
    run_batch(source, tiny, tmp_path / "first", options(**changes))
    began = time.monotonic()
    in_child(lambda: run_batch(source, tiny, tmp_path / "whole", options(**changes)).rows)
    took = time.monotonic() - began
    assert hashes(tmp_path / "first") == hashes(tmp_path / "whole")
    chance = random.Random(7)
    done = [0]
    for kill in range(KILLS):
        process = start(lambda: run_batch(source, tiny, tmp_path / "killed", options(**changes), resume=True))
        # Every other time not before it has put something in place.
        while kill % 2 and process.is_alive() and len(shards(tmp_path / "killed")) <= done[-1]:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.15) * took)
        process.kill()
        process.join()
        manifest = tmp_path / "killed" / "manifest.json"
        if manifest.exists():
            settled = BatchManifest.model_validate_json(manifest.read_bytes())
            done.append(len(done_parts(tmp_path / "killed", settled)))
    assert done == sorted(done)
    assert len(set(done)) > 2
    summary = in_child(
        lambda: run_batch(source, tiny, tmp_path / "killed", options(**changes), resume=True).model_dump()
    )
    assert summary["rows"] == count
    assert hashes(tmp_path / "killed") == hashes(tmp_path / "whole")
    assert not list((tmp_path / "killed").rglob("*.part"))


def test_what_a_killed_writer_leaves_is_removed(tiny: Checkpoint, few: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_batch(few, tiny, out, options(**EXPLAINED))
    expected = hashes(out)
    (out / "summary.json").unlink()
    (out / "predictions" / shard_name((0, 1))).unlink()
    (out / "explanations" / shard_name((0, 3))).unlink()
    (out / "predictions" / shard_name((0, 5))).write_bytes(b"PAR1 torn")
    (out / "predictions" / ".00000-000007.parquet.0a1b2c3d.part").write_bytes(b"PAR1")
    summary = run_batch(few, tiny, out, options(**EXPLAINED), resume=True)
    assert summary.rows == 32
    assert hashes(out) == expected
    assert not list(out.rglob("*.part"))


def test_a_finished_batch_is_given_back_as_it_is(
    tiny: Checkpoint, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_batch(source, tiny, tmp_path / "out", options())
    monkeypatch.setattr("workbench.services.batching.run_local", None)
    assert run_batch(source, tiny, tmp_path / "out", options(), resume=True) == first


def test_it_stops_when_told_to_and_can_be_gone_on_with(tiny: Checkpoint, source: Path, tmp_path: Path) -> None:
    states: list[BatchProgress] = []
    with pytest.raises(Cancelled):
        run_batch(
            source,
            tiny,
            tmp_path / "out",
            options(shard_rows=10),
            progress=states.append,
            cancelled=lambda: bool(states) and states[-1].done >= 30,
        )
    assert not (tmp_path / "out" / "summary.json").exists()
    some = len(list((tmp_path / "out" / "predictions").iterdir()))
    assert 3 <= some < 12
    again: list[BatchProgress] = []
    run_batch(source, tiny, tmp_path / "out", options(shard_rows=10), resume=True, progress=again.append)
    assert again[0].done == 10 * some
    run_batch(source, tiny, tmp_path / "whole", options(shard_rows=10))
    assert hashes(tmp_path / "out") == hashes(tmp_path / "whole")


@pytest.fixture
def few(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "few.csv", many(32))


@pytest.fixture
def begun(tiny: Checkpoint, source: Path, tmp_path: Path) -> Path:
    run_batch(source, tiny, tmp_path / "out", options(shard_rows=50))
    (tmp_path / "out" / "summary.json").unlink()
    return tmp_path / "out"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": 4}, "the option seed was 0 and is 4"),
        ({"shard_rows": 49}, "the option shard_rows was 50 and is 49"),
        ({"methods": ("lime",)}, "the option methods was none and is lime"),
        ({"text_columns": ("label",)}, "the option text_columns was text and is label"),
    ],
)
def test_other_options_are_refused(
    tiny: Checkpoint, source: Path, begun: Path, changes: dict[str, Any], told: str
) -> None:
    before = hashes(begun)
    with pytest.raises(InputError, match="the batch was begun differently") as caught:
        run_batch(source, tiny, begun, options(**({"shard_rows": 50} | changes)), resume=True)
    assert told in str(caught.value)
    assert hashes(begun) == before


def test_another_input_is_refused(tiny: Checkpoint, source: Path, begun: Path) -> None:
    write_csv(source, [*many(119), ("other", "1")])
    with pytest.raises(InputError, match=r"the file reviews.csv has changed"):
        run_batch(source, tiny, begun, options(shard_rows=50), resume=True)


def test_a_file_that_was_only_moved_is_the_same(tiny: Checkpoint, source: Path, begun: Path) -> None:
    moved = source.rename(source.with_name("moved.csv"))
    assert run_batch(moved, tiny, begun, options(shard_rows=50), resume=True).rows == 120


def test_files_that_came_or_went_are_named(tiny: Checkpoint, tmp_path: Path) -> None:
    folder, out = tmp_path / "folder", tmp_path / "out"
    for name in ("a", "b"):
        write_csv(folder / f"{name}.csv", many(5))
    run_batch(folder, tiny, out, options())
    (folder / "a.csv").rename(folder / "c.csv")
    with pytest.raises(InputError, match=r"the file a.csv is gone, the file c.csv is new"):
        run_batch(folder, tiny, out, options(), resume=True)


def test_another_checkpoint_is_refused(tiny_other: Checkpoint, source: Path, begun: Path) -> None:
    with pytest.raises(InputError, match="the checkpoint was .* with other weights or files"):
        run_batch(source, tiny_other, begun, options(shard_rows=50), resume=True)


def test_other_versions_are_refused(tiny: Checkpoint, source: Path, begun: Path) -> None:
    manifest = json.loads((begun / "manifest.json").read_text("utf-8"))
    assert {"torch", "transformers", "numpy", "py3langid", "pyarrow"} <= manifest["provenance"].keys()
    manifest["provenance"] |= {"torch": "1.0", "device": "abacus"}
    (begun / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError, match=r"device was abacus and is cpu .*torch was 1\.0 and is "):
        run_batch(source, tiny, begun, options(shard_rows=50), resume=True)


def test_as_many_threads_are_used_again_as_at_the_beginning(tiny: Checkpoint, few: Path, tmp_path: Path) -> None:
    out, asked = tmp_path / "out", options(shard_rows=16, methods=("occlusion",))

    def go_on() -> tuple[int, set[int]]:
        torch.set_num_threads(3)
        used: set[int] = set()
        run = Forward.__call__

        def noting(self: Forward, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            # The main thread only tries whether the target can be read.
            if threading.current_thread() is not threading.main_thread():
                used.add(torch.get_num_threads())
            return run(self, ids, mask)

        Forward.__call__ = noting  # type: ignore[method-assign] - in a process of its own
        return run_batch(few, tiny, out, asked, resume=True).rows, used

    run_batch(few, tiny, out, asked)
    for file in [out / "summary.json", *shards(out)[:1]]:
        file.unlink()
    assert in_child(go_on) == (32, {1})


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_with_something_else_in_it_is_refused(
    tiny: Checkpoint, source: Path, tmp_path: Path, resume: bool
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(InputError, match="is not empty, and is no batch; name a new folder"):
        run_batch(source, tiny, tmp_path / "out", options(), resume=resume)


def test_what_was_killed_before_it_began_begins_anew(tiny: Checkpoint, few: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "predictions").mkdir(parents=True)
    for name in (".lock", ".manifest.json.0a1b2c3d.part"):
        (out / name).write_text("{", encoding="utf-8")
    assert run_batch(few, tiny, out, options(), resume=True).rows == 32
    assert not list(out.rglob("*.part"))


def test_a_batch_is_not_overwritten(tiny: Checkpoint, source: Path, begun: Path) -> None:
    with pytest.raises(InputError, match="holds a batch already; add --resume"):
        run_batch(source, tiny, begun, options(shard_rows=50))


def test_two_processes_do_not_work_on_one_folder(tiny: Checkpoint, source: Path, begun: Path) -> None:
    with claimed(begun):
        told = in_child(lambda: run_batch(source, tiny, begun, options(shard_rows=50), resume=True))
    assert str(told).startswith("InputError: another process works on")


def test_what_cannot_be_is_refused_before_anything_is_written(
    tiny: Checkpoint, tiny_tags: Checkpoint, source: Path, tmp_path: Path
) -> None:
    def refused(checkpoint: Checkpoint = tiny, **changes: Any) -> str:
        with pytest.raises((InputError, IncompatibleError)) as caught:
            run_batch(source, checkpoint, tmp_path / "out", options(**changes))
        assert not (tmp_path / "out").exists()
        return str(caught.value)

    assert "no column 'nope'" in refused(text_columns=("nope",))
    assert "'magic'" in refused(methods=("magic",))
    assert "no target 'six stars'" in refused(methods=("lime",), target="six stars")
    assert "budget" in refused(methods=("lime",), budget=3)
    assert "token" in refused(tiny_tags)
    with pytest.raises(InputError, match="no engine 'slurm'"):
        run_batch(source, tiny, tmp_path / "out", options(), engine="slurm")


def test_parts_are_counted_file_by_file(tiny: Checkpoint, tmp_path: Path) -> None:
    for name, count in (("a", 5), ("b", 4), ("c", 1)):
        write_csv(tmp_path / "folder" / f"{name}.csv", many(count))
    assert parts_of(plan(tmp_path / "folder", tiny, options(shard_rows=2))) == 3 + 2 + 1


def peak(work: Callable[[], object]) -> int:
    """By how many bytes the peak of a process of its own rises while it works."""

    def measured() -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        work()
        return 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

    return int(in_child(measured))


@pytest.mark.slow
def test_a_file_ten_times_as_long_needs_no_more_memory(tiny: Checkpoint, tmp_path: Path) -> None:
    # As much text as would show: the longer file alone is 40 MB, its rows as objects several times that.
    padding = "z" * 1_500
    grown = []
    for count in (2_500, 25_000):
        file = write_csv(tmp_path / f"{count}.csv", [(f"good {number}", "5", padding) for number in range(count)])
        grown.append(
            peak(lambda: run_batch(file, tiny, tmp_path / f"out-{count}", options(shard_rows=500)))  # noqa: B023 - called at once
        )
    assert grown[1] < grown[0] + 15e6
