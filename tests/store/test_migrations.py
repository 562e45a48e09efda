"""The tables as the migrations make them, and from every version that was ever released."""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from runs import named, saved
from sqlalchemy.schema import CreateTable

from workbench.schema import RunQuery, summary_of
from workbench.store import Store, file_place, migrating, models
from workbench.store.engines import WRITING, make_engine

DUMPS = sorted((Path(__file__).parent / "released").glob("*.sql"))


def revisions() -> ScriptDirectory:
    return ScriptDirectory(str(migrating._folder()))


def test_the_newest_revision_is_the_one_that_the_models_name() -> None:
    assert revisions().get_heads() == [models.HEAD]


def test_every_revision_has_a_dump() -> None:
    assert [dump.stem for dump in DUMPS] == sorted(one.revision for one in revisions().walk_revisions())


def test_the_migrations_make_what_the_models_say(make_store: Callable[[], Store]) -> None:
    store = make_store()
    store.facets()
    store.delete([])
    engine = make_engine(store.place)
    with engine.connect() as connection:
        assert migrating.version_of(connection) == models.HEAD
        assert compare_metadata(MigrationContext.configure(connection), models.Base.metadata) == []
    engine.dispose()
    store.close()


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_from_every_released_version(tmp_path: Path, dump: Path) -> None:
    """Each dump has a run that is there, with a note and tags, and one that was deleted."""
    file = tmp_path / "history.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(dump.read_text("utf-8"))
    store = Store(file_place(file))
    total, (line,) = store.find(RunQuery(words="naïve noted", tag="todo", checkpoint="stars", method="lime"))
    assert (total, line.id, line.labels) == (1, "run-000001", ("5 stars",))
    assert summary_of(store.get(line.id)) == line
    assert [deleted.id for deleted in store.find(deleted=True)[1]] == ["run-000002"]
    assert store.restore(["run-000002"]) == ("run-000002",)
    assert store.get("run-000002").result.checkpoints[1].prediction.label == "2 stars"
    store.annotate(line.id, note="changed")
    assert store.get(line.id).note == "changed"
    # What came later goes into the same tables.
    entities = saved(9, result=named(entity=0))
    store.keep(entities)
    assert store.get(entities.id) == entities
    assert {one.kind for one in store.find()[1]} == {"explanation", "comparison", "entities"}
    engine = make_engine(store.place)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), models.Base.metadata) == []
    engine.dispose()


def test_the_example_of_a_step_loses_nothing(tmp_path: Path) -> None:
    """The one in CONTRIBUTING, and its table written anew, as SQLite needs it for other changes."""
    contributing = (Path(__file__).resolve().parents[2] / "CONTRIBUTING.md").read_text("utf-8")
    (block,) = re.findall(r'^```python\n("""Runs can be starred.*?)^```$', contributing, re.MULTILINE | re.DOTALL)
    step: dict[str, Any] = {}
    exec(block.replace('("runs")', '("runs", recreate="always")'), step)
    assert step["down_revision"] == models.HEAD
    store = Store(file_place(tmp_path / "history.sqlite3"))
    run = saved(1, methods=("shap", "lime"), tags=("a",))
    store.keep(run)
    engine = make_engine(store.place, migrating=True)
    with engine.execution_options(begins=WRITING).begin() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            step["upgrade"]()
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
        assert connection.exec_driver_sql("SELECT starred FROM runs").fetchall() == [(0,)]
    assert (store.get(run.id), store.find()[1]) == (run, (summary_of(run),))


def test_a_path_with_signs_that_a_configuration_would_read(tmp_path: Path) -> None:
    folder = tmp_path / "100% (s) ; # ?x=y"
    folder.mkdir()
    store = Store(file_place(folder / "history.sqlite3"))
    store.delete([])
    assert (folder / "history.sqlite3").exists()


def test_every_table_belongs_to_a_run() -> None:
    """What is not removed with its run would stay for good."""
    for table in models.Base.metadata.sorted_tables:
        keys = {key.target_fullname: key.ondelete for key in table.foreign_keys}
        assert keys == ({} if table.name == "runs" else {"runs.id": "CASCADE"}), CreateTable(table)


def test_the_document_is_json(tmp_path: Path) -> None:
    """So that it can be read without this program, and runs nothing."""
    file = tmp_path / "history.sqlite3"
    Store(file_place(file)).keep(saved(1))
    with closing(sqlite3.connect(file)) as connection:
        ((content,),) = connection.execute("SELECT content FROM run_documents").fetchall()
    assert zlib.decompress(content).startswith(b'{"id":"run-000001",')
