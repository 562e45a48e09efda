"""Comparisons in the background and where they are kept; and files as a browser gives them. No Streamlit here."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.schema import Choice, Distance
from workbench.services import compare, compare_file, explain_difference, most_disagreeing, summable_targets
from workbench.tables import Row, Table
from workbench.ui import file_jobs
from workbench.ui.file_choice import NO_COLUMN, chosen_file, columns_of, guessed_columns, rows_of, sample_file
from workbench.ui.file_jobs import FileJob, FileRequest, Kept, WordsRequest, start

TEXTS = ["the food was good", "bad room", "we loved it", "never again", "the staff was cold", "bad room"]
SECONDS = 60


def table_of(count: int) -> Table:
    content = "text,label\n" + "".join(f"{TEXTS[n % 6]} {n // 6},{n % 5 + 1}\n" for n in range(count))
    return rows_of(chosen_file("r.csv", content.encode()), "text", "label", 1000)


def request(*names: str) -> FileRequest:
    return FileRequest(checkpoints=names, file="r.csv", digest="", text="text", label="label", limit=1000)


def job_of(checkpoints: list[Checkpoint], table: Table, kept: Kept | None = None) -> FileJob:
    return start(request(*(one.name for one in checkpoints)), table, checkpoints, kept or Kept())


def test_a_job_gives_what_the_service_gives(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    table, kept = table_of(30), Kept()
    job = job_of([tiny, tiny_other], table, kept)
    job.wait(SECONDS)
    wanted = compare_file([tiny, tiny_other], table.rows, source=table.source)
    assert job.found is not None
    assert job.found.pairs == wanted.pairs
    assert (job.running, job.fault, job.done, job.total) == (False, None, 60, 60)
    assert kept.get(job.key) is job


def test_cancelled_half_way_keeps_the_rows_read(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    table = table_of(300)
    job = FileJob(request(tiny.name, tiny_other.name), table)
    told = job.progress

    def progress(done: int, total: int) -> None:
        told(done, total)
        if done >= 256:
            job.cancel()

    job.progress = progress  # type: ignore[method-assign]
    job.work([tiny, tiny_other])
    job.wait(SECONDS)
    assert job.found is not None
    assert job.found.partial
    assert len(job.found.rows) == 128


def test_faults_end_the_job_in_one_line(tiny: Checkpoint, tiny_other: Checkpoint, monkeypatch: Any) -> None:
    job = job_of([tiny], table_of(3))
    job.wait(SECONDS)
    assert (job.found, job.fault) == (None, "1 checkpoint cannot be compared; name two to 4")

    def broken(*_: object, **__: object) -> None:
        raise ValueError("no\nluck")

    monkeypatch.setattr(file_jobs.services, "compare_file", broken)
    job = job_of([tiny, tiny_other], table_of(3))
    job.wait(SECONDS)
    assert job.fault == "ValueError: no luck"


def test_the_oldest_that_has_ended_is_dropped_first(monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()
    monkeypatch.setattr(file_jobs.services, "compare_file", lambda *_, **__: held.wait(SECONDS))
    kept, table = Kept(most=3), table_of(3)
    running = job_of([], table, kept)
    ended = [FileJob(request("a", "b"), table) for _ in range(3)]
    for job in ended:
        kept.put(job)
    assert kept.get(running.key) is running
    assert [kept.get(job.key) for job in ended] == [None, *ended[1:]]
    others = [job_of([], table, kept) for _ in range(3)]
    assert kept.get(running.key) is None
    assert running.stopping()
    assert [kept.get(job.key) for job in others] == others
    held.set()
    for job in [running, *others]:
        job.wait(SECONDS)
    assert len({job.key for job in [running, *ended, *others]}) == 7


def test_words_are_of_the_reviews_of_most_disagreement(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    job = job_of([tiny, tiny_other], table_of(30))
    job.wait(SECONDS)
    assert job.found is not None
    (pair,) = job.found.pairs
    texts = most_disagreeing(job.found, pair, 4)
    places = {row.text: place for place, row in enumerate(job.found.rows)}
    ranked = [job.found.rows[place].text for place in job.found.chosen(pair, Choice.ALL)]
    assert texts == sorted(set(ranked), key=ranked.index)[:4]
    assert summable_targets(job.found, pair) == ("expected",)
    ask = WordsRequest(pair=0, target="expected", method="occlusion", reviews=4)
    words = job.ask_words(ask, (tiny, tiny_other), 100)
    assert words is not None
    words.wait(SECONDS)
    assert [one.text for one in words.found] == texts
    for one in words.found:
        assert abs(one.full_value) == pytest.approx(pair.amounts[places[one.text]], abs=1e-4)
    again = job.ask_words(ask, (tiny, tiny_other), 100)
    assert words.stopping()
    assert again is not None
    again.cancel()
    again.wait(SECONDS)
    assert again.fault in {None, "cancelled"}


def test_a_difference_is_that_of_the_comparison_on_one_review(tiny: Checkpoint, tiny_bpe: Checkpoint) -> None:
    # Longer than the first reads, so that some of the difference comes from text that not both read.
    for text in ("the food was good but cold", "good, bad " * 40):
        whole = compare([tiny, tiny_bpe], text, method="occlusion", target="scale").pairs[0].difference
        alone = explain_difference((tiny, tiny_bpe), text, target="scale")
        assert whole is not None
        assert [unit.score for unit in alone.units] == pytest.approx([unit.score for unit in whole.units], abs=1e-5)
        assert (alone.full_value, alone.beyond) == pytest.approx((whole.full_value, whole.beyond), abs=1e-5)
    with pytest.raises(InputError, match="does not explain a difference; choose one of"):
        explain_difference((tiny, tiny_bpe), "good", target="scale", method="attention-rollout")


def test_what_can_be_added_up(tiny: Checkpoint, tiny_bpe: Checkpoint, tiny_multi: Checkpoint) -> None:
    found = compare_file([tiny, tiny_bpe, tiny_multi], [Row("good food", None, "")])
    wanted = {Distance.SCALE: ("scale",), Distance.LABEL: ()}
    assert [summable_targets(found, pair) for pair in found.pairs] == [wanted[pair.distance] for pair in found.pairs]


@given(st.text(max_size=200))
def test_a_name_does_no_harm(name: str) -> None:
    found = chosen_file(name, b"text\ngood\n")
    assert found.name not in {"", ".", ".."}
    assert not set(found.name) & set('/\\\0<>:"|?*')
    assert len(found.name) <= 80
    assert columns_of(found) == ("text",)


def test_the_samples() -> None:
    file = sample_file()
    names = columns_of(file)
    assert guessed_columns(names) == (names.index("text"), names.index("label"))
    table = rows_of(file, None, "label", 30)
    assert len(table.rows) == 30
    assert table.source.name == "reviews.csv"
    assert all(row.label for row in table.rows)


def test_a_label_that_is_not_wanted() -> None:
    file = chosen_file("r.csv", b"text,label\ngood,5\nbad,1\n")
    bare = rows_of(file, "text", None, 10)
    assert [row.label for row in bare.rows] == [None, None]
    assert bare.source.label_column is None
    assert guessed_columns(("a", "b")) == (NO_COLUMN, NO_COLUMN)
