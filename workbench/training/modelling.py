"""The model that a run trains: a base, a head for the recipe's labels, adapters unless all weights are trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.checkpoints import guarded, load_checkpoint
from workbench.checkpoints.adapters import is_adapter
from workbench.checkpoints.tasks import task_of
from workbench.checkpoints.validation import check_tokenizer, label_names, read_json, weight_shapes
from workbench.training.recipe import Recipe

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_HEADS = frozenset({"classifier", "score", "pre_classifier"})
_DROPOUT = 0.05  # of adapters


def check_base(folder: Path) -> None:
    """Refuse a base that cannot be loaded, before any data is read.

    Args:
        folder: Of an encoder, a classifier or an adapter.

    Raises:
        CheckpointError: Weights or tokenizer are missing or no safetensors.
    """
    if is_adapter(folder):
        weight_shapes(folder, "adapter_model.safetensors")
        return
    weight_shapes(folder)
    check_tokenizer(folder)


def base_labels(folder: Path) -> tuple[str, ...] | None:
    """The labels of a base that is a classifier already.

    Args:
        folder: Of the base.

    Returns:
        In the order of its logits; none for a plain encoder.
    """
    file = folder / "config.json"
    config = read_json(file) if file.is_file() else {}
    classifies = task_of(config.get("architectures") or []) == "classification"
    return label_names(config) if classifies else None


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a base.

    Args:
        folder: Of the base.

    Returns:
        As the checkpoint made of it will have it.
    """
    import transformers

    if is_adapter(folder):
        return load_checkpoint(str(folder), device="cpu").tokenizer
    found: PreTrainedTokenizerBase = guarded(
        folder,
        lambda: transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True),
    )
    return found


def build_model(recipe: Recipe, folder: Path) -> PreTrainedModel:
    """The model before the first step; new weights depend on the global seed of torch.

    Args:
        recipe: Its labels, and the rank of the adapters.
        folder: Of the base. The head of one with the very same labels is kept, any other is made anew.

    Returns:
        In single precision; with peft's adapters unless the recipe's rank is 0.

    Raises:
        CheckpointError: The base cannot be loaded.
    """
    model = _merged(recipe, folder) if is_adapter(folder) else _whole(recipe, folder)
    if base_labels(folder) not in (None, recipe.labels):
        _renew_head(model)
    return _with_adapters(model, recipe.lora_rank) if recipe.lora_rank else model


def _names(recipe: Recipe) -> dict[str, Any]:
    return {
        "id2label": dict(enumerate(recipe.labels)),
        "label2id": {label: index for index, label in enumerate(recipe.labels)},
    }


def _whole(recipe: Recipe, folder: Path) -> Any:
    import transformers

    def load() -> Any:
        return transformers.AutoModelForSequenceClassification.from_pretrained(
            folder,
            num_labels=len(recipe.labels),
            **_names(recipe),
            problem_type="single_label_classification",
            ignore_mismatched_sizes=True,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype="float32",
        )

    return guarded(folder, load)


def _merged(recipe: Recipe, folder: Path) -> Any:
    """An adapter with its base as one model."""
    import copy

    import transformers

    loaded: Any = load_checkpoint(str(folder), device="cpu").model
    config = copy.deepcopy(loaded.config)
    config.update({**_names(recipe), "num_labels": len(recipe.labels), "problem_type": "single_label_classification"})
    model: Any = transformers.AutoModelForSequenceClassification.from_config(config)
    same = base_labels(folder) == recipe.labels
    kept = {name: weight for name, weight in loaded.state_dict().items() if same or name.split(".")[0] not in _HEADS}
    model.load_state_dict(kept, strict=False)
    return model


def _renew_head(model: Any) -> None:
    """Give a classifier the head of a new one."""
    fresh = type(model)(model.config)
    for name, module in model.named_children():
        if name in _HEADS:
            module.load_state_dict(getattr(fresh, name).state_dict())


def _with_adapters(model: Any, rank: int) -> Any:
    import peft

    heads = [name for name, _ in model.named_children() if name in _HEADS]
    pooler = ["pooler"] if getattr(model.base_model, "pooler", None) is not None else []
    inner = [
        name
        for name, module in model.base_model.named_modules()
        if type(module).__name__ == "Linear" and not name.startswith("pooler")
    ]
    settings = peft.LoraConfig(
        task_type="SEQ_CLS",
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=_DROPOUT,
        target_modules=[f"{model.base_model_prefix}.{name}" for name in inner],
        modules_to_save=[*heads, *pooler],
    )
    return peft.get_peft_model(model, settings)
