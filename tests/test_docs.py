"""The documents say what the code has: every command, option, setting and metric, no other, and links that lead."""

from __future__ import annotations

import ast
import asyncio
import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path

import discord
import pytest
from discord import app_commands
from pydantic import BaseModel
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.main import get_command

from bot.cli.app import app
from bot.client import COGS, EmbassyBot
from bot.config import BotSettings
from bot.metrics import Metrics
from bot.state import State
from retrieval.library import Library
from retrieval.prompts import DEFAULTS, placeholders
from tests.conftest import ROOT

README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = {path.name: path for path in (README, *sorted(DOCS.glob("*.md")))}
READERS, MODERATORS, OPERATORS, DEVELOPERS, MODEL = (
    PAGES[f"{name}.md"] for name in ("readers", "moderators", "operators", "developers", "language-model")
)
ADDRESSES = {"/healthz", "/readyz", "/metrics"}
"""What the running bot serves."""
OTHER_OPTIONS = {"--written", "--group"}
"""Of a benchmark, and of uv."""
FRONT_LINES = 90
"""Two screens."""

page = pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# --- Reading the documents

_FENCED = re.compile(r"^ *```.*?\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"(?<=\n\n)(?: {4}\S.*\n(?:\n(?= {4}))*)+")


def prose(text: str) -> str:
    """Return a page without its blocks of code."""
    return _INDENTED.sub("", _FENCED.sub("", text))


def spans(text: str) -> list[str]:
    """Return what a page has in backticks, each on one line."""
    return [" ".join(found.split()) for found in re.findall(r"`([^`]+)`", prose(text))]


def code(text: str) -> list[str]:
    """Return a page's lines of code, and what it has in backticks."""
    blocks = [*_FENCED.findall(text), *_INDENTED.findall(_FENCED.sub("", text))]
    return [*(line.strip() for block in blocks for line in block.splitlines()), *spans(text)]


def rows(path: Path, heading: str = "") -> Iterator[list[str]]:
    """Yield the cells of each row of a page's tables, or of those below one heading."""
    text = text_of(path)
    if heading:
        _, found, text = text.partition(f"\n{heading}\n")
        assert found, f"{path.name} has no heading {heading}"
        text = re.split(r"^#", text, maxsplit=1, flags=re.MULTILINE)[0]
    for line in re.findall(r"^\|(.+)\|$", text, re.MULTILINE):
        cells = [cell.strip() for cell in line.split("|")]
        if not set(line) <= set("|-: "):
            yield cells


def in_backticks(cell: str) -> str:
    """Return what a cell has in its first backticks."""
    found = re.match(r"`([^`]*)`", cell)
    assert found, f"no code in {cell!r}"
    return found[1]


# --- The command line

Command = TyperCommand | TyperGroup


def commands() -> dict[str, Command]:
    """Return every command by its name; the one that has the others has none."""

    def walk(name: str, command: object) -> Iterator[tuple[str, Command]]:
        assert isinstance(command, Command)
        yield name, command
        for inner, one in command.commands.items() if isinstance(command, TyperGroup) else ():
            yield from walk(f"{name} {inner}".strip(), one)

    return dict(walk("", get_command(app)))


COMMANDS = commands()


def usage(name: str) -> str:
    """Return a command as it is typed, with what it takes."""
    found = [one for one in COMMANDS[name].params if isinstance(one, TyperArgument)]
    taken = [(one, (one.metavar or "").strip("[]")) for one in found]
    return " ".join(["embassy-bot", *name.split(), *(shown if one.required else f"[{shown}]" for one, shown in taken)])


def options(name: str) -> set[str]:
    """Return the options of a command; of a switch, the one that changes what it is without."""
    found = [one for one in COMMANDS[name].params if one.param_type_name == "option"]
    return {
        option
        for one in found
        for option in (one.secondary_opts if one.default is True else one.opts)
        if "--" in option
    }


def known_options(name: str) -> set[str]:
    """Return everything that may be typed as an option of a command."""
    return {"--help", *(option for one in COMMANDS[name].params for option in (*one.opts, *one.secondary_opts))}


def documented_commands() -> dict[str, set[str]]:
    """Return each command of the operators' table as it is typed, with the options named beside it."""
    table = [cells for cells in rows(OPERATORS, "## Commands") if cells[0] != "command"]
    return {in_backticks(cells[0]): set(re.findall(r"`(--[a-z-]+)`", cells[2])) for cells in table}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_with_its_options(name: str) -> None:
    assert documented_commands().get(usage(name)) == options(name)


def test_no_command_is_documented_that_there_is_not() -> None:
    assert set(documented_commands()) == {usage(name) for name in COMMANDS}


def invocations(line: str) -> Iterator[list[str]]:
    """Yield what follows `embassy-bot` wherever a line of code runs it."""
    for found in re.finditer(r"(?:^|\buv run |\bexec embassy-bot |\bexec bot |&& |\| )embassy-bot(?= |$)", line):
        rest = re.split(r" (?:#|&&|\||<)", line[found.end() :])[0]
        yield shlex.split(rest.replace("“", '"').replace("”", '"'))


def wrong_in(words: list[str]) -> str:
    """Return what is wrong with an invocation; empty where nothing is."""
    name, left = "", list(words)
    while left:
        word = left.pop(0)
        known = known_options(name)
        if word.startswith("--"):
            if word.partition("=")[0] not in known:
                return f"`embassy-bot {name}` has no {word}"
            if not name and left:
                left.pop(0)
        elif f"{name} {word}".strip() in COMMANDS:
            name = f"{name} {word}".strip()
        elif word != "…" and isinstance(COMMANDS[name], TyperGroup):
            return f"there is no `embassy-bot {name} {word}`"
    return ""


@page
def test_every_command_that_a_page_runs_is_there(path: Path) -> None:
    assert [wrong for line in code(text_of(path)) for words in invocations(line) if (wrong := wrong_in(words))] == []


@page
def test_a_page_names_no_option_that_there_is_not(path: Path) -> None:
    named = {span.split()[0] for span in spans(text_of(path)) if span.startswith("--")}

    assert named <= {option for name in COMMANDS for option in known_options(name)} | OTHER_OPTIONS


@pytest.mark.parametrize(
    "line",
    [
        "embassy-bot aks QUESTION",
        "pip install uv && uv run embassy-bot --corpse FOLDER ask x",
        "embassy-bot index mvoe --to server",
        "embassy-bot index move --too server",
        "docker exec embassy-bot embassy-bot updtae",
    ],
)
def test_a_command_that_is_not_there_is_caught(line: str) -> None:
    assert [wrong for words in invocations(line) if (wrong := wrong_in(words))] != []


# --- Discord


@cache
def discord_commands() -> dict[str, set[str]]:
    """Return every command of the bot as it is documented, with its options; those of a message are in italics."""

    async def collect() -> dict[str, set[str]]:
        settings = BotSettings.model_validate({"discord": {"admin_guilds": [1]}})
        with State(None) as state, Library(settings) as library:
            async with EmbassyBot(settings, library, state) as bot:
                for cog in COGS:
                    await bot.add_cog(cog(bot))
                return dict(_named([*bot.tree.get_commands(), *bot.tree.get_commands(guild=discord.Object(1))]))

    return asyncio.run(collect())


def _named(found: Iterable[object]) -> Iterator[tuple[str, set[str]]]:
    for one in found:
        if isinstance(one, app_commands.ContextMenu):
            yield f"*{one.name}*", set()
        elif isinstance(one, app_commands.Group):
            yield from _named(one.commands)
        else:
            assert isinstance(one, app_commands.Command)
            yield f"/{one.qualified_name}", {_unnumbered(option.display_name) for option in one.parameters}


def _unnumbered(option: str) -> str:
    """Return the name of an option that may be given several times, which Discord numbers."""
    return option.rstrip("0123456789")


def documented_discord_commands() -> dict[str, set[str]]:
    """Return the commands of the readers' and the moderators' tables, with the options named in the last cell."""
    found: dict[str, set[str]] = {}
    for path in (READERS, MODERATORS):
        for cells in rows(path):
            if (name := re.match(r"(?:`(/[a-z -]+)`|(\*[^*]+\*))", cells[0])) and len(cells) > 2:
                found[name[1] or name[2]] = {_unnumbered(option) for option in re.findall(r"`([a-z0-9]+)`", cells[-1])}
    return found


def test_every_command_of_the_bot_is_documented_with_its_options_and_no_other() -> None:
    assert documented_discord_commands() == discord_commands()


def test_the_first_hour_tells_how_many_commands_discord_is_told_of() -> None:
    everywhere = {name for name in discord_commands() if not name.startswith("/index ")}
    said = re.search(r"`told Discord of (\d+) commands`", text_of(DOCS / "first-server.md"))

    assert said is not None
    assert int(said[1]) == len(everywhere)


@page
def test_a_page_names_no_command_of_the_bot_that_there_is_not(path: Path) -> None:
    named = {found[0] for span in spans(text_of(path)) if (found := re.match(r"/[a-z-]+(?![\w/.])", span))}
    groups = {name.split()[0] for name in discord_commands()}

    assert named - ADDRESSES <= groups


# --- Settings


def tables(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield every table of the config file with its model."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield f"{prefix}{name}", field.annotation
            yield from tables(field.annotation, f"{prefix}{name}.")


TABLES = dict(tables(BotSettings))


def settings_of(table: str) -> dict[str, object]:
    """Return the keys of a table with their defaults, as TOML has them."""
    defaults: object = BotSettings().model_dump(mode="json")
    for part in table.split("."):
        assert isinstance(defaults, dict)
        defaults = defaults[part]
    assert isinstance(defaults, dict)
    return {key: value for key, value in defaults.items() if not isinstance(value, dict)}


def documented_settings(table: str) -> list[list[str]]:
    return [cells for cells in rows(OPERATORS, f"### `[{table}]`") if cells[0] != "key"]


@pytest.mark.parametrize("table", TABLES)
def test_every_setting_is_documented_and_no_other(table: str) -> None:
    assert [in_backticks(cells[0]) for cells in documented_settings(table)] == list(_in_example(table))


@pytest.mark.parametrize("table", [name for name in TABLES if name != "llm.prompts"])
def test_every_default_is_documented_as_it_is(table: str) -> None:
    said = {in_backticks(cells[0]): in_backticks(cells[2]) for cells in documented_settings(table)}

    assert {key: tomllib.loads(f"value = {value}")["value"] for key, value in said.items()} == settings_of(table)


def test_no_table_of_settings_is_documented_that_there_is_not() -> None:
    assert set(re.findall(r"^### `\[(.+)\]`$", text_of(OPERATORS), re.MULTILINE)) == set(TABLES)


def _in_example(table: str) -> dict[str, object]:
    """Return the keys of a table in the order of config.example.toml, which has them all."""
    found = tomllib.loads(text_of(ROOT / "config.example.toml"))
    for part in table.split("."):
        found = found[part]
    return {key: value for key, value in found.items() if not isinstance(value, dict)}


@page
def test_a_page_names_no_setting_that_there_is_not(path: Path) -> None:
    named = [found for span in spans(text_of(path)) for found in re.findall(r"^\[([a-z.]+)\](?: ([a-z_]+))?", span)]

    for table, key in named:
        assert table in TABLES
        assert not key or key in settings_of(table)


@pytest.mark.parametrize("prompt", DEFAULTS)
def test_what_is_put_in_for_a_prompt_s_names_is_documented(prompt: str) -> None:
    said = {in_backticks(cells[0]): set(re.findall(r"\{(\w+)\}", cells[1])) for cells in rows(MODEL, "## The prompts")
            if cells[0] != "prompt"}  # fmt: skip

    assert said[prompt] == placeholders(DEFAULTS[prompt])


# --- Metrics and benchmarks


def test_every_metric_is_documented_and_no_other() -> None:
    found = {f"{one.name}_total" if one.type == "counter" else one.name for one in Metrics().registry.collect()}

    assert {name for name in spans(text_of(OPERATORS)) if name.startswith("embassy_bot_")} == found


def test_every_benchmark_is_documented_and_no_other() -> None:
    run_by_hand = {
        found
        for path in (ROOT / "benchmarks").glob("*.py")
        for found in re.findall(r"^    uv run .*python -m (benchmarks\.\w+)", text_of(path), re.MULTILINE)
    }

    said = [in_backticks(cells[0]) for cells in rows(DEVELOPERS, "## Benchmarks") if cells[0] != "module"]

    assert sorted(said) == sorted(run_by_hand)


def test_every_folder_of_the_engine_is_documented() -> None:
    folders = {path.parent.name for path in (ROOT / "retrieval").glob("*/__init__.py")}

    assert {f"{name}/" for name in folders} <= set(spans(text_of(DEVELOPERS)))


@page
def test_every_file_of_the_project_that_a_page_names_is_there(path: Path) -> None:
    folders = "bot|retrieval|tests|deploy|benchmarks|docs|seeds"
    named = {span for span in spans(text_of(path)) if re.fullmatch(rf"(?:{folders})/[\w/.-]*", span)}

    assert [name for name in named if not (ROOT / name).exists()] == []


# --- JSON


def shape(function: str) -> set[str]:
    """Return the keys of the object that a function of `bot/cli/shapes.py` makes."""
    tree = ast.parse(text_of(ROOT / "bot" / "cli" / "shapes.py"))
    (made,) = (one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == function)
    returned = made.body[-1]
    assert isinstance(returned, ast.Return)
    assert isinstance(returned.value, ast.Dict)
    keys: set[str] = set()
    for key, value in zip(returned.value.keys, returned.value.values, strict=True):
        if key is None:
            keys |= shape(ast.unparse(value).partition("(")[0])
        else:
            keys.add(ast.literal_eval(key))
    return keys


@pytest.mark.parametrize(
    ("command", "function"),
    [
        ("`ask`", "answer"),
        ("`timeline`", "timeline"),
        ("`source`", "article"),
        ("`verify`", "verification"),
        ("`index`", "report"),
        ("the same", "plan"),
    ],
)
def test_the_keys_of_a_command_s_json_are_documented(command: str, function: str) -> None:
    (cells,) = (cells for cells in rows(DEVELOPERS, "## JSON") if cells[0].startswith(command))

    assert set(re.findall(r"`(\w+)`", cells[1])) == shape(function)


# --- Links, and how much a newcomer is to read


def links(path: Path) -> list[str]:
    """Return where a page's links and pictures lead."""
    text = prose(text_of(path))
    return [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r'(?:src|href)="([^"]+)"', text)]


def anchors(path: Path) -> set[str]:
    """Return the names by which the headings of a page are linked to, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(text_of(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@page
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in links(path):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.is_file(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(target), link


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {link.partition("#")[0] for link in links(README)}

    assert {f"docs/{path.name}" for path in PAGES.values() if path != README} <= linked


def test_the_readme_is_two_screens_long_and_begins_with_its_pictures() -> None:
    lines = text_of(README).splitlines()
    head = "\n".join(takewhile(lambda line: not line.startswith("    "), lines))

    assert len(lines) <= FRONT_LINES
    assert max(map(len, lines)) <= 130
    assert re.findall(r"docs/[\w-]+\.png", head) == ["docs/answer.png", "docs/citation.png", "docs/not-found.png"]


def test_the_commands_that_a_newcomer_types_stand_on_lines_of_their_own() -> None:
    typed = [line.strip() for line in text_of(README).splitlines() if line.startswith("    pip install uv && ")]

    assert len(typed) == 2
    assert typed[0].startswith("pip install uv && uv run embassy-bot ask ")
    assert typed[1] == "pip install uv && uv run pytest"
