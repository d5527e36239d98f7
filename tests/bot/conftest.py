"""How these tests run the program: as a child process, or in this one where that makes no difference."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from tests.conftest import ROOT, SEEDS

WASHINGTON_TIMES = "000_53960138a22f9ebe"
MILITARY_TIMES = "002_1fcff6672cc40b27"

TROOPS = "How many U.S. troops are stationed in Iraq?"
"""A question that the seeds answer."""

SECONDS = 120
"""How long a child may take at most."""

ROOT_RUNS_THIS = os.geteuid() == 0
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all") if ROOT_RUNS_THIS else ()
"""Runs a program for which folder permissions count even where root runs it."""

SETTINGS = {
    # A config.toml in the working folder must not change what is tested.
    "EMBASSY_BOT_CONFIG": str(ROOT / "config.example.toml"),
    "COLUMNS": "160",
    "PYTHONIOENCODING": "utf-8",
}
UNSET = ("EMBASSY_BOT_DEBUG", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")

_SENTENCE_END = re.compile(r"[.!?][\"'”’)]*(?=\s|\Z)")


@dataclass(frozen=True)
class Ran:
    """What came of a run."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects on standard output, one a line; fails where there is anything else."""
        assert not self.out or self.out.endswith("\n")
        found = [json.loads(line) for line in self.out.split("\n")[:-1]]
        assert all(isinstance(one, dict) for one in found)
        return found

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object on standard output; fails where there is anything else, or the run failed."""
        assert self.code == 0, self.err
        (found,) = self.objects
        return found

    def assert_told(self, code: int, *words: str, sentences: int = 2) -> None:
        """Hold that the run ended with this code and told why: one line of standard error that has these words."""
        assert self.code == code, self.err
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        assert self.err.endswith("\n")
        assert "Something failed" not in self.err
        assert "Traceback" not in self.err
        assert 1 <= len(_SENTENCE_END.findall(self.err)) <= sentences, self.err
        for word in words:
            assert word in self.err, self.err


@dataclass(frozen=True)
class Bot:
    """The program over a corpus and a data folder. `before` comes before it on the command line, to confine it."""

    corpus: Path
    data: Path
    before: tuple[str, ...] = ()

    def command(self, *arguments: str | bytes | Path) -> list[str | bytes | Path]:
        """Return the command line of a child."""
        program = (sys.executable, "-m", "bot", "--corpus", self.corpus, "--data", self.data)
        return [*self.before, *program, *arguments]

    def start(
        self, *arguments: str | bytes | Path, settings: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a child whose streams are pipes."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=ROOT,
            env={**environment(), **(settings or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Whoever runs the tests in the background of a shell has the child ignore interrupts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def run(self, *arguments: str | bytes | Path, stdin: bytes = b"", settings: Mapping[str, str] | None = None) -> Ran:
        """Run a child to its end."""
        child = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env={**environment(), **(settings or {})},
            input=stdin,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        return Ran(child.returncode, child.stdout.decode("utf-8"), child.stderr.decode("utf-8"))

    def here(self, *arguments: str | Path) -> Ran:
        """Run in this process, with nothing on standard input."""
        return run_here(("--corpus", self.corpus, "--data", self.data, *arguments))

    def over(self, corpus: Path) -> Bot:
        """Return the program over another corpus, with the same data folder."""
        return replace(self, corpus=corpus)

    def keeping(self, data: Path) -> Bot:
        """Return the program with another data folder, over the same corpus."""
        return replace(self, data=data)

    def confined(self, *before: str) -> Bot:
        """Return the program run by another one, named with its options."""
        return replace(self, before=before)


def environment() -> dict[str, str]:
    """Return the environment of a child."""
    return {**{name: value for name, value in os.environ.items() if name not in UNSET}, **SETTINGS}


def run_here(arguments: Sequence[str | Path]) -> Ran:
    """Run the program in this process."""
    out, err = io.BytesIO(), io.BytesIO()
    handler = signal.getsignal(signal.SIGINT)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        for name in UNSET:
            patch.delenv(name, raising=False)
        streams = [io.TextIOWrapper(stream, encoding="utf-8", newline="") for stream in (io.BytesIO(), out, err)]
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, stream)
        patch.setattr(sys, "argv", ["embassy-bot", *map(str, arguments)])
        try:
            with pytest.raises(SystemExit) as end:
                main()
        finally:
            signal.signal(signal.SIGINT, handler)
            for stream in streams:
                stream.flush()
    assert end.value.code is None or isinstance(end.value.code, int)
    return Ran(end.value.code or 0, out.getvalue().decode("utf-8"), err.getvalue().decode("utf-8"))


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    """The program over the two seed articles, indexed. Tests only read from its data folder."""
    made = Bot(SEEDS, tmp_path_factory.mktemp("seeded") / "data")
    ran = made.run("index")
    assert ran.code == 0, ran.err
    return made


@pytest.fixture
def own(seeded: Bot, tmp_path: Path) -> Bot:
    """The same with a data folder of the test's own, to do anything to."""
    return seeded.keeping(Path(shutil.copytree(seeded.data, tmp_path / "own")))


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder that the program of `UNPRIVILEGED` cannot write to; skips where it can."""
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    if ROOT_RUNS_THIS and shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed, and root may write everywhere")
    tried = subprocess.run([*UNPRIVILEGED, "touch", folder / "file"], capture_output=True, timeout=SECONDS, check=False)
    if tried.returncode == 0 or b"Permission denied" not in tried.stderr:
        folder.chmod(0o755)
        pytest.skip(f"permissions do not bind here: {tried.stderr.decode()}")
    yield folder
    folder.chmod(0o755)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Bar a folder, and all that is in it, from being written to while the block runs."""
    below = [folder, *folder.rglob("*")]
    for path in below:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path in below:
            path.chmod(0o755 if path.is_dir() else 0o644)
