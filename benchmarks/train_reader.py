"""Train the reader: which sentence of a passage answers a question, or none.

    uv run --group training python -m benchmarks.train_reader DATA --out retrieval/answer/reader.safetensors

DATA holds {"articles": [{id, text}], "questions": [{question, answers, article, paragraph, impossible}]}. What is
trained is a low-rank difference (Hu et al. 2021) to the bundled MiniLM's weights and a linear score over the mean of
a sentence's token states; each question is read together with a paragraph, so that a sentence is seen in its context.
A question's sentences, those of the nearest other paragraphs of its article among them, compete with "none of these"
for one softmax: questions that cannot be answered teach what none of them looks like.

Runs on the processor, about an hour on two cores. The last articles are held out, and what the reader reaches on them
is printed.
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
from retrieval.corpus.sentences import split_sentences
from retrieval.embedding.bert import DIMENSIONS, EPSILON, HEADS, LAYERS
from retrieval.embedding.minilm import weights_folder

RANK = 16
FIRST_TRAINED = 2
"""The layers below stay as they are: what they do is much the same for every task, and training them costs time."""
RATE = 6e-4
WARM_UP = 0.06
QUESTIONS_A_STEP = 8
HELD_OUT = 1
MAX_QUESTION, MAX_TOKENS = 40, 320
SEED = 7

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Text:
    """A paragraph as word pieces, each with the number of its sentence (-1 where it is in none)."""

    ids: list[int]
    sentences: list[int]
    spans: list[tuple[int, int]]
    words: frozenset[str]


@dataclass(frozen=True)
class Example:
    """A question with paragraphs to read it with. `right` holds (paragraph, sentence); empty where there is none."""

    question: list[int]
    texts: list[Text]
    right: list[tuple[int, int]]


class LowRank(nn.Module):
    """A linear layer whose weights are fixed, with a trained difference of low rank."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight, requires_grad=False), nn.Parameter(bias, requires_grad=False)
        self.down = nn.Parameter(torch.randn(RANK, weight.shape[1]) / math.sqrt(weight.shape[1]))
        self.up = nn.Parameter(torch.zeros(weight.shape[0], RANK))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer to (..., in) and return (..., out)."""
        # Not as one matrix, whose gradient would cost as much as training it whole.
        return functional.linear(x, self.weight, self.bias) + functional.linear(
            functional.linear(x, self.down), self.up
        )


class Reader(nn.Module):
    """BERT with low-rank differences in every linear layer, and a score for each sentence."""

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        super().__init__()
        self.linears = nn.ModuleDict()
        for name, weight in tensors.items():
            if name.startswith("encoder.") and name.endswith(".weight") and weight.dim() == 2:
                prefix = name.removesuffix(".weight")
                layer = LowRank(weight, tensors[f"{prefix}.bias"])
                if int(prefix.split(".")[2]) < FIRST_TRAINED:
                    layer.requires_grad_(False)
                self.linears[prefix.replace(".", "/")] = layer
        self.fixed = {name: tensor for name, tensor in tensors.items() if "LayerNorm" in name or "embeddings" in name}
        self.score = nn.Linear(DIMENSIONS, 1)
        nn.init.normal_(self.score.weight, std=0.02)

    def _norm(self, x: Tensor, prefix: str) -> Tensor:
        return functional.layer_norm(
            x, (DIMENSIONS,), self.fixed[f"{prefix}.weight"], self.fixed[f"{prefix}.bias"], EPSILON
        )

    def forward(self, ids: Tensor, kinds: Tensor, there: Tensor) -> Tensor:
        """Return token states (batch, length, 384) for ids and segment kinds; `there` is False where it is padding."""
        fixed = self.fixed
        x = (
            fixed["embeddings.word_embeddings.weight"][ids]
            + fixed["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + fixed["embeddings.token_type_embeddings.weight"][kinds]
        )
        x = self._norm(x, "embeddings.LayerNorm")
        batch, length = ids.shape

        def heads(y: Tensor) -> Tensor:
            return y.view(batch, length, HEADS, -1).transpose(1, 2)

        for layer in range(LAYERS):
            at = f"encoder/layer/{layer}"
            q, k, v = (heads(self.linears[f"{at}/attention/self/{one}"](x)) for one in ("query", "key", "value"))
            mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=there[:, None, None, :])
            joined = self.linears[f"{at}/attention/output/dense"](mixed.transpose(1, 2).reshape(batch, length, -1))
            prefix = at.replace("/", ".")
            x = self._norm(x + joined, f"{prefix}.attention.output.LayerNorm")
            inner = functional.gelu(self.linears[f"{at}/intermediate/dense"](x))
            x = self._norm(x + self.linears[f"{at}/output/dense"](inner), f"{prefix}.output.LayerNorm")
        return x

    def scores(self, example: Sequence[Example]) -> list[list[Tensor]]:
        """Return for each example and each of its texts the scores of its sentences."""
        rows = [(one, text) for one in example for text in one.texts]
        length = max(len(one.question) + len(text.ids) + 3 for one, text in rows)
        ids, kinds, where = (torch.zeros(len(rows), length, dtype=torch.long) for _ in range(3))
        there = torch.zeros(len(rows), length, dtype=torch.bool)
        where.fill_(-1)
        for row, (one, text) in enumerate(rows):
            joined = [CLS, *one.question, SEP, *text.ids, SEP]
            first = len(one.question) + 2
            ids[row, : len(joined)] = torch.tensor(joined)
            there[row, : len(joined)] = True
            kinds[row, first : len(joined)] = 1
            where[row, first : first + len(text.ids)] = torch.tensor(text.sentences)
        token_scores = self.score(self(ids, kinds, there)).squeeze(-1)
        found = []
        for row, (_, text) in enumerate(rows):
            index, kept = where[row].clamp(min=0), (where[row] >= 0).float()
            total = torch.zeros(len(text.spans)).index_add(0, index, token_scores[row] * kept)
            found.append(total / torch.zeros(len(text.spans)).index_add(0, index, kept).clamp(min=1))
        result, at = [], 0
        for one in example:
            result.append(found[at : at + len(one.texts)])
            at += len(one.texts)
        return result


CLS, SEP = 101, 102


def encoded(text: str, tokenizer: tokenizers.Tokenizer) -> Text:
    """Return a paragraph ready for reading."""
    spans = [(span.start, span.end) for span in split_sentences(text)]
    given = tokenizer.encode(text, add_special_tokens=False)
    ids, sentences = given.ids[:MAX_TOKENS], []
    for start, _ in given.offsets[:MAX_TOKENS]:
        sentences.append(next((n for n, (first, last) in enumerate(spans) if first <= start < last), -1))
    seen = max(sentences, default=-1) + 1
    return Text(ids, sentences, spans[:seen], frozenset(_WORD.findall(text.lower())))


def examples(articles: Sequence[Entry], questions: Sequence[Entry], negatives: int) -> Iterator[tuple[str, Example]]:
    """Yield (article, example) for each question whose answer stands in a sentence that is read."""
    tokenizer = tokenizers.Tokenizer.from_file(str(weights_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    texts = {one["id"]: one["text"].split("\n\n") for one in articles}
    paragraphs = {id: [encoded(text, tokenizer) for text in parts] for id, parts in texts.items()}
    common = Counter(word for parts in paragraphs.values() for part in parts for word in part.words)
    for given in questions:
        id, number = given["article"], given["paragraph"] - 1
        words = set(_WORD.findall(given["question"].lower()))

        def near(other: int, id: str = id, words: set[str] = words) -> float:
            return sum(1 / common[word] for word in words & paragraphs[id][other].words)

        others = sorted((n for n in range(len(paragraphs[id])) if n != number), key=near, reverse=True)[:negatives]
        gold = paragraphs[id][number]
        right = [
            (0, n)
            for n, (start, end) in enumerate(gold.spans)
            if any(answer in texts[id][number][start:end] for answer in given["answers"])
        ]
        if given["impossible"] or right:
            question = tokenizer.encode(given["question"], add_special_tokens=False).ids[:MAX_QUESTION]
            yield id, Example(question, [gold, *(paragraphs[id][n] for n in others)], right)


def loss(found: list[Tensor], right: Sequence[tuple[int, int]]) -> Tensor:
    """Return the cross-entropy of the right sentences, any of which will do, against all others and none."""
    every = torch.cat([*found, torch.zeros(1)])
    if not right:
        return torch.logsumexp(every, 0)
    return torch.logsumexp(every, 0) - torch.logsumexp(torch.stack([found[text][n] for text, n in right]), 0)


@torch.no_grad()
def report(reader: Reader, held: Sequence[Example]) -> None:
    """Print how often the right sentence comes first, and how well the best score parts the possible questions."""
    reader.eval()
    first, best = [], ([], [])  # type: tuple[list[bool], tuple[list[float], list[float]]]
    for start in range(0, len(held), QUESTIONS_A_STEP):
        batch = held[start : start + QUESTIONS_A_STEP]
        for one, found in zip(batch, reader.scores(batch), strict=True):
            ranked = sorted(
                ((float(score), (text, n)) for text, scores in enumerate(found) for n, score in enumerate(scores)),
                reverse=True,
            )
            best[bool(one.right)].append(ranked[0][0])
            if one.right:
                first.append(ranked[0][1] in one.right)
    impossible, possible = map(np.array, best)
    auc = float((possible[:, None] > impossible).mean()) if len(impossible) and len(possible) else math.nan
    print(f"held out: right sentence first {np.mean(first):.3f} of {len(first)}, possible or not AUC {auc:.3f}")
    reader.train()


def save(reader: Reader, path: Path) -> None:
    """Write the adapter in half precision: `<layer>.down`, `<layer>.up`, `score.weight`, `score.bias`."""
    trained = {name: p.detach().half().contiguous() for name, p in reader.named_parameters() if p.requires_grad}
    save_file({name.removeprefix("linears.").replace("/", "."): tensor for name, tensor in trained.items()}, path)


def main() -> None:
    """Train, print what is reached, and write the adapter."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--negatives", type=int, default=1, help="other paragraphs that a question is read with")
    given = parser.parse_args()
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    articles, questions = load(given.data)
    tensors = {name: tensor.float() for name, tensor in load_file(weights_folder() / "model.safetensors").items()}
    reader = Reader(tensors)
    found = list(examples(articles, questions, given.negatives))
    held_ids = set(
        random.Random(SEED).sample(sorted({one["article"] for one in questions if one["impossible"]}), HELD_OUT)
    )
    learned, held = ([one for id, one in found if (id in held_ids) is side] for side in (False, True))
    trained = [parameter for parameter in reader.parameters() if parameter.requires_grad]
    print(f"{len(learned)} questions to learn from, {len(held)} held out, {sum(p.numel() for p in trained):,} numbers")
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    steps = given.epochs * math.ceil(len(learned) / QUESTIONS_A_STEP)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (WARM_UP * steps), (steps - step) / ((1 - WARM_UP) * steps))
    )
    started, step, recent = time.monotonic(), 0, 0.0
    for epoch in range(given.epochs):
        for batch in _batches(learned, chance):
            value = torch.stack(
                [loss(scores, one.right) for one, scores in zip(batch, reader.scores(batch), strict=True)]
            ).mean()
            optimizer.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            recent = 0.98 * recent + 0.02 * value.item()
            if step % 50 == 0:
                print(
                    f"step {step} of {steps}, loss {recent / (1 - 0.98**step):.3f}, {time.monotonic() - started:.0f} s",
                    flush=True,
                )
        print(f"after epoch {epoch + 1}, ", end="")
        report(reader, held)
        save(reader, given.out)


def _batches(learned: Sequence[Example], chance: random.Random) -> Iterator[list[Example]]:
    """Yield batches of questions with texts of about the same length, in random order."""
    order = sorted(learned, key=lambda one: max(len(text.ids) for text in one.texts) + chance.uniform(-30, 30))
    batches = [list(order[start : start + QUESTIONS_A_STEP]) for start in range(0, len(order), QUESTIONS_A_STEP)]
    chance.shuffle(batches)
    yield from batches


if __name__ == "__main__":
    main()
