"""The common scale: where the labels of a checkpoint stand between 0 (worst) and 1 (best).

Checkpoints with different labels are compared on it. The place of a text is the sum of place times probability, linear
in the probabilities like the expected rating.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.checkpoints import ratings_of
from workbench.errors import TargetError
from workbench.schema import Activation, Target

# Names as checkpoints have them, without case, "-" and "_"; alone, and with two steps on either side.
_THREE = {"negative": 0.0, "neg": 0.0, "neutral": 0.5, "neu": 0.5, "positive": 1.0, "pos": 1.0}
_FIVE = {
    "very negative": 0.0,
    "negative": 0.25,
    "neutral": 0.5,
    "positive": 0.75,
    "very positive": 1.0,
}
_FORM = "LABEL=PLACE,..., each place from 0 to 1"


def known_places(labels: Sequence[str]) -> dict[str, float] | None:
    """Places of labels whose names say where they stand.

    Args:
        labels: All labels of a checkpoint.

    Returns:
        Label to place: ``(rating - lowest) / (highest - lowest)`` for ratings, 0, 0.5 and 1 for negative, neutral and
        positive; none where the names do not tell (``LABEL_0``).
    """
    ratings = ratings_of(tuple(labels))
    if ratings:
        low, high = min(ratings), max(ratings)
        return {label: (rating - low) / (high - low) for label, rating in zip(labels, ratings, strict=True)}
    names = [" ".join(label.lower().replace("-", " ").replace("_", " ").split()) for label in labels]
    for known in (_THREE, _FIVE):
        if set(names) <= set(known):
            found = {label: known[name] for label, name in zip(labels, names, strict=True)}
            ends = {0.0, 1.0} <= set(found.values())
            if ends and len(set(found.values())) == len(labels):
                return found
    return None


def scale_target(
    labels: Sequence[str], activation: Activation, places: Mapping[str, float] | None = None, name: str = ""
) -> Target:
    """The target "place on the common scale".

    Args:
        labels: All labels of a checkpoint.
        activation: Labels that exclude each other have a place together, independent ones have not.
        places: Label to place; by default what the names of the labels say.
        name: Of the checkpoint, for messages.

    Returns:
        A target of kind ``scale``, its labels in the order of ``labels``.

    Raises:
        TargetError: There is no such scale.
    """
    whose = f"the labels of {name}" if name else "the labels"
    if activation is Activation.SIGMOID:
        raise TargetError(f"{whose} are independent of each other, so they share no scale", "name a label as target")
    found = known_places(labels) if places is None else dict(places)
    if found is None:
        raise TargetError(f"{whose} ({', '.join(labels)}) have no known place on the scale", f"give it as {_FORM}")
    if set(found) != set(labels):
        wrong = sorted(set(found) ^ set(labels))[0]
        fault = "has no place" if wrong in labels else "is unknown"
        raise TargetError(f"the label {wrong!r} of a scale {fault}", f"give a place to each of {', '.join(labels)}")
    if not all(0 <= place <= 1 for place in found.values()) or len(set(found.values())) < 2:
        raise TargetError("a scale needs two different places between 0 and 1", f"write it as {_FORM}")
    return Target(kind="scale", places=tuple((label, float(found[label])) for label in labels))


def parse_places(text: str, labels: Sequence[str]) -> dict[str, float]:
    """Read places as the command line takes them.

    Args:
        text: ``NEGATIVE=0,POSITIVE=1``.
        labels: The known labels; they may hold commas and equal signs.

    Returns:
        Label to place, as given.

    Raises:
        TargetError: It is none, a label is unknown, or one is given twice.
    """
    found: dict[str, float] = {}
    rest = text.strip()
    while rest:
        label = max((label for label in labels if rest.startswith(f"{label}=")), key=len, default=None)
        if label is None:
            unknown = rest.partition("=")[0]
            raise TargetError(f"there is no label {unknown!r}", f"known: {', '.join(labels)}; write {_FORM}")
        number, _, rest = rest[len(label) + 1 :].partition(",")
        rest = rest.lstrip()
        try:
            place = float(number)
        except ValueError:
            raise TargetError(f"{number!r} is no place of {label!r}", f"write {_FORM}") from None
        if label in found:
            raise TargetError(f"the label {label!r} has two places", f"write {_FORM}")
        found[label] = place
    if not found:
        raise TargetError("the scale is empty", f"write {_FORM}")
    return found
