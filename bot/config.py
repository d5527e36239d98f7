"""The [discord] part of config.toml, and the settings of the whole program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from retrieval.config import Section, Settings, load_settings_as

Id = Annotated[int, Field(ge=1, lt=1 << 63, strict=True)]
"""One of Discord's ids."""
Whole = Annotated[int, Field(ge=1, le=100_000, strict=True)]


class DiscordSettings(Section):
    """[discord]: how the bot meets Discord. The token itself stands in the environment only."""

    token_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "DISCORD_TOKEN"
    message_content: Annotated[bool, Field(strict=True)] = False
    shards: Annotated[int, Field(ge=0, le=10_000, strict=True)] = 1
    user_questions: Whole = 6
    channel_questions: Whole = 60
    queue: Whole = 100
    requests_per_second: Annotated[int, Field(ge=5, le=10_000, strict=True)] = 45
    retention_days: Annotated[int, Field(ge=1, le=3650, strict=True)] = 30
    admin_guilds: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    admin_roles: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    audit_channel: Annotated[int, Field(ge=0, lt=1 << 63, strict=True)] = 0
    stop_seconds: Annotated[int, Field(ge=1, le=600, strict=True)] = 20


class LogSettings(Section):
    """[log]: what the running bot writes down. `format` "auto" is text on a terminal and JSON otherwise."""

    format: Literal["auto", "text", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"
    file: Annotated[str, Field(pattern=r"^[^\x00]*$")] = ""
    max_mb: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 10
    keep: Annotated[int, Field(ge=1, le=1_000, strict=True)] = 5
    questions: Annotated[bool, Field(strict=True)] = False


class HealthSettings(Section):
    """[health]: where the running bot says how it is; port 0 is nowhere."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535, strict=True)] = 0


class BotSettings(Settings):
    """All settings of the program."""

    discord: DiscordSettings = DiscordSettings()
    log: LogSettings = LogSettings()
    health: HealthSettings = HealthSettings()


def load_bot_settings(
    config: Path | None = None, *, corpus: Path | None = None, data: Path | None = None
) -> BotSettings:
    """Read the settings of the program. Raises ConfigError, as `retrieval.config.load_settings` does."""
    return load_settings_as(BotSettings, config, corpus=corpus, data=data)
