"""A Chroma server as it is asked: every request has a timeout, and every failure a sentence.

A question asks once. An index run waits for a server that is away, and goes on when it is back: rows are immutable
and named by what they hold, so that a request whose fate is unknown can be made again.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import httpx
from chromadb.api import ServerAPI
from chromadb.api.client import Client
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.auth.token_authn import TokenTransportHeader
from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT, System
from chromadb.config import Settings as ClientSettings
from chromadb.errors import ChromaError, NotFoundError
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from retrieval.config import ChromaSettings
from retrieval.errors import ConfigError, EmbassyError, IndexDamaged, ServerFailed, ServerUnreachable, StorageError
from retrieval.models import Phase, Progress, Reporter

INDEXING_TIMEOUT = 60.0
"""Seconds for one request of an index run: hundreds of rows, or the keys of them all."""
LONGEST_PAUSE = 15.0
POLL = 0.2
"""Seconds between two looks at whether who waits is still wanted."""
NOTICED = 1.0
"""Seconds from which on a request is told as waited for."""
TOLD = 200
"""Characters of what a server says that are repeated."""

CLOUD_HOST = "https://api.trychroma.com:443"

Result = TypeVar("Result")


class Requests(Protocol):
    """Makes a request, and turns its failure into an error with the way out."""

    def __call__(self, request: Callable[[], Result], /) -> Result: ...


class Impatient:
    """Asks a server once, within the client's timeout."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __call__(self, request: Callable[[], Result], /) -> Result:
        """Return what the request returns. Raises ServerFailed, and IndexDamaged where the server lacks something."""
        with failures_told(self.place):
            return request()


class Patient:
    """Asks a server until it answers, pausing twice as long each time, up to the patience of the settings.

    `report` is called several times a second meanwhile; whatever it raises ends the wait at once, also where a
    request hangs: that one is then left to its timeout, in a thread of its own.
    """

    def __init__(self, settings: ChromaSettings, report: Reporter) -> None:
        self._once = Impatient(settings.place)
        self._patience = settings.patience_s
        # Who does not wait at all has the client's own timeout come first.
        self._least = settings.timeout_s + 1
        self._report = report
        self.timeout = max(INDEXING_TIMEOUT, settings.timeout_s) if self._patience else settings.timeout_s
        """Seconds for one request."""

    def __call__(self, request: Callable[[], Result], /) -> Result:
        """Return what the request returns. Raises ServerUnreachable once the patience is at its end."""
        began = time.monotonic()
        waits = Retrying(
            retry=retry_if_exception_type(ServerUnreachable),
            stop=stop_after_delay(self._patience),
            # Of many that wait, not all come at once.
            wait=wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE),
            sleep=lambda seconds: self._pause(seconds, began),
            reraise=True,
        )
        try:
            result: Result = waits(self._made, request, began)
            return result
        except ServerUnreachable as error:
            if not self._patience:
                raise
            what, _, _ = str(error).partition(". ")
            raise ServerUnreachable(
                f"{what}; it was waited for {self._patience:g} s ([chroma] patience_s). Nothing is lost: run the same "
                "again when it is back."
            ) from error

    def _made(self, request: Callable[[], Result], began: float) -> Result:
        outcome: Future[Result] = Future()

        def work() -> None:
            try:
                outcome.set_result(self._once(request))
            except BaseException as error:
                outcome.set_exception(error)

        attempt = time.monotonic()
        threading.Thread(target=work, name="chroma request", daemon=True).start()
        try:
            while not wait([outcome], POLL).done:
                if self._tell(began) > self._patience and time.monotonic() - attempt > self._least:
                    raise unreachable(self._once.place)
        except BaseException:
            outcome.add_done_callback(_let_go)
            raise
        return outcome.result()

    def _pause(self, seconds: float, began: float) -> None:
        end = time.monotonic() + seconds
        while self._tell(began) < self._patience and (left := end - time.monotonic()) > 0:
            time.sleep(min(POLL, left))

    def _tell(self, began: float) -> float:
        """Report the wait; return how many seconds it has taken."""
        waited = time.monotonic() - began
        if waited >= NOTICED:
            most = int(self._patience)
            self._report(Progress(Phase.WAITING, min(int(waited), most), most))
        return waited


def _let_go(outcome: Future[Result]) -> None:
    """Close the client that a request opens which nobody waits for any more."""
    if outcome.exception() is None and isinstance(client := outcome.result(), Client):
        client.close()


class BoundedClient(Client):
    """A client whose requests end. Chroma's own gives none a timeout, nor those that it makes when it is opened."""

    def __init__(self, settings: ClientSettings, tenant: str | None, database: str | None, timeout: float) -> None:
        self._timeout = timeout
        self._session: httpx.Client | None = None
        try:
            super().__init__(tenant=tenant, database=database, settings=settings)
        except BaseException:
            self._close_connections()
            raise

    @property
    def _system(self) -> System:
        # Everything that asks goes through here first.
        system = super()._system
        session = getattr(system.instance(ServerAPI), "_session", None)  # type: ignore[type-abstract]
        assert isinstance(session, httpx.Client)
        session.timeout = httpx.Timeout(self._timeout)
        self._session = session
        return system

    def _validate_tenant_database(self, tenant: str, database: str) -> None:
        # Chroma's own looks them up over a second session, without a timeout, and never closed.
        self._server.get_tenant(name=tenant)
        self._server.get_database(name=database, tenant=tenant)

    def close(self) -> None:
        """Let go of the connections, which Chroma's own client leaves open."""
        super().close()
        self._close_connections()

    def _close_connections(self) -> None:
        if self._session is not None:
            self._session.close()
        systems = SharedSystemClient._identifier_to_system
        for identifier, system in list(systems.items()):
            # One entry is left behind for every client that was ever opened.
            if getattr(system.instance(ServerAPI), "_session", None) is self._session:  # type: ignore[type-abstract]
                systems.pop(identifier, None)


def connect(settings: ChromaSettings, timeout: float) -> BoundedClient:
    """Open a client of the server that the settings name.

    Raises ConfigError where the key is missing, ServerFailed where the server cannot be used.
    """
    tenant, database = settings.tenant or None, settings.database or None
    if settings.mode == "server":
        tenant, database = tenant or DEFAULT_TENANT, database or DEFAULT_DATABASE
    with failures_told(settings.place, opening=True):
        return BoundedClient(client_settings(settings), tenant, database, timeout)


def client_settings(settings: ChromaSettings) -> ClientSettings:
    """Return Chroma's own settings for a server, or for its cloud. Raises ConfigError where the key is missing.

    They are those that `chromadb.HttpClient` and `chromadb.CloudClient` make, which take no timeout.
    """
    if settings.mode == "cloud":
        key = os.environ.get(settings.api_key_env)
        if not key:
            raise ConfigError(
                f"Chroma Cloud needs a key: put it into the environment variable {settings.api_key_env} "
                "([chroma] api_key_env in config.toml names another one)."
            )
        return ClientSettings(
            anonymized_telemetry=False,
            chroma_api_impl=_OVER_HTTP,
            chroma_server_host=CLOUD_HOST,
            chroma_server_http_port=443,
            chroma_server_ssl_enabled=True,
            chroma_client_auth_provider="chromadb.auth.token_authn.TokenAuthClientProvider",
            chroma_client_auth_credentials=key,
            chroma_auth_token_transport_header=TokenTransportHeader.X_CHROMA_TOKEN,
            chroma_overwrite_singleton_tenant_database_access_from_auth=True,
        )
    url = urlsplit(settings.url)
    port = url.port or (443 if url.scheme == "https" else 8000)
    return ClientSettings(
        anonymized_telemetry=False,
        chroma_api_impl=_OVER_HTTP,
        chroma_server_host=settings.url if url.port else f"{settings.url}:{port}",
        chroma_server_http_port=port,
        chroma_server_ssl_enabled=url.scheme == "https",
    )


_OVER_HTTP = "chromadb.api.fastapi.FastAPI"


def unreachable(place: str, why: str = "does not answer") -> ServerUnreachable:
    """Return the error for a server that may be there again by itself."""
    return ServerUnreachable(
        f"The Chroma server at {place} {why}. Start it, or correct [chroma] url in config.toml."
        if place.startswith("http")
        else f"{place} {why}."
    )


@contextmanager
def failures_told(place: str, *, opening: bool = False) -> Iterator[None]:
    """Turn what a server's client raises into errors with the way out."""
    try:
        yield
    except (httpx.HTTPError, ChromaError, ValueError, OSError) as error:
        raise _told(place, error, opening) from error
    except EmbassyError:
        raise
    except Exception as error:
        # For an answer that Chroma did not write, its client raises the bare class.
        if type(error) is not Exception:
            raise
        raise _told(place, error, opening) from error


def _told(place: str, error: BaseException, opening: bool) -> StorageError:
    said = " ".join(str(error).split())[:TOLD] or type(error).__name__
    code = 400
    for cause in _causes(error):
        if isinstance(cause, httpx.TransportError | OSError):
            return unreachable(place)
        if isinstance(cause, NotFoundError) and not opening:
            return _lacking(place, said)
        if isinstance(cause, ChromaError):
            code = cause.code()
            break
        if isinstance(cause, httpx.HTTPStatusError):
            code = cause.response.status_code
            if code < 500 and code not in (401, 403, 408, 429):
                return ServerFailed(f"What answers at {place} is not a Chroma server (status {code}: {said}).")
            break
        if type(cause) not in (ValueError, Exception) and isinstance(cause, ValueError):
            return ServerFailed(f"What answers at {place} is not a Chroma server ({said}).")
    if code in (401, 403):
        return ServerFailed(f"The Chroma server at {place} refuses this program ({said}). Check its key.")
    if code >= 500 or code in (408, 429):
        return unreachable(place, f"answers with an error ({said})")
    if opening:
        return ServerFailed(f"The Chroma server at {place} cannot be used ({said}). Check [chroma] in config.toml.")
    return _lacking(place, said)


def _lacking(place: str, said: str) -> IndexDamaged:
    return IndexDamaged(
        f"The vector index on {place} does not work ({said}). Run `embassy-bot index`: it is made anew from the "
        "catalog, and nothing is lost."
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those it came from: Chroma's client wraps what says most in what says less."""
    while error is not None and not isinstance(error, EmbassyError):
        yield error
        error = error.__cause__ or error.__context__
