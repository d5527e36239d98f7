"""Passages to a timeline: the sentences that name a day, in the order of the days. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from retrieval.answer.citing import cite, days_of, is_titled
from retrieval.answer.comparisons import is_compared
from retrieval.answer.coverage import Coverage
from retrieval.answer.extraction import MAX_QUOTE_WORDS, Scores, date_fit, quote_span, say_the_same, self_contained
from retrieval.answer.prepared import PreparedArticle, Sentence
from retrieval.corpus.asked_dates import AskedDate
from retrieval.corpus.dates import ResolvedDate, in_brackets
from retrieval.models import Article, Citation, Event, Passage, Span, Timeline
from retrieval.search.spelling import spoken

QUOTE_WORDS = 40
"""A line is to be read at a glance; where only more words hold its day, it may have as many as any quote."""
CLAUSE_MARKS = ",;:—–-"
"""What follows where a clause ends inside a sentence. At the sentence's end nothing does, which is in any text."""
LONGEST = 366
"""Days. What took longer has no place among days."""
COMPARED = 48
"""How many sentences have their cosine to the topic taken, which takes most of the time: the best by their words."""
GROUPED = 200
"""How many lines are held against each other, the newest where there is no topic; those after them are only counted."""
MOST_SIDES = 3
"""How many articles that disagree stand side by side."""

WORDS = 0.5
"""What the share of the topic's words counts that a sentence has, together with the one before it, beside its cosine to
the topic. Those that only its article's title has count half."""
LEAST_WORTH, BESIDE_BEST = 0.6, 0.65
"""A sentence is of the topic where it is worth as much, and as much of what the best one is worth.

Over the two seed articles, topics that they speak of ("protesters", "rocket attacks", "war in Syria") bring .68 and
more; of others, also such as have a word in common with them ("troops in Afghanistan", "protests in Hong Kong"), only
"sanctions on Iran" brings more than .58.
"""
LEAST_ALONE = 0.4
"""The same for a topic none of whose words any sentence has: "soldiers" where the articles write of troops."""

_TELLING = re.compile(r"(?<=[\w,;] )[A-Z][\w’'-]+|\d[\d,.]*(?<=\d)")

Differing = Callable[[str, str], tuple[str, str] | None]
"""Returns the figures in which two sentences about the same thing differ, and None for all others."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a timeline is of: `coverage` and `similarity` hold texts against the topic, which names `days`."""

    coverage: Coverage
    similarity: Scores
    days: Sequence[AskedDate] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, all days that it names, the one it tells of, and what would be quoted of it. `worth` compares lines
    of one topic."""

    article: Article
    sentence: Sentence
    named: Sequence[ResolvedDate]
    day: ResolvedDate
    quoted: Span
    worth: float = 0.0

    @property
    def quote(self) -> str:
        """The exact words that are quoted, perhaps with the sentence before."""
        return self.article.text[self.quoted.start : self.quoted.end]

    @property
    def text(self) -> str:
        """What is quoted of the sentence itself."""
        return self.article.text[max(self.quoted.start, self.sentence.span.start) : self.quoted.end]


@dataclass(slots=True)
class _Group:
    """The lines that tell of one event: one, or several that disagree, with the figures in which they do."""

    lines: list[Line]
    figures: list[str] = field(default_factory=list)


def timeline(
    topic: str,
    passages: Iterable[Passage],
    prepared: Callable[[str], PreparedArticle],
    bounds: tuple[date | None, date | None],
    matter: Matter | None,
    differing: Differing,
    limit: int,
) -> Timeline:
    """Return what the passages' sentences say happened within `bounds`, both days counted in.

    With a `matter` the best `limit` of those that speak of it, else the newest. `prepared` returns an article by id.
    """
    lines = dated(passages, prepared, bounds)
    if matter is None and bounds == (None, None):
        # The newest events are not what is planned for the years to come.
        lines = [one for one in lines if one.day.first <= (one.article.published or date.max)]
    # The newest first, and of one day what was written first.
    lines.sort(key=lambda one: (one.article.published or date.max, one.article.id, one.sentence.span.start))
    lines.sort(key=lambda one: (one.day.last, one.day.first), reverse=True)
    if matter is not None:
        lines = of_matter(lines, matter)
    groups = grouped(lines[:GROUPED], differing)
    events = []
    number = 1
    for group in sorted(groups[:limit], key=lambda one: _in_order(one.lines[0])):
        events.append(_event(group, number))
        number += len(group.lines)
    return Timeline(topic, *bounds, tuple(events), len(groups) + len(lines[GROUPED:]))


def dated(
    passages: Iterable[Passage],
    prepared: Callable[[str], PreparedArticle],
    bounds: tuple[date | None, date | None] = (None, None),
) -> list[Line]:
    """Return the sentences that tell of a day within the bounds, each once; not where they only measure by it."""
    found: dict[tuple[str, int], Line] = {}
    for passage in passages:
        ready = prepared(passage.article)
        article = ready.article
        for one in ready.sentences(passage):
            if (article.id, one.span.start) in found:
                continue
            resolved = ready.dates(one.span)
            days = [
                day
                for day in resolved
                if day.days <= LONGEST
                and _is_within(day, bounds)
                and not is_compared(article.text, one.span.start, day)
            ]
            if not days:
                continue
            day = min(days, key=lambda each: each.days)
            quoted = _quoted(article.text, one, day)
            if quoted is not None:
                found[article.id, one.span.start] = Line(article, one, resolved, day, quoted)
    return list(found.values())


def of_matter(lines: Sequence[Line], matter: Matter) -> list[Line]:
    """Return the lines that speak of the matter, best first."""
    covered = sorted(((_covered(line, matter), line) for line in lines), key=lambda pair: -pair[0])[:COMPARED]
    cosines = matter.similarity([line.quote for _, line in covered])
    found = [
        replace(line, worth=cosine + WORDS * words) for (words, line), cosine in zip(covered, cosines, strict=True)
    ]
    found.sort(key=lambda one: -one.worth)
    least = LEAST_WORTH if any(words for words, _ in covered) else LEAST_ALONE
    return [one for one in found if one.worth >= max(least, BESIDE_BEST * found[0].worth)]


def _covered(line: Line, matter: Matter) -> float:
    """Return the share of the topic's words that a line has, with what stands around it."""
    article, sentence = line.article, line.sentence
    before = article.text[sentence.before.start : sentence.before.end] if sentence.before else ""
    title = article.title if is_titled(article) else ""
    fit = date_fit(article.published, line.named, matter.days)
    near = f"{sentence.spoken}{spoken(before)}"
    return (matter.coverage(near, fit) + matter.coverage(f"{near}{spoken(title)}", fit)) / 2


def grouped(lines: Iterable[Line], differing: Differing) -> list[_Group]:
    """Return the lines in their order, what says the same again left out, and what disagrees with one put beside it."""
    groups: list[_Group] = []
    of_day: dict[tuple[date, date], list[_Group]] = {}
    for line in lines:
        same_day = of_day.setdefault((line.day.first, line.day.last), [])
        if not any(_takes(group, line, differing) for group in same_day):
            group = _Group([line])
            groups.append(group)
            same_day.append(group)
    return groups


def _takes(group: _Group, line: Line, differing: Differing) -> bool:
    """Say whether a line tells nothing new beside a group, or disagrees with it, and is put there."""
    first = group.lines[0]
    elsewhere = all(one.article.id != line.article.id for one in group.lines)
    figures = differing(first.text, line.text) if elsewhere else None
    if figures is None or figures[1] in group.figures:
        return any(_overlap(one, line) or _is_again(one, line) for one in group.lines)
    # The first one has one figure: a later article that differs in another one tells something else.
    if group.figures and group.figures[0] != figures[0]:
        return False
    if len(group.lines) < MOST_SIDES:
        group.lines.append(line)
        group.figures = group.figures or [figures[0]]
        group.figures.append(figures[1])
    return True


def _overlap(one: Line, other: Line) -> bool:
    if one.article.id != other.article.id:
        return False
    return min(one.quoted.end, other.quoted.end) > max(one.quoted.start, other.quoted.start)


def _is_again(one: Line, other: Line) -> bool:
    """Say whether two lines of a day say the same: not where each has a name or a number that the other lacks."""
    if not say_the_same(one.text, other.text):
        return False
    tells, others = _telling(one), _telling(other)
    return tells <= others or others <= tells


def _telling(line: Line) -> set[str]:
    """Return the names and numbers beside the day."""
    text, start = line.article.text, max(line.quoted.start, line.sentence.span.start)
    beside = f"{text[start : line.day.start]} {text[line.day.end : line.quoted.end]}"
    return set(_TELLING.findall(beside))


def _is_within(day: ResolvedDate, bounds: tuple[date | None, date | None]) -> bool:
    first, last = bounds
    return (first is None or day.first >= first) and (last is None or day.last <= last)


def _quoted(text: str, one: Sentence, day: ResolvedDate) -> Span | None:
    """Return what is quoted of a sentence: as little as holds its day, best up to where a clause ends.

    None where even the longest quote does not hold it.
    """
    together = self_contained(text, one.span, one.before, QUOTE_WORDS)
    if together is not None:
        return together
    written = text[day.start : day.end]
    cuts = [
        quote_span(text, one.span, lambda part: float(written in part), words)
        for words in (QUOTE_WORDS, MAX_QUOTE_WORDS)
    ]
    holding = [span for span in cuts if span.start <= day.start and day.end <= span.end]
    ended = [span for span in holding if text[span.end : min(span.end + 2, one.span.end)].lstrip()[:1] in CLAUSE_MARKS]
    return next(iter(ended or holding), None)


def _in_order(line: Line) -> tuple[date, date, date, str, int]:
    return line.day.first, line.day.last, line.article.published or date.max, line.article.id, line.sentence.span.start


def _event(group: _Group, number: int) -> Event:
    """Return a group as an event, its citations in the order of their articles' dates, numbered from `number`."""
    sides = list(zip(group.lines, group.figures or [""] * len(group.lines), strict=True))
    sides.sort(key=lambda side: _in_order(side[0]))
    day = group.lines[0].day
    return Event(
        first=day.first,
        last=day.last,
        when=in_brackets(day),
        citations=tuple(_citation(number + place, line) for place, (line, _) in enumerate(sides)),
        figures=tuple(figure for _, figure in sides if figure),
    )


def _citation(number: int, line: Line) -> Citation:
    return cite(number, line.article, line.quoted, days_of(line.article, line.quoted))
