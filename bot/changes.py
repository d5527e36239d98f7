"""Changes of the index as messages: what one would do, how far it is, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot import parts
from bot.desk import Doing, Proposal, Run
from bot.render import AMBER, BLUE, GREEN, GREY
from bot.text import count, fit, name, within
from retrieval.errors import CanaryReport
from retrieval.models import Difference, IndexReport, Phase, Plan

RED = discord.Colour(0xC9483F)

BAR = 20
"""How many signs a bar of progress has."""
LISTED_UNITS = 700
SKIPPED_UNITS = 700
NOTICES_UNITS = 600
TITLE_UNITS = 90
BROKEN_SHOWN = 5
ANSWER_UNITS = 220

_DOING = {
    "update": "Updating the index",
    "rebuild": "Rebuilding the index",
    "add": "Adding to the index",
    "remove": "Removing from the index",
    "rollback": "Going back to an earlier version",
}
_PLANNED = {
    "update": "What an update would change",
    "rebuild": "What a rebuild would change",
    "add": "What would be added",
    "remove": "What would be removed",
    "rollback": "What going back would change",
}
_PHASES = {
    Phase.READING: "Reading articles",
    Phase.COMPARING: "Looking for articles that are there already",
    Phase.EMBEDDING: "Embedding passages",
    Phase.VECTORS: "Storing vectors",
    Phase.LEXICON: "Indexing words",
    Phase.CANARY: "Asking canary questions of both versions",
    Phase.COMMITTING: "Switching to the new version",
    Phase.COMMITTED: "Switched to the new version",
    Phase.SWEEPING: "Clearing away what no version needs",
}

Item = discord.ui.Item[discord.ui.LayoutView]


def planned(proposal: Proposal) -> discord.ui.LayoutView:
    """Return what a change would do, with the buttons to decide on it; without, where it would do nothing."""
    plan = proposal.plan
    heading = _PLANNED[plan.action] if plan.changes_anything else "Nothing would change"
    facts = [f"{plan.unchanged:,} unchanged"] if plan.unchanged else []
    if plan.changes_anything:
        facts.append(f"{count(plan.embed, 'passage')} to embed")
    body: list[Item | None] = [
        parts.text(f"### {heading}"),
        *(
            parts.text(listed)
            for listed in (
                _differences("Added", plan.added),
                _differences("Changed", plan.changed),
                _differences("Removed", plan.removed),
            )
            if listed
        ),
    ]
    if plan.skipped:
        lines = (f"- {fit(one.path, TITLE_UNITS)}: {fit(one.reason, 200)}" for one in plan.skipped)
        body.append(parts.text(within(f"**Skipped** · {count(len(plan.skipped), 'file')}", lines, SKIPPED_UNITS)))
    if plan.notices:
        lines = (f"- {fit(one, 250)}" for one in plan.notices)
        body.append(parts.text(within("**Please note**", lines, NOTICES_UNITS)))
    if facts:
        body += [parts.rule(), parts.text(f"-# {' · '.join(facts)}")]
    buttons = parts.row(parts.confirm(proposal.id), parts.decline(proposal.id)) if plan.changes_anything else None
    return parts.layout(parts.box(BLUE if plan.changes_anything else GREY, body), buttons)


def progress(run: Run) -> discord.ui.LayoutView:
    """Return how far a run is, with the button that stops it."""
    action = run.proposal.plan.action
    share = min(max(run.share, 0.0), 1.0)
    full = round(share * BAR)
    return parts.layout(
        parts.box(
            BLUE,
            [
                parts.text(f"### {_DOING[action]}"),
                parts.text(f"{'▰' * full}{'▱' * (BAR - full)} {share:.0%}\n{_phase(run)}"),
                parts.rule(),
                parts.text(
                    f"-# <@{run.proposal.asker}> · begun <t:{int(run.began)}:R> · the version before answers meanwhile"
                ),
            ],
        ),
        parts.row(parts.stop(run.proposal.id)),
    )


def done(proposal: Proposal, report: IndexReport) -> discord.ui.LayoutView:
    """Return what came of a run."""
    return parts.layout(
        parts.box(
            GREEN,
            [
                parts.text(f"### {_heading_done(report)}"),
                parts.text(_result(report)),
                parts.rule(),
                parts.text(f"-# <@{proposal.asker}>{_why(proposal)} · back with `/index rollback`"),
            ],
        )
    )


def failed(proposal: Proposal, heading: str, sentence: str, *, colour: discord.Colour = AMBER) -> discord.ui.LayoutView:
    """Return that a run did not come to its end, and why; the sentence is the bot's own, and may be marked up."""
    return parts.layout(
        parts.box(
            colour,
            [
                parts.text(f"### {heading}"),
                parts.text(sentence),
                parts.rule(),
                parts.text(f"-# <@{proposal.asker}> · index {proposal.plan.action}{_why(proposal)}"),
            ],
        )
    )


def held(proposal: Proposal, canary: CanaryReport) -> discord.ui.LayoutView:
    """Return which canary questions broke, with the buttons to decide."""
    lead = (
        f"**{len(canary.broken)} of {canary.asked}** canary questions are answered worse by the new version. "
        "The version before still answers."
    )
    body: list[Item | None] = [parts.text("### Held: answers got worse"), parts.text(lead)]
    for one in canary.broken[:BROKEN_SHOWN]:
        said = f"-# **before** {name(one.before, ANSWER_UNITS)}\n-# **now** {name(one.after, ANSWER_UNITS)}"
        body += [parts.gap(), parts.text(f"**{name(one.question, 150)}**\n{said}")]
    if (more := len(canary.broken) - BROKEN_SHOWN) > 0:
        body.append(parts.text(f"-# and {count(more, 'more question')}"))
    body += [parts.rule(), parts.text(f"-# <@{proposal.asker}> · index {proposal.plan.action}{_why(proposal)}")]
    return parts.layout(parts.box(AMBER, body), parts.row(parts.switch_anyway(proposal.id), parts.discard(proposal.id)))


def busy(doing: Doing) -> str:
    """Return the sentence for whoever comes while another change is under way."""
    where = f" [See how it goes]({doing.link})" if doing.link else ""
    return f"<@{doing.asker}> is running an index {doing.what}, begun <t:{int(doing.since)}:R>.{where}"


def told_channel(proposal: Proposal, result: str, colour: discord.Colour) -> discord.ui.LayoutView:
    """Return what the audit channel is told of a change; the result may be marked up."""
    head = f"**Index {proposal.plan.action}** by <@{proposal.asker}>{_why(proposal)}"
    return parts.layout(parts.box(colour, [parts.text(f"{head}\n{result}")]))


def result_line(report: IndexReport) -> str:
    """Return what came of a run on one line."""
    return f"{_heading_done(report)} · {_counts(report)} · {_seconds(report.seconds)}"


def summary(plan: Plan) -> str:
    """Return how much a plan changes, as the audit log has it."""
    return f"{len(plan.added)} added, {len(plan.changed)} changed, {len(plan.removed)} removed"


def _heading_done(report: IndexReport) -> str:
    return f"Version {report.version} answers now" if report.wrote else "Nothing had changed"


def _result(report: IndexReport) -> str:
    lines = [_counts(report)]
    lines.append(
        f"{count(report.articles, 'article')} and {count(report.passages, 'passage')} in all, "
        f"{report.embedded:,} embedded in {_seconds(report.seconds)}"
    )
    if report.skipped:
        lines.append(f"{count(len(report.skipped), 'file')} skipped")
    return "\n".join(lines)


def _counts(report: IndexReport) -> str:
    return f"{len(report.added):,} added, {len(report.changed):,} changed, {len(report.removed):,} removed"


def _why(proposal: Proposal) -> str:
    return f" · “{name(proposal.why, 150)}”" if proposal.why else ""


def _differences(label: str, articles: Sequence[Difference]) -> str:
    if not articles:
        return ""
    lines = (
        f"- {name(one.title, TITLE_UNITS)} · {name(one.article, TITLE_UNITS)} · {count(one.passages, 'passage')}"
        for one in articles
    )
    return within(f"**{label}** · {count(len(articles), 'article')}", lines, LISTED_UNITS)


def _phase(run: Run) -> str:
    at = run.progress
    if run.cancelled:
        return "Stopping"
    if at is None:
        return "Beginning"
    facts = [_PHASES[at.phase]]
    if at.total > 1:
        facts.append(f"{at.done:,} of {at.total:,}")
    if at.phase is Phase.EMBEDDING and (rate := run.rate):
        facts += [f"{rate:,.0f} a second" if rate >= 1 else f"{rate * 60:,.0f} a minute"]
        facts += [f"about {_seconds((at.total - at.done) / rate)} left"]
    return " · ".join(facts)


def _seconds(value: float) -> str:
    if value < 90:
        return f"{max(value, 0.1):.1f} s" if value < 10 else f"{value:.0f} s"
    minutes = value / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
