"""Data sets of the hub, read with the ``datasets`` library; no code of theirs is ever run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from workbench.checkpoints.hub import quietly
from workbench.errors import InputError
from workbench.tables import Row, join_sentences
from workbench.tables.rows import LABEL_NAMES, TEXT_NAMES, cell_text
from workbench.training.recipe import Source

_PREFIX = "hub:"
_PATIENCE = 10.0  # seconds


def is_hub(file: str) -> bool:
    """Whether a source is a data set of the hub."""
    return file.startswith(_PREFIX)


def pinned(source: Source) -> Source:
    """A source with the commit that its data set has now, so that a run that goes on reads the same rows.

    Args:
        source: Any source.

    Returns:
        The same where it is a file, or has a revision already.

    Raises:
        InputError: The hub cannot be reached, or has no such data set.
    """
    if not is_hub(source.file) or "@" in source.file:
        return source
    return source.model_copy(update={"file": f"{source.file}@{_commit(source)}"})


def read_hub(source: Source, *, labelled: bool, left_out: Counter[str] | None = None) -> list[Row]:
    """The rows of a data set of the hub; labels that are numbers with names there have their names.

    Args:
        source: Named ``hub:owner/name`` or ``hub:owner/name@revision``.
        labelled: Whether a label column is needed.
        left_out: Told of rows without a text or a label. SST-2's own test part has -1 for a label: those are none.

    Returns:
        The rows.

    Raises:
        InputError: The hub cannot be reached or has no such data set, or a column is missing.
    """
    table = _load(source)
    texts = _columns(source, source.text, table.column_names, TEXT_NAMES)
    target = _columns(source, [source.label] if source.label else [], table.column_names, LABEL_NAMES, labelled)
    key = list(source.split_by) or texts
    names = _label_names(table, target)
    rows = []
    for record in table:
        text = join_sentences([record[name] for name in texts])
        label = _named(record[target[0]], names) if target else None
        if not text:
            if left_out is not None:
                left_out["without a text"] += 1
            continue
        rows.append(Row(text, label, join_sentences([record[name] for name in key])))
    return rows


def _commit(source: Source) -> str:
    """The commit that a data set has now, as the hub says."""
    from huggingface_hub import HfApi

    try:
        with quietly():
            return str(HfApi().dataset_info(source.file.removeprefix(_PREFIX), timeout=_PATIENCE).sha)
    except Exception as error:  # noqa: BLE001 - the libraries raise whatever a server makes them raise
        raise _explained(source, error) from None


def _load(source: Source) -> Any:
    import datasets
    from huggingface_hub import is_offline_mode

    name, _, revision = source.file.removeprefix(_PREFIX).partition("@")
    if not revision and not is_offline_mode():
        # Where there is no network the library below tries for half a minute; a commit it may still have in its cache.
        _commit(source)
    datasets.disable_progress_bars()
    try:
        with quietly():
            return datasets.load_dataset(name, source.config, split=source.part, revision=revision or None)
    except Exception as error:  # noqa: BLE001 - the libraries raise whatever a server makes them raise
        raise _explained(source, error) from None


def _explained(source: Source, error: Exception) -> InputError:
    """One line for whatever the libraries raise, of which there is a lot."""
    name, kind = source.file.removeprefix(_PREFIX), type(error).__name__
    if kind in {"DatasetNotFoundError", "RepositoryNotFoundError", "RevisionNotFoundError", "GatedRepoError"}:
        return InputError(f"the hub has no data set {name!r} that may be read", "check its name, or log in")
    if isinstance(error, ValueError) and source.part in str(error):
        return InputError(f"the data set {name!r} cannot be read ({_brief(error)})", "choose another split")
    if isinstance(error, ConnectionError | OSError) or "Connect" in kind or "Offline" in kind or "Timeout" in kind:
        return InputError(
            f"the hub cannot be reached for the data set {name!r}",
            "check the network, set HF_HUB_OFFLINE=1 to use what is in its cache, or give a file with --data",
        )
    return InputError(f"the data set {name!r} cannot be read ({_brief(error)})", "give it as a file with --data")


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def _columns(
    source: Source, wanted: Sequence[str], there: Sequence[str], usual: Sequence[str], needed: bool = True
) -> list[str]:
    missing = [name for name in wanted if name not in there]
    chosen = list(wanted) or [name for name in there if name.strip().casefold() in usual][:1]
    if missing or (needed and not chosen):
        what = repr(missing[0]) if missing else "of a usual name for this"
        raise InputError(f"{source.file} has no column {what}", f"name one of {', '.join(there)}")
    return chosen


def _label_names(table: Any, target: Sequence[str]) -> list[str] | None:
    names = getattr(table.features[target[0]], "names", None) if target else None
    return list(names) if names is not None else None


def _named(value: object, names: list[str] | None) -> str | None:
    if names is not None and isinstance(value, int):
        return names[value] if 0 <= value < len(names) else None
    return cell_text(value) or None
