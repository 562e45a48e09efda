"""What the Compare page does with one review between its widgets: from choices to a request, and to a running job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import InputError, WorkbenchError
from workbench.explainers import unit_spans
from workbench.pipeline import known_places
from workbench.schema import Prediction, Span, Unit
from workbench.services.common_target import Places, Question
from workbench.ui import caching, comparison_job, state
from workbench.ui.budgets import BUDGETS
from workbench.ui.comparison_job import ComparisonJob, ComparisonRequest
from workbench.ui.run_keeping import Keeping
from workbench.ui.state import Choices, choices, leave_saved_run

# Of names that are paths the end tells them apart.
_NAME_SHOWN = 28


@dataclass(frozen=True)
class Side:
    """A checkpoint and what it says, before any explanation.

    Attributes:
        prediction: Of the review.
        scale: Label to place between 0 (worst) and 1 (best), or none.
        checkpoint: The model; none where a saved run is shown whose checkpoint is not there as it was.
        missing: Why it is none, in one line.
    """

    prediction: Prediction
    scale: Places | None
    checkpoint: Checkpoint | None = None
    missing: str = ""

    @property
    def scaled(self) -> float | None:
        """Its prediction on the common scale: the sum of place times probability."""
        if self.scale is None:
            return None
        chances = zip(self.prediction.labels, self.prediction.probabilities, strict=True)
        return sum(self.scale[label] * chance for label, chance in chances)

    def spans(self, unit: Unit) -> tuple[Span, ...]:
        """The units that it read whole."""
        return unit_spans(self.prediction, unit)


@dataclass(frozen=True)
class Sides:
    """What all checkpoints of a request say.

    Attributes:
        each: Name to what it says, in the order asked for.
        question: What is explained of each.
        obstacle: Why it cannot be explained why they differ, in one sentence, or none where it can.
    """

    each: dict[str, Side]
    question: Question
    obstacle: str | None


def open_review(text: str, names: Sequence[str]) -> None:
    """Compare checkpoints on one review, from another part of the page: the callback of a widget.

    Args:
        text: The review.
        names: Of the checkpoints, two to four.
    """
    state.put("text", text)
    state.put("sample", None)
    state.put("compared", list(names))
    state.put("compare_on", "One review")
    choices().compare_wanted = True


def request_of(chosen: Choices, checkpoints: Sequence[Checkpoint]) -> ComparisonRequest:
    """The request that the choices of a session amount to.

    Args:
        chosen: The choices.
        checkpoints: Those chosen, loaded.

    Returns:
        The request.

    Raises:
        InputError: An option, or the choice of checkpoints, cannot be.
        TargetError: The places of some labels make no scale.
    """
    names = tuple(one.name for one in checkpoints)
    services.check_chosen(names, [one.fingerprint for one in checkpoints])
    method = chosen.compare_method
    options = services.make_options(method, chosen.options.get(method), BUDGETS[chosen.budget].get(method))
    places = given_places(chosen, checkpoints)
    services.scales_for(checkpoints, places)
    return ComparisonRequest(
        checkpoints=names,
        text=chosen.text,
        method=method,
        options=options.model_dump_json(),
        unit=Unit(chosen.compare_unit),
        seed=int(chosen.seed),
        target=chosen.compare_target or None,
        scales=tuple((name, tuple(scale.items())) for name, scale in places.items()),
    )


def given_places(chosen: Choices, checkpoints: Sequence[Checkpoint]) -> dict[str, dict[str, float]]:
    """The scales that the user gave.

    Args:
        chosen: The choices.
        checkpoints: Those that are compared.

    Returns:
        Name to label to place, of those that differ from what the names of the labels say.

    Raises:
        InputError: Some labels of a checkpoint have a place and others have none.
    """
    found: dict[str, dict[str, float]] = {}
    for one in checkpoints:
        entered = chosen.compare_places.get(one.fingerprint, {})
        places = {label: place for label, place in entered.items() if place is not None}
        missing = [label for label in entered if label not in places]
        if places and missing:
            raise InputError(f"the label {missing[0]!r} of {one.name} has no place", "give a place to all or to none")
        if places and places != known_places(one.labels):
            found[one.name] = places
    return found


def outdated(chosen: Choices, checkpoints: Sequence[Checkpoint]) -> bool:
    """Whether the choices of a session differ from what its results answer.

    Args:
        chosen: The choices.
        checkpoints: Those chosen, loaded.

    Returns:
        True if pressing the button would change the results.
    """
    if chosen.compare_request is None:
        return False
    try:
        request = request_of(chosen, checkpoints)
    except WorkbenchError:
        return True
    job = chosen.compare_job
    if job is not None and job.recorded is not None:
        # A saved run may have what the settings do not offer, such as a budget of its own.
        chosen.opened_as = chosen.opened_as or request
        return request != chosen.opened_as
    return request != chosen.compare_request


def sides_of(request: ComparisonRequest) -> Sides:
    """What the checkpoints of a request say; quick when seen before.

    Args:
        request: What was asked.

    Returns:
        Predictions, scales, and what is explained.

    Raises:
        WorkbenchError: In one line, what is wrong and what to do.
    """
    checkpoints = [caching.checkpoint(name) for name in request.checkpoints]
    scales = services.scales_for(checkpoints, request.places)
    predictions = [caching.prediction(one, one.fingerprint, request.text) for one in checkpoints]
    question = services.common_targets(predictions, scales, request.target)
    each = zip(request.checkpoints, checkpoints, predictions, scales, strict=True)
    return Sides(
        {name: Side(prediction, scale, checkpoint) for name, checkpoint, prediction, scale in each},
        question,
        services.difference_obstacle(request.method, question),
    )


def ask(chosen: Choices, request: ComparisonRequest) -> None:
    """Take a request as the one whose results are shown; one that failed or was cancelled is run again.

    Args:
        chosen: The session's choices.
        request: What is asked.
    """
    chosen.compare_request = request
    job = chosen.compare_job
    if job is not None and (job.fault is not None or job.recorded is not None or job.request != request):
        job.cancel()
        chosen.compare_job = None
    leave_saved_run()


def job_for(chosen: Choices, request: ComparisonRequest, sides: Sides) -> ComparisonJob:
    """The job that answers a request: the one there is, or a new one.

    Args:
        chosen: The session's choices, where the job is kept.
        request: What was asked.
        sides: What its checkpoints say.

    Returns:
        The job.
    """
    if chosen.compare_job is None:
        checkpoints = [one.checkpoint for one in sides.each.values() if one.checkpoint is not None]
        keeping = Keeping(private=lambda: chosen.private)
        chosen.compare_job = comparison_job.start(request, checkpoints, sides.obstacle is None, keeping)
    return chosen.compare_job


def targets_of(checkpoints: Sequence[Checkpoint], scales: Sequence[Places | None]) -> dict[str, str]:
    """What can be explained of checkpoints together.

    Args:
        checkpoints: Those that are compared.
        scales: Where their labels stand.

    Returns:
        Target as ``services.compare`` takes it to the question in words; first, and empty, the default.
    """
    one_set = len({frozenset(one.labels) for one in checkpoints}) == 1
    placed = all(scale is not None for scale in scales)
    on_scale, own = "Why this place on the scale?", "Why each one's own label?"
    default = f"Why the label of {checkpoints[0].name}?" if one_set else on_scale if placed else own
    ratings = {None if one.ratings is None else tuple(sorted(one.ratings)) for one in checkpoints}
    found = {"": default}
    if len(ratings) == 1 and None not in ratings:
        found["expected"] = "Why this expected rating?"
    found |= {"scale": on_scale} if placed else {}
    found["predicted"] = own
    found |= {label: f"Why {label}?" for label in checkpoints[0].labels if _common(label, checkpoints)}
    return {target: words for target, words in found.items() if not target or words != default}


def _common(label: str, checkpoints: Sequence[Checkpoint]) -> bool:
    return all(label in one.labels for one in checkpoints)


def short_names(names: Sequence[str]) -> Mapping[str, str]:
    """Names as there is room for.

    Args:
        names: All that stand beside each other.

    Returns:
        Name to its end, or to itself where it is short or its end would not tell it apart.
    """
    cut = {name: name if len(name) <= _NAME_SHOWN else f"…{name[1 - _NAME_SHOWN :]}" for name in names}
    return cut if len(set(cut.values())) == len(set(names)) else {name: name for name in names}
