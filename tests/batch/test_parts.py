from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batch_inputs import options, write_csv
from hypothesis import given
from hypothesis import strategies as st

from workbench.batch.parts import InputRow, read_file_parts, read_parts
from workbench.batch.planning import plan
from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.tables import read_table

ROWS = [("very good", "5", "Oslo"), ('not good, "cold"\nand slow', "1", "Lima"), ("it was", "3", "")]


def forms(folder: Path) -> dict[str, Path]:
    """The same rows in every form that has columns."""
    header = ("text", "label", "town")
    found = {"csv": write_csv(folder / "a.csv", ROWS, header)}
    found["tsv"] = folder / "a.tsv"
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in ROWS]
    found["tsv"].write_text("\n".join("\t".join(row) for row in [header, *quoted]) + "\n", encoding="utf-8")
    found["jsonl"] = folder / "a.jsonl"
    objects = [dict(zip(header, row, strict=True)) for row in ROWS]
    found["jsonl"].write_text("".join(json.dumps(one) + "\n" for one in objects), encoding="utf-8")
    found["parquet"] = folder / "a.parquet"
    pq.write_table(pa.Table.from_pylist(objects), found["parquet"])
    return found


def rows_in(source: Path, checkpoint: Checkpoint, **changes: object) -> list[InputRow]:
    manifest = plan(source, checkpoint, options(**changes))
    return [row for part in read_parts(source, manifest) for row in part.rows]


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "parquet"])
def test_every_form_gives_the_same_rows(form: str, tmp_path: Path, tiny: Checkpoint) -> None:
    source = forms(tmp_path)[form]
    assert rows_in(source, tiny) == [
        InputRow(1, "very good", "5", ("Oslo",), None),
        InputRow(2, 'not good, "cold"\nand slow', "1", ("Lima",), None),
        InputRow(3, "it was", "3", (None,), None),
    ]
    manifest = plan(source, tiny, options())
    assert [(file.form, file.rows) for file in manifest.files] == [(form, 3)]
    assert manifest.label_meanings == {"5": "5 stars", "1": "1 star", "3": "3 stars"}


def test_lines_of_text_are_rows_of_one_column(tmp_path: Path, tiny: Checkpoint) -> None:
    file = tmp_path / "a.txt"
    file.write_text("very good\n\nnot good, really\n\n\n", encoding="utf-8")
    assert rows_in(file, tiny) == [
        InputRow(1, "very good", None, (), None),
        InputRow(2, "", None, (), "there is no text in it"),
        InputRow(3, "not good, really", None, (), None),
    ]


def test_rows_that_cannot_be_used_say_why_and_keep_their_number(tmp_path: Path, tiny: Checkpoint) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(
        b"text,label,town\nvery good,5,Oslo\n,4,\xc3\xa9\xc3\xa9\xc3\xa9\nbad \xff bytes,3,\xfe\n"
        b"short\nlacks a town,2\na,b,c,d\n"
        b'"never closed,1,Lima\nit was,1,Lima\n'
    )
    found = rows_in(file, tiny)
    assert [row.number for row in found] == list(range(1, 9))
    assert [row.error for row in found] == [
        None,
        "there is no text in it",
        "some of its bytes are not UTF-8",
        "it has 1 columns and the header 3",
        None,
        "it has 4 columns and the header 3",
        "a quotation mark is never closed",
        None,
    ]
    # A column that is only taken over spoils no row.
    assert [row.extra for row in found] == [("Oslo",), ("ééé",), ("?",), (None,), (None,), (None,), (None,), ("Lima",)]


def test_a_folder_is_its_files_by_name(tmp_path: Path, tiny: Checkpoint) -> None:
    folder = tmp_path / "shards"
    write_csv(folder / "part-1.csv", ROWS[1:], ("text", "label", "town"))
    write_csv(folder / "part-0.csv", ROWS[:1], ("text", "label", "city"))
    for name in ("_SUCCESS", ".hidden", "part-2.csv"):
        (folder / name).write_bytes(b"")
    manifest = plan(folder, tiny, options())
    assert [(file.name, file.rows) for file in manifest.files] == [("part-0.csv", 1), ("part-1.csv", 2)]
    found = [(part.key, row.number, row.text, row.extra) for part in read_parts(folder, manifest) for row in part.rows]
    assert found == [
        ((0, 0), 1, "very good", ("Oslo",)),
        ((1, 0), 1, 'not good, "cold"\nand slow', (None,)),
        ((1, 0), 2, "it was", (None,)),
    ]


def test_a_folder_of_several_forms_is_refused(tmp_path: Path, tiny: Checkpoint) -> None:
    forms(tmp_path)
    with pytest.raises(InputError, match=r"several forms \(a.csv is csv, a.jsonl is jsonl\)"):
        plan(tmp_path, tiny, options())


def test_an_input_without_rows_is_refused(tmp_path: Path, tiny: Checkpoint) -> None:
    with pytest.raises(InputError, match=r"a.csv has no rows"):
        plan(write_csv(tmp_path / "a.csv", []), tiny, options())
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no file in the folder"):
        plan(tmp_path / "empty", tiny, options())


def test_columns_are_guessed_named_and_kept(tmp_path: Path, tiny: Checkpoint) -> None:
    header = ("id", "title", "what they wrote", "stars", *(f"c{number}" for number in range(30)))
    source = write_csv(
        tmp_path / "a.csv", [("1", "Bad", "the food was not very good", "2", *map(str, range(30)))], header
    )
    guessed = plan(source, tiny, options())
    assert guessed.options.text_columns == ("what they wrote",)
    assert guessed.options.label_column == "stars"
    assert guessed.options.extra_columns == ("id", "title", *(f"c{number}" for number in range(18)))
    assert [note for note in guessed.notes if "the first 20 of 32 were taken over" in note]
    named = plan(source, tiny, options(text_columns=("title", "what they wrote"), extra_columns=("c29", "id")))
    (part,) = read_parts(source, named)
    assert [(row.text, row.extra) for row in part.rows] == [("Bad. the food was not very good", ("29", "1"))]
    with pytest.raises(InputError, match="no column 'c99'"):
        plan(source, tiny, options(extra_columns=("c99",)))


@given(
    texts=st.lists(st.text(max_size=12), min_size=1, max_size=30),
    size=st.integers(1, 12),
    skipped=st.sets(st.integers(0, 30)),
)
def test_parts_are_the_table_cut_into_pieces(
    texts: list[str], size: int, skipped: set[int], tmp_path_factory: pytest.TempPathFactory, tiny: Checkpoint
) -> None:
    file = tmp_path_factory.mktemp("parts") / "a.jsonl"
    lines = [json.dumps({"text": text, "label": str(number)}) for number, text in enumerate(texts)]
    file.write_text("\n".join(["", *lines, "", ""]), encoding="utf-8")
    manifest = plan(file, tiny, options(shard_rows=size))
    parts = list(read_file_parts(file, manifest, 0, {(0, part) for part in skipped}))
    assert manifest.rows == 1 + len(texts)
    assert [part.part for part in parts] == [
        part for part in range(-(-(1 + len(texts)) // size)) if part not in skipped
    ]
    assert all(len(part.rows) == min(size, 1 + len(texts) - part.part * size) for part in parts)
    found = {row.number: row for part in parts for row in part.rows}
    try:
        good = {row.number: (row.text, row.label) for row in read_table(file, text=["text"], label="label").rows}
    except InputError:
        good = {}
    kept = {number for number in range(1, 2 + len(texts)) if (number - 1) // size not in skipped}
    assert found.keys() == kept
    assert {number: (row.text, row.given) for number, row in found.items() if row.error is None} == {
        number: own for number, own in good.items() if number in kept
    }


def test_a_file_that_has_become_shorter_is_noticed(tmp_path: Path, tiny: Checkpoint) -> None:
    file = write_csv(tmp_path / "a.csv", [(f"good {number}", "1") for number in range(9)])
    manifest = plan(file, tiny, options(shard_rows=4))
    write_csv(file, [("good", "1")] * 6)
    with pytest.raises(InputError, match="fewer rows than when the batch began"):
        list(read_parts(file, manifest))


def test_labels_that_never_repeat_do_not_pile_up(tmp_path: Path, tiny: Checkpoint) -> None:
    file = write_csv(tmp_path / "a.csv", [("good", f"{number}.5") for number in range(1_200)])
    manifest = plan(file, tiny, options())
    assert len(manifest.label_meanings) == 1_000
    assert [note for note in manifest.notes if "more than 1,000 different labels" in note]
