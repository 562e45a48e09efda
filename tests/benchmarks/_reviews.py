"""Reviews of any number of words, the same in every run."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data" / "reviews.csv"
REVIEW = (
    "The room was clean and the staff were friendly, but the air conditioning rattled all night and breakfast was cold "
    "both mornings. For the price I expected much better, and the manager shrugged when I complained. The location is "
    "great though, two minutes from the station."
)


@cache
def sample_words() -> tuple[str, ...]:
    """The words of all English sample reviews, one after another."""
    with SAMPLES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["language"] == "en"]
    return tuple(word for row in rows for word in row["text"].split())


def review(words: int) -> str:
    """The review of 46 words, cut, or lengthened by the sample reviews.

    Args:
        words: How many words it has, between spaces.

    Returns:
        The text.
    """
    return " ".join([*REVIEW.split(), *sample_words()][:words]).rstrip(",")


def different_reviews(count: int, words: int) -> tuple[str, ...]:
    """Texts cut from the sample reviews at places evenly apart.

    Args:
        count: How many.
        words: Of each, between spaces.

    Returns:
        The texts, all different.
    """
    ring = sample_words()
    starts = [number * len(ring) // count for number in range(count)]
    return tuple(" ".join(ring[(start + step) % len(ring)] for step in range(words)) for start in starts)
