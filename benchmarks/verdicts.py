"""How well the verdict tells what the articles speak of: fits its weights anew and prints where the bounds lie.

    uv run python -m benchmarks.verdicts squad_dev.json.gz news_dev.json.gz [--png FILE]

Pairs of encyclopaedia articles are indexed, and asked about themselves (answerable and impossible questions) and about
other articles and the news. The weights printed are those of `retrieval.answer.answering.relatedness`; the picture
shows how often what it says comes true, and what each bound lets through.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from benchmarks.data import load, settings_for, write_corpus
from retrieval.answer.answering import ANSWERED_FROM, CLOSEST_FROM, Signals, bound, relatedness
from retrieval.library import Library

PAIRS, ANSWERABLE, IMPOSSIBLE, FOREIGN = 8, 40, 40, 40
STEPS, RATE, DECAY = 20_000, 0.5, 1e-4
KINDS = ("answerable", "impossible", "foreign")
BOUNDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
BINS = 8
PICTURE = Path(__file__).parent.parent / "docs" / "verdicts.png"

Numbers = npt.NDArray[np.float64]


def main() -> None:
    """Gather signals, fit, print, draw."""
    parser = argparse.ArgumentParser(description="Calibration of the verdict.")
    parser.add_argument("squad", type=Path, metavar="SQUAD", help="articles and questions, some of them impossible")
    parser.add_argument("news", type=Path, metavar="NEWS", help="questions about something else")
    parser.add_argument("--png", type=Path, default=PICTURE, metavar="FILE", help="where the picture goes")
    given = parser.parse_args()
    chance = random.Random(5)
    articles, questions = load(given.squad)
    _, other = load(given.news)
    chance.shuffle(articles)
    gathered: list[tuple[str, Signals]] = []
    sizes: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(PAIRS):
            pair = articles[2 * number : 2 * number + 2]
            ids = {article["id"] for article in pair}
            root = Path(folder) / str(number)
            write_corpus(pair, root / "corpus")
            own = [q for q in questions if q["article"] in ids]
            foreign = [q for q in questions if q["article"] not in ids]
            asked = {
                "answerable": _sample(chance, [q for q in own if not q["impossible"]], ANSWERABLE),
                "impossible": _sample(chance, [q for q in own if q["impossible"]], IMPOSSIBLE),
                "foreign": _sample(chance, foreign, FOREIGN // 2) + _sample(chance, other, FOREIGN // 2),
            }
            with Library(settings_for(root / "corpus", root / "data")) as library:
                library.update()
                sizes.append(library.version.passages if library.version else 0)
                for kind, group in asked.items():
                    gathered += [(kind, library.signals(q["question"])) for q in group]
            print(f"pair {number + 1} of {PAIRS}", file=sys.stderr)
    kinds = np.array([kind for kind, _ in gathered])
    sure = np.array([relatedness(signals) for _, signals in gathered])
    report(kinds, sure, [signals for _, signals in gathered])
    given.png.parent.mkdir(parents=True, exist_ok=True)
    draw(kinds, sure, round(sum(sizes) / len(sizes))).savefig(given.png)


def _sample(chance: random.Random, entries: list[dict[str, str]], size: int) -> list[dict[str, str]]:
    return chance.sample(entries, min(size, len(entries)))


def report(kinds: npt.NDArray[np.str_], sure: Numbers, gathered: list[Signals]) -> None:
    """Fit the weights anew, and print what each bound lets through with those in use and with the fitted ones."""
    values = np.array([(s.passage_similarity, s.passage_coverage, s.sentence_coverage, 1.0) for s in gathered])
    fit = kinds != "impossible"
    target = (kinds[fit] == "answerable").astype(float)
    weights = np.zeros(values.shape[1])
    for _ in range(STEPS):
        guess = 1 / (1 + np.exp(-values[fit] @ weights))
        weights -= RATE * (values[fit].T @ (guess - target) / len(target) + DECAY * weights)
    print("weights fitted:", ", ".join(f"{weight:.1f}" for weight in weights))
    for name, its in (("in use", sure), ("fitted", 1 / (1 + np.exp(-values @ weights)))):
        print(f"\n{name}: share of questions at or above a bound")
        print("bound   " + "".join(f"{kind:>12}" for kind in KINDS))
        for end in BOUNDS:
            print(f"{end:<8}" + "".join(f"{(its[kinds == kind] >= end).mean():12.3f}" for kind in KINDS))
    print("\nin use: what was said, and how often the articles did speak of it (impossible questions left out)")
    for said, true, count in calibration(kinds, sure):
        print(f"{said:.2f}  {true:.2f}  of {count}")


def calibration(kinds: npt.NDArray[np.str_], sure: Numbers) -> list[tuple[float, float, int]]:
    """Return for bins of equal width the mean of what was said, the share that was so, and the number of questions."""
    known = kinds != "impossible"
    said, true = sure[known], kinds[known] == "answerable"
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    return [
        (float(said[bins == one].mean()), float(true[bins == one].mean()), int((bins == one).sum()))
        for one in range(BINS)
        if (bins == one).any()
    ]


def draw(kinds: npt.NDArray[np.str_], sure: Numbers, passages: int) -> Figure:
    """Draw the calibration curve, and for each kind of question the share that each bound lets through.

    The bounds in use are marked where they stand for so many passages.
    """
    figure = Figure(figsize=(10, 4), layout="constrained")
    calibrated, through = figure.subplots(1, 2)
    points = calibration(kinds, sure)
    calibrated.plot([0, 1], [0, 1], color="0.7", linestyle=":")
    calibrated.plot([said for said, _, _ in points], [true for _, true, _ in points], "o-")
    for said, true, count in points:
        calibrated.annotate(str(count), (said, true), textcoords="offset points", xytext=(6, -12), fontsize="small")
    calibrated.set(title="Calibration", xlabel="relatedness", ylabel="share that the articles speak of")
    ends = np.linspace(0, 1, 101)
    for kind in KINDS:
        through.plot(ends, [(sure[kinds == kind] >= end).mean() for end in ends], label=kind)
    for few, verdict in ((CLOSEST_FROM, "closest"), (ANSWERED_FROM, "answered")):
        at = bound(few, passages)
        through.axvline(at, color="0.7", linestyle=":")
        through.annotate(verdict, (at, 1.03), ha="center", fontsize="small")
    through.set(title="Questions at or above a bound", xlabel="relatedness", ylim=(0, 1.1))
    through.legend(loc="lower left")
    return figure


if __name__ == "__main__":
    main()
