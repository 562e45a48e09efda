"""Token classifiers: a new one on a base, and one that was saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.checkpoints import guarded
from workbench.checkpoints.adapters import adapter_base, adapter_config, adapter_shapes, is_adapter
from workbench.checkpoints.loading import tokenizer_home
from workbench.checkpoints.validation import check_config, check_labels, check_tokenizer, label_names, weight_shapes
from workbench.errors import CheckpointError
from workbench.training.tag_recipe import TagRecipe

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_HEADS = frozenset({"classifier", "score"})
_DROPOUT = 0.05  # of adapters


@dataclass(frozen=True)
class Tagger:
    """A token classifier ready to predict.

    Attributes:
        model: In evaluation mode and float32.
        tokenizer: A fast one.
        labels: In the order of the logits.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    labels: tuple[str, ...]


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a base.

    Args:
        folder: Of the base.

    Returns:
        A fast one, since words are found by character offsets.

    Raises:
        CheckpointError: There is none.
    """
    import transformers

    check_tokenizer(folder)

    def load() -> Any:
        return transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)

    tokenizer: PreTrainedTokenizerBase = guarded(folder, load)
    if not tokenizer.is_fast:
        raise CheckpointError(
            f"{folder} has only a slow tokenizer, which gives no character offsets", "save its tokenizer.json beside it"
        )
    return tokenizer


def new_tagger(recipe: TagRecipe, base: Path) -> PreTrainedModel:
    """The model before the first step: the base with a new head, with adapters unless all weights are trained.

    Args:
        recipe: Its labels, and the rank of the adapters.
        base: Folder of an encoder; new weights depend on the global seed of torch.

    Returns:
        In single precision.

    Raises:
        CheckpointError: The base cannot be loaded, or is an adapter itself.
    """
    import transformers

    if is_adapter(base):
        raise CheckpointError(f"{base} is an adapter, which is no base for another", "name its encoder instead")
    weight_shapes(base)

    def load() -> Any:
        return transformers.AutoModelForTokenClassification.from_pretrained(
            base,
            num_labels=len(recipe.labels),
            id2label=dict(enumerate(recipe.labels)),
            label2id={label: index for index, label in enumerate(recipe.labels)},
            ignore_mismatched_sizes=True,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype="float32",
        )

    model: Any = guarded(base, load)
    whole: PreTrainedModel = _with_adapters(model, recipe.lora_rank) if recipe.lora_rank else model
    return whole


def _with_adapters(model: Any, rank: int) -> Any:
    """Adapters on all linear layers of the encoder; the head is trained whole."""
    import peft

    inner = [name for name, module in model.base_model.named_modules() if type(module).__name__ == "Linear"]
    settings = peft.LoraConfig(
        task_type="TOKEN_CLS",
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=_DROPOUT,
        target_modules=[f"{model.base_model_prefix}.{name}" for name in inner],
        modules_to_save=[name for name, _ in model.named_children() if name in _HEADS],
    )
    return peft.get_peft_model(model, settings)


def load_tagger(folder: Path) -> Tagger:
    """Load a token classifier: a folder of safetensors, or an adapter on its base.

    Args:
        folder: Of the checkpoint.

    Returns:
        The tagger.

    Raises:
        CheckpointError: It cannot be used.
    """
    import transformers

    adapter = is_adapter(folder)
    base = adapter_base(folder) if adapter else folder
    config = adapter_config(folder, base) if adapter else check_config(folder)
    if not any(str(name).endswith("ForTokenClassification") for name in config.get("architectures") or []):
        raise CheckpointError(f"{folder} is no tagger", "train one with workbench train --task entities")
    check_labels(config, adapter_shapes(folder) if adapter else weight_shapes(folder), folder)
    weight_shapes(base)

    def load() -> Any:
        settings = transformers.CONFIG_MAPPING[str(config.get("model_type"))].from_dict(config)
        model = transformers.AutoModelForTokenClassification.from_pretrained(
            base, config=settings, use_safetensors=True, trust_remote_code=False, local_files_only=True, dtype="float32"
        )
        if adapter:
            import peft

            tuned: Any = peft.PeftModel.from_pretrained(model, str(folder), local_files_only=True)
            model = tuned.merge_and_unload()
        return model.float().eval().requires_grad_(False)

    return Tagger(guarded(folder, load), load_tokenizer(tokenizer_home(folder, base)), label_names(config))
