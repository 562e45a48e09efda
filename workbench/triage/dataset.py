"""A finished or unfinished batch, opened: its rows stay in Parquet, and DuckDB answers questions about them."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from workbench.errors import InputError
from workbench.schema.batch import EXPLANATIONS, MANIFEST, PREDICTIONS, SUMMARY, BatchManifest, BatchSummary
from workbench.triage.explained import one_of_each, selection_files

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# One number a row, in the order of the files: what pages, marks and addresses name it by.
_ID = "CAST(file AS BIGINT) * 1000000000000 + row"


class Dataset:
    """The rows of a batch. Any number of threads may ask at once.

    The view ``reviews`` has every column of the predictions (see ``workbench.schema.batch.Column``), and:

    - ``id``: BIGINT, the row's number over all files, rising in their order;
    - ``is_right``: BOOLEAN, whether the predicted label is the right one; null where there is none;
    - ``tags``: VARCHAR[], see ``workbench.schema.triage.Tag``.

    Where reviews were explained, in the batch or later, the view ``explained`` has the columns of the explanations, and
    ``id``: one row for each review, method, target and unit.

    Attributes:
        folder: The batch's.
        manifest: What was asked of what.
        summary: What became of it; none while it is not complete.
    """

    def __init__(self, folder: Path) -> None:
        """Open a batch.

        Args:
            folder: Its folder.

        Raises:
            InputError: There is no batch, or it is damaged, or has no rows yet.
        """
        import duckdb

        self.folder = folder
        self.manifest = _manifest(folder)
        self.summary = _summary(folder)
        self._connection = duckdb.connect(":memory:")
        self._local = threading.local()
        self._seeing = threading.Lock()
        self._explained: list[Path] = []
        self._views()

    def ask(self, question: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of an SQL query.

        Args:
            question: The query; what comes from users is a ``?`` in it.
            values: For each ``?``.

        Returns:
            The rows.
        """
        return self._cursor().execute(question, list(values)).fetchall()

    def table(self, question: str, values: Sequence[object] = ()) -> pa.Table:
        """Likewise, as columns.

        Args:
            question: The query.
            values: For each ``?``.

        Returns:
            An Arrow table.
        """
        return self._cursor().sql(question, params=list(values)).to_arrow_table()

    def see_explanations(self) -> bool:
        """Look which reviews were explained: once more, where a selection was explained since.

        Returns:
            Whether there are any, and so the view ``explained``.
        """
        with self._seeing:
            later = selection_files(self.folder)
            files = [*sorted((self.folder / EXPLANATIONS).glob("*.parquet")), *later]
            if files != self._explained:
                source = f"({one_of_each(_parquet(files, numbered=True))})" if later else _parquet(files)
                self._cursor().execute(f"CREATE OR REPLACE VIEW explained AS SELECT {_ID} AS id, * FROM {source}")
                self._explained = files
        return bool(files)

    def close(self) -> None:
        """Forget it."""
        self._connection.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        # A connection serves one thread; its cursors share the database.
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._connection.cursor()
        return self._local.cursor  # type: ignore[no-any-return]

    def _views(self) -> None:
        shards = sorted((self.folder / PREDICTIONS).glob("*.parquet"))
        if not shards:
            raise InputError(f"the batch {self.folder.name} has no rows yet", "wait for its first shard")
        self._connection.execute(
            f"CREATE VIEW reviews AS SELECT {_ID} AS id, predicted = truth AS is_right, "
            f"CAST([] AS VARCHAR[]) AS tags, * FROM {_parquet(shards)}"
        )
        self.see_explanations()


def _parquet(files: Sequence[Path], *, numbered: bool = False) -> str:
    """A view takes no parameters; and neither globs nor ``key=value`` in names of folders mean anything here."""
    names = [re.sub(r"([*?\[])", r"[\1]", str(file)).replace("'", "''") for file in files]
    listed = ", ".join(f"'{name}'" for name in names)
    options = ", filename = true, file_row_number = true" if numbered else ""
    return f"read_parquet([{listed}], hive_partitioning = false{options})"


def _manifest(folder: Path) -> BatchManifest:
    try:
        return BatchManifest.model_validate_json((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise InputError(f"{folder} is no batch", "name a folder that workbench batch has written") from None
    except (OSError, ValidationError) as error:
        raise InputError(f"the batch {folder.name} is damaged ({type(error).__name__})", "run it again") from None


def _summary(folder: Path) -> BatchSummary | None:
    try:
        return BatchSummary.model_validate_json((folder / SUMMARY).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise InputError(f"the batch {folder.name} is damaged ({type(error).__name__})", "run it again") from None
