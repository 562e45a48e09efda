"""Any sequence of joining, dying, being cancelled and gone on with, against a model of what should come of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from workbench import resources
from workbench.batch import queue, queue_folder, waiting
from workbench.errors import InputError
from workbench.schema import BatchOptions
from workbench.work import jobs

OPTIONS = BatchOptions(text_columns=("text",))


@dataclass
class Known:
    """What is known of a batch: ``phase`` as it should be, the number of its process, and its turn while it has it."""

    phase: str
    number: int
    turn: Any = None


class Queue(RuleBasedStateMachine):
    @initialize(slots=st.integers(1, 2))
    def begin(self, slots: int) -> None:
        self.slots = slots
        self.order: list[str] = []
        self.batches: dict[str, Known] = {}
        self.left = ExitStack()
        home = Path(self.left.enter_context(tempfile.TemporaryDirectory()))
        self.source = home / "reviews.csv"
        self.source.write_text("text\ngood\n")
        patch = self.left.enter_context(pytest.MonkeyPatch.context())
        patch.setenv(resources.HOME, str(home))
        patch.setenv(resources.AT_ONCE, str(slots))
        patch.delenv(resources.ROOTS, raising=False)
        patch.setattr(queue, "launch", self.launch)
        patch.setattr(queue_folder, "alive", self.alive)
        patch.setattr(jobs, "alive", self.alive)

    def launch(self, place: Path, module: str, name: str, number: str) -> None:
        (place / "process.json").touch()
        self.batches[name] = Known("waiting", int(number))

    def alive(self, place: Path) -> bool:
        return place.name in self.batches and self.batches[place.name].phase in {"waiting", "running"}

    def having(self, *phases: str) -> list[str]:
        return [name for name, one in self.batches.items() if one.phase in phases]

    def let_go(self, name: str) -> None:
        turn, self.batches[name].turn = self.batches[name].turn, None
        if turn is not None:
            turn.release()

    @precondition(lambda self: len(self.batches) < 5)
    @rule()
    def enqueue(self) -> None:
        self.order.append(queue.enqueue(self.source, "stars", OPTIONS).id)

    @rule(data=st.data())
    def look(self, data: st.DataObject) -> None:
        """A process that waits looks whether it is its turn."""
        for name in self.some(data, "waiting"):
            waits, slot = waiting.take(queue.folder(name), self.batches[name].number)
            first = next(one for one in self.order if self.batches[one].phase == "waiting")
            free = len(self.having("running")) < self.slots
            assert waits
            assert (slot is not None) == (free and name == first)
            if slot is not None:
                self.batches[name].phase, self.batches[name].turn = "running", slot

    @rule(data=st.data())
    def dies(self, data: st.DataObject) -> None:
        for name in self.some(data, "waiting", "running"):
            self.batches[name].phase = "interrupted"
            self.let_go(name)  # the system does

    @rule(data=st.data())
    def ends(self, data: st.DataObject) -> None:
        for name in self.some(data, "running"):
            asked = queue.read(name).cancelling
            self.batches[name].phase = phase = "cancelled" if asked else "done"
            state = queue.read(name).state
            queue.say(queue.folder(name), state.model_copy(update={"phase": phase}))
            self.let_go(name)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        for name in self.some(data, "waiting", "running", "interrupted", "done", "cancelled"):
            one = self.batches[name]
            if one.phase in {"done", "cancelled"}:
                with pytest.raises(InputError, match="is over"):
                    queue.cancel(name)
                continue
            status = queue.cancel(name)
            assert status.cancelling == (one.phase == "running")
            if one.phase != "running":
                number, one.phase = one.number, "cancelled"
                assert waiting.take(queue.folder(name), number) == (False, None)

    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        for name in self.some(data, "waiting", "running", "interrupted", "done", "cancelled"):
            one = self.batches[name]
            if one.phase not in {"interrupted", "cancelled"}:
                with pytest.raises(InputError, match="goes on already|is done"):
                    queue.resume(name)
                continue
            queue.resume(name)
            assert self.batches[name].number > one.number
            self.order.remove(name)
            self.order.append(name)

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        for name in self.some(data, "waiting", "running", "interrupted", "done", "cancelled"):
            if self.batches[name].phase in {"waiting", "running"}:
                with pytest.raises(InputError, match="cancel it first"):
                    queue.remove(name)
                continue
            queue.remove(name)
            del self.batches[name]
            self.order.remove(name)

    def some(self, data: st.DataObject, *phases: str) -> Iterator[str]:
        names = self.having(*phases)
        if names:
            yield data.draw(st.sampled_from(names))

    @invariant()
    def everybody_sees_what_is(self) -> None:
        if not hasattr(self, "batches"):
            return
        listed = {one.plan.id: one for one in queue.list_batches()}
        assert {name: one.state.phase for name, one in listed.items()} == {
            name: one.phase for name, one in self.batches.items()
        }
        order = [name for name in self.order if self.batches[name].phase == "waiting"]
        assert [listed[name].ahead for name in order] == list(range(len(order)))
        assert sum(one.phase == "running" for one in self.batches.values()) <= self.slots

    def teardown(self) -> None:
        if hasattr(self, "left"):
            for name in list(self.batches):
                self.let_go(name)
            self.left.close()


TestQueue = Queue.TestCase
TestQueue.settings = settings(max_examples=30, stateful_step_count=25, deadline=None, derandomize=True)
