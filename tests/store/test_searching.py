"""Search and filters against the same in plain Python."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import STARS, comparison, report, saved

from workbench.schema import RunQuery, SavedRun, summary_of
from workbench.store import Store

WORDS = ("Good", "good", "STRASSE", "straße", "İstanbul", "naïve", "nai\u0308ve", "ΣΊΣΥΦΟΣ", "σίσυφος", "100%", "a_b",
         "\\", "'", "日本語", "x\x00y", "👍🏽", "e", "ﬁne", "\u1e9b\u0323")  # fmt: skip
CHECKPOINTS, METHODS, TAGS = ("stars", "sentiment", "./my-stars"), ("shap", "lime", "occlusion"), ("todo", "Done", "%")


def make_runs() -> list[SavedRun]:
    draw, runs = random.Random(0), []
    for number in range(60):
        text = " ".join(draw.choices(WORDS, k=draw.randint(1, 5)))
        if number % 3:
            result = report(
                text, draw.choice(CHECKPOINTS), draw.choice(STARS), draw.sample(METHODS, draw.randint(1, 3))
            )
        else:
            result = comparison(text, draw.sample(CHECKPOINTS, 2), draw.choices(STARS, k=2), draw.choice(METHODS))
        note = " ".join(draw.choices(WORDS, k=draw.randint(0, 2)))
        tags = tuple(draw.sample(TAGS, draw.randint(0, 2)))
        runs.append(saved(number, result=result, note=note, tags=tags))
    return runs


RUNS = make_runs()
TIMES = [run.created for run in RUNS]


@pytest.fixture(scope="module")
def filled(make_store: Callable[[], Store]) -> Store:
    store = make_store()
    for run in RUNS:
        store.keep(run)
    return store


def plain(text: str) -> str:
    """Canonical caseless matching, as the Unicode standard defines it; no database holds the null character."""
    text = text.replace("\0", "\u2400")
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


def fits(run: SavedRun, query: RunQuery) -> bool:
    line, places = summary_of(run), [run.text, run.note, *run.tags]
    return (
        all(any(plain(word) in plain(place) for place in places) for word in query.words.split())
        and query.kind in (None, line.kind)
        and (query.checkpoint is None or query.checkpoint in line.checkpoints)
        and (query.method is None or query.method in line.methods)
        and (query.label is None or query.label in line.labels)
        and (query.tag is None or query.tag in line.tags)
        and (query.since is None or run.created >= query.since)
        and (query.until is None or run.created < query.until)
    )


MOMENTS = st.one_of(
    st.none(),
    st.builds(lambda time, moved: time + timedelta(seconds=moved), st.sampled_from(TIMES), st.integers(-1, 1)),
)
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS).map(str.upper),
    st.sampled_from([word[:2] for word in WORDS]),
    st.text(max_size=3).filter(lambda text: text.isprintable()),
)
QUERIES = st.builds(
    RunQuery,
    words=st.lists(PIECES, max_size=2).map(" ".join),
    kind=st.sampled_from([None, None, "explanation", "comparison"]),
    checkpoint=st.sampled_from([None, None, *CHECKPOINTS, "nosuch"]),
    method=st.sampled_from([None, None, *METHODS, "nosuch"]),
    label=st.sampled_from([None, None, *STARS]),
    tag=st.sampled_from([None, None, *TAGS, "Todo"]),
    since=MOMENTS,
    until=MOMENTS,
)


@given(query=QUERIES, limit=st.integers(1, 70), offset=st.integers(0, 70))
def test_as_a_plain_filter(filled: Store, query: RunQuery, limit: int, offset: int) -> None:
    wanted = [run for run in reversed(RUNS) if fits(run, query)]
    total, lines = filled.find(query, limit=limit, offset=offset)
    assert total == len(wanted)
    assert [line.id for line in lines] == [run.id for run in wanted[offset : offset + limit]]
    for line, run in zip(lines, wanted[offset : offset + limit], strict=True):
        expected = summary_of(run)
        shown = {"text": expected.text.replace("\0", "\u2400"), "note": expected.note.replace("\0", "\u2400")}
        assert line == expected.model_copy(update=shown)


def test_the_facets_are_those_of_all_runs(filled: Store) -> None:
    facets = filled.facets()
    assert set(facets.checkpoints) == {name for run in RUNS for name in summary_of(run).checkpoints}
    assert set(facets.methods) == {name for run in RUNS for name in run.methods}
    assert set(facets.labels) == {label for run in RUNS for label in summary_of(run).labels}
    assert set(facets.tags) == {tag for run in RUNS for tag in run.tags}
