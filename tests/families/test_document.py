"""docs/checkpoints.md against what the code says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from workbench.attention import VIEWS, Selection, attention_maps
from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import IncompatibleError
from workbench.explainers import METHODS
from workbench.pipeline import classify

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "checkpoints.md").read_text("utf-8")
NAMES = {
    "bert": "BERT",
    "distilbert": "DistilBERT",
    "roberta": "RoBERTa",
    "xlm-roberta": "XLM-RoBERTa",
    "electra": "ELECTRA",
    "albert": "ALBERT",
    "deberta-v2": "DeBERTa-v2, -v3",
    "modernbert": "ModernBERT",
    "mpnet": "MPNet",
}
PLAIN_VIEWS = ("head", "model")


def rows(document: str) -> dict[str, list[str]]:
    """The table: first cell of each line to its other cells."""
    lines = [line.strip("| ").split(" | ") for line in document.splitlines() if line.startswith("|")]
    return {line[0]: line[1:] for line in lines if not set("".join(line)) <= set("- |")}


def notes(document: str) -> dict[str, str]:
    found = re.findall(r"^(\d)\. (.+?)\n(?=\d\. |\n)", document, re.MULTILINE | re.DOTALL)
    return {number: " ".join(text.split()) for number, text in found}


def refusal(checkpoint: Checkpoint, view: str) -> str | None:
    prediction = classify(checkpoint, "the food was good")
    try:
        VIEWS[view](checkpoint, prediction, attention_maps(checkpoint, prediction), Selection(layers=(0, 1)))
    except IncompatibleError as error:
        return error.what.replace(checkpoint.name, "the checkpoint")
    return None


def test_the_head_of_the_table_names_every_method() -> None:
    (head,) = [cells for name, cells in rows(PAGE).items() if name == "Family"]
    assert head == ["Predict", *(METHODS[name].title for name in METHODS), "Attention views", "Neuron view"]


def test_every_row_says_what_the_code_says(family: str, checkpoint: Checkpoint) -> None:
    reasons = [METHODS[name].obstacle(checkpoint) for name in METHODS]
    views = {view: refusal(checkpoint, view) for view in VIEWS}
    assert len({views[view] for view in PLAIN_VIEWS}) == 1
    wanted = [None, *reasons, views["head"], views["neuron"]]
    cells = rows(PAGE)[NAMES[family]]
    assert len(cells) == len(wanted)
    for cell, reason in zip(cells, wanted, strict=True):
        if reason is None:
            assert cell == "yes"
        else:
            assert re.fullmatch(r"no \(\d\)", cell), (cell, reason)
            assert reason in notes(PAGE)[cell[4]]


def test_the_table_has_no_other_rows() -> None:
    assert set(rows(PAGE)) == {"Family", *NAMES.values()}


def test_the_limits_are_those_of_the_text(make_family: Callable[..., Path]) -> None:
    stated = dict(re.findall(r"`(\w[\w-]*)`: (\d+) of \d+", PAGE))
    assert stated == {"roberta": "512", "xlm-roberta": "512", "mpnet": "512"}
    for name, limit in stated.items():
        loaded = load_checkpoint(str(make_family(name, limit=int(limit), tokenizer_limit=1e30)), device="cpu")
        assert (loaded.token_limit, loaded.model.config.max_position_embeddings) == (512, 514)
