"""Times and sizes of a batch on this machine, stage by stage."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
import transformers
from _reviews import sample_words

from workbench.batch.parts import InputPart, read_parts
from workbench.batch.planning import plan
from workbench.batch.working import Worker
from workbench.batch.writing import commit, write_manifest
from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.schema import BatchManifest, BatchOptions
from workbench.schema.batch import EXPLANATIONS, PREDICTIONS
from workbench.services.batching import run_batch

ROWS = 2_000
_SCANNED = 20_000
_EXPLAINED = {"occlusion": 24, "integrated-gradients": 24, "lime": 2, "shap": 2}
_SHARD = 250
_LENGTHS = (60, 0.8, 3, 400)  # median and spread of a log-normal distribution, least and most


@dataclass(frozen=True)
class Measured:
    """What was found; rates in rows a second, sizes in bytes a row.

    Attributes:
        checkpoint: Its name.
        rows: That were predicted.
        words: Of a review, on average.
        tokens: Likewise.
        flops: Of the model, a review.
        scan: Form of the input to the rate of the pass before the batch.
        read: Form to the rate of reading parts.
        predict: Number of threads to the rate of one worker.
        host: Seconds a row of all that is not the model.
        explain: Method to the rate of one worker, with two threads.
        commit: Seconds a shard.
        predicted_bytes: Of a shard of predictions.
        explained_bytes: Method to those of a shard of explanations.
        text_bytes: Of the texts.
        ray_start: Seconds of a batch of one row on a local cluster.
        whole: Engine to the rate of a whole batch.
    """

    checkpoint: str
    rows: int
    words: float
    tokens: float
    flops: float
    scan: dict[str, float]
    read: dict[str, float]
    predict: dict[int, float]
    host: float
    explain: dict[str, float]
    commit: float
    predicted_bytes: float
    explained_bytes: dict[str, float]
    text_bytes: float
    ray_start: float
    whole: dict[str, float]


def measure(name: str, count: int, place: Path) -> Measured:
    """Time every stage once.

    Args:
        name: Of a checkpoint.
        count: Reviews that are predicted.
        place: An empty folder.

    Returns:
        What was found.
    """
    texts = reviews(count)
    checkpoint = load_checkpoint(name, device="cpu")
    inputs = written(reviews(_SCANNED), place / "large")
    scan, read = {}, {}
    for form, file in inputs.items():
        manifest, seconds = timed(lambda file=file: plan(file, checkpoint, BatchOptions(text_columns=("text",))))
        scan[form] = _SCANNED / seconds
        read[form] = _SCANNED / timed(lambda file=file, manifest=manifest: drained(read_parts(file, manifest)))[1]
    source = written(texts, place / "small")["parquet"]
    manifest = begin(source, checkpoint)
    parts = list(read_parts(source, manifest))
    predict, tables = {}, []
    for threads in (1, 2):
        with torch_threads(threads):
            begun = begin(source, checkpoint)
            tables, seconds = timed(lambda begun=begun: worked(checkpoint, begun, parts))
        predict[threads] = count / seconds
    with torch_threads(1):
        begun = begin(source, checkpoint)
        host = timed(lambda: worked(hollow(place / "hollow"), begun, parts))[1] / count
    folder = place / "shards"
    write_manifest(folder, manifest)
    waits = [timed(lambda n=n, one=one: commit(folder, (0, n), one[0], None))[1] for n, one in enumerate(tables)]
    explain, explained = explanations(checkpoint, source, parts, place)
    tokens = [n for one in tables for n in one[0]["tokens_read"].to_pylist()]
    whole = {engine: count / seconds for engine, seconds in batches(name, source, place).items()}
    one = written(texts[:1], place / "one")["parquet"]
    return Measured(
        checkpoint=name,
        rows=count,
        words=statistics.fmean(len(text.split()) for text in texts),
        tokens=statistics.fmean(tokens),
        flops=statistics.fmean(flops(checkpoint, n) for n in tokens),
        scan=scan,
        read=read,
        predict=predict,
        host=host,
        explain=explain,
        commit=statistics.median(waits),
        predicted_bytes=size(folder / PREDICTIONS) / count,
        explained_bytes=explained,
        text_bytes=statistics.fmean(len(text.encode()) for text in texts),
        ray_start=timed(lambda: batch(name, one, place / "one-out", "ray"))[1],
        whole=whole,
    )


def reviews(count: int) -> list[str]:
    """Texts of mixed length cut from the sample reviews, the same in every run."""
    draw = random.Random(0)
    ring = sample_words()
    median, spread, least, most = _LENGTHS
    found = []
    for _ in range(count):
        length = min(most, max(least, round(median * draw.lognormvariate(0, spread))))
        start = draw.randrange(len(ring))
        found.append(" ".join(ring[(start + step) % len(ring)] for step in range(length)))
    return found


def written(texts: list[str], folder: Path) -> dict[str, Path]:
    """The texts with labels as files of several forms."""
    folder.mkdir(parents=True)
    frame = pd.DataFrame({"text": texts, "stars": [f"{n % 5 + 1} star{'s' * (n % 5 > 0)}" for n in range(len(texts))]})
    files = {form: folder / f"reviews.{form}" for form in ("csv", "jsonl", "parquet")}
    frame.to_csv(files["csv"], index=False)
    frame.to_json(files["jsonl"], orient="records", lines=True)
    frame.to_parquet(files["parquet"], index=False)
    return files


def explanations(
    checkpoint: Checkpoint, source: Path, parts: list[InputPart], place: Path
) -> tuple[dict[str, float], dict[str, float]]:
    """Rates and sizes by method, each on the first reviews alone."""
    rates, sizes = {}, {}
    for method, count in _EXPLAINED.items():
        manifest = plan(source, checkpoint, BatchOptions(text_columns=("text",), methods=(method,), shard_rows=_SHARD))
        few = [InputPart(file=0, part=0, rows=parts[0].rows[:count])]
        with torch_threads(2):
            tables, seconds = timed(lambda manifest=manifest, few=few: worked(checkpoint, manifest, few))
        write_manifest(place / method, manifest)
        commit(place / method, (0, 0), *tables[0])
        rates[method], sizes[method] = count / seconds, size(place / method / EXPLANATIONS) / count
    return rates, sizes


def batches(name: str, source: Path, place: Path) -> dict[str, float]:
    """Seconds of a whole batch by engine, loading and starting included."""
    return {
        f"{engine} engine": timed(lambda engine=engine: batch(name, source, place / engine, engine))[1]
        for engine in ("local", "ray")
    }


def batch(name: str, source: Path, folder: Path, engine: str) -> Any:
    """A batch as a user runs it."""
    return run_batch(source, name, folder, BatchOptions(text_columns=("text",), shard_rows=_SHARD), engine=engine)


def hollow(folder: Path) -> Checkpoint:
    """A checkpoint with the tokenizer of ``stars`` and next to no model: what is left is everything else."""
    stars = load_checkpoint("stars", device="cpu")
    names = dict(enumerate(stars.labels))
    config = transformers.BertConfig(
        vocab_size=len(stars.tokenizer),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        id2label=names,
        label2id={label: index for index, label in names.items()},
    )
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    stars.tokenizer.save_pretrained(folder)
    return load_checkpoint(str(folder), device="cpu")


def flops(checkpoint: Checkpoint, tokens: int) -> float:
    """Floating-point operations of a forward pass: products with weights, and attention; 2 for a product and sum."""
    config = checkpoint.model.config
    wide, inner = config.hidden_size, config.intermediate_size
    layer = 2 * tokens * (4 * wide * wide + 2 * wide * inner) + 4 * tokens * tokens * wide
    return float(config.num_hidden_layers * layer)


def begin(source: Path, checkpoint: Checkpoint) -> BatchManifest:
    """A batch as it is begun; its work is done with as many threads as torch has now."""
    return plan(source, checkpoint, BatchOptions(text_columns=("text",), shard_rows=_SHARD))


def worked(checkpoint: Checkpoint, manifest: BatchManifest, parts: list[InputPart]) -> list[tuple[Any, Any]]:
    """The tables of all parts."""
    worker = Worker(checkpoint, manifest)
    return [worker.work(part) for part in parts]


def drained(items: Iterator[object]) -> int:
    """Go through all; how many there were."""
    return sum(1 for _ in items)


def size(folder: Path) -> int:
    """Bytes of the shards in a folder."""
    return sum(file.stat().st_size for file in folder.glob("*.parquet"))


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What a call gives, and its seconds."""
    started = time.perf_counter()
    return call(), time.perf_counter() - started


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """So many threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
