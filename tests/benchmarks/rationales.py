"""How well each method finds the words that people marked, and how far the prediction hangs on what it ranks first.

A measurement, not a test; it rewrites one table of ``docs/methods.md``::

    python tests/benchmarks/rationales.py --data path/to/dynasent_rationales.csv --output docs/methods.md

The data has a line for each annotator of a sentence. All lines of a sentence share its explanations, so they are merged
and a sentence is one row: its label is the one that most annotators give, its marked pieces are those that at least
half of the annotators with this label have marked.
"""

from __future__ import annotations

import csv
import json
import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import click
import numpy as np
from scipy.stats import bootstrap
from sklearn.metrics import average_precision_score

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.explainers import METHODS
from workbench.pipeline import classify_many, parse_target
from workbench.schema import Explanation, Prediction, Span, Trust
from workbench.services import assess, choose_methods, explain_one, make_options, provenance

LABELS = ("negative", "positive")
BEGIN, END = "<!-- table: rationales -->", "<!-- end -->"
RANDOM = "random order"
RANDOM_DRAWS = 100
ROWS = 60
CONFIDENCE = 0.95
FAITHFULNESS = ("comprehensiveness", "sufficiency", "faithfulness")
# The columns that are means with an interval.
COLUMNS = ("average precision", "above random", *FAITHFULNESS)

Marks = Sequence[bool | None]
Figures = Mapping[str, float | None]


@dataclass(frozen=True)
class Marked:
    """A sentence with the words that one person marked, or most.

    Attributes:
        text: The sentence.
        label: What it says, to those who marked it.
        marks: For each piece between white space, whether it was decisive.
    """

    text: str
    label: str
    marks: tuple[bool, ...]


@dataclass(frozen=True)
class Outcome:
    """What was measured.

    Attributes:
        sentences: In the data.
        usable: Those with a label and marked words.
        sampled: Drawn from these.
        figures: Title of a method, or ``RANDOM``, to the figures of each sentence that was predicted right.
    """

    sentences: int
    usable: int
    sampled: int
    figures: Mapping[str, Sequence[Figures]]


def read_annotations(file: Path) -> list[list[Marked]]:
    """The data, sentence by sentence.

    Args:
        file: CSV with the columns ``text_id``, ``sentence``, ``label`` and ``rationale_binary``.

    Returns:
        One list a sentence, with what each annotator says.

    Raises:
        ValueError: A mask does not have one entry for each piece between white space.
    """
    found: dict[str, list[Marked]] = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            marks = tuple(bool(mark) for mark in json.loads(line["rationale_binary"]))
            if len(marks) != len(line["sentence"].split()):
                raise ValueError(f"the mask of text {line['text_id']} does not fit its sentence")
            found[line["text_id"]].append(Marked(line["sentence"], line["label"], marks))
    return list(found.values())


def merged(annotations: Sequence[Marked]) -> Marked | None:
    """What most annotators of a sentence say.

    Args:
        annotations: Of one sentence.

    Returns:
        The sentence with their label and marks; none where no label has more than half of the annotators, where it is
        neither negative nor positive, or where no piece or every piece is marked, so that nothing is left to rank.
    """
    label, votes = Counter(one.label for one in annotations).most_common(1)[0]
    if label not in LABELS or 2 * votes <= len(annotations):
        return None
    shares = np.mean([one.marks for one in annotations if one.label == label], axis=0)
    marks = tuple(bool(share >= 0.5) for share in shares)
    return Marked(annotations[0].text, label, marks) if any(marks) and not all(marks) else None


def marks_of_units(row: Marked, units: Sequence[Span]) -> list[bool | None]:
    """Marks of pieces between white space, brought onto words.

    Args:
        row: The sentence.
        units: Its words, none of which reaches over white space.

    Returns:
        For each unit the mark of its piece, or none for punctuation in a piece that has letters or digits too: nobody
        could mark it alone.
    """
    pieces = list(re.finditer(r"\S+", row.text))
    found: list[bool | None] = []
    for unit in units:
        number = next(number for number, piece in enumerate(pieces) if unit.start < piece.end())
        attached = _wordlike(pieces[number].group()) and not _wordlike(unit.of(row.text))
        found.append(None if attached else row.marks[number])
    return found


def average_precision(scores: Sequence[float], marks: Marks) -> float:
    """Area under the precision-recall curve.

    Args:
        scores: One a unit, the highest first in rank.
        marks: One a unit; units without a mark are left out.

    Returns:
        From above 0 to 1.
    """
    pairs = [(mark, score) for score, mark in zip(scores, marks, strict=True) if mark is not None]
    truth, given = zip(*pairs, strict=True)
    return float(average_precision_score(truth, given))


def random_precision(marks: Marks, seed: Sequence[int], draws: int = RANDOM_DRAWS) -> float:
    """The average precision that a random order is expected to have.

    Args:
        marks: One a unit.
        seed: Of the orders.
        draws: How many orders.

    Returns:
        Their mean.
    """
    generator = np.random.default_rng(seed)
    orders = [generator.permutation(len(marks)).tolist() for _ in range(draws)]
    return statistics.fmean(average_precision(order, marks) for order in orders)


def prevalence(marks: Marks) -> float:
    """The share of marked units among those compared.

    Args:
        marks: One a unit.

    Returns:
        From 0 to 1.
    """
    return statistics.fmean(mark for mark in marks if mark is not None)


def sample(rows: Sequence[Marked], count: int, seed: int) -> list[Marked]:
    """Some rows, drawn without putting back.

    Args:
        rows: All.
        count: How many; all if there are fewer.
        seed: Of the drawing.

    Returns:
        In the order drawn, so that a larger sample begins with the smaller one.
    """
    return [rows[index] for index in np.random.default_rng(seed).permutation(len(rows))[:count]]


def figures_of(
    row: Marked, explanations: Sequence[Explanation], trust: Trust, chance: float, spent: Mapping[str, float]
) -> dict[str, Figures]:
    """The figures of all methods on one sentence.

    Args:
        row: The sentence.
        explanations: One a method, on words. Unsigned scores are magnitudes already, so all are ranked as they are.
        trust: Their faithfulness.
        chance: The average precision of random orders.
        spent: Method to seconds of processor time, which other work on the machine does not stretch.

    Returns:
        Title of the method to its figures.
    """
    judged = {one.method: one.figures for one in trust.faithfulness}
    found: dict[str, Figures] = {}
    for one in explanations:
        marks = marks_of_units(row, [unit.span for unit in one.units])
        precision = average_precision([unit.score for unit in one.units], marks)
        found[METHODS[one.method].title] = {
            "average precision": precision,
            "above random": precision - chance,
            **{name: judged[one.method][name].value for name in FAITHFULNESS},
            "seconds": spent[one.method],
        }
    return found


def measure(
    checkpoint: Checkpoint, row: Marked, prediction: Prediction, seed: int, budget: int | None
) -> dict[str, Figures]:
    """Explain one sentence with every method, and compare.

    Args:
        checkpoint: The model.
        row: The sentence.
        prediction: Of its text.
        seed: Of methods and random orders.
        budget: For each method that has a budget; none for its default.

    Returns:
        Title of the method, or ``RANDOM``, to its figures.
    """
    target = parse_target("predicted", prediction)
    explanations, spent = [], {}
    # What one method has evaluated is not evaluated again; the cheap ones first, since it would make them look free.
    for name in sorted(choose_methods(checkpoint, ["all"]), key=lambda name: METHODS[name].cost):
        options = make_options(name, budget=budget)
        started = time.process_time()
        explanations.append(explain_one(checkpoint, prediction, name, target=target, seed=seed, options=options))
        spent[name] = time.process_time() - started
    trust = assess(checkpoint, prediction, explanations, seed=seed, parts=("faithfulness",))
    marks = marks_of_units(row, [unit.span for unit in explanations[0].units])
    chance = random_precision(marks, (seed, *row.text.encode()))
    return {RANDOM: _of_random(trust, marks, chance), **figures_of(row, explanations, trust, chance, spent)}


def cell(values: Sequence[float | None], seed: int) -> str:
    """A mean with its interval.

    Args:
        values: One a row; none where undefined.
        seed: Of the bootstrap.

    Returns:
        Such as ``0.50 (0.40 to 0.60)``, with the number of rows where some are undefined; a dash for fewer than two.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return "–"
    generator = np.random.default_rng(seed)
    found = bootstrap((known,), np.mean, confidence_level=CONFIDENCE, method="percentile", rng=generator)
    low, high = found.confidence_interval
    rows = "" if len(known) == len(values) else f", {len(known)} rows"
    return f"{statistics.fmean(known):z.2f} ({low:z.2f} to {high:z.2f}{rows})"


def table(figures: Mapping[str, Sequence[Figures]], seed: int) -> str:
    """The figures as a table of Markdown.

    Args:
        figures: Title to the figures of each row.
        seed: Of the intervals.

    Returns:
        Lines without a line end after the last.
    """
    lines = [f"| method | {' | '.join(COLUMNS)} | seconds, median |", "| --- |" + " --- |" * (len(COLUMNS) + 1)]
    for title, rows in figures.items():
        cells = [cell([row.get(column) for row in rows], seed) for column in COLUMNS]
        seconds = [value for row in rows if (value := row.get("seconds")) is not None]
        cells.append(f"{statistics.median(seconds):.2f}" if seconds else "–")
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def section(outcome: Outcome, checkpoint: Checkpoint, seed: int, budget: int | None) -> str:
    """The table with what one must know to read it.

    Args:
        outcome: What was measured.
        checkpoint: The model.
        seed: Of sample, methods, random orders and intervals.
        budget: For each method that has a budget; none for its default.

    Returns:
        Markdown.
    """
    chance = outcome.figures[RANDOM]
    marked = statistics.fmean(row["prevalence"] or 0.0 for row in chance)
    versions = {**provenance(), **{name: version(name) for name in ("scikit-learn", "scipy")}}
    return (
        f"{len(chance)} sentences: of {outcome.sentences} in the data {outcome.usable} can be used, {outcome.sampled} "
        f"of them were drawn with seed {seed}, and {outcome.sampled - len(chance)} were left out because the model "
        f"predicts another label than people gave. Of the words compared, {marked:.0%} are marked (prevalence, mean "
        f"over the sentences).\n\n{table(outcome.figures, seed)}\n\nCheckpoint `{checkpoint.info.name}` "
        f"(`{checkpoint.info.fingerprint[:19]}`); budget: {budget or 'the default of each method'}; versions: "
        f"{', '.join(f'{name} {number}' for name, number in versions.items())}."
    )


def replaced(document: str, content: str) -> str:
    """A document with a new section between its markers.

    Args:
        document: With the markers.
        content: What shall stand between them.

    Returns:
        The document, everything outside the section as it was.

    Raises:
        ValueError: It has no such section.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"there is no section {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n{content}\n{END}{after}"


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True, help="The annotations, CSV.")
@click.option("--checkpoint", "name", default="sentiment", show_default=True, help="With the labels of the data.")
@click.option("--rows", default=ROWS, show_default=True, help="Sentences to draw.")
@click.option("--seed", default=0, show_default=True, help="Of everything random.")
@click.option("--budget", type=int, help="Evaluations, for each method that has a budget.  [default: its own]")
@click.option("--output", type=click.Path(exists=True, path_type=Path), required=True, help="Document with the table.")
def main(data: Path, name: str, rows: int, seed: int, budget: int | None, output: Path) -> None:
    """Measure all methods against the words that people marked, and write the table."""
    # Read again at the end: minutes pass until then.
    replaced(output.read_text("utf-8"), "")
    checkpoint = load_checkpoint(name)
    annotated = read_annotations(data)
    usable = [row for row in map(merged, annotated) if row]
    drawn = sample(usable, rows, seed)
    predictions = classify_many(checkpoint, [row.text for row in drawn])
    right = [(row, one) for row, one in zip(drawn, predictions, strict=True) if one.label.lower() == row.label]
    if not right:
        raise click.ClickException(f"{name} gets no sentence right; choose a checkpoint with the labels {LABELS}")
    figures: dict[str, list[Figures]] = defaultdict(list)
    for number, (row, prediction) in enumerate(right, start=1):
        for title, found in measure(checkpoint, row, prediction, seed, budget).items():
            figures[title].append(found)
        click.echo(f"{number} of {len(right)}", err=True)
    outcome = Outcome(len(annotated), len(usable), len(drawn), figures)
    content = section(outcome, checkpoint, seed, budget)
    output.write_text(replaced(output.read_text("utf-8"), content), encoding="utf-8")


def _of_random(trust: Trust, marks: Marks, chance: float) -> Figures:
    figures: dict[str, float | None] = {"average precision": chance, "prevalence": prevalence(marks)}
    if trust.reference:
        figures["comprehensiveness"] = trust.reference.random.comprehensiveness
        figures["sufficiency"] = trust.reference.random.sufficiency
    return figures


def _wordlike(piece: str) -> bool:
    return any(character.isalnum() for character in piece)


if __name__ == "__main__":
    main()
