"""How long a user waits: for the verdict, the first explanation, SHAP and LIME, and the app itself."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from _checkpoints import Bench, forget
from _ours import explain, explain_afresh
from _page import chromium, serve_times
from _reviews import different_reviews, review
from _tables import Goal, Section, seconds, table, verdict
from _timing import in_turns, say, timed

from workbench.explainers import METHODS
from workbench.pipeline import classify
from workbench.schema import Prediction
from workbench.services import DEFAULT_METHODS, methods_for

BOTH = "SHAP and LIME"
SERVED = "the app"
# Checkpoint and wait to seconds at most.
GOALS = {
    ("stars", "text to verdict"): 0.3,
    ("stars", "first explanation"): 1.0,
    ("stars", BOTH): 6.0,
    (SERVED, "start to page"): 3.0,
    (SERVED, "start to verdict"): 12.0,
}
HEAD = ("checkpoint", "wait", "seconds", "target")
NOTES = (
    "Warm but for the app's start. The verdict is that of a text not seen before. The first explanation is that of "
    "the method that the app runs first: of its usual ones the cheapest by their stated cost. SHAP and LIME at their "
    "default budgets, each on a fresh scorer, added up. The app: from the command `workbench serve` to the page drawn "
    "in headless Chromium and, its button pressed at once, to the first verdict.",
)

Wait = tuple[str, str, list[float]]


def measure(bench: Bench) -> Section:
    """Time all waits.

    Args:
        bench: What is measured.

    Returns:
        A row a wait.
    """
    waits: list[Wait] = []
    for name in bench.checkpoints:
        say(f"interactive: {name}")
        waits += _waits(bench, name)
    notes = list(NOTES)
    if chromium():
        say("interactive: the app in Chromium")
        found = serve_times(bench.settings.device, bench.settings.repeat)
        waits += [(SERVED, f"start to {what}", spent) for what, spent in found.items()]
    else:
        notes.append("No Chromium was found, so the app was not measured.")
    figures = [{"checkpoint": name, "wait": what, "seconds": spent} for name, what, spent in waits]
    return Section("interactive", {"rows": figures}, [table(HEAD, [_cells(wait) for wait in waits])], notes)


def _waits(bench: Bench, name: str) -> Iterator[Wait]:
    checkpoint, settings = bench.checkpoints[name], bench.settings
    unseen = different_reviews(5 * settings.repeat, settings.review_words)
    yield name, "text to verdict", [timed(lambda text=text: classify(checkpoint, text))[0] for text in unseen]
    spent = _methods(bench, name, classify(checkpoint, review(settings.review_words)))
    first = min(DEFAULT_METHODS, key=lambda method: METHODS[method].cost)
    quickest = min(spent, key=lambda method: median(spent[method]))
    yield name, "first explanation", spent[first]
    yield name, f"quickest method ({quickest})", spent[quickest]
    yield name, "SHAP", spent["shap"]
    yield name, "LIME", spent["lime"]
    yield name, BOTH, [sum(pair) for pair in zip(spent["shap"], spent["lime"], strict=True)]
    yield name, "usual methods one after the other, shared scorer", _job(bench, name)


def _methods(bench: Bench, name: str, prediction: Prediction) -> dict[str, list[float]]:
    """Seconds of every method on a fresh scorer."""
    checkpoint = bench.checkpoints[name]
    able = [method for method, obstacle in methods_for(checkpoint).items() if obstacle is None]
    calls = {method: lambda method=method: explain_afresh(checkpoint, prediction, method) for method in able}
    return in_turns(calls, bench.settings.repeat)[0]


def _job(bench: Bench, name: str) -> list[float]:
    """Seconds of what the app does for one press of its button, on reviews not seen before."""
    checkpoint, settings = bench.checkpoints[name], bench.settings
    order = sorted(DEFAULT_METHODS, key=lambda method: METHODS[method].cost)

    def job(prediction: Prediction) -> None:
        for method in order:
            explain(checkpoint, prediction, method)

    found = []
    for text in different_reviews(settings.repeat, settings.review_words):
        forget([checkpoint])
        prediction = classify(checkpoint, text)
        found.append(timed(lambda prediction=prediction: job(prediction))[0])
    return found


def _cells(wait: Wait) -> list[object]:
    name, what, spent = wait
    bound, value = GOALS.get((name, what)), median(spent)
    return [name, what, seconds(value), verdict(Goal(bound, unit=" s") if bound else None, value)]
