"""One training run: transformers' Trainer, a LoRA adapter or all weights, saved as safetensors in half precision."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.checkpoints import find, guarded
from workbench.checkpoints.validation import check_tokenizer, weight_shapes
from workbench.errors import InputError
from workbench.schema import Frozen
from workbench.training.data import Example, build
from workbench.training.recipe import Recipe

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Progress = Callable[[int, int, float | None], None]


class Run(Frozen):
    """What a training run did.

    Attributes:
        output: Folder of the checkpoint.
        train_rows: Texts trained on.
        test_rows: Texts held out.
        steps: Optimiser steps.
        seconds: Wall time.
        loss: Mean training loss.
    """

    output: Path
    train_rows: int
    test_rows: int
    steps: int
    seconds: float
    loss: float


def train(
    recipe: Recipe,
    output: Path,
    *,
    data_folder: Path,
    snapshots: Sequence[tuple[float, Path]] = (),
    progress: Progress | None = None,
) -> Run:
    """Fine-tune a classifier and save it.

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
    import transformers

    for folder in [output, *(place for _, place in snapshots)]:
        if folder.exists() and any(folder.iterdir()):
            raise InputError(f"the folder {folder} is not empty", "name a new one")
    examples, held = build(recipe, data_folder)
    base = find(recipe.base)
    weight_shapes(base)
    check_tokenizer(base)
    transformers.set_seed(recipe.seed)
    tokenizer = transformers.AutoTokenizer.from_pretrained(base, trust_remote_code=False, local_files_only=True)
    model = _model(recipe, base)
    steps = math.ceil(len(examples) / recipe.batch_size) * recipe.epochs
    trainer = _trainer(recipe, model, tokenizer, examples, output, int(steps))

    def keep(folder: Path) -> None:
        _save(trainer.model, tokenizer, base, folder)

    trainer.add_callback(_callback(keep, snapshots, progress))
    result = trainer.train()
    keep(output)
    shutil.rmtree(output / "trainer", ignore_errors=True)
    run = Run(
        output=output,
        train_rows=len(examples),
        test_rows=len(held),
        steps=int(result.global_step),
        seconds=float(result.metrics["train_runtime"]),
        loss=float(result.training_loss),
    )
    for folder, share in [(output, 1.0), *((place, share) for share, place in snapshots)]:
        _record(recipe, run, folder, share)
    return run


def _model(recipe: Recipe, base: Path) -> PreTrainedModel:
    """The base with a new head, with adapters on its linear layers unless all weights are trained."""
    import transformers

    def load() -> Any:
        return transformers.AutoModelForSequenceClassification.from_pretrained(
            base,
            num_labels=len(recipe.labels),
            id2label=dict(enumerate(recipe.labels)),
            label2id={label: index for index, label in enumerate(recipe.labels)},
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype="float32",
        )

    model: Any = guarded(base, load)
    if recipe.lora_rank:
        import peft

        heads = [name for name, _ in model.named_children() if name in {"classifier", "score", "pre_classifier"}]
        pooler = ["pooler"] if getattr(model.base_model, "pooler", None) is not None else []
        inner = [
            name
            for name, module in model.base_model.named_modules()
            if type(module).__name__ == "Linear" and not name.startswith("pooler")
        ]
        settings = peft.LoraConfig(
            task_type="SEQ_CLS",
            r=recipe.lora_rank,
            lora_alpha=2 * recipe.lora_rank,
            lora_dropout=0.05,
            target_modules=[f"{model.base_model_prefix}.{name}" for name in inner],
            modules_to_save=[*heads, *pooler],
        )
        model = peft.get_peft_model(model, settings)
    whole: PreTrainedModel = model
    return whole


def _trainer(
    recipe: Recipe,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    examples: list[Example],
    output: Path,
    steps: int,
) -> Any:
    import transformers

    encoded = tokenizer([example.text for example in examples], truncation=True, max_length=recipe.max_tokens)
    rows = [
        {**{key: values[index] for key, values in encoded.items()}, "labels": example.label}
        for index, example in enumerate(examples)
    ]
    settings = transformers.TrainingArguments(
        output_dir=str(output / "trainer"),
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
        data_collator=transformers.DataCollatorWithPadding(tokenizer),
        compute_loss_func=_loss(recipe, examples),
    )
    trainer.remove_callback(transformers.PrinterCallback)
    return trainer


def _loss(recipe: Recipe, examples: list[Example]) -> Callable[..., torch.Tensor]:
    """Cross entropy in which rare labels weigh more, one on average."""
    import torch

    counts = Counter(example.label for example in examples)
    raw = [(len(examples) / max(counts[index], 1)) ** recipe.class_weight_power for index in range(len(recipe.labels))]
    mean = sum(raw[example.label] for example in examples) / len(examples)
    weights = torch.tensor([value / mean for value in raw])

    def loss(outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(
            outputs["logits"], labels, weight=weights.to(labels.device), label_smoothing=recipe.label_smoothing
        )

    return loss


def _callback(keep: Callable[[Path], None], snapshots: Sequence[tuple[float, Path]], progress: Progress | None) -> Any:
    import transformers

    class Watch(transformers.TrainerCallback):  # type: ignore[misc, unused-ignore]
        """Saves snapshots when their step comes and passes progress on."""

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            for share, folder in snapshots:
                if state.global_step == max(1, round(share * state.max_steps)):
                    keep(folder)
            if progress:
                last = next((entry["loss"] for entry in reversed(state.log_history) if "loss" in entry), None)
                progress(state.global_step, state.max_steps, last)

    return Watch()


def _save(model: Any, tokenizer: Any, base: Path, folder: Path) -> None:
    """Save in half precision: an adapter beside a pointer to its base, or the whole model with its tokenizer."""
    import peft
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(model, peft.PeftModel):
        state = peft.get_peft_model_state_dict(model)
        half = {name: weight.detach().to(torch.float16).contiguous().cpu() for name, weight in state.items()}
        save_file(half, str(folder / "adapter_model.safetensors"), metadata={"format": "pt"})
        settings = model.peft_config["default"].to_dict()
        settings |= {"base_model_name_or_path": _pointer(base, folder), "inference_mode": True}
        plain = {key: _plain(value) for key, value in sorted(settings.items())}
        (folder / "adapter_config.json").write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
        config = model.get_base_model().config.to_dict()
    else:
        half = {
            name: weight.detach().to(torch.float16).contiguous().cpu() for name, weight in model.state_dict().items()
        }
        save_file(half, str(folder / "model.safetensors"), metadata={"format": "pt"})
        tokenizer.save_pretrained(folder)
        config = model.config.to_dict()
    config |= {"architectures": [_head_class(model)], "dtype": "float16"}
    config.pop("_name_or_path", None)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _head_class(model: Any) -> str:
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return type(inner).__name__


def _pointer(base: Path, folder: Path) -> str:
    """The base from the adapter's folder: relative where both lie in one folder, else absolute."""
    resolved = base.resolve()
    return f"../{resolved.name}" if resolved.parent == folder.resolve().parent else str(resolved)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, set) else value.value if hasattr(value, "value") else value


def _record(recipe: Recipe, run: Run, folder: Path, share: float) -> None:
    """Write down how the checkpoint was made, without any path of this machine."""
    import peft
    import torch
    import transformers

    made = {
        "recipe": _portable(recipe).model_dump(mode="json"),
        "share_of_steps": share,
        "steps": max(1, round(share * run.steps)),
        "train_rows": run.train_rows,
        "test_rows": run.test_rows,
        "seconds_of_the_whole_run": round(run.seconds, 1),
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
    }
    (folder / "training.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


def _portable(recipe: Recipe) -> Recipe:
    """The recipe with names in place of this machine's folders."""
    data = tuple(
        source.model_copy(update={"file": Path(source.file).name}) if Path(source.file).is_absolute() else source
        for source in recipe.data
    )
    return recipe.model_copy(update={"base": Path(recipe.base).name, "data": data})
