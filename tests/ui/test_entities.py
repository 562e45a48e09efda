"""What the Entities page shows and asks for, from a tagger made on the spot."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser

import pytest

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError, TextError
from workbench.pipeline import find_entities
from workbench.reports import FORMATS
from workbench.reports.entities_csv import entities_csv
from workbench.schema import EntityPrediction, Span, Unit
from workbench.services import explain_entity, report_name
from workbench.ui import entities, entity_job
from workbench.ui.components.entities_found import found_html
from workbench.ui.components.entities_keep import json_of
from workbench.ui.components.entities_tokens import tokens_html
from workbench.ui.entity_job import EntityJob, EntityRequest
from workbench.ui.jobs import Place
from workbench.ui.state import Choices

TEXT = "we loved staff , very good food"
LONG = "the staff was very good and we loved it . " * 9
HOSTILE = "we <img src=x onerror=alert(1)> loved \" ' &amp; </script> staff"


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.text = ""
        self.titles: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        self.titles += [value or "" for name, value in attrs if name == "title"]

    def handle_data(self, data: str) -> None:
        self.text += data


def choices(**changes: object) -> Choices:
    return Choices(
        entity_text=TEXT, tagger="made", entity_methods=["lime", "occlusion"], **changes  # type: ignore[arg-type]
    )  # fmt: skip


def request(**changes: object) -> EntityRequest:
    return entities.request_of(choices()).model_copy(update=changes)


def test_a_request_holds_all_that_the_result_hangs_on() -> None:
    made = entities.request_of(choices(budget="Quick", seed=3, entity_strategy="max", entity_windows=True))
    assert [name for name, _ in made.methods] == ["occlusion", "lime"]
    assert json.loads(dict(made.methods)["lime"])["budget"] == 300
    assert (made.strategy, made.windows, made.seed, made.unit) == ("max", True, 3, Unit.WORD)
    assert (made.checkpoint, made.text, made.entity) == ("made", TEXT, None)


def test_a_request_without_methods_or_with_a_bad_option_is_refused() -> None:
    with pytest.raises(TextError, match="no method is chosen; choose one"):
        entities.request_of(Choices(entity_text=TEXT))
    with pytest.raises(InputError):
        entities.request_of(choices(entity_options={"lime": {"kernel_width": -1}}))


def test_results_are_outdated_once_a_choice_differs() -> None:
    chosen = choices()
    assert not entities.outdated(chosen)
    chosen.entity_request = entities.request_of(chosen)
    # Which entity is picked is no choice that the button is needed for.
    chosen.entity = 1
    assert not entities.outdated(chosen)
    chosen.entity_strategy = "max"
    assert entities.outdated(chosen)
    chosen.entity_strategy = ""
    chosen.entity_methods = []
    assert entities.outdated(chosen)


def test_a_type_has_the_same_colour_in_every_text(tiny_tags: Checkpoint) -> None:
    first, second = (entities.colours_of(find_entities(tiny_tags, text)) for text in (TEXT, "it"))
    assert first == second
    assert list(first) == ["PER", "LOC"]
    assert len(set(first.values())) == 2


def test_entities_by_type_and_by_name(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, LONG)
    kinds = [one.type for one in prediction.entities]
    assert set(kinds) == {"PER", "LOC"}
    assert entities.numbers_of(prediction, ()) == list(range(len(kinds)))
    chosen = entities.numbers_of(prediction, ["LOC"])
    assert chosen == [number for number, kind in enumerate(kinds) if kind == "LOC"]
    one = prediction.entities[chosen[0]]
    assert entities.name_of(prediction, chosen[0]) == f"{chosen[0] + 1}. {one.text} ({one.type} {one.score:.3f})"


def test_only_the_chosen_types_are_marked(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, LONG)
    shown = Tags(found_html(prediction, None, ["LOC"]))
    assert {title.split()[0] for title in shown.titles} == {"LOC", "not"}
    assert len([title for title in shown.titles if title.startswith("LOC")]) == len(
        entities.numbers_of(prediction, ["LOC"])
    )
    assert f"at character {prediction.unread_from:,} of {len(LONG):,}" in shown.text


def test_every_token_has_its_tag_and_the_first_three_on_hover(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, TEXT)
    places = entities.tokens_of(prediction, 0)
    assert places == list(range(len(prediction.tokens)))
    shown = Tags(tokens_html(prediction, places))
    assert len(shown.titles) == len(prediction.tokens)
    for place, title in enumerate(shown.titles):
        row = dict(zip(prediction.labels, prediction.probabilities[place], strict=True))
        best = sorted(row, key=lambda label: -row[label])[:3]
        assert title.startswith("; ".join(f"{label} {row[label]:.3f}" for label in best) + "; ")
    assert f"{prediction.tags[2]} {max(prediction.probabilities[2]):.2f}" in shown.text


def test_windows_share_out_the_tokens(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, LONG, windows=True)
    count = len(prediction.windows)
    assert count > 1
    taken = [place for window in range(count) for place in entities.tokens_of(prediction, window)]
    assert taken == list(range(len(prediction.tokens)))


def test_nothing_of_a_hostile_text_is_markup(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, HOSTILE, strategy="none")
    marked = Tags(found_html(prediction, 0))
    assert marked.seen <= {"div", "span", "small"}
    for kind in ("PER", "LOC"):
        marked.text = marked.text.replace(f" {kind}", "")
    assert marked.text.startswith(HOSTILE)
    assert Tags(tokens_html(prediction, range(len(prediction.tokens)))).seen <= {"div", "span", "b", "u"}


def test_hostile_labels_are_escaped(tiny_tags: Checkpoint) -> None:
    bad = '"><img src=x onerror=alert(1)>'
    found = find_entities(tiny_tags, TEXT)
    whole = found.model_dump()
    whole["checkpoint"]["labels"] = tuple(label.replace("PER", bad) for label in found.labels)
    for one in whole["entities"]:
        one["type"] = one["type"].replace("PER", bad)
    prediction = EntityPrediction.model_validate(whole)
    assert "img" not in Tags(found_html(prediction)).seen
    assert "img" not in Tags(tokens_html(prediction, range(len(prediction.tokens)))).seen


def job_of(prediction: EntityPrediction, checkpoint: Checkpoint, entity: int) -> EntityJob:
    report = explain_entity(checkpoint, prediction, entity, ["occlusion", "shap"], budget=30)
    places = {one.method: Place(explanation=one) for one in report.explanations}
    return EntityJob(request(text=prediction.text, entity=entity), places)


def test_an_entity_of_a_window_is_drawn_on_that_window(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, LONG, windows=True)
    number = len(prediction.entities) - 1
    entity = prediction.entities[number]
    window = prediction.window_of(entity)
    assert window.start > 0
    job = job_of(prediction, tiny_tags, number)
    drawn, spans = entities.within(job, prediction, entity)
    text = window.of(LONG)
    assert drawn.request.text == text
    for before, after in zip(job.explanations, drawn.explanations, strict=True):
        assert after.text == text
        assert [unit.score for unit in after.units] == [unit.score for unit in before.units]
        assert [unit.span for unit in after.units] == list(spans)
        assert [unit.span.moved(window.start) for unit in after.units] == [unit.span for unit in before.units]


def test_without_windows_a_job_is_drawn_as_it_is(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, LONG)
    job = job_of(prediction, tiny_tags, 0)
    drawn, spans = entities.within(job, prediction, prediction.entities[0])
    assert drawn is job
    assert [unit.span for unit in job.explanations[0].units] == list(spans)
    assert spans[-1].end <= (prediction.unread_from or 0)


def test_what_is_kept_is_what_was_found(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, TEXT)
    assert report_name(prediction) == "workbench-tiny-we-loved-staff-very-good-food"
    job = job_of(prediction, tiny_tags, 0)
    report = entities.report_of(job, prediction)
    assert report is not None
    entity = prediction.entities[0]
    assert report_name(report).startswith(f"workbench-tiny-{entity.text.split()[0]}")
    whole = json.loads(FORMATS[".json"].render(report))
    assert whole["schema"] == "workbench.entities/1"
    assert [one["method"] for one in whole["explained"]["explanations"]] == ["occlusion", "shap"]
    assert whole["provenance"]["workbench"]
    alone = json.loads(json_of(prediction))
    assert alone["predictions"] == whole["predictions"]
    assert "explained" not in alone
    assert alone["provenance"]["workbench"]
    rows = list(csv.DictReader(io.StringIO(entities_csv([prediction], report))))
    assert len(rows) == sum(len(one.units) for one in report.explanations)
    found = list(csv.DictReader(io.StringIO(entities_csv([prediction]))))
    assert [(row["type"], row["text"], int(row["start"])) for row in found] == [
        (one.type, one.text, one.start) for one in prediction.entities
    ]
    assert [Span(start=int(row["start"]), end=int(row["end"])).of(TEXT) for row in found] == [
        one.text for one in prediction.entities
    ]


def test_a_job_can_be_cancelled(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, TEXT)
    names = [name for name, _ in request().methods]
    job = EntityJob(request(entity=0), {name: Place() for name in names})
    job.cancel()
    job.begin(tiny_tags, prediction)
    job.wait(60)
    assert not job.running
    assert [place.fault for place in job.places.values()] == ["cancelled"] * len(names)


def test_a_fault_of_a_method_is_its_own(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, TEXT)
    asked = entities.request_of(choices(entity_options={"lime": {"perturbation": "bag"}}))
    job = entity_job.start(asked.model_copy(update={"entity": 0}), tiny_tags, prediction)
    job.wait(60)
    assert job.places["occlusion"].explanation is not None
    assert (job.places["lime"].fault or "").startswith("a bag of words cannot tell where an entity stands; ")


def test_nothing_is_kept_of_a_running_job(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, TEXT)
    job = EntityJob(request(entity=0), {"occlusion": Place()})
    assert entities.report_of(job, prediction) is None
    job.places["occlusion"].fault = "cancelled"
    assert entities.report_of(job, prediction) is None
