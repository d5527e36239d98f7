"""Which paragraphs of a page belong to the page, not to the article: sign-up lines, copyright, cross-references,
author biographies. They are marked, never removed, so that every offset holds."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FLAGS = re.IGNORECASE

_WHOLE = re.compile(
    r"""\W*(?:
        advertisement | ad(?:vertise\s+here)? | sponsored(?:\s+content)? | story\s+continues\s+below.* |
        in\s+other\s+news | load\s+more(?:\s+\w+)? | read\s+more | more\s+(?:news|stories|from\s.+) |
        most\s+(?:read|popular|viewed) | trending(?:\s+now)? | recommended(?:\s+for\s+you)? |
        related(?:\s+(?:articles?|stories|topics|content|news|links|coverage))? |
        (?:view|show|leave\s+a|post\s+a|add\s+a|\d+)\s+comments? | comments? |
        share(?:\s+(?:this|on|via)(?:\s+[\w-]+){0,5})? | print | e-?mail |
        (?:click|tap)\s+(?:here\b.*|to(?:\s+[\w-]+){0,5}) |
        (?:back\s+to\s+)?top | next(?:\s+article)? | previous(?:\s+article)? | topics? | tags?
    )\W*""",
    _FLAGS | re.VERBOSE,
)
"""A line that is nothing else."""

_OPENING = re.compile(
    r"""\W*(?:
        see\s+also\s*: | (?:read|see)\s+(?:more|next|also)\s*: | also\s+(?:read|see|on)\s*: | related\s*: |
        more\s*: | (?:recommended|watch|listen|photos|gallery)\s*: |
        copyright(?:\b.{0,30}(?:©|\(c\))|\W{1,3}\d{4}) | (?:©|\(c\)\s)\s*(?:copyright\s*)?\d{4} |
        sign\s+up\s+(?:for|to|here|now)\b | subscribe\s+(?:to|for|now|here|today)\b | manage\s+newsletters |
        (?:get|receive)\s.{0,60}\b(?:in|to)\s+your\s+(?:e-?mail\s+)?inbox |
        follow\s+.{1,40}\bon\s+
            (?:twitter|x|facebook|instagram|threads|bluesky|mastodon|linkedin|tiktok|youtube)\b |
        (?:contact|reach|e-?mail)\s+.{1,60}@ |
        download\s+(?:our|the)\s+.{0,30}\bapp\b |
        .{0,120}\bcontributed\s+to\s+this\s+(?:report|story|article)\.?\s*$
    )""",
    _FLAGS | re.VERBOSE,
)
"""How such a paragraph begins, where it is short."""

_RIGHTS = re.compile(
    r"\ball\s+rights\s+reserved\b|\breprint\s+permission\b|\bthis\s+(?:material|article|story|content)\s+may\s+not\s+be\s+",
    _FLAGS,
)

_BIOGRAPHY = re.compile(
    r"""(?P<name>[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){1,4}),?\s+(?:
        (?:is|was)\s+(?:now\s+|currently\s+)?
        (?:an?|the|our|deputy|senior|chief|managing|executive|[\w’']+?[’']s)\s[^.]{0,120}?
        \b(?:reporter|correspondent|editor|writer|columnist|journalist|producer|photographer|contributor|fellow|
            author|blogger|anchor)\b
        | (?:covers|reports\s+on|writes\s+(?:about|on|for)|reports\s+for)\s )""",
    re.VERBOSE,
)
"""A sentence that introduces an author; the name is checked to be written as one."""

_SHORT = 60
"""Words. Longer paragraphs are the article's own, whatever they begin with."""


def mark_boilerplate(paragraphs: Sequence[str]) -> list[bool]:
    """Return for each paragraph whether it is boilerplate.

    Author biographies count only at the article's end, where nothing but other boilerplate follows, and only where
    the body does not speak of the person: an article about a journalist keeps its last sentence.
    """
    marks = [_is_page_furniture(paragraph) for paragraph in paragraphs]
    for index in range(len(paragraphs) - 1, 0, -1):
        if marks[index]:
            continue
        name = _introduced_author(paragraphs[index])
        body = [text for text, mark in zip(paragraphs[:index], marks, strict=False) if not mark]
        if name is None or not body or any(name.split()[-1] in text for text in body):
            break
        marks[index] = True
    return marks


def _is_page_furniture(paragraph: str) -> bool:
    if len(paragraph.split()) > _SHORT:
        return False
    whole = all(_WHOLE.fullmatch(line) for line in paragraph.splitlines())
    return bool(whole or _OPENING.match(paragraph) or _RIGHTS.search(paragraph))


def _introduced_author(paragraph: str) -> str | None:
    match = _BIOGRAPHY.match(paragraph)
    if match is None or len(paragraph.split()) > _SHORT:
        return None
    name = match["name"]
    return name if all(word[0].isupper() for word in name.split()) else None
