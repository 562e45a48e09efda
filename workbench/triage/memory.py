"""What was computed of a data set, kept for the next who asks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

_KEPT = 16
Kept = TypeVar("Kept")


class Memory:
    """The results of the last few questions. Any number of threads may ask at once."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: OrderedDict[Hashable, object] = OrderedDict()

    def recall(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What was computed before, or is now.

        Args:
            key: By what it is known; it names all that the result depends on.
            make: Computes it.

        Returns:
            The result, which nobody may change.
        """
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("Kept", self._kept[key])
        # Not under the lock: others may ask for something else meanwhile.
        found = make()
        with self._guard:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found
