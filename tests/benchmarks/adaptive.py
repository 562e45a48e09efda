"""What a tolerance saves, and how far the scores then are from those of the whole budget.

A measurement, not a test; it rewrites one table of ``docs/methods.md``::

    python tests/benchmarks/adaptive.py --output docs/methods.md
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from _reviews import SAMPLES
from _tables import has_place, replaced, table

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.explainers import METHODS
from workbench.pipeline import classify, parse_target
from workbench.schema import Explanation, Prediction
from workbench.services import explain_one, make_options, provenance

REVIEWS = ("phone-dead-in-a-week", "hotel-aircon", "clothes-shrunk", "hotel-46-words")
# Method and whole budget: the defaults, and one that lets SHAP split the tree of a short review to the end.
BUDGETS = (("lime", 1000), ("shap", 500), ("shap", 2000))
TOLERANCES = (0.02, 0.05)
PLACE = "adaptive"
# The packages that decide the figures.
_DECIDE = ("workbench", "torch", "transformers", "shap", "lime", "numpy")


@dataclass(frozen=True)
class Line:
    """One method with one budget on one review.

    Attributes:
        review: Its id among the samples.
        full: With the whole budget.
        other: The same with another seed.
        adaptive: Tolerance to the result with it.
    """

    review: str
    full: Explanation
    other: Explanation
    adaptive: dict[float, Explanation]

    def cells(self) -> list[str]:
        """What stands in the table."""
        words = [unit for unit in self.full.units if unit.text]
        largest = max(abs(unit.score) for unit in words)
        found = [
            METHODS[self.full.method].title,
            f"{self.full.options['budget']:,}",
            f"{self.review} ({len(words)})",
            f"{largest:.3f}",
            f"{distance(self.full, self.other):.3f}",
        ]
        for one in self.adaptive.values():
            settled = one.details["settled"] == "yes"
            used = f"{float(one.details['budget_used']):,.0f}"
            found += [used if settled else f"{used}, not settled", f"{distance(one, self.full):.3f}"]
        return found


def distance(one: Explanation, other: Explanation) -> float:
    """The largest difference of a unit's score.

    Args:
        one: Of some text.
        other: Of the same.

    Returns:
        In units of the target; what stands on special tokens is left out.
    """
    pairs = [[unit.score for unit in found.units if unit.text] for found in (one, other)]
    return float(np.abs(np.subtract(*pairs)).max())


def measure(checkpoint: Checkpoint, texts: dict[str, str], seed: int) -> Iterator[Line]:
    """Explain each review with each budget, whole and with each tolerance.

    What was evaluated for the whole budget is not evaluated again, so the tolerances cost next to nothing here.

    Args:
        checkpoint: The model.
        texts: Id to review.
        seed: Of the methods.

    Yields:
        Line by line.
    """
    predictions = {name: classify(checkpoint, text) for name, text in texts.items()}
    for method, budget in BUDGETS:
        for name, prediction in predictions.items():
            full = _explained(checkpoint, prediction, method, seed, budget)
            other = _explained(checkpoint, prediction, method, seed + 1, budget)
            adaptive = {
                tolerance: _explained(checkpoint, prediction, method, seed, budget, tolerance)
                for tolerance in TOLERANCES
            }
            yield Line(name, full, other, adaptive)


def section(lines: Sequence[Line], checkpoint: Checkpoint, seed: int) -> str:
    """The table with what one must know to read it.

    Args:
        lines: What was measured.
        checkpoint: The model.
        seed: Of the methods.

    Returns:
        Markdown.
    """
    head = ["method", "budget", "review (words)", "largest score", "another seed"]
    for tolerance in TOLERANCES:
        head += [f"used at {tolerance:g}", "off by"]
    versions = ", ".join(f"{name} {number}" for name, number in provenance().items() if name in _DECIDE)
    return (
        f"{table(head, [line.cells() for line in lines])}\n\nCheckpoint `{checkpoint.info.name}` "
        f"(`{checkpoint.info.fingerprint[:19]}`), the probability of the predicted label, seed {seed}; versions: "
        f"{versions}."
    )


@click.command()
@click.option("--checkpoint", "name", default="stars", show_default=True)
@click.option("--seed", default=0, show_default=True, help="Of the methods.")
@click.option("--output", type=click.Path(exists=True, path_type=Path), required=True, help="Document with the table.")
def main(name: str, seed: int, output: Path) -> None:
    """Measure what a tolerance saves on some sample reviews, and write the table."""
    if not has_place(output.read_text("utf-8"), PLACE):
        raise click.ClickException(f"{output} has no place for the table: <!-- {PLACE} --> and <!-- /{PLACE} -->")
    checkpoint = load_checkpoint(name)
    with SAMPLES.open(encoding="utf-8", newline="") as file:
        texts = {row["id"]: row["text"] for row in csv.DictReader(file) if row["id"] in REVIEWS}
    lines = []
    for line in measure(checkpoint, texts, seed):
        lines.append(line)
        click.echo("; ".join(line.cells()), err=True)
    content = section(lines, checkpoint, seed)
    output.write_text(replaced(output.read_text("utf-8"), PLACE, content), encoding="utf-8")


def _explained(
    checkpoint: Checkpoint, prediction: Prediction, method: str, seed: int, budget: int, tolerance: float = 0.0
) -> Explanation:
    target = parse_target("predicted", prediction)
    options = make_options(method, {"budget": budget, "tolerance": tolerance})
    return explain_one(checkpoint, prediction, method, target=target, seed=seed, options=options)


if __name__ == "__main__":
    main()
