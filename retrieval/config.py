"""The settings: what they are, their bounds, and how config.toml is read. Everything is optional."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from retrieval import prompts
from retrieval.errors import ConfigError

CONFIG_FILE = "config.toml"
CONFIG_VARIABLE = "EMBASSY_BOT_CONFIG"
OTHER_TABLES = frozenset({"discord", "log", "health"})
"""Tables of the same file that a part above the engine reads; without that part they are left alone."""


class Section(BaseModel):
    """A table of config.toml: frozen, and refusing keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _without_null(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("a path has no null characters")
    return path


FilePath = Annotated[Path, AfterValidator(_without_null)]


class CorpusSettings(Section):
    """[corpus]: where the articles are."""

    path: FilePath = Path("seeds")
    max_file_mb: Annotated[float, Field(gt=0, le=1000, strict=True)] = 5.0

    @property
    def max_bytes(self) -> int:
        """The size of the largest file that is read, in bytes."""
        return int(self.max_file_mb * 1_000_000)


class DataSettings(Section):
    """[data]: where the index is kept, and how many of its versions."""

    path: FilePath = Path("data")
    keep_versions: Annotated[int, Field(ge=1, le=100, strict=True)] = 10
    keep_days: Annotated[int, Field(ge=0, le=10_000, strict=True)] = 0


class EmbeddingSettings(Section):
    """[embedding]: the model that turns text into vectors."""

    provider: Literal["minilm", "huggingface", "openai-like", "ollama"] = "minilm"
    model: str = ""
    base_url: str = ""
    api_key_env: str = "EMBEDDING_API_KEY"
    threads: Annotated[int, Field(ge=0, le=256, strict=True)] = 0
    cache: Annotated[str, Field(pattern=r"^[^\x00]*$")] = ""


class ChromaSettings(Section):
    """[chroma]: where the vectors are: inside the program, on a Chroma server, or in Chroma Cloud.

    A `url` without a `mode` means a server. `timeout_s` bounds what a question waits for one request; `patience_s` is
    how long an index run waits for a server that does not answer.
    """

    mode: Literal["embedded", "server", "cloud"] = "embedded"
    url: Annotated[str, Field(validate_default=True)] = ""
    tenant: str = ""
    database: str = ""
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "CHROMA_API_KEY"
    timeout_s: Annotated[float, Field(gt=0, le=600, strict=True)] = 5.0
    patience_s: Annotated[float, Field(ge=0, le=86_400, strict=True)] = 300.0

    @property
    def is_embedded(self) -> bool:
        """Whether Chroma runs inside the program, in the data folder."""
        return self.mode == "embedded"

    @property
    def place(self) -> str:
        """The server's address, as it is told to a person."""
        return "Chroma Cloud" if self.mode == "cloud" else self.url

    @model_validator(mode="before")
    @classmethod
    def _url_means_server(cls, values: object) -> object:
        if isinstance(values, dict) and values.get("url") and "mode" not in values:
            return {**values, "mode": "server"}
        return values

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: str, info: ValidationInfo) -> str:
        try:
            parts = urlsplit(url)
            named = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            named = named and not re.search(r"[\s\x00-\x20@]|:$", parts.netloc)
        except ValueError:
            named = False
        if url and not (named and url.rstrip("/") == f"{parts.scheme}://{parts.netloc}"):
            raise ValueError("this should be an address as http://127.0.0.1:8000")
        mode = info.data.get("mode")
        if mode == "server" and not url:
            raise ValueError('mode = "server" needs the address of one, as http://127.0.0.1:8000')
        if mode in ("embedded", "cloud") and url:
            raise ValueError(f'mode = "{mode}" has no address; write mode = "server" for this one, or url = ""')
        return url.rstrip("/")


class CanarySettings(Section):
    """[canary]: what a new version must still answer before it is switched to."""

    questions: tuple[Annotated[str, Field(min_length=1, max_length=2_000)], ...] = ()
    drawn: Annotated[int, Field(ge=0, le=100, strict=True)] = 8
    keep: Annotated[float, Field(ge=0, le=1, strict=True)] = 0.8


class PromptSettings(Section):
    """[llm.prompts]: what the language model is told; each replaces one of `retrieval/prompts.py`."""

    answer_system: str = prompts.ANSWER_SYSTEM
    answer: str = prompts.ANSWER
    passage: str = prompts.PASSAGE
    follow_up_system: str = prompts.FOLLOW_UP_SYSTEM
    follow_up: str = prompts.FOLLOW_UP
    turn: str = prompts.TURN
    claims_system: str = prompts.CLAIMS_SYSTEM
    claims: str = prompts.CLAIMS

    @field_validator("*")
    @classmethod
    def _has_its_placeholders(cls, prompt: str, info: ValidationInfo) -> str:
        assert info.field_name is not None
        prompts.check(info.field_name, prompt)
        return prompt


class LlmSettings(Section):
    """[llm]: the language model that writes answers; without one, answers are the articles' own sentences.

    `timeout_s` bounds a whole answer of the model. The prices are of a million tokens, in whatever currency
    `daily_cost` is; 0 is no limit.
    """

    provider: Literal["none", "openai-like", "openai", "anthropic", "ollama"] = "none"
    model: str = ""
    base_url: str = ""
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "LLM_API_KEY"
    timeout_s: Annotated[float, Field(gt=0, le=600, strict=True)] = 20.0
    retries: Annotated[int, Field(ge=0, le=10, strict=True)] = 1
    max_tokens: Annotated[int, Field(ge=16, le=8_192, strict=True)] = 300
    at_once: Annotated[int, Field(ge=1, le=64, strict=True)] = 4
    daily_tokens: Annotated[int, Field(ge=0, strict=True)] = 0
    input_price: Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)] = 0.0
    output_price: Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)] = 0.0
    daily_cost: Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)] = 0.0
    prompts: PromptSettings = PromptSettings()

    @property
    def is_on(self) -> bool:
        """Whether there is a language model."""
        return self.provider != "none"

    @field_validator("daily_cost")
    @classmethod
    def _has_prices(cls, cost: float, info: ValidationInfo) -> float:
        if cost and not (info.data.get("input_price") or info.data.get("output_price")):
            raise ValueError("it needs input_price and output_price, what a million tokens cost")
        return cost


def moved_to(chroma: ChromaSettings, mode: str, url: str = "") -> ChromaSettings:
    """Return the same settings for vectors in another place. Raises ConfigError where that cannot be told."""
    if mode == "cloud" and chroma.mode != "cloud":
        raise ConfigError('Chroma Cloud has to be set up in config.toml first: [chroma] mode = "cloud".')
    if mode == "server" and not (url or chroma.url):
        raise ConfigError("Name the server: --url http://127.0.0.1:8000, or as [chroma] url in config.toml.")
    named = (url or chroma.url) if mode == "server" else ""
    try:
        return ChromaSettings.model_validate({**chroma.model_dump(), "mode": mode, "url": named})
    except ValidationError as error:
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ConfigError(f"The address {named!r} does not hold: {said}.") from error


class Settings(Section):
    """All settings of the engine. Paths are absolute once loaded."""

    corpus: CorpusSettings = CorpusSettings()
    data: DataSettings = DataSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    chroma: ChromaSettings = ChromaSettings()
    canary: CanarySettings = CanarySettings()
    llm: LlmSettings = LlmSettings()


Model = TypeVar("Model", bound=Settings)


def load_settings(config: Path | None = None, *, corpus: Path | None = None, data: Path | None = None) -> Settings:
    """Read the settings of the engine, as `load_settings_as` does."""
    return load_settings_as(Settings, config, corpus=corpus, data=data)


def load_settings_as(
    model: type[Model], config: Path | None = None, *, corpus: Path | None = None, data: Path | None = None
) -> Model:
    """Read the settings from `config`, else $EMBASSY_BOT_CONFIG, else ./config.toml if there is one.

    Relative paths in the file count from the file's folder; `corpus` and `data` come before it and count from the
    working folder. Raises ConfigError, naming the key and the nearest known one.
    """
    path = config or (Path(named) if (named := os.environ.get(CONFIG_VARIABLE)) else None)
    if path is None and Path(CONFIG_FILE).exists():
        path = Path(CONFIG_FILE)
    settings = _read(model, path) if path else model()
    base = path.resolve().parent if path else Path.cwd()
    cache = settings.embedding.cache
    return settings.model_copy(
        update={
            "corpus": settings.corpus.model_copy(
                update={"path": _path(Path.cwd(), corpus) if corpus else _path(base, settings.corpus.path)}
            ),
            "data": settings.data.model_copy(
                update={"path": _path(Path.cwd(), data) if data else _path(base, settings.data.path)}
            ),
            "embedding": settings.embedding.model_copy(
                update={"cache": str(_path(base, Path(cache))) if cache else ""}
            ),
        }
    )


def _path(base: Path, path: Path) -> Path:
    try:
        return (base / path.expanduser()).absolute()
    except RuntimeError as error:
        raise ConfigError(f"The path {path} names the home of a user that does not exist.") from error


def _read(model: type[Model], path: Path) -> Model:
    try:
        # Some editors begin a file with a mark that TOML does not know.
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"The config file {path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The config file {path} is not TOML: {error}. See config.example.toml.") from error
    known = {name: table for name, table in values.items() if name in model.model_fields or name not in OTHER_TABLES}
    try:
        return model.model_validate(known)
    except ValidationError as error:
        raise ConfigError(f"{path.name}: {'; '.join(_explain(model, error.errors()))}.") from error


def _explain(root: type[BaseModel], problems: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for problem in problems:
        *tables, key = [str(part) for part in problem["loc"]]
        where = f"[{'.'.join(tables)}] {key}" if tables else key
        if problem["type"] in ("model_type", "dataclass_type"):
            yield f"[{key}] is a table of settings, not {problem['input']!r}"
        elif problem["type"] == "extra_forbidden":
            known = _keys(root, tables)
            close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
            yield f"unknown {'key' if tables else 'table'} {where} ({hint})"
        else:
            message = str(problem["msg"])
            message = message.removeprefix("Value error, ")
            yield f"{where}: {message[0].lower()}{message[1:]}, not {problem['input']!r}"


def _keys(model: type[BaseModel], tables: Iterable[str]) -> list[str]:
    for table in tables:
        inner = model.model_fields[table].annotation
        assert isinstance(inner, type)
        assert issubclass(inner, BaseModel)
        model = inner
    return list(model.model_fields)
