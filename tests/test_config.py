"""The settings: their defaults, what is refused and in which words, and what paths count from."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.config import BotSettings, load_bot_settings
from retrieval.config import CorpusSettings, Settings, load_settings
from retrieval.errors import ConfigError
from tests.conftest import ROOT

EXAMPLE = ROOT / "config.example.toml"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own that holds no config file, without one named by the environment."""
    monkeypatch.delenv("EMBASSY_BOT_CONFIG", raising=False)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def write(folder: Path, toml: str, name: str = "config.toml") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(toml, encoding="utf-8")
    return path


def refusal(folder: Path, toml: str) -> str:
    """Return the words with which a config file is refused."""
    with pytest.raises(ConfigError) as caught:
        load_settings(write(folder, toml))
    return str(caught.value)


def keys(table: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from keys(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


# --- Defaults


def test_the_example_states_every_setting_with_its_default() -> None:
    assert BotSettings.model_validate(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))) == BotSettings()


def test_the_example_leaves_no_setting_out() -> None:
    assert set(keys(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")))) == set(keys(BotSettings().model_dump()))


def test_the_example_loads_as_it_stands() -> None:
    settings = load_settings(EXAMPLE)
    assert (settings.corpus.path, settings.data.path) == (ROOT / "seeds", ROOT / "data")


def test_without_a_config_file_the_defaults_hold_in_the_working_folder(elsewhere: Path) -> None:
    settings = load_settings()
    assert (settings.corpus.path, settings.data.path) == (elsewhere / "seeds", elsewhere / "data")
    assert (settings.embedding, settings.chroma) == (Settings().embedding, Settings().chroma)


def test_the_bot_s_settings_are_read_from_the_same_file(tmp_path: Path) -> None:
    settings = load_bot_settings(write(tmp_path, "[data]\nkeep_versions = 3\n[discord]\nqueue = 5"))
    assert (settings.data.keep_versions, settings.discord.queue) == (3, 5)


def test_the_engine_leaves_the_bot_s_settings_alone(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, "[discord]\nqueue = 'wrong'")).corpus == CorpusSettings(
        path=tmp_path / "seeds"
    )


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("queues = 5", "unknown key [discord] queues (did you mean 'queue'?)."),
        ("token = 'x'", "unknown key [discord] token (did you mean 'token_env'?)."),
        ("queue = 0", "[discord] queue: input should be greater than or equal to 1, not 0."),
        ("requests_per_second = 4", "[discord] requests_per_second: "),
        ("message_content = 'yes'", "[discord] message_content: "),
        ("shards = -1", "[discord] shards: "),
        ("retention_days = 0", "[discord] retention_days: "),
        ("token_env = ''", "[discord] token_env: "),
    ],
)
def test_a_setting_of_the_bot_that_does_not_hold_is_refused(tmp_path: Path, line: str, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_bot_settings(write(tmp_path, f"[discord]\n{line}"))
    assert str(caught.value).startswith(f"config.toml: {place}")


def test_an_empty_config_file_changes_nothing(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, ""))
    assert settings.embedding == Settings().embedding


def test_the_size_limit_is_given_in_millions_of_bytes() -> None:
    assert CorpusSettings(max_file_mb=0.5).max_bytes == 500_000


def test_settings_cannot_be_changed_once_they_are_made() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().data.keep_versions = 3


# --- Which file is read


def test_a_config_file_in_the_working_folder_is_read(elsewhere: Path) -> None:
    write(elsewhere, "data.keep_versions = 3")
    assert load_settings().data.keep_versions == 3


def test_the_file_that_the_environment_names_comes_before_the_working_folder_s(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(elsewhere, "data.keep_versions = 3")
    monkeypatch.setenv("EMBASSY_BOT_CONFIG", str(write(tmp_path, "data.keep_versions = 4", "named.toml")))
    assert load_settings().data.keep_versions == 4


def test_the_file_that_is_asked_for_comes_before_the_environment_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBASSY_BOT_CONFIG", str(write(tmp_path, "data.keep_versions = 4", "named.toml")))
    assert load_settings(write(tmp_path, "data.keep_versions = 5")).data.keep_versions == 5


def test_an_empty_name_in_the_environment_names_nothing(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(elsewhere, "data.keep_versions = 3")
    monkeypatch.setenv("EMBASSY_BOT_CONFIG", "")
    assert load_settings().data.keep_versions == 3


def test_a_file_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml cannot be read \(No such file or directory\)"):
        load_settings(tmp_path / "gone.toml")


def test_a_file_that_the_environment_names_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBASSY_BOT_CONFIG", str(tmp_path / "gone.toml"))
    with pytest.raises(ConfigError, match=r"gone\.toml cannot be read"):
        load_settings()


def test_a_folder_is_no_config_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)


# --- Paths


def test_relative_paths_count_from_the_folder_of_the_config_file(tmp_path: Path) -> None:
    config = write(tmp_path / "etc", '[corpus]\npath = "news"\n[data]\npath = "../index"')
    settings = load_settings(config)
    assert settings.corpus.path == tmp_path / "etc" / "news"
    assert settings.data.path.resolve() == tmp_path / "index"


def test_defaults_count_from_the_folder_of_the_config_file_as_well(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path / "etc", "")).corpus.path == tmp_path / "etc" / "seeds"


def test_absolute_paths_stay_as_they_are(tmp_path: Path) -> None:
    config = write(tmp_path / "etc", f"[corpus]\npath = '{tmp_path / 'news'}'")
    assert load_settings(config).corpus.path == tmp_path / "news"


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert load_settings(write(tmp_path, '[data]\npath = "~/index"')).data.path == tmp_path / "home" / "index"


def test_folders_given_as_arguments_come_before_the_config_file(elsewhere: Path, tmp_path: Path) -> None:
    config = write(tmp_path, '[corpus]\npath = "news"\nmax_file_mb = 2\n[data]\npath = "index"\nkeep_versions = 3')
    settings = load_settings(config, corpus=Path("mine"), data=tmp_path / "kept")
    assert (settings.corpus.path, settings.data.path) == (elsewhere / "mine", tmp_path / "kept")


def test_folders_given_as_arguments_leave_the_other_settings_alone(tmp_path: Path) -> None:
    config = write(tmp_path, "[corpus]\nmax_file_mb = 2\n[data]\nkeep_versions = 3")
    settings = load_settings(config, corpus=tmp_path, data=tmp_path)
    assert (settings.corpus.max_file_mb, settings.data.keep_versions) == (2, 3)


# --- What is refused


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[corpsu]\npath = 'a'", "config.toml: unknown table corpsu (did you mean 'corpus'?)."),
        ("[qqqq]", "config.toml: unknown table qqqq (there are corpus, data, embedding, chroma, canary, llm)."),
        ("[data]\nkeep_version = 3", "config.toml: unknown key [data] keep_version (did you mean 'keep_versions'?)."),
        ("[data]\nqqqq = 3", "config.toml: unknown key [data] qqqq (there are path, keep_versions, keep_days)."),
    ],
    ids=["table", "no near table", "key", "no near key"],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(tmp_path: Path, toml: str, words: str) -> None:
    assert refusal(tmp_path, toml) == words


@pytest.mark.parametrize(
    ("toml", "place"),
    [
        ("[corpus]\nmax_file_mb = 0", "[corpus] max_file_mb: input should be greater than 0, not 0"),
        ("[corpus]\nmax_file_mb = 1001", "[corpus] max_file_mb: input should be less than or equal to 1000, not 1001"),
        ("[corpus]\nmax_file_mb = nan", "[corpus] max_file_mb: "),
        ("[corpus]\npath = 5", "[corpus] path: "),
        ("[data]\nkeep_versions = 0", "[data] keep_versions: input should be greater than or equal to 1, not 0"),
        ("[data]\nkeep_versions = 101", "[data] keep_versions: "),
        ("[data]\nkeep_versions = 1.5", "[data] keep_versions: "),
        ("[embedding]\nprovider = 'gpt'", "[embedding] provider: input should be 'minilm', 'huggingface'"),
        ("[embedding]\nthreads = -1", "[embedding] threads: "),
        ("[embedding]\nthreads = 257", "[embedding] threads: "),
        ("[embedding]\nmodel = 5", "[embedding] model: "),
        ("[chroma]\nurl = 'localhost:8000'", "[chroma] url: "),
        ("[chroma]\nurl = 'ftp://127.0.0.1'", "[chroma] url: "),
        ("[chroma]\nurl = 'http://127.0.0.1:port'", "[chroma] url: "),
        ("[chroma]\nurl = 'http://127.0.0.1:8000/api'", "[chroma] url: "),
        ("[chroma]\nmode = 'remote'", "[chroma] mode: input should be 'embedded', 'server' or 'cloud'"),
        ("[chroma]\nmode = 'server'", '[chroma] url: mode = "server" needs the address of one'),
        ("[chroma]\nmode = 'embedded'\nurl = 'http://a:1'", '[chroma] url: mode = "embedded" has no address; write '),
        ("[chroma]\nmode = 'cloud'\nurl = 'http://a:1'", '[chroma] url: mode = "cloud" has no address; write '),
        ("[chroma]\nmode = 'cloud'\napi_key_env = ''", "[chroma] api_key_env: "),
        ("[chroma]\ntimeout_s = 0.0", "[chroma] timeout_s: "),
        ("[chroma]\npatience_s = -1.0", "[chroma] patience_s: "),
        ("[data]\nkeep_versions = true", "[data] keep_versions: "),
        ('[data]\npath = "a\\u0000b"', "[data] path: a path has no null characters"),
        ("data = 5", "[data] is a table of settings"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_its_place(tmp_path: Path, toml: str, place: str) -> None:
    assert refusal(tmp_path, toml).startswith(f"config.toml: {place}")


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[data]\nkeep_versions = 0\n[embedding]\nthreads = -1")
    assert "[data] keep_versions" in message
    assert "[embedding] threads" in message


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8000", "https://chroma.example"])
def test_a_server_is_named_by_its_web_address_or_not_at_all(tmp_path: Path, url: str) -> None:
    assert load_settings(write(tmp_path, f'[chroma]\nurl = "{url}"')).chroma.url == url


@pytest.mark.parametrize(
    ("toml", "mode"),
    [
        ("", "embedded"),
        ('url = ""', "embedded"),
        ('url = "http://127.0.0.1:8000"', "server"),
        ('mode = "server"\nurl = "http://127.0.0.1:8000"', "server"),
        ('mode = "cloud"\ntenant = "a"\ndatabase = "b"', "cloud"),
    ],
)
def test_an_address_alone_means_a_server(tmp_path: Path, toml: str, mode: str) -> None:
    chroma = load_settings(write(tmp_path, f"[chroma]\n{toml}")).chroma
    assert (chroma.mode, chroma.is_embedded) == (mode, mode == "embedded")


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, "\ufeff[data]\nkeep_versions = 3")).data.keep_versions == 3


def test_the_home_of_nobody_is_told(tmp_path: Path) -> None:
    assert "a user that does not exist" in refusal(tmp_path, '[corpus]\npath = "~nobody-of-that-name/x"')


def test_the_folder_for_models_counts_from_the_config_file(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, '[embedding]\ncache = "models"')).embedding.cache == str(tmp_path / "models")


NESTED = b"a = " + b"[" * 9000 + b"]" * 9000


@pytest.mark.parametrize(
    "content", [NESTED, b"a = 1" + b"0" * 9000, b"[data\n", b"keep = \n", b'[data]\npath = "caf\xe9"', b"\xff\xfe["]
)
def test_a_file_that_is_not_toml_is_refused_with_an_example_to_look_at(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"config\.toml is not TOML: .+ See config\.example\.toml\."):
        load_settings(tmp_path / "config.toml")


# --- Prompts


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ('answer = "{passages} {question} {mood}"', "it has {mood}, which nothing is put in for"),
        ('answer = "{question}"', "it lacks {passages}; this prompt has {passages}, {question}"),
        ('answer = "{passages} {question"', "its braces do not hold"),
        ('answer = "{passages.x} {question}"', "its braces do not hold"),
        ('answer = "{passages} {question} {}"', "its braces do not hold"),
        ('answer = "{passages:{question}} {question}"', "its braces do not hold"),
        ('passage = "{number:s} {place} {text}"', "its braces do not hold"),
        ('passage = "{number!r} {place} {text}"', "its braces do not hold"),
        ('answer_system = "Answer shortly."', "it lacks {silent}"),
        ('claims_system = "Be {kind}."', "this prompt has no placeholders"),
        ('anser = "x"', "did you mean 'answer'?"),
    ],
)
def test_a_prompt_without_its_placeholders_is_refused(tmp_path: Path, prompt: str, words: str) -> None:
    said = refusal(tmp_path, f"[llm.prompts]\n{prompt}")
    assert "[llm.prompts] " in said
    assert words in said


def test_a_prompt_may_be_replaced(tmp_path: Path) -> None:
    config = write(tmp_path, '[llm.prompts]\nanswer = "{{}} {passages} {question}"')
    assert load_settings(config).llm.prompts.answer.format(passages="a", question="b") == "{} a b"
