"""Articles that answer a question with different figures: of the same things, by the same deed, of the same event."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from dataclasses import replace
from datetime import date, timedelta

from retrieval.answer.extraction import MAX_QUOTES, Candidate, in_order, surroundings
from retrieval.answer.figures import Figure, counting
from retrieval.answer.meaning import has_synonym, mentions
from retrieval.corpus.dates import ResolvedDate, resolve_dates
from retrieval.verification.corrections import corrects
from retrieval.verification.counts import Count, counts, event_days, same_deed, wanted

NEWS_FOR = timedelta(days=14)
"""An article of so long after a day, which it does not name, is about another one."""


def differing(question: str, found: Sequence[Candidate]) -> list[tuple[Candidate, Figure]]:
    """Return the sentences, of different articles, that count the same thing differently, in the order of their dates.

    `found` are a question's sentences, best first. Each figure is quoted from the newest article that has it. Empty
    where the question wants nothing counted, or all agree.
    """
    near = counting(question, found)
    asked = wanted(question) if near else None
    if asked is None:
        return []
    told: dict[float, tuple[Candidate, Figure]] = {}
    heard: set[str] = set()
    first: tuple[Candidate, Count] | None = None
    for one, known in near:
        fitting = [
            count
            for count in counts(one.text, asked.things, _days(one, one.span.start))
            if count.value in known
            and _answers(asked, one, count)
            and (first is None or _is_one_event(asked, first, (one, count)))
        ]
        if first is None:
            if not fitting:
                return []
            first = one, fitting[0]
        if not fitting or one.article.id in heard:
            continue
        heard.add(one.article.id)
        # An article that has the best one's figure too agrees.
        value = min(fitting, key=lambda count: count.value != first[1].value).value
        assert value is not None
        if value not in told or _published(one) > _published(told[value][0]):
            told[value] = one, known[value]
    return _shown(told, told[first[1].value or 0]) if first and len(told) > 1 else []


def _shown(
    told: dict[float, tuple[Candidate, Figure]], best: tuple[Candidate, Figure]
) -> list[tuple[Candidate, Figure]]:
    """Return the best one's figure, the latest, and what else there is room for, in the order of their dates."""
    latest = _latest([one for one, _ in told.values()])
    by_worth = sorted(told.values(), key=lambda pair: pair is not best and pair[0] is not latest)
    shown = [
        (one, replace(it, latest=one is latest, corrects=corrects(one.article, one.text, it.value)))
        for one, it in by_worth[:MAX_QUOTES]
    ]
    return sorted(shown, key=lambda pair: in_order(pair[0]))


def _latest(found: Sequence[Candidate]) -> Candidate | None:
    """Return the one whose article is newer than all others; None where one of them has no date."""
    newest = max(found, key=_published)
    others = [one for one in found if one is not newest]
    known = all(one.article.published for one in found)
    return newest if known and all(_published(one) < _published(newest) for one in others) else None


def _published(one: Candidate) -> date:
    return one.article.published or date.min


def _answers(asked: Count, one: Candidate, count: Count) -> bool:
    """Say whether a sentence counts what the question wants counted, where it asks for it."""
    around, before = _around(one), surroundings(one.article, one.paragraph, one.span.start)
    if asked.deeds and not _share_deed(asked.deeds, count.deeds):
        return False
    if _are_apart(asked.parties, count.parties):
        return False
    if not all(mentions(word, around) for word in asked.beside | asked.matters):
        return False
    if _are_others(asked.places, count.places):
        # It may stand above a sentence that names the street.
        return _any_in(asked.places, before) and not _any_in(asked.places, one.text)
    return not asked.places or _any_in(asked.places, around)


def _is_one_event(asked: Count, best: tuple[Candidate, Count], other: tuple[Candidate, Count]) -> bool:
    """Say whether two sentences count the same things, by the same deed, of one place and day."""
    (one, mine), (another, its) = best, other
    here, there = _around(one), _around(another)
    if (mine.deeds or its.deeds) and not asked.deeds and not _share_deed(mine.deeds, its.deeds):
        return False
    if not all(mentions(word, there) for word in mine.beside) or not all(mentions(word, here) for word in its.beside):
        return False
    if _are_apart(mine.parties, its.parties):
        return False
    for left, right in ((mine.places, its.places), (mine.names, its.names)):
        if _are_others(left, right) and not _any_in(left, there) and not _any_in(right, here):
            return False
    if mine.days and its.days:
        return any(_meet(day, it) for day in mine.days for it in its.days)
    return _may_mean(another, mine.days or _days_before(one)) and _may_mean(one, its.days or _days_before(another))


def _may_mean(one: Candidate, days: Sequence[ResolvedDate]) -> bool:
    """Say whether a sentence may be about one of these days, being of their time or of an article that names one."""
    published, article = one.article.published, one.article
    if not days or published is None:
        return True
    past = [day for day in days if day.first <= published]
    if any(published <= day.last + NEWS_FOR for day in past):
        return True
    parts = [part for part in article.paragraphs if not part.boilerplate]
    named = [it for part in parts for it in resolve_dates(article.text, published, part.start, part.end)]
    return any(_meet(day, it) for day in past for it in named)


def _meet(day: ResolvedDate, other: ResolvedDate) -> bool:
    return day.first <= other.last and other.first <= day.last


def _days_before(one: Candidate) -> list[ResolvedDate]:
    """Return the days of the event that a sentence's paragraph names up to it."""
    start = one.article.paragraphs[one.paragraph - 1].start
    return event_days(one.article.text[start : one.span.end], _days(one, start))


def _days(one: Candidate, start: int) -> tuple[ResolvedDate, ...]:
    """Return the days named up to a sentence's end, offsets counted from `start`."""
    found = resolve_dates(one.article.text, one.article.published, start, one.span.end)
    return tuple(replace(day, start=day.start - start, end=day.end - start) for day in found)


def _around(one: Candidate) -> str:
    return surroundings(one.article, one.paragraph, one.span.end)


def _share_deed(deeds: Set[str], others: Set[str]) -> bool:
    return any(same_deed(deed, other) for deed in deeds for other in others)


def _are_others(names: Collection[str], others: Collection[str]) -> bool:
    """Say whether both have names, and none in common."""
    return bool(names and others) and not _any_in(names, " ".join(others))


def _are_apart(names: Collection[str], others: Collection[str]) -> bool:
    """Say whether each of two has a name that the other lacks: Anna Berg and Karl Berg, not just Berg."""
    return not (_all_in(names, others) or _all_in(others, names))


def _all_in(names: Collection[str], others: Collection[str]) -> bool:
    return all(has_synonym(name, " ".join(others)) for name in names)


def _any_in(names: Collection[str], text: str) -> bool:
    return any(has_synonym(name, text) for name in names)
