"""The three stages: preprocess, infer, postprocess."""

from workbench.pipeline.classification import batches, classify, classify_many
from workbench.pipeline.infer import infer, tensors
from workbench.pipeline.internals import attentions
from workbench.pipeline.postprocess import (
    check_target,
    outputs_behind,
    parse_target,
    predict_one,
    probabilities,
    target_values,
)
from workbench.pipeline.preprocess import Encoded, encode_rows, preprocess

__all__ = [
    "Encoded",
    "attentions",
    "batches",
    "check_target",
    "classify",
    "classify_many",
    "encode_rows",
    "infer",
    "outputs_behind",
    "parse_target",
    "predict_one",
    "preprocess",
    "probabilities",
    "target_values",
    "tensors",
]
