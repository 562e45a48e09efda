from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled
from workbench.pipeline import encode_rows, infer
from workbench.schema import Evaluations, Target
from workbench.scoring import Scorer
from workbench.scoring import scorer as queue

TEXTS = [" ".join(parts) for parts in (["good"], ["bad", "room"], ["the", "food", "was", "cold"], ["staff"], ["", "!"])]


def alone(checkpoint: Checkpoint, texts: list[str]) -> np.ndarray:
    """Each text by itself, past the scorer."""
    return np.concatenate([infer(checkpoint, [row]) for row in encode_rows(checkpoint, texts)])


@pytest.fixture
def rows_seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[list[int]]]]:
    """Every batch that reaches the model."""
    seen: list[list[list[int]]] = []

    def watched(checkpoint: Checkpoint, rows: list[list[int]], precision: str) -> np.ndarray:
        seen.append([list(row) for row in rows])
        return infer(checkpoint, rows)

    monkeypatch.setattr(queue, "infer", watched)
    return seen


def test_results_come_in_the_order_of_the_texts(tiny: Checkpoint) -> None:
    texts = [*TEXTS, *reversed(TEXTS)]
    np.testing.assert_allclose(Scorer(tiny).start().logits(texts), alone(tiny, texts), atol=1e-5)


def test_equal_inputs_are_evaluated_once_and_told_apart_by_token_ids(
    tiny: Checkpoint, rows_seen: list[list[list[int]]]
) -> None:
    run = Scorer(tiny).start()
    # The vocabulary is lower case and knows neither zzz nor yyy: four strings, two inputs.
    logits = run.logits(["good zzz", "GOOD  zzz", "good yyy", "bad", "bad"])
    assert run.evaluations == Evaluations(asked=5, made=2)
    assert sum(map(len, rows_seen)) == 2
    assert np.array_equal(logits[0], logits[1])
    assert np.array_equal(logits[0], logits[2])
    assert not np.array_equal(logits[0], logits[3])


def test_runs_of_one_scorer_share_what_was_evaluated(tiny: Checkpoint, rows_seen: list[list[list[int]]]) -> None:
    scorer = Scorer(tiny)
    first, second = scorer.start(), scorer.start()
    one = first.logits(TEXTS)
    two = second.logits([*TEXTS, "terrible"])
    assert (first.asked, first.made) == (5, 5)
    assert (second.asked, second.made) == (6, 1)
    assert np.array_equal(one, two[:5])
    assert len(scorer) == 6
    assert sum(map(len, rows_seen)) == 6
    assert Scorer(tiny).start().evaluations == Evaluations(asked=0, made=0)


def test_the_cache_is_bounded_and_forgets_the_oldest(tiny: Checkpoint) -> None:
    scorer = Scorer(tiny, cache_entries=2)
    expected = alone(tiny, TEXTS)
    np.testing.assert_allclose(scorer.start().logits(TEXTS), expected, atol=1e-5)
    assert len(scorer) == 2
    scorer.start().logits(["never"])
    again = scorer.start()
    np.testing.assert_allclose(again.logits(TEXTS), expected, atol=1e-5)
    assert again.made >= 4
    last = scorer.start()
    last.logits(["never"])
    assert last.made == 1


@given(
    lengths=st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=25), min_size=1, max_size=5),
)
def test_every_row_comes_once_in_batches_within_their_positions(tiny: Checkpoint, lengths: list[list[int]]) -> None:
    scorer = Scorer(tiny, positions=64)
    given_rows = [
        {f"{owner}.{index}".encode(): [owner] * length for index, length in enumerate(each)}
        for owner, each in enumerate(lengths)
    ]
    requests = [scorer.submit(scorer.start(), rows) for rows in given_rows]
    seen: list[bytes] = []
    while not all(request.done for request in requests):
        batch, owners = scorer._next_batch()
        assert len(batch) * max(map(len, batch.values())) <= 64
        assert sum(owners.values()) == len(batch)
        seen += batch
        for request in requests:
            for key in batch:
                request.pending.pop(key, None)
    assert sorted(seen) == sorted(key for rows in given_rows for key in rows)


def test_batches_that_reach_the_model_stay_within_their_positions(
    tiny: Checkpoint, rows_seen: list[list[list[int]]]
) -> None:
    texts = [" ".join(["good"] * (1 + number % 40) + ["bad"] * (number // 40)) for number in range(100)]
    run = Scorer(tiny, positions=100).start()
    np.testing.assert_allclose(run.logits(texts), alone(tiny, texts), atol=1e-5)
    assert len(rows_seen) > 1
    assert all(len(batch) * max(map(len, batch)) <= 100 for batch in rows_seen)
    assert sum(map(len, rows_seen)) == run.made


def test_progress_rises_and_ends_at_the_total(tiny: Checkpoint) -> None:
    seen: list[tuple[int, int]] = []
    run = Scorer(tiny, positions=16).start(12, progress=lambda done, total: seen.append((done, total)))
    run.logits(TEXTS)
    run.logits([*TEXTS, TEXTS[0]])
    run.count(1)
    assert all(before[0] <= after[0] for before, after in pairwise(seen))
    assert {total for _, total in seen} == {12}
    assert seen[-1] == (12, 12)
    assert {done for done, _ in seen} > {5, 11, 12}
    run.logits(["never"])
    assert seen[-1] == (13, 13)
    assert run.evaluations == Evaluations(asked=13, made=7)


def test_expecting_more_shows_at_once(tiny: Checkpoint) -> None:
    seen: list[tuple[int, int]] = []
    Scorer(tiny).start(progress=lambda done, total: seen.append((done, total))).expect(500)
    assert seen == [(0, 500)]


def test_cancelling_stops_between_batches_and_leaves_the_scorer_usable(
    tiny: Checkpoint, rows_seen: list[list[list[int]]]
) -> None:
    scorer = Scorer(tiny, positions=8)
    run = scorer.start(cancelled=lambda: len(rows_seen) >= 2)
    with pytest.raises(Cancelled):
        run.logits(TEXTS)
    assert len(rows_seen) == 2
    assert run.made == sum(map(len, rows_seen))
    after = scorer.start()
    np.testing.assert_allclose(after.logits(TEXTS), alone(tiny, TEXTS), atol=1e-5)
    # What was evaluated before the stop is not evaluated again.
    assert after.made == len(TEXTS) - run.made
    assert scorer.start(cancelled=lambda: True).logits(TEXTS).shape == (5, 5)


def test_cancelling_stops_after_a_turn_and_counts_its_passes(tiny: Checkpoint) -> None:
    run = Scorer(tiny).start(cancelled=lambda: True)
    with pytest.raises(Cancelled), run.turn(3):
        pass
    with pytest.raises(Cancelled):
        run.count(2)
    assert run.evaluations == Evaluations(asked=5, made=5)
    with pytest.raises(KeyError), run.turn():
        raise KeyError
    assert run.made == 5
    assert not tiny.turn.held


def test_a_batch_waits_until_the_turn_of_another_is_over(tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer, order = Scorer(tiny), []
    at_the_door, done = threading.Event(), threading.Event()

    def watched(checkpoint: Checkpoint, rows: list[list[int]], precision: str) -> np.ndarray:
        order.append("batch")
        return infer(checkpoint, rows)

    def ask_once() -> bool:
        at_the_door.set()
        return False

    def work() -> None:
        scorer.start(cancelled=ask_once).logits(["good room"])
        done.set()

    monkeypatch.setattr(queue, "infer", watched)
    thread = threading.Thread(target=work, daemon=True)
    run = Scorer(tiny).start()
    with run.turn():
        thread.start()
        assert at_the_door.wait(60)
        # Never true, however long; long enough for a batch that does not wait.
        assert not done.wait(0.2)
        order.append("end of the turn")
    assert done.wait(60)
    thread.join(60)
    assert order == ["end of the turn", "batch"]
    assert run.evaluations == Evaluations(asked=1, made=1)


def test_the_thread_that_has_the_turn_may_evaluate(tiny: Checkpoint) -> None:
    run = Scorer(tiny).start()
    with run.turn():
        assert run.logits(["good"]).shape == (1, 5)
    assert run.evaluations == Evaluations(asked=2, made=2)


def test_a_run_beside_another_counts_apart_and_stops_with_it(tiny: Checkpoint) -> None:
    run = Scorer(tiny).start(cancelled=lambda: True)
    beside = run.beside()
    with pytest.raises(Cancelled):
        beside.logits(["good"])
    assert run.evaluations == Evaluations(asked=0, made=0)


def test_threads_on_one_scorer_give_what_one_after_the_other_gives(tiny: Checkpoint) -> None:
    vocabulary = ["good", "bad", "the", "room", "was", "cold", "never"]
    draws = np.random.default_rng(0)
    jobs = [[" ".join(draws.choice(vocabulary, size=draws.integers(1, 9))) for _ in range(60)] for _ in range(8)]
    expected = [alone(tiny, job) for job in jobs]
    scorer = Scorer(tiny, positions=64, cache_entries=50)
    barrier = threading.Barrier(len(jobs))

    def work(job: list[str]) -> tuple[np.ndarray, Evaluations]:
        barrier.wait()
        run = scorer.start()
        return np.concatenate([run.logits(job[start : start + 7]) for start in range(0, len(job), 7)]), run.evaluations

    with ThreadPoolExecutor(len(jobs)) as pool:
        found = list(pool.map(work, jobs))
    for (logits, counted), wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(logits, wanted, atol=1e-4)
        assert counted.asked == 60
        assert counted.made <= 60
    assert len(scorer) <= 50


def test_empty_and_overlong_texts(tiny: Checkpoint) -> None:
    run = Scorer(tiny).start()
    assert run.logits([]).shape == (0, 5)
    long = " ".join(["good"] * 100)
    logits = run.logits(["", long, " ".join(["good"] * 46)])
    assert np.array_equal(logits[1], logits[2])
    assert run.evaluations == Evaluations(asked=3, made=2)


def test_values_of_a_target(tiny: Checkpoint) -> None:
    logits = alone(tiny, TEXTS)
    values = Scorer(tiny).start().values(TEXTS, Target(kind="contrast", label="2 stars", against="4 stars"))
    np.testing.assert_allclose(values, logits[:, 1] - logits[:, 3], atol=1e-5)


def test_small_requests_of_several_runs_share_a_batch(tiny: Checkpoint, rows_seen: list[list[list[int]]]) -> None:
    scorer, texts = Scorer(tiny, positions=64), ["good room", "bad food", "cold staff", "the film"]
    runs = [scorer.start() for _ in texts]
    with ThreadPoolExecutor(len(texts)) as pool:
        with tiny.turn:
            waiting = [pool.submit(run.logits, [text]) for run, text in zip(runs, texts, strict=True)]
            while len(scorer._requests) < len(texts):
                threading.Event().wait(0.001)
        found = np.concatenate([one.result(60) for one in waiting])
    np.testing.assert_allclose(found, alone(tiny, texts), atol=1e-5)
    assert [len(batch) for batch in rows_seen] == [4]
    assert [run.evaluations for run in runs] == [Evaluations(asked=1, made=1)] * 4


def test_what_two_runs_ask_at_once_is_evaluated_for_the_first(
    tiny: Checkpoint, rows_seen: list[list[list[int]]]
) -> None:
    scorer = Scorer(tiny)
    runs = [scorer.start(), scorer.start()]
    with ThreadPoolExecutor(2) as pool:
        with tiny.turn:
            waiting = [pool.submit(run.logits, ["good room", "bad"]) for run in runs]
            while len(scorer._requests) < 2:
                threading.Event().wait(0.001)
        assert np.array_equal(waiting[0].result(60), waiting[1].result(60))
    assert sum(map(len, rows_seen)) == 2
    assert sorted(run.made for run in runs) == [0, 2]


def test_a_long_run_leaves_room_for_a_short_one(tiny: Checkpoint) -> None:
    """With rows of one long request and steps of another, both get every other batch."""
    scorer = Scorer(tiny, positions=8)
    long, short = scorer.start(), scorer.start()
    many = {f"long{index}".encode(): [1, 2] for index in range(40)}
    request = scorer.submit(long, many)
    order = []
    for step in range(5):
        step_request = scorer.submit(short, {f"short{step}".encode(): [3] * 8})
        while not step_request.done:
            batch, _ = scorer._next_batch()
            order.append("short" if any(key.startswith(b"short") for key in batch) else "long")
            for one in (request, step_request):
                for key in batch:
                    one.pending.pop(key, None)
        scorer.withdraw(step_request)
    assert order == ["long", "short"] * 5


def test_a_fault_reaches_those_whose_rows_it_were(tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = Scorer(tiny, positions=4)

    def broken(checkpoint: Checkpoint, rows: list[list[int]], precision: str) -> np.ndarray:
        if any(len(row) > 3 for row in rows):
            raise MemoryError("too long")
        return infer(checkpoint, rows)

    monkeypatch.setattr(queue, "infer", broken)
    good, bad = scorer.start(), scorer.start()
    with ThreadPoolExecutor(2) as pool:
        with tiny.turn:
            failing = pool.submit(bad.logits, ["good room was cold"])
            fine = pool.submit(good.logits, ["good"])
            while len(scorer._requests) < 2:
                threading.Event().wait(0.001)
        with pytest.raises(MemoryError, match="too long"):
            failing.result(60)
        np.testing.assert_allclose(fine.result(60), alone(tiny, ["good"]), atol=1e-5)
    assert scorer._requests == []
    assert bad.made == 0
