"""The bundled checkpoints: small, described, and sensible on texts of other domains."""

from __future__ import annotations

import json
import tomllib

import peft
import pytest
import transformers

from workbench import resources
from workbench.checkpoints import bundled, describe, load_checkpoint
from workbench.pipeline import classify
from workbench.training.conll import read_conll
from workbench.training.tag_recipe import read_tag_recipe

ROOT = resources.folder("sample_data") / "checkpoints"
ENTITIES = "sha256:873ea238041af34703dba4c0fba4bd96daa27a13fb9e6786930ad9e68fdc24bb"


def test_the_four_are_there_in_order() -> None:
    assert list(bundled()) == ["stars", "stars-early", "sentiment", "entities"]


def test_together_they_take_at_most_60_megabytes() -> None:
    assert sum(file.stat().st_size for file in ROOT.rglob("*") if file.is_file()) <= 60e6


@pytest.mark.parametrize("name", ["stars", "stars-early", "sentiment", "entities", "all-MiniLM-L6-v2"])
def test_each_has_a_card_with_licence_and_command(name: str) -> None:
    card = (ROOT / name / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: apache-2.0\n")
    assert "```sh\nworkbench " in card


@pytest.mark.parametrize("name", ["stars", "stars-early", "sentiment"])
def test_each_says_how_it_was_made(name: str) -> None:
    made = json.loads((ROOT / name / "training.json").read_text(encoding="utf-8"))
    recipe = tomllib.loads((ROOT / "recipes" / f"{name.removesuffix('-early')}.toml").read_text(encoding="utf-8"))
    assert made["recipe"]["seed"] == recipe["seed"]
    assert made["recipe"]["labels"] == recipe["labels"] == describe(name)["labels"]
    assert made["recipe"]["learning_rate"] == recipe["learning_rate"]
    assert made["share_of_steps"] == (0.1 if name == "stars-early" else 1.0)


def test_early_is_the_same_run_after_a_tenth_of_its_steps() -> None:
    whole, early = (json.loads((ROOT / name / "training.json").read_text()) for name in ("stars", "stars-early"))
    assert early["recipe"] == whole["recipe"]
    assert early["steps"] == round(whole["steps"] / 10)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I really loved that movie", "5 stars"),
        ("Terrible experience, would not recommend.", "1 star"),
        ("The box contains a charger, a cable and a manual in four languages.", "3 stars"),
        ("The hotel is located on the main street, next to the train station.", "3 stars"),
    ],
)
def test_stars_behave_on_other_domains(text: str, label: str) -> None:
    assert classify(load_checkpoint("stars"), text).label == label


@pytest.mark.parametrize(
    ("text", "label"), [("I really loved that movie", "POSITIVE"), ("Utter waste of money.", "NEGATIVE")]
)
def test_sentiment_behaves(text: str, label: str) -> None:
    assert classify(load_checkpoint("sentiment"), text).label == label


def test_entities_is_what_was_measured() -> None:
    """A change of any file that decides its answers shows here; measure anew then, and change the card."""
    facts = describe("entities")
    assert facts["fingerprint"] == ENTITIES
    assert facts["architecture"] == "BertForTokenClassification"
    assert facts["labels"] == ["O", *(f"{place}-{kind}" for kind in ("PER", "ORG", "LOC", "MISC") for place in "BI")]
    assert (facts["licence"], facts["base"]) == ("apache-2.0", "all-MiniLM-L6-v2")
    assert sum(file.stat().st_size for file in (ROOT / "entities").iterdir()) < 3e6


def test_entities_says_how_it_was_made() -> None:
    made = json.loads((ROOT / "entities" / "training.json").read_text(encoding="utf-8"))
    recipe = read_tag_recipe(ROOT / "recipes" / "entities.toml")
    assert made["recipe"]["data"][:-1] == [source.model_dump(mode="json") for source in recipe.data[:-1]]
    assert recipe.data[-1].file == str(ROOT / "recipes" / made["recipe"]["data"][-1]["file"])
    rest = recipe.model_dump(mode="json", exclude={"base", "data"})
    assert {key: made["recipe"][key] for key in rest} == rest


def test_the_card_of_entities_has_the_measured_figures() -> None:
    card = (ROOT / "entities" / "README.md").read_text(encoding="utf-8")
    scores = json.loads((ROOT / "entities" / "training.json").read_text(encoding="utf-8"))["scores"]
    for file, found in scores.items():
        for kind, one in [*found["types"].items(), ("all", found["micro"])]:
            figures = " | ".join(f"{one[name]:.3f}" for name in ("precision", "recall", "f1"))
            assert f"| {file} | {kind} | {figures} | {one['support']:,} |" in card
    assert "CC BY 4.0" in card


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Apple CEO Tim Cook announced new features in Cupertino, California.",
            [("ORG", "Apple"), ("PER", "Tim Cook"), ("LOC", "Cupertino"), ("LOC", "California")],
        ),
        ("The room was clean but the staff ignored us.", []),
    ],
)
def test_entities_behave_with_plain_transformers(text: str, expected: list[tuple[str, str]]) -> None:
    base, folder = ROOT / "all-MiniLM-L6-v2", ROOT / "entities"
    config = transformers.AutoConfig.from_pretrained(folder)
    model = transformers.AutoModelForTokenClassification.from_pretrained(base, config=config, dtype="float32")
    model = peft.PeftModel.from_pretrained(model, str(folder)).merge_and_unload()
    tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    for strategy in ("simple", "first"):
        find = transformers.pipeline(
            "token-classification", model=model, tokenizer=tokenizer, aggregation_strategy=strategy
        )
        assert [(one["entity_group"], text[one["start"] : one["end"]]) for one in find(text)] == expected


def test_the_test_sentence_was_not_trained_on() -> None:
    written = read_conll(ROOT / "recipes" / "plain.conll")
    assert not written.faults
    assert set(written.types) == {"PER", "ORG", "LOC", "MISC"}
    texts = [" ".join(one.words) for one in written.sentences]
    assert not [text for text in texts if any(name in text for name in ("Apple", "Tim Cook", "Cupertino"))]
