"""Downloads of entities and of why one of them has its type."""

from __future__ import annotations

import json
from collections.abc import Callable

import streamlit as st

from workbench import services
from workbench.reports.entities_csv import entities_csv
from workbench.reports.entities_json import entities_document
from workbench.schema import EntityPrediction, EntityReport
from workbench.ui import entities
from workbench.ui.entity_job import EntityJob
from workbench.ui.state import choices, widget_key


def keep_entities(prediction: EntityPrediction, job: EntityJob | None) -> None:
    """Show the downloads.

    Args:
        prediction: What was found.
        job: Why an entity has its type, running or ended; none where none is picked.
    """
    number = choices().entity
    report = None if job is None or number is None else entities.report_of(job, prediction, number)
    name = services.report_name(prediction)
    with st.container(horizontal=True):
        _button("JSON", f"{name}.json", "application/json", lambda: json_of(prediction, report))
        _button("CSV", f"{name}.csv", "text/csv", lambda: entities_csv([prediction]))
        _button(
            "CSV of the explanation",
            f"{name}-{(number or 0) + 1}.csv",
            "text/csv",
            lambda: entities_csv([prediction], report),
            disabled=report is None,
        )
    st.caption("JSON holds the tokens with all probabilities, the entities, and the explanation once there is one.")


def json_of(prediction: EntityPrediction, report: EntityReport | None) -> str:
    """The file of schema ``workbench.entities/1``.

    Args:
        prediction: What was found.
        report: Why an entity has its type.

    Returns:
        JSON.
    """
    whole = entities_document([prediction], report, services.provenance())
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _button(title: str, file: str, mime: str, made: Callable[[], str], *, disabled: bool = False) -> None:
    st.download_button(
        title,
        made,
        file,
        mime,
        key=widget_key("keep-entities", title),
        icon=":material/download:",
        on_click="ignore",
        disabled=disabled,
    )
