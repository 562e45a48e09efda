"""A saved run of entities is opened as it was, and what answers the request of the Entities page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.explainers import METHODS
from workbench.pipeline import parse_scheme
from workbench.schema import EntityPrediction, EntityReport, SavedRun, Unit
from workbench.ui import entities, entity_job, state
from workbench.ui.entity_job import EntityJob, EntityRequest
from workbench.ui.recorded import as_recorded, options_json, put_shared
from workbench.ui.state import Choices, choices


@dataclass(frozen=True)
class EntityAnswer:
    """What answers the request of the Entities page.

    Attributes:
        finding: What keeps it, or the saved run that is shown.
        prediction: The entities of the request's text.
        checkpoint: The model; none where a saved run is shown whose checkpoint is not there as it was.
        missing: Why it is none, in one line.
    """

    finding: EntityJob
    prediction: EntityPrediction
    checkpoint: Checkpoint | None
    missing: str = ""


def answer_to(chosen: Choices, request: EntityRequest) -> EntityAnswer:
    """What answers a request: for a saved run what stands there, else what the checkpoint finds, which is kept.

    Args:
        chosen: The session's choices.
        request: What was asked.

    Returns:
        The answer.

    Raises:
        WorkbenchError: The checkpoint or the text cannot be used.
    """
    finding = chosen.entity_finding
    recorded = None if finding is None or finding.request != request else finding.opened
    if finding is not None and recorded is not None:
        return EntityAnswer(finding, recorded.prediction, *as_recorded(recorded.prediction.checkpoint, "entities"))
    begun = time.perf_counter()
    checkpoint, prediction = entities.found(request)
    made = entities.finding_for(chosen, request, prediction, time.perf_counter() - begun)
    return EntityAnswer(made, prediction, checkpoint)


def open_entities(run: SavedRun, report: EntityReport) -> None:
    """Make a saved run what the Entities page shows, and its settings those that it was made with.

    Args:
        run: The run.
        report: What came out of it.
    """
    chosen = choices()
    if chosen.entity_job is not None:
        chosen.entity_job.cancel()
    request = request_of_report(report, list(run.faults))
    state.put("entity_text", run.text)
    state.put("entity_sample", None)
    state.put("tagger", request.checkpoint)
    state.put("entity_strategy", request.strategy)
    state.put("entity_windows", request.windows)
    state.put("entity_methods", [name for name, _ in request.methods])
    state.put("entity_unit", request.unit.value)
    state.put("entity_types", [])
    state.put("entity", report.entity)
    options = {name: services.options_from_json(name, options).model_dump() for name, options in request.methods}
    put_shared(options, request.seed, chosen.entity_options)
    chosen.entity_request, chosen.entity_opened_as = request, None
    asked = request.model_copy(update={"entity": report.entity})
    job = entity_job.from_history(asked, run, report, lambda: chosen.private)
    chosen.entity_finding = EntityJob(request, {}, job.keeping)
    chosen.entity_job = None if report.entity is None else job
    chosen.entity_keepings = {} if report.entity is None else {report.entity: job.keeping}


def request_of_report(report: EntityReport, failed: Sequence[str] = ()) -> EntityRequest:
    """What was asked for when entities were found, and one of them was explained.

    Args:
        report: What came out.
        failed: Methods that gave nothing; with which options they ran is not known.

    Returns:
        The request, before an entity is picked; where none was explained, with the usual methods.
    """
    said, found = report.prediction, {one.method: one for one in report.explanations}
    first = next(iter(found.values()), None)
    ran = [name for name in METHODS if name in found or name in failed]
    return EntityRequest(
        checkpoint=said.checkpoint.name,
        text=said.text,
        methods=tuple((name, options_json(name, found.get(name))) for name in ran or services.ENTITY_METHODS),
        unit=Unit.WORD if first is None else first.unit,
        seed=0 if first is None else first.seed,
        windows=bool(said.windows),
        strategy=said.strategy.value,
        scheme="" if parse_scheme(None, said.labels) is said.scheme else said.scheme.value,
    )
