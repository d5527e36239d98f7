"""The files by which the bot is deployed, held against the tools and schemas that they are for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.config import load_bot_settings
from bot.metrics import Metrics
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "embassy-bot.service"
PROGRAM = "/opt/embassy-bot/.venv/bin/embassy-bot"


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)


def tool(name: str) -> Path:
    """Return a program of this environment."""
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        pytest.skip(f"{name} is not installed; it has no build for this platform")
    return path


def test_the_dockerfile_has_nothing_that_hadolint_warns_of() -> None:
    ran = run(tool("hadolint"), "Dockerfile")

    assert ran.returncode == 0, ran.stdout


def test_hadolint_sees_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "Dockerfile"
    wrong.write_text(
        (ROOT / "Dockerfile").read_text("utf-8") + "USER root\nRUN cd /app && apt-get install curl\n", "utf-8"
    )

    assert run(tool("hadolint"), wrong).returncode != 0


def test_the_compose_file_fits_its_schema() -> None:
    ran = run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "compose.yaml")

    assert ran.returncode == 0, ran.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_the_unit_passes_systemds_own_check(tmp_path: Path) -> None:
    # It checks that the program is there.
    text = UNIT.read_text("utf-8").replace(PROGRAM, sys.executable).replace("/opt/embassy-bot/docs", str(ROOT / "docs"))
    unit = tmp_path / UNIT.name
    unit.write_text(text, "utf-8")
    ran = run("systemd-analyze", "verify", unit)
    told = [line for line in ran.stderr.splitlines() if UNIT.name in line]

    assert PROGRAM not in text
    assert (ran.returncode, told) == (0, [])


@pytest.mark.parametrize("file", ["container.toml", "compose.toml", "systemd.toml"])
def test_each_config_holds(file: str) -> None:
    settings = load_bot_settings(DEPLOY / file)

    assert settings.corpus.path.is_absolute()
    assert settings.health.port == 8090


def test_the_health_check_asks_the_port_of_the_images_config() -> None:
    port = load_bot_settings(DEPLOY / "container.toml").health.port

    assert f"http://127.0.0.1:{port}/readyz" in (ROOT / "Dockerfile").read_text("utf-8")
    assert f"127.0.0.1:{port}" in (DEPLOY / "prometheus.yml").read_text("utf-8")


def test_what_is_copied_into_the_image_is_there_and_not_left_out_of_it() -> None:
    ignore = (ROOT / ".dockerignore").read_text("utf-8").split()
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    for name in " ".join(copied).split():
        assert (ROOT / name).exists()
        assert f"!{name}" in ignore


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    dashboard: dict[str, Any] = json.loads((DEPLOY / "grafana.json").read_text("utf-8"))
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"embassy_bot_\w+", target["expr"])
    }
    metrics = Metrics()
    there = set()
    for family in metrics.registry.collect():
        there |= {family.name, f"{family.name}_total", f"{family.name}_bucket"}

    assert asked <= there
    # And each of them is on it.
    assert {re.sub(r"_(total|bucket)$", "", name) for name in asked} == {one.name for one in metrics.registry.collect()}
