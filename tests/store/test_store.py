"""The contract of the store, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError
from runs import comparison, named, report, saved

from workbench.errors import InputError, UnknownNameError
from workbench.schema import RunFacets, RunQuery, SavedRun, summary_of
from workbench.store import Store

HOSTILE = (
    "good \x00 food \x1b[31m \u202e \u2028",
    "<script>alert(1)</script>'; DROP TABLE runs; --",
    "👩‍👩‍👧 e\u0301 שלום 100% under_score back\\slash",
    "the food was very good " * 5000,
)
PAIR = {"result": comparison("good", ("stars", "sentiment"), ("5 stars", "2 stars"), "lime")}


def ids(found: tuple[int, tuple[object, ...]]) -> list[str]:
    return [run.id for run in found[1]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_was_kept_comes_back_the_same(store: Store, text: str) -> None:
    run = saved(1, text, note=f"a note on {text[:40]}", tags=("one", "two % _"), faults={"lime": "one\nline"})
    store.keep(run)
    assert store.get(run.id) == run


def test_a_comparison_comes_back_the_same(store: Store) -> None:
    run = saved(1, **PAIR)
    store.keep(run)
    assert store.get(run.id) == run
    _, (line,) = store.find()
    assert line == summary_of(run)
    assert (line.kind, line.checkpoints, line.labels) == ("comparison", ("stars", "sentiment"), ("5 stars", "2 stars"))
    assert store.find(RunQuery(kind="explanation")) == (0, ())


@pytest.mark.parametrize("entity", [None, 1])
def test_entities_come_back_the_same_and_are_found(store: Store, entity: int | None) -> None:
    run = saved(1, result=named(entity=entity), note="who is it", tags=("names",), faults={"lime": "cancelled"})
    store.keep(run)
    store.keep(saved(2, "Cook it in Cupertino."))
    assert store.get(run.id) == run
    methods = () if entity is None else ("occlusion",)
    (line,) = store.find(RunQuery(kind="entities"))[1]
    assert line == summary_of(run)
    assert (line.kind, line.checkpoints, line.labels, line.methods) == (
        "entities",
        ("tagger",),
        ("PER", "LOC"),
        methods,
    )
    for query in (RunQuery(label="LOC"), RunQuery(label="PER"), RunQuery(words="tim CUPERTINO"), RunQuery(tag="names")):
        assert ids(store.find(query)) == [run.id], query
    assert ids(store.find(RunQuery(checkpoint="tagger", label="5 stars"))) == []
    assert ids(store.find(RunQuery(words="cupertino"))) == ["run-000002", run.id]
    assert store.facets() == RunFacets(
        checkpoints=("stars", "tagger"),
        methods=("occlusion", "shap") if methods else ("shap",),
        labels=("5 stars", "LOC", "PER"),
        tags=("names",),
    )
    assert store.annotate(run.id, note="mine").result == run.result
    store.delete([run.id])
    assert store.restore([run.id]) == (run.id,)
    assert store.get(run.id).note == "mine"


def test_a_text_without_entities_is_found_as_such(store: Store) -> None:
    run = saved(1, result=named("nobody here", names=()))
    store.keep(run)
    assert store.find(RunQuery(label="no entities")) == (1, (summary_of(run),))
    assert store.get(run.id) == run


def test_a_line_says_what_the_run_says(store: Store) -> None:
    run = saved(1, "x" * 500, methods=("lime", "shap"), tags=("b", "a"), note="later", label="2 stars")
    store.keep(run)
    assert store.find() == (1, (summary_of(run),))


def test_times_keep_their_moment_in_every_zone(store: Store) -> None:
    moment = datetime(2026, 3, 29, 1, 30, 0, 123456, timezone(timedelta(hours=5, minutes=45)))
    store.keep(saved(1, created=moment))
    _, (line,) = store.find(RunQuery(since=moment, until=moment + timedelta(microseconds=1)))
    assert line.created == moment == store.get("run-000001").created
    assert store.find(RunQuery(until=moment))[0] == 0
    assert store.find(RunQuery(since=moment + timedelta(microseconds=1)))[0] == 0


def test_newest_first_and_page_by_page(store: Store) -> None:
    numbers = [3, 1, 4, 2, 6, 5]
    for number in numbers:
        store.keep(saved(number))
    newest = [f"run-{number:06d}" for number in sorted(numbers, reverse=True)]
    assert ids(store.find()) == newest
    assert [ids(store.find(limit=4, offset=offset)) for offset in (0, 4, 8)] == [newest[:4], newest[4:], []]
    assert store.find(limit=1)[0] == 6


def test_an_empty_store(store: Store) -> None:
    assert store.find() == (0, ())
    assert store.facets() == RunFacets()
    assert store.delete(["run-000001"]) == store.restore(["run-000001"]) == ()
    with pytest.raises(UnknownNameError, match="there is no saved run 'run-000001'; see: workbench history list"):
        store.get("run-000001")
    with pytest.raises(UnknownNameError, match="there is no saved run"):
        store.annotate("run-000001", note="x")


def test_keeping_it_again_replaces_the_result_and_leaves_note_and_tags(store: Store) -> None:
    first = saved(1, methods=("shap", "lime"), note="old", tags=("a",))
    store.keep(first)
    store.annotate(first.id, note="mine", tags=("b", "c"))
    later = first.model_copy(update={"result": report(first.text, methods=("occlusion",)), "seconds": 9.0})
    store.keep(later)
    expected = later.model_copy(update={"note": "mine", "tags": ("b", "c")})
    assert store.get(first.id) == expected
    assert store.find() == (1, (summary_of(expected),))
    assert store.facets().methods == ("occlusion",)


def test_notes_and_tags_change_one_by_one_and_are_found(store: Store) -> None:
    run = saved(1, note="old", tags=("a",))
    store.keep(run)
    assert store.annotate(run.id, note="Naïve note").tags == ("a",)
    assert store.annotate(run.id, tags=("Ünique", "b")).note == "Naïve note"
    assert store.get(run.id) == run.model_copy(update={"note": "Naïve note", "tags": ("Ünique", "b")})
    for words in ("naïve", "ÜNIQUE", "waiter NOTE", "nai\u0308ve"):
        assert store.find(RunQuery(words=words))[0] == 1, words
    for words in ("old", "waiter naive3"):
        assert store.find(RunQuery(words=words))[0] == 0, words
    with pytest.raises(ValidationError):
        store.annotate(run.id, tags=("b", "b"))
    assert store.get(run.id).tags == ("Ünique", "b")


def test_facets_are_those_of_runs_that_are_there(store: Store) -> None:
    store.keep(saved(1, checkpoint="b", label="1 star", methods=("shap", "lime"), tags=("Z", "a")))
    store.keep(saved(2, checkpoint="A", label="5 stars", methods=("shap",), tags=("a",)))
    store.keep(saved(3, checkpoint="gone", methods=("gone",), tags=("gone",)))
    store.delete(["run-000003"])
    assert store.facets() == RunFacets(
        checkpoints=("A", "b"), methods=("lime", "shap"), labels=("1 star", "5 stars"), tags=("a", "Z")
    )


def test_deleted_runs_come_back_until_they_are_purged(store: Store) -> None:
    runs = [saved(number) for number in range(1, 5)]
    for run in runs:
        store.keep(run)
    names = [run.id for run in runs]
    assert store.delete([names[2], "nosuch-run", names[0], names[2]]) == (names[2], names[0])
    assert store.delete([names[0]]) == ()
    assert ids(store.find()) == [names[3], names[1]]
    assert ids(store.find(deleted=True)) == [names[2], names[0]]
    with pytest.raises(UnknownNameError, match=f"was deleted; bring it back: workbench history restore {names[0]}"):
        store.get(names[0])
    store.keep(runs[0])
    assert ids(store.find(deleted=True)) == [names[2], names[0]]
    assert store.restore([names[0], names[1]]) == (names[0],)
    assert store.get(names[0]) == runs[0]
    assert store.purge(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.purge(datetime.now(UTC) + timedelta(hours=1), [names[1]]) == 0
    assert store.purge(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert store.find(deleted=True) == (0, ())
    assert ids(store.find()) == [names[3], names[1], names[0]]
    with pytest.raises(UnknownNameError, match="there is no saved run"):
        store.get(names[2])


def test_many_at_once(store: Store) -> None:
    names = [f"run-{number:06d}" for number in range(1200)]
    for number in (0, 600, 1199):
        store.keep(saved(number))
    assert store.delete(names) == (names[0], names[600], names[1199])
    assert store.restore(names) == (names[0], names[600], names[1199])
    assert store.delete([]) == ()


def test_ids_by_their_first_signs(store: Store) -> None:
    for name in ("abc-_xyz", "abcdefgh", "ABCDEFGH", "abcdefghij", "_bcdefgh"):
        store.keep(saved(1, id=name))
    assert store.full_id("abc-") == "abc-_xyz"
    assert store.full_id("abcdefgh") == "abcdefgh"
    assert store.full_id("A") == "ABCDEFGH"
    assert store.full_id("_b") == "_bcdefgh"
    store.delete(["ABCDEFGH"])
    assert store.full_id("AB") == "ABCDEFGH"
    with pytest.raises(UnknownNameError, match="several saved runs begin with 'abc': abc-_xyz, abcdefgh, abcdefghij;"):
        store.full_id("abc")
    for prefix in ("", "%", "x", "abcdefghijk", "'"):
        with pytest.raises(UnknownNameError, match="there is no saved run"):
            store.full_id(prefix)


def test_searching_for_a_whole_review_and_for_too_much(store: Store) -> None:
    text = " ".join(f"word{number}" for number in range(200))
    store.keep(saved(1, text))
    assert store.find(RunQuery(words=text))[0] == 1
    assert store.find(RunQuery(words="word1 " * 5000))[0] == 1
    assert store.find(RunQuery(words="x" * 100_000))[0] == 0
    with pytest.raises(InputError, match="the search has 201 different words; use at most 200"):
        store.find(RunQuery(words=text + " more"))


def test_threads_share_a_store(make_store: Callable[[], Store]) -> None:
    store, faults = make_store(), []

    def work(start: int) -> None:
        try:
            for number in range(start, start + 10):
                store.keep(saved(number))
                store.annotate(f"run-{number:06d}", note=f"note {number}")
                store.find(RunQuery(words="note"), limit=3)
        except Exception as error:  # noqa: BLE001 - whatever it was, the test says it
            faults.append(error)

    threads = [threading.Thread(target=work, args=(100 * thread,)) for thread in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store.find()[0] == 60
    assert all(run.note == f"note {int(run.id[4:])}" for run in store.find(limit=100)[1])
    store.close()


def test_the_same_run_kept_by_several_threads_at_once(store: Store) -> None:
    store.find()
    threads = [threading.Thread(target=store.keep, args=(saved(1, seconds=float(n)),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.find()[0] == 1
    assert isinstance(store.get("run-000001"), SavedRun)


def test_a_closed_store_opens_again(store: Store) -> None:
    store.keep(saved(1))
    store.close()
    assert store.find()[0] == 1
