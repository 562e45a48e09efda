"""Recompute a report and say what differs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.checkpoints import load_checkpoint
from workbench.errors import InputError
from workbench.reports import Subject
from workbench.reports.entities_json import ENTITIES_SCHEMA, single_documents
from workbench.reports.explanation_json import EXPLANATION_SCHEMA, damage, is_older
from workbench.reports.file_comparison import FILE_SCHEMA
from workbench.reports.json_report import subject_document
from workbench.reports.reading import is_page, read_document, report_bytes, report_document
from workbench.reports.runs_json import RUNS_SCHEMA
from workbench.schema import (
    Comparison,
    EntityReport,
    FileComparison,
    Outcome,
    Page,
    Report,
    SavedRuns,
    Verification,
    VersionChange,
)
from workbench.services._deviating import (
    NOT_IN_OLDER,
    NOT_IN_OLDER_FILES,
    OF_A_FILE_READ,
    OF_THE_FILE,
    OF_TRUST,
    UNVERIFIABLE,
    UNVERIFIABLE_OF_FILES,
    Comparing,
    unverifiable_in,
)
from workbench.services._page import compare_page
from workbench.services._recomputing import infos_of, recomputed
from workbench.services._shelf import Load, Shelf
from workbench.services.running import MethodProgress, installed, provenance

Said = Mapping[str, Any]

# As far as results of this project count as the same: rounding in another order moves scores by a hundredth of it.
TOLERANCE = 1e-4
_NOT_READ = "The file itself was not read: its name and hash, and the rows left out, are what the report says."
_OLDER_FILE = "The report is of an older form: the intervals of figures are not in it."


def verify(
    report: Subject | bytes | str | Path,
    *,
    checkpoints: Sequence[str] = (),
    tolerance: float = TOLERANCE,
    trust: bool = True,
    file: str | Path | None = None,
    load: Load = load_checkpoint,
    progress: MethodProgress | None = None,
) -> Verification:
    """Recompute a report and say what differs.

    Args:
        report: A result, a JSON or HTML file, or the content of one.
        checkpoints: Names to recompute it with, for those that the workbench does not find by itself. They have to
            have the fingerprints that the report names; nothing is downloaded unless it is named here.
        tolerance: How far two numbers may lie apart; times their size, where that is above one.
        trust: Judge the methods again, where the report does.
        file: The file that a comparison on a file was made on, to be read again; without it the reviews are those that
            the report carries.
        load: Loads a checkpoint by name.
        progress: Called with the part, evaluations done and expected.

    Returns:
        What was compared, and everything that differs.

    Raises:
        InputError: The report cannot be read, or asks for what there is not.
        CheckpointError: A checkpoint of the report cannot be had here.
    """
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise InputError(f"{tolerance} is no tolerance", "give a number from 0 on")
    content = _content(report)
    document = subject_document(report) if content is None else report_document(content)  # type: ignore[arg-type]
    results = list(_results(document))
    again = None if file is None else Path(file)
    _check_file(document, again)
    shelf = Shelf.filled([info for _, said in results for info in infos_of(said)], checkpoints, load)
    checks = []
    for before, said in results:
        check = Comparing(tolerance, _left_out(said, trust, again), before)
        answer = recomputed(said, shelf.take, tolerance=tolerance, trust=trust, progress=progress, file=again)
        check.results(said, answer)
        checks.append(check)
    subject, contradictions, notes = _read(document)
    if document["schema"] == FILE_SCHEMA:
        notes += [_NOT_READ] if again is None else []
        notes += [_OLDER_FILE] if _without_intervals(document) else []
    if not trust and any(said.get("trust") for _, said in results):
        notes.append("The judgement of the methods was not recomputed.")
    with damage("report", "the workbench"):
        versions = _versions([said for _, said in results])
    page, note = _page(content, subject, versions)
    deviations = tuple(one for check in checks for one in check.deviations)
    differs = bool(deviations or contradictions or page is Page.DIFFERS)
    return Verification(
        verdict=Outcome.DIFFERS if differs else Outcome.AGREES,
        tolerance=tolerance,
        checkpoints=tuple(shelf.found),
        parts=tuple(part for check in checks for part in check.parts),
        deviations=deviations,
        contradictions=tuple(contradictions),
        versions=versions,
        page=page,
        notes=(*notes, *([note] if note else [])),
        unverifiable=unverifiable_in(document["schema"], read=again is not None),
    )


def _content(report: Subject | bytes | str | Path) -> bytes | None:
    """Of a file; none for a result."""
    if isinstance(report, Report | Comparison | EntityReport | SavedRuns | FileComparison):
        return None
    return report if isinstance(report, bytes) else report_bytes(Path(report))


def _read(document: Said) -> tuple[Subject | None, list[str], list[str]]:
    """The result where it can be read back, contradictions and notes otherwise."""
    if document["schema"] == EXPLANATION_SCHEMA and is_older(document):
        return None, [], ["The report is of an older form: tokens, inputs and token limit are not in it."]
    several = document["schema"] == ENTITIES_SCHEMA and len(document["predictions"]) > 1
    subject: Subject | None = None
    contradictions: list[str] = []
    for one in single_documents(document) if several else [document]:
        try:
            subject = read_document(one)
        except InputError as error:
            contradictions.append(error.what)
    return None if several or contradictions else subject, contradictions, []


def _results(document: Said) -> Iterator[tuple[str, Said]]:
    """Each result of a report, with what is put before the names of its parts."""
    if document["schema"] == ENTITIES_SCHEMA:
        singles = single_documents(document)
        yield from ((f"texts.{place}." if len(singles) > 1 else "", one) for place, one in enumerate(singles, start=1))
        return
    if document["schema"] != RUNS_SCHEMA:
        yield "", document
        return
    runs = document.get("runs")
    if not isinstance(runs, list) or not all(
        isinstance(run, dict) and isinstance(run.get("result"), dict) and run["result"].get("schema") for run in runs
    ):
        raise InputError("the file of saved runs is damaged", "save them again")
    yield from ((f"runs.{str(run.get('id'))[:64]}.", run["result"]) for run in runs)


def _check_file(document: Said, file: Path | None) -> None:
    if file is not None and document["schema"] != FILE_SCHEMA:
        raise InputError("the report is of no file of reviews", "leave out the file")


def _left_out(said: Said, trust: bool, file: Path | None) -> tuple[str, ...]:
    if said["schema"] == FILE_SCHEMA:
        of_file = OF_THE_FILE if file is None else OF_A_FILE_READ
        return (*UNVERIFIABLE_OF_FILES, *of_file, *(NOT_IN_OLDER_FILES if _without_intervals(said) else ()))
    older = said["schema"] == EXPLANATION_SCHEMA and is_older(said)
    return (*UNVERIFIABLE, *(() if trust else OF_TRUST), *(NOT_IN_OLDER if older else ()))


def _without_intervals(said: Said) -> bool:
    """Whether a comparison on a file is from before figures had intervals."""
    sides = said["checkpoints"]
    return any(side.get("figures") for side in sides) and not any("intervals" in side for side in sides)


def _page(
    content: bytes | None, subject: Subject | None, versions: Sequence[VersionChange]
) -> tuple[Page | None, str | None]:
    """Whether a page shows what its data says, and what there is to say about that."""
    if content is None or not is_page(content):
        return None, None
    if subject is None:
        return Page.NOT_COMPARED, "What the page shows was not compared, as its data cannot be shown again."
    return compare_page(content, subject, all(one.package != "workbench" for one in versions))


def _versions(results: Sequence[Said]) -> tuple[VersionChange, ...]:
    """Packages that are not those that a report names."""
    here = provenance()
    recorded = dict.fromkeys(
        (package, version)
        for said in results
        for versions in _provenances(said)
        for package, version in versions.items()
        if isinstance(version, str)
    )
    pairs = [(package, version, here.get(package) or installed(package)) for package, version in recorded]
    return tuple(
        VersionChange(package=package, recorded=version, installed=now)
        for package, version, now in pairs
        if version != now
    )


def _provenances(said: Said) -> Iterator[Said]:
    """All records of versions of a result."""
    sides = [side.get("explanation", {}) for side in said.get("checkpoints", [])]
    differences = [pair["difference"] for pair in said.get("pairs", []) if pair.get("difference")]
    named = said.get("explained", {}).get("explanations", [])
    for one in (said, *said.get("explanations", []), *named, *sides, *differences):
        found = one.get("provenance")
        if isinstance(found, Mapping):
            yield found
