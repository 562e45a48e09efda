"""What a run of the benchmark measures, and how it is asked for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

SECTIONS = ("ratio", "floor", "many", "together", "precision", "memory", "interactive", "batch")
BERT_BASE = "bert-base"
WORDS = (5, 20, 46, 120, 300)
CHECKPOINTS = ("stars", BERT_BASE)


@dataclass(frozen=True)
class Settings:
    """Everything that can be set.

    Attributes:
        checkpoints: Names; ``bert-base`` is made on the spot, the others are whatever ``load_checkpoint`` takes.
        words: Lengths of review, for the sections ``ratio`` and ``floor``.
        sections: What to measure, in this order.
        repeat: How often each thing is timed.
        device: ``cpu`` or ``cuda``.
        quick: Sizes that only show that everything runs.
        json: Where all figures go.
        output: The document whose tables are replaced, or none.
        shap_budget: Evaluations of SHAP.
        lime_budget: Samples of LIME.
        lime_short_budget: Samples of LIME on a text of five words, which has 32 variants.
        reviews: Reviews explained at once on a thread each.
        sessions: Sessions at once.
        review_words: Length of a usual review.
        memory_words: Length of the review whose memory is measured.
        memory_samples: Samples of LIME there.
        memory_row: Explanations in a row after which the memory is read.
        batch_rows: Reviews of the file that is predicted whole.
    """

    checkpoints: tuple[str, ...] = CHECKPOINTS
    words: tuple[int, ...] = WORDS
    sections: tuple[str, ...] = SECTIONS
    repeat: int = 3
    device: str = "cpu"
    quick: bool = False
    json: Path = Path("bench/speed.json")
    output: Path | None = None
    shap_budget: int = 500
    lime_budget: int = 1000
    lime_short_budget: int = 5000
    reviews: int = 16
    sessions: int = 10
    review_words: int = 46
    memory_words: int = 300
    memory_samples: int = 5000
    memory_row: tuple[int, int] = (50, 200)
    batch_rows: int = 600

    def lime_samples(self, words: int) -> int:
        """Samples of LIME on a text of so many words."""
        return self.lime_short_budget if words == 5 else self.lime_budget


QUICK = Settings(
    checkpoints=CHECKPOINTS[:1],
    words=(5, 20),
    repeat=1,
    quick=True,
    shap_budget=100,
    lime_budget=200,
    lime_short_budget=500,
    reviews=3,
    sessions=2,
    review_words=20,
    memory_words=20,
    memory_samples=200,
    memory_row=(3, 9),
    batch_rows=12,
)


def read_settings(arguments: Sequence[str] | None = None) -> Settings:
    """Settings from a command line.

    Args:
        arguments: Words of the command line; by default those of this process.

    Returns:
        The settings: the usual ones or, with ``--quick``, the small ones, changed where something is given.
    """
    given = vars(_parser().parse_args(arguments))
    base = QUICK if given.pop("quick") else Settings()
    wanted = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    chosen = replace(base, **{name: value for name, value in wanted.items() if value is not None})
    return replace(chosen, sections=tuple(name for name in SECTIONS if name in chosen.sections))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure the workbench against the stock libraries and bare models.")
    parser.add_argument(
        "--checkpoint",
        dest="checkpoints",
        action="append",
        metavar="C",
        help=f"a bundled name, a folder, or {BERT_BASE} (random weights); repeatable; default: {' '.join(CHECKPOINTS)}",
    )
    parser.add_argument("--words", type=_positive, nargs="+", metavar="N", help="lengths of review")
    parser.add_argument("--sections", type=_sections, metavar="A,B", help=f"of {','.join(SECTIONS)}; default: all")
    parser.add_argument("--repeat", type=_positive, metavar="N", help="how often each thing is timed; default: 3")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that all of it runs")
    parser.add_argument("--device", choices=("cpu", "cuda"))
    parser.add_argument("--json", type=Path, metavar="FILE", help="all figures; default: bench/speed.json")
    parser.add_argument("--output", type=Path, metavar="FILE", help="replace the tables of this document")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return number


def _sections(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    unknown = set(names) - set(SECTIONS)
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no section {min(unknown)!r}; there are {', '.join(SECTIONS)}")
    return names
