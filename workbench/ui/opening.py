"""A saved run is opened as it was: the session's settings become those of the run, and nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import WorkbenchError
from workbench.explainers import METHODS
from workbench.pipeline import known_places
from workbench.schema import Compared, Comparison, EntityReport, Prediction, Report, SavedRun, Unit
from workbench.services.common_target import Question, common_targets
from workbench.ui import comparison_job, explaining, jobs, state
from workbench.ui.comparing import Side, Sides
from workbench.ui.comparison_job import ComparisonRequest
from workbench.ui.entity_opening import open_entities
from workbench.ui.explaining import default_target
from workbench.ui.jobs import Job, Request
from workbench.ui.recorded import as_recorded, options_json, put_shared
from workbench.ui.state import Choices, choices


@dataclass(frozen=True)
class Answer:
    """What answers the request of the Explain page.

    Attributes:
        job: Running, ended, or opened from the history.
        prediction: Of the request's text.
        checkpoint: The model; none where a saved run is shown whose checkpoint is not there as it was.
        missing: Why it is none, in one line.
    """

    job: Job
    prediction: Prediction
    checkpoint: Checkpoint | None
    missing: str = ""


def answer_to(chosen: Choices, request: Request) -> Answer:
    """What answers a request: for a saved run what stands there, else a job, which begins where there is none.

    Args:
        chosen: The session's choices.
        request: What was asked.

    Returns:
        The answer.

    Raises:
        WorkbenchError: The checkpoint cannot be used.
    """
    job = chosen.job
    recorded = None if job is None or job.request != request else job.recorded
    if job is not None and recorded is not None:
        return Answer(job, recorded.prediction, *as_recorded(recorded.prediction.checkpoint))
    checkpoint, prediction = explaining.predicted(request)
    return Answer(explaining.job_for(chosen, request, checkpoint, prediction), prediction, checkpoint)


def sides_of_saved(comparison: Comparison) -> Sides:
    """What the checkpoints of a saved comparison said.

    Args:
        comparison: As it was kept.

    Returns:
        As for one that is made now; checkpoints are there as far as they are the same.
    """
    first = comparison.checkpoints[0].explanation
    question = Question(
        tuple(one.explanation.target for one in comparison.checkpoints),
        None if comparison.comparable else comparison.note,
    )
    unasked = None if comparison_job.explained(comparison) else "This run did not ask why the checkpoints differ."
    return Sides(
        {one.checkpoint.name: _side(one) for one in comparison.checkpoints},
        question,
        services.difference_obstacle(first.method, question) or unasked,
    )


def _side(one: Compared) -> Side:
    return Side(one.prediction, one.scale, *as_recorded(one.checkpoint))


def open_saved(run: SavedRun) -> None:
    """Make a saved run what its page shows, and the settings those that it was made with; before widgets are drawn.

    Args:
        run: The run.
    """
    chosen = choices()
    chosen.opened, chosen.opened_as = run.id, None
    chosen.forms += 1
    if isinstance(run.result, EntityReport):
        open_entities(run, run.result)
        return
    state.put("text", run.text)
    state.put("sample", None)
    if isinstance(run.result, Report):
        _open_explanation(run, run.result)
    else:
        _open_comparison(run, run.result)


def _open_explanation(run: SavedRun, report: Report) -> None:
    chosen = choices()
    if chosen.job is not None:
        chosen.job.cancel()
    request = request_of_report(report, list(run.faults))
    options = {one.method: one.options for one in report.explanations if one.method in METHODS}
    state.put("checkpoint", request.checkpoint)
    state.put("methods", [name for name, _ in request.methods])
    state.put("unit", request.unit.value)
    put_shared(options, request.seed, chosen.options)
    state.put("windows", request.windows)
    chosen.request = request
    chosen.job = jobs.from_history(request, run, report, lambda: chosen.private)


def request_of_report(report: Report, failed: Sequence[str] = ()) -> Request:
    """What was asked for when a report was made.

    Args:
        report: What came out.
        failed: Methods that gave nothing; with which options they ran is not known.

    Returns:
        The request.
    """
    said, found = report.prediction, {one.method: one for one in report.explanations}
    first = next(iter(found.values()), None)
    target = None if first is None or first.target == default_target(said) else first.target
    return Request(
        checkpoint=said.checkpoint.name,
        text=said.text,
        methods=tuple(
            (name, options_json(name, found.get(name)))
            for name in services.method_names()
            if name in found or name in failed
        ),
        unit=Unit.WORD if first is None else first.unit,
        seed=0 if first is None else first.seed,
        windows=bool(said.windows),
        target=target,
    )


def _open_comparison(run: SavedRun, comparison: Comparison) -> None:
    chosen = choices()
    if chosen.compare_job is not None:
        chosen.compare_job.cancel()
    request, first = request_of_comparison(comparison), comparison.checkpoints[0].explanation
    state.put("compared", list(request.checkpoints))
    state.put("compare_on", "One review")
    state.put("compare_method", request.method)
    state.put("compare_unit", request.unit.value)
    state.put("compare_target", request.target or "")
    put_shared({request.method: first.options}, request.seed, chosen.options)
    prints = {one.checkpoint.name: one.checkpoint.fingerprint for one in comparison.checkpoints}
    for name, places in request.places.items():
        chosen.compare_places[prints[name]] = dict(places)
    chosen.compare_request = request
    chosen.compare_job = comparison_job.from_history(request, run, comparison, lambda: chosen.private)


def request_of_comparison(comparison: Comparison) -> ComparisonRequest:
    """What was asked for when checkpoints were compared.

    Args:
        comparison: What came out.

    Returns:
        The request.
    """
    first = comparison.checkpoints[0].explanation
    given = [(one.checkpoint.name, one.scale, known_places(one.checkpoint.labels)) for one in comparison.checkpoints]
    return ComparisonRequest(
        checkpoints=tuple(one.checkpoint.name for one in comparison.checkpoints),
        text=comparison.text,
        method=first.method,
        options=options_json(first.method, first) if first.method in METHODS else "{}",
        unit=first.unit,
        seed=first.seed,
        target=_target(comparison),
        scales=tuple((name, tuple(scale.items())) for name, scale, known in given if scale and scale != known),
    )


def _target(comparison: Comparison) -> str | None:
    """The target as ``services.compare`` takes it: the first that gives the questions that were answered."""
    said = [one.prediction for one in comparison.checkpoints]
    scales = [one.scale for one in comparison.checkpoints]
    answered = tuple(one.explanation.target for one in comparison.checkpoints)
    for asked in (None, "expected", "scale", "predicted", str(answered[0])):
        try:
            if common_targets(said, scales, asked).targets == answered:
                return asked
        except WorkbenchError:
            continue
    return str(answered[0])
