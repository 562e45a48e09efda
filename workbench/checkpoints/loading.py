"""Loading: a folder of safetensors, or a LoRA adapter on its base, to a model ready to predict."""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from workbench.checkpoints import places, validation
from workbench.checkpoints.fetching import Progress
from workbench.checkpoints.fingerprint import fingerprint
from workbench.checkpoints.source import find, locate
from workbench.checkpoints.turn import Turn
from workbench.errors import CheckpointError
from workbench.schema import Activation, CheckpointInfo

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_RATING = re.compile(r"\s*(\d+)\s*(?:stars?)?\s*", re.IGNORECASE)
_UNBOUNDED = 1_000_000

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A classifier ready to predict. Shared between sessions: nothing may change it.

    Attributes:
        name: As the user named it.
        model: In evaluation mode, float32, on ``device``.
        tokenizer: A fast tokenizer.
        labels: In the order of the logits.
        fingerprint: ``sha256:...``.
        device: Where the model is.
        turn: Held for one pass or one batch at a time: threads that share the cores slow each other down, and short
            turns keep a long run of one session from starving another.
        revision: The commit on the hub; none for anything that is not from there.
    """

    name: str
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    labels: tuple[str, ...]
    fingerprint: str
    device: torch.device
    revision: str | None = None
    turn: Turn = field(default_factory=Turn, init=False, repr=False)
    _eager_lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _beside: dict[type, Any] = field(default_factory=dict, init=False, repr=False)
    _beside_lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def beside(self, kind: type[T], make: Callable[[], T]) -> T:
        """What other layers keep beside a checkpoint, one of a kind, and gone when it is gone.

        Args:
            kind: The class of what is kept.
            make: Called when there is none yet.

        Returns:
            The same object every time.
        """
        with self._beside_lock:
            if kind not in self._beside:
                self._beside[kind] = make()
            found: T = self._beside[kind]
            return found

    @property
    def info(self) -> CheckpointInfo:
        """What identifies it in results."""
        return CheckpointInfo(
            name=self.name,
            fingerprint=self.fingerprint,
            architecture=type(self.model).__name__,
            labels=self.labels,
            revision=self.revision,
        )

    @cached_property
    def token_limit(self) -> int:
        """The most tokens that the model reads, special ones included."""
        config: Any = self.model.config
        positions = int(getattr(config, "max_position_embeddings", None) or _UNBOUNDED)
        # RoBERTa and its kin count positions from the padding index on.
        if getattr(config, "model_type", "") in {"roberta", "xlm-roberta", "camembert", "mpnet", "longformer"}:
            positions -= int(config.pad_token_id) + 1
        return min(positions, int(min(self.tokenizer.model_max_length, _UNBOUNDED)))

    @property
    def activation(self) -> Activation:
        """Sigmoid for multi-label heads, softmax for all others."""
        multi = getattr(self.model.config, "problem_type", None) == "multi_label_classification"
        return Activation.SIGMOID if multi or len(self.labels) == 1 else Activation.SOFTMAX

    @property
    def ratings(self) -> tuple[int, ...] | None:
        """The number that each label stands for, where all labels are consecutive ratings; else none."""
        return ratings_of(self.labels)

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(weight.numel() for weight in self.model.parameters())

    def with_attention(self) -> PreTrainedModel:
        """A second view of the same weights that returns attentions; made when first asked for."""
        with self._eager_lock:
            return self._eager_model

    @cached_property
    def _eager_model(self) -> PreTrainedModel:
        shared: dict[int, Any] = {id(weight): weight for weight in self.model.parameters()}
        shared |= {id(buffer): buffer for buffer in self.model.buffers()}
        twin = copy.deepcopy(self.model, shared)
        twin.set_attn_implementation("eager")
        return twin


def ratings_of(labels: tuple[str, ...]) -> tuple[int, ...] | None:
    """Read labels such as ``1 star`` ... ``5 stars`` as ratings.

    Args:
        labels: All labels of a checkpoint.

    Returns:
        One number a label, or none unless there are at least three and they are consecutive.
    """
    matches = [_RATING.fullmatch(label) for label in labels]
    numbers = [int(match.group(1)) for match in matches if match]
    if len(numbers) != len(labels) or len(labels) < 3:
        return None
    consecutive = sorted(numbers) == list(range(min(numbers), min(numbers) + len(numbers)))
    return tuple(numbers) if consecutive else None


def load_checkpoint(name: str, *, device: str | None = None, progress: Progress | None = None) -> Checkpoint:
    """Load a checkpoint.

    Args:
        name: A bundled name (``stars``), a folder, or a hub id, with ``@revision`` where it matters.
        device: ``cpu``, ``cuda``, ...; by default a GPU when there is one.
        progress: Told bytes done and bytes in all while a hub id is downloaded.

    Returns:
        The checkpoint, in evaluation mode and float32.

    Raises:
        CheckpointError: There is none of that name, or it cannot be used; the message says why and what to do.
    """
    import torch

    # Waits for another thread's import of it, such as the warm-up's: a name bound meanwhile would be that of an empty
    # module, since transformers puts another in its own place at the end.
    import transformers  # noqa: F401

    located = locate(name, progress=progress, early=validation.check_config)
    folder = located.folder
    adapter = (folder / "adapter_config.json").is_file()
    base = adapter_base(folder) if adapter else folder
    model = _load_adapter(folder, base) if adapter else _load_full(folder)
    tokenizer = _load_tokenizer(folder if (folder / "tokenizer_config.json").is_file() else base)
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    model = model.float().to(place).eval().requires_grad_(False)
    names = model.config.id2label
    return Checkpoint(
        name=name,
        model=model,
        tokenizer=tokenizer,
        labels=tuple(str(names[index]) for index in range(len(names))),
        fingerprint=fingerprint([folder, base] if adapter else [folder]),
        device=place,
        revision=located.revision,
    )


def adapter_base(folder: Path) -> Path:
    """The base of a LoRA adapter.

    Args:
        folder: The adapter's folder.

    Returns:
        The folder of its base; a relative path counts from the adapter's folder.

    Raises:
        CheckpointError: The adapter names no base.
    """
    named = str(validation.read_json(folder / "adapter_config.json").get("base_model_name_or_path") or "")
    if not named:
        raise CheckpointError(
            f"the adapter {folder} names no base", "set base_model_name_or_path in adapter_config.json"
        )
    beside = (folder / named).resolve()
    return places.require(beside, named) if beside.is_dir() else find(named)


def _load_full(folder: Path) -> PreTrainedModel:
    import transformers

    config = validation.check_config(folder)
    shapes = validation.weight_shapes(folder)
    validation.check_labels(config, shapes, folder)
    validation.check_tokenizer(folder)

    def load() -> PreTrainedModel:
        model, found = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype="float32",
            output_loading_info=True,
        )
        if found["missing_keys"]:
            missing = ", ".join(sorted(found["missing_keys"])[:3])
            raise CheckpointError(f"{folder} lacks weights ({missing})", "fine-tune it first or download it again")
        whole: PreTrainedModel = model
        return whole

    return guarded(folder, load)


def _load_adapter(folder: Path, base: Path) -> PreTrainedModel:
    import peft
    import transformers

    config = validation.check_config(folder)
    shapes = validation.weight_shapes(folder, "adapter_model.safetensors")
    heads = {name.removeprefix("base_model.model."): shape for name, shape in shapes.items()}
    validation.check_labels(config, heads, folder)
    validation.weight_shapes(base)
    validation.check_tokenizer(base)

    def merged() -> PreTrainedModel:
        settings = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        model = transformers.AutoModelForSequenceClassification.from_pretrained(
            base, config=settings, use_safetensors=True, trust_remote_code=False, local_files_only=True, dtype="float32"
        )
        tuned: Any = peft.PeftModel.from_pretrained(model, str(folder), local_files_only=True)
        whole: PreTrainedModel = tuned.merge_and_unload()
        return whole

    return guarded(folder, merged)


def _load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    import transformers

    def load() -> Any:
        return transformers.AutoTokenizer.from_pretrained(
            folder, use_fast=True, trust_remote_code=False, local_files_only=True
        )

    tokenizer: PreTrainedTokenizerBase = guarded(folder, load)
    if not tokenizer.is_fast:
        raise CheckpointError(
            f"{folder} has only a slow tokenizer, which gives no character offsets", "save its tokenizer.json beside it"
        )
    return tokenizer


def guarded(folder: Path, load: Any) -> Any:
    """Run a loader of transformers quietly and turn whatever it raises into one line.

    Args:
        folder: For the message.
        load: What to run.

    Returns:
        What the loader gave.

    Raises:
        CheckpointError: The loader failed.
    """
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        return load()
    except CheckpointError:
        raise
    except Exception as error:  # the loaders raise whatever a damaged file makes them raise
        reason = f"{type(error).__name__}: {error}"[:300]
        raise CheckpointError(
            f"{folder} cannot be loaded ({reason})", "check its files or download it again"
        ) from error
    finally:
        logging.set_verbosity(verbosity)
