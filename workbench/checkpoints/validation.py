"""What must hold before a folder is loaded: no code that runs, nothing missing, labels that fit the head.

Everything here reads configuration and the headers of safetensors files; no weights are loaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from workbench.checkpoints.tasks import task_of
from workbench.errors import CheckpointError, UnsafeCheckpointError

_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt", ".h5", ".msgpack")
TOKENIZER_FILES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
_HEADS = ("classifier.out_proj.weight", "classifier.weight", "score.weight", "classification_head.out_proj.weight")
_TO_SAFE = "convert it with save_pretrained(..., safe_serialization=True) where you trust it"


def read_json(file: Path) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        file: The file.

    Returns:
        Its content.

    Raises:
        CheckpointError: The file is missing or holds no JSON object.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(
            f"{file.name} is missing from {file.parent}",
            "name a folder that save_pretrained wrote, or download the checkpoint again",
        ) from None
    except (ValueError, OSError) as error:
        raise CheckpointError(f"{file} cannot be read ({error})", "download the checkpoint again") from None
    if not isinstance(content, dict):
        raise CheckpointError(f"{file} holds no JSON object", "download the checkpoint again")
    return content


def weight_shapes(folder: Path, pattern: str = "model*.safetensors") -> dict[str, tuple[int, ...]]:
    """Names and shapes of all weights, from the headers alone.

    Args:
        folder: The checkpoint's folder.
        pattern: Which files.

    Returns:
        Name of the weight to its shape.

    Raises:
        UnsafeCheckpointError: There is a pickle and no safetensors file.
        CheckpointError: There are no weights, or a file is cut short.
    """
    from safetensors import SafetensorError, safe_open

    files = sorted(folder.glob(pattern))
    if not files:
        pickles = sorted(file.name for file in folder.iterdir() if file.suffix in _PICKLES)
        if pickles:
            raise UnsafeCheckpointError(
                f"{folder} has its weights as a pickle ({pickles[0]}), which can run code", _TO_SAFE
            )
        raise CheckpointError(f"{folder} has no {pattern}", "name a folder that save_pretrained wrote")
    shapes: dict[str, tuple[int, ...]] = {}
    for file in files:
        try:
            with safe_open(str(file), framework="numpy") as weights:
                for key in weights.keys():  # noqa: SIM118 - safe_open is no mapping
                    shapes[key] = tuple(weights.get_slice(key).get_shape())
        except (SafetensorError, OSError, ValueError) as error:
            raise CheckpointError(
                f"{file} is damaged or cut short ({error})", "download the checkpoint again"
            ) from None
    _check_shards(folder, set(shapes))
    return shapes


def check_config(folder: Path) -> dict[str, Any]:
    """Read and check ``config.json``.

    Args:
        folder: The checkpoint's folder.

    Returns:
        The configuration.

    Raises:
        UnsafeCheckpointError: It asks for remote code.
        CheckpointError: It is no text classifier.
    """
    config = read_json(folder / "config.json")
    check_classifier(config, folder)
    return config


def check_classifier(config: dict[str, Any], folder: Path) -> None:
    """Check that a configuration is that of a text classifier.

    Args:
        config: Content of ``config.json``.
        folder: For the message.

    Raises:
        UnsafeCheckpointError: It asks for remote code.
        CheckpointError: It is no text classifier.
    """
    if config.get("auto_map"):
        raise UnsafeCheckpointError(
            f"{folder} needs code of its own (auto_map in config.json), which is never run here",
            "choose a checkpoint of an architecture that transformers has itself",
        )
    check_kinds(config, folder)
    architectures = config.get("architectures") or []
    if task_of(architectures) is None:
        raise CheckpointError(
            f"{folder} is no classifier (architectures: {', '.join(map(str, architectures)) or 'none'})",
            "choose one whose architecture ends in ForSequenceClassification, or for entities in "
            "ForTokenClassification, or fine-tune this one with workbench train",
        )
    if config.get("problem_type") == "regression":
        raise CheckpointError(
            f"{folder} is a regression head, which gives a number and no label",
            "choose a classifier, or fine-tune this one on labels with workbench train",
        )


def label_count(config: dict[str, Any]) -> int:
    """How many labels a configuration stands for.

    Args:
        config: Content of ``config.json``; two labels of no special name are left out there.

    Returns:
        Number of labels.
    """
    return len(config.get("id2label") or {}) or int(config.get("num_labels") or 2)


def label_names(config: dict[str, Any]) -> tuple[str, ...]:
    """The labels of a configuration.

    Args:
        config: Content of ``config.json``.

    Returns:
        In the order of the logits; ``LABEL_0``, ``LABEL_1``, ... where they have no name.
    """
    named = config.get("id2label") or {str(index): f"LABEL_{index}" for index in range(label_count(config))}
    return tuple(str(label) for _, label in sorted(named.items(), key=lambda pair: int(pair[0])))


def head_rows(shapes: dict[str, tuple[int, ...]]) -> int | None:
    """How many labels a classification head tells apart.

    Args:
        shapes: Names and shapes of the weights.

    Returns:
        Rows of its last layer, or none where it is not among the weights.
    """
    return next((shapes[name][0] for name in _HEADS if name in shapes), None)


def check_tokenizer(folder: Path) -> None:
    """Check that a tokenizer is there.

    Args:
        folder: Where it should be.

    Raises:
        UnsafeCheckpointError: The tokenizer asks for remote code.
        CheckpointError: It is missing.
    """
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        raise CheckpointError(
            f"{folder} has no tokenizer", "copy tokenizer.json and tokenizer_config.json beside the weights"
        )
    settings = folder / "tokenizer_config.json"
    if settings.is_file() and read_json(settings).get("auto_map"):
        raise UnsafeCheckpointError(
            f"the tokenizer of {folder} needs code of its own", "save it as a fast tokenizer first"
        )


def check_labels(config: dict[str, Any], shapes: dict[str, tuple[int, ...]], folder: Path) -> None:
    """Check that the configuration names one label for each row of the classification head.

    Args:
        config: Content of ``config.json``.
        shapes: Names and shapes of the weights.
        folder: For the message.

    Raises:
        CheckpointError: The numbers differ, or two labels are the same.
    """
    rows, names = head_rows(shapes), label_names(config)
    if rows is not None and len(names) != rows:
        raise CheckpointError(
            f"{folder} names {len(names)} labels for a head of {rows}", "mend id2label and label2id in config.json"
        )
    if len(set(names)) != len(names):
        raise CheckpointError(f"{folder} gives two labels the same name", "mend id2label in config.json")


def check_kinds(config: dict[str, Any], folder: Path) -> None:
    """Refuse values of another kind than transformers writes, before anything relies on them.

    Args:
        config: Content of ``config.json``.
        folder: For the message.

    Raises:
        CheckpointError: There is one.
    """
    for name, kind in (("architectures", list), ("id2label", dict)):
        if config.get(name) is not None and not isinstance(config[name], kind):
            raise CheckpointError(f"{folder} has a config.json whose {name} has the wrong form", f"mend {name} in it")
    labels = config.get("id2label") or {}
    if sorted(map(str, labels)) != sorted(str(number) for number in range(len(labels))):
        raise CheckpointError(f"{folder} does not number its labels from 0", "mend id2label in config.json")


def _check_shards(folder: Path, found: set[str]) -> None:
    """A sharded checkpoint lists its weights; all of them must be there."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return
    missing = set(read_json(index).get("weight_map", {})) - found
    if missing:
        raise CheckpointError(f"{folder} lacks {len(missing)} of its weights", "download the missing shards")
