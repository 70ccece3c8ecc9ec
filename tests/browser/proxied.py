"""The app behind a proxy, as docs/hosting.md says that one is set up.

The proxy of these tests takes a path off what it passes on, as JupyterHub's does, and adds headers, as Caddy does. What
docs/hosting.md prints is read from there, so that what is tried is what is printed.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shlex
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.browser.served import ROOT, free_port

CHAPTER = ROOT / "docs" / "hosting.md"

MOST = 1 << 16
"""How many bytes are passed on at once."""


def printed(language: str, *containing: str) -> str:
    """Return the one example in this language that docs/hosting.md prints and that has these words in it."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", CHAPTER.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (found,) = [text for name, text in blocks if name == language and all(words in text for words in containing)]
    return found


def caddys_headers() -> dict[str, str]:
    """Return the headers that the Caddyfile of docs/hosting.md adds to every answer."""
    lines = map(shlex.split, printed("caddyfile", "header").splitlines())
    return {line[1]: line[2] for line in lines if line[:1] == ["header"]}


def handshake(port: int, host: str) -> int:
    """Return the status with which a websocket is answered that was opened under this name of the host."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        asked = (
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        connection.sendall(asked.encode())
        return int(connection.recv(64).split()[1])


@dataclass
class Proxy:
    """A reverse proxy on a port of its own.

    Attributes:
        behind: the port of what it stands before.
        path: what it takes off the path of a request, without a slash at its end. Outside of it there is nothing.
        headers: what it adds to every answer.
        seen: the paths that were asked for, as they came.
    """

    behind: int
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    seen: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}{self.path}"

    async def serve(self, ended: asyncio.Event, ready: threading.Event) -> None:
        """Pass on what comes until the end."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)
        ready.set()
        await ended.wait()
        server.close()

    async def _answer(self, browser: asyncio.StreamReader, to_browser: asyncio.StreamWriter) -> None:
        """Pass on one request, with its answer or all that a websocket says."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), contextlib.closing(to_browser):
            (method, path, version), headers = _head(await browser.readuntil(b"\r\n\r\n"), 2)
            self.seen.append(path)
            if not f"{path}/".startswith(f"{self.path}/") or path == self.path != "":
                answer = f"HTTP/1.1 {_elsewhere(path == self.path, self.path)}\r\nContent-Length: 0\r\n"
                to_browser.write(f"{answer}Connection: close\r\n\r\n".encode("latin-1"))
                await to_browser.drain()
                return
            # Each request has a connection of its own, but for the one that becomes a websocket's.
            upgraded = any(name.lower() == "upgrade" for name, _ in headers)
            kept = [(name, value) for name, value in headers if upgraded or name.lower() != "connection"]
            kept += [] if upgraded else [("Connection", "close")]
            app, to_app = await asyncio.open_connection("127.0.0.1", self.behind)
            with contextlib.closing(to_app):
                to_app.write(_written(f"{method} {path.removeprefix(self.path)} {version}", kept))
                passing = asyncio.create_task(_pass_on(browser, to_app))
                line, answered = _head(await app.readuntil(b"\r\n\r\n"), 2)
                to_browser.write(_written(" ".join(line), [*answered, *self.headers.items()]))
                await _pass_on(app, to_browser)
                passing.cancel()


def _elsewhere(bare: bool, path: str) -> str:
    """Return the answer outside of the proxy's path: where the slash at its end is missing, the way there."""
    if bare:
        return f"301 {HTTPStatus(301).phrase}\r\nLocation: {path}/"
    return f"404 {HTTPStatus(404).phrase}"


def _head(read: bytes, splits: int) -> tuple[list[str], list[tuple[str, str]]]:
    line, *lines = read.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    pairs = (each.partition(":") for each in lines)
    return line.split(" ", splits), [(name, value.strip()) for name, _, value in pairs]


def _written(line: str, headers: list[tuple[str, str]]) -> bytes:
    return "\r\n".join([line, *(f"{name}: {value}" for name, value in headers), "", ""]).encode("latin-1")


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while read := await source.read(MOST):
            to.write(read)
            await to.drain()
        to.write_eof()


@contextlib.contextmanager
def running(*proxies: Proxy) -> Iterator[None]:
    """Have these proxies pass on what comes, in a thread of their own."""
    loop, ended = asyncio.new_event_loop(), asyncio.Event()
    ready = [threading.Event() for _ in proxies]

    async def serve() -> None:
        await asyncio.gather(*(proxy.serve(ended, event) for proxy, event in zip(proxies, ready, strict=True)))
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        for event in ready:
            assert event.wait(10), "the proxy does not start"
        yield
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
