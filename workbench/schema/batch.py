"""Batches: a file of reviews predicted into a folder that can be gone on with, opened and handed on.

The folder holds::

    manifest.json                      what was asked of what; there before the first row
    predictions/00000-000000.parquet   shards: number of the file, number of the part; each put in place by one rename
    explanations/00000-000000.parquet  beside each of them, where methods were asked for: a row a review and method
    selections/selection-*.parquet     likewise, rows that were explained later; where some were twice, the newest count
    summary.json                       rows, errors, time; written last, so that its presence says that all is there
    corrections.jsonl                  what people said about labels afterwards; see ``workbench.triage``

``Column`` and ``ExplanationColumn`` name what is in the shards.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, FiniteFloat

from workbench.schema.base import Frozen, Unit
from workbench.schema.file_pair import Share
from workbench.schema.file_source import Count
from workbench.schema.prediction import Activation, CheckpointInfo

MANIFEST = "manifest.json"
SUMMARY = "summary.json"
CORRECTIONS = "corrections.jsonl"
PREDICTIONS = "predictions"
EXPLANATIONS = "explanations"
SELECTIONS = "selections"
EXTRA = "extra:"  # begins the name of a column that was taken over from the file, as text
NO_LABEL = ""  # in place of a column of the label: there is none, and none is to be guessed


class Column(StrEnum):
    """A column of the predictions; those after ``given`` are null in rows with an error."""

    FILE = "file"  # int32, index into the manifest's files
    ROW = "row"  # int64, number in that file, the first row below the header being 1
    TEXT = "text"  # string; empty where it could not be read
    ERROR = "error"  # string, a clause; null where the row was predicted
    GIVEN = "given"  # string, the label as the file has it; null where there is none
    TRUTH = "truth"  # int32, index of the right label; null where there is none or an unknown one
    PREDICTED = "predicted"  # int32, index of the label
    LABEL = "label"  # string, the predicted label
    CONFIDENCE = "confidence"  # double, its probability
    MARGIN = "margin"  # double, before the runner-up
    EXPECTED = "expected"  # double, expected rating in stars; null where labels are no ratings
    LOGITS = "logits"  # list<float>, in the order of the labels
    PROBABILITIES = "probabilities"  # list<double>, likewise
    CHARACTERS = "characters"  # int32, length of the text
    WORDS = "words"  # int32, likewise in words
    TOKENS = "tokens"  # int32, those of the whole text, with the special ones
    TOKENS_READ = "tokens_read"  # int32, those that the model read
    UNREAD_FROM = "unread_from"  # int32, character where reading stopped; null where it did not
    UNKNOWN = "unknown"  # int32, unknown ones among those read
    LANGUAGE = "language"  # string, ISO 639-1, as guessed from the text; null where that is too short to say
    LANGUAGE_SHARE = "language_share"  # double, how sure that is


class ExplanationColumn(StrEnum):
    """A column of the explanations; the numbers of units are as long as each other."""

    FILE = "file"  # int32
    ROW = "row"  # int64
    METHOD = "method"  # string
    TARGET = "target"  # string, as it is written on the command line, ``predicted`` resolved
    UNIT = "unit"  # string
    SEED = "seed"  # int64, that of the review: from the batch's and its text
    BASE_VALUE = "base_value"  # double
    FULL_VALUE = "full_value"  # double
    UNITS = "units"  # list<string>
    STARTS = "starts"  # list<int32>, characters
    ENDS = "ends"  # list<int32>
    SCORES = "scores"  # list<double>
    ASKED = "asked"  # int32, evaluations
    ERROR = "error"  # string; null where the review was explained


class BatchFile(Frozen):
    """A file of the input.

    Attributes:
        name: Relative to the folder that was given, or the file's own.
        form: ``csv``, ``tsv``, ``jsonl``, ``parquet`` or ``txt``: what it really is.
        bytes: Its size.
        sha256: Of its bytes.
        rows: How many, with those that cannot be used.
    """

    name: str
    form: str
    bytes: Count
    sha256: str
    rows: Count


class BatchOptions(Frozen):
    """What is asked of every row; a batch is only gone on with under the same.

    Attributes:
        text_columns: Those that make up the text.
        label_column: That of the label, where there is one; before a batch begins, none stands for guessing and
            ``NO_LABEL`` for no label.
        extra_columns: Those that are taken over; before a batch begins, none stands for all others, and those of the
            text alone for none.
        methods: That explain each review; none where it is only predicted.
        target: What they explain, as on the command line.
        unit: What a score belongs to.
        budget: Evaluations a review and method; none for the usual ones.
        seed: From which, and from its text, that of a review comes.
        precision: Of the model's numbers.
        shard_rows: Rows a shard.
    """

    text_columns: tuple[str, ...]
    label_column: str | None = None
    extra_columns: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    target: str = "predicted"
    unit: Unit = Unit.WORD
    budget: Annotated[int, Field(ge=1)] | None = None
    seed: int = 0
    precision: str = "exact"
    shard_rows: Annotated[int, Field(ge=1)] = 2_000


class BatchManifest(Frozen):
    """What was asked of what.

    Attributes:
        form: Name and number of the JSON format; its key there is ``schema``.
        checkpoint: What predicts.
        activation: How logits become probabilities.
        ratings: The number of stars of each label, where they are ratings.
        places: Where each label lies on a scale from 0 (worst) to 1 (best), where they have an order.
        limit: Tokens that the model reads at most, with the special ones.
        input: The file or folder, without what it lies in.
        files: What it consists of, by name.
        options: What is asked of every row.
        label_meanings: A label as the files have it to that of the checkpoint; none where it means nothing to it.
        notes: Sentences for the reader.
        provenance: Versions of what computes it.
    """

    # Not called schema here, as pydantic's models have a method of that name.
    model_config = ConfigDict(populate_by_name=True)

    form: Literal["workbench.batch/1"] = Field(default="workbench.batch/1", alias="schema")
    checkpoint: CheckpointInfo
    activation: Activation
    ratings: tuple[int, ...] | None
    places: tuple[Share, ...] | None
    limit: Annotated[int, Field(ge=1)]
    input: str
    files: Annotated[tuple[BatchFile, ...], Field(min_length=1)]
    options: BatchOptions
    label_meanings: dict[str, str | None] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    provenance: dict[str, str]

    @property
    def rows(self) -> int:
        """Of all files."""
        return sum(file.rows for file in self.files)


class BatchSummary(Frozen):
    """What became of it.

    Attributes:
        rows: Rows of the shards, those with errors too.
        errors: Rows that could not be predicted, by reason.
        seconds: Spent at work, the pauses between interruptions left out.
        engine: ``local`` or ``ray``.
        finished: When, in ISO 8601 with the zone.
    """

    rows: Count
    errors: dict[str, int] = Field(default_factory=dict)
    seconds: Annotated[FiniteFloat, Field(ge=0)]
    engine: str
    finished: str


class BatchProgress(Frozen):
    """How far a batch is.

    Attributes:
        done: Rows whose shard is in place, with those of earlier runs.
        total: Rows of the input.
        errors: Of those done, rows that could not be predicted.
        seconds: Since this run began to work.
        rows_per_second: Of this run, what it has of a shard that is not yet whole counted in; 0 at its beginning.
        seconds_left: Likewise; none where the rate is not known yet.
    """

    done: Count
    total: Count
    errors: Count
    seconds: Annotated[FiniteFloat, Field(ge=0)]
    rows_per_second: Annotated[FiniteFloat, Field(ge=0)]
    seconds_left: Annotated[FiniteFloat, Field(ge=0)] | None
