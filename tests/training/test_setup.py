"""From files and choices to a recipe; SST-2's files; data sets of the hub; estimates; model cards."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from workbench.checkpoints import describe, load_checkpoint
from workbench.errors import InputError
from workbench.pipeline import classify
from workbench.services.training import plan_run, work
from workbench.services.training_setup import command_line, estimate_run, make_recipe
from workbench.tables import read_rows
from workbench.training import runs
from workbench.training.data import gather
from workbench.training.recipe import Recipe, Source
from workbench.training.watching import exhausted, looks

ROOT = Path(__file__).resolve().parents[2]
SST2 = 'sentence\tlabel\nit \'s a "charming film \t1\n"dull , and " long\t0\n` quotes \'\' everywhere "\t1\nbad\t0\n'


def test_the_files_of_sst2_have_no_quotation(tmp_path: Path) -> None:
    file = tmp_path / "train.tsv"
    file.write_text(SST2)
    rows = read_rows(file, labelled=True)
    assert [(row.text, row.label) for row in rows] == [
        ("it 's a \"charming film", "1"),
        ('"dull , and " long', "0"),
        ("` quotes '' everywhere \"", "1"),
        ("bad", "0"),
    ]
    other = tmp_path / "other.tsv"
    other.write_text('text\tlabel\n"two\tparts"\t1\n')
    assert [row.text for row in read_rows(other)] == ["two\tparts"]
    other.write_text('text\tlabel\n"open\t1\n')
    assert [row.text for row in read_rows(other, form="glue")] == ['"open']


def test_what_is_usual_where_nothing_is_asked_for(noisy: Path, write_csv: Callable[..., Path]) -> None:
    file = Source(file=str(write_csv("a.csv", [("good", "10"), ("bad", "2"), ("so", "x")])))
    plain = make_recipe([file], base=str(noisy))
    assert (plain.labels, plain.lora_rank, plain.learning_rate, plain.test_share) == (("2", "10", "x"), 16, 6e-4, 0.1)
    full = make_recipe([file], base=str(noisy), lora_rank=0)
    assert (full.lora_rank, full.learning_rate) == (0, 5e-5)
    assert make_recipe([file], base=str(noisy), lora_rank=0, learning_rate=1e-5).learning_rate == 1e-5
    stopping = make_recipe([file], base=str(noisy), patience=2)
    assert (stopping.test_share, stopping.validation_share) == (0.1, 0.1)
    given = make_recipe([file], base=str(noisy), patience=2, validation=[file])
    assert (given.test_share, given.validation_share) == (0.0, 0.0)


def test_labels_get_names(noisy: Path, write_csv: Callable[..., Path]) -> None:
    file = Source(file=str(write_csv("a.csv", [("good", "1"), ("bad", "0")])))
    made = make_recipe([file], base=str(noisy), names={"0": "NEGATIVE", "1": "POSITIVE"}, test_share=0.0)
    assert made.labels == ("NEGATIVE", "POSITIVE")
    assert {(one.text, made.labels[one.label]) for one in gather(made, Path()).train} == {
        ("good", "POSITIVE"),
        ("bad", "NEGATIVE"),
    }


def test_a_base_with_these_labels_keeps_its_names(make_checkpoint: Callable[..., Path], write_csv: Any) -> None:
    base = make_checkpoint(labels=("NEGATIVE", "POSITIVE"))
    codes = Source(file=str(write_csv("a.csv", [("good", "1"), ("bad", "0")])))
    assert make_recipe([codes], base=str(base)).labels == ("NEGATIVE", "POSITIVE")
    others = Source(file=str(write_csv("b.csv", [("good", "x"), ("bad", "y")])))
    assert make_recipe([others], base=str(base)).labels == ("x", "y")


def test_data_that_teaches_nothing(noisy: Path, write_csv: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="fewer than two labels; "):
        make_recipe([Source(file=str(write_csv("a.csv", [("good", "1"), ("bad", "1")])))], base=str(noisy))
    many = [(f"text {n}", f"label {n}") for n in range(300)]
    with pytest.raises(InputError, match="the data has 300 labels; check --label-column"):
        make_recipe([Source(file=str(write_csv("b.csv", many)))], base=str(noisy))


def test_when_it_looks_and_when_it_stops() -> None:
    made = Recipe(base="x", labels=("a", "b"), data=(Source(file="x"),), epochs=2, evaluations=2, patience=2)
    assert looks(made, 40, True) == {10, 20, 30, 40}
    assert looks(made, 41, True) == {11, 22, 33, 41}
    assert looks(made, 40, False) == frozenset()

    def after(*losses: float) -> bool:
        history = [{"eval_loss": value, "eval_accuracy": value} for value in losses]
        assert exhausted(history, made.model_copy(update={"metric": "accuracy"})) is (
            len(losses) - 1 - losses.index(max(losses)) >= 2 if losses else False
        )
        return exhausted(history, made)

    assert [after(), after(1.0), after(1, 2), after(1, 2, 3), after(1, 2, 0.5), after(1, 1, 1)] == [
        False, False, False, True, False, True,
    ]  # fmt: skip
    assert not exhausted([{"eval_loss": 1.0}] * 9, made.model_copy(update={"patience": 0}))


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 2])
def test_a_classifier_goes_on_with_its_own_head(
    make_checkpoint: Callable[..., Path], write_csv: Callable[..., Path], tmp_path: Path, rank: int
) -> None:
    """A step of no length: the same labels keep the head, others get a new one."""
    base = make_checkpoint(labels=("1", "5"))
    file = Source(file=str(write_csv("a.csv")))
    made = make_recipe([file], base=str(base), lora_rank=rank, learning_rate=1e-12, test_share=0.0)
    assert made.labels == ("1", "5")
    work(plan_run(made, tmp_path / "same", listed=False).id)
    texts = ["the food was good", "never again"]
    before, after = load_checkpoint(str(base)), load_checkpoint(str(tmp_path / "same"))
    for text in texts:
        assert classify(after, text).logits == pytest.approx(classify(before, text).logits, rel=2e-2, abs=2e-2)
    renamed = made.model_copy(update={"labels": ("5", "1")})
    work(plan_run(renamed, tmp_path / "new", listed=False).id)
    new = load_checkpoint(str(tmp_path / "new"))
    assert new.labels == ("5", "1")
    assert not torch.allclose(new.model.classifier.weight, before.model.classifier.weight, atol=0.1)
    assert torch.allclose(
        new.model.bert.embeddings.word_embeddings.weight, before.model.bert.embeddings.word_embeddings.weight, atol=1e-2
    )


@pytest.mark.slow
def test_an_adapter_can_be_the_base(noisy: Path, write_csv: Callable[..., Path], tmp_path: Path) -> None:
    file = Source(file=str(write_csv("a.csv")))
    first = make_recipe([file], base=str(noisy), lora_rank=2, test_share=0.0)
    work(plan_run(first, tmp_path / "first", listed=False).id)
    assert describe(str(tmp_path / "first"))["base"] == noisy.name
    second = make_recipe([file], base=str(tmp_path / "first"), lora_rank=2, learning_rate=1e-12, test_share=0.0)
    work(plan_run(second, tmp_path / "second", listed=False).id)
    assert describe(str(tmp_path / "second"))["base"] is None
    before, after = (load_checkpoint(str(tmp_path / name)) for name in ("first", "second"))
    assert classify(after, "good food").logits == pytest.approx(classify(before, "good food").logits, abs=2e-2)


@pytest.mark.slow
def test_the_model_card_says_all(noisy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "<b>`rm` |.csv"
    rows = [(f"good {n}", "<i>5") for n in range(30)] + [(f"bad {n}", "1|`x`") for n in range(30)] + [("", "1|`x`")]
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(file, index=False)
    made = make_recipe([Source(file=str(file))], base=str(noisy), batch_size=20, patience=3, seed=11)
    command = command_line(made, tmp_path / "out")
    plan = plan_run(made, tmp_path / "out", command=command, licence="cc-by-4.0", listed=False)
    state = work(plan.id)
    card = (tmp_path / "out" / "README.md").read_text()
    assert card.startswith('---\nlicense: "cc-by-4.0"\n')
    assert plan.data_hashes[str(file)] in card
    assert state.scores is not None
    assert f"| accuracy | {state.scores['accuracy']:.4f} |" in card
    assert f"| macro F1 | {state.scores['macro_f1']:.4f} |" in card
    for line in ("| seed | 11 |", "| patience | 3 |", f"| torch | {torch.__version__} |", command):
        assert line in card
    assert "1 without a text" in card
    assert str(tmp_path) not in card
    # What users named is code or escaped, never markup.
    outside = "".join(part for n, part in enumerate(card.split("```")) if n % 2 == 0)
    assert "`<b>'rm' \\|.csv`" in outside
    assert "<i>" not in "".join(part for n, part in enumerate(outside.split("`")) if n % 2 == 0)
    facts = json.loads((tmp_path / "out" / "training.json").read_text())
    assert facts["scores"] == state.scores
    assert facts["command"] == command
    assert describe(str(tmp_path / "out"))["licence"] == "cc-by-4.0"
    assert {place.suffix for place in (tmp_path / "out").iterdir()} <= {".json", ".md", ".safetensors"}


def test_the_command_line_makes_the_same_recipe(
    noisy: Path, write_csv: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, run_cli: Any
) -> None:
    from workbench.cli import training

    file, dev = write_csv("a b.csv"), write_csv("dev.csv")
    monkeypatch.chdir(file.parent)
    (file.parent / noisy.name).symlink_to(noisy)
    made = make_recipe(
        [Source(file=str(file))], base=noisy.name, validation=[Source(file=str(dev))], patience=2, warmup=0.2,
        names={"1": "bad", "5": "good"}, class_weight_power=0.3, label_smoothing=0.05, lora_rank=0, epochs=1.5,
        metric="macro_f1", evaluations=3,
    )  # fmt: skip
    seen: list[Recipe] = []
    monkeypatch.setattr(training, "_look", lambda recipe, *rest: seen.append(recipe))
    done = run_cli(*shlex.split(command_line(made, Path("out")))[1:], "--inspect")
    assert done.status == 0, done.err
    assert seen == [made]


@pytest.mark.slow
def test_an_estimate_counts_weights_and_steps(noisy: Path, write_csv: Callable[..., Path]) -> None:
    file = Source(file=str(write_csv("a.csv")))
    full = make_recipe([file], base=str(noisy), lora_rank=0, batch_size=7, epochs=3, test_share=0.0)
    found = estimate_run(full)
    assert found.steps == -(-60 // 7) * 3
    assert found.trained == found.parameters
    assert found.seconds > 0
    adapters = estimate_run(full.model_copy(update={"lora_rank": 2}))
    assert adapters.trained < adapters.parameters
    longer = estimate_run(full.model_copy(update={"batch_size": 700}))
    base = 16 * found.parameters + 600_000_000
    assert longer.memory_bytes - base == pytest.approx(100 * (found.memory_bytes - base), rel=1e-6)


def test_a_data_set_of_the_hub_offline_is_one_line(tmp_path: Path) -> None:
    """In a process of its own, whose hub is a port on which nobody listens."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    environment |= {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    code = "import sys; from workbench.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "train", "--dataset", "stanfordnlp/sst2", "--inspect"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=250)
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == 2, done.stderr
    assert lines == [
        "error: the hub cannot be reached for the data set 'stanfordnlp/sst2'; "
        "check the network, set HF_HUB_OFFLINE=1 to use what is in its cache, or give a file with --data"
    ]
    assert "Traceback" not in done.stderr


def test_runs_are_where_the_user_has_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    assert runs.root() == tmp_path / "runs"
    assert runs.list_runs() == ()


def test_an_adapter_on_a_base_of_the_hub_names_its_commit(
    noisy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As plain peft writes it: the id, and the revision apart."""
    from workbench.checkpoints import adapters
    from workbench.training.modelling import build_model, load_tokenizer
    from workbench.training.saving import save

    made = Recipe(base=str(noisy), labels=("a", "b"), data=(Source(file="x"),), lora_rank=2)
    save(build_model(made, noisy), load_tokenizer(noisy), noisy, tmp_path / "out", hub=("owner/name", "0" * 40))
    settings = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert (settings["base_model_name_or_path"], settings["revision"]) == ("owner/name", "0" * 40)
    asked: list[str] = []
    monkeypatch.setattr(adapters, "find", lambda name: asked.append(name) or noisy)
    assert adapters.adapter_base(tmp_path / "out") == noisy
    assert asked == ["owner/name@" + "0" * 40]
