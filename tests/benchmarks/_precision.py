"""What evaluations of a lower precision save, and how far the scores then are from the exact ones."""

from __future__ import annotations

from statistics import median
from typing import Any

import numpy as np
from _checkpoints import Bench
from _ours import explain_afresh
from _reviews import review
from _tables import Section, seconds, table
from _timing import in_turns, quotient, say

from workbench import services
from workbench.errors import WorkbenchError
from workbench.pipeline import classify
from workbench.schema import Explanation

METHODS = ("shap", "lime")
PRECISIONS = ("exact", "int8", "bf16")
HEAD = ("checkpoint", "method", "precision", "seconds", "times faster", "error said", "largest change of a score")
NOTES = (
    "One review, explained on a fresh scorer at each precision, the check of the error included; the conversion of the "
    "model, once a process, left out. The error is what stands beside the result: the largest difference of the "
    "target on 32 of its texts. The change of a score is against exact evaluations, beside the largest score.",
)


def measure(bench: Bench) -> Section:
    """Time each precision.

    Args:
        bench: What is measured.

    Returns:
        Rows for each checkpoint, method and precision; one that the device does not have says why.
    """
    found = [_one(bench, name, method) for name in bench.checkpoints for method in METHODS]
    return Section("precision", {"rows": found}, [table(HEAD, [cells for one in found for cells in _rows(one)])], NOTES)


def _one(bench: Bench, name: str, method: str) -> dict[str, Any]:
    say(f"precision: {name}, {method}")
    checkpoint, settings = bench.checkpoints[name], bench.settings
    prediction = classify(checkpoint, review(settings.review_words))
    budget = {"shap": settings.shap_budget, "lime": settings.lime_budget}[method]
    small = services.make_options(method, budget=20)

    def explained(precision: str) -> Explanation:
        options = services.make_options(method, {"precision": precision}, budget)
        return explain_afresh(checkpoint, prediction, method, options=options)

    faults: dict[str, str] = {}
    for precision in PRECISIONS:
        try:
            # Converts the model.
            explain_afresh(checkpoint, prediction, method, options=small.model_copy(update={"precision": precision}))
        except WorkbenchError as error:
            faults[precision] = error.what
    able = [precision for precision in PRECISIONS if precision not in faults]
    spent, results = in_turns({one: lambda one=one: explained(one) for one in able}, settings.repeat)
    scores = {one: np.array([unit.score for unit in results[one].units]) for one in able}
    return {
        "checkpoint": name,
        "method": method,
        "seconds": spent,
        "faults": faults,
        "error": {one: results[one].details.get("precision_error") for one in able},
        "change": {one: float(np.abs(scores[one] - scores["exact"]).max()) for one in able},
        "largest": float(np.abs(scores["exact"]).max()),
    }


def _rows(one: dict[str, Any]) -> list[list[object]]:
    rows: list[list[object]] = []
    for precision, spent in one["seconds"].items():
        exact = precision == "exact"
        rows.append(
            [
                one["checkpoint"],
                one["method"],
                precision,
                seconds(median(spent)),
                "" if exact else f"{quotient(one['seconds']['exact'], spent):.2f}×",
                "" if exact else f"{one['error'][precision]:.2g}",
                "" if exact else f"{one['change'][precision]:.2g} of {one['largest']:.2g}",
            ]
        )
    return rows + [[one["checkpoint"], one["method"], name, fault, "", "", ""] for name, fault in one["faults"].items()]
