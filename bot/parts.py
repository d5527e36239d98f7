"""The buttons, and the custom ids by which they find their answer again. Pure.

A custom id is `eb:KIND:...` with ids in base 36. Discord keeps it with the message, so that a button works for as long
as what it names is kept, whichever process sent it.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.catalogue import key_of

DIGITS = string.digits + string.ascii_lowercase
LONGEST_URL = 512
LABEL_UNITS = 80

ID = "[0-9a-z]{1,13}"
KEY = "[0-9a-f]{16}"
NUMBER = "[0-9]{1,6}"

CITATION = f"eb:cite:(?P<answer>{ID}):(?P<number>{NUMBER})"
CITATION_AT = f"eb:at:(?P<answer>{ID}):(?P<number>{NUMBER}):(?P<paragraph>{NUMBER})"
COPY = f"eb:copy:(?P<answer>{ID}):(?P<number>{NUMBER})"
MORE = f"eb:more:(?P<answer>{ID}):(?P<page>{NUMBER})"
MORE_AT = f"eb:page:(?P<answer>{ID}):(?P<page>{NUMBER})"
VOTE = f"eb:vote:(?P<answer>{ID}):(?P<good>[01])"
TELL_ME = f"eb:tell:(?P<answer>{ID})"
FOLLOW_UP = f"eb:next:(?P<answer>{ID})"
ARTICLE_AT = f"eb:read:(?P<article>{KEY}):(?P<paragraph>{NUMBER})"
SOURCES_AT = f"eb:list:(?P<page>{NUMBER})"
EXAMPLE = f"eb:try:(?P<number>{NUMBER})"
FORGET = "eb:forget"
DECIDE = "eb:plan:(?P<plan>[0-9a-f]{12}):(?P<decision>go|no|force|drop)"
STOP = "eb:stop:(?P<plan>[0-9a-f]{12})"


def base36(number: int) -> str:
    """Return a number in as few digits and letters as it takes."""
    shown = ""
    while True:
        number, rest = divmod(number, 36)
        shown = DIGITS[rest] + shown
        if not number:
            return shown


@dataclass(frozen=True, slots=True)
class Press:
    """A button as it will be shown: its custom id, its label, and whether it can be pressed."""

    id: str
    label: str | None = None
    emoji: str | None = None
    style: discord.ButtonStyle = discord.ButtonStyle.secondary
    disabled: bool = False

    def button(self) -> discord.ui.Button[discord.ui.LayoutView]:
        """Return it as a component."""
        return discord.ui.Button(
            custom_id=self.id, label=self.label, emoji=self.emoji, style=self.style, disabled=self.disabled
        )


def citation(answer: int, number: int, label: str = "Read in context") -> Press:
    """Return the button that opens a citation."""
    return Press(f"eb:cite:{base36(answer)}:{number}", label)


def citation_page(answer: int, number: int, paragraph: int, label: str, *, disabled: bool) -> Press:
    """Return the button that turns an opened citation to other paragraphs."""
    # A disabled button needs an id of its own beside the others of the message.
    return Press(f"eb:at:{base36(answer)}:{number}:{paragraph}", label, disabled=disabled)


def copy(answer: int, number: int) -> Press:
    """Return the button that gives a citation as text to copy."""
    return Press(f"eb:copy:{base36(answer)}:{number}", "Copy citation")


def more(answer: int) -> Press:
    """Return the button that shows the passages behind an answer."""
    return Press(f"eb:more:{base36(answer)}:0", "More passages")


def more_page(answer: int, page: int, label: str, *, disabled: bool) -> Press:
    """Return the button that turns the passages' pages."""
    return Press(f"eb:page:{base36(answer)}:{page}", label, disabled=disabled)


def follow_up(answer: int) -> Press:
    """Return the button that opens the form for a follow-up."""
    return Press(f"eb:next:{base36(answer)}", "Follow up", style=discord.ButtonStyle.primary)


def vote(answer: int, good: bool) -> Press:
    """Return a thumb."""
    return Press(f"eb:vote:{base36(answer)}:{int(good)}", emoji="👍" if good else "👎")


def tell_me(answer: int) -> Press:
    """Return the button by which one is told once the articles answer."""
    return Press(f"eb:tell:{base36(answer)}", "Tell me when they do", emoji="🔔")


def article_page(article: str, paragraph: int, label: str, *, disabled: bool = False) -> Press:
    """Return the button that opens an article at a paragraph."""
    return Press(f"eb:read:{key_of(article)}:{paragraph}", label, disabled=disabled)


def sources_page(page: int, label: str, *, disabled: bool) -> Press:
    """Return the button that turns the list of articles."""
    return Press(f"eb:list:{page}", label, disabled=disabled)


def example(number: int, question: str) -> Press:
    """Return the button that asks an example question."""
    shown = question if len(question) <= LABEL_UNITS else question[: LABEL_UNITS - 1].rsplit(" ", 1)[0] + "…"
    return Press(f"eb:try:{number}", shown)


def forget() -> Press:
    """Return the button that deletes all that is kept of whoever presses it."""
    return Press(FORGET, "Delete all of it", style=discord.ButtonStyle.danger)


def confirm(plan: str) -> Press:
    """Return the button that has a change of the index carried out."""
    return Press(f"eb:plan:{plan}:go", "Confirm", style=discord.ButtonStyle.success)


def decline(plan: str) -> Press:
    """Return the button that gives a change up before it is carried out."""
    return Press(f"eb:plan:{plan}:no", "Cancel")


def switch_anyway(plan: str) -> Press:
    """Return the button that carries a change out although canary questions broke."""
    return Press(f"eb:plan:{plan}:force", "Switch anyway", style=discord.ButtonStyle.danger)


def discard(plan: str) -> Press:
    """Return the button that gives up a change of which canary questions broke."""
    return Press(f"eb:plan:{plan}:drop", "Discard")


def stop(plan: str) -> Press:
    """Return the button that has a change stop while it is carried out."""
    return Press(f"eb:stop:{plan}", "Cancel", style=discord.ButtonStyle.danger)


def link(url: str | None, label: str) -> discord.ui.Button[discord.ui.LayoutView] | None:
    """Return a button that leads to an address, where there is one that Discord takes."""
    if not url or not url.startswith(("http://", "https://")) or len(url) > LONGEST_URL or not url.isprintable():
        return None
    return None if " " in url else discord.ui.Button(url=url, label=label)


def row(
    *buttons: Press | discord.ui.Button[discord.ui.LayoutView] | None,
) -> discord.ui.ActionRow[discord.ui.LayoutView]:
    """Return buttons side by side; at most five."""
    shown = [one.button() if isinstance(one, Press) else one for one in buttons if one is not None]
    return discord.ui.ActionRow(*shown)


def layout(*items: discord.ui.Item[discord.ui.LayoutView] | None) -> discord.ui.LayoutView:
    """Return the items as a message.

    It is stopped at once: presses are matched by their custom ids, so discord.py has to keep nothing of a message.
    """
    view = discord.ui.LayoutView(timeout=None)
    for item in items:
        if item is not None:
            view.add_item(item)
    view.stop()
    return view


def box(
    colour: discord.Colour, items: Sequence[discord.ui.Item[discord.ui.LayoutView] | None]
) -> discord.ui.Container[discord.ui.LayoutView]:
    """Return the items framed, with a bar of a colour."""
    return discord.ui.Container(*[item for item in items if item is not None], accent_colour=colour)


def text(content: str) -> discord.ui.TextDisplay[discord.ui.LayoutView]:
    """Return a text."""
    return discord.ui.TextDisplay(content)


def rule() -> discord.ui.Separator[discord.ui.LayoutView]:
    """Return a line."""
    return discord.ui.Separator()


def gap() -> discord.ui.Separator[discord.ui.LayoutView]:
    """Return room between two texts, without a line."""
    return discord.ui.Separator(visible=False)
