"""Files as people have them: wrong suffixes, encodings, stray quotation marks, empty rows, and very many rows."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.tables import MOST_ROWS, Table, read_rows, read_table
from workbench.tables.decoding import BROKEN, LONGEST_LINE, SAMPLE, decoded, encoding_of

TEXTS = ["Good, really", "Bad\nvery", "naïve 😀", 'He said "no"']
LABELS = ["5", "1", "3", "2"]
FRAME = pd.DataFrame({"id": ["a", "b", "c", "d"], "Review Text": TEXTS, "Rating": LABELS})


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return file


def pairs(table: Table) -> list[tuple[str, str | None]]:
    return [(row.text, row.label) for row in table.rows]


def faults(table: Table) -> list[tuple[int, str]]:
    return [(fault.number, fault.reason) for fault in table.source.faults]


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet", "data", ""])
def test_every_format_under_every_suffix(tmp_path: Path, form: str, suffix: str) -> None:
    file = tmp_path / f"reviews.{suffix}"
    if form == "parquet":
        FRAME.to_parquet(file)
    elif form == "jsonl":
        FRAME.to_json(file, orient="records", lines=True)
    else:
        FRAME.to_csv(file, index=False, sep="," if form == "csv" else "\t")
    table = read_table(file)
    assert pairs(table) == list(zip(TEXTS, LABELS, strict=True))
    assert [row.number for row in table.rows] == [1, 2, 3, 4]
    assert (table.source.text_columns, table.source.label_column) == (("Review Text",), "Rating")
    assert (table.source.seen, table.source.good, table.source.kept) == (4, 4, 4)
    assert table.source.columns == ("id", "Review Text", "Rating")
    assert bool(table.source.notes) is (suffix != form)


def test_a_text_a_line(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a.txt", "one, two\n\n  three\x85still \n\n\n"))
    assert pairs(table) == [("one, two", None), ("three\x85still", None)]
    assert [row.number for row in table.rows] == [1, 3]
    assert faults(table) == [(2, "there is no text in it")]


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("latin-1", "cp1252"),
        ("cp1252", "cp1252"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_encodings(tmp_path: Path, codec: str, name: str, form: str) -> None:
    texts = ["Très bien, déjà vu", "Müll für Köche"]
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    content = "\n".join(lines if form == "jsonl" else ["text", *(f'"{text}"' for text in texts)])
    table = read_table(written(tmp_path, f"a.{form}", content.encode(codec)))
    assert [row.text for row in table.rows] == texts
    assert table.source.encoding == name
    assert table.source.columns == ("text",)
    assert any("Windows-1252" in note for note in table.source.notes) is (name == "cp1252")


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_broken_bytes_cost_their_row_alone(tmp_path: Path, line_end: bytes) -> None:
    lines = [b"text,label", "café,1".encode(), b"br\xc3\xff\xfe\xfdken,2", "naïve,3".encode(), b"fine,\xff"]
    table = read_table(written(tmp_path, "a.csv", line_end.join(lines)))
    assert pairs(table) == [("café", "1"), ("naïve", "3")]
    assert faults(table) == [(2, "some of its bytes are not UTF-8"), (4, "some of its bytes are not UTF-8")]
    assert table.source.fault_counts == {"some of its bytes are not UTF-8": 2}


def test_half_a_sign_of_utf_16_costs_its_row_alone(tmp_path: Path) -> None:
    content = "text\ngood\n".encode("utf-16-le") + b"\x00\xd8" + "bad\nfine\n".encode("utf-16-le")
    table = read_table(written(tmp_path, "a.csv", b"\xff\xfe" + content))
    assert [row.text for row in table.rows] == ["good", "fine"]
    assert faults(table) == [(2, "some of its bytes are not UTF-8")]


def test_other_encodings_are_not_read_as_gibberish(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row of a.csv can be read .*bytes are not UTF-8"):
        read_table(written(tmp_path, "a.csv", "text\n非常好的酒店\n糟糕的服务\n".encode("gb18030")))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b" \n\n", "is empty"),
        ("a.csv", b"\xef\xbb\xbf", "column names"),
        ("a.jsonl", b"\xff\xfe", "column names"),
        ("a.csv", b"text,label\n", "no row"),
        ("a.csv", b"text,label\n,5\n ,4\n", "no row .* no text"),
        ("a.csv", bytes(range(256)) * 40, "is binary"),
        ("a.csv", b"PK\x03\x04xl/workbook", "Excel workbook"),
        ("a.parquet", b"PAR1 and nothing", "damaged parquet"),
        ("a.csv", b"\x1f\x8b\x08rest", "compressed"),
        ("a.jsonl", b'[{"text": "x"}]', "one JSON list; write one object a line"),
        ("a.csv", b"\xff\xfd\xfc\xfb,label\nx,5\n", "column names"),
        ("a.csv", b"a,b\n1,2\n", "none looks like the text; name one of a, b"),
        ("a.conll", b"Rome B-LOC\n", "tokens"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_table(written(tmp_path, name, content))
    assert "; " in str(caught.value)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        read_table(tmp_path / "missing.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_table(tmp_path)
    file = written(tmp_path, "a.csv", "text,who\nfine,me\n")
    with pytest.raises(InputError, match="no column 'body'; choose from text, who"):
        read_table(file, text=["body"])
    with pytest.raises(InputError, match="no column 'stars'; choose from text, who"):
        read_table(file, label="stars")
    for limit in (0, -1, MOST_ROWS + 1):
        with pytest.raises(InputError, match="choose a limit from 1"):
            read_table(file, limit=limit)


def test_columns_can_be_named_joined_and_guessed(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "Title,Comment,Grade\nLovely,It fits me very well,5\nOh!,Not at all my size,1\n")
    table = read_table(file)
    assert pairs(table) == [("It fits me very well", None), ("Not at all my size", None)]
    assert table.source.notes == ("the text was taken from the column 'Comment', which has the longest texts",)
    chosen = read_table(file, text=["Title", "Comment"], label="Grade")
    assert pairs(chosen) == [("Lovely. It fits me very well", "5"), ("Oh! Not at all my size", "1")]


def test_of_columns_with_one_name_the_first_is_taken(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "text,text,label,label\none,two,5,4\n")
    table = read_table(file)
    assert table.source.columns == ("text", "text.1", "label", "label.1")
    assert pairs(table) == [("one", "5")]
    assert pairs(read_table(file, text=["text.1"], label="label.1")) == [("two", "4")]
    assert [note for note in table.source.notes if "more than once" in note]


def test_parquet_with_two_columns_of_one_name(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table([["one"], ["two"], [4.0]], names=["text", "text", "label"])
    pq.write_table(table, tmp_path / "a.parquet")
    assert pairs(read_table(tmp_path / "a.parquet")) == [("one", "4.0")]


def test_parquet_cells_of_any_type(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pd.DataFrame({"text": ["a", None, "c", " "], "label": pd.array([5, 4, None, 3], dtype="Int64")}).to_parquet(file)
    table = read_table(file)
    assert pairs(table) == [("a", "5"), ("c", None)]
    assert [number for number, _ in faults(table)] == [2, 4]
    pd.DataFrame({"text": [b"\xff", b"x"], "label": ["1", "2"]}).to_parquet(file)
    with pytest.raises(InputError, match="something other than text"):
        read_table(file)


def test_a_damaged_parquet_file_is_an_error_of_one_line(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    FRAME.to_parquet(file)
    content = bytearray(file.read_bytes())
    content[8:120] = b"\xff" * 112
    with pytest.raises(InputError, match=r"no row of a.parquet can be read \(the file cannot be read beyond row 0"):
        read_table(written(tmp_path, "a.parquet", bytes(content)))


@pytest.mark.parametrize(
    ("lines", "expected", "wrong"),
    [
        (['"open,5', "fine,4", "good,3"], ["fine", "good"], [(1, "a quotation mark is never closed")]),
        (["fine,4", '"open,5'], ["fine"], [(2, "a quotation mark is never closed")]),
        (
            ['"open,5', "fine,4", '"also, open",3', "x,2"],
            ["fine", "also, open", "x"],
            [(1, "a quotation mark is never")],
        ),
        (["one,two,3", "x,2"], ["x"], [(1, "it has 3 columns and the header 2")]),
        (["alone", "x,2"], ["x"], [(1, "it has 1 columns and the header 2")]),
        (["x,2,,", ",,", "y,3"], ["x", "y"], [(2, "there is no text in it")]),
        (['"two\nlines",2,,', "y,3"], ["two\nlines", "y"], []),
        (['5" wide,2', 'a "quoted" word,3'], ['5" wide', 'a "quoted" word'], []),
        (["\u200b,2", "y,3", "", ""], ["y"], [(1, "there is no text in it")]),
        (["x" * 200_000 + ",2", "y,3"], ["y"], [(1, "not a row of a table (field larger")]),
        (["x" * (LONGEST_LINE + 5) + ",2", "y,3"], ["y"], [(1, "it ")]),
    ],
)
def test_bad_rows_of_a_table(
    tmp_path: Path, lines: list[str], expected: list[str], wrong: list[tuple[int, str]]
) -> None:
    table = read_table(written(tmp_path, "a.csv", "\n".join(["text,label", *lines])))
    assert [row.text for row in table.rows] == expected
    found = faults(table)
    assert [number for number, _ in found] == [number for number, _ in wrong]
    assert all(ours.startswith(theirs) for (_, ours), (_, theirs) in zip(found, wrong, strict=True))
    assert table.source.seen == len(expected) + len(wrong)


def test_bad_lines_of_json(tmp_path: Path) -> None:
    lines = [
        '{"text": "one", "label": 4.0}',
        "{broken",
        "[1, 2]",
        '{"text": ["a"]}',
        '{"label": 3}',
        '{"text": "half \\ud800"}',
        "[" * 100_000,
        "",
        '{"text": "two", "label": true}',
        '{"text": 7, "label": null, "more": 1}',
    ]
    table = read_table(written(tmp_path, "a.jsonl", "\n".join(lines)))
    assert pairs(table) == [("one", "4.0"), ("two", "True"), ("7", None)]
    assert [number for number, _ in faults(table)] == [2, 3, 4, 5, 6, 7, 8]
    reasons = [reason for _, reason in faults(table)]
    assert reasons[0].startswith("not JSON (")
    assert reasons[1:5] == [
        "JSON, but no object",
        "a cell holds something other than text",
        "there is no text in it",
        "it holds half a sign (a lone surrogate)",
    ]
    assert "two of" not in " ".join(table.source.notes)
    assert table.source.notes == ("7 of 10 rows could not be used",)


def test_other_separators_and_a_single_column_with_commas(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a.csv", "text;label\nwell, well;4\n"))
    assert pairs(table) == [("well, well", "4")]
    assert table.source.notes == ("columns are separated by semicolons",)
    single = read_table(written(tmp_path, "b.csv", "text\nGood, really, good\n"))
    assert pairs(single) == [("Good, really, good", None)]


def test_empty_lines_above_the_header_are_skipped(tmp_path: Path) -> None:
    assert pairs(read_table(written(tmp_path, "a.csv", "\n ,\n\ntext,label\nfine,5\n"))) == [("fine", "5")]


def test_a_separator_within_a_name_is_none(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a.csv", '"a; b; c",text,label\n1,"well; then",4\n'))
    assert table.source.columns == ("a; b; c", "text", "label")
    assert (pairs(table), table.source.notes) == ([("well; then", "4")], ())


@pytest.mark.parametrize("first", ["such a very fine film,5", "a film that i will never ever see again at all,good"])
def test_a_file_without_names_is_noted(tmp_path: Path, first: str) -> None:
    table = read_table(written(tmp_path, "a.csv", f"{first}\nwe hated this film,1\n"))
    assert [row.text for row in table.rows] == ["we hated this film"]
    assert "looks like a row" in table.source.notes[0]


def test_only_so_many_faults_are_listed_but_all_are_counted(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a.csv", "text,label\nx,1\n" + "y\n" * 500))
    assert len(table.source.faults) == 100
    assert table.source.fault_counts == {"it has 1 columns and the header 2": 500}
    assert table.source.notes == ("500 of 501 rows could not be used",)


def test_of_more_rows_than_the_limit_a_random_sample_is_kept(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "text,label\n" + "".join(f"row {number},1\n" for number in range(1, 1001)))
    drawn = read_table(file, limit=200, seed=3)
    numbers = [row.number for row in drawn.rows]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 200
    assert all(row.text == f"row {row.number}" for row in drawn.rows)
    # Of 200 drawn from 1000, about half lie in the first half: hypergeometric, standard deviation 6.3.
    assert 75 <= sum(number <= 500 for number in numbers) <= 125
    assert read_table(file, limit=200, seed=3).rows == drawn.rows
    assert [row.number for row in read_table(file, limit=200, seed=4).rows] != numbers
    assert drawn.source.notes == ("200 of 1,000 rows were drawn at random (seed 3); 800 were left",)
    assert (drawn.source.seen, drawn.source.good, drawn.source.kept) == (1000, 1000, 200)


@pytest.mark.parametrize("form", ["csv", "jsonl", "txt", "parquet", "unclosed", "no line ends"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, form: str) -> None:
    row, file = "a review of some ten words that say next to nothing ", tmp_path / "big.csv"
    count = 120_000  # 6 MB
    if form == "parquet":
        frame = pd.DataFrame({"text": [f"{row}{number}" for number in range(count)]})
        frame.to_parquet(file, row_group_size=10_000)
    elif form == "jsonl":
        file.write_text("".join(f'{{"text": "{row}"}}\n' for _ in range(count)), encoding="utf-8")
    elif form == "unclosed":
        file.write_text('text\n"' + f"{row}\n" * count, encoding="utf-8")
    else:
        end = "" if form == "no line ends" else "\n"
        file.write_text("text\nfine\n" + f"{row}{end}" * count, encoding="utf-8")
    FRAME.to_parquet(tmp_path / "small.parquet")
    read_table(tmp_path / "small.parquet")  # whatever is imported is imported now
    tracemalloc.start()
    table = read_table(file, limit=100)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A sample of a megabyte as bytes and as text, and one line; half as much as the file.
    assert peak < 6_000_000
    assert table.source.seen >= (2 if form == "no line ends" else count)


def test_it_agrees_with_the_strict_reader_on_a_good_file() -> None:
    file = Path(__file__).resolve().parents[2] / "sample_data" / "reviews.csv"
    assert list(read_table(file).rows) == read_rows(file)


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_whatever_csv_writes_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], codec: str
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerows([("text", "label"), *((f"t{text}", label) for text, label in rows)])
    file = tmp_path_factory.mktemp("csv") / "a.csv"
    file.write_bytes(stream.getvalue().encode(codec))
    assert pairs(read_table(file)) == [(f"t{text}".strip(), label.strip() or None) for text, label in rows]


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.jsonl", "a.txt", "a.parquet", "a"]))
def test_no_bytes_make_it_fail_otherwise(tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str) -> None:
    file = written(tmp_path_factory.mktemp("bytes"), name, content)
    try:
        table = read_table(file)
    except InputError:
        return
    assert all(row.text and BROKEN not in row.text for row in table.rows)
    assert table.source.good + sum(table.source.fault_counts.values()) == table.source.seen


def test_a_sign_cut_by_the_end_of_the_sample_is_not_broken() -> None:
    sample = ("é" * SAMPLE).encode()[1:][: SAMPLE - 1]
    whole = b"x" + ("é" * SAMPLE).encode()
    assert BROKEN not in decoded(whole[:SAMPLE], "utf-8")
    assert encoding_of(whole[:SAMPLE], "a") == "utf-8"
    assert BROKEN in decoded(sample, "utf-8")
