"""What a session chooses on the Train page: the data, the base, and settings whose forms are made from their fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from workbench.explainers import Options
from workbench.training.recipe import FULL_DEFAULTS, LORA_DEFAULTS
from workbench.ui.file_choice import NO_COLUMN

if TYPE_CHECKING:
    from workbench.ui.training import Look

UPLOAD, PATH, HUB = "Upload", "File on this machine", "Data set of the hub"
NEW, RUNS = "New run", "Runs"
ADAPTERS, ALL_WEIGHTS = "Adapters (LoRA)", "All weights"
ENCODER = "all-MiniLM-L6-v2"


@dataclass
class TrainChoices:
    """The choices of the Train page.

    Attributes:
        train_view: ``NEW`` or ``RUNS``.
        train_from: ``UPLOAD``, ``PATH`` or ``HUB``.
        train_upload: The file that was uploaded, as it is kept.
        train_path: A file on the machine of the app.
        train_dataset: A data set of the hub.
        train_split: Which part of it.
        train_config: Which configuration of it; empty for the only one.
        train_text: Position of the column of the text; ``NO_COLUMN`` for none.
        train_label: Position of the column of the label; ``NO_COLUMN`` for none.
        train_hub_text: Column of the text of a data set; empty to go by its name.
        train_hub_label: Column of the label of a data set; empty to go by its name.
        train_names: Label of the data to what it is to be called, where that differs.
        train_base: A name of the list, a folder or a hub id.
        train_weights: ``ADAPTERS`` or ``ALL_WEIGHTS``.
        train_settings: Group of settings to field to value, where changed.
        train_name: Of the checkpoint; empty for one that is made up.
        train_look: The look at the data that is shown.
        train_run: Id of the run that is shown.
        train_asked: How many runs this session has started.
        train_wish: Which of them the button was pressed for last, until it is there.
    """

    train_view: str = NEW
    train_from: str = UPLOAD
    train_upload: Path | None = None
    train_path: str = ""
    train_dataset: str = ""
    train_split: str = "train"
    train_config: str = ""
    train_text: int = NO_COLUMN
    train_label: int = NO_COLUMN
    train_hub_text: str = ""
    train_hub_label: str = ""
    train_names: dict[str, str] = field(default_factory=dict)
    train_base: str = ENCODER
    train_weights: str = ADAPTERS
    train_settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    train_name: str = ""
    train_look: Look | None = None
    train_run: str = ""
    train_asked: int = 0
    train_wish: int | None = None


class _Passes(Options):
    epochs: float = Field(3.0, gt=0, le=100, title="Epochs", description="Passes over the data.")
    batch_size: int = Field(16, ge=1, le=512, title="Batch size", description="Texts a step; fewer take less memory.")
    max_tokens: int = Field(
        128, ge=3, le=8192, title="Most tokens", description="Longer texts are cut in training, not in use."
    )


class AdapterSettings(_Passes):
    """Of a run that trains adapters."""

    learning_rate: float = Field(
        LORA_DEFAULTS["learning_rate"],
        gt=0,
        le=1,
        title="Learning rate",
        description="At its peak; a lower one where the loss runs away.",
    )
    lora_rank: int = Field(
        int(LORA_DEFAULTS["lora_rank"]), ge=1, le=256, title="Rank", description="Of the adapters; more can learn more."
    )


class FullSettings(_Passes):
    """Of a run that trains all weights."""

    learning_rate: float = Field(
        FULL_DEFAULTS["learning_rate"],
        gt=0,
        le=1,
        title="Learning rate",
        description="At its peak; a lower one where the loss runs away.",
    )


class CareSettings(Options):
    """What is the same for both: how rows are held out, weighed and drawn."""

    class_weights: Literal["none", "root", "balanced"] = Field(
        "root", title="Class weights", description="How much more rare labels weigh in the loss."
    )
    warmup: float = Field(
        0.06, ge=0, le=1, title="Warm-up", description="Share of the steps until the peak of the learning rate."
    )
    patience: int = Field(
        2,
        ge=0,
        le=100,
        title="Early stopping",
        description="Stop after so many looks at the validation rows without a better one, and keep the best weights; "
        "0 for never.",
    )
    metric: Literal["loss", "accuracy", "macro_f1"] = Field(
        "loss", title="Better means", description="What tells which weights are better on the validation rows."
    )
    validation_share: float = Field(
        0.1, ge=0, le=0.9, title="Validation share", description="Of the rows, to look at in training."
    )
    test_share: float = Field(
        0.1, ge=0, le=0.9, title="Held-out share", description="Of the rows, to measure on at the end."
    )
    seed: int = Field(13, ge=0, le=2**31, title="Seed", description="Of split, order, dropout and new weights.")


CLASS_WEIGHTS = {"none": 0.0, "root": 0.5, "balanced": 1.0}
SETTINGS: dict[str, type[Options]] = {ADAPTERS: AdapterSettings, ALL_WEIGHTS: FullSettings, "care": CareSettings}
