"""Training: transformers' Trainer on the data of a recipe, from the first step or from a saved state."""

from __future__ import annotations

import math
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.checkpoints import find
from workbench.checkpoints.architecture import token_limit
from workbench.errors import WorkbenchError
from workbench.training.data import Data, Example, check_labels, gather
from workbench.training.modelling import build_model, check_base, load_tokenizer
from workbench.training.recipe import Recipe
from workbench.training.recording import Run, record
from workbench.training.saving import appearing, check_new, save
from workbench.training.watching import Snapshot, Watch, callback, exhausted, state_of

if TYPE_CHECKING:
    import torch

Progress = Callable[[int, int, float | None], None]
# A cross entropy beyond it comes from weights that have run away, though they may still be numbers.
_RUNAWAY = 1_000.0


@dataclass(frozen=True)
class Fitted:
    """A trained model.

    Attributes:
        model: With the weights to keep.
        tokenizer: Its tokenizer.
        base: Folder that it started from.
        steps: Optimiser steps taken.
        kept_step: After which of them the weights were taken.
        stopped: ``""`` where all steps were taken, else ``early`` or ``cancelled``.
        seconds: Wall time of this attempt's steps.
        loss: Mean training loss over all attempts.
        hub: Id and commit of a base that is from the hub.
    """

    model: Any
    tokenizer: Any
    base: Path
    steps: int
    kept_step: int
    stopped: str
    seconds: float
    loss: float
    hub: tuple[str, str] | None = None

    def save(self, folder: Path) -> None:
        """Save as a checkpoint; see ``saving.save``."""
        save(self.model, self.tokenizer, self.base, folder, hub=self.hub)


def train(
    recipe: Recipe,
    output: Path,
    *,
    data_folder: Path,
    snapshots: Sequence[Snapshot] = (),
    progress: Progress | None = None,
) -> Run:
    """Fine-tune a classifier in this process and save it.

    Args:
        recipe: What to train, on what, how.
        output: Folder for the checkpoint; must not exist or be empty.
        data_folder: Where the recipe's relative files are.
        snapshots: Pairs of a share of the steps and a folder: the state of the same run at that point is saved there.
        progress: Called with steps done, steps in all, and the last loss.

    Returns:
        What the run did. ``training.json`` in the folder has the recipe and these figures.

    Raises:
        InputError: Data or folder at fault.
        CheckpointError: The base cannot be used.
    """
    for folder in [output, *(place for _, place in snapshots)]:
        check_new(folder)
    data = gather(recipe, data_folder)
    check_labels(recipe, data)
    base = find(recipe.base)
    watch = Watch(snapshots=snapshots, save_seconds=math.inf if data.validation else None)
    if progress:
        watch.step = progress
    with tempfile.TemporaryDirectory() as work:
        fitted = fit(recipe, data, base, Path(work), watch)
    run = Run(
        output=output,
        train_rows=len(data.train),
        test_rows=len(data.test),
        steps=fitted.steps,
        seconds=fitted.seconds,
        loss=fitted.loss,
    )
    with appearing(output) as part:
        fitted.save(part)
        record(recipe, run, part, 1.0)
    for share, folder in snapshots:
        if folder.exists():
            record(recipe, run, folder, share)
    return run


def fit(
    recipe: Recipe,
    data: Data,
    base: Path,
    work: Path,
    watch: Watch,
    *,
    resume: Path | None = None,
    hub: tuple[str, str] | None = None,
) -> Fitted:
    """Train.

    Args:
        recipe: What to train and how.
        data: On what.
        base: Folder of the base.
        work: Where states are saved.
        watch: How it is watched.
        resume: A saved state of the same run; the result is that of a run that was never interrupted.
        hub: Id and commit of a base that is from the hub.

    Returns:
        The best weights on the validation texts where training stops early or is cancelled, else the last.

    Raises:
        CheckpointError: The base cannot be used.
        WorkbenchError: The loss ran away, or memory did not suffice.
    """
    import transformers

    check_base(base)
    transformers.set_seed(recipe.seed)
    tokenizer = load_tokenizer(base)
    model = build_model(recipe, base)
    trainer = _trainer(recipe, model, tokenizer, data, work, watch)

    def keep(folder: Path) -> None:
        # There from an earlier attempt.
        if not folder.exists():
            with appearing(folder) as part:
                save(trainer.model, tokenizer, base, part, hub=hub)

    trainer.add_callback(callback(recipe, watch, keep, bool(data.validation)))
    before = state_of(resume) if resume else None
    start = time.monotonic()
    if resume and before and exhausted(before["log_history"], recipe):
        trainer.state = transformers.TrainerState.load_from_json(str(resume / "trainer_state.json"))
        trainer._load_from_checkpoint(str(resume))
        watch.stopped = "early"
    else:
        _run(trainer, recipe, resume)
    if trainer.state.best_model_checkpoint and (recipe.patience or watch.stopped == "cancelled"):
        trainer._load_best_model()
        kept = int(trainer.state.best_global_step)
    else:
        kept = int(trainer.state.global_step)
    return Fitted(
        model=trainer.model,
        tokenizer=tokenizer,
        base=base,
        steps=int(trainer.state.global_step),
        kept_step=kept,
        stopped=watch.stopped,
        seconds=time.monotonic() - start,
        loss=_mean_loss(trainer.state.log_history),
        hub=hub,
    )


def _run(trainer: Any, recipe: Recipe, resume: Path | None) -> None:
    """Take the steps, and say in one line what usually goes wrong."""
    import torch

    try:
        trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    except (MemoryError, RuntimeError) as error:
        short = isinstance(error, MemoryError | torch.cuda.OutOfMemoryError)
        if not short and "not enough memory" not in str(error) and "out of memory" not in str(error):
            raise
        smaller = f"take a smaller batch (now {recipe.batch_size}) or fewer tokens (now {recipe.max_tokens})"
        raise WorkbenchError("there is not enough memory to train", smaller + _or_lora(recipe)) from error


def _or_lora(recipe: Recipe) -> str:
    return "" if recipe.lora_rank else ", or train adapters instead of all weights (--lora)"


def _trainer(recipe: Recipe, model: Any, tokenizer: Any, data: Data, work: Path, watch: Watch) -> Any:
    import transformers

    most = min(recipe.max_tokens, token_limit(model, tokenizer))
    rows = _encoded(tokenizer, data.train, most)
    steps = math.ceil(math.ceil(len(rows) / recipe.batch_size) * recipe.epochs)
    settings = transformers.TrainingArguments(
        output_dir=str(work),
        num_train_epochs=recipe.epochs,
        learning_rate=recipe.learning_rate,
        warmup_steps=round(recipe.warmup * steps),
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=2 * recipe.batch_size,
        weight_decay=0.01,
        max_grad_norm=1.0,
        seed=recipe.seed,
        # Which steps those are is decided by the callback.
        save_strategy="no" if watch.save_seconds is None else "steps",
        # The one before may be the only whole one after a power cut; the best is kept besides.
        save_total_limit=2,
        metric_for_best_model=recipe.metric,
        greater_is_better=recipe.metric != "loss",
        logging_steps=max(1, min(20, math.ceil(steps / 100))),
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
        log_level="error",
        dataloader_pin_memory=False,
    )
    trainer = _trainer_class(recipe)(
        model=model,
        args=settings,
        train_dataset=rows,
        eval_dataset=_encoded(tokenizer, data.validation, most) or None,
        data_collator=transformers.DataCollatorWithPadding(tokenizer),
        compute_loss_func=_loss(recipe, data.train),
        compute_metrics=_metrics,
    )
    trainer.remove_callback(transformers.PrinterCallback)
    return trainer


def _trainer_class(recipe: Recipe) -> Any:
    import torch
    import transformers
    from transformers.trainer_pt_utils import get_length_grouped_indices

    class Grouped(torch.utils.data.Sampler):  # type: ignore[type-arg]
        """Texts of like length together, in an order that depends on seed and epoch alone.

        The trainer's own draws it from the global generator, so that a run that goes on would see another order.
        """

        def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
            self.lengths = [len(row["input_ids"]) for row in rows]
            self.epoch = 0

        def set_epoch(self, epoch: int) -> None:
            self.epoch = epoch

        def __len__(self) -> int:
            return len(self.lengths)

        def __iter__(self) -> Any:
            generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + self.epoch)
            return iter(get_length_grouped_indices(self.lengths, recipe.batch_size, generator=generator))

    class Ordered(transformers.Trainer):  # type: ignore[misc, unused-ignore]
        """The trainer with that order."""

        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            return Grouped(self.train_dataset)

    return Ordered


def _encoded(tokenizer: Any, examples: Sequence[Example], most: int) -> list[dict[str, Any]]:
    if not examples:
        return []
    encoded = tokenizer([example.text for example in examples], truncation=True, max_length=most)
    return [
        {**{key: values[index] for key, values in encoded.items()}, "labels": example.label}
        for index, example in enumerate(examples)
    ]


def _metrics(found: Any) -> dict[str, float]:
    from sklearn.metrics import accuracy_score, f1_score

    given = found.predictions.argmax(axis=1)
    return {
        "accuracy": float(accuracy_score(found.label_ids, given)),
        "macro_f1": float(f1_score(found.label_ids, given, average="macro")),
    }


def _loss(recipe: Recipe, examples: Sequence[Example]) -> Callable[..., torch.Tensor]:
    """Cross entropy in which rare labels weigh more, one on average."""
    import torch

    counts = Counter(example.label for example in examples)
    raw = [(len(examples) / max(counts[index], 1)) ** recipe.class_weight_power for index in range(len(recipe.labels))]
    mean = sum(raw[example.label] for example in examples) / len(examples)
    weights = torch.tensor([value / mean for value in raw])

    def loss(outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None) -> torch.Tensor:
        value = torch.nn.functional.cross_entropy(
            outputs["logits"], labels, weight=weights.to(labels.device), label_smoothing=recipe.label_smoothing
        )
        if not float(value.detach()) < _RUNAWAY:
            raise WorkbenchError(
                f"the loss ran away (it is {float(value.detach()):.3g})",
                f"train again with a learning rate far below {recipe.learning_rate:g}; "
                + ("5e-4 is usual for adapters" if recipe.lora_rank else "5e-5 is usual for all weights"),
            )
        return value

    return loss


def _mean_loss(history: Sequence[dict[str, Any]]) -> float:
    """Of all steps; each entry is the mean since the one before."""
    total, done = 0.0, 0
    for entry in history:
        if "loss" in entry:
            total += entry["loss"] * (entry["step"] - done)
            done = entry["step"]
    return total / max(done, 1)
