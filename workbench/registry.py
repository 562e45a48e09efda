"""A registry maps a name to an item; an unknown name lists the known ones."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Generic, TypeVar

from workbench.errors import UnknownNameError

T = TypeVar("T")


class Registry(Generic[T]):
    """Named items in order of registration.

    Args:
        kind: What the items are, for messages: ``"method"``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._items: dict[str, T] = {}

    def add(self, name: str, item: T) -> T:
        """Register an item.

        Args:
            name: The name users type.
            item: The item.

        Returns:
            The item, unchanged.

        Raises:
            ValueError: The name is taken: a fault of the program, not of the user.
        """
        if name in self._items:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        self._items[name] = item
        return item

    def __getitem__(self, name: str) -> T:
        try:
            return self._items[name]
        except KeyError:
            raise UnknownNameError(f"there is no {self.kind} {name!r}", self._advice(name)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def _advice(self, name: str) -> str:
        close = difflib.get_close_matches(name, self._items, n=1)
        known = ", ".join(self._items)
        return f"did you mean {close[0]!r}? known: {known}" if close else f"known: {known}"
