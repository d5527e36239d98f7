"""Train the reader: how well a sentence answers a question, or that none of them does.

    uv run --group training python -m benchmarks.train_reader DATA --out retrieval/answer/reader.safetensors

DATA holds {"articles": [{id, text}], "questions": [{question, answers, article, paragraph, impossible}]}. The bundled
MiniLM reads a question and a sentence together and scores the pair; a question's sentences, the likest ones of its
paragraph and of its article's other paragraphs, compete with "none of these" for one softmax, so that questions that
cannot be answered teach what none of them looks like. A sentence that points back is read with the one before it, just
as it would be quoted.

What is written is the difference to the bundled weights at low rank (of each matrix, by singular values; Eckart and
Young 1936), in half precision. Runs on the processor, less than an hour on two cores. The last articles are held out,
and what the reader reaches on them is printed, before the difference is made small and after.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tokenizers
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.data import Entry, load
from retrieval.answer.extraction import self_contained
from retrieval.corpus.sentences import split_sentences
from retrieval.embedding.bert import DIMENSIONS, EPSILON, HEADS, LAYERS
from retrieval.embedding.minilm import weights_folder
from retrieval.models import Span

RANK = 16
FIRST_TRAINED = 1
"""The layers below stay as they are: what they do is much the same for every task, and training them costs time."""
RATE = 1e-4
WARM_UP = 0.06
DROPOUT = 0.1
AVERAGED = 0.99
"""What is kept is the running average of the weights over about the last 100 steps, which wavers less than they do."""
QUESTIONS_A_STEP = 8
NEGATIVES, OF_IMPOSSIBLE = 4, 3
"""Sentences that do not answer, of a question that can be answered and of one that cannot."""
HELD_OUT = ("steam_engine", "martin_luther", "kenya")
MAX_QUESTION, MAX_TOKENS = 40, 96
SEED = 7
CLS, SEP = 101, 102

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Sentence:
    """A sentence, and the word pieces and the words of what is read of it."""

    text: str
    pieces: list[int]
    words: frozenset[str]


@dataclass(frozen=True)
class Example:
    """A question with the sentences that do and do not answer it, each likest first."""

    question: list[int]
    right: list[Sentence]
    wrong: list[Sentence]


class Reader(nn.Module):
    """BERT, with a score of the mean over all of its last states."""

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        super().__init__()
        self.linears, self.norms = nn.ModuleDict(), nn.ModuleDict()
        for name, weight in tensors.items():
            prefix, _, part = name.rpartition(".")
            if part == "weight" and name.startswith("encoder."):
                layer: nn.Module
                if weight.dim() == 2:
                    layer = nn.Linear(weight.shape[1], weight.shape[0])
                    self.linears[prefix.replace(".", "/")] = layer
                else:
                    layer = nn.LayerNorm(DIMENSIONS, eps=EPSILON)
                    self.norms[prefix.replace(".", "/")] = layer
                layer.load_state_dict({"weight": weight, "bias": tensors[f"{prefix}.bias"]})
                if int(prefix.split(".")[2]) < FIRST_TRAINED:
                    layer.requires_grad_(False)
        self.fixed = {name: tensor for name, tensor in tensors.items() if name.startswith("embeddings")}
        self.score = nn.Linear(DIMENSIONS, 1)
        nn.init.normal_(self.score.weight, std=0.02)

    def forward(self, ids: Tensor, segments: Tensor, there: Tensor) -> Tensor:
        """Return the scores (batch) of pairs as ids (batch, length); `there` is False where it is padding."""
        fixed = self.fixed
        x = (
            fixed["embeddings.word_embeddings.weight"][ids]
            + fixed["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + fixed["embeddings.token_type_embeddings.weight"][segments]
        )
        norm = "embeddings.LayerNorm"
        x = functional.layer_norm(x, (DIMENSIONS,), fixed[f"{norm}.weight"], fixed[f"{norm}.bias"], EPSILON)
        batch, length = ids.shape

        def heads(y: Tensor) -> Tensor:
            return y.view(batch, length, HEADS, -1).transpose(1, 2)

        def dropped(y: Tensor) -> Tensor:
            return functional.dropout(y, DROPOUT, self.training)

        for layer in range(LAYERS):
            at = f"encoder/layer/{layer}"
            q, k, v = (heads(self.linears[f"{at}/attention/self/{one}"](x)) for one in ("query", "key", "value"))
            mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=there[:, None, None, :])
            joined = self.linears[f"{at}/attention/output/dense"](mixed.transpose(1, 2).reshape(batch, length, -1))
            x = self.norms[f"{at}/attention/output/LayerNorm"](x + dropped(joined))
            inner = functional.gelu(self.linears[f"{at}/intermediate/dense"](x))
            x = self.norms[f"{at}/output/LayerNorm"](x + dropped(self.linears[f"{at}/output/dense"](inner)))
        kept = there[..., None].float()
        pooled: Tensor = (x * kept).sum(1) / kept.sum(1)
        return torch.squeeze(self.score(dropped(pooled)), -1)

    def scores(self, pairs: Sequence[tuple[list[int], Sentence]]) -> Tensor:
        """Return the score of each pair of a question and a sentence."""
        rows = [(question, one.pieces) for question, one in pairs]
        length = max(len(question) + len(pieces) + 3 for question, pieces in rows)
        ids, segments = (torch.zeros(len(rows), length, dtype=torch.long) for _ in range(2))
        there = torch.zeros(len(rows), length, dtype=torch.bool)
        for row, (question, pieces) in enumerate(rows):
            joined = [CLS, *question, SEP, *pieces, SEP]
            ids[row, : len(joined)] = torch.tensor(joined)
            there[row, : len(joined)] = True
            segments[row, len(question) + 2 : len(joined)] = 1
        return torch.as_tensor(self(ids, segments, there))


def sentences(text: str, tokenizer: tokenizers.Tokenizer) -> list[Sentence]:
    """Return a paragraph's sentences as they would be quoted."""
    found: list[Sentence] = []
    before: Span | None = None
    for span in split_sentences(text):
        read = self_contained(text, span, before) or span
        shown = text[read.start : read.end]
        pieces = tokenizer.encode(shown, add_special_tokens=False).ids[:MAX_TOKENS]
        found.append(Sentence(text[span.start : span.end], pieces, frozenset(_WORD.findall(shown.lower()))))
        before = span
    return found


def open_tokenizer() -> tokenizers.Tokenizer:
    """Return the bundled model's tokenizer, which neither pads nor cuts."""
    tokenizer = tokenizers.Tokenizer.from_file(str(weights_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def examples(
    articles: Sequence[Entry], questions: Sequence[Entry], tokenizer: tokenizers.Tokenizer
) -> Iterator[tuple[str, Example]]:
    """Yield (article, example) for each question that a sentence answers, and for each that nothing does."""
    paragraphs = {one["id"]: [sentences(part, tokenizer) for part in one["text"].split("\n\n")] for one in articles}
    common = {id: Counter(w for part in parts for one in part for w in one.words) for id, parts in paragraphs.items()}
    for given in questions:
        id, number = given["article"], given["paragraph"] - 1
        words, counts = set(_WORD.findall(given["question"].lower())), common[id]

        def like(one: Sentence, words: set[str] = words, counts: Counter[str] = counts) -> float:
            return sum(1 / counts[word] for word in words & one.words)

        near = sorted(paragraphs[id][number], key=like, reverse=True)
        far = sorted(
            (one for n, part in enumerate(paragraphs[id]) if n != number for one in part), key=like, reverse=True
        )
        right = [one for one in near if any(answer in one.text for answer in given["answers"])]
        wrong = [one for one in near if one not in right]
        wrong += [one for one in far[:NEGATIVES] if not any(answer in one.text for answer in given["answers"])]
        if given["impossible"] or right:
            question = tokenizer.encode(given["question"], add_special_tokens=False).ids[:MAX_QUESTION]
            yield id, Example(question, right, wrong)


def drawn(one: Example, chance: random.Random) -> Example:
    """Return the example with one right sentence and a few of the wrong ones, likelier the liker they are."""
    count = NEGATIVES if one.right else OF_IMPOSSIBLE
    order = sorted(range(len(one.wrong)), key=lambda at: at + chance.uniform(0, 4))
    return Example(
        one.question, [chance.choice(one.right)] if one.right else [], [one.wrong[at] for at in order[:count]]
    )


def loss(reader: Reader, batch: Sequence[Example]) -> Tensor:
    """Return the mean cross-entropy of the right sentence, or of none where there is none, against all others."""
    pairs = [(one.question, sentence) for one in batch for sentence in (*one.right, *one.wrong)]
    found = torch.split(reader.scores(pairs), [len(one.right) + len(one.wrong) for one in batch])
    return torch.stack(
        [
            torch.logsumexp(torch.cat([scores, scores.new_zeros(1)]), 0) - (scores[0] if one.right else 0.0)
            for one, scores in zip(batch, found, strict=True)
        ]
    ).mean()


@torch.no_grad()
def report(reader: Reader, held: Sequence[Example]) -> None:
    """Print how often the right sentence comes first, and how well the best score parts the possible questions."""
    reader.eval()
    first: list[bool] = []
    best: tuple[list[float], list[float]] = ([], [])
    for one in held:
        scores = reader.scores([(one.question, sentence) for sentence in (*one.right, *one.wrong)])
        best[bool(one.right)].append(float(scores.max()))
        if one.right:
            first.append(int(scores.argmax()) < len(one.right))
    impossible, possible = map(np.array, best)
    auc = float((possible[:, None] > impossible).mean()) if len(impossible) and len(possible) else math.nan
    print(f"right sentence first {np.mean(first):.3f} of {len(first)}, possible or not AUC {auc:.3f}", flush=True)
    reader.train()


def difference(reader: Reader, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return what is to be added to the bundled weights: `<layer>.up` @ `<layer>.down`, biases and norms whole."""
    found: dict[str, Tensor] = {}
    for name, value in reader.state_dict().items():
        kind, _, rest = name.partition(".")
        if kind == "score":
            found[name] = value
            continue
        plain = rest.replace("/", ".")
        change = value - tensors[plain]
        if not change.any():
            continue
        if change.dim() == 2:
            up, sizes, down = torch.linalg.svd(change, full_matrices=False)
            root = sizes[:RANK].sqrt()
            prefix = plain.removesuffix(".weight")
            found[f"{prefix}.up"], found[f"{prefix}.down"] = up[:, :RANK] * root, root[:, None] * down[:RANK]
        else:
            found[plain] = change
    return {name: value.half().contiguous() for name, value in found.items()}


def with_difference(tensors: dict[str, Tensor], added: dict[str, Tensor]) -> Reader:
    """Return the reader that the bundled weights and a difference make."""
    whole = dict(tensors)
    for name, value in added.items():
        if name.endswith(".up"):
            prefix = name.removesuffix(".up")
            whole[f"{prefix}.weight"] = tensors[f"{prefix}.weight"] + value.float() @ added[f"{prefix}.down"].float()
        elif name in tensors:
            whole[name] = tensors[name] + value.float()
    reader = Reader(whole)
    reader.score.load_state_dict({part: added[f"score.{part}"].float() for part in ("weight", "bias")})
    return reader


def main() -> None:
    """Train, print what is reached, and write the difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=2)
    given = parser.parse_args()
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    articles, questions = load(given.data)
    tensors = {name: tensor.float() for name, tensor in load_file(weights_folder() / "model.safetensors").items()}
    reader = Reader(tensors)
    tokenizer = open_tokenizer()
    found = list(examples(articles, questions, tokenizer))
    learned, held = ([one for id, one in found if (id in HELD_OUT) is side] for side in (False, True))
    trained = [parameter for parameter in reader.parameters() if parameter.requires_grad]
    print(f"{len(learned)} questions to learn from, {len(held)} held out, {sum(p.numel() for p in trained):,} numbers")
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    average = torch.optim.swa_utils.AveragedModel(
        reader, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGED)
    )
    steps = given.epochs * math.ceil(len(learned) / QUESTIONS_A_STEP)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (WARM_UP * steps), (steps - step) / ((1 - WARM_UP) * steps))
    )
    started, step, recent = time.monotonic(), 0, 0.0
    for epoch in range(given.epochs):
        order = chance.sample(learned, len(learned))
        for start in range(0, len(order), QUESTIONS_A_STEP):
            value = loss(reader, [drawn(one, chance) for one in order[start : start + QUESTIONS_A_STEP]])
            optimizer.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            average.update_parameters(reader)
            step += 1
            recent = 0.98 * recent + 0.02 * value.item()
            if step % 50 == 0:
                seconds = time.monotonic() - started
                print(f"step {step} of {steps}, loss {recent / (1 - 0.98**step):.3f}, {seconds:.0f} s", flush=True)
        print(f"after epoch {epoch + 1}, held out: ", end="")
        report(average.module, held)
        added = difference(average.module, tensors)
        save_file(added, given.out)
        torch.save(average.module.state_dict(), given.out.with_suffix(f".{epoch + 1}.whole"))
    print(f"at rank {RANK}: ", end="")
    report(with_difference(tensors, added), held)


if __name__ == "__main__":
    main()
