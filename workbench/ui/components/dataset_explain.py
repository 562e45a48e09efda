"""Explaining more reviews of a data set: what it will cost, how far it is, what came of it."""

from __future__ import annotations

import streamlit as st

from workbench import services
from workbench.errors import InputError, WorkbenchError
from workbench.explainers import METHODS
from workbench.schema import RowFilter, Unit
from workbench.schema.words import PREDICTED
from workbench.text import excerpt
from workbench.triage import Dataset
from workbench.triage.sampling import check_same_model
from workbench.ui import caching, dataset_found, state
from workbench.ui.components.file_progress import follow
from workbench.ui.dataset_jobs import SelectionJob, SelectionRequest
from workbench.ui.state import bound, choices, widget_key
from workbench.ui.style import literal

_MOST = 5_000
_MOST_LABELS = 100
_LABEL = 40
_MOST_BUDGET = 5_000
CANCELLED = "cancelled"


def running_box() -> bool:
    """Draw how far the work of this session is, on whatever data set; one follows it at a time.

    Returns:
        Whether there is such work, so that no other can begin.
    """
    for job in (choices().explaining, choices().probe):
        if job is not None and job.running:
            name = job.request.folder.rsplit("/", 1)[-1]
            doing = (
                f"Testing “{excerpt(job.request.word, _LABEL)}” in {name}"
                if job is choices().probe
                else f"Explaining reviews of {name}"
            )
            st.caption(literal(f"{doing}; the page can be used meanwhile."))
            follow(job, job.steps, widget_key("cancel-dataset", str(id(job))))
            return True
    return False


def explain_box(dataset: Dataset, chosen: RowFilter, *, explained: bool, busy: bool) -> None:
    """Draw the settings, the cost, the button and what came of the last time.

    Args:
        dataset: The data set.
        chosen: Which reviews.
        explained: Some were explained before.
        busy: Nothing can begin now.
    """
    rows, words = dataset_found.extent(dataset, chosen)
    _outcome(dataset)
    with st.expander("Explain reviews", icon=":material/troubleshoot:", expanded=not explained):
        if not rows:
            st.caption("No review of the selection was predicted.")
            return
        request = _request(dataset, chosen, rows)
        st.caption(literal(cost(dataset, request, rows, words)))
        label = f"Explain {min(request.reviews, rows):,} reviews"
        if st.button(label, type="primary", key=widget_key("explain-reviews"), disabled=busy) and _start(
            dataset, request
        ):
            st.rerun()


def _request(dataset: Dataset, chosen: RowFilter, rows: int) -> SelectionRequest:
    """What the button would ask for."""
    targets = _targets(dataset)
    if choices().explain_target not in targets:
        state.put("explain_target", PREDICTED)
    if choices().explain_count > min(_MOST, rows):
        state.put("explain_count", min(_MOST, rows))
    with st.container(key="wb-asked-explain"):
        method, target, unit, count, budget = st.columns([2, 2, 1.3, 1.2, 1.2], vertical_alignment="bottom")
    method.selectbox("Method", services.method_names(), format_func=_title, **bound("explain_method"))
    target.selectbox("What of them", list(targets), format_func=targets.__getitem__, **bound("explain_target"))
    unit.selectbox("By", [one.value for one in Unit], **bound("explain_unit"))
    count.number_input("Reviews", min_value=1, max_value=min(_MOST, rows), **bound("explain_count"))
    asked = choices()
    limited = "budget" in METHODS[asked.explain_method].options.model_fields
    budget.number_input(
        "Evaluations of each", min_value=10, max_value=_MOST_BUDGET, step=50, disabled=not limited,
        help="For SHAP and LIME; the others take what they need.", **bound("explain_budget"),
    )  # fmt: skip
    return SelectionRequest(
        folder=str(dataset.folder),
        chosen=chosen,
        method=asked.explain_method,
        target=asked.explain_target,
        unit=asked.explain_unit,
        reviews=asked.explain_count,
        budget=asked.explain_budget if limited else None,
    )


def _targets(dataset: Dataset) -> dict[str, str]:
    """As the command line takes them, to what is shown."""
    found = {PREDICTED: "each review's own label"}
    if dataset.manifest.ratings is not None:
        found["expected"] = "the expected rating"
    return found | {label: excerpt(label, _LABEL) for label in dataset.manifest.checkpoint.labels[:_MOST_LABELS]}


def _title(method: str) -> str:
    return METHODS[method].title


def cost(dataset: Dataset, request: SelectionRequest, rows: int, words: float) -> str:
    """What explaining will take, in a sentence.

    Args:
        dataset: The data set.
        request: What would be asked.
        rows: In the selection.
        words: Of a review, on average.

    Returns:
        Plain text.
    """
    count = min(request.reviews, rows)
    each = METHODS[request.method].cost
    if request.budget is not None:
        each = request.budget
    elif request.method == "occlusion" and request.unit == Unit.WORD.value:
        each = round(words) + 1
    asked = count * each
    which = f"{count:,} of {rows:,} reviews, drawn at random" if count < rows else f"all {rows:,} reviews"
    said = f"{which}; about {asked:,} evaluations of the checkpoint"
    summary = dataset.summary
    if summary is None or not summary.rows or not summary.seconds:
        return f"{said}."
    minutes = asked / (summary.rows / summary.seconds) / 60
    took = f"{minutes:,.0f} minutes" if minutes >= 1.5 else f"{max(1, round(minutes * 60)):,} seconds"
    return f"{said}, at the rate of the batch some {took}. They are kept in its folder, as far as they get."


def _start(dataset: Dataset, request: SelectionRequest) -> bool:
    """Whether the job could begin."""
    try:
        checkpoint = caching.checkpoint(dataset.manifest.checkpoint.name)
        check_same_model(dataset, checkpoint)
        services.choose_methods(checkpoint, [request.method])
        if request.unit not in {unit.value for unit in METHODS[request.method].units}:
            raise InputError(f"{_title(request.method)} has no scores by {request.unit}", "choose another unit")
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return False
    job = SelectionJob(request)
    job.work(dataset, checkpoint)
    choices().explaining = job
    return True


def _outcome(dataset: Dataset) -> None:
    """What came of the last time."""
    job = choices().explaining
    if job is None or job.running or job.request.folder != str(dataset.folder):
        return
    if job.fault and job.fault != CANCELLED:
        st.error(literal(job.fault), icon=":material/error:")
    elif job.found is None:
        st.caption("Cancelled before any review was explained.")
    else:
        found = job.found
        cut = f"Cancelled: {found.explained:,} of {found.drawn:,}" if found.partial else f"{found.explained:,}"
        failed = f"; {found.failed:,} could not be" if found.failed else ""
        st.caption(
            f"{cut} reviews were explained{failed}, with {found.evaluations.made:,} evaluations in "
            f"{found.seconds:,.0f} seconds."
        )
