"""The model card of a trained checkpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workbench.training.data import Data
from workbench.training.hub_data import is_hub
from workbench.training.plan import Plan
from workbench.training.recipe import Recipe, Source
from workbench.training.recording import portable, versions
from workbench.training.trainer import Fitted

_SETTINGS = (
    "epochs",
    "learning_rate",
    "warmup",
    "batch_size",
    "max_tokens",
    "lora_rank",
    "class_weight_power",
    "label_smoothing",
    "test_share",
    "validation_share",
    "patience",
    "metric",
    "seed",
)
_STOPPED = {
    "": "All steps were taken.",
    "early": "Training stopped early, since nothing better came.",
    "cancelled": "Training was cancelled.",
}


def card(plan: Plan, data: Data, fitted: Fitted, scores: Mapping[str, Any] | None, scored_on: str | None) -> str:
    """Write the model card.

    Args:
        plan: What was to do.
        data: What was trained and tested on.
        fitted: What training gave.
        scores: Of the checkpoint, where something was held out.
        scored_on: ``test`` or ``validation``.

    Returns:
        Markdown with the front matter of the hub. All that users chose is written so that it cannot be taken for more.
    """
    recipe = portable(plan.recipe)
    base = plan.base if fitted.hub else recipe.base
    front = ["---", f"license: {json.dumps(plan.licence or 'unknown')}"]
    front += ["pipeline_tag: text-classification", f"base_model: {json.dumps(base, ensure_ascii=False)}", "---", ""]
    parts = [
        *front,
        f"# {_plain(plan.output.name)}",
        "",
        f"A text classifier with the labels {', '.join(map(_code, recipe.labels))}, fine-tuned from {_code(base)} with "
        + (f"LoRA adapters of rank {recipe.lora_rank}." if recipe.lora_rank else "all weights."),
        "",
        *_data(plan, recipe, data),
        *_how(plan, recipe, fitted),
        *_scores(recipe, fitted, scores, scored_on),
    ]
    return "\n".join(parts) + "\n"


def _data(plan: Plan, recipe: Recipe, data: Data) -> list[str]:
    table = ["| used for | source | columns | sha256 or commit |", "| --- | --- | --- | --- |"]
    for use in ("data", "validation", "test"):
        for source, named in zip(getattr(plan.recipe, use), getattr(recipe, use), strict=True):
            columns = ", ".join([*(source.text or ["text"]), source.label or source.constant or "label"])
            mark = _mark(source, plan)
            shown = "training" if use == "data" else use
            table.append(f"| {shown} | {_cell(named.file)} | {_cell(columns)} | {_cell(mark)} |")
    sizes = [(data.train, "training"), (data.validation, "validation"), (data.test, "test")]
    counts = f"Rows: {', '.join(f'{len(rows):,} for {use}' for rows, use in sizes)}."
    left = [f"{count:,} {reason}" for reason, count in sorted(data.left_out.items())]
    licence = f"Licence of the data: {_plain(plan.licence)}." if plan.licence else "Licence of the data: not stated."
    return [
        "## Data",
        "",
        *table,
        "",
        counts + (f" Left out: {'; '.join(left)}." if left else ""),
        licence,
        "",
    ]


def _mark(source: Source, plan: Plan) -> str:
    return source.file.partition("@")[2] if is_hub(source.file) else plan.data_hashes.get(source.file, "")


def _how(plan: Plan, recipe: Recipe, fitted: Fitted) -> list[str]:
    settings = [f"| {name.replace('_', ' ')} | {getattr(recipe, name)} |" for name in _SETTINGS]
    used = [f"| {name} | {version} |" for name, version in versions().items()]
    told = f"{_STOPPED[fitted.stopped]} {fitted.steps:,} steps, weights of step {fitted.kept_step:,}, "
    told += f"mean loss {fitted.loss:.4f}."
    command = ["", "```sh", *plan.command.splitlines(), "```"] if plan.command and "```" not in plan.command else []
    return [
        "## How it was made",
        "",
        told,
        "",
        "| setting | value |",
        "| --- | --- |",
        *settings,
        *used,
        *command,
        "",
    ]


def _scores(recipe: Recipe, fitted: Fitted, scores: Mapping[str, Any] | None, scored_on: str | None) -> list[str]:
    if scores is None:
        return ["## How good it is", "", "Nothing was held out, so nothing was measured."]
    chosen = scored_on == "validation" and bool(recipe.patience or fitted.stopped == "cancelled")
    note = " The weights were chosen on these rows, so the figures are a little too good." if chosen else ""
    rows = [f"| {_NAMES[name]} | {scores[name]:.4f} |" for name in _NAMES if scores.get(name) is not None]
    return [
        "## How good it is",
        "",
        f"On {scores['rows']:,} {scored_on} rows that were not trained on.{note}",
        "",
        "| figure | value |",
        "| --- | --- |",
        *rows,
    ]


_NAMES = {
    "accuracy": "accuracy",
    "off_by_one": "at most one star off",
    "mae": "mean absolute error in stars",
    "macro_f1": "macro F1",
    "ece": "calibration error",
}


def _plain(text: str) -> str:
    """One line in which no sign of Markdown or HTML means anything."""
    line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#+!|~&$" else sign for sign in line)


def _code(text: str) -> str:
    line = " ".join(text.split()).replace("`", "'")
    return f"`{line}`"


def _cell(text: str) -> str:
    return _code(text).replace("|", "\\|") if text else ""
