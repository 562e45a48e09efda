"""What a session remembers, typed. The only module that touches ``st.session_state``.

Streamlit forgets a widget's value when its page is left, so lasting choices live in ``Choices`` under a key that is no
widget's; ``bound`` ties a widget to a field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from workbench.schema import Choice
from workbench.tables import DEFAULT_LIMIT
from workbench.ui.file_choice import NO_COLUMN, ChosenFile
from workbench.ui.file_jobs import FileJob
from workbench.ui.jobs import Job, Request

_CHOICES = "workbench.choices"
_WIDGET = "workbench.widget."
_MAY_BE_EMPTY = {"sample"}


@dataclass
class Choices:
    """The choices of one session.

    Attributes:
        text: The review.
        sample: Id of the sample that was picked last.
        checkpoint: Name.
        budget: ``Quick``, ``Standard`` or ``Thorough``.
        methods: Registered names.
        unit: ``word`` or ``token``.
        seed: Of whatever is random.
        windows: Read long reviews whole, in overlapping windows.
        options: Method to option to value, where changed.
        sort: How the table is sorted.
        file: The file of reviews to compare on.
        file_text: Position of the column of the text; ``NO_COLUMN`` to look for it.
        file_label: Position of the column of the label; ``NO_COLUMN`` for none.
        file_limit: The most rows.
        file_job: The comparison on a file that is shown.
        file_pair: Which two of its checkpoints.
        file_choice: Which of its reviews are listed, a ``Choice``.
        compared: Names of the checkpoints on the Compare page.
        compare_on: ``One review`` or ``A file``.
        request: What was last asked for with the button.
        job: The run that answers it.
    """

    text: str = ""
    sample: str | None = None
    checkpoint: str = ""
    budget: str = "Standard"
    methods: list[str] = field(default_factory=list)
    unit: str = "word"
    seed: int = 0
    windows: bool = False
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    sort: str = "Strongest"
    file: ChosenFile | None = None
    file_text: int = NO_COLUMN
    file_label: int = NO_COLUMN
    file_limit: int = DEFAULT_LIMIT
    file_job: FileJob | None = None
    file_pair: int = 0
    file_choice: str = Choice.DISAGREE.value
    compared: list[str] = field(default_factory=list)
    compare_on: str = "One review"
    request: Request | None = None
    job: Job | None = None


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
    key = _WIDGET + name
    if key not in st.session_state:
        st.session_state[key] = getattr(choices(), name)
    return {"key": key, "on_change": copy, "args": (name,)}


def put(name: str, value: Any) -> None:
    """Set a field and the widget bound to it; only before the widget is drawn, so from a callback.

    Args:
        name: The field.
        value: Its new value.
    """
    setattr(choices(), name, value)
    st.session_state[_WIDGET + name] = value


def widget_key(*parts: str) -> str:
    """A key for a widget that is bound to no field."""
    return _WIDGET + ".".join(parts)


def value(key: str) -> Any:
    """What a widget with a key of its own holds, for its callback."""
    return st.session_state[key]


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
