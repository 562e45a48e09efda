"""Forward passes that give up exactness for speed: int8 on a CPU, bfloat16 where the processor has it."""

from __future__ import annotations

import copy
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError, MissingExtraError
from workbench.pipeline.lean import forward_of

if TYPE_CHECKING:
    import torch

Precision = Literal["exact", "int8", "bf16"]
PrecisionOption = Annotated[
    Precision,
    Field(
        title="Precision",
        description="int8 (CPU) and bf16 (where the processor has it) evaluate faster and not exactly; the error is "
        "measured on this text and shown beside the scores. The prediction itself stays exact.",
    ),
]

_PACKAGES = ("onnx", "onnxruntime", "onnxscript")


def forward_at(checkpoint: Checkpoint, precision: Precision) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """The way from ids to logits at a precision, made when first asked for.

    Args:
        checkpoint: The model.
        precision: ``exact`` is single precision.

    Returns:
        From ids and mask, both of shape (rows, positions), to logits of shape (rows, labels).

    Raises:
        MissingExtraError: int8 needs ``onnxruntime``.
        IncompatibleError: The processor has no such arithmetic, or the model cannot be converted.
    """
    if precision == "int8":
        return checkpoint.beside(Int8Forward, lambda: Int8Forward(checkpoint))
    if precision == "bf16":
        return checkpoint.beside(Bf16Forward, lambda: Bf16Forward(checkpoint))
    return forward_of(checkpoint)


class Bf16Forward:
    """A copy of the model in bfloat16.

    Args:
        checkpoint: The model.

    Raises:
        IncompatibleError: The processor computes in bfloat16 only by way of single precision, or not at all.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        import torch

        if not _has_bf16(checkpoint.device):
            raise IncompatibleError(
                f"bf16 is not for {checkpoint.name} here: this {checkpoint.device.type} has no bfloat16 arithmetic",
                "choose the precision exact",
            )
        self._model: Any = copy.deepcopy(checkpoint.model).to(torch.bfloat16)

    def __call__(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """See ``forward_at``."""
        logits: torch.Tensor = self._model(input_ids=ids, attention_mask=mask).logits
        return logits.float()


class Int8Forward:
    """The model with 8-bit weights and matrix products, run by onnxruntime on the CPU.

    Weights are rounded channel by channel, activations batch by batch as they come (dynamic quantisation).

    Args:
        checkpoint: The model.

    Raises:
        MissingExtraError: A package is not installed.
        IncompatibleError: The model is on another device, or cannot be converted.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        if any(find_spec(package) is None for package in _PACKAGES):
            raise MissingExtraError("the precision int8", "int8")
        if checkpoint.device.type != "cpu":
            raise IncompatibleError(
                f"int8 is not for {checkpoint.name} on {checkpoint.device.type}", "choose the precision bf16 or exact"
            )
        try:
            with tempfile.TemporaryDirectory() as folder:
                self._session = _session(_quantised(checkpoint, Path(folder)))
        except Exception as error:  # the exporter raises whatever a model that it does not know makes it raise
            raise IncompatibleError(
                f"{checkpoint.name} cannot be converted to int8 ({type(error).__name__})", "choose the precision exact"
            ) from error

    def __call__(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """See ``forward_at``."""
        import torch

        (logits,) = self._session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
        return torch.from_numpy(logits)


def _has_bf16(device: torch.device) -> bool:
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _quantised(checkpoint: Checkpoint, folder: Path) -> Path:
    """Export a model and round its matrices."""
    import onnx
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model: Any = checkpoint.model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
            return logits

    rows = torch.export.Dim("rows", min=1, max=2**16)
    positions = torch.export.Dim("positions", min=2, max=checkpoint.token_limit)
    ids = torch.full((3, min(7, checkpoint.token_limit)), checkpoint.tokenizer.pad_token_id or 0)
    with _quietly():
        program = torch.onnx.export(
            Logits(),
            (ids, torch.ones_like(ids)),
            dynamo=True,
            dynamic_shapes=({0: rows, 1: positions}, {0: rows, 1: positions}),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            verbose=False,
        )
        if program is None:
            raise TypeError("the exporter gave no model")
        model = program.model_proto
        # Shapes that the exporter noted do not agree with those that the quantiser infers.
        del model.graph.value_info[:]
        onnx.save(model, folder / "exact.onnx")
        quantize_dynamic(
            folder / "exact.onnx",
            folder / "int8.onnx",
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gemm"],
        )
    return folder / "int8.onnx"


def _session(file: Path) -> Any:
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    # Threads that wait in a loop take the cores from everything else.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(file.read_bytes(), options, providers=["CPUExecutionProvider"])


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the remarks of the exporter and the quantiser, which are not for the user."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
