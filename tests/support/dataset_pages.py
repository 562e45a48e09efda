"""The Datasets page by AppTest, and the data sets that its tests open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from batch_folders import predicted, write_batch
from streamlit.testing.v1 import AppTest

from workbench import resources
from workbench.ui.state import Choices

SECONDS = 120
# A column and its values that Markdown, HTML and SQL would each take for something else.
COLUMN = '<img src=x onerror="alert(1)"> :red[x] $y$'
VALUES = ("'; DROP TABLE reviews; --", "<script>alert(1)</script> **b**", "plain")
BAD = VALUES[0]


def sliced_folder(folder: Path, *, labelled: bool = True, rows: int = 600) -> Path:
    """Of a third of the rows, those of one value, most are wrong; of the others hardly any."""
    draws = np.random.default_rng(0)
    made: list[dict[str, Any]] = []
    for place in range(rows):
        value = VALUES[place % 3]
        truth = int(draws.integers(5))
        wrong = draws.random() < (0.7 if value == BAD else 0.1)
        said = (truth + int(draws.integers(1, 5))) % 5 if wrong else truth
        chances = np.full(5, 0.05)
        chances[said] = 0.8
        text = "room " * int(draws.integers(3, 40)) + f"number {place}"
        made.append(predicted(text, chances, truth if labelled else None) | {f"extra:{COLUMN}": value})
    return write_batch(folder, made, extra=(COLUMN,))


def opened(folder: Path, view: str) -> AppTest:
    """The page with a data set and a view of it."""
    app = AppTest.from_file(str(resources.folder("pages") / "data_sets.py"), default_timeout=SECONDS)
    app.session_state["workbench.choices"] = Choices(dataset=str(folder), dataset_view=view)
    app.run()
    assert not app.exception
    return app


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def labels_of(app: AppTest) -> list[str]:
    return [one.label for one in app.button]
