"""The program on a disk of its own that is all but full, and then with room. Run as a program, it mounts the disk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.bot.conftest import SECONDS, Bot, Ran, environment
from tests.conftest import ROOT

FREE_KB = 300
"""What is left on the disk, beside the data folder that is copied there."""
ROOMY = "size=100m"

Commands = Mapping[str, Sequence[str | Path]]


def on_a_tiny_disk(
    bot: Bot, scratch: Path, full: Commands, roomy: Commands, files: Sequence[Path] = ()
) -> Callable[[str], Ran]:
    """Run commands, by their names, on a disk that has hardly any room left, and then others with room.

    The disk is `scratch / "disk"`; on it are a copy of the bot's data folder, as "data", and of the files. Return what
    gives what came of a command. Skips the test where no disk can be mounted.
    """
    disk, results = scratch / "disk", scratch / "results"
    disk.mkdir()
    results.mkdir()
    there = bot.keeping(disk / "data")
    spec = {
        "disk": str(disk),
        "copied": [str(bot.data), *map(str, files)],
        "results": str(results),
        "full": {name: [str(word) for word in there.command(*command)] for name, command in full.items()},
        "roomy": {name: [str(word) for word in there.command(*command)] for name, command in roomy.items()},
    }
    # With a user namespace, no privilege is needed; root needs none.
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    try:
        child = subprocess.run(
            [*namespace, sys.executable, "-m", "tests.bot.tiny_disk", json.dumps(spec)],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if child.returncode:
        pytest.skip(f"no disk can be mounted here: {child.stderr.decode()}")
    return lambda name: Ran(**json.loads((results / name).read_text(encoding="utf-8")))


def main(spec: str) -> None:
    """Mount the disk in this process's own namespace, fill it, and run the commands."""
    told = json.loads(spec)
    disk, results = Path(told["disk"]), Path(told["results"])
    _mount(disk, ROOMY)
    for copied in map(Path, told["copied"]):
        if copied.is_dir():
            shutil.copytree(copied, disk / "data")
        else:
            shutil.copy(copied, disk)
    used = sum(path.stat().st_blocks for path in disk.rglob("*")) // 2
    _mount(disk, f"remount,size={used + FREE_KB}k")
    _run(told["full"], results)
    _mount(disk, f"remount,{ROOMY}")
    _run(told["roomy"], results)


def _mount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", disk], check=True)


def _run(commands: Mapping[str, Sequence[str]], results: Path) -> None:
    for name, command in commands.items():
        ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        said = {"code": ran.returncode, "out": ran.stdout, "err": ran.stderr}
        (results / name).write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
