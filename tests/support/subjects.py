"""Results of every kind that reports are made of, from tiny checkpoints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from workbench import Comparison, Report, compare, explain
from workbench.checkpoints import Checkpoint
from workbench.schema import RunResult, SavedRun, SavedRuns

PLAIN = "The food was good, but we hated the cold room and the staff"
HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> room",
    '</script><!-- <style> ]]> room\' onload="alert(1)" &amp; &lt;b&gt;',
    "good 👩‍👩‍👧 e\u0301 שלום \x00 \x1b[2J \u202e olleh \u2066 \u2028 room",
)


def report(checkpoint: Checkpoint, text: str = PLAIN, **settings: Any) -> Report:
    return explain(
        checkpoint, text, settings.pop("methods", ("shap", "lime", "attention-rollout")), **{"budget": 30} | settings
    )


def comparison(first: Checkpoint, second: Checkpoint, text: str = PLAIN) -> Comparison:
    return compare([first, second], text, budget=30)


def renamed(found: Report, name: str) -> Report:
    """The same of a checkpoint of another name, which has labels of that name too."""
    whole = found.model_dump(mode="json")
    labels = whole["prediction"]["checkpoint"]["labels"]
    said = {label: f"{label} {name}" for label in labels}

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: changed(one) for key, one in value.items()}
        if isinstance(value, list):
            return [changed(one) for one in value]
        return said.get(value, value) if isinstance(value, str) else value

    whole = changed(whole)
    for info in (whole["prediction"]["checkpoint"], *(one["checkpoint"] for one in whole["explanations"])):
        info["name"] = name
    return Report.model_validate(whole)


def runs(*results: RunResult, note: str = "to be read by the owner", tags: tuple[str, ...] = ()) -> SavedRuns:
    return SavedRuns(
        title=f"Runs: {note}",
        runs=tuple(
            SavedRun(
                id=f"saved-run-{number}",
                created=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
                result=result,
                seconds=4.25,
                faults={"occlusion": f"it was cancelled {note}"},
                note=note,
                tags=tags,
            )
            for number, result in enumerate(results)
        ),
    )
