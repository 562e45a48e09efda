"""Which words go with the disagreement of two checkpoints, over the reviews on which they disagree most."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench import services
from workbench.errors import WorkbenchError
from workbench.explainers import METHODS
from workbench.schema import Difference, FileComparison, Target, WordTotal
from workbench.ui import caching
from workbench.ui.components.file_progress import follow
from workbench.ui.file_jobs import FileJob, WordsJob, WordsRequest
from workbench.ui.state import widget_key
from workbench.ui.style import literal

# Methods that are quick enough for many reviews, with the evaluations of each explanation.
_BUDGETS = {"occlusion": 100, "shap": 100}
_FEWEST, _MOST, _USUAL = 5, 50, 20
_WORDS_SHOWN = 24


def words_panel(job: FileJob, place: int) -> None:
    """Draw the settings, the button, and the words.

    Args:
        job: Ended, with a result.
        place: Which pair.
    """
    if job.found is None:
        return
    request = _request(job.found, place)
    if request is None:
        return
    running = job.words is not None and job.words.running
    asked = st.button(
        "Explain the disagreement", icon=":material/troubleshoot:", key=widget_key("words"), disabled=running
    )
    if asked and _start(job, request):
        st.rerun()
    if job.words is None or job.words.request.pair != place:
        st.caption("Explains why the two differ, review by review, and adds up what each word contributes.")
        return
    if job.words.running:
        follow(job.words, "reviews", widget_key("cancel-words", job.key, str(id(job.words))))
    else:
        _outcome(job.words, job.found.names(job.found.pairs[place]))


def _request(comparison: FileComparison, place: int) -> WordsRequest | None:
    """What the button would ask for; none where nothing of the two can be added up."""
    pair = comparison.pairs[place]
    targets = services.summable_targets(comparison, pair)
    if not targets:
        st.caption("The two have no label in common, so what their words contribute cannot be added up.")
        return None
    reviews, method, target = st.columns([2, 2, 1])
    asked = reviews.slider("Most disputed reviews", _FEWEST, _MOST, _USUAL, key=widget_key("words-reviews"))
    chosen = method.segmented_control(
        "Method",
        list(_BUDGETS),
        default="occlusion",
        required=True,
        format_func=lambda name: METHODS[name].title,
        help="Occlusion is quicker; the scores of SHAP add up to the difference.",
        key=widget_key("words-method"),
    )
    wanted = targets[0]
    if len(targets) > 1:
        wanted = target.selectbox("Label", targets, key=widget_key("words-target", str(place)))
    return WordsRequest(pair=place, target=wanted, method=chosen or "occlusion", reviews=asked)


def _start(job: FileJob, request: WordsRequest) -> bool:
    """Whether the job could begin."""
    if job.found is None:
        return False
    pair = job.found.pairs[request.pair]
    first, second = job.found.names(pair)
    try:
        checkpoints = caching.checkpoint(first), caching.checkpoint(second)
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return False
    return job.ask_words(request, checkpoints, _BUDGETS[request.method]) is not None


def _outcome(words: WordsJob, names: tuple[str, str]) -> None:
    found = tuple(words.found)
    if words.fault and words.fault != "cancelled":
        st.error(literal(words.fault), icon=":material/error:")
    if not found:
        st.caption("Cancelled before any review was explained." if words.fault == "cancelled" else "")
        return
    st.html(words_html(services.disagreement_words(found), found, names, words.total))


def words_html(totals: Sequence[WordTotal], found: Sequence[Difference], names: tuple[str, str], asked: int) -> str:
    """The words with the largest totals, as bars to either side.

    Args:
        totals: The largest first.
        found: What they are totals of.
        names: Of the first and the second checkpoint.
        asked: Reviews that were to be explained.

    Returns:
        HTML, all text escaped.
    """
    shown = [one for one in totals[:_WORDS_SHOWN] if one.total]
    top = max((abs(one.total) for one in shown), default=0.0) or 1.0
    rows = "".join(_line(one, top, names) for one in shown)
    method = METHODS[found[0].method].title
    partial = (
        f'<span class="wb-tag">cancelled, {len(found):,} of {asked:,} reviews</span>' if len(found) < asked else ""
    )
    first, second = map(escape, names)
    made = sum(one.evaluations.made for one in found)
    how = f"{method}, added up over {len(found):,} reviews; {made:,} evaluations"
    return (
        f'<div class="wb-box"><b>{escape(_phrase(found[0].targets[0]))}: {first} − {second}</b> '
        f'<span class="wb-dim">{how}</span>{partial}'
        f'<div class="wb-totals">{rows}</div><div class="wb-legend wb-dim">lifts {second}<i></i>lifts {first}. '
        f"The number is the total over all reviews; {len(totals):,} words in all.</div></div>"
    )


def _line(one: WordTotal, top: float, names: tuple[str, str]) -> str:
    width = abs(one.total) / top * 50
    side, colour = ("right", "wb-down") if one.total < 0 else ("left", "wb-up")
    tip = (
        f"{one.total:+.4f} in all, {one.mean:+.4f} each time; {one.count} times in {one.reviews} reviews; "
        f"lifts {names[0] if one.total > 0 else names[1]}"
    )
    return (
        f'<div title="{escape(tip)}"><span><bdi>{escape(one.word)}</bdi></span>'
        f'<span class="wb-cb"><b class="{colour}" style="{side}:50%;width:{width:.0f}%"></b></span>'
        f"<em>{one.total:+.2f}</em><small>{one.count} × in {one.reviews}</small></div>"
    )


def _phrase(target: Target) -> str:
    phrase = target.phrase()
    return phrase[:1].upper() + phrase[1:]
