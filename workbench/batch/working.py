"""One part of a batch, computed on its own: the same bytes whenever and wherever that happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from workbench.batch.explaining import Explained, Explaining
from workbench.batch.languages import guess_language
from workbench.batch.machine import use_threads
from workbench.batch.parts import InputPart, InputRow
from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, InputError
from workbench.pipeline import Precision, ReadRow, batches, infer, probabilities, read_rows
from workbench.schema import BatchManifest, Column, ExplanationColumn
from workbench.schema.batch import EXTRA
from workbench.tables.shards import explanation_schema, prediction_schema, table_of
from workbench.text import count_words

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

# Fixed, unlike those of a single prediction: which rows share a batch must not depend on the memory that is free.
_POSITIONS = {"cpu": 1_024, "cuda": 32_768}


class Worker:
    """Computes parts of a batch, one after the other or, from several threads, side by side.

    Args:
        checkpoint: The model.
        manifest: What is asked of it.

    Raises:
        InputError: There is no such precision, or a method cannot be set so.
    """

    def __init__(self, checkpoint: Checkpoint, manifest: BatchManifest) -> None:
        self._checkpoint = checkpoint
        self._manifest = manifest
        options = manifest.options
        self._precision = precision_of(options.precision)
        self._positions = _POSITIONS.get(checkpoint.device.type, _POSITIONS["cpu"])
        self._explaining = Explaining(checkpoint, options, self._positions, self._precision)
        self._meanings = {
            value: None if label is None else manifest.checkpoint.labels.index(label)
            for value, label in manifest.label_meanings.items()
        }

    def work(
        self,
        part: InputPart,
        cancelled: Callable[[], bool] | None = None,
        advanced: Callable[[float], None] | None = None,
    ) -> tuple[pa.Table, pa.Table | None]:
        """Compute a part.

        Args:
            part: Its rows.
            cancelled: Asked between batches of the model; true stops.
            advanced: Told now and then which share of the part is done, from 0 to 1.

        Returns:
            Predictions, a row for each of the part's; and explanations, a row for each review that was predicted and
            each method, or none where no methods are asked for.

        Raises:
            Cancelled: The caller asked to stop.
        """
        use_threads(self._manifest.provenance)
        good = [row for row in part.rows if row.error is None]
        read = read_rows(self._checkpoint, [row.text for row in good])
        tell = _shares(sum(len(one.ids) for one in read), bool(self._manifest.options.methods), advanced)
        logits = self._logits(read, cancelled, tell)
        found = iter(self._predicted(good, read, logits))
        extra = [EXTRA + name for name in self._manifest.options.extra_columns]
        rows = [_common(part, row, extra) | (next(found) if row.error is None else {}) for row in part.rows]
        predictions = table_of(rows, prediction_schema(self._manifest.options.extra_columns))
        if not self._manifest.options.methods:
            return predictions, None
        asked = [Explained(place, *each) for place, each in enumerate(_reviews(good, read, logits))]
        explained = self._explaining.explain(asked, cancelled=cancelled, advanced=tell)
        for row in explained:
            row |= {ExplanationColumn.FILE: part.file, ExplanationColumn.ROW: good[row.pop("place")].number}
        return predictions, table_of(explained, explanation_schema())

    def _logits(
        self, read: Sequence[ReadRow], cancelled: Callable[[], bool] | None, tell: Callable[[int], None]
    ) -> npt.NDArray[np.float32]:
        """Shape (texts, labels)."""
        logits = np.zeros((len(read), len(self._checkpoint.labels)), dtype=np.float32)
        for chosen in batches([len(one.ids) for one in read], self._positions):
            if cancelled and cancelled():
                raise Cancelled
            ids = [read[index].ids for index in chosen]
            with self._checkpoint.turn:
                logits[chosen] = infer(self._checkpoint, ids, self._precision)
            tell(sum(map(len, ids)))
        return logits

    def _predicted(
        self, rows: Sequence[InputRow], read: Sequence[ReadRow], logits: npt.NDArray[np.float32]
    ) -> list[dict[str, Any]]:
        """The columns of rows that were predicted, those of the input left out."""
        chances = probabilities(logits, self._manifest.activation)
        ranked = np.sort(chances, axis=1)[:, ::-1]
        runner_up = ranked[:, 1] if ranked.shape[1] > 1 else np.zeros(len(ranked))
        ratings = None if self._manifest.ratings is None else np.array(self._manifest.ratings)
        top = chances.argmax(axis=1).tolist()
        return [
            {
                Column.TRUTH: None if row.given is None else self._meanings.get(row.given),
                Column.PREDICTED: top[place],
                Column.LABEL: self._manifest.checkpoint.labels[top[place]],
                Column.CONFIDENCE: float(ranked[place, 0]),
                Column.MARGIN: float(ranked[place, 0] - runner_up[place]),
                # Row by row, as for a single prediction: a product of matrices may differ in the last bit.
                Column.EXPECTED: None if ratings is None else float(chances[place] @ ratings),
                Column.LOGITS: logits[place],
                Column.PROBABILITIES: chances[place],
                Column.TOKENS: own.tokens,
                Column.TOKENS_READ: len(own.ids),
                Column.UNREAD_FROM: own.unread_from,
                Column.UNKNOWN: own.unknown,
                **_of_text(row.text),
            }
            for place, (row, own) in enumerate(zip(rows, read, strict=True))
        ]


def precision_of(name: str) -> Precision:
    """A precision by its name.

    Args:
        name: As in the options.

    Returns:
        The precision.

    Raises:
        InputError: There is none of that name.
    """
    known: tuple[Precision, ...] = get_args(Precision)
    for one in known:
        if one == name:
            return one
    raise InputError(f"there is no precision {name!r}", f"choose one of {', '.join(known)}")


def _common(part: InputPart, row: InputRow, extra: Sequence[str]) -> dict[str, Any]:
    """The columns that every row has, those with an error too."""
    return {
        **dict(zip(extra, row.extra, strict=True)),
        Column.FILE: part.file,
        Column.ROW: row.number,
        Column.TEXT: row.text,
        Column.ERROR: row.error,
        Column.GIVEN: row.given,
    }


def _of_text(text: str) -> dict[str, Any]:
    language, share = guess_language(text)
    return {
        Column.CHARACTERS: len(text),
        Column.WORDS: count_words(text),
        Column.LANGUAGE: language,
        Column.LANGUAGE_SHARE: share,
    }


def _reviews(
    rows: Sequence[InputRow], read: Sequence[ReadRow], logits: npt.NDArray[np.float32]
) -> list[tuple[str, npt.NDArray[np.float32], int]]:
    return [(row.text, own, len(one.ids)) for row, one, own in zip(rows, read, logits, strict=True)]


def _shares(tokens: int, explains: bool, advanced: Callable[[float], None] | None) -> Callable[[int], None]:
    """Tokens that were read to the share of a part that is done; where methods explain, reading it once is nothing."""
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        share = (done - tokens) / max(1, tokens) if explains else done / max(1, tokens)
        if advanced:
            advanced(max(0.0, share))

    return tell
