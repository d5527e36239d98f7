"""The list of articles, and the ones that a person means by a few letters of them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from bot.text import day, one_line
from retrieval.models import Article, ArticleSummary, Basis

FIRST_WORDS = 40
CHOICES = 25
LABEL = 100
"""How many choices Discord shows, and how long each may be."""
NEAR = 72.0
"""Of 100: how alike what was typed and an article must be, at the least, to be offered."""


def key_of(id: str) -> str:
    """Return a short key of an article that fits into a button, whatever its id is."""
    return hashlib.blake2b(id.encode("utf-8", "replace"), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The articles of one version, newest first, each with the text in which it is looked up."""

    version: int | None
    articles: tuple[ArticleSummary, ...]
    texts: tuple[str, ...]
    keys: Mapping[str, str]
    """The id of each article by its short key."""

    @classmethod
    def of(
        cls, version: int | None, summaries: Sequence[ArticleSummary], article: Callable[[str], Article]
    ) -> Catalogue:
        """Read the first words of each article; `article` returns one by its id."""
        texts = [utils.default_process(_text(one, article(one.id))) for one in summaries]
        return cls(version, tuple(summaries), tuple(texts), {key_of(one.id): one.id for one in summaries})

    def matching(self, typed: str) -> list[ArticleSummary]:
        """Return the articles that a person may mean, best first; without a word the newest."""
        wanted = utils.default_process(typed)
        if not wanted:
            return list(self.articles[:CHOICES])
        return [self.articles[place] for place in _nearest(wanted, self.texts)]

    def publishers(self, typed: str = "") -> list[str]:
        """Return the publishers that a person may mean, best first."""
        known = sorted({one.publisher for one in self.articles if one.publisher})
        if not typed.strip():
            return known[:CHOICES]
        names = [utils.default_process(name) for name in known]
        return [known[place] for place in _nearest(utils.default_process(typed), names)]


def label(one: ArticleSummary) -> str:
    """Return an article as a choice in a list."""
    head = " · ".join(filter(None, [day(one.published), one_line(one.publisher or "")]))
    shown = f"{head} · {one_line(one.title)}"
    return shown if len(shown) <= LABEL else shown[: LABEL - 1].rsplit(" ", 1)[0] + "…"


def _nearest(typed: str, texts: Sequence[str]) -> list[int]:
    """Return the places of the texts that are near enough to what was typed, best first, as many as are offered."""
    scores = _likeness(typed, texts)
    near = sorted((place for place, score in enumerate(scores) if score >= NEAR), key=lambda place: -scores[place])
    return near[:CHOICES]


def _likeness(typed: str, texts: Sequence[str]) -> list[float]:
    """Return how much of what was typed each text has, of 100: each word by itself, however it is spelled."""
    words = typed.split()
    if not words or not texts:
        return [0.0] * len(texts)
    return [float(score) for score in process.cdist(words, texts, scorer=fuzz.partial_ratio, workers=-1).mean(axis=0)]


def _text(one: ArticleSummary, article: Article) -> str:
    body = next((part for part in article.paragraphs if not part.boilerplate), None)
    first = " ".join(article.text[body.start : body.end].split()[:FIRST_WORDS]) if body else ""
    title = "" if "title" in one.evidence and one.evidence["title"].basis is Basis.STAND_IN else one.title
    dates = f"{one.published} {day(one.published)}" if one.published else ""
    return f"{title} {one.publisher or ''} {' '.join(one.authors)} {dates} {first}"
