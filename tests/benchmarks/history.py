"""How long the history takes with many runs in it.

Run it by itself: ``python tests/benchmarks/history.py``. It fills a history in a temporary folder, or the PostgreSQL
database of ``--url``, which has to be empty, and prints a table for ``docs/history.md``. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from runs import STARS, explanation, prediction
from sqlalchemy import text
from sqlalchemy.orm import Session

from workbench.schema import Report, RunQuery, SavedRun, Score, Span, Token, Unit
from workbench.store import Store, file_place, url_place
from workbench.store.models import Base
from workbench.store.rows import row_of
from workbench.text import words

_WORDS = ["the", "food", "was", "good", "terrible", "we", "loved", "service", "slow", "again"]
_RARE = "disappointing"
_METHODS = ("shap", "lime", "attention-rollout")
_REPEAT = 15
_SAVED = 50
# Runs that are made; the others are copies of these.
_DIFFERENT = 500
_DAYS = 365


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000, help="A multiple of 500.")
    parser.add_argument("--url", help="An empty PostgreSQL database instead of a file.")
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.sqlite3"
        store = Store(url_place(settings.url) if settings.url else file_place(file))
        rows = measure(store, settings.runs)
        if store.place.file is not None:
            rows.append(("size of the file", f"{file.stat().st_size / 1e6:,.0f} MB"))
        print(f"| {settings.runs:,} runs of 46 words, {len(_METHODS)} methods each | measured |\n| --- | --- |")
        print("\n".join(f"| {what} | {value} |" for what, value in rows))


def measure(store: Store, count: int) -> list[tuple[str, str]]:
    """Fill a store and time what users do.

    Args:
        store: An empty one.
        count: So many runs.

    Returns:
        What, and the median with the worst.
    """
    made = list(runs(_DIFFERENT))
    saving = [seconds(lambda run=run: store.keep(run)) for run in made[:_SAVED]]
    store._database.run(lambda session: session.add_all(map(row_of, made[_SAVED:])), writes=True)
    store._database.run(lambda session: multiply(session, count // _DIFFERENT), writes=True)
    saving += [seconds(lambda run=run: store.keep(run)) for run in made[:_SAVED]]
    rows = [("save a run", shown(saving))]
    some = [line.id for line in store.find(limit=_REPEAT, offset=count // 2)[1]]
    asked: dict[str, Callable[[], object]] = {
        "the first page of the list": lambda: store.find(),
        "the last page": lambda: store.find(offset=count - 50),
        "search for a word that one run in fifty has": lambda: store.find(RunQuery(words=_RARE)),
        "search for two words of which no run has the second": lambda: store.find(
            RunQuery(words="terrible nosuchword")
        ),
        "filter by checkpoint, method, label and date": lambda: store.find(
            RunQuery(checkpoint="stars", method="lime", label="2 stars", since=datetime.now(UTC) - timedelta(_DAYS / 2))
        ),
        "the choices of the filters": lambda: store.facets(),
    }
    rows += [(what, shown([seconds(work) for _ in range(_REPEAT)])) for what, work in asked.items()]
    rows.append(("open a run", shown([seconds(lambda run_id=run_id: store.get(run_id)) for run_id in some])))
    rows.append(("open a closed history and list it", shown([seconds(lambda: fresh(store)) for _ in range(_REPEAT)])))
    return rows


def multiply(session: Session, times: int) -> None:
    """Copies of all runs under other ids: making that many anew takes long and is not asked."""
    for table in Base.metadata.sorted_tables:
        key = "id" if table.name == "runs" else "run_id"
        others = ", ".join(f'"{column.name}"' for column in table.columns if column.name != key)
        for copy in range(1, times):
            new = f"'copy-{copy}-' || {key}"
            there = f"{key} LIKE 'run-%'"
            copied = f"SELECT {new}, {others} FROM {table.name} WHERE {there}"
            session.execute(text(f"INSERT INTO {table.name} ({key}, {others}) {copied}"))


def fresh(store: Store) -> None:
    """As a process does at its first use."""
    other = Store(store.place)
    other.find()
    other.close()


def runs(count: int) -> Iterator[SavedRun]:
    """Reviews of 46 words over a year, each with the scores of three methods."""
    draw, start = random.Random(0), datetime.now(UTC) - timedelta(days=_DAYS)
    for number in range(count):
        rare = [_RARE] if number % 50 == 0 else []
        review = " ".join([*draw.choices(_WORDS, k=46 - len(rare)), *rare])
        spans = words(review)
        tokens = tuple(Token(id=draw.randrange(30_000), text=span.of(review), span=span) for span in spans)
        row = {name: (1,) * len(tokens) for name in ("input_ids", "token_type_ids", "attention_mask")}
        said = prediction(review, draw.choice(("stars", "stars-early")), draw.choice(STARS))
        said = said.model_copy(update={"tokens": tokens, "inputs": row})
        found = tuple(
            explanation(said, method).model_copy(update={"unit": Unit.WORD, "units": scores(review, spans, draw)})
            for method in _METHODS
        )
        yield SavedRun(
            id=f"run-{number:08d}",
            created=start + timedelta(days=_DAYS * number / count),
            result=Report(prediction=said, explanations=tuple(map(settled, found))),
        )


def settled(found: object) -> object:
    """The base value to which the scores add up, so that the explanation can be read again."""
    total = sum(unit.score for unit in found.units)  # type: ignore[attr-defined]
    return found.model_copy(update={"base_value": found.full_value - total})  # type: ignore[attr-defined]


def scores(text: str, spans: tuple[Span, ...], draw: random.Random) -> tuple[Score, ...]:
    """A score for each word."""
    return tuple(Score(text=one.of(text), start=one.start, end=one.end, score=draw.gauss(0, 0.05)) for one in spans)


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def shown(times: list[float]) -> str:
    """Median and worst."""
    return f"{1000 * statistics.median(times):.0f} ms (at worst {1000 * max(times):.0f})"


if __name__ == "__main__":
    main()
