"""A class that follows a talk: `python -m benchmarks.following`.

The real server with its engine, the shipped talk, and a presenter in a real browser who turns its scenes by keys. Three
real browsers follow, one as wide as a phone; then 27 simulated ones come in, too, which look as often as a browser
does, and the talk is turned again; at last the three browsers leave, and the simulated ones look on. Of each turn it is
noted when the key was pressed; when the server's message with the new scene came to each follower; and for the real
browsers when the scene was drawn. What lies between the last two is the browsers' own cost: all of them, the simulated
ones too, share this machine with the server.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import click
from playwright.async_api import Browser, Page, WebSocket, async_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from benchmarks.app_server import app_server
from benchmarks.first_page import ARGUMENTS
from benchmarks.report import publish, table
from bn_core.cli.machine import find_browser
from bn_core.presenting.key import kept_key
from bn_core.runs.store import Store
from bn_core.talks import shipped_talk

SIMULATED = 27
SCREENS = ((390, 844), (1280, 720), (1440, 900))
EVERY = 0.5
"""Seconds from one look of a follower to the next, as `pages/following/bar.py` has it."""

REST = 2.0
"""Seconds between two turns, in which everybody has come to the scene and looks on."""

BUSY_SECONDS = 60

ALONE_SECONDS = 30
"""How long the simulated ones look on when the three browsers have left."""

DRAWN = Path(__file__).with_name("following.js").read_text(encoding="utf-8")
"""When a scene is drawn, in milliseconds since 1970; false before."""

LARGEST_MESSAGE = 1 << 28


class Arrivals:
    """When each follower had the message with a scene, in seconds since 1970: the first time of each turn."""

    def __init__(self) -> None:
        self.at: dict[object, float] = {}
        self._scene = ""

    def turn(self, scene: str) -> None:
        """Begin anew, with the scene that is turned to."""
        self.at, self._scene = {}, scene

    def hear(self, who: object, message: ForwardMsg) -> None:
        """Look whether this message takes a follower to the scene."""
        if parse_qs(message.page_info_changed.query_string).get("scene") == [self._scene]:
            self.at.setdefault(who, time.time())


class Follower:
    """A tab that follows, as far as the server can tell."""

    def __init__(self, port: int, talk: str, arrivals: Arrivals) -> None:
        self._port = port
        self._arrivals = arrivals
        self._query = f"talk={talk}"
        self._page = ""
        self._parts: dict[str, float] = {}
        self.looks: list[tuple[float, float]] = []

    async def open(self) -> None:
        """Open the talk's address and wait until the scene is whole."""
        url = f"ws://localhost:{self._port}/_stcore/stream"
        request = HTTPRequest(url, headers={"Origin": f"http://localhost:{self._port}"})
        self._socket: WebSocketClientConnection = await websocket_connect(
            request, subprotocols=["streamlit"], max_message_size=LARGEST_MESSAGE
        )
        await self._ask("")

    async def follow(self, offset: float, ended: asyncio.Event) -> None:
        """Look as often as the page is to be looked at, until the end; note when each ended, and its milliseconds."""
        await asyncio.sleep(offset)
        due: dict[str, float] = {}
        while not ended.is_set():
            now = time.monotonic()
            due = {part: due.get(part, now + every) for part, every in self._parts.items()}
            part = min(due, key=lambda each: due[each])
            await asyncio.sleep(max(0.0, due[part] - now))
            started = time.perf_counter()
            await self._ask(part)
            self.looks.append((time.time(), (time.perf_counter() - started) * 1000))
            # What was missed meanwhile is not made up for: the server would make one of such requests, too.
            due[part] = max(due[part] + self._parts.get(part, EVERY), time.monotonic())

    def close(self) -> None:
        self._socket.close()

    async def _ask(self, part: str) -> None:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.page_script_hash = self._query, self._page
        rerun.fragment_id, rerun.is_auto_rerun = part, bool(part)
        await self._socket.write_message(message.SerializeToString(), binary=True)
        while True:
            packed = await asyncio.wait_for(self._socket.read_message(), BUSY_SECONDS)
            if not isinstance(packed, bytes):
                raise ConnectionError("The server closed the connection.")
            message_back = ForwardMsg.FromString(packed)
            if self._hear(message_back):
                return

    def _hear(self, message: ForwardMsg) -> bool:
        """Do as a browser does with this message; return whether it was the last of an answer."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._page = message.new_session.page_script_hash
            if not message.metadata.run.fragment_ids:
                self._parts = {}
        elif kind == "navigation":
            self._page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
            self._arrivals.hear(self, message)
        elif kind == "auto_rerun":
            # The browser itself asks more often than the timer: see `pages/parts/often.py`.
            self._parts[message.auto_rerun.fragment_id] = min(message.auto_rerun.interval, EVERY)
        return kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN


async def opened(browser: Browser, size: tuple[int, int], arrivals: Arrivals | None = None) -> Page:
    """Return the page of somebody with a browser of their own, and hear what the server says to it."""
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = await context.new_page()
    page.set_default_timeout(BUSY_SECONDS * 1000)

    def listen(socket: WebSocket) -> None:
        def hear(packed: bytes | str) -> None:
            if arrivals is not None and isinstance(packed, bytes):
                arrivals.hear(page, ForwardMsg.FromString(packed))

        socket.on("framereceived", hear)

    page.on("websocket", listen)
    return page


async def drawn(page: Page, scene: str) -> float:
    """Wait until a page has drawn this scene; return when it had, in seconds since 1970."""
    handle = await page.wait_for_function(DRAWN, arg=scene)
    return float(await handle.json_value()) / 1000


async def until(so: Callable[[], bool]) -> None:
    """Wait until this is so."""
    async with asyncio.timeout(BUSY_SECONDS):
        while not so():
            await asyncio.sleep(0.01)


class Turns:
    """What was measured of all turns before one class, in milliseconds from the press of the key; and when each began
    and everybody had it, in seconds since 1970."""

    def __init__(self) -> None:
        self.simulated: list[float] = []
        self.message: list[float] = []
        self.drawn: list[float] = []
        self.own: list[float] = []
        self.spans: list[tuple[float, float]] = []


@dataclass(frozen=True)
class Class:
    """What was measured.

    Attributes:
        few, many: the turns before three browsers, and before these and the simulated ones.
        looks: each look of the simulated ones: when it ended, in seconds since 1970, and its milliseconds.
        alone: since when the three browsers were gone.
    """

    few: Turns
    many: Turns
    looks: list[tuple[float, float]]
    alone: float

    @property
    def beside(self) -> list[float]:
        """Milliseconds of each look between two turns, while the browsers were there."""
        return [
            took
            for ended, took in self.looks
            if ended < self.alone
            and not any(start < ended and ended - took / 1000 < end for start, end in self.many.spans)
        ]

    @property
    def by_themselves(self) -> list[float]:
        """Milliseconds of each look after the browsers had left."""
        return [took for ended, took in self.looks if ended - took / 1000 > self.alone]


async def measure(home: Path, rounds: int) -> Class:
    """Turn the talk to its end and back so many times for three browsers, and as often with the simulated ones."""
    scenes = [scene.id for scene in shipped_talk().scenes]
    with app_server(home, BN_WORKERS="1") as (port, _):
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
            presenter = await opened(browser, (1920, 1080))
            await presenter.goto(f"http://localhost:{port}/teach#key={kept_key(home)}")
            await presenter.locator(".st-key-talk-open button").click()
            await presenter.locator(".st-key-talk-begin button").click()
            await drawn(presenter, scenes[0])
            given = Store.open(home).presentation()
            assert given is not None
            by_browser, by_hand = Arrivals(), Arrivals()
            pages = [await opened(browser, size, by_browser) for size in SCREENS]
            for page in pages:
                await page.goto(f"http://localhost:{port}/?talk={given.id}")
                await drawn(page, scenes[0])

            async def turn_all(followers: list[Follower]) -> Turns:
                turns = Turns()
                for _ in range(rounds):
                    for key, path in (("ArrowRight", scenes[1:]), ("ArrowLeft", scenes[-2::-1])):
                        for scene in path:
                            await asyncio.sleep(REST)
                            await turn(presenter, pages, key, scene, (by_browser, by_hand), len(followers), turns)
                            last = max(turns.drawn[-len(pages) :])
                            click.echo(f"{scene}, {len(followers)} simulated: {last:.0f} ms until the last one has it")
                return turns

            few = await turn_all([])
            followers = [Follower(port, given.id, by_hand) for _ in range(SIMULATED)]
            for follower in followers:
                await follower.open()
            ended = asyncio.Event()
            following = [
                asyncio.create_task(follower.follow(EVERY * place / SIMULATED, ended))
                for place, follower in enumerate(followers)
            ]
            many = await turn_all(followers)
            for page in pages:
                await page.context.close()
            await asyncio.sleep(REST)
            alone = time.time()
            await asyncio.sleep(ALONE_SECONDS)
            ended.set()
            await asyncio.gather(*following)
            for follower in followers:
                follower.close()
            await browser.close()
    return Class(few, many, [look for follower in followers for look in follower.looks], alone)


async def turn(
    presenter: Page,
    pages: list[Page],
    key: str,
    scene: str,
    arrivals: tuple[Arrivals, Arrivals],
    simulated: int,
    turns: Turns,
) -> None:
    """Turn to a scene, and note when each has it."""
    by_browser, by_hand = arrivals
    for each in arrivals:
        each.turn(scene)
    pressed = time.time()
    await presenter.keyboard.press(key)
    shown = await asyncio.gather(*(drawn(page, scene) for page in pages))
    await until(lambda: len(by_hand.at) == simulated and len(by_browser.at) == len(pages))
    turns.spans.append((pressed, time.time()))
    told = [by_browser.at[page] for page in pages]
    turns.simulated += [(at - pressed) * 1000 for at in by_hand.at.values()]
    turns.message += [(at - pressed) * 1000 for at in told]
    turns.drawn += [(at - pressed) * 1000 for at in shown]
    turns.own += [(seen - heard) * 1000 for seen, heard in zip(shown, told, strict=True)]


def row(name: str, milliseconds: list[float]) -> list[str]:
    """A row of the table: the median, and what 95 % stay below."""
    return [name, f"{statistics.median(milliseconds):.0f}", f"{statistics.quantiles(milliseconds, n=20)[-1]:.0f}"]


def in_time(looks: list[float]) -> str:
    """How many looks were answered before the next was due."""
    return f"{sum(took <= EVERY * 1000 for took in looks) / len(looks):.1%} of {len(looks)}"


@click.command(help=__doc__)
@click.option("--rounds", default=3, show_default=True, help="How often the talk is turned to its end and back.")
def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = asyncio.run(measure(Path(folder), rounds))
    few, many = found.few, found.many
    rows = [
        row("3 browsers: from the key to the server's message", few.message),
        row("3 browsers: from the key to the scene drawn", few.drawn),
        row("of which the browsers' own cost", few.own),
        row(f"3 browsers and {SIMULATED} simulated: from the key to the server's message, browsers", many.message),
        row("the same, simulated", many.simulated),
        row("the same, to the scene drawn, browsers", many.drawn),
        row(f"until a look of the {SIMULATED} is answered, between two turns", found.beside),
        row("the same, when the three browsers have left", found.by_themselves),
    ]
    publish(
        "following",
        table(["milliseconds", "median", "95 %"], rows)
        + "\n\n"
        + f"{in_time(found.beside)} looks between two turns were answered before the next was due, and "
        + f"{in_time(found.by_themselves)} when the browsers had left.",
    )


if __name__ == "__main__":
    main()
