"""Reports read back: the same again, and everything else refused in one line."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.reports import FORMATS, Subject, read_report
from workbench.reports import reading as module
from workbench.reports.explanation_json import without_rest
from workbench.reports.json_report import subject_document
from workbench.reports.reading import is_page, report_bytes, report_document
from workbench.schema import SavedRun, SavedRuns
from workbench.services import compare, entities_report, explain, explain_entity, find_entities

HOSTILE = (
    "good food, the room was cold",
    "<script>alert(1)</script> </script><!-- --> <img src=x> room",
    '=HYPERLINK("http://x") "quoted" \\u003c &lt; & room',
    "good 👩‍👩‍👧 e\u0301 שלום \x00 \x1b[2J \u202e \u2028 room",
    "the food was very good " * 30,
)


def page(data: str, *, before: str = "", attributes: str = 'type="application/json" id="workbench-report"') -> bytes:
    return f"<!doctype html>{before}<p>x</p><script {attributes}>{data}</script>".encode()


def escaped(subject: Subject) -> str:
    data = json.dumps(subject_document(subject), ensure_ascii=False)
    return data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def runs(*results: Any) -> SavedRuns:
    east = timezone(timedelta(hours=5, minutes=30))
    times = (datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=east))
    return SavedRuns(
        title="a <b> & c",
        runs=tuple(
            SavedRun(
                id=f"run-{place}-abc",
                created=times[place % 2],
                result=result,
                seconds=1.5,
                faults={"lime": "it broke; mend it"},
                note="</script> note",
                tags=("a", "ü"),
            )
            for place, result in enumerate(results)
        ),
    )


@pytest.fixture(scope="module")
def subjects(
    tiny: Checkpoint, tiny_bpe: Checkpoint, tiny_unigram: Checkpoint, tiny_tags_bpe: Checkpoint
) -> list[Subject]:
    """All kinds, over hostile texts."""
    found: list[Subject] = []
    for text in HOSTILE:
        one = explain(tiny_unigram, text, ["lime", "attention-rollout"], budget=20, trust=True)
        whole = explain(tiny, text, ["occlusion"], target="5 stars - 1 star", unit="token", windows=True)
        both = compare([tiny, tiny_bpe], text, method="occlusion")
        named = entities_report(find_entities(tiny_tags_bpe, text, strategy="none", windows=True))
        why = explain_entity(tiny_tags_bpe, named.prediction, 0, ["occlusion"])
        found += [one, whole, both, named, why, runs(one, both, named, why)]
    return found


def test_every_result_is_the_same_again(subjects: list[Subject]) -> None:
    assert any(one.prediction.windows for one in subjects if hasattr(one, "prediction"))
    for one in subjects:
        content = FORMATS[".json"].render(one)
        assert read_report(content) == one
        assert FORMATS[".json"].render(read_report(content)) == content
        assert read_report(b"\xef\xbb\xbf" + content) == one


def test_a_page_gives_its_data_back(subjects: list[Subject]) -> None:
    for one in subjects:
        assert read_report(page(escaped(one))) == one


def test_the_html_format_gives_its_data_back(subjects: list[Subject]) -> None:
    if ".html" not in FORMATS:
        pytest.skip("there is no HTML format")
    for one in subjects:
        assert read_report(FORMATS[".html"].render(one)) == one


@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), note=st.text(st.characters(codec="utf-8")))
def test_any_text_is_the_same_again(tiny: Checkpoint, text: str, note: str) -> None:
    made = explain(tiny, f"good {text}", ["input-x-gradient"])
    again = runs(made).model_copy(update={"title": note})
    for one in (made, again):
        assert read_report(FORMATS[".json"].render(one)) == one
        assert read_report(page(escaped(one))) == one


def refused(content: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read_report(content)
    message = str(caught.value)
    assert "\n" not in message
    assert "; " in message
    return message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no JSON"),
        (b"   ", "is no JSON"),
        (b"{", "is no JSON"),
        (b"[]", "not that of a report"),
        (b"3", "not that of a report"),
        (b"\xff\xfe{", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"schema": "workbench.explanation/1", "schema": "workbench.explanation/1"}', "stands twice"),
        (b'{"schema": "workbench.explanation/1", "text": NaN}', "NaN is no number"),
        (b'{"schema": "workbench.explanation/1", "text": 1e999}', "1e999 is no number"),
        (b'{"schema": ' + b"9" * 5000 + b"}", "is no JSON"),
        (b"{}", "names no schema"),
        (b'{"schema": "workbench.explanation/2"}', "newer than this workbench reads (1); install a newer"),
        (b'{"schema": "workbench.explanation/0"}', "is no report"),
        (b'{"schema": "workbench.verification/1"}', "is no report; give one of workbench.explanation/1"),
        (b'{"schema": "workbench.file-comparison/1"}', "is no comparison on a file (rows: Field required)"),
        (b'{"schema": ["x"]}', "is no report"),
        (b'{"schema": "workbench.explanation/1"}', "is damaged"),
        (b'{"schema": "workbench.comparison/1", "checkpoints": 3, "text": ""}', "is damaged"),
        (b'{"schema": "workbench.runs/1", "title": "", "runs": [{"result": {"schema": "x"}}]}', "no result of a run"),
        (b'{"schema": "workbench.runs/1", "title": "", "runs": [3]}', "is damaged"),
        (b'{"schema": "workbench.entities/1", "predictions": []}', "is of 0 texts"),
        (b'{"schema": "workbench.entities/1", "predictions": [{}]}', "is damaged"),
    ],
    ids=range(23),
)
def test_what_is_no_report_is_refused(content: bytes, message: str) -> None:
    assert message in refused(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<p>nothing</p>", "carries no data"),
        (page("{}"), "names no schema"),
        (page("{}", attributes='type="application/json" id="another"'), "carries no data"),
        (page("{}", attributes='id="workbench-report"'), "damaged or there twice"),
        (page("{}", attributes='id="workbench-report" type="text/javascript"'), "damaged or there twice"),
        (page("{}") + page("{}"), "damaged or there twice"),
        (page("{}").removesuffix(b"</script>"), "damaged or there twice"),
        (page("{}", before="<![x["), "the page"),
    ],
    ids=range(8),
)
def test_pages_without_one_whole_report_are_refused(content: bytes, message: str) -> None:
    assert is_page(content)
    assert message in refused(content)


def test_what_only_looks_like_the_script_is_none(subjects: list[Subject]) -> None:
    data = escaped(subjects[0])
    hidden = html.escape(page("{}").decode())
    for before in (f"<!-- {page('{}').decode()} -->", f'<iframe srcdoc="{hidden}"></iframe>', f"<p>{hidden}</p>"):
        assert read_report(page(data, before=before)) == subjects[0]
    # Of an attribute that is given twice, browsers take the first.
    double = 'id="workbench-report" type="application/json" id="x"'
    assert read_report(page(data, attributes=double)) == subjects[0]


def test_contradictions_are_refused(subjects: list[Subject]) -> None:
    document = subject_document(subjects[0])
    said = document["prediction"]
    for change, place in [
        ({"prediction": said | {"tokens_read": 3}}, "prediction.tokens_read"),
        ({"prediction": said | {"mood": 3}}, "prediction.mood"),
        ({"author": "me"}, "author"),
        ({"prediction": {key: value for key, value in said.items() if key != "tokens"}}, "'tokens' is missing"),
        ({"text": document["text"] + " "}, ""),
        ({"explanations": [document["explanations"][0] | {"seed": "0"}]}, "explanations[0].seed"),
        ({"text": "\ud800"}, "damaged"),
    ]:
        other = document | change
        if place:
            assert place in refused(json.dumps(other).encode())


def test_an_older_form_cannot_be_read_back_whole(subjects: list[Subject]) -> None:
    older = without_rest(subject_document(subjects[0]))
    assert "of an older form" in refused(json.dumps(older).encode())
    assert report_document(json.dumps(older).encode()) == older


def test_files_and_streams(subjects: list[Subject], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = FORMATS[".json"].render(subjects[0])
    file = tmp_path / "r.json"
    file.write_bytes(content)
    assert report_bytes(file) == report_bytes(io.BytesIO(content)) == content
    wrong: list[Callable[[], object]] = [
        lambda: report_bytes(tmp_path / "nosuch"),
        lambda: report_bytes(tmp_path),
        lambda: report_bytes(Path("a\0b")),
    ]
    for one in wrong:
        with pytest.raises(InputError, match="cannot be read .*; name a file"):
            one()
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    for source in (file, io.BytesIO(content)):
        with pytest.raises(InputError, match="too large"):
            report_bytes(source)
    with pytest.raises(InputError, match="too large"):
        report_document(content)
