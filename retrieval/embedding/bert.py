"""BERT on ONNX Runtime: its graph from its weights, quantised to int8 once and kept in a cache folder.

Follows Devlin et al. 2018: post-norm encoder, exact GELU.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

# From its import on, ONNX Runtime would keep a device id and a database of events in the user's home.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime
from filelock import FileLock

from retrieval.errors import ModelError

if TYPE_CHECKING:
    import onnx

log = logging.getLogger(__name__)

Tensors = Mapping[str, npt.NDArray[np.float32]]

DIMENSIONS = 384
LAYERS, HEADS, EPSILON = 6, 12, 1e-12
OPSET = 20
RUNTIME = "com.microsoft"
"""The operators that ONNX Runtime has beside the standard ones."""


def open_session(model: Path) -> onnxruntime.InferenceSession:
    """Open a built model, to be run by one thread at a time for each text."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(model),
        options,
        providers=["CPUExecutionProvider"],
        # Fused, this step takes seven times as long on a CPU as its two parts.
        disabled_optimizers=["SkipLayerNormFusion"],
    )


def built(cache: Path, fingerprint: str, graph: Callable[[], onnx.ModelProto]) -> Path:
    """Return the file of the quantised model in `cache`, built from `graph` first where it is missing or damaged.

    Raises ModelError where `cache` cannot be written, and whatever `graph` raises.
    """
    model = cache / f"{fingerprint}.onnx"
    if not _is_whole(model):
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with FileLock(cache / f"{fingerprint}.lock"):
                if not _is_whole(model):
                    log.info("building %s in %s", fingerprint, cache)
                    _build(graph(), model)
        except OSError as error:
            raise ModelError(
                f"The embedding model cannot be kept in {cache} ({error.strerror or error}). "
                "Name a folder that can be written as [embedding] cache in the config."
            ) from error
    return model


def _checksum_file(model: Path) -> Path:
    return model.with_suffix(".sha256")


def _is_whole(model: Path) -> bool:
    try:
        expected = _checksum_file(model).read_text(encoding="ascii").strip()
        return hashlib.sha256(model.read_bytes()).hexdigest() == expected
    except (OSError, UnicodeDecodeError):
        return False


def _build(graph: onnx.ModelProto, model: Path) -> None:
    """Quantise and store the model; the checksum is written last, so that half a build never counts."""
    # Only this one-time step needs them, and they take half a second to import.
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    for left in (*model.parent.glob(f"{model.stem}.*.fp32"), *model.parent.glob(f"{model.stem}.*.int8")):
        left.unlink(missing_ok=True)  # by a build that was killed: one builds at a time
    exact = model.with_suffix(f".{os.getpid()}.fp32")
    quantised = model.with_suffix(f".{os.getpid()}.int8")
    try:
        onnx.save(graph, exact)
        # Seven-bit weights: with eight, processors without VNNI saturate, and vectors differ between machines.
        with _without_root_warnings():
            quantize_dynamic(
                exact,
                quantised,
                op_types_to_quantize=["MatMul", "Gather"],
                per_channel=True,
                reduce_range=True,
                weight_type=QuantType.QInt8,
                # Behind an operator that is not a standard one, types are not inferred.
                extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            )
        content = quantised.read_bytes()
        _checksum_file(model).unlink(missing_ok=True)
        quantised.replace(model)
        _checksum_file(model).write_text(hashlib.sha256(content).hexdigest(), encoding="ascii")
    finally:
        exact.unlink(missing_ok=True)
        quantised.unlink(missing_ok=True)


@contextlib.contextmanager
def _without_root_warnings() -> Iterator[None]:
    """Keep back what the quantiser says through the root logger: it advises a step that changes nothing here."""
    root = logging.getLogger()
    root.addFilter(_no_warning)
    try:
        yield
    finally:
        root.removeFilter(_no_warning)


def _no_warning(record: logging.LogRecord) -> bool:
    return record.levelno > logging.WARNING


def bert_graph(tensors: Tensors) -> onnx.ModelProto:
    """Build BERT in fp32, with mean pooling (Reimers and Gurevych 2019).

    Input `input_ids` int64 (batch, length), without padding. L2 normalisation follows, with the output `embedding`
    float32 (batch, 384). But where there is a tensor `score.weight` (1, 384), and `score.bias` (1,), a second input is
    `segments` int64 (batch, length), 0 or 1, and the output is `score` float32 (batch,).
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []
    count = 0

    def constant(value: npt.NDArray[np.generic], name: str = "") -> str:
        name = name or f"constant_{len(constants)}"
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(kind: str, *inputs: str, **attributes: Any) -> str:
        nonlocal count
        count += 1
        output = f"{kind.lower()}_{count}"
        nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output

    def norm(x: str, prefix: str) -> str:
        weight, bias = constant(tensors[f"{prefix}.weight"]), constant(tensors[f"{prefix}.bias"])
        return op("LayerNormalization", x, weight, bias, axis=-1, epsilon=EPSILON)

    def linear(x: str, prefix: str) -> str:
        weight, bias = tensors[f"{prefix}.weight"].T, tensors[f"{prefix}.bias"]
        return op("Add", op("MatMul", x, constant(weight)), constant(bias))

    def attention(x: str, prefix: str) -> str:
        query, key, value = (linear(x, f"{prefix}.self.{name}") for name in ("query", "key", "value"))
        # ONNX Runtime's own operator, faster than the steps that it joins.
        joined = op("MultiHeadAttention", query, key, value, domain=RUNTIME, num_heads=HEADS)
        return linear(joined, f"{prefix}.output.dense")

    words = op("Gather", constant(tensors["embeddings.word_embeddings.weight"]), "input_ids")
    places, kinds = (tensors[f"embeddings.{name}_embeddings.weight"] for name in ("position", "token_type"))
    scoring = "score.weight" in tensors
    if scoring:
        words = op("Add", words, op("Gather", constant(kinds, "segment_vectors"), "segments"))
    else:
        # Every text is one segment, so the segment's vector is the same at all positions.
        places = places + kinds[0]
    length = op("Shape", "input_ids", start=1, end=2)
    zero = constant(np.array([0], dtype=np.int64))
    x = norm(op("Add", words, op("Slice", constant(places), zero, length, zero)), "embeddings.LayerNorm")
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        x = norm(op("Add", attention(x, f"{prefix}.attention"), x), f"{prefix}.attention.output.LayerNorm")
        inner = op("Gelu", linear(x, f"{prefix}.intermediate.dense"))
        x = norm(op("Add", linear(inner, f"{prefix}.output.dense"), x), f"{prefix}.output.LayerNorm")
    pooled = op("ReduceMean", x, constant(np.array([1], dtype=np.int64)), keepdims=0)
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])]
    if scoring:
        inputs.append(helper.make_tensor_value_info("segments", TensorProto.INT64, ["batch", "length"]))
        output = helper.make_tensor_value_info("score", TensorProto.FLOAT, ["batch"])
        # Not a matrix product, which would be quantised: these few numbers are what all the others are for.
        weighted = op("Mul", pooled, constant(tensors["score.weight"][0]))
        total = op("ReduceSum", weighted, constant(np.array([-1], dtype=np.int64)), keepdims=0)
        nodes.append(helper.make_node("Add", [total, constant(tensors["score.bias"])], ["score"]))
    else:
        output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", DIMENSIONS])
        nodes.append(helper.make_node("LpNormalization", [pooled], ["embedding"], axis=-1, p=2))

    graph = helper.make_graph(nodes, "BERT", inputs, [output], constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(RUNTIME, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)
