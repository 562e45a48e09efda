"""One explanation of a long text from those of its windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from workbench.explainers.task import Finding, Floats, Task
from workbench.schema import Span, Window
from workbench.text import overlap

_NOTHING = 1e-12

# What is counted in each window; the rest is measured. A weighted mean of ``last_change`` bounds that of the whole.
_COUNTED = ("budget_used", "budget")


def find_in_windows(task: Task, find: Callable[[Task], Finding]) -> Finding:
    """Explain each window as a text of its own, and put the scores together on the units of the whole.

    A target of the whole is the mean of the windows' (see ``workbench.pipeline.windows``), so for every method that is
    linear in the model - SHAP, occlusion, integrated gradients - the weighted sum of the windows' scores is the
    method's own answer on the whole; for LIME it is the sum of the local fits.

    Args:
        task: What is asked; its prediction has windows.
        find: The method on one text.

    Returns:
        One score a unit of the whole text.
    """
    windows = task.prediction.windows
    found = []
    for done, window in enumerate(windows):
        task.run.begin_part(len(windows) - done)
        found.append(find(replace(task, prediction=window.prediction)))
    spans, scores = _placed(task, windows, found)
    weights = [window.weight for window in windows]
    bases = [one.base_value for one in found if one.base_value is not None]
    return Finding(
        spans,
        scores,
        float(np.dot(weights, bases)) if len(bases) == len(found) else None,
        float(np.dot(weights, [one.full_value for one in found])),
        {"windows": float(len(windows)), **_together([one.details for one in found], weights)},
        shared_phrases(task.spans, windows, found),
    )


def shared_phrases(units: Sequence[Span], windows: Sequence[Window], found: Sequence[Finding]) -> list[Span]:
    """Phrases whose units no window told apart.

    Args:
        units: Of the whole text.
        windows: Its windows.
        found: What the method found in each.

    Returns:
        Stretches of at least two units that lie in the same unresolved phrases, in every window that holds them.
    """
    groups: dict[tuple[tuple[int, Span], ...], list[Span]] = {}
    for unit in units:
        holders = [index for index, window in enumerate(windows) if window.start <= unit.start < window.end]
        phrases = tuple(
            (index, phrase)
            for index in holders
            for phrase in found[index].unresolved
            if _inside(unit, phrase.moved(windows[index].start))
        )
        if holders and len(phrases) == len(holders):
            groups.setdefault(phrases, []).append(unit)
    return [Span(start=group[0].start, end=group[-1].end) for group in groups.values() if len(group) > 1]


def _inside(unit: Span, phrase: Span) -> bool:
    return phrase.start <= unit.start and unit.end <= phrase.end


def _placed(task: Task, windows: Sequence[Window], found: Sequence[Finding]) -> tuple[list[Span], Floats]:
    """Weighted scores on the units; what fell on special tokens in units without width at the ends, as in one pass."""
    units = task.spans
    scores = np.zeros(len(units))
    head = tail = 0.0
    for window, one in zip(windows, found, strict=True):
        given = window.weight * np.asarray(one.scores, dtype=np.float64)
        wide = [index for index, span in enumerate(one.spans) if span.end > span.start]
        first = float(given[: wide[0]].sum())
        placed = given[wide] @ overlap([one.spans[index].moved(window.start) for index in wide], units)
        scores += placed
        head += first
        tail += float(given.sum() - placed.sum() - first)
    spans = list(units)
    if abs(head) > _NOTHING:
        spans, scores = [Span(start=0, end=0), *spans], np.concatenate([[head], scores])
    if abs(tail) > _NOTHING:
        end = len(task.prediction.text)
        spans, scores = [*spans, Span(start=end, end=end)], np.concatenate([scores, [tail]])
    return spans, scores


def _together(details: Sequence[dict[str, float | str]], weights: Sequence[float]) -> dict[str, float | str]:
    """Sums of what was counted, means of what was measured in each window, and all the words for what was not."""
    ones = [1.0] * len(weights)
    return {
        name: _one([each[name] for each in details if name in each], ones if name in _COUNTED else weights)
        for name in _names(details)
    }


def _names(details: Iterable[dict[str, float | str]]) -> list[str]:
    return list(dict.fromkeys(name for each in details for name in each))


def _one(values: Sequence[float | str], weights: Sequence[float]) -> float | str:
    numbers = [value for value in values if not isinstance(value, str)]
    if len(numbers) == len(weights):
        return float(np.dot(weights, numbers))
    return ", ".join(dict.fromkeys(map(str, values)))
