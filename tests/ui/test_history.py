"""What the History page does between its widgets, without a page: tags, days, links, pairs and kept runs."""

from __future__ import annotations

import threading
import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st

from workbench import resources, services
from workbench.checkpoints import Checkpoint
from workbench.schema import Explanation, RunFacets, RunQuery, Target
from workbench.schema.report import summary_of
from workbench.ui import history, opening
from workbench.ui.components.history_pair import differences_html, obstacle, pair_html
from workbench.ui.components.history_rows import said_html
from workbench.ui.components.saved_run import banner_html
from workbench.ui.history import Found, Zone
from workbench.ui.run_keeping import Keeping, Outcome
from workbench.ui.state import Choices

TEXT = "The staff were great, but the film was slow and cold."
BERLIN = Zone(ZoneInfo("Europe/Berlin"), "Europe/Berlin")
TAG = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=12)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(resources.HOME, str(tmp_path))
    monkeypatch.delenv(resources.PRIVATE, raising=False)
    return tmp_path


@given(st.lists(TAG, max_size=6, unique=True))
def test_tags_survive_being_edited(tags: list[str]) -> None:
    assert history.tags_of(history.tags_text(tags)) == tuple(tags)


@given(st.text(max_size=40))
def test_whatever_is_typed_gives_proper_tags(line: str) -> None:
    tags = history.tags_of(line)
    assert len(set(tags)) == len(tags)
    assert all(tag and tag == tag.strip() for tag in tags)


def test_days_are_whole_ones_of_the_readers_zone() -> None:
    days = (date(2026, 3, 28), date(2026, 3, 29))
    chosen = Choices(history_dates=days, history_words="a b", history_kind="comparison")
    query = history.query_of(chosen, BERLIN)
    # The clocks go forward on the second day, which has 23 hours.
    assert query.since == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert query.until == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert (query.words, query.kind) == ("a b", "comparison")
    assert history.query_of(Choices(), BERLIN) == RunQuery()
    assert history.moment(datetime(2026, 3, 29, 1, tzinfo=UTC), BERLIN) == "29 Mar 2026, 03:00"


@pytest.mark.parametrize(
    ("total", "matching", "first", "shown", "words"),
    [
        (1, 1, 0, 1, "1 run, 1 to 1 shown"),
        (312, 14, 0, 14, "312 runs, 14 match, 1 to 14 shown"),
        (10_000, 10_000, 25, 25, "10,000 runs, 26 to 50 shown"),
        (3, 0, 0, 0, "3 runs, 0 match, none shown"),
    ],
)
def test_the_count_in_words(total: int, matching: int, first: int, shown: int, words: str) -> None:
    lines = tuple(summary_of(runs.saved(number)) for number in range(shown)) if shown else ()
    assert history.counted(Found(total, matching, first, lines, RunFacets())) == words


@pytest.mark.usefixtures("home")
def test_a_page_that_is_gone_becomes_the_last_one() -> None:
    for number in range(26):
        services.keep_run(runs.saved(number))
    chosen = Choices()
    chosen.history.page = 1
    assert len(history.find(chosen, BERLIN).runs) == 1
    chosen.history.picked = [history.find(chosen, BERLIN).runs[0].id]
    history.delete(chosen)
    found = history.find(chosen, BERLIN)
    assert (chosen.history.page, len(found.runs), found.total) == (0, 25, 25)
    history.bring_back(chosen)
    assert history.find(chosen, BERLIN).total == 26
    assert chosen.history.deleted == ()


@pytest.mark.usefixtures("home")
def test_an_archive_holds_each_run_and_an_index() -> None:
    ids = [services.keep_run(runs.saved(number)).id or "" for number in (1, 2)]
    with zipfile.ZipFile(BytesIO(history.archive(ids, [".json"]))) as archive:
        names = archive.namelist()
    assert "index.json" in names
    assert sum(name.endswith("/report.json") for name in names) == 2


def test_a_failed_change_is_told(home: Path) -> None:
    chosen = Choices()
    history.annotate(chosen, "nothing-there", note="x")
    assert "nothing-there" in chosen.history.fault


@pytest.mark.usefixtures("home")
def test_a_run_is_kept_again_under_its_id() -> None:
    keeping, first, second = Keeping(), runs.report("one"), runs.report("one", methods=("shap", "lime"))
    keeping.keep(lambda: first, 1.5, {"lime": "cancelled"})
    assert keeping.run is not None
    kept = keeping.run.id
    services.annotate_run(kept, note="mine")
    keeping.keep(lambda: second, 0.0)
    found = services.open_run(kept)
    assert (keeping.outcome, keeping.run.id, found.result, found.note) == (Outcome.KEPT, kept, second, "mine")
    assert (found.seconds, found.faults) == (1.5, {})
    assert services.find_runs()[0] == 1


def test_what_becomes_of_a_run_otherwise(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = Keeping(private=lambda: True)
    private.keep(lambda: runs.report("one"), 1.0)
    assert (private.outcome, private.run) == (Outcome.PRIVATE, None)
    assert not list(home.iterdir())

    def broken() -> None:
        raise MemoryError

    failed = Keeping()
    failed.keep(broken, 1.0)  # type: ignore[arg-type]
    assert failed.outcome is Outcome.FAILED
    assert failed.notice == "the run is not kept (MemoryError); export it instead"
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", "nonsense")
    failed.keep(lambda: runs.report("one"), 1.0)
    assert failed.outcome is Outcome.FAILED
    assert str(failed.notice).startswith("the run is not kept: ")


@pytest.mark.usefixtures("home")
def test_threads_that_end_together_keep_one_run() -> None:
    keeping, report = Keeping(), runs.report("one")
    threads = [threading.Thread(target=keeping.keep, args=(lambda: report, 1.0)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert services.find_runs()[0] == 1


def test_a_report_gives_back_its_request(tiny: Checkpoint) -> None:
    report = services.explain(
        tiny, TEXT, ["shap", "occlusion"], target="expected", unit="token", seed=3, budget=40,
        options={"occlusion": {"replacement": "mask"}},
    )  # fmt: skip
    request = opening.request_of_report(report, ["lime"])
    assert [name for name, _ in request.methods] == ["shap", "lime", "occlusion"]
    assert '"budget":40' in request.methods[0][1]
    assert '"replacement":"mask"' in request.methods[2][1]
    assert (request.seed, request.unit, request.target) == (3, "token", Target(kind="expected"))
    plain = services.explain(tiny, TEXT, ["occlusion"])
    assert opening.request_of_report(plain).target is None


@pytest.mark.parametrize("target", [None, "expected", "scale", "predicted", "2 stars"])
def test_a_comparison_gives_back_its_request(tiny: Checkpoint, tiny_other: Checkpoint, target: str | None) -> None:
    places = {label: index / 8 for index, label in enumerate(tiny.labels)}
    comparison = services.compare(
        [tiny, tiny_other], TEXT, method="occlusion", target=target, scales={tiny.name: places}, seed=2
    )
    request = opening.request_of_comparison(comparison)
    again = services.compare([tiny, tiny_other], TEXT, method="occlusion", target=request.target, scales=request.places)
    answered = [one.explanation.target for one in comparison.checkpoints]
    assert [one.explanation.target for one in again.checkpoints] == answered
    assert (request.places, request.seed) == ({tiny.name: places}, 2)


def explained(text: str = TEXT, checkpoint: str = "stars", **changed: object) -> Explanation:
    return runs.explanation(runs.prediction(text, checkpoint)).model_copy(update=changed)


def test_what_can_be_compared_is_said() -> None:
    one = explained()
    assert obstacle(one, explained(checkpoint="stars-early")) is None
    assert "The texts differ" in str(obstacle(one, explained("Another text.")))
    other = explained(target=Target(kind="probability", label="1 star"))
    assert "the expected rating and the probability of 1 star" in str(obstacle(one, other))
    assert "Second − first" not in pair_html(one, other)
    assert "seed: 0 and 5" in pair_html(one, explained(seed=5))


def test_differences_are_second_minus_first(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    first, second = (
        services.explain(one, TEXT, ["occlusion"], target="expected").explanations[0] for one in (tiny, tiny_other)
    )
    page = differences_html(first, second)
    pairs = zip(first.units, second.units, strict=True)
    changes = sorted((new.score - old.score for old, new in pairs), key=abs, reverse=True)
    places = [page.index(f'title="{change:+.4f}"') for change in changes]
    assert places == sorted(places)


def test_hostile_words_are_escaped() -> None:
    run = runs.saved(1, "x", note="<script>", tags=("<b>",), label="5 stars")
    assert "<script>" not in banner_html(run, "now")
    assert "<b>" not in banner_html(run, "now").replace("<b>Saved", "")
    odd = summary_of(runs.saved(2, "x", checkpoint="<i>", methods=("<u>",)))
    assert "<i>" not in said_html(odd)
    assert "<u>" not in said_html(odd)
    assert 'aria-label="5 stars">★★★★★<' in said_html(odd)


@pytest.mark.parametrize("mount", ["http://here:8501", "http://here:8501/entities", "http://here/a/compare"])
@pytest.mark.parametrize(("kind", "path"), [("explanation", ""), ("comparison", "compare"), ("entities", "entities")])
def test_a_link_is_of_the_page_that_shows_the_run(
    monkeypatch: pytest.MonkeyPatch, mount: str, kind: str, path: str
) -> None:
    """The address that Streamlit knows is that of the page that is open."""
    monkeypatch.setattr(history.st, "context", SimpleNamespace(url=f"{mount}/{path}".rstrip("/")))
    assert history.link_to("abc", kind) == f"{mount}/{path}?run=abc"


def test_a_run_of_entities_in_a_row_says_what_was_found() -> None:
    shown = said_html(summary_of(runs.saved(1, result=runs.named("a <b>Tim</b>", names=[("<b>Tim</b>", "PER")]))))
    assert "<b>PER</b>" in shown
    assert "no entity explained" in shown
    assert "<b>Tim" not in shown
    assert "Occlusion" in said_html(summary_of(runs.saved(1, result=runs.named(entity=0))))
