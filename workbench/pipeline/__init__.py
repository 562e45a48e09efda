"""The three stages: preprocess, infer, postprocess."""

from workbench.pipeline.bulk import Reading, ReadRow, read_chances, read_rows
from workbench.pipeline.classification import batch_positions, batches, classify, classify_many
from workbench.pipeline.entities import (
    default_strategy,
    find_entities,
    find_entities_many,
)
from workbench.pipeline.infer import infer, tensors
from workbench.pipeline.internals import EmbeddingDoor, attentions, embedding_obstacle, private_view
from workbench.pipeline.perturb import perturbed
from workbench.pipeline.postprocess import (
    check_target,
    outputs_behind,
    parse_target,
    predict_one,
    probabilities,
    target_tensor,
    target_values,
)
from workbench.pipeline.precision import Precision, PrecisionOption, forward_at
from workbench.pipeline.preprocess import Encoded, encode_placed, encode_rows, preprocess
from workbench.pipeline.scale import known_places, parse_places, scale_target
from workbench.pipeline.spans import Decoder, goes_on_with_word
from workbench.pipeline.tags import columns_of, parse_scheme, read_tag, recognised
from workbench.pipeline.windows import window_spans

__all__ = [
    "Decoder",
    "EmbeddingDoor",
    "Encoded",
    "Precision",
    "PrecisionOption",
    "ReadRow",
    "Reading",
    "attentions",
    "batch_positions",
    "batches",
    "check_target",
    "classify",
    "classify_many",
    "columns_of",
    "default_strategy",
    "embedding_obstacle",
    "encode_placed",
    "encode_rows",
    "find_entities",
    "find_entities_many",
    "forward_at",
    "goes_on_with_word",
    "infer",
    "known_places",
    "outputs_behind",
    "parse_places",
    "parse_scheme",
    "parse_target",
    "perturbed",
    "predict_one",
    "preprocess",
    "private_view",
    "probabilities",
    "read_chances",
    "read_rows",
    "read_tag",
    "recognised",
    "scale_target",
    "target_tensor",
    "target_values",
    "tensors",
    "window_spans",
]
