"""What a session remembers, typed. The only module that touches ``st.session_state``.

Streamlit forgets a widget's value when its page is left, so lasting choices live in ``Choices`` under a key that is no
widget's; ``bound`` ties a widget to a field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import streamlit as st

from workbench.checkpoints.catalogue import Entry
from workbench.schema import Choice
from workbench.tables import DEFAULT_LIMIT
from workbench.ui.adding import Addition
from workbench.ui.comparison_job import ComparisonJob, ComparisonRequest
from workbench.ui.dataset_choices import DatasetChoices
from workbench.ui.entity_job import EntityJob, EntityRequest
from workbench.ui.file_choice import NO_COLUMN, ChosenFile
from workbench.ui.file_jobs import FileJob
from workbench.ui.jobs import Job, Request
from workbench.ui.run_keeping import Keeping
from workbench.ui.searches import Searches
from workbench.ui.train_choices import TrainChoices

# In the address of the Compare page: which comparison on a file is shown, so that a reload finds it again.
FILE_ADDRESS = "compare"
_CHOICES = "workbench.choices"
_WIDGET = "workbench.widget."
_NOTE = "workbench.note."
_DRAWN_ON = "workbench.drawn-on"
_MAY_BE_EMPTY = {
    *("sample", "entity_sample", "entity", "dataset_budget", "dataset_column"),
    *("history_kind", "history_checkpoint", "history_method", "history_label", "history_tag"),
}


@dataclass
class Listing:
    """Where a session stands on the History page.

    Attributes:
        page: Which page is shown, from zero.
        picked: Ids of the runs that were picked, on whatever page.
        compared: The two runs that are shown side by side.
        deleted: Ids of the runs that were deleted last, for bringing them back.
        fault: Why the last change was not made, in one line.
    """

    page: int = 0
    picked: list[str] = field(default_factory=list)
    compared: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    fault: str = ""


@dataclass
class Choices(TrainChoices, DatasetChoices):
    """The choices of one session; those of the Train and the Datasets page are inherited.

    Attributes:
        text: The review.
        sample: Id of the sample that was picked last and still stands in the box.
        greeted: The box was shown, with a sample in it where it was empty.
        checkpoint: Name.
        budget: ``Quick``, ``Standard`` or ``Thorough``.
        methods: Registered names.
        unit: ``word`` or ``token``.
        seed: Of whatever is random.
        windows: Read long reviews whole, in overlapping windows.
        options: Method to option to value, where changed.
        sort: How the table is sorted.
        learn: The guided tour is shown.
        file: The file of reviews to compare on.
        file_text: Position of the column of the text; ``NO_COLUMN`` to look for it.
        file_label: Position of the column of the label; ``NO_COLUMN`` for none.
        file_limit: The most rows.
        file_job: The comparison on a file that is shown.
        file_pair: Which two of its checkpoints.
        file_choice: Which of its reviews are listed, a ``Choice``.
        compared: Names of the checkpoints on the Compare page.
        compare_on: ``One review`` or ``A file``.
        compare_method: Registered name.
        compare_unit: ``word`` or ``sentence``.
        compare_target: As ``services.compare`` takes it; empty for its own choice.
        compare_places: Fingerprint of a checkpoint to label to its place on the common scale, which may be empty.
        compare_sort: How the table of differences is sorted.
        compare_wanted: A comparison of one review is to start with the next run of the page.
        compare_request: What was last asked for with the button there.
        compare_job: The run that answers it.
        entity_text: The text on the Entities page.
        entity_begun: The box for the text was drawn once, with a sample in it where there was none.
        entity_sample: Id of the sample sentence that is in the box.
        tagger: Name of the checkpoint there.
        entity_strategy: How tokens become entities; empty for what suits the checkpoint.
        entity_windows: Read long texts whole there.
        entity_methods: Registered names.
        entity_unit: ``word`` or ``sentence``.
        entity_options: Method to option to value, where changed.
        entity_types: The types that are shown; empty for all.
        entity: Place of the entity to explain, from 0.
        entity_request: What was last asked for with the button there.
        entity_finding: The run that keeps what was found.
        entity_job: The run that explains the entity.
        entity_keepings: Place of an entity that was explained to what keeps that run.
        entity_opened_as: What the settings there amount to since a saved run was opened.
        explain_wanted: The review is to be explained with the next run of the page.
        request: What was last asked for with the button.
        job: The run that answers it.
        searches: What would change the rating of the review that was explained last.
        addition: The checkpoint that is being added to the list, or was last.
        removed: What was taken off the list last, for putting it back.
        keep_view: A view of attention goes with the HTML report.
        keep_fault: Why the last file to keep could not be made.
        private: Nothing of this session is kept.
        opened: Id of the saved run that was opened last and is still shown.
        opened_as: What the settings amount to since it was opened.
        forms: How often forms were filled from a saved run; part of their widgets' keys.
        history: What the History page shows.
        history_words: What is searched there.
        history_kind: ``explanation``, ``comparison`` or ``entities``.
        history_checkpoint: Name.
        history_method: Registered name.
        history_label: What a checkpoint predicted, or the type of an entity.
        history_tag: One of the user's.
        history_dates: First and last day; empty for any.
        history_formats: Suffixes of what is exported.
    """

    text: str = ""
    sample: str | None = None
    greeted: bool = False
    checkpoint: str = ""
    budget: str = "Standard"
    methods: list[str] = field(default_factory=list)
    unit: str = "word"
    seed: int = 0
    windows: bool = False
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    sort: str = "Strongest"
    learn: bool = False
    file: ChosenFile | None = None
    file_text: int = NO_COLUMN
    file_label: int = NO_COLUMN
    file_limit: int = DEFAULT_LIMIT
    file_job: FileJob | None = None
    file_pair: int = 0
    file_choice: str = Choice.DISAGREE.value
    compared: list[str] = field(default_factory=list)
    compare_on: str = "One review"
    compare_method: str = "shap"
    compare_unit: str = "word"
    compare_target: str = ""
    compare_places: dict[str, dict[str, float | None]] = field(default_factory=dict)
    compare_sort: str = "difference"
    compare_wanted: bool = False
    compare_request: ComparisonRequest | None = None
    compare_job: ComparisonJob | None = None
    entity_text: str = ""
    entity_begun: bool = False
    entity_sample: str | None = None
    tagger: str = ""
    entity_strategy: str = ""
    entity_windows: bool = False
    entity_methods: list[str] = field(default_factory=list)
    entity_unit: str = "word"
    entity_options: dict[str, dict[str, Any]] = field(default_factory=dict)
    entity_types: list[str] = field(default_factory=list)
    entity: int | None = None
    entity_request: EntityRequest | None = None
    entity_finding: EntityJob | None = None
    entity_job: EntityJob | None = None
    entity_keepings: dict[int, Keeping] = field(default_factory=dict)
    entity_opened_as: EntityRequest | None = None
    explain_wanted: bool = False
    request: Request | None = None
    job: Job | None = None
    searches: Searches = field(default_factory=Searches)
    addition: Addition | None = None
    removed: Entry | None = None
    keep_view: bool = False
    keep_fault: str = ""
    private: bool = False
    opened: str = ""
    opened_as: Request | ComparisonRequest | None = None
    forms: int = 0
    history: Listing = field(default_factory=Listing)
    history_words: str = ""
    history_kind: str | None = None
    history_checkpoint: str | None = None
    history_method: str | None = None
    history_label: str | None = None
    history_tag: str | None = None
    history_dates: tuple[date, ...] = ()
    history_formats: list[str] = field(default_factory=lambda: [".html", ".json"])


def choices() -> Choices:
    """The choices of this session."""
    if _CHOICES not in st.session_state:
        st.session_state[_CHOICES] = Choices()
    found: Choices = st.session_state[_CHOICES]
    return found


def bound(name: str) -> dict[str, Any]:
    """Arguments that tie a widget to a field of ``Choices``.

    Args:
        name: The field.

    Returns:
        ``key``, ``on_change`` and ``args`` for the widget.
    """
    key, page = _WIDGET + name, _page()
    drawn_on: dict[str, str | None] = st.session_state.setdefault(_DRAWN_ON, {})
    # A widget of the same key on another page is another one, and would begin empty.
    if key not in st.session_state or drawn_on.get(name) != page:
        st.session_state[key] = getattr(choices(), name)
        drawn_on[name] = page
    return {"key": key, "on_change": copy, "args": (name,)}


def held(name: str) -> dict[str, Any]:
    """As ``bound``, for a widget whose field callbacks set too; not for text, since what is being typed would be lost.

    A value that a callback set is told to the browser once. Where that run is cut short, the browser shows the first
    choice instead and soon reports it as the user's; so it is told in every run.

    Args:
        name: The field.

    Returns:
        ``key``, ``on_change`` and ``args`` for the widget.
    """
    arguments = bound(name)
    st.session_state[arguments["key"]] = st.session_state[arguments["key"]]
    return arguments


def _page() -> str | None:
    """Which page is being drawn; none outside a run."""
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else context.page_script_hash


def put(name: str, value: Any) -> None:
    """Set a field and the widget bound to it; only before the widget is drawn, so from a callback.

    Args:
        name: The field.
        value: Its new value.
    """
    setattr(choices(), name, value)
    st.session_state[_WIDGET + name] = value


def later(name: str, value: Any) -> None:
    """Set a field whose widget may have been drawn already; it shows the value from the next run on.

    Args:
        name: The field.
        value: Its new value.
    """
    setattr(choices(), name, value)
    drawn_on: dict[str, str | None] = st.session_state.setdefault(_DRAWN_ON, {})
    drawn_on.pop(name, None)


def widget_key(*parts: str) -> str:
    """A key for a widget that is bound to no field."""
    return _WIDGET + ".".join(parts)


def leave_saved_run() -> None:
    """What is shown from now on is no longer the saved run that the page's address names."""
    chosen = choices()
    chosen.opened, chosen.opened_as = "", None
    if "run" in st.query_params:
        del st.query_params["run"]


def leave_file() -> None:
    """What is shown from now on is no longer the comparison on a file that the page's address names."""
    st.query_params.pop(FILE_ADDRESS, None)


def seed(key: str, content: Any) -> str:
    """Give a widget with a key of its own its first content, where it has none yet.

    Args:
        key: The widget's.
        content: What it shall hold.

    Returns:
        The key.
    """
    st.session_state.setdefault(key, content)
    return key


def reset(key: str, content: Any) -> None:
    """Set a widget with a key of its own; only before it is drawn."""
    st.session_state[key] = content


def follow(key: str, content: Any) -> str:
    """Set a text field with a key of its own where it differs, so that what is being typed in it is not lost.

    Args:
        key: The widget's.
        content: What it shall hold.

    Returns:
        The key.
    """
    if st.session_state.get(key) != content:
        st.session_state[key] = content
    return key


def value(key: str) -> Any:
    """What a widget with a key of its own holds, for its callback."""
    return st.session_state[key]


def peek(key: str) -> Any:
    """Likewise, for another widget's callback, which may come when that one is gone; none then."""
    return st.session_state.get(key)


def note(name: str, text: str) -> None:
    """Keep what a callback has to say until the page is drawn.

    Args:
        name: Of the place where it is said.
        text: What.
    """
    st.session_state[_NOTE + name] = text


def noted(name: str) -> str:
    """What a callback had to say; said once.

    Args:
        name: Of the place.

    Returns:
        The text, empty where there is none.
    """
    return str(st.session_state.pop(_NOTE + name, ""))


def copy(name: str) -> None:
    """Copy a bound widget's value to its field; the callback of every bound widget.

    A browser that drew a widget in a run that was cut short may report it as empty, though it always has a value; such
    a report counts as none.
    """
    found = st.session_state[_WIDGET + name]
    if found is None and name not in _MAY_BE_EMPTY:
        st.session_state[_WIDGET + name] = getattr(choices(), name)
        return
    setattr(choices(), name, found)
