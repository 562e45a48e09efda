"""Saved runs: kept in a SQLite file, or in PostgreSQL where a URL says so."""

from workbench.store.opening import current_store
from workbench.store.places import Place, current_place, file_place, url_place
from workbench.store.store import Store

__all__ = ["Place", "Store", "current_place", "current_store", "file_place", "url_place"]
