"""Why: one row a method with the review as a heat map, and one table of words by methods."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.checkpoints import Checkpoint
from workbench.explainers import METHODS, unit_spans
from workbench.render import heat_html
from workbench.schema import Explanation, Prediction, Trust
from workbench.ui.components.trusting import faithfulness_of, sentence_html, trust_html
from workbench.ui.components.words import words_table
from workbench.ui.jobs import Job, Place

_POLL_SECONDS = 0.4


def methods_panel(job: Job, checkpoint: Checkpoint, prediction: Prediction) -> None:
    """Show the methods of a job, following it while it runs.

    Args:
        job: Running or ended.
        checkpoint: The model.
        prediction: What is explained.
    """
    st.fragment(_panel, run_every=_POLL_SECONDS if job.running else None)(job, checkpoint, prediction, job.running)


def _panel(job: Job, checkpoint: Checkpoint, prediction: Prediction, followed: bool) -> None:
    running = job.running
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Cancel", icon=":material/stop_circle:", on_click=job.cancel, key="workbench.cancel", disabled=not running
        )
        asked = st.button(
            "Which method to trust?",
            icon=":material/balance:",
            key="workbench.assess",
            disabled=running or job.trust is not None or not job.explanations,
            help="Compares the methods with one another, with random orders, over seeds and on a shuffled model.",
        )
        st.caption(_summary(job))
    if asked:
        job.assess(checkpoint, prediction)
        st.rerun()
    st.html(sentence_html(job.trust, _waiting(job)))
    st.html(rows_html(job))
    words_table(job, unit_spans(prediction, job.request.unit))
    if job.trust is not None:
        st.html(trust_html(job.trust))
    if followed and not running:
        # Stop polling, and let the rest of the page see that the job has ended.
        st.rerun()


def _waiting(job: Job) -> str:
    if job.checks.fault:
        return f"The methods were not compared: {job.checks.fault}."
    if job.checks.total:
        return f"Comparing the methods: {job.checks.done:,} / {job.checks.total:,} evaluations"
    if job.assessing:
        return "Comparing the methods"
    return "The methods differ: ask which one to trust for this review."


def _summary(job: Job) -> str:
    done, total = (sum(getattr(place, name) for place in job.places.values()) for name in ("done", "total"))
    if job.running:
        return f"{done:,} / {total:,} evaluations"
    found = job.explanations
    asked, made = (sum(getattr(one.evaluations, name) for one in found) for name in ("asked", "made"))
    seconds = sum(one.seconds for one in found)
    return f"{asked:,} evaluations asked for, {made:,} made, the others known already; {seconds:.1f} s"


def rows_html(job: Job) -> str:
    """One row a method as HTML.

    Args:
        job: Running or ended.

    Returns:
        HTML, all text escaped.
    """
    top = scale_of(job.explanations)
    rows = "".join(_row(name, place, top, job.trust) for name, place in job.places.items())
    return f'<div class="wb-box">{rows}{_legend(job.explanations)}</div>'


def scale_of(explanations: Sequence[Explanation]) -> float:
    """The score of full colour: the largest of all signed methods, so that one colour means one number.

    Args:
        explanations: Of one view.

    Returns:
        A positive number.
    """
    return max((abs(unit.score) for one in explanations if one.signed for unit in one.units), default=0.0) or 1.0


def _row(name: str, place: Place, top: float, trust: Trust | None) -> str:
    method = METHODS[name]
    found = place.explanation
    tip = escape(f"{method.summary} {method.reads}")
    if found is not None:
        body = f'<div class="wb-text" dir="auto" tabindex="0">{heat_html(found, top if found.signed else None)}</div>'
        small, right = _counts(found), _faithful(faithfulness_of(trust, name)) + _aside(found)
    elif place.fault is not None:
        body, small, right = f'<div class="wb-fault">{escape(place.fault)}</div>', "", ""
    else:
        share = min(place.done / place.total, 1.0) if place.total else 0.0
        count = f"{place.done:,} / {place.total:,} evaluations" if place.total else "waiting"
        body = f'<div class="wb-wait"><b style="width:{share * 100:.0f}%"></b></div>'
        small, right = count, ""
    return (
        f'<div class="wb-mrow" data-method="{escape(name)}"><div title="{tip}"><b>{escape(method.title)}</b>'
        f'<small>{small}</small></div>{body}<div class="wb-f">{right}</div></div>'
    )


def _counts(found: Explanation) -> str:
    made = found.evaluations
    sign = "" if found.signed else ", not signed"
    return f"{made.asked:,} asked, {made.made:,} made, {found.seconds:.1f} s{sign}"


def _faithful(value: float | None) -> str:
    if value is None:
        return ""
    width = min(max(value, 0.0), 1.0) * 100
    return f'faithfulness {value:.2f}<i class="wb-good"><b style="width:{width:.0f}%"></b></i>'


def _aside(found: Explanation) -> str:
    """What tells how to take the row: where the scores start and end, how good the fit is."""
    if "r2" in found.details:
        fit = float(found.details["r2"])
        return f'local fit R² {fit:.2f}<i class="wb-good"><b style="width:{max(fit, 0) * 100:.0f}%"></b></i>'
    if "on_special_tokens" in found.details:
        away = float(found.details["on_special_tokens"])
        return f'{away * 100:.0f}% on special tokens<i><b style="width:{away * 100:.0f}%"></b></i>'
    if found.base_value is not None:
        return f"from {found.base_value:.2f} (all masked)<br>to {found.full_value:.2f}"
    return ""


def _legend(explanations: Sequence[Explanation]) -> str:
    apart = "" if all(one.signed for one in explanations) else " Attention has no sign and a scale of its own."
    return (
        '<div class="wb-legend wb-dim">lowers the target (line above)<i></i>raises it (line below). '
        f"The same scale in every row; hover for the number.{apart}</div>"
    )
