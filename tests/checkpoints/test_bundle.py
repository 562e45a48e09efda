"""The bundled checkpoints: small, described, and sensible on texts of other domains."""

from __future__ import annotations

import json
import tomllib

import pytest

from workbench import resources
from workbench.checkpoints import bundled, describe, load_checkpoint
from workbench.pipeline import classify

ROOT = resources.folder("sample_data") / "checkpoints"


def test_the_three_are_there_in_order() -> None:
    assert list(bundled()) == ["stars", "stars-early", "sentiment"]


def test_together_they_take_at_most_60_megabytes() -> None:
    assert sum(file.stat().st_size for file in ROOT.rglob("*") if file.is_file()) <= 60e6


@pytest.mark.parametrize("name", ["stars", "stars-early", "sentiment", "all-MiniLM-L6-v2"])
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
