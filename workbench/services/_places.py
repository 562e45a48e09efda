"""Where labels lie on a scale from 0 (worst) to 1 (best)."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.checkpoints.loading import ratings_of

_MOODS = {"negative": 0.0, "neg": 0.0, "neutral": 0.5, "neu": 0.5, "positive": 1.0, "pos": 1.0}


def places_of(labels: Sequence[str]) -> tuple[float, ...] | None:
    """Where labels lie on the scale.

    Args:
        labels: All labels of a checkpoint.

    Returns:
        One place a label, or none where they have no order: neither ratings nor moods.
    """
    ratings = ratings_of(tuple(labels))
    if ratings:
        low, high = min(ratings), max(ratings)
        return tuple((rating - low) / (high - low) for rating in ratings)
    places = [_MOODS.get(label.strip().casefold()) for label in labels]
    known = tuple(place for place in places if place is not None)
    return known if len(known) == len(places) and {0.0, 1.0} <= set(known) else None
