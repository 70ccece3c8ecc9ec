"""Asking the machine: does something listen there, what does a fresh interpreter say, which browser is there."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from bn_core.data.download import succeeds_within
from bn_core.environment import PROJECT

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
MAC_BROWSERS = ("Google Chrome", "Chromium", "Microsoft Edge")
WINDOWS_BROWSERS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")

CONNECT_SECONDS = 3.0


def find_browser() -> Path | None:
    """The Chromium, Chrome or Edge of this machine."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    programs = [Path(os.environ[name]) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)") if name in os.environ]
    places = [
        *(Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in MAC_BROWSERS),
        *(folder / program for folder in programs for program in WINDOWS_BROWSERS),
    ]
    return next((place for place in places if place.is_file()), None)


def connects(host: str, port: int) -> bool:
    """Whether something listens there: within seconds, also where looking up the name takes for ever."""
    address = (host, port)
    return succeeds_within(CONNECT_SECONDS + 1, lambda: socket.create_connection(address, CONNECT_SECONDS).close())


def run_python(code: str, *arguments: str, seconds: float) -> tuple[str, str]:
    """What a fresh interpreter prints that runs this code, and what went wrong (empty if nothing did)."""
    path = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH"))))
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", f"no answer within {seconds:g} s"
    except OSError as error:
        return "", in_words(error)
    if done.returncode == 0:
        return done.stdout, ""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    # Without the name of the exception's class: what it says is for people.
    return "", short(lines[-1].split(": ", 1)[-1] if lines else f"it ended with code {done.returncode}")


def in_words(error: BaseException) -> str:
    return short(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def short(text: str) -> str:
    text = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return text if len(text) <= 160 else text[:157] + "..."
