"""Loading: a folder of safetensors, or a LoRA adapter on its base, to a model ready to predict."""

from __future__ import annotations

import copy
import re
import threading
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from workbench.checkpoints import architecture, validation
from workbench.checkpoints.adapters import adapter_base, adapter_config, adapter_shapes, check_early, is_adapter
from workbench.checkpoints.fetching import Progress
from workbench.checkpoints.fingerprint import fingerprint
from workbench.checkpoints.source import locate
from workbench.checkpoints.tasks import CheckpointTask, task_of
from workbench.checkpoints.turn import Turn
from workbench.errors import CheckpointError
from workbench.schema import Activation, CheckpointInfo

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_RATING = re.compile(r"\s*(\d+)\s*(?:stars?)?\s*", re.IGNORECASE)
# Loaders of transformers import its parts when they are first used, and change settings of the whole process while they
# run (the default type, how weights begin, verbosity): two at once catch each other halfway.
_LOADING = threading.RLock()

T = TypeVar("T")


@dataclass
class _Place:
    """Where one thing beside a checkpoint is kept; its lock is held while it is made, which may take long."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    item: Any = None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A classifier, of texts or of their tokens, ready to predict. Shared between sessions: nothing may change it.

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
    _beside: dict[tuple[type, str], _Place] = field(default_factory=dict, init=False, repr=False)
    _beside_lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def beside(self, kind: type[T], make: Callable[[], T], name: str = "") -> T:
        """What other layers keep beside a checkpoint, one of a kind and name, and gone when it is gone.

        Args:
            kind: The class of what is kept.
            make: Called when there is none yet.
            name: Tells several of a kind apart.

        Returns:
            The same object every time.
        """
        with self._beside_lock:
            place = self._beside.setdefault((kind, name), _Place())
        with place.lock:
            if place.item is None:
                place.item = make()
            found: T = place.item
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
        return architecture.token_limit(self.model, self.tokenizer)

    @property
    def task(self) -> CheckpointTask:
        """Whether it classifies whole texts or tags their tokens."""
        return task_of([type(self.model).__name__]) or "classification"

    @property
    def activation(self) -> Activation:
        """Sigmoid for multi-label heads, softmax for all others."""
        if self.task == "entities":
            return Activation.SOFTMAX
        return architecture.activation(getattr(self.model.config, "problem_type", None), len(self.labels))

    @property
    def ratings(self) -> tuple[int, ...] | None:
        """The number that each label stands for, where all labels are consecutive ratings and exclude each other."""
        single = self.task == "classification" and self.activation is Activation.SOFTMAX
        return ratings_of(self.labels) if single else None

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

    located = locate(name, progress=progress, early=check_early)
    folder = located.folder
    adapter = is_adapter(folder)
    base = adapter_base(folder) if adapter else folder
    model = _load_adapter(folder, base) if adapter else _load_full(folder)
    tokenizer = _load_tokenizer(tokenizer_home(folder, base))
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


def _load_full(folder: Path) -> PreTrainedModel:
    config = validation.check_config(folder)
    validation.check_labels(config, validation.weight_shapes(folder), folder)
    validation.check_tokenizer(folder)
    whole: PreTrainedModel = guarded(folder, lambda: _with_weights(folder, folder, config["architectures"]))
    return whole


def _load_adapter(folder: Path, base: Path) -> PreTrainedModel:
    config = adapter_config(folder, base)
    brought = adapter_shapes(folder)
    validation.check_labels(config, brought, folder)
    validation.weight_shapes(base)
    validation.check_tokenizer(tokenizer_home(folder, base))

    def merged() -> PreTrainedModel:
        import peft
        import transformers

        settings = transformers.CONFIG_MAPPING[str(config.get("model_type"))].from_dict(config)
        model = _with_weights(folder, base, config["architectures"], settings, brought)
        tuned: Any = peft.PeftModel.from_pretrained(model, str(folder), local_files_only=True)
        whole: PreTrainedModel = tuned.merge_and_unload()
        return whole

    final: PreTrainedModel = guarded(folder, merged)
    return final


def _with_weights(
    folder: Path, weights: Path, architectures: Sequence[str], settings: Any = None, brought: Collection[str] = ()
) -> PreTrainedModel:
    """A classifier of texts or of tokens with a folder's weights; those may be missing that an adapter brings."""
    import transformers

    tags = task_of(architectures) == "entities"
    kind = transformers.AutoModelForTokenClassification if tags else transformers.AutoModelForSequenceClassification
    model, found = kind.from_pretrained(
        weights,
        config=settings,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        dtype="float32",
        output_loading_info=True,
    )
    missing = sorted(set(found["missing_keys"]) - set(brought))
    if missing:
        raise CheckpointError(
            f"{folder} lacks weights ({', '.join(missing[:3])})", "fine-tune it first or download it again"
        )
    whole: PreTrainedModel = model
    return whole


def tokenizer_home(folder: Path, base: Path) -> Path:
    """Which of an adapter's folder and its base's holds the tokenizer."""
    return folder if (folder / "tokenizer_config.json").is_file() else base


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
    # Perturbed texts are evaluated by their ids alone, which is the same where all segments are 0.
    if any(tokenizer("a").get("token_type_ids") or ()):
        raise CheckpointError(
            f"{folder} has a tokenizer that tells segments apart within one text, as that of XLNet does",
            "choose an encoder such as BERT or RoBERTa",
        )
    return tokenizer


def guarded(folder: Path, load: Any) -> Any:
    """Run a loader of transformers quietly, one at a time, and turn whatever it raises into one line.

    Args:
        folder: For the message.
        load: What to run.

    Returns:
        What the loader gave.

    Raises:
        CheckpointError: The loader failed.
    """
    try:
        with _LOADING, _quiet():
            return load()
    except CheckpointError:
        raise
    except Exception as error:  # the loaders raise whatever a damaged file makes them raise
        reason = f"{type(error).__name__}: {error}"[:300]
        raise CheckpointError(
            f"{folder} cannot be loaded ({reason})", "check its files or download it again"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the lines that loaders of transformers write, and what they warn each other of."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        logging.set_verbosity(verbosity)
