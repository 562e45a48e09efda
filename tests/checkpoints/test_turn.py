from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.checkpoints.turn import Turn

SECONDS = 60


def line_up(turn: Turn, count: int) -> None:
    """Wait until so many threads wait."""
    while len(turn._waiting) < count:
        threading.Event().wait(0.001)


def test_turns_come_in_the_order_of_asking() -> None:
    turn, order = Turn(), []

    def take(number: int) -> None:
        with turn:
            order.append(number)

    with ThreadPoolExecutor(5) as pool, turn:
        for number in range(5):
            pool.submit(take, number)
            line_up(turn, number + 1)
    assert order == [0, 1, 2, 3, 4]


def test_who_ends_a_turn_does_not_win_the_next_one() -> None:
    turn, order = Turn(), []

    def other() -> None:
        with turn:
            order.append("other")

    with ThreadPoolExecutor(1) as pool:
        with turn:
            pool.submit(other)
            line_up(turn, 1)
            order.append("first")
        with turn:
            order.append("again")
    assert order == ["first", "other", "again"]


def test_the_holder_may_take_it_again() -> None:
    turn = Turn()
    with turn:
        assert turn.held
        with turn:
            pass
        assert turn.held
    assert not turn.held


def test_waiting_ends_when_it_is_not_needed_any_more() -> None:
    turn, served = Turn(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        turn.acquire()
        waiting = pool.submit(turn.acquire, served.is_set)
        line_up(turn, 1)
        served.set()
        turn.release()
        assert waiting.result(SECONDS) is False
    with turn:
        assert turn.held


def test_patience_ends_without_a_turn() -> None:
    turn = Turn()
    with ThreadPoolExecutor(1) as pool, turn:
        assert pool.submit(turn.acquire, None, 0.01).result(SECONDS) is False
    assert not turn._waiting


def test_a_fault_within_ends_the_turn() -> None:
    turn = Turn()
    with pytest.raises(KeyError), turn:
        raise KeyError
    assert not turn.held
