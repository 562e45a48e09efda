"""The data of the Train page: files that were uploaded, files of this machine, data sets of the hub."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from workbench import resources
from workbench.errors import InputError
from workbench.tables import open_source, read_table
from workbench.training import runs
from workbench.training.recipe import Source
from workbench.ui.file_choice import NO_COLUMN, ChosenFile, guessed_columns, typed_path
from workbench.ui.train_choices import HUB, PATH, TrainChoices

_UNUSED_SECONDS = 24 * 3600.0


def keep_upload(file: ChosenFile) -> Path:
    """Put an uploaded file where the process of a run finds it, in a folder named by its content.

    Uploads of which no run was made are deleted at the next upload, a day later.

    Args:
        file: What was uploaded.

    Returns:
        Its path.

    Raises:
        InputError: It cannot be written.
    """
    root = resources.home() / "data"
    place = root / file.digest[:16] / file.name
    try:
        _sweep(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists() or place.read_bytes() != file.content:
            place.write_bytes(file.content)
        place.touch()
    except OSError as error:
        raise InputError(
            f"the folder {root} cannot be written ({error.strerror})", f"mend its rights or set {resources.HOME}"
        ) from error
    return place


def _sweep(root: Path) -> None:
    """Delete uploads that no run is made of."""
    used = {Path(source.file) for one in runs.list_runs() for source in one.plan.recipe.data}
    for file in root.glob("*/*"):
        if file not in used and time.time() - file.stat().st_mtime > _UNUSED_SECONDS:
            file.unlink()
            if not any(file.parent.iterdir()):
                file.parent.rmdir()


def chosen_path(chosen: TrainChoices) -> Path | None:
    """The file that a session has chosen.

    Args:
        chosen: Its choices.

    Returns:
        Its path; none where there is none yet, or a data set of the hub is chosen.

    Raises:
        InputError: It may not be read here, or is not there.
    """
    if chosen.train_from == HUB:
        return None
    if chosen.train_from != PATH:
        return chosen.train_upload
    return typed_path(chosen.train_path)


def columns(path: Path) -> tuple[str, ...]:
    """The columns of a file.

    Args:
        path: Of the file.

    Returns:
        Their names.

    Raises:
        InputError: There is no table in it.
    """
    return open_source(path).columns


def guess(path: Path) -> tuple[int, int]:
    """Which columns look like text and label.

    Args:
        path: Of the file.

    Returns:
        Their positions; ``NO_COLUMN`` where nothing looks like it.

    Raises:
        InputError: There is no table in it.
    """
    names = columns(path)
    text, label = guessed_columns(names)
    if text == NO_COLUMN:
        # Where nothing looks like it, the reader chooses.
        with suppress(InputError):
            text = names.index(read_table(path, limit=1).source.text_columns[0])
    return text, label


def source_of(chosen: TrainChoices, path: Path | None, names: tuple[str, ...]) -> Source | None:
    """What is trained on.

    Args:
        chosen: The choices of the session.
        path: Its file.
        names: The columns of it.

    Returns:
        The source; none where data or a column are still to be chosen.
    """
    if chosen.train_from == HUB:
        named = chosen.train_dataset.strip()
        if not named:
            return None
        text = tuple(filter(None, [chosen.train_hub_text.strip()]))
        return Source(
            file=f"hub:{named}",
            part=chosen.train_split.strip() or "train",
            config=chosen.train_config.strip() or None,
            text=text,
            label=chosen.train_hub_label.strip() or None,
        )
    last = len(names) - 1
    if path is None or not (0 <= chosen.train_text <= last and 0 <= chosen.train_label <= last):
        return None
    return Source(file=str(path), text=(names[chosen.train_text],), label=names[chosen.train_label])
