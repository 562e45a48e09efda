"""One training run of a tagger, which finds named entities: transformers' Trainer, adapters or all weights."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.checkpoints import find
from workbench.errors import InputError
from workbench.schema import Frozen
from workbench.training.conll import OUTSIDE
from workbench.training.saving import appearing, check_new, save
from workbench.training.tag_alignment import IGNORED, encode, tag_pieces
from workbench.training.tag_data import TagData, TagExample, build_tagged, short_names
from workbench.training.tag_loss import Answers
from workbench.training.tag_model import load_tagger, load_tokenizer, new_tagger
from workbench.training.tag_recipe import TagRecipe
from workbench.training.tag_scoring import SpanScores, score_spans, tag_words

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Progress = Callable[[int, int, float | None], None]


class TagRun(Frozen):
    """What a training run of a tagger did.

    Attributes:
        output: Folder of the checkpoint.
        train_sentences: Sentences trained on in one pass.
        test_sentences: Sentences held out.
        steps: Optimiser steps.
        seconds: Wall time of the training.
        loss: Mean training loss.
        scores: Of the saved checkpoint on what each file holds out, by the file's short name.
    """

    output: Path
    train_sentences: int
    test_sentences: int
    steps: int
    seconds: float
    loss: float
    scores: dict[str, SpanScores]


def train_tagger(
    recipe: TagRecipe, output: Path, *, data_folder: Path, data: TagData | None = None, progress: Progress | None = None
) -> TagRun:
    """Fine-tune a tagger, save it, and measure what was saved.

    Args:
        recipe: What to train, on what, how.
        output: Folder for the checkpoint; must not exist or be empty.
        data_folder: Where the recipe's relative files are.
        data: What ``build_tagged`` gave for the recipe, where that was done before.
        progress: Called with steps done, steps in all, and the last loss.

    Returns:
        What the run did. ``training.json`` in the folder has the recipe and these figures.

    Raises:
        InputError: Data or folder at fault.
        CheckpointError: The base cannot be used.
    """
    import transformers

    check_new(output)
    built = data or build_tagged(recipe, data_folder)
    if not any(tag != OUTSIDE for example in built.train for tag in example.tags):
        raise InputError("no entity is left to train on", "check the tags, the mapping and the held-out share")
    base = find(recipe.base)
    transformers.set_seed(recipe.seed)
    tokenizer = load_tokenizer(base)
    model = new_tagger(recipe, base)
    with appearing(output) as part:
        trainer = _trainer(recipe, model, tokenizer, built.train, part / "trainer", progress)
        result = trainer.train()
        shutil.rmtree(part / "trainer", ignore_errors=True)
        save(trainer.model, tokenizer, base, part)
        run = TagRun(
            output=output,
            train_sentences=len(built.train),
            test_sentences=built.held,
            steps=int(result.global_step),
            seconds=float(result.metrics["train_runtime"]),
            loss=float(result.training_loss),
            scores=measure_saved(part, built.test),
        )
        _record(recipe, run, part)
    return run


def measure_saved(folder: Path, test: dict[str, tuple[TagExample, ...]]) -> dict[str, SpanScores]:
    """How good a saved tagger is on tagged sentences.

    Where a file does not mark a type, what was found of that type is not counted: it is neither right nor wrong.

    Args:
        folder: Of the checkpoint.
        test: Sentences by the name of their file.

    Returns:
        Scores by the same names.

    Raises:
        CheckpointError: The checkpoint cannot be used.
    """
    tagger = load_tagger(folder)
    scores = {}
    for name, examples in test.items():
        found = tag_words(tagger, [one.words for one in examples])
        counted = [_without(tags, one.unmarked) for tags, one in zip(found, examples, strict=True)]
        scores[name] = score_spans([one.tags for one in examples], counted)
    return scores


def _without(tags: Sequence[str], types: Sequence[str]) -> list[str]:
    return [OUTSIDE if tag[2:] in types else tag for tag in tags]


def _trainer(
    recipe: TagRecipe,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    examples: Sequence[TagExample],
    work: Path,
    progress: Progress | None,
) -> Any:
    import transformers

    answers = Answers(recipe.labels)
    rows = [_row(tokenizer, example, recipe, answers) for example in examples]
    steps = math.ceil(len(rows) / recipe.batch_size) * recipe.epochs
    settings = transformers.TrainingArguments(
        output_dir=str(work),
        num_train_epochs=recipe.epochs,
        learning_rate=recipe.learning_rate,
        warmup_steps=round(recipe.warmup * steps),
        per_device_train_batch_size=recipe.batch_size,
        train_sampling_strategy="group_by_length",
        weight_decay=0.01,
        max_grad_norm=1.0,
        seed=recipe.seed,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        logging_steps=20,
        log_level="error",
        dataloader_pin_memory=False,
    )
    trainer = transformers.Trainer(
        model=model,
        args=settings,
        train_dataset=rows,
        data_collator=transformers.DataCollatorForTokenClassification(tokenizer),
        compute_loss_func=answers.loss,
    )
    trainer.remove_callback(transformers.PrinterCallback)
    if progress:
        trainer.add_callback(_watch(progress))
    return trainer


def _row(
    tokenizer: PreTrainedTokenizerBase, example: TagExample, recipe: TagRecipe, answers: Answers
) -> dict[str, list[int]]:
    encoded, owners = encode(tokenizer, example.words, recipe.max_tokens)
    tags = tag_pieces(owners, example.tags, every=recipe.pieces == "all")
    return {**encoded, "labels": [IGNORED if tag is None else answers.index(tag, example.unmarked) for tag in tags]}


def _watch(progress: Progress) -> Any:
    import transformers

    class Watch(transformers.TrainerCallback):  # type: ignore[misc, unused-ignore]
        """Passes progress on."""

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            last = next((entry["loss"] for entry in reversed(state.log_history) if "loss" in entry), None)
            progress(state.global_step, state.max_steps, last)

    return Watch()


def _record(recipe: TagRecipe, run: TagRun, folder: Path) -> None:
    """Write down how the checkpoint was made, without any path of this machine."""
    import peft
    import torch
    import transformers

    names = short_names([source.file for source in recipe.data])
    data = tuple(source.model_copy(update={"file": name}) for source, name in zip(recipe.data, names, strict=True))
    portable = recipe.model_copy(update={"base": Path(recipe.base).name, "data": data})
    made = {
        "recipe": portable.model_dump(mode="json"),
        "steps": run.steps,
        "train_sentences": run.train_sentences,
        "test_sentences": run.test_sentences,
        "loss": round(run.loss, 4),
        "seconds": round(run.seconds, 1),
        "scores": {name: scores.model_dump(mode="json") for name, scores in run.scores.items()},
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
    }
    (folder / "training.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
