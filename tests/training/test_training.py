from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import CheckpointError, InputError
from workbench.pipeline import classify
from workbench.tables import held_out
from workbench.training.data import build
from workbench.training.recipe import Recipe, Source, read_recipe
from workbench.training.trainer import train

GOOD = ["the food was good", "we loved the room", "great staff", "very clean", "i loved this film"]
BAD = ["the food was bad", "we hated the room", "terrible staff", "not clean", "i hated this film"]
ROWS = [
    (f"{text} {number}", label) for number in range(4) for label, texts in (("5", GOOD), ("1", BAD)) for text in texts
]


@pytest.fixture(scope="module")
def encoder(make_checkpoint: Callable[..., Path]) -> Path:
    return make_checkpoint(head=False, seed=2, dropout=0.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    with (folder / "reviews.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["title", "text", "rating"])
        writer.writerows([f"title {number}", text, label] for number, (text, label) in enumerate(ROWS))
    return folder


def recipe(encoder: Path, **changes: Any) -> Recipe:
    values: dict[str, Any] = {
        "base": str(encoder),
        "labels": ("1 star", "5 stars"),
        "data": (Source(file="reviews.csv"),),
        "seed": 4,
        "test_share": 0.2,
        "epochs": 2,
        "learning_rate": 5e-3,
        "batch_size": 8,
        "lora_rank": 0,
    }
    return Recipe(**{**values, **changes})


def loss(checkpoint: Checkpoint) -> float:
    """Mean cross entropy over all rows, by torch."""
    total = 0.0
    for text, label in ROWS:
        logits = torch.tensor(classify(checkpoint, text).logits)
        total += float(torch.nn.functional.cross_entropy(logits[None], torch.tensor([0 if label == "1" else 1])))
    return total / len(ROWS)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 4])
def test_trains_saves_and_loads(encoder: Path, data: Path, tmp_path: Path, rank: int) -> None:
    # Beside the encoder, so that an adapter points at it by a relative path.
    output, early = encoder.parent / f"tuned-{rank}", encoder.parent / f"early-{rank}"
    seen: list[tuple[int, int, float | None]] = []
    plan = recipe(encoder, lora_rank=rank, epochs=4)
    run = train(
        plan,
        output,
        data_folder=data,
        snapshots=[(0.25, early)],
        progress=lambda done, of, last: seen.append((done, of, last)),
    )
    examples, held = build(plan, data)
    assert (run.train_rows, run.test_rows) == (len(examples), len(held))
    assert run.train_rows + run.test_rows == len(ROWS)
    assert run.steps == -(-len(examples) // 8) * 4
    assert [step for step, _, _ in seen] == list(range(1, run.steps + 1))
    assert {total for _, total, _ in seen} == {run.steps}
    tuned, first = load_checkpoint(str(output), device="cpu"), load_checkpoint(str(early), device="cpu")
    assert tuned.labels == first.labels == ("1 star", "5 stars")
    assert tuned.fingerprint != first.fingerprint
    assert loss(tuned) < loss(first)
    assert not (output / "trainer").exists()
    name = "adapter_model.safetensors" if rank else "model.safetensors"
    assert {weight.dtype for weight in load_file(output / name).values()} == {torch.float16}
    assert (output / "tokenizer.json").exists() is (rank == 0)
    for folder in (output, early):
        for file in folder.glob("*.json"):
            assert str(encoder.parent) not in file.read_text(encoding="utf-8"), file
    made = json.loads((early / "training.json").read_text(encoding="utf-8"))
    assert made["recipe"]["base"] == encoder.name
    assert made["recipe"]["seed"] == 4
    assert (made["share_of_steps"], made["steps"]) == (0.25, round(run.steps / 4))
    assert (made["train_rows"], made["test_rows"]) == (run.train_rows, run.test_rows)
    with pytest.raises(InputError, match="is not empty; name a new one"):
        train(plan, tmp_path / "new", data_folder=data, snapshots=[(0.5, early)])
    with pytest.raises(InputError, match="is not empty; name a new one"):
        train(plan, output, data_folder=data)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights(encoder: Path, data: Path, tmp_path: Path) -> None:
    places = {}
    for name, seed in [("one", 4), ("two", 4), ("three", 5)]:
        train(recipe(encoder, seed=seed, epochs=1), tmp_path / name, data_folder=data)
        places[name] = load_file(tmp_path / name / "model.safetensors")
        random.seed(0)
        torch.manual_seed(0)
    assert all(torch.equal(weight, places["two"][name]) for name, weight in places["one"].items())
    assert not torch.equal(places["one"]["classifier.weight"], places["three"]["classifier.weight"])


@pytest.mark.slow
def test_the_loss_is_the_weighted_cross_entropy(
    make_checkpoint: Callable[..., Path], data: Path, tmp_path: Path
) -> None:
    """One batch without dropout: the loss that the run reports is that of the new head before its first step."""
    bare = make_checkpoint(head=False, dropout=0.0)
    mapping = {"1": "1 star", "5": "5 stars"}
    sources = (Source(file="reviews.csv", mapping=mapping), Source(file="reviews.csv", constant="1 star"))
    plan = recipe(bare, data=sources, epochs=1, batch_size=200, class_weight_power=0.5, label_smoothing=0.1)
    run = train(plan, tmp_path / "out", data_folder=data)
    assert run.steps == 1
    transformers.set_seed(4)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(bare, num_labels=2).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(bare)
    examples, _ = build(plan, data)
    labels = torch.tensor([one.label for one in examples])
    with torch.inference_mode():
        logits = model(**tokenizer([one.text for one in examples], padding=True, return_tensors="pt")).logits
    counts = torch.bincount(labels, minlength=2)
    assert counts[0] > 2 * counts[1]
    weights = (len(examples) / counts) ** 0.5
    expected = torch.nn.functional.cross_entropy(logits, labels, weight=weights, label_smoothing=0.1)
    assert run.loss == pytest.approx(float(expected), abs=1e-3)


def test_held_out_rows_are_never_trained_on(encoder: Path, data: Path) -> None:
    plan = recipe(encoder, test_share=0.3)
    examples, held = build(plan, data)
    assert {one.text for one in examples}.isdisjoint(one.text for one in held)
    assert {one.text for one in held} == {text for text, _ in ROWS if held_out(text, 0.3, 4)}
    assert {one.text for one in (*examples, *held)} == {text for text, _ in ROWS}
    assert {(one.text, one.label) for one in examples} <= {(text, 0 if label == "1" else 1) for text, label in ROWS}
    again, _ = build(plan, data)
    assert again == examples
    assert [one.text for one in examples] != [text for text, _ in ROWS if not held_out(text, 0.3, 4)]


def test_parts_of_a_held_out_row_are_held_out_with_it(encoder: Path, data: Path) -> None:
    """Titles used as further texts follow the split of the whole review."""
    whole = Source(file="reviews.csv", text=("title", "text"))
    titles = Source(file="reviews.csv", text=("title",), split_by=("title", "text"), split=False)
    examples, held = build(recipe(encoder, data=(whole, titles), test_share=0.3), data)
    tested = {one.text for one in held}
    assert tested
    trained_titles = {one.text for one in examples if "." not in one.text}
    assert trained_titles
    assert trained_titles.isdisjoint(text.split(".")[0] for text in tested)
    assert all("." in text for text in tested)


def test_what_a_source_can_ask_for(encoder: Path, data: Path) -> None:
    def texts(**changes: Any) -> list[tuple[str, int]]:
        plan = recipe(encoder, data=(Source(file="reviews.csv", **changes),), test_share=0.0)
        return [(one.text, one.label) for one in build(plan, data)[0]]

    assert len(texts()) == len(ROWS)
    assert sorted(label for _, label in texts(cap=3)) == [0, 0, 0, 1, 1, 1]
    assert {len(text.split()) for text, _ in texts(min_words=3, max_words=3)} == {3}
    assert {label for _, label in texts(constant="5 stars")} == {1}
    assert {label for _, label in texts(mapping={"5": "1 star"})} == {0}
    assert len(texts(mapping={"5": "1 star"})) == len(ROWS) // 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": (Source(file="nosuch.csv"),)}, "there is no file"),
        ({"data": (Source(file="reviews.csv", min_words=99),)}, "no rows are left to train on; "),
        ({"data": (Source(file="reviews.csv", label="nosuch"),)}, "no column 'nosuch'"),
        ({"labels": ("2 stars", "5 stars")}, "'1' is none of the checkpoint's"),
    ],
)
def test_data_at_fault_is_told(
    encoder: Path, data: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        train(recipe(encoder, **changes), tmp_path / "out", data_folder=data)
    assert not (tmp_path / "out").exists()


def test_a_base_that_is_none_is_told(data: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="; "):
        train(recipe(tmp_path), tmp_path / "out", data_folder=data)
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        train(recipe(Path("nosuch")), tmp_path / "out", data_folder=data)


TOML = """
base = "encoder"
labels = ["1 star", "5 stars"]
epochs = 3
[[data]]
file = "a.csv"
mapping = { "1" = "1 star" }
"""


def test_a_recipe_in_toml(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(TOML)
    assert read_recipe(file).base == "encoder"
    (tmp_path / "encoder").mkdir()
    found = read_recipe(file)
    assert found.base == str(tmp_path / "encoder")
    assert found.data == (Source(file="a.csv", mapping={"1": "1 star"}),)
    assert (found.epochs, found.labels) == (3, ("1 star", "5 stars"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no recipe"),
        ("base = ", "is no TOML"),
        ("base = 'x'", "is no recipe"),
        (TOML + "colour = 'red'", "is no recipe"),
        (TOML.replace("epochs = 3", "epochs = -3"), "epochs"),
        (TOML.replace('"1 star", "5 stars"', '"1 star"'), "labels"),
    ],
)
def test_a_recipe_that_is_none(tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "recipe.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InputError, match=message):
        read_recipe(file)


def test_the_bundled_recipes_are_recipes() -> None:
    from workbench import resources

    recipes = sorted((resources.folder("sample_data") / "checkpoints" / "recipes").glob("*.toml"))
    assert [file.stem for file in recipes] == ["entities", "sentiment", "stars"]
    for file in recipes[1:]:
        found = read_recipe(file)
        assert (found.seed, found.test_share) == (13, 0.1)
        assert Path(found.base).is_dir()
