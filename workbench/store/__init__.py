"""Saved runs: kept in a SQLite file, or in PostgreSQL where a URL says so."""
