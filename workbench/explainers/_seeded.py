"""Turns at numpy's global generator."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

# Shap breaks ties with numpy's global generator, so runs with a seed of their own take turns.
_GLOBAL_SEED = threading.Lock()


class Seeded:
    """Numpy's global generator with a seed of our own while the library computes, and as it was otherwise.

    Runs take turns at the generator, but not while the model evaluates: so several can wait for one batch together.

    Args:
        seed: Of this run.
    """

    def __init__(self, seed: int) -> None:
        self._own = np.random.RandomState(seed % 2**32).get_state()
        self._others: Any = None

    def __enter__(self) -> Seeded:
        _GLOBAL_SEED.acquire()
        self._others = np.random.get_state()
        np.random.set_state(self._own)
        return self

    def __exit__(self, *_: object) -> None:
        self._own = np.random.get_state()
        np.random.set_state(self._others)
        _GLOBAL_SEED.release()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Leave the generator to others for a while."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()
