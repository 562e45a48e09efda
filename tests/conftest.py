"""Tiny checkpoints made on the spot, the bundled ones, and the command in this process."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from hypothesis import settings
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from workbench.checkpoints import Checkpoint, load_checkpoint

pytest_plugins = ["hub_server", "postgres_server"]

# Loading and scoring share the cores with whatever else runs, so no example is failed for being slow.
# One thread: the models here are small, and threads that wait for a busy core cost more than they bring.
torch.set_num_threads(1)

settings.register_profile("workbench", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("workbench")

STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
WORDS = [
    "the",
    "a",
    "food",
    "room",
    "staff",
    "was",
    "were",
    "is",
    "and",
    "but",
    "not",
    "very",
    "good",
    "bad",
    "great",
    "terrible",
    "clean",
    "cold",
    "i",
    "we",
    "it",
    "loved",
    "hated",
    "this",
    "that",
    "film",
    "service",
    "##s",
    "##ly",
    "slow",
    "quick",
    "me",
    "us",
    "again",
    "never",
    ".",
    ",",
    "!",
    "?",
    "'",
    "-",
    "(",
    ")",
    "<",
    ">",
    "/",
    '"',
    "n",
    "t",
    "don",
]
SENTENCES = (
    "the food was very good and the staff were great",
    "the room was clean but the service was terrible",
    "i loved this film, i hated that one; never again!",
    "naïve café 😀 👩‍👩‍👧 日本語 اللغة 123.45 don't",
)


@pytest.fixture(scope="session", autouse=True)
def _home_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The developer's own checkpoints and history are not for the tests, nor for the processes that they start."""
    home = tmp_path_factory.mktemp("home")
    os.environ["WORKBENCH_HOME"] = str(home)
    # As here: what is computed there and here is only the same to the last bit with as many threads.
    os.environ["OMP_NUM_THREADS"] = "1"
    # What they run is kept only where that is what they test.
    os.environ["WORKBENCH_PRIVATE"] = "1"
    os.environ.pop("WORKBENCH_DATABASE_URL", None)
    return home


@pytest.fixture(autouse=True)
def _nothing_left_for_other_tests(_home_of_the_tests: Path) -> Iterator[None]:
    """A checkpoint listed in the home that all tests share would show up in the others; such a test needs its own."""
    yield
    file = _home_of_the_tests / "checkpoints.json"
    listed = json.loads(file.read_text("utf-8"))["checkpoints"] if file.exists() else []
    assert not listed, "this test listed a checkpoint for all others; set WORKBENCH_HOME in it"


@dataclass(frozen=True)
class Outcome:
    """What a command did: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    def assert_fault(self, status: int) -> str:
        """One line on standard error, nothing on standard output, no traceback; gives the line."""
        assert self.status == status, self.err
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("error: ")
        assert "; " in lines[0]
        assert "Traceback" not in self.err
        return lines[0]


def _wordpiece(limit: int, words: Sequence[str]) -> transformers.PreTrainedTokenizerFast:
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    ids = {word: index for index, word in enumerate(vocabulary)}
    built = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    built.normalizer = normalizers.BertNormalizer()
    built.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    built.decoder = decoders.WordPiece()
    built.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=built,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=limit,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def _byte_pairs(limit: int) -> transformers.PreTrainedTokenizerFast:
    built = Tokenizer(models.BPE())
    built.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    built.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=360, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    built.train_from_iterator(SENTENCES, trainer)
    built.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=built,
        unk_token="<unk>",
        pad_token="<pad>",
        cls_token="<s>",
        sep_token="</s>",
        bos_token="<s>",
        eos_token="</s>",
        mask_token="<mask>",
        model_max_length=limit,
        model_input_names=["input_ids", "attention_mask"],
    )


def _unigram(limit: int) -> transformers.PreTrainedTokenizerFast:
    """Pieces that begin with the space before them, as SentencePiece has them."""
    built = Tokenizer(models.Unigram())
    built.pre_tokenizer = pre_tokenizers.Metaspace()
    built.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.UnigramTrainer(vocab_size=120, special_tokens=special, unk_token="<unk>", show_progress=False)
    built.train_from_iterator([*SENTENCES, " ".join(WORDS)], trainer)
    built.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=built,
        unk_token="<unk>",
        pad_token="<pad>",
        cls_token="<s>",
        sep_token="</s>",
        mask_token="<mask>",
        model_max_length=limit,
        model_input_names=["input_ids", "attention_mask"],
    )


def _build(
    place: Path,
    labels: Sequence[str],
    *,
    kind: str,
    layers: int,
    limit: int,
    multi: bool,
    seed: int,
    head: bool,
    dropout: float,
    words: Sequence[str],
    tags: bool,
) -> None:
    names = dict(enumerate(labels))
    task = "Token" if tags else "Sequence"
    roberta = kind in {"roberta", "xlm-roberta"}
    trained = _byte_pairs if kind == "roberta" else _unigram
    tokenizer = trained(limit) if roberta else _wordpiece(limit, words)
    common: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": 16,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        # Wide enough for answers that differ from text to text.
        "initializer_range": 0.6,
        "id2label": names,
        "label2id": {label: index for index, label in names.items()},
        "hidden_dropout_prob": dropout,
        "attention_probs_dropout_prob": dropout,
        "problem_type": "multi_label_classification" if multi else None,
    }
    torch.manual_seed(seed)
    if roberta:
        large = kind == "xlm-roberta"
        config = (transformers.XLMRobertaConfig if large else transformers.RobertaConfig)(
            **common,
            max_position_embeddings=limit + 2,
            type_vocab_size=1,
            pad_token_id=1,
            bos_token_id=0,
            eos_token_id=2,
        )
        made = (
            getattr(transformers, f"{'XLMRoberta' if large else 'Roberta'}For{task}Classification")
            if head
            else transformers.RobertaModel
        )
    else:
        config = transformers.BertConfig(**common, max_position_embeddings=limit)
        made = getattr(transformers, f"BertFor{task}Classification") if head else transformers.BertModel
    made(config).save_pretrained(place)
    tokenizer.save_pretrained(place)


@pytest.fixture(scope="session")
def make_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a checkpoint folder with random weights: BERT (WordPiece), RoBERTa (byte pairs) or XLM-R (Unigram)."""

    def make(
        labels: Sequence[str] = STARS,
        *,
        kind: str = "bert",
        layers: int = 2,
        limit: int = 48,
        multi: bool = False,
        seed: int = 0,
        head: bool = True,
        dropout: float = 0.1,
        words: Sequence[str] = WORDS,
        tags: bool = False,
    ) -> Path:
        place = tmp_path_factory.mktemp("checkpoint") / "tiny"
        _build(
            place,
            labels,
            kind=kind,
            layers=layers,
            limit=limit,
            multi=multi,
            seed=seed,
            head=head,
            dropout=dropout,
            words=words,
            tags=tags,
        )
        return place

    return make


@pytest.fixture(scope="session")
def tiny_folder(make_checkpoint: Callable[..., Path]) -> Path:
    """Five ordinal labels, WordPiece. Not to be changed: copy it."""
    return make_checkpoint()


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Checkpoint:
    return load_checkpoint(str(tiny_folder), device="cpu")


@pytest.fixture(scope="session")
def tiny_bpe(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    """Two labels, byte-level BPE, positions that count from the padding index."""
    return load_checkpoint(str(make_checkpoint(("NEGATIVE", "POSITIVE"), kind="roberta")), device="cpu")


@pytest.fixture(scope="session")
def tiny_other(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    """As ``tiny``, with other weights."""
    return load_checkpoint(str(make_checkpoint(seed=5)), device="cpu")


@pytest.fixture(scope="session")
def tiny_unigram(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    """Three labels from negative to positive, pieces as of SentencePiece."""
    labels = ("negative", "neutral", "positive")
    return load_checkpoint(str(make_checkpoint(labels, kind="xlm-roberta", seed=3)), device="cpu")


@pytest.fixture(scope="session")
def tiny_tags_folder(make_checkpoint: Callable[..., Path]) -> Path:
    """Tags of tokens of several types, WordPiece. Not to be changed: copy it."""
    return make_checkpoint(TAGS, tags=True, seed=4)


@pytest.fixture(scope="session")
def tiny_tags(tiny_tags_folder: Path) -> Checkpoint:
    return load_checkpoint(str(tiny_tags_folder), device="cpu")


@pytest.fixture(scope="session")
def tiny_tags_bpe(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    """Tags of tokens, byte pairs."""
    return load_checkpoint(str(make_checkpoint(TAGS, kind="roberta", tags=True, seed=9)), device="cpu")


@pytest.fixture(scope="session")
def tiny_tags_unigram(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    """Tags of tokens, pieces as of SentencePiece."""
    return load_checkpoint(str(make_checkpoint(TAGS, kind="xlm-roberta", tags=True, seed=4)), device="cpu")


@pytest.fixture(scope="session")
def tiny_multi(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    """A head of three independent labels."""
    return load_checkpoint(str(make_checkpoint(("price", "staff", "room"), multi=True)), device="cpu")


@pytest.fixture(scope="session")
def stars_name() -> str:
    """The trained checkpoint that the tests use; another bundled one can stand in for it."""
    return os.environ.get("WORKBENCH_TEST_CHECKPOINT", "stars")


@pytest.fixture(scope="session")
def stars(stars_name: str) -> Checkpoint:
    return load_checkpoint(stars_name, device="cpu")


@pytest.fixture
def turns_held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Checkpoint], list[bool]]]:
    """A list that grows with every pass, forward or backward: whether its thread had the checkpoint's turn."""
    hooks = []

    def watch(checkpoint: Checkpoint) -> list[bool]:
        held: list[bool] = []
        backward = torch.autograd.grad

        def note_forward(module: torch.nn.Module, _args: object) -> None:
            # Every way through a model begins with its embeddings.
            if isinstance(module, type(checkpoint.model.base_model.embeddings)):
                held.append(checkpoint.turn.held)

        def note_backward(*arguments: Any, **options: Any) -> Any:
            held.append(checkpoint.turn.held)
            return backward(*arguments, **options)

        monkeypatch.setattr(torch.autograd, "grad", note_backward)
        hooks.append(torch.nn.modules.module.register_module_forward_pre_hook(note_forward))
        return held

    yield watch
    for hook in hooks:
        hook.remove()


@pytest.fixture
def run_cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run the command in this process."""
    from workbench.cli import main

    def run(*arguments: object, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capsys.readouterr()
        status = main(list(map(str, arguments)))
        seen = capsys.readouterr()
        return Outcome(status, seen.out, seen.err)

    return run
