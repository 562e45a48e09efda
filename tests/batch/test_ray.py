"""Batches on a real Ray cluster of two machines: the same bytes as on one, also when workers or engines are killed."""

from __future__ import annotations

import ipaddress
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from ray_cluster import TwoMachines, gone, title, two_machines

from workbench.errors import Cancelled, InputError, MissingExtraError, WorkbenchError
from workbench.schema import BatchOptions, BatchProgress, BatchSummary
from workbench.schema.batch import EXPLANATIONS, PREDICTIONS
from workbench.services.batching import run_batch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

OPTIONS = BatchOptions(text_columns=("text",), label_column="stars", methods=("occlusion",), shard_rows=6)
ROWS = {"a.csv": 100, "b.csv": 80}
PARTS = 17 + 14
ADJECTIVES = ("good", "bad", "great", "terrible", "clean", "cold", "slow", "quick")
# What a killed engine runs: the command line of another process.
ENGINE = """
import json, sys
from pathlib import Path
from workbench.schema import BatchOptions
from workbench.services.batching import run_batch
source, checkpoint, output, engine, options = sys.argv[1:]
run_batch(Path(source), checkpoint, Path(output), BatchOptions.model_validate_json(options), engine=engine)
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[TwoMachines]:
    with two_machines() as found:
        yield found


@pytest.fixture(scope="module")
def orphans() -> Iterator[list[psutil.Process]]:
    """Processes of clusters whose engine was killed; Ray's agents first try for a while to tell somebody."""
    found: list[psutil.Process] = []
    yield found
    assert gone(found, 120), "processes outlived the engine that had started them"


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviews") / "input"
    folder.mkdir()
    for name, count in ROWS.items():
        lines = ["text,stars,place"]
        for number in range(count):
            first, second = ADJECTIVES[number % 8], ADJECTIVES[number // 8 % 8]
            room = f"the {name[0]} room {second} {'and very ' * (number % 23)}cold"
            lines.append(f'"the food was {first}, {room}",{number % 5 + 1},{number}')
        lines[7] = ",3,nowhere"
        lines[9] = '"naïve café 😀 =1+1 <b>日本語</b>",,'
        (folder / name).write_text("\n".join(lines) + "\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def expected(reviews: Path, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the local engine makes of it."""
    folder = tmp_path_factory.mktemp("local") / "out"
    run_batch(reviews, str(tiny_folder), folder, OPTIONS)
    found = shards(folder)
    assert len(found) == 2 * PARTS
    return found


@pytest.fixture
def run_ray(reviews: Path, tiny_folder: Path, tmp_path: Path, cluster: TwoMachines) -> Callable[..., BatchSummary]:
    def run(**choices: Any) -> BatchSummary:
        choices = {"engine": "ray", "ray_address": cluster.address} | choices
        return run_batch(reviews, str(tiny_folder), tmp_path / "out", OPTIONS, **choices)

    return run


def shards(folder: Path) -> dict[str, bytes]:
    found = [file for kind in (PREDICTIONS, EXPLANATIONS) for file in (folder / kind).glob("*.parquet")]
    return {f"{file.parent.name}/{file.name}": file.read_bytes() for file in found}


def some(folder: Path, count: int) -> None:
    """Wait until so many parts are in place."""
    end = time.monotonic() + 240
    while len(list((folder / PREDICTIONS).glob("*.parquet"))) < count:
        assert time.monotonic() < end, "no parts"
        time.sleep(0.01)


def ends(processes: list[psutil.Process]) -> Iterator[tuple[str, str]]:
    """Addresses that processes listen at, call, or are called from."""
    for process in processes:
        try:
            found = process.net_connections("inet")
        except psutil.Error:
            continue
        whole = [end.ip for one in found for end in (one.laddr, one.raddr) if end]
        yield from ((ip.removeprefix("::ffff:"), title(process)[:60].strip()) for ip in whole)


def killed(reviews: Path, checkpoint: Path, folder: Path, engine: str) -> list[psutil.Process]:
    """Run an engine in a process of its own and kill that once a few parts are in place; gives what it had started."""
    command = [sys.executable, "-c", ENGINE, reviews, checkpoint, folder, engine, OPTIONS.model_dump_json()]
    child = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        some(folder, 3)
        family = psutil.Process(child.pid).children(recursive=True)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(20)
    assert 3 <= len(list((folder / PREDICTIONS).glob("*.parquet"))) < PARTS
    return family


def test_the_shards_are_those_of_the_local_engine_and_nothing_beyond_this_machine_is_called(
    run_ray: Callable[..., BatchSummary], expected: dict[str, bytes], tmp_path: Path, cluster: TwoMachines
) -> None:
    seen: list[BatchProgress] = []
    met: set[tuple[str, str]] = set()

    def note(progress: BatchProgress) -> None:
        seen.append(progress)
        if len(seen) % 8 == 2:
            met.update(ends([*cluster.all(), psutil.Process(), *psutil.Process().children(recursive=True)]))

    summary = run_ray(progress=note)
    assert shards(tmp_path / "out") == expected
    assert (summary.rows, summary.engine, summary.errors) == (180, "ray", {"there is no text in it": 2})
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert (seen[0].done, seen[-1].done, seen[-1].total, seen[-1].errors) == (0, 180, 180, 2)
    assert len(met) > 4
    assert sorted((ip, who) for ip, who in met if not ipaddress.ip_address(ip).is_loopback) == []


def test_a_cluster_that_loses_a_worker_goes_on_with_what_a_killed_local_engine_left(
    run_ray: Callable[..., BatchSummary],
    reviews: Path,
    tiny_folder: Path,
    expected: dict[str, bytes],
    tmp_path: Path,
    cluster: TwoMachines,
) -> None:
    folder = tmp_path / "out"
    killed(reviews, tiny_folder, folder, "local")
    times = {file: file.stat().st_mtime_ns for file in (folder / PREDICTIONS).glob("*.parquet")}
    victims: list[psutil.Process] = []
    begun: list[int] = []

    def kill_one(progress: BatchProgress) -> None:
        begun.append(progress.done)
        if progress.done > begun[0] and not victims:
            victims.extend(cluster.workers()[:1])
            os.kill(victims[0].pid, signal.SIGKILL)
            assert progress.done < progress.total

    assert run_ray(resume=True, progress=kill_one).rows == 180
    assert len(victims) == 1
    assert gone(victims)
    assert shards(folder) == expected
    assert {file: file.stat().st_mtime_ns for file in times} == times


def test_the_local_engine_goes_on_with_what_a_killed_cluster_left(
    reviews: Path, tiny_folder: Path, expected: dict[str, bytes], tmp_path: Path, orphans: list[psutil.Process]
) -> None:
    folder = tmp_path / "out"
    orphans.extend(killed(reviews, tiny_folder, folder, "ray"))
    assert gone([one for one in orphans if "MapWorker" in title(one)]), "workers outlived the engine"
    kept = shards(folder)
    assert run_batch(reviews, str(tiny_folder), folder, OPTIONS, resume=True).engine == "local"
    assert shards(folder) == expected == expected | kept
    assert not list(folder.glob(".cluster-*"))


def test_a_wish_to_stop_is_heard_and_the_rest_can_be_had_later(
    run_ray: Callable[..., BatchSummary],
    reviews: Path,
    tiny_folder: Path,
    expected: dict[str, bytes],
    tmp_path: Path,
    cluster: TwoMachines,
) -> None:
    folder = tmp_path / "out"
    with pytest.raises(Cancelled):
        run_ray(cancelled=lambda: len(shards(folder)) > 4)
    assert gone(cluster.workers()), "workers outlived the batch"
    assert 4 < len(shards(folder)) < len(expected)
    run_batch(reviews, str(tiny_folder), folder, OPTIONS, resume=True)
    assert shards(folder) == expected


def test_where_ray_ends_its_process_the_batch_says_so_and_can_be_gone_on_with(
    run_ray: Callable[..., BatchSummary],
    reviews: Path,
    tiny_folder: Path,
    expected: dict[str, bytes],
    tmp_path: Path,
    cluster: TwoMachines,
) -> None:
    folder = tmp_path / "out"

    def kill_the_driver(progress: BatchProgress) -> None:
        if progress.done:
            for process in psutil.Process().children():
                if "workbench.batch.ray_driver" in title(process):
                    process.kill()

    with pytest.raises(WorkbenchError, match=r"Ray ended its process \(status -9\).*go on with --resume") as raised:
        run_ray(progress=kill_the_driver)
    assert "\n" not in str(raised.value)
    assert gone(cluster.workers()), "workers outlived the batch"
    assert 0 < len(shards(folder)) < len(expected)
    run_batch(reviews, str(tiny_folder), folder, OPTIONS, resume=True)
    assert shards(folder) == expected


def test_a_machine_with_other_versions_is_refused_in_one_line(
    run_ray: Callable[..., BatchSummary], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("workbench.services.batching.batch_provenance", lambda options: {"torch": "0.1"})
    with pytest.raises(WorkbenchError, match=r"pip install torch==0\.1 there") as raised:
        run_ray()
    assert "\n" not in str(raised.value)
    assert shards(tmp_path / "out") == {}


@pytest.mark.parametrize("address", ["ray://127.0.0.1:10001", "127.0.0.1:1", "no address"])
def test_an_address_of_no_cluster_is_an_error_of_one_line(run_ray: Callable[..., BatchSummary], address: str) -> None:
    with pytest.raises(InputError) as raised:
        run_ray(ray_address=address)
    assert "\n" not in str(raised.value)


def test_without_ray_the_line_that_installs_it_is_printed(
    run_ray: Callable[..., BatchSummary], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "ray"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'explainability-workbench\[ray\]'"):
        run_ray()
