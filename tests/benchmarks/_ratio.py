"""The stock libraries against ours: the same values, and how much sooner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from _checkpoints import Bench
from _ours import explain_afresh
from _reviews import review
from _settings import BERT_BASE
from _stock import SEED, Values, make_pipe, stock_lime, stock_shap, token_scores, word_scores
from _tables import Goal, Section, seconds, table, times, verdict
from _timing import in_turns, quotient, say

from workbench.checkpoints import Checkpoint
from workbench.pipeline import classify
from workbench.schema import Explanation, Unit
from workbench.services import make_options

TOLERANCE = 1e-4
# Checkpoint, method and words to how many times sooner.
GOALS = {
    (BERT_BASE, "shap", 46): 2.2,
    (BERT_BASE, "lime", 46): 1.8,
    (BERT_BASE, "lime", 5): 30.0,
    ("stars", "shap", 46): 2.8,
    ("stars", "lime", 46): 2.0,
}
HEAD = ("checkpoint", "method", "words", "stock", "ours", "ratio", "target", "evaluations", "largest difference")
NOTES = (
    "Stock and ours in turn, in one process. SHAP: `shap.Explainer` on a transformers pipeline, token units on both "
    "sides. LIME: `LimeTextExplainer` over the pipeline in batches of 32, words deleted by position on both sides. "
    "Each of ours starts on a fresh scorer. Evaluations are those asked for, all of which the stock side makes, and "
    "those that ours makes. The difference is the largest between two scores of one unit, beside the largest score.",
)


@dataclass(frozen=True)
class Pair:
    """One method done by the library alone and by the workbench.

    Attributes:
        method: Registered name.
        stock: Gives scores.
        ours: Gives an explanation.
        scores: An explanation's scores in the form of the stock ones.
    """

    method: str
    stock: Callable[[], Values]
    ours: Callable[[], Explanation]
    scores: Callable[[Explanation], Values]


def measure(bench: Bench) -> Section:
    """Time both and compare their values.

    Args:
        bench: What is measured.

    Returns:
        A row for each checkpoint, method and length; a fault for each difference beyond the tolerance.
    """
    rows: list[dict[str, Any]] = []
    for name, checkpoint in bench.checkpoints.items():
        pipe = make_pipe(checkpoint)
        for words in bench.settings.words:
            rows += [_row(bench, name, words, pair) for pair in _pairs(bench, checkpoint, pipe, words)]
    return Section("ratio", {"rows": rows}, [table(HEAD, [_cells(row) for row in rows])], NOTES, _faults(rows))


def _pairs(bench: Bench, checkpoint: Checkpoint, pipe: Any, words: int) -> Iterator[Pair]:
    text = review(words)
    prediction = classify(checkpoint, text)
    label, budget, samples = prediction.label, bench.settings.shap_budget, bench.settings.lime_samples(words)

    def ours(method: str, unit: Unit, **values: Any) -> Explanation:
        options = make_options(method, values)
        return explain_afresh(checkpoint, prediction, method, unit=unit, seed=SEED, options=options)

    yield Pair(
        "shap",
        lambda: stock_shap(pipe, text, label, budget),
        lambda: ours("shap", Unit.TOKEN, algorithm="partition", budget=budget),
        token_scores,
    )
    yield Pair(
        "lime",
        lambda: stock_lime(pipe, text, checkpoint.labels, label, samples),
        lambda: ours("lime", Unit.WORD, budget=samples),
        word_scores,
    )


def _row(bench: Bench, name: str, words: int, pair: Pair) -> dict[str, Any]:
    say(f"ratio: {name}, {pair.method}, {words} words")
    spent, found = in_turns({"stock": pair.stock, "ours": pair.ours}, bench.settings.repeat)
    explanation = found["ours"]
    mine, theirs = pair.scores(explanation), found["stock"]
    return {
        "checkpoint": name,
        "method": pair.method,
        "words": words,
        "seconds": spent,
        "ratio": quotient(spent["stock"], spent["ours"]),
        "evaluations": explanation.evaluations.model_dump(),
        "difference": float(np.abs(mine - theirs).max()) if mine.shape == theirs.shape else float("inf"),
        "largest_score": float(np.abs(theirs).max()),
    }


def _cells(row: dict[str, Any]) -> list[object]:
    bound = GOALS.get((row["checkpoint"], row["method"], row["words"]))
    goal = Goal(bound, least=True, unit="×") if bound else None
    counts = row["evaluations"]
    return [
        row["checkpoint"],
        row["method"],
        row["words"],
        *(seconds(median(row["seconds"][side])) for side in ("stock", "ours")),
        times(row["ratio"]),
        verdict(goal, row["ratio"]),
        f"{counts['asked']} asked, {counts['made']} made",
        f"{row['difference']:.0e} of {row['largest_score']:.2g}",
    ]


def _faults(rows: list[dict[str, Any]]) -> list[str]:
    return [
        f"{row['checkpoint']}, {row['method']}, {row['words']} words: {row['difference']:.1e} from the stock library"
        for row in rows
        if not row["difference"] <= TOLERANCE
    ]
