"""What SHAP, LIME and the assessment of one review save by sharing a scorer."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from _checkpoints import Bench, forget
from _ours import explain, explain_afresh
from _reviews import review
from _tables import Section, seconds, table
from _timing import in_turns, quotient, say

from workbench import services
from workbench.pipeline import classify
from workbench.schema import Evaluations, Explanation, Trust

METHODS = ("shap", "lime")
HEAD = ("checkpoint", "what", "seconds", "asked", "made")
NOTES = (
    "One review, explained by SHAP and by LIME, both then assessed: each on a fresh scorer, and all on one. What the "
    "assessment evaluates on twins with shuffled weights cannot be shared.",
)

Result = Explanation | Trust


def measure(bench: Bench) -> Section:
    """Time each alone and all together.

    Args:
        bench: What is measured.

    Returns:
        Rows for each checkpoint.
    """
    found = [_one(bench, name) for name in bench.checkpoints]
    rows = [cells for one in found for cells in _rows(one)]
    return Section("together", {"rows": found}, [table(HEAD, rows)], NOTES)


def added(results: Sequence[Result]) -> Evaluations:
    """Evaluations of several results, added up."""
    return Evaluations(
        asked=sum(one.evaluations.asked for one in results), made=sum(one.evaluations.made for one in results)
    )


def _one(bench: Bench, name: str) -> dict[str, Any]:
    say(f"together: {name}")
    checkpoint, settings = bench.checkpoints[name], bench.settings
    prediction = classify(checkpoint, review(settings.review_words))
    budgets = {"shap": settings.shap_budget, "lime": settings.lime_budget}
    options = {method: services.make_options(method, budget=budgets[method]) for method in METHODS}
    explained = [explain_afresh(checkpoint, prediction, method, options=options[method]) for method in METHODS]

    def alone(method: str) -> list[Result]:
        return [explain_afresh(checkpoint, prediction, method, options=options[method])]

    def assessed() -> list[Result]:
        forget([checkpoint])
        return [services.assess(checkpoint, prediction, explained)]

    def together() -> list[Result]:
        forget([checkpoint])
        both = [explain(checkpoint, prediction, method, options=options[method]) for method in METHODS]
        return [*both, services.assess(checkpoint, prediction, both)]

    contenders = {"shap": lambda: alone("shap"), "lime": lambda: alone("lime"), "assessment": assessed}
    spent, results = in_turns(contenders | {"together": together}, settings.repeat)
    sums = [sum(times) for times in zip(*(spent[part] for part in contenders), strict=True)]
    counts = {part: added(result).model_dump() for part, result in results.items()}
    return {
        "checkpoint": name,
        "seconds": spent | {"alone": sums},
        "evaluations": counts,
        "saving": 1 - quotient(spent["together"], sums),
    }


def _rows(one: dict[str, Any]) -> list[list[object]]:
    counts, spent = one["evaluations"], one["seconds"]
    alone = {kind: sum(counts[part][kind] for part in counts if part != "together") for kind in ("asked", "made")}
    parts = [(part, part, counts[part]) for part in counts if part != "together"]
    parts += [("each alone, added up", "alone", alone), ("all on one scorer", "together", counts["together"])]
    rows: list[list[object]] = [
        [one["checkpoint"], told, seconds(median(spent[part])), count["asked"], count["made"]]
        for told, part, count in parts
    ]
    evaluations = 1 - counts["together"]["made"] / alone["made"]
    return [*rows, [one["checkpoint"], "saving", f"{one['saving']:.0%}", "", f"{evaluations:.0%}"]]
