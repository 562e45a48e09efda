"""The labels of tokens: which scheme they follow, and where entities begin and end by it.

``bio`` and ``iob1`` are read alike, and as transformers reads all labels: an entity begins at a ``B-`` and wherever
the type changes, so an ``I-`` may begin one. ``bioes`` and ``bilou`` also end entities, which transformers does not
know: it takes ``E-PER`` for a type of its own and breaks the entity there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.errors import InputError
from workbench.schema import OUTSIDE, Scheme

# In this order, as all schemes use B and I.
_PREFIXES = {Scheme.BIO: "BI", Scheme.BIOES: "BIES", Scheme.BILOU: "BILU"}
_BEGIN = {Scheme.BIOES: "BS", Scheme.BILOU: "BU"}
_END = {Scheme.BIOES: "ES", Scheme.BILOU: "LU"}


@dataclass(frozen=True)
class Tag:
    """A label, read.

    Attributes:
        prefix: Its place in the entity; ``I`` where the label has none.
        key: Neighbours with another key are never one entity.
        type: Of the entity.
    """

    prefix: str
    key: str
    type: str


def recognised(labels: Sequence[str]) -> Scheme:
    """The scheme that labels follow.

    Args:
        labels: All of a checkpoint.

    Returns:
        ``iob1`` where some type has an ``I-`` and no ``B-``; ``plain`` where a label other than ``O`` has no prefix.
    """
    inner = [label for label in labels if label != OUTSIDE]
    if not inner or any(label[1:2] != "-" or len(label) < 3 for label in inner):
        return Scheme.PLAIN
    used = {label[0] for label in inner}
    scheme = next((scheme for scheme, prefixes in _PREFIXES.items() if used <= set(prefixes)), Scheme.PLAIN)
    if scheme is Scheme.BIO and any(label[0] == "I" and f"B{label[1:]}" not in inner for label in inner):
        return Scheme.IOB1
    return scheme


def parse_scheme(scheme: str | None, labels: Sequence[str]) -> Scheme:
    """The scheme of that name.

    Args:
        scheme: A name; none recognises it by the labels.
        labels: All of a checkpoint.

    Returns:
        The scheme.

    Raises:
        InputError: There is none of that name.
    """
    if scheme is None:
        return recognised(labels)
    try:
        return Scheme(scheme)
    except ValueError:
        raise InputError(f"there is no scheme {scheme!r}", f"choose one of {', '.join(Scheme)}") from None


def read_tag(label: str, scheme: Scheme) -> Tag:
    """Read one label.

    Args:
        label: Of a checkpoint.
        scheme: How.

    Returns:
        The tag; a label without a prefix of the scheme continues what has the same label.
    """
    if scheme is Scheme.PLAIN:
        return Tag("I", label, label)
    known = _PREFIXES[Scheme.BIO if scheme is Scheme.IOB1 else scheme]
    if label[1:2] == "-" and label[0] in known:
        return Tag(label[0], label[2:], label[2:])
    # In transformers the type of such a label is what follows its first hyphen.
    return Tag("I", label, label.split("-", 1)[-1] if scheme in (Scheme.BIO, Scheme.IOB1) else label)


def joined(before: Tag, after: Tag, scheme: Scheme) -> bool:
    """Whether two neighbours belong to one entity.

    Args:
        before: The first.
        after: The second.
        scheme: How the labels are read.

    Returns:
        True where the second goes on with the entity of the first.
    """
    begins = after.prefix in _BEGIN.get(scheme, "B")
    return before.key == after.key and not begins and before.prefix not in _END.get(scheme, "")


def columns_of(labels: Sequence[str], scheme: Scheme, kind: str) -> tuple[int, ...]:
    """The labels of a type.

    Args:
        labels: All of a checkpoint.
        scheme: How they are read.
        kind: The type.

    Returns:
        Their places among the labels.
    """
    return tuple(index for index, label in enumerate(labels) if read_tag(label, scheme).type == kind)
