"""Why: one row a method with the review as a heat map, and one table of words by methods."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.checkpoints import Checkpoint
from workbench.explainers import METHODS, unit_spans
from workbench.render import blank_html, heat_html, precision_phrase, settled_phrase, strongest
from workbench.schema import Attribution, Explanation, Prediction, Span, Trust
from workbench.ui.components.trusting import faithfulness_of, flipped_of, sentence_html, trust_html, waiting_html
from workbench.ui.components.words import words_table
from workbench.ui.jobs import Job, Place

# How often a panel looks at a running job.
POLL_SECONDS = 0.4


def methods_panel(job: Job, checkpoint: Checkpoint | None, prediction: Prediction) -> None:
    """Show the methods of a job, following it while it runs.

    Args:
        job: Running or ended.
        checkpoint: The model, where it is there; without it, the methods cannot be assessed.
        prediction: What is explained.
    """
    st.fragment(_panel, run_every=POLL_SECONDS if job.running else None)(job, checkpoint, prediction, job.running)


def _panel(job: Job, checkpoint: Checkpoint | None, prediction: Prediction, followed: bool) -> None:
    running = job.running
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Cancel", icon=":material/stop_circle:", on_click=job.cancel, key="workbench.cancel", disabled=not running
        )
        asked = st.button(
            "Which method to trust?",
            icon=":material/balance:",
            key="workbench.assess",
            disabled=running or job.trust is not None or not job.explanations or checkpoint is None,
            help="Compares the methods with one another, with random orders, over seeds and on a shuffled model.",
        )
        st.caption(summary(job))
    if asked and checkpoint is not None:
        job.assess(checkpoint, prediction)
        st.rerun()
    spans = unit_spans(prediction, job.request.unit)
    st.html(sentence_html(job.trust, _waiting(job), asked=job.assessing))
    st.html(rows_html(job, spans))
    words_table(job, spans)
    if job.trust is not None:
        st.html(trust_html(job.trust))
    elif job.assessing:
        st.html(waiting_html(len(job.explanations)))
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
    if len(job.places) == 1:
        return "One method by itself: ask how far to trust it for this review."
    return "The methods differ: ask which one to trust for this review."


def summary(job: Job) -> str:
    """What a job took, or how far it is."""
    done, total = (sum(getattr(place, name) for place in job.places.values()) for name in ("done", "total"))
    if job.running:
        return f"{done:,} / {total:,} evaluations"
    found = job.explanations
    asked, made = (sum(getattr(one.evaluations, name) for one in found) for name in ("asked", "made"))
    seconds = sum(one.seconds for one in found)
    return f"{asked:,} evaluations asked for, {made:,} made, the others known already; {seconds:.1f} s"


def rows_html(job: Job, spans: Sequence[Span]) -> str:
    """One row a method as HTML; each row has its height before its result is there.

    Args:
        job: Running or ended.
        spans: The units of the text.

    Returns:
        HTML, all text escaped.
    """
    top = scale_of(job.explanations)
    blank = blank_html(job.request.text, spans)
    rows = "".join(_row(name, place, blank, top, job.trust) for name, place in job.places.items())
    return f'<div class="wb-box">{rows}{_legend(job.explanations, job.trust)}</div>'


def scale_of(explanations: Sequence[Explanation]) -> float:
    """The score of full colour: the strongest of all signed methods, so that one colour means one number.

    Args:
        explanations: Of one view.

    Returns:
        A positive number.
    """
    return max((strongest(one) for one in explanations if one.signed), default=0.0) or 1.0


def _row(name: str, place: Place, blank: str, top: float, trust: Trust | None) -> str:
    method = METHODS[name]
    found = place.explanation
    tip = escape(f"{method.summary} {method.reads}")
    small, kind, right = progress_html(place.done, place.total), "wb-text wb-blank", ""
    body = blank
    if found is not None:
        small, kind = counts_html(found), "wb-text"
        body = heat_html(found, top if found.signed else None, flipped_of(trust, name))
        right = _faithful(faithfulness_of(trust, name)) + aside_html(found)
    elif place.fault is not None:
        small, kind, body = "", "wb-fault", escape(place.fault)
    return (
        f'<div class="wb-mrow" data-method="{escape(name)}"><div title="{tip}"><b>{escape(method.title)}</b>'
        f'<small>{small}</small></div><div class="{kind}" dir="auto" tabindex="0">{body}</div>'
        f'<div class="wb-f">{right}</div></div>'
    )


def progress_html(done: int, total: int) -> str:
    """How far something has come, with a bar.

    Args:
        done: Evaluations done.
        total: Evaluations expected; zero before it begins.

    Returns:
        HTML.
    """
    if not total:
        return 'waiting<i class="wb-wait"></i>'
    share = min(done / total, 1.0) * 100
    return f'{done:,} / {total:,} evaluations<i class="wb-wait"><b style="width:{share:.0f}%"></b></i>'


def counts_html(found: Attribution) -> str:
    """What scores took, whether they had settled, and how exact they are.

    Args:
        found: Of any method.

    Returns:
        HTML, all text escaped.
    """
    made = found.evaluations
    sign = "" if found.signed else ", not signed"
    counts = f"{made.asked:,} asked, {made.made:,} made, {found.seconds:.1f} s{sign}"
    return counts + _settled(found) + _rounded(found)


def _settled(found: Attribution) -> str:
    """Where the method stopped when its scores had settled: how many evaluations that took."""
    phrase = settled_phrase(found)
    if not phrase:
        return ""
    missed = found.details["settled"] != "yes"
    tip = "the largest change of a score since half as many evaluations, against the tolerance" + (
        "; raise the budget or the tolerance" if missed else ""
    )
    return f'<br><span class="{"wb-bad" if missed else ""}" title="{tip}">{escape(phrase)}</span>'


def _rounded(found: Attribution) -> str:
    """How far evaluations of a lower precision were off."""
    phrase = precision_phrase(found)
    tip = "the largest difference of the target from exact evaluations; scores are differences of such values"
    return f'<br><span title="{tip}">{escape(phrase)}</span>' if phrase else ""


def _faithful(value: float | None) -> str:
    """The number with its bar; its place is kept while there is none."""
    if value is None:
        return '<div class="wb-hold">faithfulness<i></i></div>'
    return f"<div>faithfulness {value:.2f}{_bar(value, 'wb-good')}</div>"


def _bar(share: float, kind: str) -> str:
    return f'<i class="{kind}"><b style="width:{min(max(share, 0.0), 1.0) * 100:.0f}%"></b></i>'


def aside_html(found: Attribution) -> str:
    """What tells how to take a row: where the scores start and end, how good the fit is, how exact the sum.

    Args:
        found: Of any method.

    Returns:
        HTML.
    """
    details = found.details
    if "r2" in details:
        fit = float(details["r2"])
        return f"local fit R² {fit:.2f}{_bar(fit, 'wb-good')}"
    if "delta" in details:
        return _delta(found)
    if "on_special_tokens" in details:
        return _elsewhere(found, float(details["on_special_tokens"]))
    if found.base_value is not None:
        return f'<span title="the target on the masked text, and on this one">{_way(found)}</span>'
    return ""


def _way(found: Attribution) -> str:
    return f"{found.base_value:.2f} masked, {found.full_value:.2f} here"


def _delta(found: Attribution) -> str:
    """By how much the sum of integrated gradients misses the difference, and the steps taken."""
    delta, steps = abs(float(found.details["delta"])), float(found.details["steps"])
    shown = f"delta {f'{delta:.3f}' if delta >= 0.001 else 'under 0.001'} after {steps:.0f} steps"
    if found.details.get("converged") == "yes":
        return f'<span title="by so much the scores miss the difference to the baseline">{shown}</span>'
    return f'<span class="wb-bad" title="above the tolerance: raise the greatest number of steps">{shown}</span>'


def _elsewhere(found: Attribution, away: float) -> str:
    """What fell on special tokens: a share where nothing is negative, else an amount."""
    total = away + sum(unit.score for unit in found.units)
    if found.signed or total <= 0:
        return f"{away:+.3f} on special tokens"
    return f"{away / total * 100:.0f}% on special tokens{_bar(away / total, '')}"


def _legend(explanations: Sequence[Explanation], trust: Trust | None) -> str:
    apart = "" if all(one.signed for one in explanations) else " Attention has no sign and a scale of its own."
    boxes = any(one.unresolved for one in explanations)
    boxed = " A box is a phrase with one score: the budget did not tell its words apart." if boxes else ""
    grey = any(one.flipped for one in trust.stability) if trust else False
    greyed = " Grey with dots: the sign depends on the seed." if grey else ""
    return (
        '<div class="wb-legend wb-dim">lowers the target (line above)<i></i>raises it (line below). '
        f"The same scale in every row; hover for the number.{apart}{boxed}{greyed}</div>"
    )
