"""Articles and passages as messages: a citation in its surroundings, an article, lists of either. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import discord

from bot import parts
from bot.catalogue import Catalogue
from bot.render import BLUE, GREEN, publisher
from bot.service import Found
from bot.state import KeptOf, Quote
from bot.text import NOTHING, code_block, count, day, escaped, fit, name, one_line, plain, units, visible
from retrieval.models import Article, Basis

AROUND = 1
"""How many paragraphs are shown before and after the one asked for."""
PARAGRAPH_UNITS = 1_150
QUOTED_UNITS = 760
"""Of a paragraph that is shown, and of the quoted words in it; three paragraphs are shown at once."""
PASSAGES_A_PAGE = 3
PASSAGE_UNITS = 1_000
SOURCES_A_PAGE = 8
COPY_UNITS = 3_900
FACT_UNITS = 600
EXAMPLES = 3

ASIDE = " · beside the story"

Item = discord.ui.Item[discord.ui.LayoutView]
Turned = Callable[[int, str, bool], parts.Press]
"""Makes the button that turns to a paragraph, from its number, its label and whether it is disabled."""


def citation(article: Article, quote: Quote, answer: int, paragraph: int) -> discord.ui.LayoutView:
    """Return an article around a paragraph, the quoted words in bold, with buttons to its neighbours."""

    def turned(to: int, label: str, disabled: bool) -> parts.Press:
        return parts.citation_page(answer, quote.number, to, label, disabled=disabled)

    before, after = _turns(article, paragraph, turned)
    return parts.layout(
        parts.box(GREEN, [_head(article), parts.rule(), *_paragraphs(article, paragraph, quote)]),
        parts.row(before, after, parts.copy(answer, quote.number), parts.link(article.url, "Open article")),
    )


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


def copyable(article: Article, quote: Quote) -> discord.ui.LayoutView:
    """Return a citation as text to copy: quote, publisher, date, address."""
    facts = (article.publisher or "publisher unknown", day(article.published), f"paragraph {quote.paragraph}")
    source = ", ".join(plain(fact, FACT_UNITS) for fact in (*facts, article.url) if fact)
    words = plain(quote.words, COPY_UNITS - units(source))
    return parts.layout(parts.box(GREEN, [parts.text(code_block(f"“{words}”\n— {source}"))]))


def passages(found: Found, answer: int, page: int, said: str = "") -> discord.ui.LayoutView:
    """Return a page of passages, best first, with buttons to the others. `said` is put into its small print."""
    pages = max(-(-found.total // PASSAGES_A_PAGE), 1)
    items: list[Item | None] = [parts.text(f"### Passages for “{name(found.query, 200)}”")]
    for number, (one, place, passage) in enumerate(found.passages, start=page * PASSAGES_A_PAGE + 1):
        where = f"paragraph {place.first}" if place.first == place.last else f"paragraphs {place.first}–{place.last}"
        items.append(
            discord.ui.Section(
                f"**{number}.** {publisher(one.publisher)} · {day(one.published)} · {where}\n"
                f"{fit(passage, PASSAGE_UNITS)}",
                accessory=parts.article_page(one.id, place.first, "Read on").button(),
            )
        )
    small = f"-# {count(found.total, 'passage')}, best first · page {page + 1} of {pages}"
    items.append(parts.text(f"{small} · {said.rstrip('.')}" if said else small))
    turns = parts.row(
        parts.more_page(answer, max(page - 1, 0), "‹ Better", disabled=page == 0),
        parts.more_page(answer, page + 1, "More ›", disabled=page + 1 >= pages),
    )
    return parts.layout(parts.box(BLUE, items), turns if pages > 1 else None)


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


def welcome(examples: Sequence[str], articles: int, newest: date | None, mention: str) -> discord.ui.LayoutView:
    """Return what can be asked, with questions to try. `mention` is how the bot is addressed."""
    fresh = f", the newest of {day(newest)}" if newest else ""
    lead = (
        f"### Ask the articles\nI answer from {count(articles, 'article')}{fresh}, with the exact words of each and "
        f"where they stand.\nWrite {mention} and a question, reply to one of my answers to go on, or use `/ask`."
    )
    more = (
        "-# `/search` passages that fit · `/source` one article · `/sources` all of them · "
        "`/privacy` what is kept about you"
    )
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
        f"- {count(kept.questions, 'question')} as I understood them, with the places of the quotes that answered them",
        f"- {count(kept.votes, 'vote')} on answers",
        "",
        f"Nothing else: no names, and no messages that were not questions to me. It is what the buttons under an "
        f"answer need, and is deleted after {count(days, 'day')}. Deleting your question deletes my answer at once.",
    ]
    some = kept.questions or kept.votes
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


def _paragraphs(given: Article, paragraph: int, quote: Quote | None = None) -> list[Item | None]:
    items: list[Item | None] = []
    for number in range(max(paragraph - AROUND, 1), min(paragraph + AROUND, len(given.paragraphs)) + 1):
        one = given.paragraphs[number - 1]
        words, head = given.text[one.start : one.end], f"-# Paragraph {number}"
        if quote is not None and quote.start < one.end and quote.end > one.start:
            body = _with_bold(given.text, one.start, one.end, quote)
        elif one.boilerplate:
            # It stands in the page, and is set back: a newsletter to sign up for is none of the story.
            head += ASIDE
            body = f"-# {fit(one_line(words), PARAGRAPH_UNITS - units(ASIDE)) or NOTHING}"
        else:
            body = fit(words, PARAGRAPH_UNITS) or NOTHING
        items += [parts.gap() if items else None, parts.text(f"{head}\n{body}")]
    return items


def _with_bold(text: str, start: int, end: int, quote: Quote) -> str:
    """Return a paragraph with the quoted words in bold; where it is long, cut around them."""
    first, last = max(start, quote.start), min(end, quote.end)
    bold = fit(text[first:last], QUOTED_UNITS - 4) or NOTHING
    room = (PARAGRAPH_UNITS - units(bold)) // 2 - 4
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
