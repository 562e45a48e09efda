"""A file predicted whole: against the bare model, and against a transformers pipeline."""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from _bare import synchronise
from _checkpoints import Bench
from _reviews import sample_words
from _stock import make_pipe
from _tables import Goal, Section, table, times
from _timing import in_turns, quotient, say, timed

from workbench.checkpoints import Checkpoint
from workbench.pipeline import batch_positions, batches, read_rows
from workbench.pipeline.lean import forward_of
from workbench.schema import BatchOptions
from workbench.services.batching import run_batch

PIPE_BATCHES = (1, 8, 32)
HEAD = ("checkpoint", "what", "rows/s", "processor time a row", "ours against it", "target")
GOALS = {"bare": Goal(0.85, least=True, unit="×"), "pipeline": Goal(1.5, least=True, unit="×")}
NOTES = (
    "Reviews of 5 to 400 words, most of them short, cut from the sample reviews. The bare model: the lean forward pass "
    "alone, on batches that were tokenized, sorted by length and padded before. Ours: `workbench batch` from the csv "
    "file to the finished folder, the checkpoint loaded: reading the file twice, tokens, words, languages and Parquet "
    "are in it. The pipeline: `text-classification` of transformers on the list of texts, at the best of the batch "
    "sizes 1, 8 and 32, found on a part of them. All in turn.",
)
_TRIED = 160  # reviews on which the pipeline's batch size is chosen
_SHORTEST, _LONGEST, _USUAL, _SPREAD = 5, 400, 45, 0.9  # words


def measure(bench: Bench) -> Section:
    """Time the first checkpoint.

    Args:
        bench: What is measured.

    Returns:
        Rows a second of each way.
    """
    name, checkpoint = next(iter(bench.checkpoints.items()))
    say(f"batch: {name}")
    texts = mixed_reviews(bench.settings.batch_rows)
    with tempfile.TemporaryDirectory() as place:
        found = _one(checkpoint, texts, Path(place), bench.settings.repeat)
    return Section("batch", {"checkpoint": name, **found}, [table(HEAD, _rows(name, len(texts), found))], NOTES)


def mixed_reviews(count: int) -> tuple[str, ...]:
    """Texts of lengths as reviews have them: many short ones, few long ones; the same in every run.

    Args:
        count: How many.

    Returns:
        The texts.
    """
    chance, ring = np.random.default_rng(0), sample_words()
    lengths = np.clip(chance.lognormal(np.log(_USUAL), _SPREAD, count), _SHORTEST, _LONGEST).astype(int)
    starts = chance.integers(len(ring), size=count)
    return tuple(
        " ".join(ring[(start + step) % len(ring)] for step in range(length))
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
    )


def _one(checkpoint: Checkpoint, texts: Sequence[str], place: Path, repeat: int) -> dict[str, Any]:
    file = place / "reviews.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["text"], *([text] for text in texts)])
    pipe = make_pipe(checkpoint)

    def pipeline(some: Sequence[str], size: int) -> None:
        pipe(list(some), batch_size=size, truncation=True, max_length=checkpoint.token_limit)

    tried = {size: timed(partial(pipeline, texts[:_TRIED], size))[0] for size in PIPE_BATCHES}
    best = min(tried, key=tried.__getitem__)
    spent: dict[str, list[float]] = {}
    contenders = {
        "bare": _bare(checkpoint, texts),
        "ours": lambda: run_batch(
            file, checkpoint, Path(tempfile.mkdtemp(dir=place)) / "batch", BatchOptions(text_columns=("text",))
        ),
        "pipeline": partial(pipeline, texts, best),
    }
    for what in ("bare", "ours"):
        contenders[what]()
    clocks = {what: _clocked(call, spent.setdefault(what, [])) for what, call in contenders.items()}
    seconds, _ = in_turns(clocks, repeat)
    return {"seconds": seconds, "processor": spent, "tried": tried, "pipeline_batch": best, "rows": len(texts)}


def _bare(checkpoint: Checkpoint, texts: Sequence[str]) -> Callable[[], None]:
    """The lean forward pass on batches that are ready."""
    rows = [one.ids for one in read_rows(checkpoint, texts)]
    ready = []
    for chosen in batches([len(row) for row in rows], batch_positions(checkpoint)):
        some = [torch.tensor(rows[index]) for index in chosen]
        pad = checkpoint.tokenizer.pad_token_id or 0
        ids = torch.nn.utils.rnn.pad_sequence(some, batch_first=True, padding_value=pad)
        mask = torch.nn.utils.rnn.pad_sequence([torch.ones_like(row) for row in some], batch_first=True)
        ready.append((ids.to(checkpoint.device), mask.to(checkpoint.device)))
    forward = forward_of(checkpoint)

    def run() -> None:
        with torch.inference_mode():
            for ids, mask in ready:
                forward(ids, mask)
        synchronise(checkpoint)

    return run


def _clocked(call: Callable[[], Any], spent: list[float]) -> Callable[[], None]:
    """A call that notes the processor time that it takes."""

    def run() -> None:
        started = time.process_time()
        call()
        spent.append(time.process_time() - started)

    return run


def _rows(name: str, count: int, found: dict[str, Any]) -> list[list[object]]:
    told = {
        "bare": "bare model",
        "ours": "`workbench batch`",
        "pipeline": f"transformers pipeline, batches of {found['pipeline_batch']}",
    }
    seconds = found["seconds"]
    rows: list[list[object]] = []
    for what, words in told.items():
        ratio = quotient(seconds[what], seconds["ours"])
        goal = GOALS.get(what)
        rows.append(
            [
                name,
                words,
                f"{count / median(seconds[what]):.1f}",
                f"{1000 * median(found['processor'][what]) / count:.1f} ms",
                times(ratio) if goal else "",
                goal.verdict(ratio) if goal else "",
            ]
        )
    return rows
