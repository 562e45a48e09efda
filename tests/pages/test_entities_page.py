"""The Entities page by AppTest, with tiny taggers: what it shows is what the services say."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from workbench import resources, services
from workbench.checkpoints import Checkpoint
from workbench.schema import EntityPrediction
from workbench.ui.entity_job import EntityJob
from workbench.ui.state import Choices

pytestmark = pytest.mark.slow
SECONDS = 180
TEXT = "we loved staff , very good food"
LONG = "the staff was very good and we loved it . " * 9


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    def opened(*checkpoints: Checkpoint, text: str = TEXT) -> AppTest:
        monkeypatch.setenv(resources.OFFERED, "\n".join(one.name for one in checkpoints))
        app = AppTest.from_file(str(resources.folder("pages") / "entities.py"), default_timeout=SECONDS).run()
        chosen(app).entity_methods = ["occlusion"]
        app.session_state["workbench.widget.entity_methods"] = ["occlusion"]
        app.text_area[0].set_value(text).run()
        assert not app.exception
        return app

    return opened


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def find(app: AppTest) -> AppTest:
    next(button for button in app.button if button.label == "Find").click().run()
    assert not app.exception
    return app


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def labelled(elements: Any, label: str) -> Any:
    return next(one for one in elements if one.label.startswith(label))


def pick(app: AppTest, number: int) -> EntityJob:
    labelled(app.selectbox, "Entity").set_value(number).run()
    job = chosen(app).entity_job
    assert job is not None
    job.wait(SECONDS)
    assert not job.running
    app.run()
    assert not app.exception
    return job


def table(app: AppTest) -> list[tuple[str, str, float, int, int]]:
    return [(row.Entity, row.Type, row.Score, row.Start, row.End) for row in app.dataframe[0].value.itertuples()]


def rows_of(prediction: EntityPrediction) -> list[tuple[str, str, float, int, int]]:
    return [(one.text, one.type, one.score, one.start, one.end) for one in prediction.entities]


def test_a_sentence_is_there_already(opened: Callable[..., AppTest], tiny_tags: Checkpoint) -> None:
    app = opened(tiny_tags)
    app.session_state["workbench.choices"] = Choices()
    app.run()
    assert app.text_area[0].value == "Apple CEO Tim Cook announced new features in Cupertino, California."
    assert [one.value for one in app.title] == ["Who and what is named?"]
    labelled(app.selectbox, "Sample sentences").set_value("no-names").run()
    assert app.text_area[0].value.startswith("The soup was cold")
    assert chosen(app).entity_request is None


def test_a_text_of_ones_own_is_no_sample(opened: Callable[..., AppTest], tiny_tags: Checkpoint) -> None:
    app = opened(tiny_tags)
    box = labelled(app.selectbox, "Sample sentences")
    assert box.value is None
    sample = box.options[0].split(" ")[0]
    box.set_value(sample).run()
    assert (labelled(app.selectbox, "Sample sentences").value, chosen(app).entity_sample) == (sample, sample)
    whole = app.text_area[0].value
    assert whole not in ("", TEXT)
    # Taken again after it was changed, it is whole again; and an emptied box stays empty.
    app.text_area[0].set_value(f"{whole} And more.").run()
    labelled(app.selectbox, "Sample sentences").set_value(sample).run()
    assert app.text_area[0].value == whole
    app.text_area[0].set_value("").run()
    assert app.run().text_area[0].value == ""
    assert labelled(app.selectbox, "Sample sentences").value is None


def test_only_taggers_are_offered(opened: Callable[..., AppTest], tiny: Checkpoint, tiny_tags: Checkpoint) -> None:
    app = opened(tiny, tiny_tags)
    offered = labelled(app.selectbox, "Checkpoint").options
    assert len([one for one in offered if one.startswith("tiny (2 layers, 5 labels)")]) == 1
    assert chosen(app).tagger == tiny_tags.name
    page = AppTest.from_file(str(resources.folder("pages") / "explain.py"), default_timeout=SECONDS).run()
    assert chosen(page).checkpoint == tiny.name


def test_what_is_found_is_marked_listed_and_told(opened: Callable[..., AppTest], tiny_tags: Checkpoint) -> None:
    app = find(opened(tiny_tags))
    prediction = services.find_entities(tiny_tags, TEXT)
    assert table(app) == rows_of(prediction)
    page = html_of(app)
    for one in prediction.entities:
        assert f'title="{one.type} {one.score:.3f}">{one.text} <small>{one.type}</small>' in page
    assert len(re.findall('class="wb-chip[" ]', page)) == len(prediction.tokens)
    assert "tags as bio, put together by first" in page
    assert chosen(app).entity_job is None


def test_a_strategy_takes_effect_with_the_button(opened: Callable[..., AppTest], tiny_tags: Checkpoint) -> None:
    app = find(opened(tiny_tags))
    labelled(app.selectbox, "Strategy").set_value("none").run()
    assert "press Find" in app.info[0].value
    find(app)
    assert not app.info
    assert table(app) == rows_of(services.find_entities(tiny_tags, TEXT, strategy="none"))


def test_the_types_to_show(opened: Callable[..., AppTest], tiny_tags: Checkpoint) -> None:
    app = find(opened(tiny_tags, text=LONG))
    prediction = services.find_entities(tiny_tags, LONG)
    labelled(app.get("button_group"), "Show only").set_value(["LOC"]).run()
    assert not app.exception
    assert table(app) == [row for row in rows_of(prediction) if row[1] == "LOC"]
    first = [one.type for one in prediction.entities].index("LOC")
    assert labelled(app.selectbox, "Entity").options[0].startswith(f"{first + 1}. ")


def test_why(opened: Callable[..., AppTest], tiny_tags: Checkpoint) -> None:
    app = find(opened(tiny_tags))
    job = pick(app, 0)
    expected = services.explain_entity(tiny_tags, services.find_entities(tiny_tags, TEXT), 0, ["occlusion"])
    (shown,), (alone,) = job.explanations, expected.explanations
    assert [(unit.start, unit.end) for unit in shown.units] == [(unit.start, unit.end) for unit in alone.units]
    # Who else asks the model meanwhile decides over the last bits.
    assert [unit.score for unit in shown.units] == pytest.approx([unit.score for unit in alone.units], abs=1e-6)
    page = html_of(app)
    for unit in expected.explanations[0].units:
        assert f'title="{unit.score:+.4f}"' in page
    entity = expected.explained
    assert any(f"Why is **{entity.text}** of type **{entity.type}**?" in one.value for one in app.markdown)
    # Another entity is another question, and the button is not needed for it.
    if len(expected.prediction.entities) > 1:
        assert pick(app, 1) is not job


def test_a_row_that_is_clicked_is_picked(opened: Callable[..., AppTest], tiny_tags: Checkpoint) -> None:
    from workbench.ui import state
    from workbench.ui.components import entities_found

    held = {"key": {"selection": {"rows": [1]}}}
    put: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "value", held.__getitem__)
        patch.setattr(state, "put", put.__setitem__)
        entities_found._pick("key", [3, 5, 8])
        assert put == {"entity": 5}
        held["key"] = {"selection": {"rows": []}}
        entities_found._pick("key", [3, 5, 8])
        assert put == {"entity": None}


def test_a_long_text_read_whole(opened: Callable[..., AppTest], tiny_tags: Checkpoint) -> None:
    app = find(opened(tiny_tags, text=LONG))
    assert "Not read: the model stops after 48 tokens" in html_of(app)
    labelled(app.toggle, "Read long texts whole").set_value(True).run()
    find(app)
    prediction = services.find_entities(tiny_tags, LONG, windows=True)
    assert table(app) == rows_of(prediction)
    page = html_of(app)
    assert "Not read" not in page
    assert f"read in {len(prediction.windows)} overlapping windows" in page
    last = len(prediction.entities) - 1
    pick(app, last)
    window = prediction.window_of(prediction.entities[last])
    said = f"the window of characters {window.start:,} to {window.end:,}"
    assert any(said in one.value for one in app.markdown)
    assert "not read by the model" not in html_of(app)


def test_the_guided_tour_is_off_until_wanted(opened: Callable[..., AppTest], tiny_tags: Checkpoint) -> None:
    app = find(opened(tiny_tags, text="we loved <b>it</b>"))
    assert "<details" not in html_of(app)
    labelled(app.toggle, "Guided tour").set_value(True).run()
    assert not app.exception
    assert html_of(app).count('<details class="wb-lesson"') == 5
    assert "<b>it</b>" not in html_of(app)


@pytest.mark.parametrize(
    "text", ["   ", "!", "\x00\x07 \x1b[31mred", "مرحبا بالعالم", "👨‍👩‍👧‍👦", "<script>alert(1)</script>"]
)
def test_bad_input_gets_a_result_or_one_line(opened: Callable[..., AppTest], tiny_tags: Checkpoint, text: str) -> None:
    app = find(opened(tiny_tags, text=text))
    assert "<script>alert" not in html_of(app)
    if app.error:
        assert len(app.error) == 1
        assert "\n" not in app.error[0].value
    else:
        assert chosen(app).entity_request is not None
        if app.dataframe:
            pick(app, 0)


def test_a_checkpoint_that_cannot_be_used_says_so(
    opened: Callable[..., AppTest], make_checkpoint: Callable[..., Path], tiny_tags: Checkpoint
) -> None:
    broken = make_checkpoint(("O", "B-PER"), tags=True)
    (broken / "model.safetensors").write_bytes(b"")
    app = opened(SimpleNamespace(name=str(broken)))
    assert len(app.error) == 1
    assert find(app).error
