"""Downloads of a result, a button a format; a file is made when its button is clicked."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import WorkbenchError
from workbench.reports import FORMATS, Format, Subject, View
from workbench.schema import Prediction
from workbench.ui.comparison_job import ComparisonJob
from workbench.ui.components.saved_run import kept_line, name_in_address
from workbench.ui.jobs import Job
from workbench.ui.state import bound, choices, widget_key
from workbench.ui.style import literal

MakeView = Callable[[], View]


def keep_explanation(job: Job, checkpoint: Checkpoint | None, prediction: Prediction) -> None:
    """Show the downloads of an explanation, whether a view of attention goes with the HTML, and its link.

    Args:
        job: Running or ended.
        checkpoint: The model, where it is there; a view of attention needs it.
        prediction: What it predicted.
    """
    reason = "The methods are still running." if job.running else "" if job.explanations else "No method gave a result."
    report = job.report(prediction)
    wanted = st.checkbox(
        "BertViz heads in the HTML",
        help="Attention, to look into with the mouse; it makes the file larger.",
        disabled=checkpoint is None,
        **bound("keep_view"),
    )
    model = checkpoint if wanted else None
    view = None if model is None else lambda: services.attention_view(model, prediction)
    downloads(None if reason else report, reason, view)
    name_in_address(job.keeping)
    kept_line(job.keeping, ended=not job.running)


def keep_comparison(job: ComparisonJob) -> None:
    """Show the downloads of a comparison, and its link.

    Args:
        job: Running or ended.
    """
    reason = "The comparison is still running." if job.running else f"There is no comparison to keep: {job.fault}."
    downloads(job.result, "" if job.result else reason)
    name_in_address(job.keeping)
    kept_line(job.keeping, ended=not job.running)


def downloads(subject: Subject | None, reason: str = "", view: MakeView | None = None) -> None:
    """Show one download button a format.

    Args:
        subject: What to keep; none disables the buttons.
        reason: Why there is nothing to keep.
        view: Makes a view for the formats that show such.
    """
    name = "" if subject is None else services.report_name(subject)
    with st.container(horizontal=True):
        for suffix in FORMATS:
            form = FORMATS[suffix]
            st.download_button(
                form.title,
                b"" if subject is None else _content(form, subject, view if form.shows_views else None),
                f"{name}{suffix}",
                form.mime,
                key=widget_key("keep", suffix),
                icon=":material/download:",
                on_click="ignore",
                disabled=subject is None,
            )
    if reason:
        st.caption(literal(reason))
    fault, choices().keep_fault = choices().keep_fault, ""
    if fault:
        st.error(literal(fault), icon=":material/error:")


def _content(form: Format, subject: Subject, view: MakeView | None) -> Callable[[], bytes]:
    """Makes a file, on a thread of Streamlit's; a fault is told in one line when the page is drawn next."""
    chosen = choices()

    def made() -> bytes:
        try:
            return form.render(subject, () if view is None else (view(),))
        except WorkbenchError as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - Streamlit would log where it happened and tell the user nothing
            what = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            fault = WorkbenchError(f"the report could not be made ({what})", "choose another format")
        chosen.keep_fault = str(fault)
        raise fault

    return made
