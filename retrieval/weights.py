"""What is weighed by hand: how much each sign counts in finding a passage and in choosing a sentence.

They stand in one place so that benchmarks/crossfit.py can draw others beside them; docs/quality.md says how they were
found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Signs(NamedTuple):
    """What speaks for a sentence, each in [0, 1] but for the last two; or what each of these counts.

    `coverage` is the share of the question's words, rare ones counting more, that it has, and `passage` its passage's
    own score. `kind` says whether it offers the kind of thing asked for and lacks nothing that is plainly wanted,
    `names` how many names it has that the question lacks, `date` how well its days fit those asked about. `cosine` is
    its likeness to the question, and `reader` what the reader says of it (see retrieval/answer/reader.py).
    """

    coverage: float
    passage: float
    kind: float
    names: float
    date: float
    cosine: float = 0.0
    reader: float = 0.0


SIGNS = Signs(coverage=0.9, passage=0.6, kind=0.5, names=0.4, date=0.7, cosine=2.6, reader=0.4)


@dataclass(frozen=True, slots=True)
class Weights:
    """One set of weights."""

    title: float = 0.3
    """What a word in the title counts, beside 1 in the text; measured on news questions."""
    phrase: float = 2.0
    """What words in quotation marks count beside 1 for each word, where they stand together."""
    day: float = 1.5
    """What a day that is asked for counts beside 1 for a word, where the text speaks of that day, in whatever words."""
    day_word: float = 0.25
    """What the words of that day itself count: "31" is also a number of rockets. Asked for by three words of its
    sentence and its day, the right one of 6,400 news passages came first for .80 of 500 sentences with .25, for .63
    with 1, and for .38 without the days."""
    lexical: float = 0.6
    """The lexical list's share; the dense one has the rest. It matters little: of news questions, .4 to .7 put the
    right passage first for .53 to .54, and into the first five for .79 to .81."""
    fresh: float = 1.0
    """How much more a passage counts on the day on which its article is published: twice as much as one of an
    archive."""
    signs: Signs = SIGNS
    """What each sign of a sentence counts; together they are its merit."""
    own: float = 2.0
    """What a passage's own score counts beside the merit of its best sentence, in ordering passages."""


WEIGHTS = Weights()
"""Those in use."""
