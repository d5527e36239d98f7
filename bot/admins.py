"""Who may change the index: the application's owners anywhere, and admins in the servers that config names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.errors import Told

if TYPE_CHECKING:
    from bot.asking import Interaction
    from bot.client import EmbassyBot

OWNING_ROLES = frozenset({discord.TeamMemberRole.admin, discord.TeamMemberRole.developer})

Person = discord.User | discord.Member


def is_owner(bot: EmbassyBot, person: Person) -> bool:
    """Say whether the application is a person's own, or their team's in which they may change it."""
    if (application := bot.application) is None:
        return False
    if (team := application.team) is None:
        return person.id == application.owner.id
    return person.id == team.owner_id or any(one.id == person.id and one.role in OWNING_ROLES for one in team.members)


def is_admin(interaction: Interaction) -> bool:
    """Say whether whoever acts may change the index here."""
    bot, person = interaction.client, interaction.user
    if is_owner(bot, person):
        return True
    settings = bot.settings.discord
    if interaction.guild_id not in settings.admin_guilds or not isinstance(person, discord.Member):
        return False
    return interaction.permissions.manage_guild or any(one.id in settings.admin_roles for one in person.roles)


def require_admin(interaction: Interaction) -> None:
    """Raise Told where whoever acts may not change the index here."""
    if not is_admin(interaction):
        raise Told("Only those who manage this server, or hold a role that my config names, can change the index.")
