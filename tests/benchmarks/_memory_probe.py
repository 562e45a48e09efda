"""One measurement of memory, in this process: ``KIND CHECKPOINT DEVICE NUMBER...``; prints JSON."""

from __future__ import annotations

import gc
import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from _ours import explain, explain_afresh
from _reviews import different_reviews, review

from workbench.attention import attention_maps
from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.pipeline import classify
from workbench.services import make_options

_ROW_WORDS = 15


def resident(kind: str = "VmRSS") -> int:
    """Resident memory of this process in bytes: now, or with ``VmHWM`` the most since the peak was reset."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{kind}:"))


def added_by(work: Callable[[], object]) -> dict[str, int]:
    """Memory before a piece of work and at its peak.

    Args:
        work: What is done.

    Returns:
        Bytes, and the most that the process ever had, loading included.
    """
    gc.collect()
    # The kernel then counts the peak from here.
    Path("/proc/self/clear_refs").write_text("5")
    before = resident()
    work()
    return {
        "before": before,
        "peak": resident("VmHWM"),
        "after": resident(),
        "ever": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def lime(checkpoint: Checkpoint, words: int, samples: int) -> dict[str, int]:
    """LIME on one long review."""

    def run(count: int, budget: int) -> None:
        explain_afresh(
            checkpoint, classify(checkpoint, review(count)), "lime", options=make_options("lime", budget=budget)
        )

    run(20, 100)
    return added_by(lambda: run(words, samples))


def attention(checkpoint: Checkpoint) -> dict[str, int]:
    """Attention maps of a text that fills the model."""
    attention_maps(checkpoint, classify(checkpoint, review(5)))
    full = classify(checkpoint, review(2 * checkpoint.token_limit))
    return added_by(lambda: attention_maps(checkpoint, full)) | {"tokens": len(full.tokens)}


def row(checkpoint: Checkpoint, early: int, late: int) -> dict[str, int]:
    """Explanations one after another on one scorer; what the later ones add to the earlier."""
    texts = different_reviews(late, _ROW_WORDS)

    def run(first: int, last: int) -> None:
        for text in texts[first:last]:
            explain(checkpoint, classify(checkpoint, text), "lime")

    run(0, early)
    return added_by(lambda: run(early, late))


def main() -> None:
    """Measure what the command line names."""
    kind, name, device, *numbers = sys.argv[1:]
    checkpoint = load_checkpoint(name, device=device)
    found = {"lime": lime, "attention": attention, "row": row}[kind](checkpoint, *map(int, numbers))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
