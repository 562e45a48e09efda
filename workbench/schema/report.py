"""What is handed on and kept: a prediction with its explanations, a run with its note, several runs together."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from workbench.schema.base import Frozen
from workbench.schema.comparison import Comparison
from workbench.schema.entities import EntityReport
from workbench.schema.explanation import Explanation
from workbench.schema.prediction import CheckpointInfo, Prediction
from workbench.schema.trust import Trust

# What a checkpoint that tags tokens said of a text without entities.
NO_ENTITIES = "no entities"


class Report(Frozen):
    """One prediction with what the methods say about it.

    Attributes:
        prediction: The three stages.
        explanations: One a method, in the order asked for.
        trust: Figures about the methods themselves, where they were assessed.
        provenance: Versions of everything that took part.
    """

    prediction: Prediction
    explanations: tuple[Explanation, ...]
    trust: Trust | None = None
    provenance: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _of_one_prediction(self) -> Self:
        said = (self.prediction.text, self.prediction.checkpoint)
        if any((one.text, one.checkpoint) != said for one in self.explanations):
            raise ValueError("an explanation is not one of this prediction")
        return self


# What a run can hold.
RunResult = Report | Comparison | EntityReport


class SavedRun(Frozen):
    """A run that is kept: what came out, when, and what its owner says of it.

    Attributes:
        id: Of letters, digits, ``-`` and ``_``: it stands in links.
        created: When it ended, with its time zone.
        result: An explanation, a comparison, or entities, whole.
        seconds: How long it took.
        faults: Method to why it gave nothing, in one line.
        note: The owner's.
        tags: The owner's, without repetition.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    created: AwareDatetime
    result: RunResult
    seconds: Annotated[float, Field(ge=0)] = 0.0
    faults: dict[str, str] = Field(default_factory=dict)
    note: str = ""
    tags: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _each_tag_once(self) -> Self:
        if len(set(self.tags)) < len(self.tags) or not all(self.tags):
            raise ValueError("a tag is empty or given twice")
        return self

    @property
    def kind(self) -> str:
        """``explanation``, ``comparison`` or ``entities``."""
        if isinstance(self.result, EntityReport):
            return "entities"
        return "explanation" if isinstance(self.result, Report) else "comparison"

    @property
    def text(self) -> str:
        """The text that was run."""
        return self.result.text if isinstance(self.result, Comparison) else self.result.prediction.text

    @property
    def checkpoints(self) -> tuple[CheckpointInfo, ...]:
        """Those that took part, each once."""
        if isinstance(self.result, EntityReport):
            return (self.result.prediction.checkpoint,)
        return tuple(one.checkpoint for one in self.predictions)

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """Of the whole text, one a checkpoint; none of a checkpoint that tags tokens."""
        if isinstance(self.result, Comparison):
            return tuple(one.prediction for one in self.result.checkpoints)
        return (self.result.prediction,) if isinstance(self.result, Report) else ()

    @property
    def said(self) -> tuple[tuple[CheckpointInfo, str], ...]:
        """Each checkpoint with the label that it predicted; one that tags tokens with each type that it found."""
        if isinstance(self.result, EntityReport):
            found = self.result.prediction
            return tuple((found.checkpoint, kind) for kind in found.types or (NO_ENTITIES,))
        return tuple((one.checkpoint, one.label) for one in self.predictions)

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """All of them, whatever checkpoint they are of."""
        if isinstance(self.result, Comparison):
            return tuple(one.explanation for one in self.result.checkpoints)
        return self.result.explanations

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of its explanations, each once."""
        return tuple(dict.fromkeys(one.method for one in self.explanations))


class SavedRuns(Frozen):
    """Several runs that are handed on together.

    Attributes:
        title: What they have in common, in words.
        runs: In the order shown.
    """

    title: str
    runs: Annotated[tuple[SavedRun, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({run.id for run in self.runs}) < len(self.runs):
            raise ValueError("a run is given twice")
        return self


class RunSummary(Frozen):
    """A line of the history: what is known of a run without opening it.

    Attributes:
        id: Of the run.
        created: When it ended.
        kind: ``explanation``, ``comparison`` or ``entities``.
        text: The first characters of the text.
        checkpoints: Names.
        labels: What each checkpoint predicted, in their order; of entities the types that were found, in the order of
            the text, or ``no entities``.
        expected_rating: Of the first checkpoint, where its labels are ordinal.
        methods: Names.
        seconds: How long it took.
        note: The owner's.
        tags: The owner's.
    """

    id: str
    created: AwareDatetime
    kind: str
    text: str
    checkpoints: tuple[str, ...]
    labels: tuple[str, ...]
    expected_rating: float | None
    methods: tuple[str, ...]
    seconds: float
    note: str
    tags: tuple[str, ...]


class RunQuery(Frozen):
    """Which runs are wanted; what is not given restricts nothing.

    Attributes:
        words: Each of these words stands in the text, the note or a tag, in whatever case.
        kind: ``explanation``, ``comparison`` or ``entities``.
        checkpoint: Name of a checkpoint that took part.
        method: Name of a method that took part.
        label: What a checkpoint predicted, or the type of an entity that it found.
        tag: One of the owner's.
        since: The earliest time.
        until: Before this time.
    """

    words: str = ""
    kind: str | None = None
    checkpoint: str | None = None
    method: str | None = None
    label: str | None = None
    tag: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class RunFacets(Frozen):
    """What there is to choose from in a query, each in alphabetical order.

    Attributes:
        checkpoints: Names.
        methods: Names.
        labels: What checkpoints predicted, and the types of entities.
        tags: The owner's.
    """

    checkpoints: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def summary_of(run: SavedRun, shown: int = 200) -> RunSummary:
    """What the history shows of a run.

    Args:
        run: The run.
        shown: So many characters of its text.

    Returns:
        The line.
    """
    predictions = run.predictions
    return RunSummary(
        id=run.id,
        created=run.created,
        kind=run.kind,
        text=run.text[:shown],
        checkpoints=tuple(one.name for one in run.checkpoints),
        labels=tuple(label for _, label in run.said),
        expected_rating=predictions[0].expected_rating if predictions else None,
        methods=run.methods,
        seconds=run.seconds,
        note=run.note,
        tags=run.tags,
    )
