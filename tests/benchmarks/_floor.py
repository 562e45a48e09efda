"""Every method against the passes of the bare model that it cannot do without."""

from __future__ import annotations

from statistics import median
from typing import Any

from _bare import method_floor
from _checkpoints import Bench
from _ours import distinct_rows, explain_afresh, recorded
from _reviews import review
from _tables import Goal, Section, seconds, table, times
from _timing import in_turns, quotient, say

from workbench.checkpoints import Checkpoint
from workbench.pipeline import classify
from workbench.schema import Prediction
from workbench.services import make_options, methods_for

GOAL = Goal(1.15, unit="×")
HEAD = ("checkpoint", "method", "words", "floor", "ours", "ratio", "target", "passes of the floor")
NOTES = (
    "The floor is made of the different inputs that the method evaluates, noted while it runs: alone, sorted by "
    "length, tensors ready, through the bare model, in batches of the size that was quickest of a few. Methods that "
    "read gradients or attention have the passes that they made for floor, and the plain pass that gives the value of "
    "the text. Ours starts on a fresh scorer, in turn with the floor, at the default budget and on words.",
)


def measure(bench: Bench) -> Section:
    """Time each method and its floor.

    Args:
        bench: What is measured.

    Returns:
        A row for each checkpoint, method and length.
    """
    rows = [
        _row(bench, name, words, method, classify(checkpoint, review(words)))
        for name, checkpoint in bench.checkpoints.items()
        for words in bench.settings.words
        for method, obstacle in methods_for(checkpoint).items()
        if obstacle is None
    ]
    return Section("floor", {"rows": rows}, [table(HEAD, [_cells(row) for row in rows])], NOTES)


def _row(bench: Bench, name: str, words: int, method: str, prediction: Prediction) -> dict[str, Any]:
    say(f"floor: {name}, {method}, {words} words")
    checkpoint: Checkpoint = bench.checkpoints[name]
    budgets = {"shap": bench.settings.shap_budget, "lime": bench.settings.lime_budget}
    options = make_options(method, budget=budgets.get(method))
    with recorded(checkpoint) as noted:
        explanation = explain_afresh(checkpoint, prediction, method, options=options)
    floor, passes = method_floor(checkpoint, prediction, explanation, distinct_rows(checkpoint, noted))
    contenders = {"floor": floor, "ours": lambda: explain_afresh(checkpoint, prediction, method, options=options)}
    spent, _ = in_turns(contenders, bench.settings.repeat)
    return {
        "checkpoint": name,
        "method": method,
        "words": words,
        "passes": passes,
        "evaluations": explanation.evaluations.model_dump(),
        "seconds": spent,
        "ratio": quotient(spent["ours"], spent["floor"]),
    }


def _cells(row: dict[str, Any]) -> list[object]:
    return [
        row["checkpoint"],
        row["method"],
        row["words"],
        *(seconds(median(row["seconds"][side])) for side in ("floor", "ours")),
        times(row["ratio"]),
        GOAL.verdict(row["ratio"]),
        row["passes"],
    ]
