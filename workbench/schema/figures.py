"""How good the predictions of a data set are, and how far their confidence can be believed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, FiniteFloat

from workbench.schema.base import Frozen
from workbench.schema.comparison_file import CalibrationBin
from workbench.schema.file_pair import Share
from workbench.schema.file_source import Count
from workbench.schema.triage import RowFilter

Positive = Annotated[FiniteFloat, Field(gt=0)]


class Estimate(Frozen):
    """A figure of the rows that were looked at, and where that of many such rows lies.

    Attributes:
        value: The figure.
        low: Lower end of its 95% interval; none where there are too few rows for one.
        high: Upper end, likewise.
    """

    value: FiniteFloat
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None


class LabelFigures(Frozen):
    """One label of a data set.

    Attributes:
        label: Its name.
        rows: Rows that are so (the support).
        predicted: Rows with a right label that are predicted so.
        precision: Share of these that are so; none where there are none.
        recall: Share of ``rows`` that are predicted so; likewise.
        f1: Their harmonic mean; none where no row is so or predicted so.
    """

    label: str
    rows: Count
    predicted: Count
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None


class ConfidenceBin(Frozen):
    """Rows of about the same confidence.

    Attributes:
        low: Least.
        high: Below it; the last one holds 1 too.
        rows: How many.
        right: Those known to be right.
        wrong: Those known to be wrong.
    """

    low: Share
    high: Share
    rows: Count
    right: Count
    wrong: Count


class DatasetFigures(Frozen):
    """How good the predictions of a data set are.

    Attributes:
        chosen: Which rows this is of.
        labels: The checkpoint's.
        rows: Rows that were predicted.
        errors: Rows that could not be.
        labelled: Rows with a right label: those that the figures are of.
        unknown: Rows with a label that the checkpoint does not know.
        accuracy: Share predicted exactly; this and the others are none where no row has a right label.
        off_by_one: Share at most one star off; none too where labels are no ratings.
        mae: Mean absolute error of the expected rating, in stars; likewise.
        macro_f1: F1 averaged over the labels that occur.
        ece: Expected calibration error over 15 bins.
        log_loss: Mean of minus the logarithm of the right label's probability, in nats; none too with sigmoid.
        brier: Mean squared distance of the probabilities from the truth, 0 to 2; likewise.
        classes: One a label; empty where no row has a right one.
        confusion: Rows by right (down) and predicted label (across); likewise.
        predicted: Rows by predicted label, with and without a right one.
        expected: Mean of the expected ratings, in stars; none where labels are no ratings.
        histogram: Of the confidence.
        seed: Of the bootstrap that the intervals of F1 and of the calibration error come from.
    """

    chosen: RowFilter
    labels: tuple[str, ...]
    rows: Count
    errors: Count
    labelled: Count
    unknown: Count
    accuracy: Estimate | None = None
    off_by_one: Estimate | None = None
    mae: Estimate | None = None
    macro_f1: Estimate | None = None
    ece: Estimate | None = None
    log_loss: Estimate | None = None
    brier: Estimate | None = None
    classes: tuple[LabelFigures, ...] = ()
    confusion: tuple[tuple[Count, ...], ...] = ()
    predicted: tuple[Count, ...]
    expected: Estimate | None = None
    histogram: tuple[ConfidenceBin, ...]
    seed: int

    def cell(self, truth: int, predicted: int) -> RowFilter:
        """The rows behind a cell of the confusion matrix that is not empty.

        Args:
            truth: Index of the right label.
            predicted: Index of the predicted one.

        Returns:
            A filter.
        """
        return self.chosen.model_copy(update={"truth": truth, "predicted": predicted, "failed": False})


class ReliabilityBin(CalibrationBin):
    """Predictions of about the same confidence, and how sure their accuracy is.

    Attributes:
        accuracy_low: Lower end of its 95% interval; none where there are no rows.
        accuracy_high: Upper end, likewise.
    """

    accuracy_low: Share | None
    accuracy_high: Share | None


class Reliability(Frozen):
    """How often predictions are right when they are so sure.

    Attributes:
        rows: Rows with a right label.
        bins: Of equal width, from 0 to 1; empty ones too.
        ece: Expected calibration error over them.
        by_chance: So large an error has one file in twenty of a checkpoint whose confidence is exactly right.
        temperature: What logits were divided by before; none where they were not.
        seed: Of the bootstrap.
    """

    rows: Count
    bins: tuple[ReliabilityBin, ...]
    ece: Estimate
    by_chance: Share
    temperature: Positive | None = None
    seed: int

    @property
    def sentence(self) -> str:
        """Whether so many rows show that confidence is off."""
        found = f"confidence and accuracy differ by {self.ece.value:.3f} on average"
        if self.ece.value > self.by_chance:
            return f"{found}, more than chance explains on {self.rows:,} rows (up to {self.by_chance:.3f})"
        return f"{found}, no more than chance explains on {self.rows:,} rows (up to {self.by_chance:.3f})"


class Scaled(Frozen):
    """Figures before or after logits are divided by a temperature.

    Attributes:
        log_loss: In nats.
        ece: Expected calibration error.
        confidence: Its mean.
    """

    log_loss: Estimate
    ece: Estimate
    confidence: Share


class TemperatureScaling(Frozen):
    """A temperature fitted on one half of the rows, and its effect on the other (Guo et al. 2017).

    Attributes:
        temperature: What logits are divided by; above 1 the checkpoint was too sure.
        fitted: Rows that it was fitted on.
        measured: Rows that its effect is of.
        accuracy: Of these; the same before and after.
        before: Figures of these as they are.
        after: With the temperature.
        gain: By how much the log loss falls, in nats.
        helps: Whether it does for sure: the interval of ``gain`` lies above zero.
        at_limit: The best temperature lies beyond what was searched, as on a half with no error in it.
        seed: Of the halves.
    """

    temperature: Estimate
    fitted: Count
    measured: Count
    accuracy: Estimate
    before: Scaled
    after: Scaled
    gain: Estimate
    helps: bool
    at_limit: bool
    seed: int

    @property
    def sentence(self) -> str:
        """Whether it helps, in words."""
        before, after = self.before, self.after
        effect = (
            f"on {self.measured:,} other rows the log loss goes from {before.log_loss.value:.3f} to "
            f"{after.log_loss.value:.3f} and the calibration error from {before.ece.value:.3f} to {after.ece.value:.3f}"
        )
        if self.at_limit:
            return f"no temperature fits {self.fitted:,} rows best within the limits; {effect}"
        harms = self.gain.high is not None and self.gain.high < 0
        verdict = "helps" if self.helps else "does harm" if harms else "does not help for sure"
        return f"a temperature of {self.temperature.value:.2f} {verdict}: {effect}; no predicted label changes"
