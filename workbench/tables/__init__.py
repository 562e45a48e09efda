"""Reading texts and labels from files: strictly, for training; or whatever can be read, for looking at a file."""

from workbench.tables.cells import FORMULA_SIGNS, defused
from workbench.tables.labels import match_label, match_labels
from workbench.tables.opening import open_source
from workbench.tables.reading import DEFAULT_LIMIT, MOST_ROWS, Table, read_table
from workbench.tables.rows import Row, held_out, join_sentences, read_rows

__all__ = [
    "DEFAULT_LIMIT",
    "FORMULA_SIGNS",
    "MOST_ROWS",
    "Row",
    "Table",
    "defused",
    "held_out",
    "join_sentences",
    "match_label",
    "match_labels",
    "open_source",
    "read_rows",
    "read_table",
]
