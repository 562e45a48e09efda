"""The command in this process: results, formats, exit statuses."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pandas as pd
import pytest

from workbench.checkpoints import Checkpoint
from workbench.cli import main as run_main
from workbench.cli.main import COMMANDS, cli
from workbench.pipeline import classify
from workbench.reports import FORMATS

Run = Callable[..., Any]
TEXT = "The food was good but the staff was slowly cold"


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def strict(text: str) -> Any:
    """JSON without NaN and the like."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_has_help_with_an_example(run_cli: Run, path: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        done = run_cli(*path, flag)
        assert (done.status, done.err) == (0, "")
        assert "Example" in done.out
        assert " ".join(("workbench", *path)) in done.out.split("Example", 1)[1]


@pytest.mark.parametrize("group", [path for path in commands() if len(path) < 2], ids=" ".join)
def test_lists_of_commands_are_in_whole_sentences(run_cli: Run, group: tuple[str, ...]) -> None:
    listed = run_cli(*group, "--help").out.partition("Commands:\n")[2]
    assert [line for line in listed.splitlines() if not line.endswith(".")] == []
    assert [line for line in listed.splitlines() if line.endswith("...")] == []


def test_the_list_of_commands_imports_none_of_them() -> None:
    code = (
        "import sys; from workbench.cli import main; main(['--help']); "
        "print([name for name in ('numpy', 'pydantic', 'torch', 'workbench.services') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=120, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_commands_are_those_of_the_contract() -> None:
    assert set(COMMANDS) >= {"serve", "predict", "explain", "compare", "train", "evaluate", "checkpoints"}


def test_version(run_cli: Run) -> None:
    import workbench

    assert run_cli("--version").out.split()[-1] == workbench.__version__


def test_predict_as_a_table(run_cli: Run, tiny: Checkpoint) -> None:
    done = run_cli("predict", TEXT, "bad", "--checkpoint", tiny.name)
    assert (done.status, done.err) == (0, "")
    header, rule, *rows = done.out.splitlines()
    assert header.split() == ["text", "label", "confidence", "expected", "note"]
    assert set(rule) == {"-", " "}
    expected = [classify(tiny, TEXT), classify(tiny, "bad")]
    for row, one in zip(rows, expected, strict=True):
        assert row.split()[-4:] == [*one.label.split(), f"{one.confidence:.4f}", f"{one.expected_rating:.4f}"]


def test_predict_shows_the_stages(run_cli: Run, tiny: Checkpoint) -> None:
    done = run_cli("predict", TEXT, "--stages", "--checkpoint", tiny.name)
    prediction = classify(tiny, TEXT)
    for name, row in prediction.inputs.items():
        assert f"{name}: {list(row)}\n" in done.out
    assert set(prediction.inputs) == {"input_ids", "token_type_ids", "attention_mask"}
    lines = [line.split() for line in done.out.splitlines()]
    for position, token in enumerate(prediction.tokens):
        row = next(line for line in lines if line[:2] == [str(position), token.text])
        assert row[2] == str(token.id)
        assert row[-1] == ("special" if token.special else f"{token.span.start}-{token.span.end}")
    for label, logit, chance in zip(prediction.labels, prediction.logits, prediction.probabilities, strict=True):
        assert [*label.split(), f"{logit:.4f}", f"{chance:.4f}"] in lines


def test_predict_as_json(run_cli: Run, tiny: Checkpoint) -> None:
    done = run_cli("predict", TEXT, "bad", "--format", "json", "--stages", "--checkpoint", tiny.name)
    whole = strict(done.out)
    assert list(whole) == ["schema", "checkpoint", "predictions"]
    assert whole["checkpoint"]["fingerprint"] == tiny.fingerprint
    one, prediction = whole["predictions"][0], classify(tiny, TEXT)
    assert one["text"] == TEXT
    assert one["label"] == prediction.label
    assert list(one["logits"].values()) == pytest.approx(prediction.logits, abs=1e-5)
    assert one["input_ids"] == list(prediction.inputs["input_ids"])
    assert one["id_to_token"] == {str(token.id): token.text for token in prediction.tokens}
    assert [token["text"] for token in one["tokens"]] == [token.text for token in prediction.tokens]
    assert one["activation"] == "softmax"
    plain = strict(run_cli("predict", TEXT, "--format", "json", "--checkpoint", tiny.name).out)["predictions"][0]
    assert set(one) - set(plain) == {*prediction.inputs, "tokens", "id_to_token", "activation"}


def test_predict_as_csv(run_cli: Run, tiny: Checkpoint) -> None:
    texts = [TEXT, '=1+1 "quoted", line\nbreak']
    done = run_cli("predict", *texts, "--format", "csv", "--stages", "--checkpoint", tiny.name)
    rows = list(csv.DictReader(io.StringIO(done.out, newline="")))
    assert [row["text"] for row in rows] == [TEXT, "'" + texts[1]]
    for text, row in zip(texts, rows, strict=True):
        prediction = classify(tiny, text)
        assert row["label"] == prediction.label
        assert [float(row[label]) for label in tiny.labels] == pytest.approx(prediction.probabilities, abs=1e-5)
        assert [float(row[f"logit {label}"]) for label in tiny.labels] == pytest.approx(prediction.logits, abs=1e-5)
        assert float(row["expected_rating"]) == pytest.approx(prediction.expected_rating)
        assert [int(number) for number in row["input_ids"].split()] == list(prediction.inputs["input_ids"])
        assert row["unread_from"] == ""


def test_predict_marks_what_is_unsure_or_unread(run_cli: Run, tiny: Checkpoint) -> None:
    done = run_cli("predict", "good " * 60, "--threshold", "1", "--checkpoint", tiny.name)
    assert "below 1; read up to character 229" in done.out
    one = strict(
        run_cli("predict", "good " * 60, "--threshold", "1", "--format", "json", "--checkpoint", tiny.name).out
    )
    assert one["predictions"][0]["confident"] is False
    assert one["predictions"][0]["unread_from"] == 229


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_predict_reads_long_texts_whole_in_windows(run_cli: Run, tiny: Checkpoint, form: str) -> None:
    text = "good food and a bad room " * 20
    done = run_cli("predict", text, "--windows", "--stages", "--format", form, "--checkpoint", tiny.name)
    prediction = classify(tiny, text, windows=True)
    assert done.status == 0
    if form == "table":
        assert f"mean of {len(prediction.windows)} overlapping windows" in done.out
        assert done.out.count("1 preprocess") == len(prediction.windows)
    elif form == "csv":
        (row,) = csv.DictReader(io.StringIO(done.out, newline=""))
        assert [float(row[label]) for label in tiny.labels] == pytest.approx(prediction.probabilities, abs=1e-5)
        assert row["unread_from"] == ""
    else:
        found = strict(done.out)["predictions"][0]
        assert found["unread_from"] is None
        assert [(one["start"], one["end"]) for one in found["windows"]] == [
            (window.start, window.end) for window in prediction.windows
        ]
        assert [one["input_ids"] for one in found["windows"]] == [
            list(one.inputs["input_ids"]) for one in prediction.passes
        ]
        mean = sum(one["weight"] * one["probabilities"]["5 stars"] for one in found["windows"])
        assert found["probabilities"]["5 stars"] == pytest.approx(mean, abs=1e-6)


def test_explain_reads_long_texts_whole_in_windows(run_cli: Run, tiny: Checkpoint) -> None:
    text = "good food and a bad room " * 20
    arguments = ("explain", text, "--windows", "--method", "occlusion", "--checkpoint", tiny.name)
    whole = strict(run_cli(*arguments, "--format", "json").out)
    windows = whole["prediction"]["windows"]
    assert len(windows) > 1
    assert [unit["text"] for unit in whole["explanations"][0]["units"]] == text.split()
    assert whole["explanations"][0]["details"]["windows"] == len(windows)
    assert f"mean of {len(windows)} overlapping windows" in run_cli(*arguments).out
    short = strict(run_cli("explain", TEXT, *arguments[2:], "--format", "json").out)
    assert short["prediction"]["windows"] == []


def test_predict_with_a_head_of_many_labels(run_cli: Run, tiny_multi: Checkpoint) -> None:
    found = strict(run_cli("predict", TEXT, "--format", "json", "--checkpoint", tiny_multi.name).out)["predictions"][0]
    assert found["selected"] == [label for label, chance in found["probabilities"].items() if chance >= 0.5]
    assert found["expected_rating"] is None


def test_standard_input(run_cli: Run, tiny: Checkpoint) -> None:
    given = "naïve food, 日本語\n"
    done = run_cli("predict", "-", "--format", "json", "--checkpoint", tiny.name, stdin=given.encode("utf-8"))
    assert strict(done.out)["predictions"][0]["text"] == given
    explained = run_cli("explain", "-", "--method", "attention-rollout", "--checkpoint", tiny.name, stdin=b"good room")
    assert explained.status == 0
    assert (
        run_cli("predict", "-", "--checkpoint", tiny.name, stdin=b"\xff\xfe")
        .assert_fault(2)
        .endswith("convert it first")
    )
    assert "empty" in run_cli("predict", "-", "--checkpoint", tiny.name).assert_fault(2)


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet", "txt"])
def test_files_of_every_format(run_cli: Run, tiny: Checkpoint, tmp_path: Path, suffix: str) -> None:
    texts = ["good, room", "bad naïve 😀", "cold"]
    frame, file = pd.DataFrame({"id": [1, 2, 3], "text": texts}), tmp_path / f"reviews.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(file)
    elif suffix == "jsonl":
        frame.to_json(file, orient="records", lines=True)
    elif suffix == "txt":
        file.write_text("\n".join(texts), encoding="utf-8")
    else:
        frame.to_csv(file, index=False, sep="," if suffix == "csv" else "\t")
    done = run_cli("predict", "first", "--file", file, "--format", "json", "--checkpoint", tiny.name)
    assert done.status == 0, done.err
    assert [one["text"] for one in strict(done.out)["predictions"]] == ["first", *texts]


def test_more_texts_than_one_chunk(run_cli: Run, tiny: Checkpoint, tmp_path: Path) -> None:
    file = tmp_path / "many.txt"
    file.write_text("\n".join(f"good room {'bad ' * (number % 7)}{number}" for number in range(300)))
    rows = list(
        csv.DictReader(
            io.StringIO(run_cli("predict", "--file", file, "--format", "csv", "--checkpoint", tiny.name).out)
        )
    )
    assert [row["text"].split()[-1] for row in rows] == [str(number) for number in range(300)]


def test_explain_prints_the_schema(run_cli: Run, tiny: Checkpoint) -> None:
    done = run_cli(
        "explain", TEXT, "--checkpoint", tiny.name, "--method", "shap", "--method", "lime", "--method", "shap",
        "--seed", 3,
        "--budget", 50, "--target", "5 stars - 1 star", "--set", "lime.perturbation=mask", "--format", "json",
    )  # fmt: skip
    assert (done.status, done.err) == (0, "")
    whole = strict(done.out)
    assert whole["schema"] == "workbench.explanation/1"
    assert list(whole) == ["schema", "text", "checkpoint", "prediction", "explanations", "trust", "provenance"]
    assert [one["method"] for one in whole["explanations"]] == ["shap", "lime"]
    shap, lime = whole["explanations"]
    assert sum(unit["score"] for unit in shap["units"]) == pytest.approx(
        shap["full_value"] - shap["base_value"], abs=1e-4
    )
    logits = whole["prediction"]["logits"]
    assert shap["full_value"] == pytest.approx(logits["5 stars"] - logits["1 star"], abs=1e-4)
    assert (lime["seed"], lime["options"]["budget"], lime["options"]["perturbation"]) == (3, 50, "mask")
    for one in (shap, lime):
        assert one["target"] == {"kind": "contrast", "label": "5 stars", "against": "1 star"}
        assert [unit["text"] for unit in one["units"]] == TEXT.split()
        assert all(TEXT[unit["start"] : unit["end"]] == unit["text"] for unit in one["units"])


def test_explain_as_a_table(run_cli: Run, tiny: Checkpoint) -> None:
    done = run_cli("explain", "good cold room", "--checkpoint", tiny.name, "--budget", 20, "--unit", "token")
    assert done.status == 0
    for method in ("shap:", "lime:", "attention-rollout:"):
        block = done.out.split(method)[1].splitlines()
        scores = [abs(float(line.split()[-1])) for line in block[3:6]]
        assert scores == sorted(scores, reverse=True)
        assert {line.split()[0] for line in block[3:6]} == {"good", "cold", "room"}


def test_explain_says_where_sampling_stopped(run_cli: Run, tiny: Checkpoint) -> None:
    words = ("explain", "the food was cold", "--checkpoint", tiny.name, "--method", "lime")
    done = run_cli(*words, "--set", "lime.tolerance=0.5")
    assert done.status == 0
    assert re.search(
        r"300 asked, .*; settled after 300 of 1,000 evaluations; last change 0\.\d{3}$", done.out, re.MULTILINE
    )
    assert "settled" not in run_cli(*words).out
    assert "'tolerance' of lime cannot be '2'" in run_cli(*words, "--set", "lime.tolerance=2").assert_fault(2)


def test_explain_by_all_methods_that_can(run_cli: Run, tiny_bpe: Checkpoint) -> None:
    done = run_cli(
        "explain", "good room", "--method", "all", "--budget", 20, "--format", "json", "--checkpoint", tiny_bpe.name
    )
    assert {one["method"] for one in strict(done.out)["explanations"]} >= {"shap", "lime", "attention-rollout"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_explain_writes_a_report(run_cli: Run, tiny: Checkpoint, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"report{suffix}"
    done = run_cli(
        "explain", "good room", "--budget", 20, "--format", "json", "--output", file, "--checkpoint", tiny.name
    )
    assert done.status == 0, done.err
    assert file.stat().st_size > 0
    if suffix == ".json":
        assert strict(file.read_text(encoding="utf-8")) == strict(done.out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("explain", "good", "--method", "nosuch"), "there is no method 'nosuch'; known: "),
        (("explain", "good", "--method", "sharp"), "did you mean 'shap'?"),
        (("explain", "good", "--target", "6 stars"), "there is no target '6 stars'"),
        (("explain", "good", "--unit", "letter"), "there is no unit 'letter'; choose one of"),
        (("explain", "good", "--unit", "paragraph"), "; choose one of token, word, sentence"),
        (("explain", "good", "--budget", "3"), "--budget"),
        (("explain", "good", "--budget", "many"), "--budget"),
        (("explain", "good", "--seed", "x"), "--seed"),
        (("explain", "good", "--set", "budget=3"), "write it as method.option=value"),
        (("explain", "good", "--set", "nosuch.budget=30"), "'nosuch'"),
        (
            ("explain", "good", "--method", "shap", "--set", "lime.budget=30"),
            "options for lime, which is not asked for",
        ),
        (("explain", "good", "--set", "lime.budget=3"), "'budget' of lime cannot be '3'"),
        (("explain", "good", "--set", "lime.colour=red"), "lime has no option 'colour'; its options: budget"),
        (("explain", "good", "--output", "report.docx"), "there is no report format"),
        (("explain", "good", "--output", "/nosuch/report.json"), "cannot be written"),
        (("explain", "good", "--format", "xml"), "--format"),
        (("explain",), "TEXT"),
        (("predict",), "there is no text to predict"),
        (("predict", "good", "--threshold", "2"), "--threshold"),
        (("predict", "--file", "nosuch.csv"), "there is no file nosuch.csv"),
        (("predict", "--file", "nosuch.doc"), "unknown format"),
        (("predict", "good", "--nosuch"), "No such option"),
        (("evaluate", "--file", "nosuch.csv"), "there is no file nosuch.csv"),
    ],
)
def test_faults_of_the_input(run_cli: Run, tiny: Checkpoint, arguments: tuple[str, ...], message: str) -> None:
    assert message in run_cli(*arguments, "--checkpoint", tiny.name).assert_fault(2)


def test_faults_without_a_checkpoint(run_cli: Run, tmp_path: Path) -> None:
    assert "there is no command 'nosuch'" in run_cli("nosuch").assert_fault(2)
    assert "nothing to train on" in run_cli("train", "--output", tmp_path / "x").assert_fault(2)
    assert "--output" in run_cli("train", "--data", "x.csv").assert_fault(2)
    assert "there is no recipe" in run_cli("train", "--recipe", "no.toml", "--output", tmp_path / "x").assert_fault(2)
    assert "--port" in run_cli("serve", "--port", "0").assert_fault(2)
    assert "there is no checkpoint" in run_cli("serve", "--checkpoint", "nosuch").assert_fault(3)
    assert "there is no checkpoint" in run_cli("checkpoints", "show", "nosuch").assert_fault(3)


def test_debug_shows_where_a_fault_came_from(tiny: Checkpoint) -> None:
    from workbench.errors import UnknownNameError

    with pytest.raises(UnknownNameError):
        run_main(["explain", "good", "--method", "nosuch", "--checkpoint", tiny.name, "--debug"])


def test_an_unforeseen_fault_is_one_line_too(run_cli: Run, tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("line one\nline two")

    monkeypatch.setattr("workbench.pipeline.classify_many", fail)
    line = run_cli("predict", "good", "--checkpoint", tiny.name).assert_fault(1)
    assert line == "error: RuntimeError: line one line two; run it again with --debug"


def test_interrupting_is_one_line(run_cli: Run, tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("workbench.pipeline.classify_many", interrupt)
    done = run_cli("predict", "good", "--checkpoint", tiny.name)
    assert (done.status, done.out) == (1, "")
    assert done.err.strip() == "error: interrupted; run it again when you like"


def test_evaluate(run_cli: Run, tiny: Checkpoint, tmp_path: Path) -> None:
    texts = ["the food was good", "bad room", "cold staff", "never again"]
    labels = [classify(tiny, text).label[0] for text in texts]
    labels[3] = "1" if labels[3] != "1" else "2"
    file = tmp_path / "a.csv"
    pd.DataFrame({"review": texts, "stars": labels}).to_csv(file, index=False)
    done = run_cli("evaluate", "--file", file, "--checkpoint", tiny.name, "--checkpoint", tiny.name, "--format", "json")
    assert done.status == 0, done.err
    found = strict(done.out)
    assert list(found) == ["checkpoints"]
    assert len(found["checkpoints"]) == 2
    assert list(found["checkpoints"][0]) == ["name", "rows", "accuracy", "off_by_one", "mae", "macro_f1", "ece"]
    assert (found["checkpoints"][0]["rows"], found["checkpoints"][0]["accuracy"]) == (4, 0.75)
    shown = run_cli("evaluate", "--file", file, "--checkpoint", tiny.name)
    assert shown.out.split()[:7] == ["name", "rows", "accuracy", "off_by_one", "mae", "macro_f1", "ece"]
    assert "0.7500" in shown.out
    other = tmp_path / "b.csv"
    other.write_text("text\ngood\n")
    assert "no label column" in run_cli("evaluate", "--file", other, "--checkpoint", tiny.name).assert_fault(2)


def test_checkpoints(run_cli: Run, tiny: Checkpoint, stars_name: str) -> None:
    listed = run_cli("checkpoints", "list", "--format", "json")
    names = [one["name"] for one in strict(listed.out)["checkpoints"]]
    assert stars_name in names
    assert all(name in run_cli("checkpoints", "list").out for name in names)
    shown = strict(run_cli("checkpoints", "show", tiny.name, "--format", "json").out)
    assert (shown["fingerprint"], shown["labels"]) == (tiny.fingerprint, list(tiny.labels))
    assert {"megabytes", "licence", "architecture", "parameters"} <= set(shown)
    assert tiny.fingerprint in run_cli("checkpoints", "show", tiny.name).out


def test_shrink(run_cli: Run, tiny: Checkpoint, tmp_path: Path) -> None:
    target = tmp_path / "small"
    assert run_cli("checkpoints", "shrink", tiny.name, target).out == f"{target}\n"
    assert run_cli("predict", "good", "--checkpoint", target).status == 0
    assert "is not empty" in run_cli("checkpoints", "shrink", tiny.name, target).assert_fault(2)


@pytest.mark.slow
def test_train_and_use(
    run_cli: Run, make_checkpoint: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    base, data = make_checkpoint(head=False), tmp_path / "a.csv"
    pd.DataFrame({"text": ["good food", "bad food"] * 8, "label": ["yes", "no"] * 8}).to_csv(data, index=False)
    output, early = tmp_path / "out", tmp_path / "early"
    done = run_cli(
        "train", "--data", data, "--base", base, "--output", output, "--snapshot", f"0.5={early}", "--epochs", 1,
        "--batch-size", 4, "--lora-rank", 0, "--test-share", 0, "--seed", 1, "--label", "yes", "--label", "no",
    )  # fmt: skip
    assert done.status == 0, done.err
    for folder in (output, early):
        found = strict(run_cli("predict", "good food", "--checkpoint", folder, "--format", "json").out)
        assert found["checkpoint"]["labels"] == ["yes", "no"]
    again = run_cli("train", "--data", data, "--base", base, "--output", output).assert_fault(2)
    assert "is not empty" in again
    for snapshot in ("0.5", "2=x", "x=y", "0.5="):
        line = run_cli("train", "--data", data, "--output", tmp_path / "new", "--snapshot", snapshot).assert_fault(2)
        assert "is no snapshot; write it as 0.1=FOLDER" in line
