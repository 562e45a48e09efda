from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from workbench import errors
from workbench.errors import MissingExtraError, WorkbenchError


def kinds(root: type[WorkbenchError] = WorkbenchError) -> Iterator[type[WorkbenchError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from kinds(child)


def made(kind: type[WorkbenchError]) -> WorkbenchError:
    return kind("this is wrong", "do that")


STATUS = {
    "WorkbenchError": 1,
    "InputError": 2,
    "TextError": 2,
    "UnknownNameError": 2,
    "TargetError": 2,
    "CheckpointError": 3,
    "UnsafeCheckpointError": 3,
    "IncompatibleError": 3,
    "StoreError": 1,
    "MissingExtraError": 1,
    "Cancelled": 1,
}


def test_every_kind_has_its_exit_status() -> None:
    assert {kind.__name__: kind.exit_status for kind in kinds()} == STATUS


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_names_every_kind(kind: type[WorkbenchError]) -> None:
    assert f" {kind.__name__} " in f" {errors.__doc__} ".replace("\n", " ")


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_survives_a_process_boundary(kind: type[WorkbenchError]) -> None:
    error = made(kind)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), again.what, again.remedy) == (str(error), error.what, error.remedy)


def test_message_is_one_line_of_fault_and_remedy() -> None:
    error = WorkbenchError("a\nb\x1b[2Jc", "do\t that")
    assert str(error) == "a b\\x1b[2Jc; do that"
    assert (error.what, error.remedy) == ("a b\\x1b[2Jc", "do that")


def test_a_missing_extra_prints_the_line_to_install_it() -> None:
    error = MissingExtraError("the PDF report", "pdf")
    assert str(error) == "the PDF report needs an optional dependency; pip install 'explainability-workbench[pdf]'"
