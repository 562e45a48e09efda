"""What is kept between reruns and shared between sessions: checkpoints, predictions, explanations, attention."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import streamlit as st

from workbench import resources, services
from workbench.attention import attention_maps
from workbench.checkpoints import Checkpoint, CheckpointTask, bundled, catalogue, describe, fits, load_checkpoint
from workbench.pipeline import classify
from workbench.schema import AttentionMaps, EntityPrediction, Explanation, Lesson, Prediction, Target, Unit
from workbench.tables import Table
from workbench.ui import file_choice
from workbench.ui.entity_job import EntityRequest
from workbench.ui.file_choice import ChosenFile
from workbench.ui.file_jobs import Kept


def offered(task: CheckpointTask = "classification") -> tuple[str, ...]:
    """Names of the checkpoints to choose from for a task: the command line's, the bundled ones, the user's own."""
    names = dict.fromkeys([*named(), *bundled(), *catalogue.names()])
    return tuple(name for name in names if fits(name, task))


def named() -> tuple[str, ...]:
    """Names of the checkpoints that the command line gave."""
    return tuple(filter(None, os.environ.get(resources.OFFERED, "").split("\n")))


@st.cache_resource(show_spinner="Loading the checkpoint", max_entries=4)
def checkpoint(name: str) -> Checkpoint:
    """A checkpoint, loaded once a process. Nothing may change it."""
    return load_checkpoint(name)


def facts(name: str) -> dict[str, Any]:
    """What a checkpoint is; of a commit of the hub, which never changes, what the user's list knows."""
    entry = catalogue.find_entry(name)
    return entry.facts if entry is not None and entry.revision else _described(name)


@st.cache_data(show_spinner=False, max_entries=64)
def _described(name: str) -> dict[str, Any]:
    return describe(name)


def forget(name: str) -> None:
    """Read a checkpoint anew the next time, since its files may have changed."""
    _described.clear(name)
    checkpoint.clear(name)


@st.cache_data(show_spinner=False, max_entries=512)
def prediction(_checkpoint: Checkpoint, fingerprint: str, text: str, windows: bool = False) -> Prediction:
    """The prediction on a text, one that is too long for one pass read whole with ``windows``."""
    return classify(_checkpoint, text, windows=windows)


@st.cache_data(show_spinner=False, max_entries=512)
def explanation(
    _checkpoint: Checkpoint,
    fingerprint: str,
    _prediction: Prediction,
    text: str,
    method: str,
    target: str,
    unit: str,
    seed: int,
    windows: bool,
    options: str,
    _progress: Callable[[int, int], None],
    _cancelled: Callable[[], bool],
) -> Explanation:
    """One method on one prediction; ``target`` and ``options`` as JSON. A cancelled run is not kept."""
    return services.explain_one(
        _checkpoint,
        _prediction,
        method,
        target=Target.model_validate_json(target),
        unit=Unit(unit),
        seed=seed,
        options=services.options_from_json(method, options),
        progress=_progress,
        cancelled=_cancelled,
    )


@st.cache_data(show_spinner="Finding entities", max_entries=64)
def entities(
    _checkpoint: Checkpoint, fingerprint: str, text: str, strategy: str = "", windows: bool = False, scheme: str = ""
) -> EntityPrediction:
    """The entities of a text; without a strategy or a scheme by what suits the checkpoint."""
    return services.find_entities(_checkpoint, text, strategy=strategy or None, scheme=scheme or None, windows=windows)


@st.cache_data(show_spinner=False, max_entries=256)
def entity_explanation(
    _checkpoint: Checkpoint,
    fingerprint: str,
    _prediction: EntityPrediction,
    request: str,
    method: str,
    options: str,
    _progress: Callable[[int, int], None],
    _cancelled: Callable[[], bool],
) -> Explanation:
    """One method on one entity; ``request`` is the whole request, as JSON. A cancelled run is not kept."""
    asked = EntityRequest.model_validate_json(request)
    return services.explain_entity_one(
        _checkpoint,
        _prediction,
        asked.entity or 0,
        method,
        unit=asked.unit,
        seed=asked.seed,
        options=services.options_from_json(method, options),
        progress=_progress,
        cancelled=_cancelled,
    )


@st.cache_data(show_spinner=False, max_entries=32)
def entity_lessons(_checkpoint: Checkpoint, _prediction: EntityPrediction, key: str) -> tuple[Lesson, ...]:
    """The guided tour through the entities of a text; ``key`` is all that they depend on."""
    return services.entity_lessons(_checkpoint, _prediction)


@st.cache_data(show_spinner=False, max_entries=8)
def attention(_checkpoint: Checkpoint, fingerprint: str, _prediction: Prediction, text: str) -> AttentionMaps:
    """Attention of a text."""
    return attention_maps(_checkpoint, _prediction)


@st.cache_data(show_spinner=False, max_entries=64)
def lessons(
    _checkpoint: Checkpoint, fingerprint: str, _prediction: Prediction, text: str, windows: bool
) -> tuple[Lesson, ...]:
    """The guided tour through a prediction."""
    return services.lessons(_checkpoint, _prediction)


@st.cache_data(show_spinner=False)
def samples(file: str = "reviews.csv") -> list[dict[str, str]]:
    """The sample reviews, or the texts of another file of samples, a dictionary each."""
    import csv

    with (resources.folder("sample_data") / file).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@st.cache_resource(show_spinner=False)
def kept_comparisons() -> Kept:
    """Comparisons on a file, of all sessions."""
    return Kept()


@st.cache_data(show_spinner=False, max_entries=16)
def columns(_file: ChosenFile, digest: str, name: str) -> tuple[str, ...]:
    """The columns of a file."""
    return file_choice.columns_of(_file)


@st.cache_resource(show_spinner="Reading the file", max_entries=8)
def table(_file: ChosenFile, digest: str, name: str, text: str | None, label: str | None, limit: int) -> Table:
    """The reviews of a file. Nothing may change them."""
    return file_choice.rows_of(_file, text, label, limit)
