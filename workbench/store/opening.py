"""The store that the settings name: one a process and place."""

from __future__ import annotations

import threading

from workbench.store.places import Place, current_place
from workbench.store.store import Store

_STORES: dict[Place, Store] = {}
_LOCK = threading.Lock()


def current_store() -> Store:
    """The store in the place that the settings name now; nothing is opened before its first use.

    Returns:
        The same one for the same place.

    Raises:
        StoreError: The setting names no place.
    """
    place = current_place()
    with _LOCK:
        if place not in _STORES:
            _STORES[place] = Store(place)
        return _STORES[place]
