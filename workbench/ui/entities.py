"""What the Entities page does between its widgets: requests, jobs, and what is shown of an entity."""

from __future__ import annotations

from collections.abc import Collection

from workbench import entity_view, services
from workbench.checkpoints import Checkpoint
from workbench.errors import TextError, WorkbenchError
from workbench.explainers import SPLITTERS
from workbench.pipeline import read_tag
from workbench.schema import OUTSIDE, Entity, EntityPrediction, EntityReport, Span, Token, Unit
from workbench.text import excerpt
from workbench.ui import caching, entity_job
from workbench.ui.budgets import BUDGETS
from workbench.ui.entity_job import EntityJob, EntityRequest
from workbench.ui.jobs import Job, Place
from workbench.ui.run_keeping import Keeping
from workbench.ui.state import Choices, leave_saved_run

# An entity is explained exactly, and the budget is chosen for all methods at once.
HIDDEN_OPTIONS = ("budget", "precision")
_NAME_SHOWN = 60


def request_of(chosen: Choices) -> EntityRequest:
    """The request that the choices of a session amount to, before an entity is picked.

    Args:
        chosen: The choices.

    Returns:
        The request.

    Raises:
        TextError: No method is chosen.
        InputError: An option is out of bounds.
    """
    if not chosen.entity_methods:
        raise TextError("no method is chosen", "choose one in the sidebar")
    budgets = BUDGETS[chosen.budget]
    methods = tuple(
        (name, services.make_options(name, chosen.entity_options.get(name), budgets.get(name)).model_dump_json())
        for name in services.ENTITY_METHODS
        if name in chosen.entity_methods
    )
    return EntityRequest(
        checkpoint=chosen.tagger,
        text=chosen.entity_text,
        methods=methods,
        unit=Unit(chosen.entity_unit),
        seed=int(chosen.seed),
        windows=chosen.entity_windows,
        strategy=chosen.entity_strategy,
    )


def outdated(chosen: Choices) -> bool:
    """Whether the choices of a session differ from what is shown.

    Args:
        chosen: The choices.

    Returns:
        True if pressing the button would change the results.
    """
    shown, finding = chosen.entity_request, chosen.entity_finding
    if shown is None:
        return False
    try:
        request = request_of(chosen)
    except WorkbenchError:
        return True
    if finding is not None and finding.opened is not None and finding.request == shown:
        # A saved run may have what the settings do not offer, such as a scheme of its own.
        chosen.entity_opened_as = chosen.entity_opened_as or request
        return request != chosen.entity_opened_as
    return request != shown


def ask(chosen: Choices, request: EntityRequest) -> None:
    """Take a request as the one whose results are shown; that of a saved run is run again.

    Args:
        chosen: The session's choices.
        request: What is asked.
    """
    chosen.entity_request = request
    if chosen.entity_finding is not None and chosen.entity_finding.opened is not None:
        chosen.entity_finding = None
    leave_saved_run()


def found(request: EntityRequest) -> tuple[Checkpoint, EntityPrediction]:
    """The checkpoint of a request and what it finds.

    Args:
        request: What was asked.

    Returns:
        Both; quick when seen before.
    """
    checkpoint = caching.checkpoint(request.checkpoint)
    asked = request.text, request.strategy, request.windows, request.scheme
    return checkpoint, caching.entities(checkpoint, checkpoint.fingerprint, *asked)


def finding_for(chosen: Choices, request: EntityRequest, prediction: EntityPrediction, seconds: float) -> EntityJob:
    """The job that keeps what was found for a request, begun where there is none yet.

    Args:
        chosen: The session's choices, where the job is kept.
        request: What was asked.
        prediction: What was found.
        seconds: How long that took.

    Returns:
        The job.
    """
    if chosen.entity_finding is not None and chosen.entity_finding.request == request:
        return chosen.entity_finding
    if chosen.entity_job is not None:
        chosen.entity_job.cancel()
    chosen.entity_job, chosen.entity_keepings = None, {}
    chosen.entity_finding = EntityJob(request, {}, Keeping(private=lambda: chosen.private))
    chosen.entity_finding.keep_found(prediction, seconds)
    return chosen.entity_finding


def job_for(
    chosen: Choices, request: EntityRequest, checkpoint: Checkpoint, prediction: EntityPrediction, entity: int
) -> EntityJob:
    """The job that explains an entity: the running one, or a new one after cancelling another.

    The first entity that is explained changes the run of what was found; each other one is a run of its own.

    Args:
        chosen: The session's choices, where the job is kept.
        request: What was asked.
        checkpoint: The model.
        prediction: What it found.
        entity: Place of the entity, from 0.

    Returns:
        The job.
    """
    wanted, before = request.model_copy(update={"entity": entity}), chosen.entity_job
    if before is not None:
        if before.request == wanted:
            return before
        before.cancel()
    first = chosen.entity_finding if not chosen.entity_keepings else None
    keeping = Keeping(private=lambda: chosen.private) if first is None else first.keeping
    keeping = chosen.entity_keepings.setdefault(entity, keeping)
    chosen.entity_job = entity_job.start(wanted, checkpoint, prediction, keeping, before or first)
    return chosen.entity_job


def colours_of(prediction: EntityPrediction) -> dict[str, str]:
    """The colours of all types that the checkpoint knows, so that a type has the same one in every text.

    Args:
        prediction: Of the checkpoint.

    Returns:
        Type to red, green and blue.
    """
    types = dict.fromkeys(read_tag(label, prediction.scheme).type for label in prediction.labels)
    return entity_view.type_colours([one for one in types if one != OUTSIDE])


def numbers_of(prediction: EntityPrediction, types: Collection[str]) -> list[int]:
    """The entities of some types.

    Args:
        prediction: What was found.
        types: Those wanted; none for all.

    Returns:
        Their places, from 0.
    """
    return [number for number, one in enumerate(prediction.entities) if not types or one.type in types]


def name_of(prediction: EntityPrediction, number: int) -> str:
    """An entity in a list of them.

    Args:
        prediction: What was found.
        number: Its place, from 0.

    Returns:
        Plain text: ``2. Tim Cook (PER 0.996)``.
    """
    one = prediction.entities[number]
    return f"{number + 1}. {excerpt(one.text, _NAME_SHOWN)} ({one.type} {one.score:.3f})"


def tokens_of(prediction: EntityPrediction, window: int) -> list[int]:
    """The tokens that were taken from a window.

    Args:
        prediction: What was found.
        window: Its place; without windows there is one, 0.

    Returns:
        Their places.
    """
    if not prediction.windows:
        return list(range(len(prediction.tokens)))
    one = prediction.windows[window]
    return [place for place, token in enumerate(prediction.tokens) if _inside(token, one.first, one.last)]


def within(job: Job, prediction: EntityPrediction, entity: Entity) -> tuple[Job, tuple[Span, ...]]:
    """A job as it is drawn: on the text that the model read together with the entity, which is all that counted.

    Args:
        job: Running or ended.
        prediction: What was found.
        entity: The one explained.

    Returns:
        The same job of that text alone, and the units of that text.
    """
    window = prediction.window_of(entity)
    text = window.of(prediction.text)
    spans = SPLITTERS[job.request.unit](text)
    if not prediction.windows:
        return job, spans
    places = {name: _cut(place, window) for name, place in job.places.items()}
    return Job(job.request.model_copy(update={"text": text}), places), spans


def report_of(job: EntityJob, prediction: EntityPrediction) -> EntityReport | None:
    """What a job found out, to be handed on.

    Args:
        job: Running or ended.
        prediction: What was found.

    Returns:
        The report; none while there is nothing, or more is to come.
    """
    return None if job.running or not job.explanations else job.found(prediction)


def _cut(place: Place, window: Span) -> Place:
    one = place.explanation
    return Place(place.done, place.total, None if one is None else entity_view.within(one, window), place.fault)


def _inside(token: Token, first: int, last: int) -> bool:
    return token.span is not None and first <= token.span.start < last
