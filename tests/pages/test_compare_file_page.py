"""The half of the Compare page that takes a file, by AppTest, with tiny checkpoints."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from workbench import resources
from workbench.checkpoints import Checkpoint
from workbench.reports import FORMATS
from workbench.schema import Choice, Measure
from workbench.services import disagreement_words, verify
from workbench.ui.components.compare_file import _ADDRESS
from workbench.ui.components.file_disagreement import choice_title, listed
from workbench.ui.file_jobs import FileJob
from workbench.ui.state import Choices
from workbench.ui.style import literal

pytestmark = pytest.mark.slow
SECONDS = 120
HOSTILE = "<img src=x onerror=alert(1)> :red[bad] $x$ room"
WORDS = ["good", "bad", "the room was", "we loved", "cold", "never again", "very slow staff", "clean"]
ROWS = [(f"{WORDS[n % 8]} {WORDS[n % 3]} food {n % 5}", str(n % 5 + 1)) for n in range(40)]
CSV = "note,text,rating\n" + "".join(f"x,{text},{label}\n" for text, label in ROWS) + f"y,{HOSTILE},3\nz,,2\n"


@pytest.fixture
def names(tiny: Checkpoint, tiny_other: Checkpoint, tiny_bpe: Checkpoint) -> list[str]:
    return [tiny.name, tiny_other.name, tiny_bpe.name]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, names: list[str]) -> AppTest:
    monkeypatch.setenv(resources.OFFERED, "\n".join(names))
    app = fresh()
    return group(app, "A file").set_value("A file").run()


def fresh(**address: str) -> AppTest:
    app = AppTest.from_file(str(resources.folder("pages") / "compare.py"), default_timeout=SECONDS)
    app.query_params.update(address)
    return app.run()


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def upload(app: AppTest, content: str | bytes, name: str = "reviews.csv") -> AppTest:
    raw = content if isinstance(content, bytes) else content.encode()
    return app.file_uploader[0].set_value((name, raw, "text/csv")).run()


def compare(app: AppTest) -> FileJob:
    button(app, "Compare").click().run()
    assert not app.exception
    job = chosen(app).file_job
    assert job is not None
    job.wait(SECONDS)
    app.run()
    assert not app.exception
    return job


def group(app: AppTest, content: str):
    return next(
        one for one in app.get("button_group") if any(content in option.content for option in one.proto.options)
    )


def test_an_empty_page_says_what_to_do(app: AppTest) -> None:
    assert not app.exception
    assert button(app, "Compare").disabled
    assert any(one.value.startswith("A review a row") for one in app.caption)
    assert not app.header


def test_one_checkpoint_is_too_few(app: AppTest, names: list[str]) -> None:
    upload(app, CSV)
    app.multiselect[0].set_value(names[:1]).run()
    assert button(app, "Compare").disabled
    assert any("at least two checkpoints" in one.value for one in app.caption)


def test_columns_are_guessed_shown_and_changeable(app: AppTest) -> None:
    upload(app, CSV)
    assert [one.label for one in app.selectbox] == ["Column of the text", "Column of the label"]
    assert [one.value for one in app.selectbox] == [1, 2]
    page = html_of(app)
    assert "41 of 42 rows read · 41 with a label · 1 left out · csv" in page
    assert "there is no text in it: 1" in page
    assert "row 42" in page
    assert [one.label for one in app.expander] == ["1 row left out"]
    app.selectbox[1].set_value(-1).run()
    assert "no labels" in html_of(app)
    app.selectbox[0].set_value(0).run()
    assert "42 of 42 rows read" in html_of(app)
    app.number_input[0].set_value(7).run()
    assert "7 of 42 rows read" in html_of(app)
    assert "7 of 42 rows were drawn at random (seed 0)" in html_of(app)


def test_a_column_of_another_name_is_found_by_its_texts(app: AppTest) -> None:
    upload(app, "id,said\n1,the room was very clean\n2,we loved the food\n")
    assert [one.value for one in app.selectbox] == [1, -1]
    assert "2 of 2 rows read · no labels" in html_of(app)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; give a file with texts"),
        (b"a,b\n1,2\n", "none looks like the text"),
        (b"text\n\n", "no row of reviews.csv can be read"),
    ],
)
def test_a_file_at_fault_is_said_in_one_line(app: AppTest, content: bytes, message: str) -> None:
    upload(app, content)
    assert not app.exception
    assert len(app.error) == 1
    assert literal(message) in app.error[0].value
    assert button(app, "Compare").disabled


def test_results(app: AppTest, names: list[str]) -> None:
    upload(app, CSV, "../evil<b>.csv")
    job = compare(app)
    found = job.found
    assert found is not None
    assert [one.name for one in found.checkpoints] == names[:2]
    assert [one.value for one in app.header] == [
        "How good each is",
        "Where they differ",
        "Which words go with the disagreement",
        "Keep it",
    ]
    page = html_of(app)
    assert "<img src=x" not in page
    assert "<b>.csv" not in page
    for side in found.checkpoints:
        assert f"{side.figures[Measure.ACCURACY]:.3f}" in page
    (pair,) = found.pairs
    for one in pair.differences:
        assert one.sentence.split(" (")[0][1:] in page
    assert page.count("data:image/svg+xml;base64,") == 2
    assert f"They agree on {pair.agreement:.1%} of 41 reviews" in page
    assert page.count('class="wb-alike"') == 5
    assert app.query_params == {_ADDRESS: job.key} or app.query_params == {_ADDRESS: [job.key]}
    frame = app.dataframe[0].value
    places = found.chosen(pair, Choice.DISAGREE)
    assert list(frame["amount"]) == [pair.amounts[place] for place in places]
    assert list(frame["row"]) == [found.rows[place].number for place in places]


def test_filters_have_counts_and_choose_rows(app: AppTest) -> None:
    upload(app, CSV)
    found = compare(app).found
    assert found is not None
    (pair,) = found.pairs
    pills = group(app, "Both right")
    titles = [option.content for option in pills.proto.options]
    names = found.names(pair)
    assert titles == [literal(f"{choice_title(one, names)}: {count:,}") for one, count in pair.counts.items()]
    for choice in (Choice.BOTH_WRONG, Choice.ALL, Choice.ONLY_FIRST):
        group(app, "Both right").set_value(choice.value).run()
        assert not app.exception
        places = found.chosen(pair, choice)
        shown = list(app.dataframe[0].value["row"]) if app.dataframe else []
        assert shown == [found.rows[place].number for place in places]


def test_three_checkpoints_have_three_pairs(app: AppTest, names: list[str]) -> None:
    upload(app, CSV)
    app.multiselect[0].set_value(names).run()
    found = compare(app).found
    assert found is not None
    which = next(one for one in app.selectbox if one.label == "Two of them")
    assert which.options == [" and ".join(found.names(pair)) for pair in found.pairs]
    which.set_value(1).run()
    assert not app.exception
    assert f"They agree on {found.pairs[1].agreement:.1%}" in html_of(app)
    assert "NEGATIVE" in html_of(app)


def test_a_reload_finds_the_results_again(app: AppTest) -> None:
    upload(app, CSV)
    job = compare(app)
    again = fresh(**{_ADDRESS: job.key})
    assert not again.exception
    assert chosen(again).file_job is job
    assert chosen(again).compare_on == "A file"
    assert again.header[0].value == "How good each is"
    # An address that nobody knows is not kept.
    lost = fresh(**{_ADDRESS: "gone"})
    assert not lost.exception
    assert "no longer kept here" in lost.info[0].value
    assert _ADDRESS not in lost.query_params


def test_the_way_back_leads_to_the_file_again(app: AppTest) -> None:
    upload(app, CSV)
    job = compare(app)
    group(app, "A file").set_value("One review").run()
    assert chosen(app).compare_on == "One review"
    assert _ADDRESS not in app.query_params
    app.run()
    assert chosen(app).compare_on == "One review"
    # What the browser's Back does.
    app.query_params[_ADDRESS] = job.key
    app.run()
    assert not app.exception
    assert chosen(app).compare_on == "A file"
    assert chosen(app).file_job is job
    assert app.header[0].value == "How good each is"


def test_a_review_is_opened_in_the_other_half(app: AppTest, names: list[str]) -> None:
    upload(app, CSV)
    compare(app)

    def opened(text: str, names: list[str]) -> None:
        from workbench.ui.comparing import open_review

        open_review(text, names)

    probe = AppTest.from_function(opened, args=(HOSTILE, names[:2])).run()
    assert (chosen(probe).text, chosen(probe).compared) == (HOSTILE, names[:2])
    assert chosen(probe).compare_on == "One review"


def test_words_that_go_with_the_disagreement(app: AppTest) -> None:
    upload(app, CSV)
    job = compare(app)
    app.slider[0].set_value(5).run()
    button(app, "Explain the disagreement").click().run()
    assert job.words is not None
    job.words.wait(SECONDS)
    app.run()
    assert not app.exception
    assert job.words.fault is None
    assert len(job.words.found) == 5
    totals = disagreement_words(job.words.found)
    page = html_of(app)
    assert "added up over 5 reviews" in page
    for one in totals[:5]:
        assert f"<bdi>{one.word}</bdi>" in page
        assert f"{one.total:+.2f}" in page


def test_every_format_can_be_kept_with_the_words_that_are_there(app: AppTest) -> None:
    upload(app, CSV)
    job = compare(app)
    assert job.told == job.found
    buttons = {one.proto.label: one for one in app.get("download_button")}
    assert list(buttons) == ["This list as CSV", *(FORMATS[suffix].title for suffix in FORMATS)]
    assert not any(one.proto.disabled for one in buttons.values())
    app.slider[0].set_value(5).run()
    button(app, "Explain the disagreement").click().run()
    assert job.words is not None
    job.words.wait(SECONDS)
    told = job.told
    assert told is not None
    (words,) = told.words
    assert (words.reviews, words.asked, words.target) == (5, 5, "expected")
    assert words.totals == disagreement_words(job.words.found)
    for suffix in FORMATS:
        assert FORMATS[suffix].render(told)
    assert verify(FORMATS[".html"].render(told)).agrees


def test_changed_settings_are_told(app: AppTest) -> None:
    upload(app, CSV)
    compare(app)
    assert not app.info
    app.selectbox[1].set_value(-1).run()
    assert "have changed since" in app.info[0].value


def test_the_samples_without_labels(app: AppTest) -> None:
    button(app, "Use the sample reviews").click().run()
    assert "80 of 80 rows read · 80 with a label" in html_of(app)
    app.selectbox[1].set_value(-1).run()
    found = compare(app).found
    assert found is not None
    assert "The rows have no labels" in html_of(app)
    assert "data:image/svg" not in html_of(app)
    assert group(app, "Labels differ").proto.options[0].content == literal("All: 80")


def test_cells_of_the_list(app: AppTest, make_checkpoint: Callable[..., Path]) -> None:
    upload(app, CSV)
    found = compare(app).found
    assert found is not None
    (pair,) = found.pairs
    cells = listed(found, pair, [40])
    one = found.disagreement(pair, 40)
    assert cells["text"] == [HOSTILE]
    assert cells["label"] == ["3"]
    assert cells["first"] == [f"{one.labels[0]}  {max(one.probabilities[0].values()):.2f}"]
    assert json.dumps(cells["second_all"]) == json.dumps([list(one.probabilities[1].values())])
