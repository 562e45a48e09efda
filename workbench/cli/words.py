"""``workbench words`` and ``workbench shortcut``: words over the reviews of a batch."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from workbench.cli.common import CHECKPOINT_HELP, SEED, load
from workbench.cli.keeping import say
from workbench.cli.output import Meter, emit
from workbench.cli.words_tables import (
    candidates_table,
    differences_table,
    probe_table,
    scores_table,
)
from workbench.errors import InputError
from workbench.schema import Frozen, RowFilter, Unit, WordGroups, WordMeasure, WordQuestion

if TYPE_CHECKING:
    from workbench.triage import Dataset

WORDS_SCHEMA = "workbench.words/1"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def _one_of(kind: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([one.value for one in kind])


_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
_FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
_CHECKPOINT = click.option("--checkpoint", metavar="C", help=f"{CHECKPOINT_HELP} By default that of the batch.")
_SHARED = (
    click.option("--method", metavar="M", help="Whose scores; needed where there are several."),
    click.option("--target", metavar="T", help="Of what; by default each review's predicted label, where it is there."),
    click.option("--unit", type=_one_of(Unit), default="word", show_default=True),
    click.option("--wrong/--right", "wrong", default=None, help="Only reviews predicted wrong, or right."),
    click.option("--predicted", metavar="LABEL", help="Only reviews of this predicted label."),
    click.option("--search", default="", metavar="TEXT", help="Only reviews in which this stands, whatever the case."),
)


def _shared(command: _Command) -> _Command:
    for option in reversed(_SHARED):
        command = option(command)
    return command


@click.command()
@_FOLDER
@_shared
@click.option(
    "--by",
    type=click.Choice([one.value for one in WordGroups]),
    default=WordGroups.NONE.value,
    show_default=True,
    help="Into which groups reviews are put.",
)
@click.option(
    "--sort",
    type=click.Choice([one.value for one in WordMeasure]),
    default=WordMeasure.WEIGHT.value,
    show_default=True,
    help="The figure of most interest.",
)
@click.option("--ascending", is_flag=True, help="The least first.")
@click.option("--least", type=click.IntRange(1), default=2, show_default=True, metavar="N", help="Reviews with a word.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=30, show_default=True, metavar="N", help="Words shown."
)
@click.option("--compare", is_flag=True, help="Words whose scores differ between right and wrong predictions.")
@click.option("--explain", type=click.IntRange(1), metavar="N", help="First explain N of the reviews, drawn at random.")
@click.option("--budget", type=click.IntRange(1), metavar="N", help="Evaluations a review, with --explain.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="With --explain.")
@_CHECKPOINT
@_FORMAT
def words(folder: Path, form: str, **asked: Any) -> None:
    """Add up the explanations of a batch word by word.

    DIR is a folder that workbench batch has written. A review counts once for each word.

    \b
    Examples:
      workbench words my-batch --by error --sort magnitude
      workbench words my-batch --explain 200 --method occlusion --wrong
    """
    from workbench import services

    dataset = _opened(folder)
    chosen = _chosen(dataset, asked)
    if asked["explain"]:
        _explain(dataset, chosen, asked)
    question = _question(
        dataset,
        asked,
        groups=WordGroups(asked["by"]),
        sort=WordMeasure(asked["sort"]),
        ascending=asked["ascending"],
        least_reviews=asked["least"],
        size=asked["limit"],
    )
    if asked["compare"]:
        if chosen.right is not None:
            raise InputError("right and wrong predictions are compared", "leave out --right and --wrong")
        right, wrong = (chosen.model_copy(update={"right": right}) for right in (True, False))
        found = services.word_differences(dataset, right, wrong, question)
        emit(_json(found) if form == "json" else differences_table(found))
        return
    scores = services.word_scores(dataset, chosen, question)
    emit(_json(scores) if form == "json" else scores_table(scores))
    if len(scores.words) < scores.count:
        say(f"{len(scores.words)} of {scores.count} words; --limit shows more")


@click.command()
@_FOLDER
@click.argument("word", required=False)
@_shared
@click.option(
    "--replace", multiple=True, metavar="W", help="Put this in its place; by default neutral words. Repeatable."
)
@click.option("--mask", is_flag=True, help="Put the mask token in its place.")
@click.option("--limit", type=click.IntRange(1), default=300, show_default=True, metavar="N", help="Reviews, or words.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Of the reviews, words and intervals.")
@_CHECKPOINT
@_FORMAT
def shortcut(folder: Path, word: str | None, form: str, **asked: Any) -> None:
    """Test whether a word decides predictions: remove and replace it in the reviews that have it.

    Without WORD it lists words that look like shortcuts; that takes explanations. DIR is a folder that workbench batch
    has written.

    \b
    Examples:
      workbench shortcut my-batch hotel --replace room --replace place
      workbench shortcut my-batch --method occlusion
    """
    from workbench import services

    dataset = _opened(folder)
    chosen = _chosen(dataset, asked)
    if word is None:
        found = services.shortcut_candidates(dataset, chosen, _question(dataset, asked), most=asked["limit"])
        content = {"candidates": [one.model_dump(mode="json") for one in found]}
        emit(_dumped(content) if form == "json" else candidates_table(found))
        if not found:
            say("no word of these reviews looks like a shortcut")
        return
    meter = Meter()
    checkpoint = load(asked["checkpoint"] or dataset.manifest.checkpoint.name)
    try:
        probe = services.probe_word(
            dataset,
            word,
            checkpoint,
            chosen,
            replace=asked["replace"],
            mask=asked["mask"],
            limit=asked["limit"],
            seed=asked["seed"],
            progress=partial(meter, "passes"),
        )
    finally:
        meter.close()
    emit(_json(probe) if form == "json" else probe_table(probe))


def _opened(folder: Path) -> Dataset:
    from workbench.triage import Dataset

    return Dataset(folder)


def _chosen(dataset: Dataset, asked: dict[str, Any]) -> RowFilter:
    labels = dataset.manifest.checkpoint.labels
    label = asked["predicted"]
    if label is not None and label not in labels:
        raise InputError(f"there is no label {label!r}", f"known: {', '.join(labels)}")
    return RowFilter(
        text=asked["search"],
        predicted=None if label is None else labels.index(label),
        right=None if asked["wrong"] is None else not asked["wrong"],
    )


def _question(dataset: Dataset, asked: dict[str, Any], **others: Any) -> WordQuestion:
    """What was explained, where that is plain; else what was asked for."""
    from workbench import services

    kinds = [kind for kind in services.explained_kinds(dataset) if kind.unit == asked["unit"]]
    if not kinds:
        raise InputError(f"no review of this batch was explained by {asked['unit']}", "use workbench words --explain N")
    methods = list(dict.fromkeys(kind.method for kind in kinds))
    if asked["method"] is None and len(methods) > 1:
        raise InputError("several methods explained this batch", f"choose one with --method: {', '.join(methods)}")
    method = asked["method"] or methods[0]
    targets = [kind.target for kind in kinds if kind.method == method]
    target = asked["target"] or (targets[0] if targets else "predicted")
    return WordQuestion(method=method, target=target, unit=Unit(asked["unit"]), **others)


def _explain(dataset: Dataset, chosen: RowFilter, asked: dict[str, Any]) -> None:
    from workbench import services

    if asked["method"] is None:
        raise InputError("there is no method to explain with", "name one with --method")
    checkpoint = load(asked["checkpoint"] or dataset.manifest.checkpoint.name)
    meter = Meter()
    try:
        done = services.explain_selection(
            dataset,
            chosen,
            checkpoint,
            [asked["method"]],
            target=asked["target"] or "predicted",
            unit=asked["unit"],
            budget=asked["budget"],
            seed=asked["seed"],
            sample_seed=asked["seed"],
            limit=asked["explain"],
            progress=partial(meter, "reviews"),
        )
    finally:
        meter.close()
    say(f"{done.explained} of {done.matching} reviews explained in {done.seconds:.1f} s, {done.failed} could not be")


def _json(found: Frozen) -> str:
    return _dumped(found.model_dump(mode="json"))


def _dumped(content: dict[str, Any]) -> str:
    return json.dumps({"schema": WORDS_SCHEMA, **content}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
