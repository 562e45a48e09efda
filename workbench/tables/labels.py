"""Which of a checkpoint's labels a file's label means.

1. The same name, whatever its case and the white space around it: ``positive`` is ``POSITIVE``.
2. The same number of stars: ``4``, ``4.0``, ``4 stars`` and ``4 Stars`` are ``4 stars``.
3. The usual short names: ``pos``, ``neg`` and ``neu`` are ``POSITIVE``, ``NEGATIVE`` and ``NEUTRAL``.
4. Where the checkpoint knows positive and negative and all numbers of the file are of one usual code: ``0, 1``;
   ``-1, 1``; or, with neutral too, ``-1, 0, 1`` and ``0, 1, 2``. A single label cannot show which code its file uses,
   so only ``match_labels`` does this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from workbench.errors import InputError

_STARS = re.compile(r"\s*(\d{1,9})(?:\.0+)?(?:\s*stars?)?\s*", re.IGNORECASE)
_WHOLE = re.compile(r"\s*([+-]?\d{1,9})(?:\.0+)?\s*")
_MOOD = {"pos": "positive", "neg": "negative", "neu": "neutral"}
# Numbers that occur in a file, to what they mean. A file of ones alone may be anything.
_TWO_WAY = ({0: "negative", 1: "positive"}, {-1: "negative", 1: "positive"})
_THREE_WAY = (
    {-1: "negative", 0: "neutral", 1: "positive"},
    {0: "negative", 1: "neutral", 2: "positive"},
)


def match_label(value: str, labels: Sequence[str]) -> str:
    """The checkpoint's label that a file's label means.

    Args:
        value: As in the file: ``5``, ``5.0``, ``5 stars``, ``positive``, ``POS``.
        labels: The checkpoint's labels.

    Returns:
        One of ``labels``.

    Raises:
        InputError: None fits.
    """
    found = _by_name(value, labels)
    if found is None:
        raise InputError(
            f"the file's label {value!r} is none of the checkpoint's ({', '.join(labels)})", "rename it in the file"
        )
    return found


def match_labels(values: Iterable[str], labels: Sequence[str]) -> dict[str, str | None]:
    """The checkpoint's labels that a file's labels mean, by the rules of this module.

    Args:
        values: All labels that occur in the file.
        labels: The checkpoint's labels.

    Returns:
        Each of ``values`` to one of ``labels``, or to none where nothing fits.
    """
    distinct = dict.fromkeys(values)
    code = _code({number for value in distinct if (number := _number(value)) is not None}, labels)
    return {value: _by_name(value, labels) or code.get(_number(value)) for value in distinct}


def _by_name(value: str, labels: Sequence[str]) -> str | None:
    folded = {label.strip().casefold(): label for label in labels}
    name = value.strip().casefold()
    if name in folded:
        return folded[name]
    stars = _STARS.fullmatch(value)
    by_stars = {int(match.group(1)): label for label in labels if (match := _STARS.fullmatch(label))}
    if stars and int(stars.group(1)) in by_stars:
        return by_stars[int(stars.group(1))]
    return {_MOOD.get(label, label): whole for label, whole in folded.items()}.get(_MOOD.get(name, name))


def _number(value: str) -> int | None:
    match = _WHOLE.fullmatch(value)
    return int(match.group(1)) if match else None


def _code(numbers: set[int], labels: Sequence[str]) -> Mapping[int | None, str]:
    """What the numbers of a file mean to a checkpoint that knows moods; nothing unless all are of one code."""
    moods = {_MOOD.get(name, name): label for label in labels if (name := label.strip().casefold())}
    if moods.keys() == {"negative", "positive"}:
        fitting = [code for code in _TWO_WAY if numbers <= code.keys() and min(code) in numbers]
    elif moods.keys() == {"negative", "neutral", "positive"}:
        fitting = [code for code in _THREE_WAY if numbers <= code.keys() and {min(code), max(code)} <= numbers]
    else:
        return {}
    return {number: moods[mood] for number, mood in fitting[0].items()} if fitting else {}
