"""Many reviews at once on one scorer: against their floor, and how evenly sessions are served."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product
from statistics import median
from typing import Any

from _bare import forward_floor
from _checkpoints import Bench, forget
from _ours import distinct_rows, explain, recorded
from _reviews import different_reviews
from _tables import Goal, Section, seconds, table, times
from _timing import quotient, say, timed

from workbench.checkpoints import Checkpoint
from workbench.explainers import METHODS
from workbench.pipeline import classify_many
from workbench.schema import Prediction
from workbench.services import DEFAULT_METHODS, make_options

GOAL = Goal(1.05, unit="×")
HEAD = ("checkpoint", "explanations", "passes of the floor", "floor", "ours", "ratio", "target")
SESSIONS_HEAD = ("checkpoint", "sessions", "one alone", "first done", "last done", "longest wait", "longest wait in")
NOTES = (
    "Different reviews, each explained by SHAP and by LIME on a thread of its own, all at once on one fresh scorer; "
    "the floor is all their different inputs together through the bare model. Below, sessions that start at once, each "
    "with the usual methods one after the other on a review of its own, once; a wait is the time between two calls of "
    "progress of one session, also from its start to the first.",
)


def measure(bench: Bench) -> Section:
    """Time both on each checkpoint.

    Args:
        bench: What is measured.

    Returns:
        Two tables of one row a checkpoint.
    """
    together = [_together(bench, name) for name in bench.checkpoints]
    sessions = [_sessions(bench, name) for name in bench.checkpoints]
    tables = [
        table(HEAD, [_together_cells(row) for row in together]),
        table(SESSIONS_HEAD, [_session_cells(row) for row in sessions]),
    ]
    return Section("many", {"together": together, "sessions": sessions}, tables, NOTES)


def longest_wait(moments: Sequence[tuple[float, str]]) -> tuple[float, str]:
    """The longest time between two moments, and what was waited for.

    Args:
        moments: Time and name, in order; the first is the start.

    Returns:
        Seconds, and the name of the later moment.
    """
    return max((late - early, name) for (early, _), (late, name) in pairwise(moments))


def _predictions(bench: Bench, checkpoint: Checkpoint, count: int) -> list[Prediction]:
    return classify_many(checkpoint, different_reviews(count, bench.settings.review_words))


def _budgets(bench: Bench) -> dict[str, int]:
    return {"shap": bench.settings.shap_budget, "lime": bench.settings.lime_budget}


def _together(bench: Bench, name: str) -> dict[str, Any]:
    say(f"many: {name}, {bench.settings.reviews} reviews")
    checkpoint = bench.checkpoints[name]
    options = {method: make_options(method, budget=budget) for method, budget in _budgets(bench).items()}
    jobs = list(product(_predictions(bench, checkpoint, bench.settings.reviews), options))

    def ours() -> None:
        forget([checkpoint])
        with ThreadPoolExecutor(len(jobs)) as threads:
            list(threads.map(lambda job: explain(checkpoint, job[0], job[1], options=options[job[1]]), jobs))

    spent: dict[str, list[float]] = {"floor": [], "ours": []}
    with recorded(checkpoint) as noted:
        spent["ours"].append(timed(ours)[0])
    rows = distinct_rows(checkpoint, noted)
    floor, told = forward_floor(checkpoint, rows)
    for number in range(bench.settings.repeat):
        spent["floor"].append(timed(floor)[0])
        if number + 1 < bench.settings.repeat:
            spent["ours"].append(timed(ours)[0])
    return {
        "checkpoint": name,
        "explanations": len(jobs),
        "inputs": len(rows),
        "passes": told,
        "seconds": spent,
        "ratio": quotient(spent["ours"], spent["floor"]),
    }


def _sessions(bench: Bench, name: str) -> dict[str, Any]:
    say(f"many: {name}, {bench.settings.sessions} sessions")
    checkpoint = bench.checkpoints[name]
    predictions = _predictions(bench, checkpoint, bench.settings.sessions)
    forget([checkpoint])
    alone = _session(bench, checkpoint, predictions[0], threading.Barrier(1))
    forget([checkpoint])
    start = threading.Barrier(len(predictions))
    with ThreadPoolExecutor(len(predictions)) as threads:
        found = list(threads.map(lambda one: _session(bench, checkpoint, one, start), predictions))
    waits = [longest_wait(moments) for moments in found]
    return {
        "checkpoint": name,
        "alone": alone[-1][0] - alone[0][0],
        "finished": [moments[-1][0] - moments[0][0] for moments in found],
        "waits": waits,
    }


def _session(
    bench: Bench, checkpoint: Checkpoint, prediction: Prediction, start: threading.Barrier
) -> list[tuple[float, str]]:
    """The moments at which a session heard of its progress, beginning with its start."""
    budgets = _budgets(bench)
    start.wait()
    moments = [(time.perf_counter(), "start")]
    for method in sorted(DEFAULT_METHODS, key=lambda name: METHODS[name].cost):

        def hear(_done: int, _total: int, method: str = method) -> None:
            moments.append((time.perf_counter(), method))

        options = make_options(method, budget=budgets.get(method))
        explain(checkpoint, prediction, method, options=options, progress=hear)
        hear(0, 0)
    return moments


def _together_cells(row: dict[str, Any]) -> list[object]:
    spent = row["seconds"]
    return [
        row["checkpoint"],
        row["explanations"],
        row["passes"],
        *(seconds(median(spent[side])) for side in ("floor", "ours")),
        times(row["ratio"]),
        GOAL.verdict(row["ratio"]),
    ]


def _session_cells(row: dict[str, Any]) -> list[object]:
    wait, method = max(row["waits"])
    ends = (min(row["finished"]), max(row["finished"]))
    return [
        row["checkpoint"],
        len(row["finished"]),
        *map(seconds, (row["alone"], *ends, wait)),
        method,
    ]
