"""Runs as processes of their own: real ones, killed, cancelled, gone on with."""

from __future__ import annotations

import json
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
import torch
from safetensors.torch import load_file

from workbench.checkpoints import catalogue, load_checkpoint
from workbench.errors import InputError, UnknownNameError, WorkbenchError
from workbench.pipeline import classify_many
from workbench.services.training import plan_run, work
from workbench.tables import held_out
from workbench.training import runs
from workbench.training.plan import Plan, State
from workbench.training.recipe import Recipe, Source

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    monkeypatch.setenv("WORKBENCH_HOME", str(place))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return place


@pytest.fixture
def plan(noisy: Path, write_csv: Callable[..., Path], tmp_path: Path) -> Iterator[Callable[..., Plan]]:
    """Makes a run over a small file; whatever goes on at the end of the test is killed."""
    file = write_csv("reviews.csv")
    made: list[str] = []

    def make(name: str = "out", *, save_seconds: float = 0.0, listed: bool = True, **changes: Any) -> Plan:
        values: dict[str, Any] = {
            "base": str(noisy),
            "labels": ("1", "5"),
            "data": (Source(file=str(file)),),
            "seed": 3,
            "test_share": 0.2,
            "validation_share": 0.2,
            "evaluations": 1,
            "epochs": 4,
            "learning_rate": 2e-3,
            "batch_size": 4,
            "lora_rank": 0,
        }
        found = plan_run(
            Recipe(**(values | changes)),
            tmp_path / name,
            command="workbench train --data reviews.csv",
            save_seconds=save_seconds,
            listed=listed,
        )
        made.append(found.id)
        return found

    yield make
    for run in made:
        noted = runs.root() / run / "process.json"
        if noted.exists():
            number = json.loads(noted.read_text())["pid"]
            if number != os.getpid() and psutil.pid_exists(number):
                os.kill(number, signal.SIGKILL)


def wait_for(run: str, until: Callable[[Any], bool], seconds: float = 120) -> Any:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        status = runs.read(run)
        if until(status):
            return status
        time.sleep(0.02)
    log = runs.folder(run) / "log.txt"
    raise AssertionError(f"{status.state} {log.read_text() if log.exists() else ''}")


def weights(folder: Path) -> dict[str, torch.Tensor]:
    (file,) = folder.glob("*.safetensors")
    return load_file(file)


def same(one: Path, two: Path) -> bool:
    first, second = weights(one), weights(two)
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def told(run: str) -> list[tuple[Any, ...]]:
    return [(one.kind, one.step, one.metrics) for one in runs.events(run) if one.kind == "evaluate"]


def test_a_run_in_this_process_makes_a_checkpoint_that_is_listed(plan: Callable[..., Plan], tmp_path: Path) -> None:
    made = plan()
    state = work(made.id)
    assert (state.phase, state.stopped, state.fault) == ("done", "", None)
    assert state.entry == str(tmp_path / "out")
    assert [one.name for one in catalogue.entries()] == [str(tmp_path / "out")]
    assert not (runs.folder(made.id) / "states").exists()
    assert [place.name for place in tmp_path.iterdir() if place.name.startswith(".")] == []
    status = runs.read(made.id)
    assert status.state == state
    assert status.final
    assert status.step == status.steps == len(runs.events(made.id)[-1:]) * status.steps
    losses = [one for one in runs.events(made.id) if one.kind == "train"]
    assert [one.step for one in losses] == list(range(1, status.steps + 1))
    looks = [one for one in runs.events(made.id) if one.kind == "evaluate"]
    assert len(looks) == 4
    assert set(looks[0].metrics or {}) == {"loss", "accuracy", "macro_f1"}


def test_the_scores_are_those_of_the_saved_checkpoint_on_the_held_out_rows(
    plan: Callable[..., Plan], tmp_path: Path
) -> None:
    made = plan()
    state = work(made.id)
    with Path(made.recipe.data[0].file).open(encoding="utf-8") as stream:
        rows = [line.rstrip("\n").rsplit(",", 1) for line in stream][1:]
    held = [(text.strip(), label) for text, label in rows if held_out(text.strip(), 0.2, 3)]
    found = classify_many(load_checkpoint(str(tmp_path / "out")), [text for text, _ in held])
    right = sum(one.label == label for one, (_, label) in zip(found, held, strict=True))
    assert state.scores is not None
    assert (state.scores["rows"], state.scored_on) == (len(held), "test")
    assert state.scores["accuracy"] == pytest.approx(right / len(held))


def test_the_same_seed_gives_the_same_scores(plan: Callable[..., Plan], tmp_path: Path) -> None:
    states = [work(plan(name, seed=seed).id) for name, seed in (("a", 3), ("b", 3), ("c", 4))]
    assert states[0].scores == states[1].scores
    assert same(tmp_path / "a", tmp_path / "b")
    assert not same(tmp_path / "a", tmp_path / "c")


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 4])
def test_killed_and_resumed_is_as_if_never_interrupted(plan: Callable[..., Plan], tmp_path: Path, rank: int) -> None:
    whole = plan("whole", lora_rank=rank, epochs=8)
    expected = work(whole.id)
    broken = plan("broken", lora_rank=rank, epochs=8)
    runs.start(broken.id)
    status = wait_for(broken.id, lambda one: one.step >= 20 and one.state.phase == "training")
    number = json.loads((runs.folder(broken.id) / "process.json").read_text())["pid"]
    os.kill(number, signal.SIGKILL)
    status = wait_for(broken.id, lambda one: one.state.phase == "interrupted", 10)
    assert 20 <= status.step < status.steps
    assert not (tmp_path / "broken").exists()
    runs.resume(broken.id)
    status = wait_for(broken.id, lambda one: one.final)
    assert status.state.phase == "done", status.state.fault
    assert same(tmp_path / "whole", tmp_path / "broken")
    assert status.state.scores == expected.scores
    assert told(whole.id) == told(broken.id)
    raw = (runs.folder(broken.id) / "progress.jsonl").read_text().splitlines()
    attempts = [json.loads(line)["step"] for line in raw if json.loads(line)["kind"] == "attempt"]
    assert attempts[0] == 0
    assert attempts[1] >= 19
    one, two = (json.loads((tmp_path / name / "training.json").read_text()) for name in ("whole", "broken"))
    assert one["loss"] == pytest.approx(two["loss"])
    assert {**one, "seconds_of_the_whole_run": 0, "loss": 0} == {**two, "seconds_of_the_whole_run": 0, "loss": 0}


@pytest.mark.slow
def test_a_run_outlives_the_process_that_started_it(plan: Callable[..., Plan], tmp_path: Path) -> None:
    made = plan()
    code = f"from workbench.training import runs; runs.start({made.id!r})"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    noted = json.loads((runs.folder(made.id) / "process.json").read_text())["pid"]
    assert os.getsid(noted) == noted
    with pytest.raises(InputError, match="goes on already"):
        runs.start(made.id)
    wait_for(made.id, lambda one: one.state.phase != "starting")
    with pytest.raises(WorkbenchError, match="another process works on the run"):
        work(made.id)
    status = wait_for(made.id, lambda one: one.final)
    assert status.state.phase == "done", status.state.fault
    assert (tmp_path / "out" / "README.md").is_file()
    with pytest.raises(InputError, match="is done"):
        runs.start(made.id)


@pytest.mark.slow
def test_cancelling_keeps_the_best_so_far(plan: Callable[..., Plan], tmp_path: Path) -> None:
    made = plan(epochs=4000, save_seconds=1000.0)
    runs.start(made.id)
    wait_for(made.id, lambda one: len([e for e in runs.events(made.id) if e.kind == "evaluate"]) >= 2)
    assert runs.cancel(made.id).cancelling
    status = wait_for(made.id, lambda one: one.final)
    assert (status.state.phase, status.state.stopped) == ("cancelled", "cancelled")
    assert status.step < status.steps
    looks = [one for one in runs.events(made.id) if one.kind == "evaluate"]
    best = min(looks, key=lambda one: (one.metrics or {})["loss"])
    assert status.state.kept_step == best.step
    assert load_checkpoint(str(tmp_path / "out")).labels == ("1", "5")
    assert "Training was cancelled." in (tmp_path / "out" / "README.md").read_text()
    assert catalogue.find_entry(str(tmp_path / "out")) is not None
    with pytest.raises(InputError, match="is over"):
        runs.cancel(made.id)
    with pytest.raises(InputError, match="left a checkpoint; start a new run"):
        runs.resume(made.id)


def test_training_stops_early_and_keeps_the_best(plan: Callable[..., Plan]) -> None:
    made = plan(epochs=60, patience=2, learning_rate=3e-2)
    state = work(made.id)
    assert (state.phase, state.stopped) == ("done", "early")
    looks = [((one.metrics or {})["loss"], one.step) for one in runs.events(made.id) if one.kind == "evaluate"]
    best = looks.index(min(looks))
    assert len(looks) == best + 3
    assert state.kept_step == looks[best][1]
    assert runs.read(made.id).step == looks[-1][1] < runs.read(made.id).steps


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"learning_rate": 1e6},
            r"the loss ran away \(it is .*\); train again with a learning rate far below 1e\+06",
        ),
        ({"labels": ("1", "5", "neutral")}, "the label 'neutral' is on no training row, so it cannot be learnt; "),
        ({"data": (Source(file="reviews.csv", mapping={"5": "5"}),)}, "training rows have one label, '5'; add rows"),
    ],
)
def test_what_goes_wrong_is_one_line_in_the_state(
    plan: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    made = plan(**changes)
    with pytest.raises(WorkbenchError, match=message):
        work(made.id)
    state = runs.read(made.id).state
    assert state.phase == "failed"
    assert state.fault is not None
    assert "\n" not in state.fault
    assert "; " in state.fault
    assert not (tmp_path / "out").exists()
    assert catalogue.entries() == ()


def test_too_little_memory_is_said_with_what_to_do(plan: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    def full(self: Any, *args: Any, **kwargs: Any) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(transformers.Trainer, "training_step", full)
    made = plan(batch_size=16)
    with pytest.raises(WorkbenchError, match=r"not enough memory to train; take a smaller batch \(now 16\) .*--lora"):
        work(made.id)


def test_data_that_changed_since_is_refused(plan: Callable[..., Plan]) -> None:
    made = plan()
    with Path(made.recipe.data[0].file).open("a") as stream:
        stream.write("one more,5\n")
    with pytest.raises(InputError, match=r"reviews.csv has changed since the run was made; start a new run"):
        work(made.id)


def test_a_number_that_was_used_again_is_not_the_run(plan: Callable[..., Plan]) -> None:
    made = plan()
    place = runs.folder(made.id)
    runs.say(place, State(phase="training"))
    (place / "process.json").write_text(json.dumps({"pid": os.getpid(), "began": psutil.Process().create_time()}))
    assert runs.read(made.id).state.phase == "training"
    (place / "process.json").write_text(json.dumps({"pid": os.getpid(), "began": 12345.0}))
    assert runs.read(made.id).state.phase == "interrupted"
    cancelled = runs.cancel(made.id)
    assert cancelled.state.phase == "cancelled"
    assert (place / "cancel").exists()
    runs.reopen(made.id)
    assert not (place / "cancel").exists()


def test_finding_listing_and_removing(plan: Callable[..., Plan]) -> None:
    first, second = plan("a"), plan("b")
    assert {one.plan.id for one in runs.list_runs()} == {first.id, second.id}
    assert runs.folder(first.id) == runs.root() / first.id
    assert runs.folder("last").name == max(first.id, second.id)
    for name in ("nosuch", "", "../..", "2"):
        with pytest.raises(UnknownNameError, match="; choose from: "):
            runs.folder(name)
    with pytest.raises(InputError, match="cancel it first"):
        runs.remove(first.id)
    runs.cancel(first.id)
    (runs.folder(first.id) / "process.json").write_text('{"pid": 1, "began": 0}')
    runs.remove(first.id)
    assert [one.plan.id for one in runs.list_runs()] == [second.id]
    (runs.folder(second.id) / "state.json").write_text("{")
    assert runs.list_runs() == ()
    with pytest.raises(InputError, match="is damaged"):
        runs.read(second.id)


def test_watching_needs_no_torch(plan: Callable[..., Plan]) -> None:
    made = plan()
    code = (
        "import sys; from workbench.training import runs; "
        f"runs.read({made.id!r}); runs.events({made.id!r}); runs.list_runs(); "
        "assert not {'torch', 'transformers', 'datasets', 'pandas'} & set(sys.modules), 'heavy'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
