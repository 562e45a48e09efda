from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled
from workbench.pipeline import encode_rows, infer
from workbench.scoring import Rounds
from workbench.scoring import scorer as queue

Batches = list[list[list[int]]]

# What each party asks, one list after the other; the third asks once, the fourth never.
ASKED = (
    (["good", "the food was cold"], ["bad room", "staff"]),
    (["bad room and staff"], ["good"], ["not good !"]),
    (["good", "very bad"],),
    (),
)
SMALL = 12  # positions of a batch


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Batches:
    found: Batches = []

    def watched(checkpoint: Checkpoint, rows: list[list[int]], precision: str) -> np.ndarray:
        found.append([list(row) for row in rows])
        return infer(checkpoint, rows)

    monkeypatch.setattr(queue, "infer", watched)
    return found


def run(rounds: Rounds, pause: Callable[[], float], fail: int | None = None) -> list[object]:
    """What each party was given in the end, or the error that it met."""

    def party(number: int) -> object:
        found: object = None
        try:
            asking = rounds.start()
            for texts in ASKED[number]:
                time.sleep(pause())
                if number == fail:
                    raise Cancelled
                found = asking.logits(texts)
            return found
        except Exception as error:  # noqa: BLE001 - compared
            return error
        finally:
            rounds.leave()

    with ThreadPoolExecutor(len(ASKED)) as threads:
        return list(threads.map(party, range(len(ASKED))))


def test_batches_do_not_depend_on_which_thread_was_quicker(tiny: Checkpoint, seen: Batches) -> None:
    chance = random.Random(0)
    found = []
    for _ in range(8):
        seen.clear()
        results = run(Rounds(tiny, len(ASKED), SMALL), lambda: chance.uniform(0, 0.01))
        found.append([list(seen), *(None if one is None else one.tolist() for one in results)])
    assert all(one == found[0] for one in found)
    batches = found[0][0]
    rows = [row for batch in batches for row in batch]
    assert len({tuple(row) for row in rows}) == len(rows) == 7
    assert all(max(map(len, batch)) * len(batch) <= SMALL for batch in batches if len(batch) > 1)


def test_everybody_gets_what_it_asked_for(tiny: Checkpoint) -> None:
    results = run(Rounds(tiny, len(ASKED), 1_000), lambda: 0.0)
    for texts, found in zip(ASKED, results, strict=True):
        if texts:
            alone = np.concatenate([infer(tiny, [row]) for row in encode_rows(tiny, texts[-1])])
            np.testing.assert_allclose(found, alone, atol=1e-5)


def test_a_party_that_gives_up_does_not_keep_the_others_waiting(tiny: Checkpoint) -> None:
    results = run(Rounds(tiny, len(ASKED), 1_000), lambda: 0.0, fail=1)
    assert isinstance(results[1], Cancelled)
    assert isinstance(results[0], np.ndarray)
    assert isinstance(results[2], np.ndarray)


def test_what_the_model_raises_reaches_all_that_wait(tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> np.ndarray:
        raise MemoryError("no room")

    monkeypatch.setattr(queue, "infer", failing)
    results = run(Rounds(tiny, len(ASKED), 1_000), lambda: 0.0)
    assert [type(one) for one in results] == [MemoryError, MemoryError, MemoryError, type(None)]


def test_whoever_cancels_stops_the_round_for_all(tiny: Checkpoint) -> None:
    rounds = Rounds(tiny, 2, SMALL)

    def party(texts: list[str]) -> object:
        try:
            return rounds.start(cancelled=lambda: True).logits(texts)
        except Cancelled:
            return "cancelled"
        finally:
            rounds.leave()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(party, [["good"], ["bad"]])) == ["cancelled", "cancelled"]
