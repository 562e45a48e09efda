"""What the Explain page does between its widgets: from choices to a request, from a request to a running job."""

from __future__ import annotations

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import TextError, WorkbenchError
from workbench.schema import Prediction, Target, Unit
from workbench.ui import caching, jobs
from workbench.ui.budgets import BUDGETS
from workbench.ui.jobs import Job, Request
from workbench.ui.run_keeping import Keeping
from workbench.ui.state import Choices, leave_saved_run

# Enough for five labels; of more, the nearest are offered.
_MOST_CONTRASTS = 4


def request_of(chosen: Choices) -> Request:
    """The request that the choices of a session amount to.

    Args:
        chosen: The choices.

    Returns:
        The request.

    Raises:
        TextError: No method is chosen.
        InputError: An option is out of bounds.
    """
    if not chosen.methods:
        raise TextError("no method is chosen", "choose one in the sidebar")
    budgets = BUDGETS[chosen.budget]
    methods = tuple(
        (name, services.make_options(name, chosen.options.get(name), budgets.get(name)).model_dump_json())
        for name in services.method_names()
        if name in chosen.methods
    )
    return Request(
        checkpoint=chosen.checkpoint,
        text=chosen.text,
        methods=methods,
        unit=Unit(chosen.unit),
        seed=int(chosen.seed),
        windows=chosen.windows,
        target=None,
    )


def wanted(chosen: Choices, pressed: bool) -> bool:
    """Whether the review is to be explained now; what was asked for from another part of the page counts once.

    Args:
        chosen: The choices.
        pressed: The button was pressed in this run.

    Returns:
        True if so.
    """
    asked, chosen.explain_wanted = pressed or chosen.explain_wanted, False
    return asked


def outdated(chosen: Choices) -> bool:
    """Whether the choices of a session differ from what its results answer.

    Args:
        chosen: The choices.

    Returns:
        True if pressing the button would change the results.
    """
    if chosen.request is None:
        return False
    try:
        request = request_of(chosen)
    except WorkbenchError:
        return True
    if chosen.job is not None and chosen.job.recorded is not None and chosen.job.request == chosen.request:
        # A saved run may have what the settings do not offer, such as a budget of its own.
        chosen.opened_as = chosen.opened_as or request
        return request != chosen.opened_as
    return request != chosen.request.model_copy(update={"target": None})


def ask(chosen: Choices, request: Request) -> None:
    """Take a request as the one whose results are shown; that of a saved run is run again.

    Args:
        chosen: The session's choices.
        request: What is asked.
    """
    chosen.request = request
    if chosen.job is not None and chosen.job.recorded is not None:
        chosen.job = None
    leave_saved_run()


def predicted(request: Request) -> tuple[Checkpoint, Prediction]:
    """The checkpoint of a request and its prediction.

    Args:
        request: What was asked.

    Returns:
        Both; quick when seen before.
    """
    checkpoint = caching.checkpoint(request.checkpoint)
    return checkpoint, caching.prediction(checkpoint, checkpoint.fingerprint, request.text, request.windows)


def job_for(chosen: Choices, request: Request, checkpoint: Checkpoint, prediction: Prediction) -> Job:
    """The job that answers a request: the running one, or a new one after cancelling another.

    Args:
        chosen: The session's choices, where the job is kept.
        request: What was asked.
        checkpoint: The model.
        prediction: Of the request's text.

    Returns:
        The job.
    """
    if chosen.job is not None and chosen.job.request == request:
        return chosen.job
    if chosen.job is not None:
        chosen.job.cancel()
    target, keeping = request.target or default_target(prediction), Keeping(private=lambda: chosen.private)
    chosen.job = jobs.start(request, checkpoint, prediction, target, keeping)
    return chosen.job


def default_target(prediction: Prediction) -> Target:
    """What is explained unless something else is chosen: the predicted label's probability."""
    return Target(kind="probability", label=prediction.label)


def targets_of(prediction: Prediction) -> list[Target]:
    """The targets to choose from.

    Args:
        prediction: What is explained.

    Returns:
        The predicted label's probability, the expected rating where there is one, the predicted label against each
        other one (the nearest first, four at most), and the predicted label's logit. Where labels are judged one by
        one, the others' own probabilities stand in place of the contrasts.
    """
    order = sorted(range(len(prediction.labels)), key=lambda index: -prediction.probabilities[index])
    others = [prediction.labels[index] for index in order if prediction.labels[index] != prediction.label]
    beside = [
        Target(kind="probability", label=other)
        if prediction.independent
        else Target(kind="contrast", label=prediction.label, against=other)
        for other in others[:_MOST_CONTRASTS]
    ]
    expected = [] if prediction.expected_rating is None else [Target(kind="expected")]
    return [default_target(prediction), *expected, *beside, Target(kind="logit", label=prediction.label)]
