"""How a training run leaves a checkpoint: safetensors in half precision, whole or as an adapter on its base."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def save_half(model: Any, tokenizer: Any, base: Path, folder: Path) -> None:
    """Save in half precision: an adapter beside a pointer to its base, or the whole model with its tokenizer.

    Args:
        model: Of transformers, or of peft with adapters in it.
        tokenizer: Its tokenizer.
        base: The folder that the run started from.
        folder: Where to; made where it is missing.
    """
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


def with_adapters(model: Any, rank: int, task: str) -> Any:
    """A model whose linear layers have adapters; its head and pooler are trained whole.

    Args:
        model: Of transformers.
        rank: Of the adapters.
        task: As peft names it, such as ``SEQ_CLS``.

    Returns:
        The model of peft.
    """
    import peft

    heads = [name for name, _ in model.named_children() if name in {"classifier", "score", "pre_classifier"}]
    pooler = ["pooler"] if getattr(model.base_model, "pooler", None) is not None else []
    inner = [
        name
        for name, module in model.base_model.named_modules()
        if type(module).__name__ == "Linear" and not name.startswith("pooler")
    ]
    settings = peft.LoraConfig(
        task_type=task,
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.05,
        target_modules=[f"{model.base_model_prefix}.{name}" for name in inner],
        modules_to_save=[*heads, *pooler],
    )
    return peft.get_peft_model(model, settings)


def _head_class(model: Any) -> str:
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return type(inner).__name__


def _pointer(base: Path, folder: Path) -> str:
    """The base from the adapter's folder: relative where both lie in one folder, else absolute."""
    resolved = base.resolve()
    return f"../{resolved.name}" if resolved.parent == folder.resolve().parent else str(resolved)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, set) else value.value if hasattr(value, "value") else value
