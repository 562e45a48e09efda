"""Tiny checkpoints with random weights of every family, each with a tokenizer of the family's own class.

The tokenizers are trained on the sample reviews, with the algorithm that the family uses.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from workbench.checkpoints import Checkpoint, load_checkpoint

LIMIT = 40
PIECES = 500
STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
BERT_SIGNS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ROBERTA_SIGNS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


@cache
def reviews() -> tuple[str, ...]:
    file = Path(__file__).parents[2] / "sample_data" / "reviews.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        return tuple(row["text"] for row in csv.DictReader(stream))


@cache
def word_pieces(signs: tuple[str, ...], lower: bool) -> dict[str, int]:
    built = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    built.normalizer = normalizers.BertNormalizer(lowercase=lower)
    built.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=PIECES, special_tokens=list(signs), show_progress=False)
    built.train_from_iterator(reviews(), trainer)
    return built.get_vocab()


@cache
def byte_pairs(signs: tuple[str, ...]) -> tuple[dict[str, int], tuple[tuple[str, str], ...]]:
    built = Tokenizer(models.BPE())
    built.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=PIECES, special_tokens=list(signs), initial_alphabet=alphabet, show_progress=False
    )
    built.train_from_iterator(reviews(), trainer)
    merges = json.loads(built.to_str())["model"]["merges"]
    return built.get_vocab(), tuple(map(tuple, merges))


@cache
def unigrams(signs: tuple[str, ...], unknown: str) -> tuple[tuple[str, float], ...]:
    built = Tokenizer(models.Unigram())
    built.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=PIECES, special_tokens=list(signs), unk_token=unknown, show_progress=False
    )
    built.train_from_iterator(reviews(), trainer)
    return tuple((piece, float(score)) for piece, score in json.loads(built.to_str())["model"]["vocab"])


def bert_tokenizer(lower: bool, **settings: Any) -> Any:
    return transformers.BertTokenizer(vocab=dict(word_pieces(BERT_SIGNS, lower)), do_lower_case=lower, **settings)


def mpnet_tokenizer(lower: bool, **settings: Any) -> Any:
    signs = ("<s>", "<pad>", "</s>", "[UNK]", "<mask>")
    return transformers.MPNetTokenizer(vocab=dict(word_pieces(signs, lower)), do_lower_case=lower, **settings)


def roberta_tokenizer(lower: bool, **settings: Any) -> Any:
    vocabulary, merges = byte_pairs(ROBERTA_SIGNS)
    return transformers.RobertaTokenizer(vocab=dict(vocabulary), merges=list(merges), **settings)


def modern_tokenizer(lower: bool, **settings: Any) -> Any:
    """As ModernBERT's: no class of its own, special tokens by a template, spaces inside the offsets."""
    vocabulary, merges = byte_pairs(BERT_SIGNS)
    built = Tokenizer(models.BPE(vocab=dict(vocabulary), merges=list(merges)))
    built.normalizer = normalizers.NFC()
    built.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    built.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(sign, vocabulary[sign]) for sign in ("[CLS]", "[SEP]")],
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), BERT_SIGNS, strict=True))
    inputs = ["input_ids", "attention_mask"]
    return transformers.PreTrainedTokenizerFast(tokenizer_object=built, model_input_names=inputs, **names, **settings)


def xlm_roberta_tokenizer(lower: bool, **settings: Any) -> Any:
    vocabulary = unigrams(ROBERTA_SIGNS, "<unk>")
    return transformers.XLMRobertaTokenizer(vocab=list(vocabulary), **settings)


def albert_tokenizer(lower: bool, **settings: Any) -> Any:
    vocabulary = unigrams(("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"), "<unk>")
    return transformers.AlbertTokenizer(vocab=list(vocabulary), do_lower_case=lower, **settings)


def deberta_tokenizer(lower: bool, **settings: Any) -> Any:
    vocabulary = unigrams(("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"), "[UNK]")
    return transformers.DebertaV2Tokenizer(vocab=list(vocabulary), do_lower_case=lower, **settings)


@dataclass(frozen=True)
class Family:
    """How one family differs from the others."""

    config: str
    tokenizer: Callable[..., Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    first_position: int = 0

    @property
    def model(self) -> str:
        return self.config.removesuffix("Config")


ROBERTA = {"type_vocab_size": 1}
DEBERTA = {
    "relative_attention": True,
    "pos_att_type": ["p2c", "c2p"],
    "position_buckets": 8,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "position_biased_input": False,
    "type_vocab_size": 0,
}
FAMILIES: dict[str, Family] = {
    "bert": Family("BertConfig", bert_tokenizer),
    "distilbert": Family("DistilBertConfig", bert_tokenizer),
    "roberta": Family("RobertaConfig", roberta_tokenizer, ROBERTA, 2),
    "xlm-roberta": Family("XLMRobertaConfig", xlm_roberta_tokenizer, ROBERTA, 2),
    "electra": Family("ElectraConfig", bert_tokenizer, {"embedding_size": 16}),
    "albert": Family("AlbertConfig", albert_tokenizer, {"embedding_size": 16}),
    "deberta-v2": Family("DebertaV2Config", deberta_tokenizer, DEBERTA),
    "modernbert": Family("ModernBertConfig", modern_tokenizer, {"local_attention": 16}),
    "mpnet": Family("MPNetConfig", mpnet_tokenizer, {}, 2),
}
DISTILBERT = {"dim": 32, "hidden_dim": 48, "n_layers": 2, "n_heads": 2}
USUAL = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}


def build(
    name: str,
    place: Path,
    labels: Sequence[str] = STARS,
    *,
    limit: int = LIMIT,
    lower: bool = True,
    problem: str | None = None,
    head: bool = True,
    tokenizer_limit: float | None = None,
    seed: int = 0,
    tags: bool = False,
    **settings: Any,
) -> Path:
    """Write a checkpoint folder as ``save_pretrained`` of transformers does."""
    family = FAMILIES[name]
    tokenizer = family.tokenizer(lower, model_max_length=tokenizer_limit or limit)
    names = dict(enumerate(labels))
    config = getattr(transformers, family.config)(
        **(DISTILBERT if name == "distilbert" else USUAL),
        **{**family.settings, **settings},
        vocab_size=len(tokenizer),
        max_position_embeddings=limit + family.first_position,
        # Wide enough for answers that differ from text to text.
        initializer_range=0.5,
        id2label=names,
        label2id={label: index for index, label in names.items()},
        problem_type=problem,
        **{f"{kind}_token_id": getattr(tokenizer, f"{kind}_token_id") for kind in ("pad", "cls", "sep", "bos", "eos")},
    )
    torch.manual_seed(seed)
    whole = "ForTokenClassification" if tags else "ForSequenceClassification"
    kind = whole if head else "Model"
    getattr(transformers, family.model + kind)(config).save_pretrained(place)
    tokenizer.save_pretrained(place)
    return place


@pytest.fixture(scope="session")
def make_family(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a checkpoint of a family."""

    def make(name: str, labels: Sequence[str] = STARS, **settings: Any) -> Path:
        return build(name, tmp_path_factory.mktemp("family") / name, labels, **settings)

    return make


@pytest.fixture
def make_copy(tmp_path: Path) -> Callable[..., Path]:
    """Copy a checkpoint and change one of its JSON files."""

    def make(source: Path, file: str, **changes: Any) -> Path:
        place = tmp_path / "copy"
        shutil.copytree(source, place)
        content = json.loads((place / file).read_text("utf-8")) | changes
        (place / file).write_text(json.dumps(content), encoding="utf-8")
        return place

    return make


@pytest.fixture(scope="session", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def folder(family: str, make_family: Callable[..., Path]) -> Path:
    return make_family(family)


@pytest.fixture(scope="session")
def checkpoint(folder: Path) -> Checkpoint:
    return load_checkpoint(str(folder), device="cpu")
