"""The bot under an hour of traffic: does its memory grow, does it leak files or threads, does it become slower?

    uv run python -m benchmarks.soak [--minutes 60] [--png FILE]

About one question a second at random moments (a Poisson process), the gold ones over the seed articles in turn, each by
another reader; in between commands and presses of the buttons of what was shown lately. Every few minutes an article
is added, changed or removed, and an admin runs `/index update`; every few minutes the session of the gateway is lost,
to be resumed the one time and given up the next.

The bot is a process of its own, with its default settings and `/index` in the one server. Discord (the one of the
tests) and its readers are this process. Every five seconds the bot's resident memory, open files and threads are read
from /proc. A question's delay goes from the moment the message is sent to the moment the answer is stored; one that has
none after a minute is lost.

Memory, files and threads of the last two minutes are held against those around the end of the first sixth of the run,
which is minute 10 of an hour, and the delays of the last sixth against those of the second. How long the same piece of
work takes in this process meanwhile tells whether the machine itself became slower. It exits with 1 where a goal is
missed.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.config import load_bot_settings
from bot.memory import share
from bot.run import run
from retrieval.evaluation import load_gold
from retrieval.library import Library
from tests.conftest import GOLD, ROOT, SEEDS
from tests.discord.entities import Interaction, Json
from tests.discord.interactions import Option
from tests.discord.messages import buttons_of, text_of
from tests.discord.server import Loopback, discord_at, loopback
from tests.discord.world import Event
from tests.index.runs import sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

PICTURE = ROOT / "docs" / "soak.png"
QUESTIONS, ACTS = 1.0, 0.2
"""A second, on average."""
READERS, CHANNELS = 1_000, 20
RECENT = 50
"""Of how many messages, the latest ones, the buttons are pressed."""
FOLLOW_UP = "And when was that?"
TOLD_LATER = "The articles answer this now"
SENTENCES = 60
"""Of an article that is added."""
SAMPLE_SECONDS = 5.0
START_SECONDS = 120.0
PATIENCE = 60.0
"""Seconds after which a question, a command, a press or an update counts as lost."""

POOLED = 3
GROWTH = 0.05
SLOWER = 1.2
"""The goals: less growth of memory than this share, and no p95 of more than so many times the one before."""

NUMBERS = np.random.default_rng(7).random(100_000)


@dataclass(frozen=True)
class Sample:
    """How the bot stood at a moment, and how many seconds the same piece of work took here."""

    at: float
    megabytes: float
    files: int
    threads: int
    yardstick: float


@dataclass
class Course:
    """What came of a run. All times are seconds since its start; questions are told by their message's id."""

    seconds: float
    asked: dict[str, float] = field(default_factory=dict)
    answered: dict[str, list[float]] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    updates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    """How often was asked for what, other than by questions."""
    undone: Counter[str] = field(default_factory=Counter)
    """How often nothing came of it."""
    logged: Counter[str] = field(default_factory=Counter)
    """The warnings and errors in the bot's log."""

    @property
    def delays(self) -> dict[float, float]:
        """Seconds to the first answer, by when was asked, of the questions that are not lost."""
        first = {self.asked[one]: times[0] - self.asked[one] for one, times in self.answered.items()}
        return {at: delay for at, delay in first.items() if delay <= PATIENCE}

    @property
    def margin(self) -> float:
        """Half of the time in which samples are taken together: a minute of an hour."""
        return max(self.seconds / 60, 3 * SAMPLE_SECONDS)

    def early(self) -> list[Sample]:
        """Return the samples around the end of the first sixth."""
        return [one for one in self.samples if abs(one.at - self.seconds / 6) <= self.margin]

    def late(self) -> list[Sample]:
        """Return the last samples."""
        return [one for one in self.samples if one.at >= self.seconds - 2 * self.margin]

    def in_sixth(self, number: int) -> tuple[list[float], float]:
        """Return the delays of a sixth of the run, from 0 on, and the median of what the yardstick took in it."""
        first, last = (self.seconds * one / 6 for one in (number, number + 1))
        delays = [delay for at, delay in self.delays.items() if first <= at < last]
        return delays, float(np.median([one.yardstick for one in self.samples if first <= one.at < last]))


def main() -> None:
    """Run, print and draw; exit with 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="how long the traffic goes on; 3 at least")
    parser.add_argument("--update-minutes", type=float, default=3, help="between two updates of the index")
    parser.add_argument("--loss-minutes", type=float, default=4, help="between two lost sessions")
    parser.add_argument("--png", type=Path, default=PICTURE, help="where the picture goes")
    given = parser.parse_args()
    course = asyncio.run(soak(given.minutes * 60, given.update_minutes * 60, given.loss_minutes * 60))
    tell(course)
    verdicts = [memory(course), held(course, "files"), held(course, "threads"), speed(course)]
    for line, reached in verdicts:
        print(f"{line}: {'reached' if reached else 'MISSED'}")
    given.png.parent.mkdir(parents=True, exist_ok=True)
    draw(course).savefig(given.png, dpi=120)
    sys.exit(not all(reached for _, reached in verdicts))


async def soak(seconds: float, update_seconds: float, loss_seconds: float) -> Course:
    """Keep a bot busy for so many seconds."""
    course = Course(seconds)
    with tempfile.TemporaryDirectory() as folder:
        corpus, log = Path(folder) / "corpus", Path(folder) / "log"
        shutil.copytree(SEEDS, corpus)
        async with loopback() as server:
            traffic = Traffic(server, corpus, course)
            async with bot_process(server, corpus, Path(folder) / "data", traffic.guild.id, log) as process:
                await traffic.run(process, update_seconds, loss_seconds)
        course.logged.update(complaints(log))
    return course


class Traffic:
    """Readers and an admin of a server, and all that they do."""

    def __init__(self, server: Loopback, corpus: Path, course: Course) -> None:
        self._server, self._world, self._hands = server, server.world, server.interactions
        self._corpus = corpus
        self._course = course
        self._chance = random.Random(7)
        self._readers = [self._world.user(f"Reader {number}") for number in range(READERS)]
        self._admin = self._world.user("Admin")
        self.guild = self._world.guild("News", self._admin)
        self._channels = [self._world.channel(self.guild, f"channel-{number}") for number in range(CHANNELS)]
        self._desk = self._world.channel(self.guild, "moderators")
        self._questions = [gold.question for gold in load_gold(GOLD)]
        self._recent: deque[Json] = deque(maxlen=RECENT)
        self._begin = 0.0

    async def run(self, process: int, update_seconds: float, loss_seconds: float) -> None:
        """Go on for as long as the course is to take, and wait for what is still to come."""
        self._begin = time.monotonic()
        self._world.listeners.append(self._note)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ask())
            tasks.create_task(self._act(tasks))
            tasks.create_task(self._update(update_seconds))
            # Between two updates, so that they seldom meet.
            tasks.create_task(self._lose(itertools.count(loss_seconds * 0.375, loss_seconds)))
            tasks.create_task(self._sample(process))
        # Those that have no answer then are lost.
        with suppress(TimeoutError):
            await self._world.changes.until(lambda: len(self._course.answered) == len(self._course.asked), PATIENCE)

    @property
    def _now(self) -> float:
        return time.monotonic() - self._begin

    async def _at(self, moments: Iterable[float]) -> AsyncIterator[float]:
        """Yield moments, in seconds since the start, each when it has come."""
        for moment in moments:
            if moment >= self._course.seconds:
                return
            await asyncio.sleep(max(0.0, moment - self._now))
            yield moment

    def _note(self, event: Event) -> None:
        reference = (event.data.get("message_reference") or {}).get("message_id")
        # A note that too much is asked at once has no buttons, and is no answer.
        if event.name == "MESSAGE_CREATE" and reference in self._course.asked and buttons_of(event.data):
            self._recent.append(event.data)
            # Whoever pressed the bell is told when an update brings an answer: that is one more reply, and no second.
            if TOLD_LATER in text_of(event.data):
                self._course.done["told later"] += 1
            else:
                self._course.answered.setdefault(reference, []).append(self._now)

    async def _ask(self) -> None:
        turns = itertools.cycle(self._chance.sample(self._questions, len(self._questions)))
        readers, channels = itertools.cycle(self._readers), itertools.cycle(self._channels)
        async for _ in self._at(poisson(QUESTIONS, seed=1)):
            words = f"{self._world.bot.mention} {next(turns)}"
            at = self._now
            self._course.asked[self._world.say(next(readers), next(channels), words)["id"]] = at

    async def _act(self, tasks: asyncio.TaskGroup) -> None:
        commands: Sequence[tuple[str, Callable[[], dict[str, Option]]]] = (
            ("ask", lambda: {"question": self._chance.choice(self._questions)}),
            ("search", lambda: {"query": self._chance.choice(self._questions)}),
            ("source", lambda: {"article": self._chance.choice(("embassy", "troops")), "paragraph": 2}),
            ("sources", dict),
            ("check", lambda: {"text": "Protesters stormed the embassy in Baghdad. Nobody was there."}),
        )
        async for _ in self._at(poisson(ACTS, seed=2)):
            # Nobody can act on a bot that is offline.
            if not self._server.gateway.connected:
                continue
            if self._recent and self._chance.random() < 0.6:
                tasks.create_task(self._press(self._chance.choice(self._recent)))
                continue
            name, options = self._chance.choice(commands)
            reader, channel = self._chance.choice(self._readers), self._chance.choice(self._channels)
            command = self._hands.command(reader, channel, name, **options())
            tasks.create_task(self._await(f"/{name}", command))

    async def _press(self, message: Json) -> None:
        """Press some button of a message, as it is now; send the form that may come of it."""
        now = self._world.channels[int(message["channel_id"])].messages[int(message["id"])]
        if not (buttons := [one["custom_id"] for one in buttons_of(now) if not one["disabled"]]):
            return
        pressed = self._hands.press(self._chance.choice(self._readers), now, self._chance.choice(buttons))
        if await self._await("presses", pressed) and pressed.modal is not None:
            filled = self._hands.submit(pressed, defaultdict(lambda: FOLLOW_UP))
            await self._await("forms", filled)

    async def _await(self, what: str, interaction: Interaction) -> bool:
        """Wait for what answers an interaction, and count it."""
        self._course.done[what] += 1
        try:
            await self._world.changes.until(lambda: interaction.modal or shown(interaction), PATIENCE)
        except TimeoutError:
            self._course.undone[what] += 1
            return False
        if (message := shown(interaction)) is not None and buttons_of(message):
            self._recent.append(message)
        return True

    async def _update(self, period: float) -> None:
        numbers = itertools.count()
        async for at in self._at(itertools.count(period, period)):
            change(self._corpus, next(numbers), self._chance)
            self._course.updates.append(at)
            self._course.done["updates"] += 1
            try:
                await self._update_index()
            except TimeoutError:
                self._course.undone["updates"] += 1

    async def _update_index(self) -> None:
        """Run `/index update`, confirm it, and wait for the new version. TimeoutError where that does not come."""
        until = self._world.changes.until
        await until(lambda: self._server.gateway.connected, PATIENCE)
        command = self._hands.command(self._admin, self._desk, "index update")
        preview = await until(lambda: shown(command), PATIENCE)
        before = set(self._desk.messages)
        for button in buttons_of(preview):
            if button["label"] == "Confirm":
                self._hands.press(self._admin, preview, button["custom_id"])

        def is_done() -> bool:
            new = (one for id, one in self._desk.messages.items() if id not in before)
            return any("answers now" in text_of(one) for one in new)

        await until(is_done, PATIENCE)

    async def _lose(self, moments: Iterable[float]) -> None:
        gateway = self._server.gateway
        ways = itertools.cycle(
            (
                ("sessions to resume", gateway.drop),
                ("sessions given up", gateway.lose),
                ("sessions to resume", gateway.ask_to_reconnect),
                ("sessions given up", lambda: gateway.invalidate(resumable=False)),
            )
        )
        async for at in self._at(moments):
            name, lose = next(ways)
            self._course.losses.append(at)
            self._course.done[name] += 1
            known = gateway.identified + gateway.resumed
            lose()
            if not await self._reconnected(known):
                self._course.undone[name] += 1

    async def _reconnected(self, known: int) -> bool:
        """Wait until the bot is connected once more than so many times."""
        gateway = self._server.gateway
        with suppress(TimeoutError):
            return await self._world.changes.until(lambda: gateway.identified + gateway.resumed > known, PATIENCE)
        return False

    async def _sample(self, process: int) -> None:
        async for _ in self._at(itertools.count(SAMPLE_SECONDS, SAMPLE_SECONDS)):
            self._course.samples.append(sample(process, self._now))


def poisson(rate: float, seed: int) -> Iterator[float]:
    """Yield random moments, so many a second on average, without end."""
    chance = random.Random(seed)
    moment = 0.0
    while True:
        moment += chance.expovariate(rate)
        yield moment


def shown(interaction: Interaction) -> Json | None:
    """Return the message that answers an interaction, once it has a text."""
    message = interaction.shown
    return message if message and text_of(message) else None


def change(corpus: Path, number: int, chance: random.Random) -> None:
    """Add an article to a corpus, change it the next time, and remove it the time after that."""
    path = corpus / f"news-{number // 3}.txt"
    if number % 3 == 0:
        path.write_text("\n\n".join(sentence(chance) for _ in range(SENTENCES)), encoding="utf-8")
    elif number % 3 == 1:
        path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{sentence(chance)}", encoding="utf-8")
    else:
        path.unlink()


def sample(process: int, at: float) -> Sample:
    """Look at a process."""
    folder = Path(f"/proc/{process}")
    pages = int((folder / "statm").read_text(encoding="ascii").split()[1])
    megabytes = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    files, threads = (sum(1 for _ in (folder / one).iterdir()) for one in ("fd", "task"))
    return Sample(at, megabytes, files, threads, yardstick())


def yardstick() -> float:
    """Return how many seconds the same piece of work takes now, in plain Python and in NumPy."""
    began = time.perf_counter()
    sum(number % 7 for number in range(100_000))
    np.sort(NUMBERS)
    return time.perf_counter() - began


@asynccontextmanager
async def bot_process(server: Loopback, corpus: Path, data: Path, guild: int, log: Path) -> AsyncIterator[int]:
    """Run the bot as a process, which writes its log to a file; yields its id once it has identified."""
    # The bot's process loads this module, but not what draws.
    command = [sys.executable, "-c", "import sys; from benchmarks.soak import run_bot; run_bot(*sys.argv[1:])"]
    where = [server.address, server.world.token, str(corpus), str(data), str(guild)]
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(*command, *where, cwd=ROOT, stderr=file)
    try:
        await server.world.changes.until(lambda: server.gateway.identified, START_SECONDS)
        yield process.pid
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        if code := await process.wait():
            print(f"the bot ended with {code}:", *log.read_text(encoding="utf-8").splitlines()[-20:], sep="\n")


def run_bot(address: str, token: str, corpus: str, data: str, guild: str) -> None:
    """Be the bot, as `embassy-bot run` is, until a signal."""
    settings = load_bot_settings(ROOT / "config.example.toml", corpus=Path(corpus), data=Path(data))
    discord = settings.discord.model_copy(update={"admin_guilds": (int(guild),)})
    settings = settings.model_copy(update={"discord": discord})
    os.environ[settings.discord.token_env] = token
    share()
    with Library(settings, command="run") as library, discord_at(address):
        library.update()
        run(settings, library)


def complaints(log: Path) -> Iterator[str]:
    """Yield the warnings and errors of a log, without the numbers in them, and all that is no event."""
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            yield line
            continue
        if event["level"] != "INFO":
            words = re.sub(r"\d+(\.\d+)?", "N", event["event"])
            cause = event.get("exc_info", "").rsplit("\n", 1)[-1]
            yield f"{event['level']} {event['logger']}: {words}{f' ({cause})' if cause else ''}"


def tell(course: Course) -> None:
    """Print what was done, and what came of it."""
    lost, twice = len(course.asked) - len(course.delays), sum(len(times) > 1 for times in course.answered.values())
    print(f"{course.seconds / 60:g} minutes: {len(course.asked):,} questions, {lost} lost, {twice} answered twice")
    print(", ".join(f"{count:,} {what}" for what, count in sorted(course.done.items())))
    print("nothing came of:", ", ".join(f"{count} {what}" for what, count in course.undone.items()) or "none of them")
    for words, count in course.logged.most_common():
        print(f"the bot's log, {count} times: {words}")


def memory(course: Course) -> tuple[str, bool]:
    """Return how memory grew, and whether that is within the goal."""
    before, after = (np.median([one.megabytes for one in some]) for some in (course.early(), course.late()))
    growth = after / before - 1
    minute = course.seconds / 360
    return (
        f"memory: {before:.1f} MB at minute {minute:.1f}, {after:.1f} MB at the end, {growth:+.1%}; "
        f"the goal is under {GROWTH:.0%}",
        bool(growth < GROWTH),
    )


def held(course: Course, what: str) -> tuple[str, bool]:
    """Return how many files or threads there were, and whether none was leaked.

    Some come and go with what is under way, and pools of Chroma's take one more now and then, up to their bounds. What
    each update or lost session would leave is a dozen in an hour, so that the usual number may grow by `POOLED`.
    """
    before, after = ([int(getattr(one, what)) for one in some] for some in (course.early(), course.late()))
    usual_before, usual_after = np.median(before), np.median(after)
    return (
        f"{what}: {usual_before:g} at minute {course.seconds / 360:.1f} ({min(before)} to {max(before)}), "
        f"{usual_after:g} at the end ({min(after)} to {max(after)}); the goal is at most {POOLED} more",
        bool(usual_after <= usual_before + POOLED),
    )


def speed(course: Course) -> tuple[str, bool]:
    """Return how much slower answers became, and whether that is within the goal."""
    (before, yard_before), (after, yard_after) = course.in_sixth(1), course.in_sixth(5)
    p50s, p95s = ([float(np.percentile(some, q)) * 1000 for some in (before, after)] for q in (50, 95))
    ratio, machine = p95s[1] / p95s[0], yard_after / yard_before
    return (
        f"delay: p50 {p50s[0]:.0f} ms in the second sixth, {p50s[1]:.0f} ms in the last; p95 {p95s[0]:.0f} ms and "
        f"{p95s[1]:.0f} ms, {ratio:.2f} times; the machine took {machine:.2f} times as long for the same work, so that "
        f"{ratio / machine:.2f} times are the bot's; the goal is at most {SLOWER} times before that is taken off",
        ratio <= SLOWER,
    )


def draw(course: Course) -> Figure:
    """Draw memory, files, threads and delays over the minutes, with marks at updates and lost sessions."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7), layout="constrained")
    grid = figure.subplots(2, 2, sharex=True)
    samples = course.samples
    draw_samples(grid[0, 0], course, [one.megabytes for one in samples])
    grid[0, 0].set(title="Resident memory", ylabel="MB")
    limit = float(np.median([one.megabytes for one in course.early()])) * (1 + GROWTH)
    grid[0, 0].axhline(limit, color="black", linewidth=0.8, label=f"{GROWTH:.0%} growth")
    grid[0, 0].legend(loc="lower right", frameon=False)
    draw_samples(grid[0, 1], course, [one.files for one in samples])
    grid[0, 1].set(title="Open files and sockets", ylabel="number")
    draw_samples(grid[1, 0], course, [one.threads for one in samples])
    grid[1, 0].set(title="Threads", ylabel="number", xlabel="minutes")
    draw_delays(grid[1, 1], course)
    for axes in grid.flat:
        updates = marks(axes, course.updates, "tab:green", ":")
        losses = marks(axes, course.losses, "tab:red", "--")
        axes.grid(alpha=0.2)
        axes.set_xlim(0, course.seconds / 60)
    named = {"the index is updated": updates, "the session is lost": losses}
    shown = {name: lines[0] for name, lines in named.items() if lines}
    figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=2, frameon=False)
    return figure


def marks(axes: Axes, times: Sequence[float], color: str, linestyle: str) -> list[Line2D]:
    """Mark times, given in seconds."""
    return [axes.axvline(at / 60, color=color, alpha=0.6, linewidth=0.8, linestyle=linestyle) for at in times]


def draw_samples(axes: Axes, course: Course, values: Sequence[float]) -> None:
    """Draw what was sampled, from 0 on, with the two times that are compared in grey."""
    axes.plot([one.at / 60 for one in course.samples], values, color="tab:blue", linewidth=1.2, drawstyle="steps-post")
    axes.set_ylim(0, max(values) * 1.15)
    axes.locator_params(axis="y", integer=True)
    for some in (course.early(), course.late()):
        axes.axvspan(some[0].at / 60, some[-1].at / 60, color="grey", alpha=0.2, linewidth=0)


def draw_delays(axes: Axes, course: Course) -> None:
    """Draw each delay as a dot and the p95 by the minute as a line, with the two sixths that are compared in grey."""
    minutes = np.asarray(list(course.delays)) / 60
    delays = np.asarray(list(course.delays.values())) * 1000
    for number in (1, 5):
        axes.axvspan(number * course.seconds / 360, (number + 1) * course.seconds / 360, color="grey", alpha=0.1)
    axes.plot(minutes, delays, ".", color="tab:blue", alpha=0.4, markersize=4, markeredgewidth=0, label="an answer")
    by_minute = {one: delays[minutes.astype(int) == one] for one in np.unique(minutes.astype(int))}
    p95s = [np.percentile(some, 95) for some in by_minute.values()]
    axes.plot([one + 0.5 for one in by_minute], p95s, color="tab:orange", label="p95 of a minute")
    axes.set(title="From question to answer", ylabel="milliseconds", xlabel="minutes", yscale="log")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylim(min(delays) * 0.8, max(delays) * 5)
    axes.legend(loc="upper right", ncols=2, markerscale=2)


if __name__ == "__main__":
    main()
