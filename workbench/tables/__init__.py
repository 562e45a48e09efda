"""Reading texts and labels from files: strictly, for training; or whatever can be read, for looking at a file."""

from workbench.tables.cells import FORMULA_SIGNS, defused
from workbench.tables.columns import check_columns, choose_label, choose_text
from workbench.tables.judging import Judge, numbered
from workbench.tables.labels import match_label, match_labels
from workbench.tables.opening import open_source
from workbench.tables.reading import DEFAULT_LIMIT, MOST_ROWS, Table, read_table, unlabelled
from workbench.tables.rows import Row, cell_text, held_out, join_sentences, read_rows
from workbench.tables.sources import Source

__all__ = [
    "DEFAULT_LIMIT",
    "FORMULA_SIGNS",
    "MOST_ROWS",
    "Judge",
    "Row",
    "Source",
    "Table",
    "cell_text",
    "check_columns",
    "choose_label",
    "choose_text",
    "defused",
    "held_out",
    "join_sentences",
    "match_label",
    "match_labels",
    "numbered",
    "open_source",
    "read_rows",
    "read_table",
    "unlabelled",
]
