"""A finished or unfinished batch, opened: its rows stay in Parquet, and DuckDB answers questions about them."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from workbench.errors import InputError
from workbench.schema import TagRules
from workbench.schema.batch import EXPLANATIONS, MANIFEST, PREDICTIONS, SUMMARY, BatchManifest, BatchSummary
from workbench.triage.corrections import read_corrections, signature
from workbench.triage.explained import one_of_each, selection_files
from workbench.triage.filtering import texts
from workbench.triage.memory import Memory
from workbench.triage.tags import tag_rows

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Answer = TypeVar("Answer")
FILE_STEP = 1_000_000_000_000  # more rows than any file has
# One number a row, in the order of the files: what pages, marks and addresses name it by.
_ID = f"CAST(file AS BIGINT) * {FILE_STEP} + row"
# Nothing is ever fetched. What does not fit goes to the place for such files, not to where the app was started.
_SETTINGS = {"autoinstall_known_extensions": "false", "memory_limit": "2GB"}


class Dataset:
    """The rows of a batch. Any number of threads may ask at once.

    The view ``reviews`` has every column of the predictions (see ``workbench.schema.batch.Column``), and:

    - ``id``: BIGINT, the row's number over all files, rising in their order;
    - ``is_right``: BOOLEAN, whether the predicted label is the right one; null where there is none;
    - ``right_label``: VARCHAR, what the given label means: the checkpoint's, or the same where it means nothing to it;
    - ``tags``: VARCHAR[], see ``workbench.schema.triage.Tag``;
    - ``correction`` and ``note``: VARCHAR, what people said; null where they did not. New marks show by themselves.

    Where reviews were explained, in the batch or later, the view ``explained`` has the columns of the explanations, and
    ``id``: one row for each review, method, target and unit.

    Attributes:
        folder: The batch's.
        manifest: What was asked of what.
        memory: What was computed of it.
        summary: What became of it; none while it is not complete.
        rules: Of the tags.
    """

    def __init__(self, folder: Path, rules: TagRules | None = None) -> None:
        """Open a batch.

        Args:
            folder: Its folder; of an unfinished batch the rows that are there.
            rules: From where on a row gets a tag.

        Raises:
            InputError: There is no batch, or it is damaged, or has no rows yet.
        """
        import duckdb

        self.folder = folder
        self.rules = rules or TagRules()
        self.manifest = _manifest(folder)
        self.memory = Memory()
        self.summary = _summary(folder)
        self._shards = _shards(folder, PREDICTIONS)
        if not self._shards:
            raise InputError(f"the batch {folder.name} has no rows yet", "wait for its first shard")
        self._connection = duckdb.connect(":memory:", config={**_SETTINGS, "temp_directory": _spilled()})
        self._local = threading.local()
        self._seeing = threading.Lock()
        self._explained: list[Path] = []
        self._marking = threading.Lock()
        self._marked: tuple[int, int] | None = None
        try:
            self._views()
        except duckdb.Error as error:
            raise _damaged(folder, error) from None

    def ask(self, question: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of an SQL query.

        Args:
            question: The query; what comes from users is a ``?`` in it.
            values: For each ``?``.

        Returns:
            The rows.

        Raises:
            InputError: A file cannot be read.
        """
        return self._answer(lambda cursor: cursor.execute(question, list(values)).fetchall())

    def table(self, question: str, values: Sequence[object] = ()) -> pa.Table:
        """Likewise, as columns.

        Args:
            question: The query.
            values: For each ``?``.

        Returns:
            An Arrow table.

        Raises:
            InputError: A file cannot be read.
        """
        return self._answer(lambda cursor: cursor.sql(question, params=list(values)).to_arrow_table())

    def copy(self, question: str, values: Sequence[object], form: str, file: Path) -> int:
        """Likewise, into a file, row by row.

        Args:
            question: The query.
            values: For each ``?``.
            form: Options of DuckDB's COPY.
            file: Replaced where it is there.

        Returns:
            How many rows.

        Raises:
            InputError: A file cannot be read or written.
        """
        place = texts([str(file)])[1:-1]
        ((rows,),) = self.ask(f"COPY ({question}) TO {place} ({form}, USE_TMP_FILE false)", values)
        return int(rows)

    @property
    def version(self) -> tuple[int, int] | None:
        """What changes with every mark: part of the key of whatever is kept and depends on marks."""
        return signature(self.folder)

    @property
    def parts(self) -> int:
        """How many shards are seen: part of the key of whatever is kept of a batch that may not be finished."""
        return len(self._shards)

    def see_explanations(self) -> bool:
        """Look which reviews were explained: once more, where a selection was explained since.

        Returns:
            Whether there are any, and so the view ``explained``.
        """
        # Explanations are put in place first: those of a part without predictions are not whole yet.
        known = {shard.name for shard in self._shards}
        with self._seeing:
            later = selection_files(self.folder)
            files = [*(shard for shard in _shards(self.folder, EXPLANATIONS) if shard.name in known), *later]
            if files != self._explained:
                source = f"({one_of_each(_parquet(files, numbered=True))})" if later else _parquet(files)
                self._cursor().execute(f"CREATE OR REPLACE VIEW explained AS SELECT {_ID} AS id, * FROM {source}")
                self._explained = files
        return bool(files)

    def refreshed(self) -> Dataset:
        """The batch as it is now.

        Returns:
            The same where no shard has come and the summary has not; else one of its own, and this goes on as it was.

        Raises:
            InputError: It is damaged.
        """
        same = _shards(self.folder, PREDICTIONS) == self._shards and _summary(self.folder) == self.summary
        return self if same else Dataset(self.folder, self.rules)

    def close(self) -> None:
        """Forget it."""
        self._connection.close()

    def _answer(self, work: Callable[[duckdb.DuckDBPyConnection], Answer]) -> Answer:
        import duckdb

        self._read_marks()
        try:
            return work(self._cursor())
        except duckdb.IOException as error:
            what = f"a file cannot be read or written ({' '.join(str(error).split())[:200]})"
            raise InputError(what, "see whether it is there, and whether there is room") from None

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        # A connection serves one thread; its cursors share the database.
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._connection.cursor()
        return self._local.cursor  # type: ignore[no-any-return]

    def _views(self) -> None:
        cursor = self._cursor()
        cursor.execute(
            f"CREATE VIEW shards AS SELECT {_ID} AS id, predicted = truth AS is_right, "
            f"coalesce({texts(self.manifest.checkpoint.labels)}[truth + 1], given) AS right_label, * "
            f"FROM {_parquet(self._shards)}"
        )
        cursor.execute("CREATE TABLE marks (id BIGINT, correction VARCHAR, note VARCHAR)")
        tag_rows(cursor, self.manifest.activation, len(self.manifest.checkpoint.labels), self.rules)
        cursor.execute(
            "CREATE VIEW reviews AS SELECT shards.*, coalesce(tagged.tags, CAST([] AS VARCHAR[])) AS tags, "
            "marks.correction, marks.note FROM shards LEFT JOIN tagged USING (id) LEFT JOIN marks USING (id)"
        )
        self.see_explanations()

    def _read_marks(self) -> None:
        with self._marking:
            now = signature(self.folder)
            if now == self._marked:
                return
            rows = [(one.id, one.label, one.note) for one in read_corrections(self.folder).corrections.values()]
            cursor = self._cursor()
            # In one transaction, so that who asks meanwhile sees the marks as they were.
            cursor.begin()
            try:
                cursor.execute("DELETE FROM marks")
                if rows:
                    columns = [list(column) for column in zip(*rows, strict=True)]
                    cursor.execute("INSERT INTO marks SELECT unnest(?), unnest(?), unnest(?)", columns)
                cursor.commit()
            except BaseException:  # whatever stopped it, the marks stay as they were
                cursor.rollback()
                raise
            self._marked = now


def _spilled() -> str:
    # Of this connection alone; made when something is first put there, and removed in the end.
    return str(Path(tempfile.gettempdir()) / f"workbench-{os.getpid()}-{secrets.token_hex(4)}")


def _shards(folder: Path, kind: str) -> list[Path]:
    # What a writer has not put in place yet begins with a dot.
    return sorted(file.absolute() for file in (folder / kind).glob("[0-9]*-[0-9]*.parquet"))


def _parquet(files: Sequence[Path], *, numbered: bool = False) -> str:
    """A view takes no parameters; and neither globs nor ``key=value`` in names of folders mean anything here."""
    names = [re.sub(r"([*?\[])", r"[\1]", str(file)) for file in files]
    options = ", filename = true, file_row_number = true" if numbered else ""
    return f"read_parquet({texts(names)}, hive_partitioning = false{options})"


def _manifest(folder: Path) -> BatchManifest:
    try:
        return BatchManifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{folder} is no batch", "name a folder that workbench batch has written") from None
    except (OSError, ValidationError) as error:
        raise _damaged(folder, error) from None


def _summary(folder: Path) -> BatchSummary | None:
    try:
        return BatchSummary.model_validate_json((folder / SUMMARY).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise _damaged(folder, error) from None


def _damaged(folder: Path, error: Exception) -> InputError:
    return InputError(f"the batch {folder.name} is damaged ({type(error).__name__})", "run it again")
