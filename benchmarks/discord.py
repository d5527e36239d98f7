"""From a mention to its reply, over real sockets and under Discord's rate limits.

    uv run python -m benchmarks.discord [--seconds 60] [--png FILE] [--written]

With --written, two questions a second with no language model and then with one (scripted: three sentences, over two
seconds), and how much later the first reply comes with it. Otherwise two loads, each over a server and a bot of its
own:

- ten questions a second at random moments (a Poisson process) over 50 channels: how long a reply takes;
- 25 questions a second over 60 channels, which with the typing shown before each is all that Discord's 50 requests a
  second allow: are all answered, how many a second, and does Discord ever say 429.

The bot is a process of its own, with its default settings. Discord (the one of the tests) and its readers are this
process. They share the machine, so that a time has both of them in it. A reply counts from the moment the message is
sent to the moment the answer is stored; a note that too much is asked at once is none. The questions are the gold ones
over the seed articles, in turn, each by another reader, after each of them was asked once: the bot remembers sentences
that it has compared, and a large corpus would have it compare more new ones.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from retrieval.evaluation import load_gold
from tests.conftest import GOLD, ROOT, SEEDS
from tests.discord.messages import buttons_of
from tests.discord.server import Loopback, loopback
from tests.discord.world import Event
from tests.writing.models import serving

PICTURE = ROOT / "docs" / "discord.png"
READERS = 1_000
START_SECONDS = 120.0
PATIENCE = 60.0
"""Seconds after the last question in which a reply still counts."""


@dataclass(frozen=True)
class Load:
    """What is asked: so many questions a second over so many channels."""

    name: str
    rate: int
    channels: int
    random: bool


LATENCY = Load("10 questions a second", 10, 50, random=True)
QUIET = Load("2 questions a second", 2, 50, random=True)
WRITTEN = Load("2 questions a second, with a language model", 2, 50, random=True)
SCRIPT = (
    "The attack is in the news. ",
    0.7,
    "Protesters came to the embassy [1]. ",
    0.7,
    "Troops were sent [2]. ",
    0.6,
)
THROUGHPUT = Load("25 questions a second", 25, 60, random=False)


@dataclass(frozen=True)
class Measured:
    """What came of a load. `asked` and `answered` are seconds since its start, by question; nan without a reply."""

    load: Load
    asked: Sequence[float]
    answered: Sequence[float]
    doubled: int
    refused: int
    idle_megabytes: float
    megabytes: float

    @property
    def delays(self) -> Sequence[float]:
        """Seconds from question to reply, of those that had one."""
        return [end - start for start, end in zip(self.asked, self.answered, strict=True) if not np.isnan(end)]

    @property
    def lost(self) -> int:
        """How many questions had no reply."""
        return sum(np.isnan(end) for end in self.answered)

    @property
    def per_second(self) -> float:
        """Replies a second, from the first question to the last reply."""
        return len(self.delays) / float(np.nanmax(self.answered))

    def __str__(self) -> str:
        """Return it as a line."""
        p50, p95, p99 = (np.percentile(self.delays, q) * 1000 for q in (50, 95, 99))
        return (
            f"{self.load.name} over {self.load.channels} channels: {len(self.asked)} asked, {self.lost} lost, "
            f"{self.doubled} answered twice, {self.refused} times 429; {self.per_second:.1f} replies a second; "
            f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms; "
            f"{self.idle_megabytes:.0f} MB idle, {self.megabytes:.0f} MB after"
        )


def main() -> None:
    """Measure both loads, print and draw them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="how long each load goes on")
    parser.add_argument("--png", type=Path, default=PICTURE, help="where the picture goes")
    parser.add_argument("--written", action="store_true", help="measure the first reply with a language model")
    options = parser.parse_args()
    questions = [gold.question for gold in load_gold(GOLD)]
    if options.written:
        compare(options.seconds, questions)
        return
    measured = []
    for load in (LATENCY, THROUGHPUT):
        measured.append(asyncio.run(measure(load, options.seconds, questions)))
        print(measured[-1], flush=True)
    options.png.parent.mkdir(parents=True, exist_ok=True)
    draw(measured).savefig(options.png, dpi=120)


def compare(seconds: int, questions: Sequence[str]) -> None:
    """Measure how long the first reply takes without and with a language model, and print both."""
    without = asyncio.run(measure(QUIET, seconds, questions))
    with serving(SCRIPT) as (url, requests):
        written = asyncio.run(measure(WRITTEN, seconds, questions, url))
    print(without, written, f"{len(requests)} answers asked of the model", sep="\n")
    ratios = [float(np.percentile(written.delays, q) / np.percentile(without.delays, q)) for q in (50, 95)]
    print(f"first reply with the model to without: p50 {ratios[0]:.2f}, p95 {ratios[1]:.2f} times")


async def measure(load: Load, seconds: int, questions: Sequence[str], llm: str = "") -> Measured:
    """Ask for so many seconds, and wait for what is still to come."""
    clock = asyncio.get_running_loop()
    async with loopback() as server:
        world = server.world
        readers = [world.user(f"Reader {number}") for number in range(READERS)]
        guild = world.guild("News", readers[0])
        channels = [world.channel(guild, f"channel-{number}") for number in range(load.channels)]
        started: dict[str, float] = {}
        replied: dict[str, list[float]] = {}

        def note(event: Event) -> None:
            reference = event.data.get("message_reference") or {}
            # A note that too much is asked at once has no buttons, and is no answer.
            if event.name == "MESSAGE_CREATE" and reference.get("message_id") in started and buttons_of(event.data):
                replied.setdefault(reference["message_id"], []).append(clock.time())

        def ask(number: int) -> None:
            words = f"{world.bot.mention} {questions[number % len(questions)]}"
            at = clock.time()
            message = world.say(readers[number % READERS], channels[number % len(channels)], words)
            started[message["id"]] = at

        world.listeners.append(note)
        async with bot_process(server, llm) as process:
            idle = megabytes_of(process)
            for number in range(len(questions)):
                ask(number)
                await world.changes.until(lambda: len(replied) == len(started), PATIENCE)
            started.clear()
            replied.clear()
            refused = server.rest.count(429)
            begin = clock.time()
            for number, moment in enumerate(moments(load, seconds)):
                await asyncio.sleep(max(0.0, begin + moment - clock.time()))
                ask(number)
            try:
                await world.changes.until(lambda: len(replied) == len(started), PATIENCE)
            except TimeoutError:
                print(f"{len(started) - len(replied)} questions without a reply {PATIENCE:.0f} s after the last one")
            return Measured(
                load,
                [at - begin for at in started.values()],
                [replied[one][0] - begin if one in replied else float("nan") for one in started],
                sum(len(times) > 1 for times in replied.values()),
                server.rest.count(429) - refused,
                idle,
                megabytes_of(process),
            )


def moments(load: Load, seconds: int) -> Sequence[float]:
    """Return when questions are asked, in seconds from the start."""
    count = load.rate * seconds
    if not load.random:
        return [number / load.rate for number in range(count)]
    chance = random.Random(7)
    return sorted(chance.uniform(0, seconds) for _ in range(count))


@asynccontextmanager
async def bot_process(server: Loopback, llm: str = "") -> AsyncIterator[int]:
    """Run the bot as a process; yields its id once it has identified and seen its guild."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "benchmarks.discord_bot", server.address, server.world.token]
        process = await asyncio.create_subprocess_exec(*command, str(SEEDS), data, *([llm] if llm else []), cwd=ROOT)
        try:
            await server.world.changes.until(lambda: server.gateway.identified, START_SECONDS)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()


def megabytes_of(process: int) -> float:
    """Return the resident memory of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def draw(measured: Sequence[Measured]) -> Figure:
    """Draw how long replies took, and how many came each second."""
    figure = Figure(figsize=(11, 4), layout="constrained")
    delays, rates = figure.subplots(1, 2)
    for one in measured:
        times = np.sort(np.asarray(one.delays)) * 1000
        shares = np.arange(1, len(times) + 1) / len(times) * 100
        delays.plot(times, shares, label=f"{one.load.name}, p95 {np.percentile(times, 95):.0f} ms")
        seconds = np.bincount(np.asarray([end for end in one.answered if not np.isnan(end)]).astype(int))
        rates.plot(seconds, label=f"{one.load.name}: {one.lost} lost, {one.refused} times 429")
    delays.axvline(250, color="grey", linestyle=":")
    delays.axhline(95, color="grey", linestyle=":")
    delays.set(title="From mention to reply", xlabel="milliseconds", ylabel="% of the replies", xscale="log")
    delays.set_xlim(10, max(300.0, *(max(one.delays) * 1000 for one in measured)))
    delays.xaxis.set_major_locator(FixedLocator([10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]))
    delays.xaxis.set_major_formatter(ScalarFormatter())
    delays.xaxis.set_minor_locator(NullLocator())
    rates.set(title="Replies in each second", xlabel="seconds", ylabel="replies", ylim=(0, None))
    for axes in (delays, rates):
        axes.grid(alpha=0.3)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False)
    note = f"{os.cpu_count()} cores for the bot, the loopback Discord and its readers together."
    figure.supxlabel(note, fontsize="small")
    return figure


if __name__ == "__main__":
    main()
