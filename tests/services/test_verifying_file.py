"""Reports of a comparison on a file recomputed: what agrees, what is found, and the file where it is at hand."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import file_reports
import pytest

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import CheckpointError, InputError
from workbench.reports import FORMATS
from workbench.reports.file_comparison import file_document
from workbench.schema import FileComparison, Page
from workbench.services import compare_file, verify
from workbench.services._deviating import OF_A_FILE_READ, OF_THE_FILE, UNVERIFIABLE_OF_FILES
from workbench.tables import Row, read_table, unlabelled

NOT_READ = "The file itself was not read: its name and hash, and the rows left out, are what the report says."


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return file_reports.written(tmp_path_factory.mktemp("verified"), rows=30)


@pytest.fixture(scope="module")
def found(file: Path, tiny: Checkpoint, tiny_other: Checkpoint) -> FileComparison:
    return file_reports.compared(file, tiny, tiny_other, reviews=2)


@pytest.fixture(scope="module")
def load(tiny: Checkpoint, tiny_other: Checkpoint, tiny_bpe: Checkpoint) -> Callable[[str], Checkpoint]:
    known = {one.name: one for one in (tiny, tiny_other, tiny_bpe)}
    return lambda name: known[name]


def content(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def agrees(document: dict[str, Any], load: Callable[[str], Checkpoint]) -> bool:
    """Whether a document is verified; one that is refused in one line is not."""
    try:
        return verify(content(document), load=load).agrees
    except InputError as error:
        return len(str(error).splitlines()) != 1


@pytest.mark.parametrize("suffix", [".json", ".html"])
def test_it_agrees_by_the_reviews_that_it_carries(
    found: FileComparison, load: Callable[[str], Checkpoint], suffix: str
) -> None:
    checked = verify(FORMATS[suffix].render(found), load=load)
    assert checked.agrees, checked.deviations
    names = [side.name for side in found.checkpoints]
    assert [part.name for part in checked.parts] == ["comparison", *(f"checkpoints.{one}" for one in names), "pairs[0]"]
    assert all(part.values > 30 for part in checked.parts)
    assert checked.notes == (NOT_READ,)
    assert checked.page == (Page.SAME if suffix == ".html" else None)
    assert checked.unverifiable == (*UNVERIFIABLE_OF_FILES, *OF_THE_FILE)


def test_the_file_is_read_again_where_it_is_named(
    found: FileComparison, file: Path, load: Callable[[str], Checkpoint], tmp_path: Path
) -> None:
    moved = tmp_path / "moved.csv"
    moved.write_bytes(file.read_bytes())
    for place in (file, moved):
        checked = verify(found, load=load, file=place)
        assert checked.agrees, checked.deviations
        assert checked.notes == ()
        assert checked.unverifiable == (*UNVERIFIABLE_OF_FILES, *OF_A_FILE_READ)
    for path, value in (
        (("rows", 4, "number"), 99),
        (("source", "seen"), 35),
        (("source", "faults", 0, "reason"), "x"),
    ):
        document = copy.deepcopy(file_document(found))
        inside: Any = document
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = value
        assert verify(content(document), load=load).agrees
        assert len(verify(content(document), load=load, file=file).deviations) == 1


def test_another_file_is_refused(
    found: FileComparison, file: Path, load: Callable[[str], Checkpoint], tmp_path: Path
) -> None:
    other = tmp_path / "reviews.csv"
    other.write_bytes(file.read_bytes() + b"more,1\n")
    with pytest.raises(InputError, match="reviews.csv is not the file of the report .its SHA-256 is [0-9a-f]{64}; in"):
        verify(found, load=load, file=other)
    with pytest.raises(InputError, match="there is no file"):
        verify(found, load=load, file=tmp_path / "gone.csv")
    with pytest.raises(InputError, match="the report is of no file of reviews; leave out the file"):
        verify(services.explain(load(found.checkpoints[0].name), "good", ["occlusion"]), load=load, file=file)
    from_python = found.model_copy(update={"source": None})
    assert verify(from_python, load=load).agrees
    with pytest.raises(InputError, match="rows that were given from Python"):
        verify(from_python, load=load, file=file)


# Each with where the change shows first.
CHANGES: list[tuple[tuple[Any, ...], Any]] = [
    (("rows", 3, "text"), "we loved it very much"),
    (("rows", 0, "label"), "5"),
    (("checkpoints", 0, "probabilities", 0), [0.2] * 5),
    (("checkpoints", 0, "predicted", 0), 99),
    (("checkpoints", 1, "truth", 0), 4),
    (("checkpoints", 1, "labelled"), 29),
    (("checkpoints", 0, "figures", "accuracy"), 0.99),
    (("checkpoints", 0, "intervals", "mae", 0), 0.001),
    (("checkpoints", 0, "calibration", 4, "rows"), 17),
    (("checkpoints", 0, "parameters"), 3),
    (("checkpoints", 0, "unknown_labels"), {"ten": 1}),
    (("pairs", 0, "agreement"), 0.999),
    (("pairs", 0, "amounts", 2), 4.0),
    (("pairs", 0, "differences", 0, "low"), -1.0),
    (("pairs", 0, "differences", 1, "sentence"), "they are the same"),
    (("pairs", 0, "differences", 0, "better"), "nobody"),
    (("pairs", 0, "mcnemar", "p"), 0.001),
    (("pairs", 0, "distance"), "label"),
    (("words", 0, "totals", 0, "total"), 9.0),
    (("words", 0, "totals", 0, "word"), "awful"),
    (("words", 0, "reviews"), 1),
    (("asked",), 90),
    (("partial",), True),
    (("seed",), 7),
    (("resamples",), 5),
    (("notes",), ["nothing to note"]),
]


@pytest.mark.parametrize(("path", "value"), CHANGES, ids=[".".join(map(str, path)) for path, _ in CHANGES])
def test_a_change_is_found(
    found: FileComparison, load: Callable[[str], Checkpoint], path: tuple[Any, ...], value: Any
) -> None:
    document = copy.deepcopy(file_document(found))
    inside: Any = document
    for key in path[:-1]:
        inside = inside[key]
    assert inside[path[-1]] != value
    inside[path[-1]] = value
    assert not agrees(document, load)


def test_what_is_left_out_or_added_is_found(found: FileComparison, load: Callable[[str], Checkpoint]) -> None:
    whole = file_document(found)
    for name in sorted(set(whole) - {"schema", "source", "words", "provenance"}):
        document = {key: value for key, value in whole.items() if key != name}
        assert not agrees(document, load), name
    with pytest.raises(InputError, match="is no comparison on a file .note: Extra inputs"):
        verify(content(whole | {"note": "x"}), load=load)


def test_a_page_that_shows_something_else(found: FileComparison, load: Callable[[str], Checkpoint]) -> None:
    page = FORMATS[".html"].render(found).replace(b"They agree on", b"They all agree on")
    checked = verify(page, load=load)
    assert (checked.agrees, checked.page) == (False, Page.DIFFERS)


def test_a_cancelled_one_and_one_without_labels(
    file: Path, tiny: Checkpoint, tiny_other: Checkpoint, load: Callable[[str], Checkpoint], tmp_path: Path
) -> None:
    many = tmp_path / "many.txt"
    many.write_text("".join(f"{text}\n" for text, _ in file_reports.lines(200)), encoding="utf-8")
    read = read_table(many)
    steps: list[int] = []
    cut = compare_file(
        [tiny, tiny_other],
        read.rows,
        source=read.source,
        progress=lambda *step: steps.append(step[0]),
        cancelled=lambda: len(steps) >= 2,
    )
    assert (len(cut.rows), cut.partial) == (128, True)
    assert verify(cut, load=load).agrees
    assert verify(cut, load=load, file=many).agrees
    plain = unlabelled(read_table(file))
    assert plain.source.label_column is None
    bare = compare_file([tiny, tiny_other], plain.rows, source=plain.source)
    assert verify(bare, load=load, file=file).agrees


def test_a_sample_is_drawn_again(
    file: Path, tiny: Checkpoint, tiny_bpe: Checkpoint, load: Callable[[str], Checkpoint]
) -> None:
    read = read_table(file, limit=9, seed=3)
    scale = {tiny_bpe.name: {"NEGATIVE": 0.25, "POSITIVE": 0.75}}
    found = compare_file([tiny, tiny_bpe], read.rows, source=read.source, seed=3, scales=scale)
    checked = verify(found, load=load, file=file)
    assert checked.agrees, checked.deviations
    document = copy.deepcopy(file_document(found))
    document["checkpoints"][1]["places"] = [0.0, 1.0]
    assert not agrees(document, load)


def test_a_checkpoint_that_is_not_here(found: FileComparison, load: Callable[[str], Checkpoint]) -> None:
    document = copy.deepcopy(file_document(found))
    document["checkpoints"][0]["checkpoint"]["fingerprint"] = "sha256:" + "0" * 64
    with pytest.raises(CheckpointError, match="is not the checkpoint of the report"):
        verify(content(document), load=load)


def test_a_report_from_before_is_verified(found: FileComparison, load: Callable[[str], Checkpoint]) -> None:
    older = copy.deepcopy(file_document(found.model_copy(update={"words": ()})))
    del older["source"]["sha256"]
    for side in older["checkpoints"]:
        del side["intervals"]
    checked = verify(content(older), load=load)
    assert checked.agrees, checked.deviations
    assert checked.notes == (NOT_READ, "The report is of an older form: the intervals of figures are not in it.")


def test_rows_of_python_without_numbers(
    tiny: Checkpoint, tiny_other: Checkpoint, load: Callable[[str], Checkpoint]
) -> None:
    found = compare_file([tiny, tiny_other], [Row(text, label, text) for text, label in file_reports.lines(5)])
    assert verify(found, load=load).agrees


def test_two_words_of_one_size_may_change_places(found: FileComparison, load: Callable[[str], Checkpoint]) -> None:
    (words,) = found.words
    first, second, *others = words.totals
    turned = words.model_copy(update={"totals": (second, first, *others)})
    assert not verify(found.model_copy(update={"words": (turned,)}), load=load, tolerance=10).agrees
    near = second.model_copy(update={"total": first.total}), first.model_copy(update={"total": first.total})
    close = words.model_copy(update={"totals": (*near, *others)})
    assert verify(found.model_copy(update={"words": (close,)}), load=load, tolerance=10).agrees
