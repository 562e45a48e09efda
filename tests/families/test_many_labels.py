"""Heads whose labels are judged one by one: no sum, no rating, any number of labels, on every surface."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from streamlit.testing.v1 import AppTest

import workbench.app
from workbench import resources
from workbench.checkpoints import Checkpoint, describe, load_checkpoint
from workbench.errors import TargetError
from workbench.explainers import METHODS, Task
from workbench.pipeline import classify, parse_target
from workbench.render import prediction_html
from workbench.schema import Activation, Answer, Prediction, Target, Unit, holding
from workbench.scoring import Scorer
from workbench.services import smallest_removal, word_replacements
from workbench.ui.components.stages import stages_html
from workbench.ui.components.targets import question
from workbench.ui.components.verdict import verdict_html
from workbench.ui.components.whatif import change_html
from workbench.ui.explaining import targets_of

TEXT = "The room was clean, but we didn't like the cold food."
LONG = "The staff were good and the room was clean. " * 8
TOPICS = ("price", "staff", "room")
STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")


def biased(folder: Path, values: list[float]) -> Path:
    """The same checkpoint with a bias for each label and hardly anything else: the answer is known."""
    file = folder / "model.safetensors"
    state = load_file(file)
    state["classifier.weight"] *= 0.01
    state["classifier.bias"] = torch.tensor(values)
    save_file(state, str(file), metadata={"format": "pt"})
    return folder


@pytest.fixture(scope="session")
def two(make_family: Callable[..., Path]) -> Path:
    """Price and room hold, staff does not."""
    return biased(make_family("bert", TOPICS, problem="multi_label_classification"), [2.0, -2.0, 1.0])


@pytest.fixture(scope="session")
def none(make_family: Callable[..., Path]) -> Path:
    return biased(make_family("bert", TOPICS, problem="multi_label_classification"), [-2.0, -1.0, -3.0])


def predicted(folder: Path, text: str = TEXT) -> Prediction:
    return classify(load_checkpoint(str(folder), device="cpu"), text)


def test_labels_hold_by_themselves() -> None:
    chances = {"a": 0.5, "b": 0.49, "c": 0.9}
    assert holding(chances, Activation.SIGMOID) == ("a", "c")
    assert holding({"a": 0.1, "b": 0.2}, Activation.SIGMOID) == ()
    assert holding({"a": 0.1, "b": 0.2}, Activation.SOFTMAX) == ("b",)
    assert Answer(label="c", probabilities=chances, expected_rating=None).verdict == "c"
    several = Answer(label="c", probabilities=chances, expected_rating=None, activation=Activation.SIGMOID)
    assert several.verdict == "a, c"


def test_every_family(family: str, make_family: Callable[..., Path]) -> None:
    folder = make_family(family, TOPICS, problem="multi_label_classification")
    loaded = load_checkpoint(str(folder), device="cpu")
    prediction = classify(loaded, TEXT)
    expected = [1 / (1 + math.exp(-logit)) for logit in prediction.logits]
    assert prediction.probabilities == pytest.approx(expected, abs=1e-6)
    assert prediction.selected == tuple(label for label, chance in zip(TOPICS, expected, strict=True) if chance >= 0.5)
    assert (prediction.independent, prediction.expected_rating, prediction.runner_up) == (True, None, None)
    whole = classify(loaded, LONG, windows=True)
    assert whole.selected == holding(dict(zip(TOPICS, whole.probabilities, strict=True)), Activation.SIGMOID)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_on_each_label(make_family: Callable[..., Path], method: str) -> None:
    loaded = load_checkpoint(str(make_family("roberta", TOPICS, problem="multi_label_classification")), device="cpu")
    prediction = classify(loaded, TEXT)
    kind = METHODS[method].options
    options = kind(**({"budget": 40} if "budget" in kind.model_fields else {}))
    for label, chance in zip(TOPICS, prediction.probabilities, strict=True):
        task = Task(prediction, parse_target(label, prediction), Unit.WORD, 0, Scorer(loaded).start())
        found = METHODS[method].explain(task, options)
        assert found.full_value == pytest.approx(chance, abs=1e-5)
        assert np.isfinite([unit.score for unit in found.units]).all()


def test_names_of_stars_make_no_rating(make_family: Callable[..., Path]) -> None:
    """Five independent labels are no scale, whatever they are called."""
    folder = make_family("bert", STARS, problem="multi_label_classification")
    loaded = load_checkpoint(str(folder), device="cpu")
    prediction = classify(loaded, TEXT)
    assert loaded.ratings is None
    assert prediction.expected_rating is None
    assert not describe(str(folder))["ratings"]
    assert "★" not in verdict_html(prediction)
    with pytest.raises(TargetError, match="no expected rating"):
        parse_target("expected", prediction)


def test_the_verdict_names_all_that_hold(two: Path) -> None:
    prediction = predicted(two)
    assert prediction.verdict == "price, room"
    html = verdict_html(prediction)
    assert '<span class="wb-big">price, room</span>' in html
    assert f"price {prediction.probabilities[0]:.2f}, room {prediction.probabilities[2]:.2f}" in html
    assert "judged one by one" in html
    assert "margin" not in html
    assert html.count('class="wb-on"') == 2
    assert "need not add up to 1" in stages_html(prediction)
    assert "<b>price, room</b>" in prediction_html(prediction)


def test_the_verdict_where_none_holds(none: Path) -> None:
    prediction = predicted(none)
    assert (prediction.verdict, prediction.label) == ("no label", "staff")
    html = verdict_html(prediction)
    assert '<span class="wb-big">no label</span>' in html
    assert f"the nearest is staff with {prediction.probabilities[1]:.2f}, below 0.5" in html
    assert 'class="wb-on"' not in html


def test_the_verdict_of_one_output(make_family: Callable[..., Path]) -> None:
    prediction = predicted(biased(make_family("bert", ("toxic",)), [-3.0]))
    assert '<span class="wb-big">no label</span>' in verdict_html(prediction)
    assert "the nearest is toxic" in verdict_html(prediction)


def test_hostile_labels_stay_text(make_family: Callable[..., Path]) -> None:
    names = ("<img src=x onerror=alert(1)>", "b")
    for values in ([2.0, 2.0], [-2.0, -3.0]):
        folder = biased(make_family("bert", names, problem="multi_label_classification"), values)
        prediction = predicted(folder)
        for html in (verdict_html(prediction), prediction_html(prediction), stages_html(prediction)):
            assert "<img" not in html


def test_each_label_can_be_the_target(two: Path) -> None:
    prediction = predicted(two)
    targets = targets_of(prediction)
    assert [str(target) for target in targets] == ["price", "room", "staff", "logit:price"]
    assert question(targets[0], prediction) == "Why price?"
    assert question(targets[2], prediction) == f"Why a probability of {prediction.probabilities[1]:.2f} for staff?"
    assert all(target.kind != "contrast" for target in targets)


def test_what_if_tells_of_labels_that_come_and_go(two: Path, none: Path) -> None:
    html = change_html(predicted(two), predicted(none))
    assert '<span class="wb-big">no label</span><span class="wb-tag">was price, room</span>' in html


def test_the_smallest_change_is_to_the_label_itself(make_family: Callable[..., Path]) -> None:
    """Another label overtaking changes nothing; the most probable one must come to hold no more, or to hold."""
    found = 0
    for seed in range(4):
        folder = make_family("bert", TOPICS, problem="multi_label_classification", seed=seed)
        loaded = load_checkpoint(str(folder), device="cpu")
        prediction = classify(loaded, TEXT)
        held = prediction.label in prediction.selected
        flip = smallest_removal(loaded, prediction)
        others = word_replacements(loaded, prediction)
        for answer in [*([flip.answer] if flip else []), *(one.answer for one in others)]:
            assert (answer.probabilities[prediction.label] >= 0.5) is not held
            assert answer.activation is Activation.SIGMOID
            found += 1
    assert found >= 4


def test_the_command_names_all_that_hold(two: Path, none: Path, run_cli: Callable[..., Any]) -> None:
    table = run_cli("predict", TEXT, "--checkpoint", two).out
    assert table.splitlines()[0].split() == ["text", "label", "highest", "note"]
    assert "  price, room  " in table
    assert "  no label  " in run_cli("predict", TEXT, "--checkpoint", none).out
    assert "expected" not in table
    stages = run_cli("predict", TEXT, "--checkpoint", two, "--stages").out
    assert "by a sigmoid for each label by itself" in stages
    head = run_cli("explain", TEXT, "--checkpoint", two, "--method", "attention-rollout").out.splitlines()[0]
    prediction = predicted(two)
    assert head.startswith(
        f"price ({prediction.probabilities[0]:.2f}), room ({prediction.probabilities[2]:.2f}); target"
    )
    head = run_cli("explain", TEXT, "--checkpoint", none, "--method", "attention-rollout").out.splitlines()[0]
    assert head.startswith("no label; target: probability of staff")


def test_files_name_all_that_hold(two: Path, none: Path, run_cli: Callable[..., Any]) -> None:
    for folder, selected in ((two, ["price", "room"]), (none, [])):
        (row,) = csv.DictReader(io.StringIO(run_cli("predict", TEXT, "--checkpoint", folder, "--format", "csv").out))
        assert row["selected"] == "; ".join(selected)
        assert row["expected_rating"] == ""
        found = json.loads(run_cli("predict", TEXT, "--checkpoint", folder, "--format", "json").out)["predictions"][0]
        assert found["selected"] == selected
        assert sum(found["probabilities"].values()) != pytest.approx(1)


def test_one_label_of_many_is_no_multi_label(tiny: Checkpoint) -> None:
    prediction = classify(tiny, TEXT)
    assert (prediction.independent, prediction.verdict) == (False, prediction.label)
    assert any(target == Target(kind="expected") for target in targets_of(prediction))


@pytest.mark.slow
def test_the_page_names_all_that_hold(two: Path, none: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, verdict in ((two, "price, room"), (none, "no label")):
        monkeypatch.setenv(resources.OFFERED, str(folder))
        app = AppTest.from_file(str(Path(workbench.app.__file__).parent / "main.py"), default_timeout=180).run()
        assert app.session_state["workbench.choices"].checkpoint == str(folder)
        app.text_area[0].set_value(TEXT).run()
        next(button for button in app.button if button.label == "Explain").click().run()
        job = app.session_state["workbench.choices"].job
        job.wait(180)
        app.run()
        assert not app.exception
        page = "\n".join(element.proto.body for element in app.get("html"))
        assert f'<span class="wb-big">{verdict}</span>' in page
        assert "Expected rating" not in page
        assert "need not add up to 1" in page
        assert [one.fault for one in job.places.values()] == [None] * len(job.places)
