"""Downloads of entities and of why one of them has its type, and the link of the run."""

from __future__ import annotations

import json
from collections.abc import Callable

import streamlit as st

from workbench import services
from workbench.reports.entities_csv import entities_csv
from workbench.reports.entities_json import entities_document
from workbench.schema import EntityPrediction
from workbench.ui import entities
from workbench.ui.components.keeping import downloads
from workbench.ui.components.saved_run import kept_line
from workbench.ui.entity_job import EntityJob
from workbench.ui.state import widget_key


def keep_entities(prediction: EntityPrediction, finding: EntityJob, job: EntityJob | None) -> None:
    """Show the downloads, and the link.

    Args:
        prediction: What was found.
        finding: What keeps it.
        job: Why an entity has its type, running or ended; none where none is picked.
    """
    name = services.report_name(prediction)
    with st.container(horizontal=True):
        _button("Entities as JSON", f"{name}.json", "application/json", lambda: json_of(prediction))
        _button("Entities as CSV", f"{name}.csv", "text/csv", lambda: entities_csv([prediction]))
    if job is None:
        downloads(None, "Pick an entity to keep why it has its type.")
        kept_line(finding.keeping, ended=True)
        return
    reason = "The methods are still running." if job.running else "" if job.explanations else "No method gave a result."
    downloads(entities.report_of(job, prediction), reason)
    kept_line(job.keeping, ended=not job.running)


def json_of(prediction: EntityPrediction) -> str:
    """The file of schema ``workbench.entities/1``, with all tokens and their probabilities.

    Args:
        prediction: What was found.

    Returns:
        JSON.
    """
    whole = entities_document([prediction], provenance=services.provenance())
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _button(title: str, file: str, mime: str, made: Callable[[], str]) -> None:
    st.download_button(
        title,
        made,
        file,
        mime,
        key=widget_key("keep-entities", title),
        icon=":material/download:",
        on_click="ignore",
    )
