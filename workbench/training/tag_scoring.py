"""How many entities a tagger finds: exact match of type and both ends, by seqeval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.checkpoints import guarded
from workbench.checkpoints.adapters import adapter_base, adapter_config, adapter_shapes, is_adapter
from workbench.checkpoints.architecture import token_limit
from workbench.checkpoints.loading import tokenizer_home
from workbench.checkpoints.validation import check_config, check_labels, check_tokenizer, label_names, weight_shapes
from workbench.errors import CheckpointError
from workbench.schema import Frozen
from workbench.training.conll import OUTSIDE
from workbench.training.tag_alignment import encode

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_BATCH = 32


class SpanScore(Frozen):
    """How well entities are found; all shares from 0 to 1.

    Attributes:
        precision: Share of the found entities that are right in type and both ends.
        recall: Share of the marked entities that are found so.
        f1: Their harmonic mean.
        support: Marked entities.
    """

    precision: float
    recall: float
    f1: float
    support: int


class SpanScores(Frozen):
    """How well entities are found, in all and by type.

    Attributes:
        sentences: Sentences measured.
        micro: All entities alike.
        types: By type.
    """

    sentences: int
    micro: SpanScore
    types: dict[str, SpanScore]


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


def score_spans(marked: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> SpanScores:
    """Compare tags in BIO.

    An ``I-`` that continues nothing counts as a begin, as in the CoNLL evaluation.

    Args:
        marked: Tags as people gave them, one sequence a sentence.
        found: Tags of the same words.

    Returns:
        Scores by seqeval.
    """
    from seqeval.metrics import classification_report

    report: dict[str, dict[str, Any]] = classification_report(
        [list(tags) for tags in marked], [list(tags) for tags in found], output_dict=True, zero_division=0
    )
    types = {name: _score(line) for name, line in report.items() if not name.endswith(" avg")}
    return SpanScores(sentences=len(marked), micro=_score(report["micro avg"]), types=types)


def tag_words(
    tagger: Tagger, sentences: Sequence[Sequence[str]], *, progress: Callable[[int, int], None] | None = None
) -> list[tuple[str, ...]]:
    """The likeliest tag of each word, taken from its first piece.

    Args:
        tagger: The model.
        sentences: Their words.
        progress: Called with sentences done and all.

    Returns:
        Tags a sentence; ``O`` for words without a piece, as beyond what the model reads.
    """
    import torch

    limit = token_limit(tagger.model, tagger.tokenizer)
    order = sorted(range(len(sentences)), key=lambda place: len(sentences[place]))
    found: list[tuple[str, ...]] = [()] * len(sentences)
    for start in range(0, len(order), _BATCH):
        places = order[start : start + _BATCH]
        encoded = [encode(tagger.tokenizer, sentences[place], limit) for place in places]
        batch = tagger.tokenizer.pad([values for values, _ in encoded], padding_side="right", return_tensors="pt")
        with torch.inference_mode():
            best = tagger.model(**batch.to(tagger.model.device)).logits.argmax(-1).tolist()
        for place, (_, owners), answers in zip(places, encoded, best, strict=True):
            tags = dict[int, str]()
            for owner, answer in zip(owners, answers, strict=False):
                if owner is not None:
                    tags.setdefault(owner, tagger.labels[answer])
            found[place] = tuple(tags.get(word, OUTSIDE) for word in range(len(sentences[place])))
        if progress:
            progress(start + len(places), len(sentences))
    return found


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
    home = tokenizer_home(folder, base)
    check_tokenizer(home)

    def load() -> tuple[Any, Any]:
        settings = transformers.CONFIG_MAPPING[str(config.get("model_type"))].from_dict(config)
        model = transformers.AutoModelForTokenClassification.from_pretrained(
            base, config=settings, use_safetensors=True, trust_remote_code=False, local_files_only=True, dtype="float32"
        )
        if adapter:
            import peft

            tuned: Any = peft.PeftModel.from_pretrained(model, str(folder), local_files_only=True)
            model = tuned.merge_and_unload()
        tokenizer = transformers.AutoTokenizer.from_pretrained(home, trust_remote_code=False, local_files_only=True)
        return model.float().eval().requires_grad_(False), tokenizer

    model, tokenizer = guarded(folder, load)
    return Tagger(model, tokenizer, label_names(config))


def _score(line: dict[str, Any]) -> SpanScore:
    return SpanScore(
        precision=float(line["precision"]),
        recall=float(line["recall"]),
        f1=float(line["f1-score"]),
        support=int(line["support"]),
    )
