"""What is handed on and kept: a prediction with its explanations, a run with its note, several runs together."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from workbench.schema.base import Frozen
from workbench.schema.comparison import Comparison
from workbench.schema.explanation import Explanation
from workbench.schema.prediction import Prediction
from workbench.schema.trust import Trust


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


class SavedRun(Frozen):
    """A run that is kept: what came out, when, and what its owner says of it.

    Attributes:
        id: Of letters, digits, ``-`` and ``_``: it stands in links.
        created: When it ended, with its time zone.
        result: An explanation or a comparison, whole.
        seconds: How long it took.
        faults: Method to why it gave nothing, in one line.
        note: The owner's.
        tags: The owner's, without repetition.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    created: AwareDatetime
    result: Report | Comparison
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
    def text(self) -> str:
        """The text that was run."""
        return self.result.prediction.text if isinstance(self.result, Report) else self.result.text

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """One a checkpoint."""
        if isinstance(self.result, Report):
            return (self.result.prediction,)
        return tuple(one.prediction for one in self.result.checkpoints)

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """All of them, whatever checkpoint they are of."""
        if isinstance(self.result, Report):
            return self.result.explanations
        return tuple(one.explanation for one in self.result.checkpoints)

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
        kind: ``explanation`` or ``comparison``.
        text: The first characters of the text.
        checkpoints: Names.
        labels: What each checkpoint predicted, in their order.
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
        kind: ``explanation`` or ``comparison``.
        checkpoint: Name of a checkpoint that took part.
        method: Name of a method that took part.
        label: What a checkpoint predicted.
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
        labels: What checkpoints predicted.
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
        kind="explanation" if isinstance(run.result, Report) else "comparison",
        text=run.text[:shown],
        checkpoints=tuple(one.checkpoint.name for one in predictions),
        labels=tuple(one.label for one in predictions),
        expected_rating=predictions[0].expected_rating,
        methods=run.methods,
        seconds=run.seconds,
        note=run.note,
        tags=run.tags,
    )
