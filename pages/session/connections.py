"""Has the server send each message at once.

Streamlit binds its socket in a way (protocol 0) from which asyncio does not see that it is TCP, and so leaves Nagle's
algorithm on: all but the first message of an update would wait until the browser has acknowledged the first, 40 ms.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path

OPEN_FILES = Path("/dev/fd")
"""The numbers of the process's open files, where there is such a folder."""


def send_at_once() -> None:
    """Turn Nagle's algorithm off for the connections of this process, and for those that its server will accept.

    Only where a socket is a file of the process, as on Linux and macOS; else nothing changes.
    """
    files = [int(file.name) for file in OPEN_FILES.iterdir()] if OPEN_FILES.is_dir() else []
    for file in files:
        # One of them was open only for reading the folder.
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(file).st_mode):
                _send_at_once(file)


def _send_at_once(file: int) -> None:
    # A socket object closes its file with itself: it gets a duplicate. Both are the same connection.
    with socket.socket(fileno=os.dup(file)) as connection:
        if connection.family in (socket.AF_INET, socket.AF_INET6) and connection.type == socket.SOCK_STREAM:
            # Accepted connections have the options of the socket that listened.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
