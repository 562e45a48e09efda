"""Timing things in turn, so that a change of the machine's pace meets all of them."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

# What takes less than this is timed more often.
_SHORT_SECONDS = 0.5
_SHORT_FACTOR = 5


def in_turns(contenders: Mapping[str, Callable[[], Any]], repeat: int) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """Time things one after the other, again and again.

    Args:
        contenders: Name to what is timed.
        repeat: Rounds; five times as many where a round is over at once.

    Returns:
        Name to the seconds of each round, and name to what the last round gave.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    results: dict[str, Any] = {}
    done, rounds = 0, repeat
    while done < rounds:
        for name, call in contenders.items():
            seconds, results[name] = timed(call)
            times[name].append(seconds)
        done += 1
        if done == 1 and repeat > 1 and sum(spent[0] for spent in times.values()) < _SHORT_SECONDS:
            rounds = _SHORT_FACTOR * repeat
    return times, results


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that a call takes, and what it gives; rubbish of calls before it is taken out first."""
    gc.collect()
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


def quotient(over: Sequence[float], under: Sequence[float]) -> float:
    """How the medians of two lists of seconds relate."""
    return median(over) / median(under)


def say(text: str) -> None:
    """Tell on standard error how far the run is."""
    print(text, file=sys.stderr, flush=True)
