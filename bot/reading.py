"""Articles and passages as messages: a citation in its surroundings, an article, lists of either. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import discord

from bot import parts
from bot.catalogue import Catalogue
from bot.corrections import Correction, Standing, changed_words
from bot.render import AMBER, BLUE, GREEN, publisher
from bot.service import Found, FoundPassage
from bot.state import KeptOf, Quote
from bot.text import (
    NOTHING,
    code_block,
    count,
    day,
    escaped,
    fit,
    marked,
    name,
    one_line,
    plain,
    quoted,
    units,
    visible,
)
from retrieval.models import Article, Basis

AROUND = 1
"""How many paragraphs are shown before and after the one asked for."""
PARAGRAPH_UNITS = 1_150
"""Of a paragraph that is shown, at most two thirds of it for the quoted words; three are shown at once."""
COMPARED_UNITS = 650
CORRECTED_PARAGRAPH_UNITS = 620
"""Of the words then and the words now, and of the three paragraphs after them."""
REMOVED_UNITS = 3_000
PASSAGES_A_PAGE = 3
PASSAGE_UNITS = 1_000
SOURCES_A_PAGE = 8
COPY_UNITS = 3_900
FACT_UNITS = 600
EXAMPLES = 3

ASIDE = " · beside the story"
GONE = "-# This passage no longer stands in the article, which was changed since."
GONE_WITH_ARTICLE = "-# This passage is gone: its article was removed since."

Item = discord.ui.Item[discord.ui.LayoutView]
Turned = Callable[[int, str, bool], parts.Press]
"""Makes the button that turns to a paragraph, from its number, its label and whether it is disabled."""


def cited(found: Standing | Correction, answer: int, paragraph: int | None = None) -> discord.ui.LayoutView:
    """Return an article around a citation, or around another paragraph, the quoted words in bold.

    Where these words no longer stand in it, both they and what stands there now are shown before.
    """
    article, quote = found.article, found.quote
    if article is None:
        return _removed(quote, answer)
    now = quote if isinstance(found, Standing) else found.now
    shown = min(max(paragraph or (now or quote).paragraph, 1), len(article.paragraphs))

    def turned(to: int, label: str, disabled: bool) -> parts.Press:
        return parts.citation_page(answer, quote.number, to, label, disabled=disabled)

    before, after = _turns(article, shown, turned)
    corrected = isinstance(found, Correction)
    around = _paragraphs(article, shown, now, CORRECTED_PARAGRAPH_UNITS if corrected else PARAGRAPH_UNITS)
    return parts.layout(
        parts.box(
            AMBER if corrected else GREEN,
            [_head(article), *(_corrected(found) if isinstance(found, Correction) else ()), parts.rule(), *around],
        ),
        parts.row(before, after, parts.copy(answer, quote.number), parts.link(article.url, "Open article")),
    )


def _corrected(found: Correction) -> list[Item | None]:
    """Return what was quoted, and what stands there now; the words in which they differ in bold."""
    then, now = found.quote, found.now
    old, new = changed_words(then.words, now.words) if now else ([], [])
    return [
        parts.rule(),
        parts.text("**The article was changed after I quoted it.**"),
        parts.gap(),
        parts.text(f"-# **Quoted then** · paragraph {then.paragraph}\n> {marked(then.words, old, COMPARED_UNITS)}"),
        parts.gap(),
        parts.text(
            f"-# **Stands there now** · paragraph {now.paragraph}\n> {marked(now.words, new, COMPARED_UNITS)}"
            if now
            else "**Nothing like it stands in the article any more.**"
        ),
    ]


def _removed(quote: Quote, answer: int) -> discord.ui.LayoutView:
    known = f"### {name(quote.title, 200)}\n{publisher(quote.publisher)} · {day(_published(quote))}"
    return parts.layout(
        parts.box(
            AMBER,
            [
                *((parts.text(known), parts.rule()) if quote.title else ()),
                parts.text("**The article was removed after I quoted it.**"),
                parts.gap(),
                parts.text(f"-# **Quoted then** · paragraph {quote.paragraph}\n{quoted(quote.words, REMOVED_UNITS)}"),
            ],
        ),
        parts.row(parts.copy(answer, quote.number)),
    )


def _published(quote: Quote) -> date | None:
    return date.fromisoformat(quote.published) if quote.published else None


def article(given: Article, paragraph: int, *, facts: bool = False) -> discord.ui.LayoutView:
    """Return an article around a paragraph, with buttons to its neighbours; with `facts` how it is known."""

    def turned(to: int, label: str, disabled: bool) -> parts.Press:
        return parts.article_page(given.id, to, label, disabled=disabled)

    before, after = _turns(given, paragraph, turned)
    known = parts.text(_facts(given)) if facts else None
    return parts.layout(
        parts.box(BLUE, [_head(given), known, parts.rule(), *_paragraphs(given, paragraph)]),
        parts.row(before, after, parts.link(given.url, "Open article")),
    )


def copyable(found: Standing | Correction) -> discord.ui.LayoutView:
    """Return a citation as text to copy: quote, publisher, date, address; and whether the article has changed since."""
    article, quote = found.article, found.quote
    by = (article.publisher if article else quote.publisher) or "publisher unknown"
    on = day(article.published if article else _published(quote))
    facts = (by, on, f"paragraph {quote.paragraph}", article.url if article else None)
    source = ", ".join(plain(fact, FACT_UNITS) for fact in facts if fact)
    if isinstance(found, Correction):
        source += f"\n(As it stood then; the article was {'changed' if article else 'removed'} since.)"
    words = plain(quote.words, COPY_UNITS - units(source))
    colour = AMBER if isinstance(found, Correction) else GREEN
    return parts.layout(parts.box(colour, [parts.text(code_block(f"“{words}”\n— {source}"))]))


def passages(found: Found, answer: int, page: int, said: str = "") -> discord.ui.LayoutView:
    """Return a page of passages, best first, with buttons to the others. `said` is put into its small print."""
    pages = max(-(-found.total // PASSAGES_A_PAGE), 1)
    items: list[Item | None] = [parts.text(f"### Passages for “{name(found.query, 200)}”")]
    led_to: set[tuple[str, int]] = set()
    for number, one in enumerate(found.passages, start=page * PASSAGES_A_PAGE + 1):
        # Two buttons of a message may not lead to the same place.
        place = (one.place.article, one.place.first)
        items.append(_passage(number, one, leads=place not in led_to))
        led_to.add(place)
    small = f"-# {count(found.total, 'passage')}, best first · page {page + 1} of {pages}"
    items.append(parts.text(f"{small} · {said.rstrip('.')}" if said else small))
    turns = parts.row(
        parts.more_page(answer, max(page - 1, 0), "‹ Better", disabled=page == 0),
        parts.more_page(answer, page + 1, "More ›", disabled=page + 1 >= pages),
    )
    return parts.layout(parts.box(BLUE, items), turns if pages > 1 else None)


def _passage(number: int, found: FoundPassage, *, leads: bool) -> Item:
    one, place = found.article, found.place
    if one is None:
        return parts.text(f"**{number}.** {GONE_WITH_ARTICLE}")
    where = f"paragraph {place.first}" if place.first == place.last else f"paragraphs {place.first}–{place.last}"
    head = f"**{number}.** {publisher(one.publisher)} · {day(one.published)}"
    shown = f"{head} · {where}\n{fit(found.text, PASSAGE_UNITS)}" if found.text else f"{head}\n{GONE}"
    if not leads:
        return parts.text(shown)
    return discord.ui.Section(shown, accessory=parts.article_page(one.id, place.first, "Read on").button())


def sources(catalogue: Catalogue, page: int) -> discord.ui.LayoutView:
    """Return a page of the list of articles, newest first."""
    total = len(catalogue.articles)
    pages = max(-(-total // SOURCES_A_PAGE), 1)
    page = min(page, pages - 1)
    items: list[Item | None] = [parts.text(f"### {count(total, 'article')}")]
    for one in catalogue.articles[page * SOURCES_A_PAGE : (page + 1) * SOURCES_A_PAGE]:
        inferred = any(fact.basis is Basis.INFERRED for fact in one.evidence.values())
        items.append(
            discord.ui.Section(
                f"**{name(one.title, 150)}**\n{publisher(one.publisher)} · {day(one.published)}"
                f"{' · inferred' if inferred else ''} · {count(one.words, 'word')}",
                accessory=parts.article_page(one.id, 1, "Read").button(),
            )
        )
    items.append(parts.text(f"-# newest first · page {page + 1} of {pages}"))
    turns = parts.row(
        parts.sources_page(max(page - 1, 0), "‹ Newer", disabled=page == 0),
        parts.sources_page(page + 1, "Older ›", disabled=page + 1 >= pages),
    )
    return parts.layout(parts.box(BLUE, items), turns if pages > 1 else None)


def welcome(
    examples: Sequence[str], articles: int, newest: date | None, mention: str, *, admin: bool = False
) -> discord.ui.LayoutView:
    """Return what can be asked, with questions to try. `mention` is how the bot is addressed; admins hear of more."""
    fresh = f", the newest of {day(newest)}" if newest else ""
    lead = (
        f"### Ask the articles\nI answer from {count(articles, 'article')}{fresh}, with the exact words of each and "
        f"where they stand.\nWrite {mention} and a question, reply to one of my answers to go on, or use `/ask`."
    )
    more = (
        "-# `/search` passages that fit · `/timeline` what happened when · `/check` a text against the articles · "
        "`/source` one article · "
        "`/sources` all of them · "
        "`/privacy` what is kept about you"
    )
    if admin:
        more += "\n-# `/index` what I know, changed: status, update, rebuild, add, remove, history, rollback"
    buttons = [parts.example(number, one) for number, one in enumerate(examples[:EXAMPLES])]
    return parts.layout(
        parts.box(
            BLUE,
            [
                parts.text(lead),
                parts.text("Try one of these:") if buttons else None,
                *(parts.row(one) for one in buttons),
                parts.rule(),
                parts.text(more),
            ],
        )
    )


def privacy(kept: KeptOf, days: int) -> discord.ui.LayoutView:
    """Return what is kept about a user, with the button that deletes it."""
    lines = [
        "### What I keep about you",
        f"- {count(kept.questions, 'question')} as I understood them, with the quotes that answered them and Discord's "
        "ids of you, the place and the messages",
        f"- {count(kept.votes, 'vote')} on answers",
        f"- {count(kept.waits, 'question')} of which you want to be told once the articles answer",
        "",
        f"Nothing else: no names, and no messages that were not questions to me. It is what the buttons under an "
        f"answer need, and is deleted after {count(days, 'day')}. Deleting your question deletes my answer at once. "
        "What I could not answer, or somebody disliked, those who manage the server see by `/report`, without your "
        "name.",
    ]
    some = kept.questions or kept.votes or kept.waits
    return parts.layout(parts.box(BLUE, [parts.text("\n".join(lines))]), parts.row(parts.forget()) if some else None)


def _head(given: Article) -> Item:
    return parts.text(f"### {name(given.title, 200)}\n{publisher(given.publisher)} · {day(given.published)}")


def _facts(given: Article) -> str:
    lines = [f"By {name(', '.join(given.authors), 200)}"] if given.authors else []
    lines += [
        f"-# {label} inferred from {name(fact.source, 200)}"
        for label, fact in given.evidence.items()
        if fact.basis is Basis.INFERRED
    ][:4]
    lines.append(f"-# {count(len(given.paragraphs), 'paragraph')} · id {name(given.id, 120)}")
    return "\n".join(lines)


def _turns(given: Article, paragraph: int, turned: Turned) -> tuple[parts.Press, parts.Press]:
    """Return the buttons to the paragraphs before and after; an end of the article has a disabled one."""
    step, last = 2 * AROUND + 1, len(given.paragraphs)
    before, after = max(paragraph - step, 1), min(paragraph + step, last)
    # Two buttons of a message may not have the same id, so a disabled one points beyond the end.
    first_shown, last_shown = paragraph - AROUND <= 1, paragraph + AROUND >= last
    return (
        turned(0 if first_shown else before, "‹ Before", first_shown),
        turned(last + 1 if last_shown else after, "After ›", last_shown),
    )


def _paragraphs(
    given: Article, paragraph: int, quote: Quote | None = None, limit: int = PARAGRAPH_UNITS
) -> list[Item | None]:
    items: list[Item | None] = []
    for number in range(max(paragraph - AROUND, 1), min(paragraph + AROUND, len(given.paragraphs)) + 1):
        one = given.paragraphs[number - 1]
        words, head = given.text[one.start : one.end], f"-# Paragraph {number}"
        if quote is not None and quote.start < one.end and quote.end > one.start:
            body = _with_bold(given.text, one.start, one.end, quote, limit)
        elif one.boilerplate:
            # It stands in the page, and is set back: a newsletter to sign up for is none of the story.
            head += ASIDE
            body = f"-# {fit(one_line(words), limit - units(ASIDE)) or NOTHING}"
        else:
            body = fit(words, limit) or NOTHING
        items += [parts.gap() if items else None, parts.text(f"{head}\n{body}")]
    return items


def _with_bold(text: str, start: int, end: int, quote: Quote, limit: int) -> str:
    """Return a paragraph with the quoted words in bold; where it is long, cut around them."""
    first, last = max(start, quote.start), min(end, quote.end)
    bold = fit(text[first:last], limit * 2 // 3 - 4) or NOTHING
    room = (limit - units(bold)) // 2 - 4
    after = fit(text[last:end], room)
    before = _end_of(text[start:first], room)
    gap_before = " " if before and text[first - 1 : first].isspace() else ""
    gap_after = " " if after and text[last : last + 1].isspace() else ""
    return f"{before}{gap_before}**{bold}**{gap_after}{after}"


def _end_of(text: str, limit: int) -> str:
    """Return the end of a text within the limit once it is escaped, begun at a word."""
    text = " ".join(visible(text).split())
    if units(escaped(text)) <= limit:
        return escaped(text)
    words: list[str] = []
    left = limit - 2
    for word in reversed(text.split(" ")):
        left -= units(escaped(word)) + 1
        if left < 0:
            break
        words.append(word)
    return f"… {escaped(' '.join(reversed(words)))}" if words else "…"
