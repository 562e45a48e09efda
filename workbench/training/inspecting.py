"""What the data of a recipe is like, before anything is trained on it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from workbench.schema import Frozen
from workbench.training.data import Data, Example, gather
from workbench.training.recipe import Recipe

_NO_WORD = re.compile(r"[\W_]+")
_BALANCE = 10  # times as many rows of one label as of another
_FEW = 20  # rows of a label
_NAMED = 8  # labels in a sentence, at most
_BINS = 30  # of the lengths, at most

Lengths = Callable[[Sequence[str]], Sequence[int]]


class Finding(Frozen):
    """One thing to know of the data.

    Attributes:
        kind: Names it.
        level: ``stop`` where training would refuse, ``warn`` where it would go wrong quietly, else ``note``.
        rows: How many rows it is about.
        text: What it is, and what to do, in one sentence.
    """

    kind: Literal[
        "one_label",
        "unseen_label",
        "leak",
        "contradiction",
        "exact_duplicate",
        "normalised_duplicate",
        "left_out",
        "few_rows",
        "imbalance",
        "cut",
        "no_test",
    ]
    level: Literal["stop", "warn", "note"]
    rows: int
    text: str


class TokenLengths(Frozen):
    """How long the texts are, in tokens with the special ones.

    Attributes:
        shortest: Of all texts.
        median: Half of the texts are no longer.
        p95: 95% of the texts are no longer.
        longest: Of all texts.
        max_tokens: Where training cuts, never beyond what the model reads.
        over_max_tokens: Texts that it cuts.
        limit: The most that the model reads.
        over_limit: Texts that are longer.
        bin_width: Of each bin of the histogram, in tokens.
        bins: How many texts have 1 to ``bin_width`` tokens, how many from there to twice as many, and so on.
    """

    shortest: int
    median: int
    p95: int
    longest: int
    max_tokens: int
    over_max_tokens: int
    limit: int
    over_limit: int
    bin_width: int
    bins: tuple[int, ...]


class Inspection(Frozen):
    """What the data is like.

    Attributes:
        rows: Good rows in all.
        train_rows: Trained on, those seen more than once counted as often.
        validation_rows: Looked at during training.
        test_rows: Looked at at the end.
        left_out: Why rows are left out, to how many.
        classes: Label to training rows, in the order of the labels.
        lengths: Of all texts; none where no tokenizer was at hand.
        findings: The gravest first.
    """

    rows: int
    train_rows: int
    validation_rows: int
    test_rows: int
    left_out: dict[str, int]
    classes: dict[str, int]
    lengths: TokenLengths | None
    findings: tuple[Finding, ...]

    @property
    def trainable(self) -> bool:
        """Whether training would not refuse."""
        return all(one.level != "stop" for one in self.findings)


def inspect(recipe: Recipe, folder: Path, *, count: Lengths | None = None, limit: int = 512) -> Inspection:
    """Look at the data of a recipe.

    Args:
        recipe: The recipe.
        folder: Where relative files are.
        count: Gives the tokens of each of some texts, special ones included; by default lengths are not looked at.
        limit: The most tokens that the model reads.

    Returns:
        What it is like.

    Raises:
        InputError: A file cannot be read, or nothing is left to train on.
    """
    return describe(gather(recipe, folder), recipe, count=count, limit=limit)


def describe(data: Data, recipe: Recipe, *, count: Lengths | None = None, limit: int = 512) -> Inspection:
    """Look at data that has been read; see ``inspect``."""
    everything = [*data.train, *data.validation, *data.test]
    classes = Counter(one.label for one in data.train)
    named = {label: classes[index] for index, label in enumerate(recipe.labels)}
    lengths = _lengths(everything, recipe, count, limit) if count else None
    # A row that is seen several times on purpose is no duplicate of itself.
    findings = [
        *_labels(named, data),
        *_leaks(data),
        *_doubles(data.train, 1 if all(source.repeat == 1 for source in recipe.data) else None),
        *_left_out(data.left_out),
        *(_long(lengths) if lengths else ()),
    ]
    order = {"stop": 0, "warn": 1, "note": 2}
    return Inspection(
        rows=len(everything),
        train_rows=len(data.train),
        validation_rows=len(data.validation),
        test_rows=len(data.test),
        left_out=dict(data.left_out.most_common()),
        classes=named,
        lengths=lengths,
        findings=tuple(sorted(findings, key=lambda one: order[one.level])),
    )


def normalised(text: str) -> str:
    """A text without what makes two copies look different: case, forms of one sign, punctuation, white space.

    Args:
        text: Any text.

    Returns:
        Words between single spaces; the text itself, folded, where there are none.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NO_WORD.sub(" ", folded).strip() or folded.strip()


def contradictions(examples: Sequence[Example]) -> dict[str, tuple[int, ...]]:
    """Texts that have several labels, but for the differences that ``normalised`` removes.

    Args:
        examples: Labelled texts.

    Returns:
        Normalised text to its labels.
    """
    found: dict[str, set[int]] = defaultdict(set)
    for one in examples:
        found[normalised(one.text)].add(one.label)
    return {text: tuple(sorted(labels)) for text, labels in found.items() if len(labels) > 1}


def leaked(data: Data) -> int:
    """How many rows of validation and test are, but for such differences, in training too.

    Args:
        data: All rows.

    Returns:
        Rows.
    """
    trained = {normalised(one.text) for one in data.train}
    return sum(normalised(one.text) in trained for one in (*data.validation, *data.test))


def duplicates(examples: Sequence[Example]) -> tuple[int, int]:
    """How many rows repeat an earlier one.

    Args:
        examples: Labelled texts.

    Returns:
        Rows whose text is exactly that of an earlier row; rows whose text is so only when normalised.
    """
    exact = len(examples) - len({one.text for one in examples})
    return exact, len(examples) - len({normalised(one.text) for one in examples}) - exact


def _labels(named: dict[str, int], data: Data) -> list[Finding]:
    seen = {label: rows for label, rows in named.items() if rows}
    if len(seen) == 1:
        (only,) = seen
        text = f"all training rows have one label, {only!r}; add rows of another, or check the label column"
        return [Finding(kind="one_label", level="stop", rows=len(data.train), text=text)]
    found = []
    for label in named.keys() - seen.keys():
        text = f"the label {label!r} is on no training row; add rows with it or leave it out of the labels"
        found.append(Finding(kind="unseen_label", level="stop", rows=0, text=text))
    few = {label: rows for label, rows in seen.items() if rows < _FEW}
    if few:
        fewest = sorted(few.items(), key=lambda one: one[1])
        shown = ", ".join(f"{label!r} ({rows})" for label, rows in fewest[:_NAMED])
        shown += f" and {len(few) - _NAMED} more" * (len(few) > _NAMED)
        text = f"fewer than {_FEW} training rows have the label {shown}; add some, or expect it to be missed"
        found.append(Finding(kind="few_rows", level="warn", rows=sum(few.values()), text=text))
    most, least = max(seen, key=lambda one: seen[one]), min(seen, key=lambda one: seen[one])
    if seen[most] >= _BALANCE * seen[least]:
        text = f"{most!r} has {seen[most] / seen[least]:.0f} times the rows of {least!r}; weigh the labels "
        text += "(--class-weights) and read macro F1 rather than accuracy"
        found.append(Finding(kind="imbalance", level="warn", rows=seen[least], text=text))
    if not data.test and not data.validation:
        text = "nothing is held out to measure on; hold out a share (--test-share) or give a file (--test)"
        found.append(Finding(kind="no_test", level="warn", rows=0, text=text))
    return found


def _leaks(data: Data) -> list[Finding]:
    rows = leaked(data)
    if not rows:
        return []
    text = f"{_rows(rows, 'held-out row is', 'held-out rows are')} in the training data too, which makes scores too "
    text += "good; take them out of one of the two"
    return [Finding(kind="leak", level="warn", rows=rows, text=text)]


def _doubles(train: Sequence[Example], once: int | None) -> list[Finding]:
    found = []
    contrary = contradictions(train)
    if contrary:
        rows = sum(normalised(one.text) in contrary for one in train)
        text = f"{_rows(rows, 'row is', 'rows are')} of texts that have several labels; settle which is right"
        found.append(Finding(kind="contradiction", level="warn", rows=rows, text=text))
    exact, close = duplicates(train)
    if exact and once:
        text = f"{_rows(exact, 'training row repeats', 'training rows repeat')} an earlier one word by word; "
        text += "remove repetitions unless they are meant"
        found.append(Finding(kind="exact_duplicate", level="note", rows=exact, text=text))
    if close:
        text = f"{_rows(close, 'training row repeats', 'training rows repeat')} an earlier one but for case, "
        text += "punctuation and spaces; remove repetitions unless they are meant"
        found.append(Finding(kind="normalised_duplicate", level="note", rows=close, text=text))
    return found


def _left_out(reasons: Counter[str]) -> list[Finding]:
    return [
        Finding(
            kind="left_out",
            level="note",
            rows=rows,
            text=f"{_rows(rows, 'row is', 'rows are')} left out: {reason}; mend the file if that is not meant",
        )
        for reason, rows in reasons.most_common()
    ]


def _lengths(examples: Sequence[Example], recipe: Recipe, count: Lengths, limit: int) -> TokenLengths:
    found = sorted(count([one.text for one in examples]))
    most = min(recipe.max_tokens, limit)
    width = max(1, -(-found[-1] // _BINS))
    counts = Counter((length - 1) // width for length in found)
    return TokenLengths(
        shortest=found[0],
        median=found[(len(found) - 1) // 2],
        p95=found[-(-95 * len(found) // 100) - 1],
        longest=found[-1],
        max_tokens=most,
        over_max_tokens=sum(length > most for length in found),
        limit=limit,
        over_limit=sum(length > limit for length in found),
        bin_width=width,
        bins=tuple(counts[place] for place in range((found[-1] - 1) // width + 1)),
    )


def _long(lengths: TokenLengths) -> list[Finding]:
    found = []
    if lengths.over_max_tokens:
        cut = _rows(lengths.over_max_tokens, "text is", "texts are")
        longest = f"the longest has {lengths.longest}, and 95% have no more than {lengths.p95}"
        text = f"{cut} longer than {lengths.max_tokens} tokens and cut there in training; {longest}, so choose "
        text += f"--max-tokens by that (the model reads {lengths.limit})"
        found.append(Finding(kind="cut", level="note", rows=lengths.over_max_tokens, text=text))
    return found


def _rows(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"
