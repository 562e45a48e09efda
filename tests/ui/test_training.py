"""What the Train page does between its widgets, and the pieces that it shows."""

from __future__ import annotations

import csv
import os
import re
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import resources
from workbench.errors import InputError, WorkbenchError
from workbench.services.training import plan_run
from workbench.training import runs
from workbench.training.estimating import Estimate
from workbench.training.events import Event
from workbench.training.inspecting import Finding, Inspection, TokenLengths
from workbench.training.plan import Plan, State, Status
from workbench.training.recipe import Recipe, Source
from workbench.ui import training, training_data
from workbench.ui.components.train_curves import curves_html
from workbench.ui.components.train_look import class_bars, inspection_html, lengths_picture, rows_html
from workbench.ui.components.train_result import scores_html
from workbench.ui.components.train_runs import head_html, phase_text
from workbench.ui.components.train_start import estimate_text
from workbench.ui.file_choice import NO_COLUMN, chosen_file
from workbench.ui.times import duration
from workbench.ui.train_choices import ALL_WEIGHTS, HUB, PATH, TrainChoices
from workbench.ui.training import Look, Wanted
from workbench.ui.training_words import last_line, said

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "<img src=x onerror=alert(1)>"
ROWS = [(f"{word} food and {other}", label) for word, label in (("good", "5"), ("bad", "1")) for other in "abcdefghij"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(resources.HOME, str(tmp_path / "home"))
    monkeypatch.delenv(resources.ROOTS, raising=False)
    return tmp_path / "home"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "reviews.csv"
    with place.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "text", "rating"), *((n, *row) for n, row in enumerate(ROWS))])
    return place


@pytest.fixture(scope="module")
def encoder(make_checkpoint: Callable[..., Path]) -> str:
    return str(make_checkpoint(head=False, seed=2))


def chosen(file: Path, **changes: object) -> TrainChoices:
    made = TrainChoices(train_from=PATH, train_path=str(file), train_text=1, train_label=2)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def wanted(file: Path, base: str, **changes: object) -> Wanted:
    choices = chosen(file, train_base=base, **changes)
    source = training_data.source_of(choices, file, training_data.columns(file))
    assert source is not None
    return training.wanted_of(choices, source)


def pictures(html: str) -> list[str]:
    return [b64decode(found).decode() for found in re.findall(r"base64,([^\"]+)", html)]


def test_a_look_finds_rows_labels_lengths_and_cost(file: Path, encoder: str) -> None:
    look = Look(wanted(file, encoder))
    look.run(look.work)
    look.wait()
    assert look.fault is None
    assert look.labels == {"5": 10, "1": 10}
    assert look.rows[0] == ROWS[0]
    assert look.recipe is not None
    assert look.recipe.labels == ("1", "5")
    assert look.inspection is not None
    assert look.inspection.rows == 20
    assert look.estimate is not None
    # 3 epochs of the training rows in batches of 16.
    assert look.estimate.steps == 3 * -(-look.inspection.train_rows // 16)


def test_a_look_stops_where_training_would_refuse(tmp_path: Path, encoder: str) -> None:
    file = tmp_path / "one.csv"
    file.write_text("id,text,rating\n" + "".join(f"{n},text {n},5\n" for n in range(9)), encoding="utf-8")
    look = Look(wanted(file, encoder))
    look.run(look.work)
    look.wait()
    assert look.fault is not None
    assert said(look.fault) == "the data has fewer than two labels; check the column of the label"
    assert look.recipe is None
    assert look.estimate is None


def test_a_look_is_kept_until_something_else_is_wanted(
    file: Path, encoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Look, "work", lambda self: None)
    choices = chosen(file)
    first = training.look(choices, wanted(file, encoder))
    assert training.look(choices, wanted(file, encoder)) is first
    second = training.look(choices, wanted(file, encoder, train_names={"1": "bad"}))
    assert second is not first
    assert first.stopping()
    second.cancel()
    assert training.look(choices, second.wanted) is not second


def test_settings_become_a_recipe(file: Path, encoder: str) -> None:
    usual = training.recipe_of(wanted(file, encoder), ["5", "1"])
    assert (usual.lora_rank, usual.learning_rate, usual.class_weight_power, usual.patience) == (16, 6e-4, 0.5, 2)
    assert (usual.test_share, usual.validation_share, usual.seed) == (0.1, 0.1, 13)
    settings = {ALL_WEIGHTS: {"epochs": 2.0}, "care": {"class_weights": "balanced", "patience": 0, "seed": 4}}
    whole = training.recipe_of(wanted(file, encoder, train_weights=ALL_WEIGHTS, train_settings=settings), ["5", "1"])
    assert (whole.lora_rank, whole.learning_rate, whole.epochs) == (0, 5e-5, 2.0)
    assert (whole.class_weight_power, whole.patience, whole.seed) == (1.0, 0, 4)
    with pytest.raises(InputError, match="epochs is out of bounds"):
        wanted(file, encoder, train_weights=ALL_WEIGHTS, train_settings={ALL_WEIGHTS: {"epochs": -1}})


def test_names_of_labels(file: Path, encoder: str) -> None:
    named = training.recipe_of(wanted(file, encoder, train_names={"1": "bad"}), ["5", "1"])
    assert named.labels == ("bad", "5")
    assert named.data[0].mapping == {"1": "bad", "5": "5"}
    same = training.recipe_of(wanted(file, encoder, train_names={"1": "1"}), ["5", "1"])
    assert same.data[0].mapping is None


@given(st.lists(st.integers(-9, 99).map(str) | st.sampled_from(["b", "A", "10.5"]), unique=True))
def test_numbers_stand_before_names(labels: list[str]) -> None:
    ranked = training.ranked(labels)
    assert sorted(ranked) == sorted(labels)
    numbers = [float(one) for one in ranked if one not in ("b", "A")]
    assert numbers == sorted(numbers)
    assert all(one not in ("b", "A") for one in ranked[: len(numbers)])


def test_every_option_that_training_names_has_a_name_on_the_page() -> None:
    # Taggers are trained on the command line alone.
    files = [one for one in (ROOT / "workbench" / "training").glob("*.py") if not one.name.startswith(("tag", "conll"))]
    sources = [*files, ROOT / "workbench" / "services" / "training_setup.py"]
    lines = [line for one in sources for line in one.read_text("utf-8").splitlines() if "words" not in line]
    named = {found for line in lines for found in re.findall(r"--[a-z]+(?:-[a-z]+)*", line)}
    built = {"--validation"}  # only in a command line, where it stays
    assert {"--label-column", "--max-tokens", "--lora"} <= named
    for option in named - built:
        assert "--" not in said(f"do something ({option}) now") or option == "--test"
    assert "--" not in said("hold out a share (--test-share) or give a file (--test)")
    assert said("a -- b --unknown") == "a -- b --unknown"


def test_the_last_line_of_a_log(file: Path, encoder: str) -> None:
    plan = made(file, encoder)
    assert last_line(plan.id) == ""
    log = runs.folder(plan.id) / "log.txt"
    log.write_bytes(b"x" * 20_000 + b"\nreal\x1b[31m line\r\nlib.py:3: FutureWarning: old\n  warnings.warn(\n\n")
    assert last_line(plan.id) == "real line"
    log.write_bytes(b"\xff\xfe" + b"a" * 9_000)
    assert last_line(plan.id) == "a" * 400


def test_names_of_checkpoints(file: Path, encoder: str) -> None:
    now = datetime(2026, 11, 21, 16, 5)
    assert training.free_name(Source(file="/data/my reviews.csv"), now) == "my reviews-1121-1605"
    assert training.free_name(Source(file="hub:owner/sst2@abc"), now) == "sst2-1121-1605"
    recipe = training.recipe_of(wanted(file, encoder), ["5", "1"])
    for name in ("", " . ", "...."):
        with pytest.raises(InputError, match="name"):
            training.start(recipe, name)
    (resources.trained() / "mine").mkdir(parents=True)
    with pytest.raises(InputError, match="there is a checkpoint 'mine' already"):
        training.start(recipe, "mine")
    assert runs.list_runs() == ()


def test_a_name_cannot_leave_the_folder(file: Path, encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "start", lambda run: None)
    recipe = training.recipe_of(wanted(file, encoder), ["5", "1"])
    run = training.start(recipe, "../../etc/<b>x")
    assert runs.read(run).plan.output == resources.trained() / "_.._etc__b_x"


def test_uploads_are_kept_by_content_and_swept_when_no_run_needs_them(
    home: Path, encoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "id,text,rating\n" + "".join(f"{n},{text},{label}\n" for n, (text, label) in enumerate(ROWS))
    used = training_data.keep_upload(chosen_file("../a.csv", body.encode()))
    unused = training_data.keep_upload(chosen_file("b.csv", b"text,label\nx,1\n"))
    assert used.is_relative_to(home / "data")
    assert used.read_text() == body
    made(used, encoder)
    for one in (used, unused):
        os.utime(one, (0, 0))
    assert training_data.keep_upload(chosen_file("c.csv", b"text,label\nx,1\n")).exists()
    assert used.exists()
    assert not unused.exists()


def test_only_files_of_the_roots_when_served(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert training_data.chosen_path(chosen(file)) == file
    monkeypatch.setenv(resources.ROOTS, str(tmp_path / "root"))
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link.csv").symlink_to(file)
    for path in (
        file,
        tmp_path / "nosuch.csv",
        tmp_path / "root" / "link.csv",
        tmp_path / "root" / ".." / "reviews.csv",
    ):
        with pytest.raises(InputError, match="outside the folders that this app may read; upload it"):
            training_data.chosen_path(chosen(path))
    inside = tmp_path / "root" / "in.csv"
    inside.write_bytes(file.read_bytes())
    assert training_data.chosen_path(chosen(inside)) == inside


@pytest.mark.parametrize("typed", ["/nosuch/file.csv", "~nosuchuser/x.csv", "\0", "x" * 5000, "/"])
def test_files_that_are_not_there(typed: str) -> None:
    with pytest.raises(InputError, match="there is no file|outside"):
        training_data.chosen_path(TrainChoices(train_from=PATH, train_path=typed))


def test_columns_are_guessed(file: Path, tmp_path: Path) -> None:
    assert training_data.guess(file) == (1, 2)
    odd = tmp_path / "odd.csv"
    odd.write_text("a,b\n" + "this is a rather long text with words,x\n" * 3, encoding="utf-8")
    assert training_data.guess(odd) == (0, NO_COLUMN)


def test_sources(file: Path) -> None:
    names = training_data.columns(file)
    assert training_data.source_of(chosen(file), file, names) == Source(file=str(file), text=("text",), label="rating")
    assert training_data.source_of(chosen(file, train_label=NO_COLUMN), file, names) is None
    assert training_data.source_of(chosen(file, train_label=9), file, names) is None
    hub = TrainChoices(train_from=HUB, train_dataset=" owner/data ", train_hub_label="stars", train_split="test")
    assert training_data.source_of(hub, None, ()) == Source(file="hub:owner/data", part="test", label="stars")
    assert training_data.source_of(TrainChoices(train_from=HUB), None, ()) is None


def made(file: Path, base: str, name: str = "out") -> Plan:
    recipe = Recipe(base=base, labels=("1", "5"), data=(Source(file=str(file), text=("text",), label="rating"),))
    return plan_run(recipe, file.parent / name)


def status(plan: Plan, **changes: object) -> Status:
    values: dict[str, object] = {
        "plan": plan,
        "state": State(phase="training"),
        "step": 12,
        "steps": 40,
        "loss": 0.5,
        "learning_rate": 1e-4,
        "metrics": None,
        "seconds_left": 200.0,
        "cancelling": False,
    }
    return Status.model_validate(values | changes)


def test_how_far_a_run_is(file: Path, encoder: str) -> None:
    plan = made(file, encoder)
    assert phase_text(status(plan)) == "training, step 12 of 40, about 3 min left"
    assert phase_text(status(plan, cancelling=True)) == "stopping after this step, step 12 of 40"
    done = status(plan, state=State(phase="done", stopped="early"), seconds_left=None)
    assert phase_text(done) == "done, stopped early, step 12 of 40"
    assert "width:30%" in head_html(status(plan))
    assert "wb-wait" not in head_html(done)
    hostile = plan.model_copy(update={"recipe": plan.recipe.model_copy(update={"data": (Source(file=HOSTILE),)})})
    assert HOSTILE not in head_html(status(hostile))


def test_scores(file: Path, encoder: str) -> None:
    plan = made(file, encoder)
    scores = {"rows": 1234, "accuracy": 0.75, "off_by_one": None, "mae": None, "macro_f1": 0.5, "ece": 0.125}
    html = scores_html(status(plan, state=State(phase="done", scores=scores, scored_on="test", kept_step=7)))
    assert all(part in html for part in ("1,234", "0.750", "0.500", "0.125", "held-out rows", "Weights of step 7."))
    assert "stars" not in html
    assert "too good" not in html
    html = scores_html(status(plan, state=State(phase="done", scores=scores, scored_on="validation")))
    assert "too good" in html
    assert "Nothing was held out" in scores_html(status(plan, state=State(phase="done")))


def test_labels_are_bars_as_long_as_they_have_rows() -> None:
    html = class_bars({HOSTILE: 1500, "b": 375, "c": 0})
    assert HOSTILE not in html
    assert re.findall(r"width:([\d.]+)%", html) == ["100.0", "25.0", "0.0"]
    assert "1,500" in html
    assert class_bars({}) == ""


def lengths(**changes: int) -> TokenLengths:
    values = {"shortest": 2, "median": 5, "p95": 18, "longest": 20, "max_tokens": 16, "over_max_tokens": 2}
    values |= {"limit": 512, "over_limit": 0}
    return TokenLengths(**(values | changes), bin_width=5, bins=(6, 3, 0, 1))  # type: ignore[arg-type]


def test_lengths_are_drawn_to_scale() -> None:
    (drawn,) = pictures(lengths_picture(lengths()))
    bars = [
        tuple(map(float, found))
        for found in re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="[\d.]+" height="([\d.]+)"', drawn)
    ]
    assert [bar[1] / bars[0][1] for bar in bars] == pytest.approx([1, 3 / 6, 1 / 6], abs=0.01)
    step = bars[1][0] - bars[0][0]
    assert bars[2][0] == pytest.approx(3 * step, abs=0.2)
    (cut,) = re.findall(r'<line x1="([\d.]+)" y1="\d+" x2="[\d.]+" y2="\d+" stroke="', drawn)
    assert float(cut) == pytest.approx(16 / 5 * step, abs=0.2)
    assert "most the model reads" not in drawn
    (both,) = pictures(lengths_picture(lengths(limit=18)))
    assert "most the model reads" in both


def test_findings_are_sentences_without_markup() -> None:
    findings = (
        Finding(kind="unseen_label", level="stop", rows=0, text=f"the label {HOSTILE!r} is on no training row; add"),
        Finding(kind="cut", level="note", rows=2, text="2 texts are cut, so choose --max-tokens by that"),
    )
    found = Inspection(
        rows=10, train_rows=8, validation_rows=1, test_rows=1, left_out={}, classes={"a": 8}, lengths=lengths(),
        findings=findings,
    )  # fmt: skip
    html = inspection_html(found)
    assert HOSTILE not in html
    assert "choose Most tokens by that." in html
    assert "must be mended" in html
    assert "8 rows to train on, 1 to look at meanwhile, 1 held out" in html
    assert "No repetition" in inspection_html(found.model_copy(update={"findings": ()}))


def test_first_rows_are_escaped() -> None:
    html = rows_html([(HOSTILE, HOSTILE), ("b", None)], 1)
    assert "<img" not in html
    assert html.count("<tr>") == 3


def event(step: int, **values: object) -> Event:
    kind = "evaluate" if "metrics" in values else "train"
    return Event.model_validate({"kind": kind, "step": step, "steps": 10, "epoch": 1.0, "seconds": 1.0, **values})


def test_curves_follow_the_events() -> None:
    assert curves_html([]) == ""
    looks = {"loss": 0.4, "accuracy": 0.75, "macro_f1": 0.5}
    told = [event(1, loss=1.0), event(5, loss=0.5), event(5, metrics=looks)]
    html = curves_html(told)
    assert all(
        part in html for part in ("in training 0.500", "on validation rows 0.400", "accuracy 0.750", "macro F1 0.500")
    )
    loss = next(one for one in pictures(html) if "step 0" in one)
    (first, second) = re.findall(r'<polyline points="([\d., ]+)"', loss)[0].split(" ")
    # From step 1 to step 5 of 10, and from the top to the middle.
    assert float(second.split(",")[0]) - float(first.split(",")[0]) == pytest.approx(0.4 * 312, abs=0.2)
    assert float(second.split(",")[1]) - float(first.split(",")[1]) == pytest.approx(0.5 * 134, abs=0.2)
    over = next(one for one in pictures(curves_html(told, over=True)) if "step 0" in one)
    assert ">5</text>" in over
    assert ">10</text>" in loss
    assert curves_html([event(1, loss=1.0)]).count("<b>") == 1


def test_what_it_takes_in_words() -> None:
    found = Estimate(
        steps=1200, seconds=400.0, memory_bytes=1_540_000_000, parameters=22_000_000, trained=1_100_000, device="cpu"
    )
    assert estimate_text(found) == (
        "1,200 steps, about 7 min and 1.5 GB of memory on cpu; 1.1 of 22.0 million weights are trained (5%)."
    )
    assert [duration(seconds) for seconds in (0, 89, 90, 5399, 7200)] == ["0 s", "89 s", "2 min", "90 min", "2.0 h"]


def test_a_run_of_a_broken_base_is_not_started(file: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WorkbenchError):
        training.recipe_of(wanted(file, str(tmp_path / "nothing")), ["1", "5"])
    recipe = training.recipe_of(wanted(file, str(tmp_path / "empty")), ["1", "5"])
    with pytest.raises(WorkbenchError):
        training.start(recipe, "x")
    assert runs.list_runs() == ()
