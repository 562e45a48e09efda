from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from workbench.errors import CheckpointError, InputError
from workbench.training.conll import read_conll
from workbench.training.tag_data import TagExample, build_tagged, short_names
from workbench.training.tag_loss import Answers
from workbench.training.tag_model import load_tagger
from workbench.training.tag_recipe import TagRecipe, TagSource, is_tag_recipe, read_tag_recipe
from workbench.training.tag_scoring import score_spans, tag_words
from workbench.training.tagging import measure_saved, train_tagger

# In the toy language staff is a PER, "the room" an ORG of two words, and nothing else is anything.
TOY = """the O
staff B-PER
was O
good O

the B-ORG
room I-ORG
was O
very O
clean O

we O
loved O
staff B-PER
and O
the B-ORG
room I-ORG

the O
food O
was O
bad O

staff B-PER
hated O
the O
film O
"""


@pytest.fixture(scope="module")
def encoder(make_checkpoint: Callable[..., Path]) -> Path:
    return make_checkpoint(head=False, seed=2, dropout=0.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tagged")
    (folder / "toy.conll").write_text(TOY)
    (folder / "toy.tsv").write_text(TOY.replace(" ", "\t").replace("PER", "person").replace("ORG", "group"))
    borders = [f"-DOCSTART- O\n\nstaff{number} I-PER\n\n" + "it O\n\n" * number for number in range(8)]
    (folder / "documents.conll").write_text("".join(borders))
    return folder


def recipe(encoder: Path, **changes: Any) -> TagRecipe:
    values: dict[str, Any] = {
        "base": str(encoder),
        "types": ("PER", "ORG"),
        "data": (TagSource(file="toy.conll", repeat=8, split=False), TagSource(file="toy.conll")),
        "seed": 4,
        "test_share": 0.4,
        "epochs": 8,
        "learning_rate": 2e-2,
        "batch_size": 8,
        "lora_rank": 0,
    }
    return TagRecipe(**{**values, **changes})


@pytest.mark.slow
@pytest.mark.parametrize(("rank", "pieces"), [(0, "first"), (0, "all"), (8, "first")])
def test_learns_a_toy_language_exactly(encoder: Path, data: Path, rank: int, pieces: str) -> None:
    output = encoder.parent / f"tagger-{rank}-{pieces}"
    seen: list[tuple[int, int]] = []
    plan = recipe(encoder, lora_rank=rank, pieces=pieces, epochs=16 if rank else 8)
    run = train_tagger(plan, output, data_folder=data, progress=lambda done, of, _: seen.append((done, of)))
    assert seen == [(step, run.steps) for step in range(1, run.steps + 1)]
    assert run.scores["toy.conll"].micro.f1 == 1.0
    read = read_conll(data / "toy.conll").sentences
    tagger = load_tagger(output)
    assert tagger.labels == ("O", "B-PER", "I-PER", "B-ORG", "I-ORG")
    assert tag_words(tagger, [one.words for one in read]) == [one.tags for one in read]
    name = "adapter_model.safetensors" if rank else "model.safetensors"
    assert {weight.dtype for weight in load_file(output / name).values()} == {torch.float16}
    made = json.loads((output / "training.json").read_text(encoding="utf-8"))
    assert (made["recipe"]["base"], made["recipe"]["seed"], made["steps"]) == (encoder.name, 4, run.steps)
    assert made["scores"]["toy.conll"]["micro"]["f1"] == 1.0
    assert (made["train_sentences"], made["test_sentences"]) == (run.train_sentences, run.test_sentences)
    assert not (output / "trainer").exists()
    for file in output.glob("*.json"):
        assert str(encoder.parent) not in file.read_text(encoding="utf-8"), file
    with pytest.raises(InputError, match="is not empty; name a new one"):
        train_tagger(plan, output, data_folder=data)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights(encoder: Path, data: Path, tmp_path: Path) -> None:
    found = {}
    for name, seed in [("one", 4), ("two", 4), ("three", 5)]:
        train_tagger(recipe(encoder, seed=seed, epochs=1), tmp_path / name, data_folder=data)
        found[name] = load_file(tmp_path / name / "model.safetensors")
        torch.manual_seed(0)
    assert all(torch.equal(weight, found["two"][name]) for name, weight in found["one"].items())
    assert not torch.equal(found["one"]["classifier.weight"], found["three"]["classifier.weight"])


@given(st.integers(0, 2**32 - 1))
def test_the_loss_is_minus_log_of_what_the_answer_allows(seed: int) -> None:
    labels = ("O", "B-PER", "I-PER", "B-MISC", "I-MISC")
    answers = Answers(labels)
    told = [answers.index("O"), answers.index("O", ("MISC",)), answers.index("B-PER", ("MISC",)), -100]
    allowed = [{0}, {0, 3, 4}, {1}]
    assert told[0] == 0
    assert told[2] == 1
    assert answers.index("O", ("MISC",)) == told[1] == len(labels)
    logits = torch.randn(1, 4, 5, generator=torch.Generator().manual_seed(seed)) * 3
    probabilities = logits[0].double().softmax(-1)
    expected = -sum(
        math.log(sum(float(probabilities[place, label]) for label in which)) for place, which in enumerate(allowed)
    )
    assert float(answers.loss({"logits": logits}, torch.tensor([told]))) == pytest.approx(expected / 3, abs=1e-5)


def test_without_unmarked_types_the_loss_is_the_cross_entropy() -> None:
    logits, labels = torch.randn(2, 6, 3), torch.tensor([[0, 1, 2, -100, 1, 1], [2, 2, -100, 0, 0, -100]])
    expected = torch.nn.functional.cross_entropy(logits.view(-1, 3), labels.view(-1))
    found = Answers(("O", "B-A", "I-A")).loss({"logits": logits}, labels)
    assert float(found) == pytest.approx(float(expected), abs=1e-6)


def test_whole_documents_are_held_out(encoder: Path, data: Path) -> None:
    plan = recipe(encoder, data=(TagSource(file="documents.conll"),), test_share=0.3)
    built = build_tagged(plan, data)
    tested = [one.words[0] for one in built.test["documents.conll"] if one.words[0] != "it"]
    trained = [one.words[0] for one in built.train if one.words[0] != "it"]
    assert sorted((*tested, *trained)) == [f"staff{number}" for number in range(8)]
    # A document is its name and as many further sentences as the name says.
    sizes = [1 + int(name.removeprefix("staff")) for name in tested]
    assert sum(sizes) == len(built.test["documents.conll"])
    assert sum(sizes) >= 0.3 * 36 > sum(sizes) - max(sizes)
    assert build_tagged(plan, data) == built
    other = build_tagged(plan.model_copy(update={"seed": 5}), data)
    assert other.test != built.test


def test_what_a_source_can_ask_for(encoder: Path, data: Path) -> None:
    def built(**changes: Any) -> list[tuple[str, ...]]:
        plan = recipe(encoder, data=(TagSource(**({"file": "toy.tsv"} | changes)),), test_share=0.0)
        return sorted(one.tags for one in build_tagged(plan, data).train)

    mapping = {"person": "PER", "group": "ORG"}
    assert built(mapping=mapping) == sorted(one.tags for one in read_conll(data / "toy.conll").sentences)
    assert len(built(mapping=mapping, repeat=3)) == 15
    assert len(built(mapping=mapping, cap=2)) == 2
    assert not any("ORG" in "".join(tags) for tags in built(mapping={"person": "PER", "group": ""}))
    with pytest.raises(InputError, match=r"the type 'group' of toy.tsv .line 6. is none of PER, ORG; map it to one"):
        built(mapping={"person": "PER"})
    with pytest.raises(InputError, match=r"is said not to mark 'LOC', which is none of the recipe's types; choose"):
        built(mapping=mapping, unmarked=("LOC",))


def test_data_at_fault_is_told(encoder: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "none.conll").write_text("only O\nwords O\n")
    plan = recipe(encoder, data=(TagSource(file=str(tmp_path / "none.conll"), split=False),))
    with pytest.raises(InputError, match="no entity is left to train on; "):
        train_tagger(plan, tmp_path / "out", data_folder=data)
    with pytest.raises(CheckpointError, match="; "):
        train_tagger(recipe(tmp_path), tmp_path / "out", data_folder=data)
    assert not (tmp_path / "out").exists()


def test_scores_by_hand() -> None:
    marked = [("B-PER", "I-PER", "O", "B-LOC"), ("O", "B-ORG", "B-ORG")]
    found = [("B-PER", "I-PER", "O", "B-ORG"), ("I-LOC", "B-ORG", "I-ORG")]
    scores = score_spans(marked, found)
    assert scores.sentences == 2
    assert (scores.types["PER"].precision, scores.types["PER"].recall, scores.types["PER"].support) == (1, 1, 1)
    # Of four found only the person is right in type and both ends; four are marked.
    assert (scores.micro.precision, scores.micro.recall, scores.micro.f1) == (0.25, 0.25, 0.25)
    assert (scores.types["LOC"].f1, scores.types["ORG"].f1, scores.types["ORG"].support) == (0, 0, 2)


def test_files_have_short_names() -> None:
    files = ["btc/a.conll", "/home/me/a.conll", "/data/b.conll", "/data/x/c.conll", "/data/y/c.conll", "/data/b.conll"]
    assert short_names(files) == ["btc/a.conll", "me/a.conll", "b.conll", "x/c.conll", "y/c.conll", "b.conll"]


def test_found_entities_of_a_type_that_a_file_does_not_mark_are_not_counted(encoder: Path, data: Path) -> None:
    output = encoder.parent / "unmarked"
    train_tagger(recipe(encoder), output, data_folder=data)
    words = ("we", "loved", "staff", "and", "the", "room")
    known = TagExample(words, ("O", "O", "B-PER", "O", "B-ORG", "I-ORG"))
    half = TagExample(words, ("O", "O", "B-PER", "O", "O", "O"))
    left_open = TagExample(half.words, half.tags, ("ORG",))
    found = measure_saved(output, {"known": (known,), "half": (half,), "open": (left_open,)})
    assert found["known"].micro.f1 == 1.0
    assert (found["half"].micro.precision, found["half"].micro.recall) == (0.5, 1.0)
    assert (found["open"].micro.precision, found["open"].micro.recall) == (1.0, 1.0)
    assert list(found["open"].types) == ["PER"]


def test_words_beyond_what_the_model_reads_are_outside(encoder: Path, data: Path, tmp_path: Path) -> None:
    train_tagger(recipe(encoder, epochs=1), tmp_path / "out", data_folder=data)
    tagger = load_tagger(tmp_path / "out")
    long, short = tuple(["staff"] * 60), ("staff", "was", "good")
    together = tag_words(tagger, [long, short])
    assert [len(tags) for tags in together] == [60, 3]
    # The limit is 48, two of them special.
    assert set(together[0][46:]) == {"O"}
    assert together[1] == tag_words(tagger, [short])[0]


def test_a_classifier_of_texts_is_no_tagger(tiny_folder: Path) -> None:
    with pytest.raises(CheckpointError, match="is no tagger; train one with workbench train --task entities"):
        measure_saved(tiny_folder, {})


TOML = """
task = "entities"
base = "encoder"
types = ["PER"]
[[data]]
file = "./a.conll"
mapping = { person = "PER" }
"""


def test_a_recipe_in_toml(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(TOML)
    (tmp_path / "encoder").mkdir()
    found = read_tag_recipe(file)
    assert found.base == str(tmp_path / "encoder")
    assert found.data == (TagSource(file=str(tmp_path / "a.conll"), mapping={"person": "PER"}),)
    assert found.labels == ("O", "B-PER", "I-PER")
    assert is_tag_recipe(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no recipe"),
        ("base = ", "is no TOML"),
        ("base = 'x'", "is no recipe"),
        (TOML + "colour = 'red'", "is no recipe"),
        (TOML.replace('["PER"]', "[]"), "types"),
        (TOML.replace('["PER"]', '["PER", "PER"]'), "types: .* a type is named twice"),
        (TOML.replace("entities", "classification"), "task"),
        (TOML.replace("[[data]]", "pieces = 'last'\n[[data]]"), "pieces"),
    ],
)
def test_a_recipe_that_is_none(tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "recipe.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InputError, match=message):
        read_tag_recipe(file)


def test_the_pipeline_of_transformers_reads_it(encoder: Path, data: Path, tmp_path: Path) -> None:
    train_tagger(recipe(encoder), tmp_path / "out", data_folder=data)
    find = transformers.pipeline("token-classification", model=str(tmp_path / "out"), aggregation_strategy="first")
    found = [(one["entity_group"], one["start"], one["end"]) for one in find("we loved staff and the room")]
    assert found == [("PER", 9, 14), ("ORG", 19, 27)]
