"""Imports go downwards only, and what a command does not need it does not load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

FOLDERS = ("writing", "verification", "answer", "search", "index", "embedding", "corpus")
"""The folders of `retrieval`; each imports only itself and those after it."""

GROUND = {
    "models": frozenset[str](),
    "errors": frozenset[str](),
    "prompts": frozenset[str](),
    "weights": frozenset[str](),
    "config": frozenset({"errors", "prompts"}),
}
"""The modules that every folder may import, each with those that it may import itself."""

FACE = frozenset({"library", "evaluation", "doctor", "mixing", "shelf", "live", "engine", "canary"})
"""The modules above all folders: they import anything in `retrieval`, and no folder imports them."""

PUBLIC = frozenset({"library", "models", "errors", "config", "evaluation", "doctor"})
"""What `bot` may import of `retrieval`."""

DISCORD_PARTS = frozenset(
    {
        *("run", "preview", "client", "cogs", "views", "parts", "render", "reading", "asking", "followups", "sending"),
        *("errors", "limits", "permissions", "admins", "changes", "change_buttons", "ledger", "managing", "orders"),
        "uploads",
        "writing",
        "reports",
        "claims",
        "timelines",
        "telling",
    }
)
"""The modules and folders of `bot` that may import discord."""

ENGINES = frozenset({"llama_index", "chromadb", "tantivy", "onnxruntime", "spacy"})
"""What only `retrieval` imports, and only to index or to answer: it takes long to load."""


def modules() -> Iterator[tuple[str, str]]:
    """Yield the name and the source of every module of the program."""
    for package in ("bot", "retrieval"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield name_of(path), path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_package(name: str) -> bool:
    return (ROOT / name.replace(".", "/")).is_dir()


def is_module(name: str) -> bool:
    return (ROOT / f"{name.replace('.', '/')}.py").exists() or is_package(name)


def imports(name: str, source: str) -> Iterator[str]:
    """Yield every module that a module imports: at its head, in functions, for types only, and by `import_module`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(name, node)
            for alias in node.names:
                # What is taken from a package may be a module of it.
                inner = f"{base}.{alias.name}"
                yield inner if is_module(inner) else base
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "import_module"):
            yield from (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def absolute(name: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = name.split(".") if is_package(name) else name.split(".")[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def upward(name: str, source: str) -> list[str]:
    """Return the imports of a module that its place does not allow, as `importer -> imported`."""
    allowed = allowed_in_bot if name.split(".")[0] == "bot" else allowed_in_retrieval
    return [f"{name} -> {imported}" for imported in imports(name, source) if not allowed(name, imported)]


def allowed_in_bot(name: str, imported: str) -> bool:
    top, *rest = imported.split(".")
    if top == "discord":
        return not DISCORD_PARTS.isdisjoint(name.split(".")[1:])
    if top == "retrieval":
        return len(rest) == 1 and rest[0] in PUBLIC
    return top not in ENGINES


def allowed_in_retrieval(name: str, imported: str) -> bool:
    top, *rest = imported.split(".")
    if top in ("bot", "discord", "tests", "benchmarks"):
        return False
    place = name.split(".")[1] if "." in name else ""
    if top != "retrieval":
        return True
    if place in FACE:
        return True
    if not rest or place == "":
        return False
    if place in GROUND:
        return rest[0] in GROUND[place]
    if rest[0] in FOLDERS:
        return FOLDERS.index(rest[0]) >= FOLDERS.index(place)
    return rest[0] in GROUND


@pytest.mark.parametrize(("name", "source"), [pytest.param(*module, id=module[0]) for module in modules()])
def test_a_module_imports_downwards_only(name: str, source: str) -> None:
    assert upward(name, source) == []


def test_every_part_of_retrieval_has_its_place() -> None:
    parts = {name.split(".")[1] for name, _ in modules() if name.startswith("retrieval.")}

    assert parts == {*FOLDERS, *GROUND, *FACE}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("retrieval.corpus.files", "from retrieval.index.catalog import Catalog"),
        ("retrieval.corpus.files", "import retrieval.index.catalog"),
        ("retrieval.corpus.files", "from retrieval.index import catalog"),
        ("retrieval.corpus.files", "from retrieval import library"),
        ("retrieval.corpus.files", "from ..index.catalog import Catalog"),
        ("retrieval.corpus.files", "def late():\n    from retrieval.answer import answering"),
        ("retrieval.embedding.minilm", "if TYPE_CHECKING:\n    from retrieval.search.hybrid import HybridRetriever"),
        ("retrieval.index.catalog", "importlib.import_module('retrieval.search.hybrid')"),
        ("retrieval.index.catalog", "from retrieval.evaluation import measure"),
        ("retrieval.index.catalog", "from bot.cli.app import app"),
        ("retrieval.library", "import discord"),
        ("retrieval.models", "from retrieval.errors import EmbassyError"),
        ("retrieval.errors", "from . import models"),
        ("retrieval.config", "from retrieval.models import Span"),
        ("bot.cli.app", "from retrieval.index.catalog import Catalog"),
        ("bot.cli.app", "from retrieval import mixing"),
        ("bot.cli.app", "import retrieval"),
        ("bot.cli.app", "import chromadb.config"),
        ("bot.cli.app", "from llama_index.core import schema"),
        ("bot.cli.app", "import tantivy"),
        ("bot.cli.app", "import discord"),
    ],
)
def test_an_upward_import_is_caught(name: str, source: str) -> None:
    assert len(upward(name, source)) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("retrieval.answer.answering", "from retrieval.corpus.files import scan\nfrom . import extraction"),
        ("retrieval.index.vectors", "import chromadb\nfrom retrieval.config import Settings"),
        ("retrieval.library", "from retrieval.mixing import mix\nfrom retrieval.answer import answering"),
        ("retrieval.config", "from retrieval.errors import ConfigError"),
        ("bot.cli.app", "import typer\nfrom bot.cli import show\nfrom retrieval.doctor import examine"),
        ("bot.client", "import discord"),
    ],
)
def test_a_downward_import_is_let_through(name: str, source: str) -> None:
    assert upward(name, source) == []


@pytest.mark.parametrize("limit", ["MAX_DAY", "MAX_QUESTION"])
def test_what_may_be_typed_is_limited_in_one_place(limit: str) -> None:
    assert sum(source.count(f"\n{limit} = ") for _, source in modules()) == 1


def loaded_by(*arguments: str) -> set[str]:
    """Run Python with these arguments, and return the packages that it loaded."""
    command = [sys.executable, "-X", "importtime", *arguments]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    lines = [line for line in child.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().split(".")[0] for line in lines}


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("-m", "bot", "sources", "--help"), id="the help of a command"),
        pytest.param(("-c", "import bot.cli.app"), id="the command line"),
        pytest.param(("-c", "import retrieval.library"), id="the library"),
    ],
)
def test_what_does_not_search_loads_no_engine_and_no_discord(arguments: tuple[str, ...]) -> None:
    loaded = loaded_by(*arguments)

    assert "retrieval" in loaded
    assert loaded.isdisjoint(ENGINES | {"discord", "simcord"})
