"""The vectors on a Chroma server: several processes ask at once, beside the one that indexes."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import chromadb
import pytest
from chromadb.config import Settings as ClientSettings

from retrieval.config import ChromaSettings, Settings
from retrieval.doctor import examine
from retrieval.errors import ConfigError, ServerFailed, ServerUnreachable
from retrieval.index.server import BoundedClient, client_settings, connect
from retrieval.library import Library
from tests.conftest import settings_for
from tests.index.runs import answers, change_articles, keeping, problems, write_articles
from tests.index.servers import ChromaServer, chroma_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def on_server(settings: Settings, address: str) -> Settings:
    return settings.model_copy(update={"chroma": ChromaSettings(mode="server", url=address)})


@pytest.fixture
def settings(server: ChromaServer, tmp_path: Path) -> Settings:
    write_articles(tmp_path / "corpus", 12)
    return on_server(settings_for(tmp_path / "corpus", tmp_path / "data"), server.address)


def test_a_server_gives_the_answers_that_the_embedded_database_gives(settings: Settings, tmp_path: Path) -> None:
    with Library(settings) as library:
        library.update()
        found = answers(library)
        again = library.update()

    assert (again.wrote, again.embedded) == (False, 0)
    assert problems(settings) == []
    with Library(settings_for(settings.corpus.path, tmp_path / "embedded")) as library:
        library.update()
        embedded = answers(library)
    # The server sends distances as text: they may differ in the last digit of single precision.
    assert [[text for text, _ in hits] for hits in embedded] == [[text for text, _ in hits] for hits in found]
    for hits, others in zip(embedded, found, strict=True):
        assert [score for _, score in hits] == pytest.approx([score for _, score in others], abs=2e-6)


def test_two_ask_at_once_and_a_third_indexes_beside_them(settings: Settings) -> None:
    with Library(settings) as first:
        first.update()
    with Library(settings) as second, Library(settings) as third, Library(settings) as indexing:
        before = answers(second)
        assert answers(third) == before
        (settings.corpus.path / "new.txt").write_text("A ferry sank in the storm near the island.", encoding="utf-8")
        indexing.update()
        assert answers(second) == answers(third) != before


def test_the_doctor_says_how_the_server_is(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
    (check,) = (check for check in examine(settings) if check.name == "chroma server")

    assert check.problem is None
    assert check.detail.startswith(f"{settings.chroma.url}: Chroma ")


def test_a_server_that_is_not_there_is_told_with_the_setting(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
    away = on_server(settings, "http://127.0.0.1:9")

    (problem,) = problems(away)
    assert problem.name == "chroma server"
    assert "[chroma] url" in (problem.problem or "")
    assert "words alone" in (problem.problem or "")


# Whose rows are whose


def names(server: ChromaServer) -> set[str]:
    with closing(connect(ChromaSettings(url=server.address), 5)) as client:
        return {one.name for one in client.list_collections()}


def test_a_copied_data_folder_fills_collections_of_its_own_and_leaves_the_other_s_alone(
    settings: Settings, tmp_path: Path, server: ChromaServer
) -> None:
    settings = keeping(settings, 1)
    others = names(server)
    with Library(settings) as library:
        library.update()
        before = answers(library)
    shutil.copytree(settings.data.path, tmp_path / "copied", copy_function=shutil.copy2)
    shutil.copytree(settings.corpus.path, tmp_path / "other corpus")
    copied = keeping(on_server(settings_for(tmp_path / "other corpus", tmp_path / "copied"), server.address), 1)
    one = names(server) - others
    change_articles(copied.corpus.path)

    with Library(settings) as original, Library(copied) as copy:
        assert answers(original) == before
        # The copy is asked first, and then indexed over, swept and indexed again.
        assert answers(copy) == before
        assert (copy.update().wrote, copy.degraded) == (True, "")
        changed = answers(copy)
        assert answers(original) == before != changed
        assert (original.update().embedded, original.degraded) == (0, "")
        assert answers(copy) == changed

    assert problems(settings) == problems(copied) == []
    assert len(one) == 1
    assert len(names(server) - others) == 2


def test_a_renamed_data_folder_keeps_its_collections(settings: Settings, server: ChromaServer, tmp_path: Path) -> None:
    with Library(settings) as library:
        library.update()
    there = names(server)
    settings.data.path.rename(tmp_path / "renamed")
    renamed = on_server(settings_for(settings.corpus.path, tmp_path / "renamed"), server.address)

    assert problems(renamed) == []
    with Library(renamed) as library:
        library.update()
        assert all(answers(library))
    assert names(server) == there


# What a server is asked with


def test_the_cloud_is_asked_as_chroma_s_own_client_asks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cloud itself is out of the tests' reach; how its client is set up is not."""
    monkeypatch.setenv("KEY", "secret")
    # It fills in what it is given before it finds nobody there.
    theirs = ClientSettings(anonymized_telemetry=False)
    with pytest.raises(ValueError, match="Could not connect"):
        chromadb.CloudClient(api_key="secret", settings=theirs, cloud_host="127.0.0.1", cloud_port=9, enable_ssl=False)

    ours = client_settings(ChromaSettings(mode="cloud", api_key_env="KEY"))

    place = {"chroma_server_host", "chroma_server_http_port", "chroma_server_ssl_enabled"}
    assert ours.model_dump(exclude=place) == theirs.model_dump(exclude=place)


def test_the_cloud_s_client_sends_its_key_and_waits_for_no_answer_for_long(
    server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHROMA_API_KEY", "secret")
    local = client_settings(ChromaSettings(mode="cloud"))
    local.chroma_server_host, local.chroma_server_ssl_enabled = server.address, False
    with closing(BoundedClient(local, None, None, 5)) as client:
        assert client._session is not None
        assert client._session.headers["X-Chroma-Token"] == "secret"
        assert client._session.timeout.read == 5


def test_the_cloud_without_its_key_is_refused_with_the_variable_s_name(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHROMA_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="CHROMA_API_KEY"):
        connect(ChromaSettings(mode="cloud"), 5)


class NotChroma(BaseHTTPRequestHandler):
    """A web server that is something else, or a gateway whose Chroma is away."""

    def do_GET(self) -> None:
        status = self.server.status  # type: ignore[attr-defined]
        page = b"<html>A page.</html>"
        self.send_response(status)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (200, ServerFailed, "is not a Chroma server"),
        (404, ServerFailed, "is not a Chroma server"),
        (401, ServerFailed, "refuses this program"),
        (429, ServerUnreachable, "answers with an error"),
        (503, ServerUnreachable, "answers with an error"),
    ],
)
def test_what_is_not_chroma_is_not_waited_for_and_a_gateway_is(status: int, error: type, words: str) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), NotChroma) as web:
        web.status = status  # type: ignore[attr-defined]
        threading.Thread(target=web.serve_forever, daemon=True).start()
        try:
            with pytest.raises(ServerFailed, match=words) as caught:
                connect(ChromaSettings(url=f"http://127.0.0.1:{web.server_port}"), 5)
        finally:
            web.shutdown()
    assert type(caught.value) is error


def test_nobody_at_the_address_and_nothing_that_is_chroma_are_told_apart(server: ChromaServer) -> None:
    with pytest.raises(ServerUnreachable, match=r"\[chroma\] url"):
        connect(ChromaSettings(url="http://127.0.0.1:9"), 5)
    with pytest.raises(ServerFailed, match=r"cannot be used.*\[chroma\]"):
        connect(ChromaSettings(url=server.address, tenant="nobody"), 5)
