"""The command's half for files, called as the command calls it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.checkpoints import Checkpoint
from workbench.cli.comparing_file import compare_file_command
from workbench.errors import Cancelled, InputError
from workbench.reports import FORMATS
from workbench.reports.file_comparison import read_comparison_json
from workbench.services import disagreement_words, explain_difference, most_disagreeing


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "reviews.csv"
    lines = [
        "id,comment,text,grade",
        "1,x,the food was good,5",
        '2,y,"bad \x1b[31mroom",1',
        "3,z,,2",
        "4,w,we loved it,9",
    ]
    place.write_text("\n".join(lines), encoding="utf-8")
    return place


@pytest.fixture
def names(tiny: Checkpoint, tiny_bpe: Checkpoint) -> list[str]:
    return [tiny.name, tiny_bpe.name]


def test_table(file: Path, names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    compare_file_command(names, file, label_column="grade")
    out = capsys.readouterr().out
    assert out.startswith("3 reviews of reviews.csv\n")
    assert "accuracy" in out
    assert "most disagreement (difference of the expected places" in out
    assert "note: row 3: there is no text in it\n" in out
    assert "does not know the label of 3 rows ('5', '1', '9')" in out
    assert "\x1b" not in out


def test_json_and_output(file: Path, names: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = [tmp_path / "found.json", tmp_path / "found.csv"]
    for output in outputs:
        compare_file_command(names, file, label_column="grade", format="json", output=output, limit=2, seed=1)
        printed = capsys.readouterr().out
    found = read_comparison_json(outputs[0].read_bytes())
    assert json.loads(printed)["rows"] == json.loads(outputs[0].read_text("utf-8"))["rows"]
    assert len(found.rows) == 2
    assert found.source is not None
    assert (found.source.seen, found.source.good, found.source.kept) == (4, 3, 2)
    assert found.source.label_column == "grade"
    assert outputs[1].read_text("utf-8").startswith("row,text,label,disagreement (scale)")


def test_csv_of_a_chosen_column(file: Path, names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    compare_file_command(names, file, text_column="comment", format="csv")
    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.split(",")[1] for line in lines[1:]) == ["w", "x", "y", "z"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"format": "xml"}, "no format 'xml'; choose one of table, json, csv"),
        ({"output": Path("a.docx")}, "no report format for 'a.docx'; use one of "),
        ({"output": Path("no such folder/a.csv")}, "cannot be written"),
        ({"text_column": "body"}, "no column 'body'"),
        ({"limit": 0}, "choose a limit"),
    ],
)
def test_faults(file: Path, names: list[str], settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare_file_command(names, file, **settings)  # type: ignore[arg-type]


def test_an_interrupt_keeps_what_there_is(
    tmp_path: Path, names: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "many.txt"
    file.write_text("".join(f"good room {number}\n" for number in range(300)), encoding="utf-8")

    def interrupt(_meter: object, _name: str, done: int, _total: int) -> None:
        if done == 256:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("workbench.cli.comparing_file.Meter.__call__", interrupt)
    usual = signal.getsignal(signal.SIGINT)
    with pytest.raises(Cancelled, match="interrupted after 128 of 300 rows; the result is of these alone"):
        compare_file_command(names, file)
    assert capsys.readouterr().out.startswith("128 reviews of many.txt")
    assert signal.getsignal(signal.SIGINT) is usual


def chosen(names: list[str]) -> list[str]:
    return [word for name in names for word in ("--checkpoint", name)]


def test_as_the_command(run_cli: Callable[..., Any], file: Path, names: list[str], tmp_path: Path) -> None:
    output = tmp_path / "found.json"
    columns = ["--text-column", "comment", "--text-column", "text", "--label-column", "grade"]
    scale = f"{names[1]}:NEGATIVE=0.25,POSITIVE=0.75"
    done = run_cli(
        *("compare", "--file", file, *chosen(names), *columns, "--limit", 3, "--seed", 2, "--scale", scale),
        *("--format", "json", "--output", output),
    )
    assert (done.status, done.err) == (0, "")
    found = read_comparison_json(done.out)
    assert read_comparison_json(output.read_bytes()).rows == found.rows
    assert found.source is not None
    assert found.source.text_columns == ("comment", "text")
    assert (found.source.label_column, found.source.kept, found.seed) == ("grade", 3, 2)
    assert [side.places for side in found.checkpoints] == [(0, 0.25, 0.5, 0.75, 1), (0.25, 0.75)]
    assert run_cli("compare", "--file", file, *chosen(names), "--format", "csv").out.startswith("row,text,label,")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["good", "--file", "{file}"], "there are both a text and a file to compare on; give one of them"),
        ([], "there is neither a text nor a file to compare on; give one of them"),
        (["--file", "{file}", "--method", "lime"], "--method goes with one text"),
        (["--file", "{file}", "--budget", "50"], "--budget goes with one text"),
        (["good", "--limit", "5"], "--limit goes with --file"),
        (["good", "--words", "5"], "--words goes with --file"),
        (["--file", "{file}", "--words", "0"], "--words"),
        (["good", "--text-column", "text"], "--text-column goes with --file"),
        (["good", "--format", "csv"], "not written as csv; choose table or json"),
        (["--file", "{file}", "--limit", "0"], "choose a limit"),
        (["--file", "{file}", "--scale", "nobody:A=1"], "'nobody:A=1' is no scale"),
        (["--file", "nosuch.csv"], "there is no file nosuch.csv"),
    ],
)
def test_faults_of_the_command(
    run_cli: Callable[..., Any], file: Path, names: list[str], words: list[str], message: str
) -> None:
    given = [word.format(file=file) for word in words]
    assert message in run_cli("compare", *given, *chosen(names)).assert_fault(2)


def test_too_few_checkpoints(run_cli: Callable[..., Any], file: Path, names: list[str]) -> None:
    assert "takes 2 to 4 checkpoints, not 1" in run_cli("compare", "--file", file, *chosen(names[:1])).assert_fault(2)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_written_and_verified_where_it_can_be(
    run_cli: Callable[..., Any], file: Path, names: list[str], tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / f"found{suffix}"
    done = run_cli("compare", "--file", file, "--label-column", "grade", *chosen(names), "--output", output)
    assert (done.status, done.err) == (0, "")
    assert output.stat().st_size > 200
    found = run_cli("verify", output, *chosen(names), "--file", file)
    if suffix in {".html", ".json"}:
        assert (found.status, found.err) == (0, "")
        assert found.out.startswith("agrees: recomputing gives the same")
    else:
        found.assert_fault(2)


def test_another_file_than_that_of_the_report(
    run_cli: Callable[..., Any], file: Path, names: list[str], tmp_path: Path
) -> None:
    output = tmp_path / "found.html"
    assert run_cli("compare", "--file", file, *chosen(names), "--output", output).status == 0
    file.write_text(file.read_text("utf-8") + "\n5,v,more food,1\n", encoding="utf-8")
    line = run_cli("verify", output, *chosen(names), "--file", file).assert_fault(2)
    assert "is not the file of the report" in line
    kept = run_cli("verify", output, *chosen(names))
    assert kept.status == 0
    assert "The file itself was not read" in kept.out


def test_a_report_that_cannot_be_written_is_said_before_the_work(
    run_cli: Callable[..., Any], file: Path, names: list[str], tmp_path: Path
) -> None:
    for output in (tmp_path / "found.docx", tmp_path / "nosuch" / "found.html", tmp_path):
        line = run_cli("compare", "--file", file, *chosen(names), "--output", output).assert_fault(2)
        assert "cannot be written" in line or "no report format" in line


def test_words_that_go_with_the_disagreement(
    run_cli: Callable[..., Any], file: Path, tiny: Checkpoint, tiny_other: Checkpoint, tmp_path: Path
) -> None:
    output = tmp_path / "found.json"
    both = chosen([tiny.name, tiny_other.name])
    done = run_cli("compare", "--file", file, *both, "--words", 2, "--output", output)
    assert (done.status, done.err) == (0, "")
    found = read_comparison_json(output.read_bytes())
    (words,) = found.words
    texts = most_disagreeing(found, found.pairs[0], 2)
    alone = [explain_difference((tiny, tiny_other), text, target=words.target) for text in texts]
    assert (words.method, words.reviews, words.asked) == ("occlusion", 2, 2)
    totals = {one.word: one.total for one in words.totals}
    assert totals == pytest.approx({one.word: one.total for one in disagreement_words(alone)}, abs=1e-6)
    assert "words that go with it, by occlusion, over 2 of 2 reviews" in done.out
    assert run_cli("verify", output, *both).status == 0


def test_an_interrupt_while_words_are_added_up(
    file: Path,
    tiny: Checkpoint,
    tiny_other: Checkpoint,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(_meter: object, name: str, done: int, _total: int) -> None:
        if name == "words" and done == 1:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("workbench.cli.comparing_file.Meter.__call__", interrupt)
    with pytest.raises(Cancelled, match="interrupted while words were added up"):
        compare_file_command([tiny.name, tiny_other.name], file, words=3)
    assert "over 1 of 3 reviews" in capsys.readouterr().out
