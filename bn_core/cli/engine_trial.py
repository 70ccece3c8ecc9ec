"""Tries out whether workers can be had, and of which kind: for the doctor, in a process of its own."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from pathlib import Path
from queue import Empty, SimpleQueue

from bn_core.engine.cluster import Cluster, ClusterSettings
from bn_core.engine.host import WORKER_PROCESS
from bn_core.engine.reports import Connected, Disconnected, Joined, Report, Unusable
from bn_core.environment import examine_environment

SECONDS = 30.0


def main() -> None:
    """Print as JSON why there is no scheduler (`problem`), or how many workers are `usable` and why others are not."""
    inbox: SimpleQueue[Report] = SimpleQueue()
    problem, expected, found = "", None, dict[str, str]()
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(
            ClusterSettings(examine_environment()[0].scheduler, 1, Path(folder)), WORKER_PROCESS, inbox.put
        )
        cluster.start()
        deadline = time.monotonic() + SECONDS
        while not problem and found.keys() != expected and time.monotonic() < deadline:
            with contextlib.suppress(Empty):
                match inbox.get(timeout=0.1):
                    case Connected():
                        expected = set(cluster.addresses)
                        found = {}
                    case Disconnected(reason):
                        problem = reason
                    case Joined(address):
                        found[address] = ""
                    case Unusable(address, reason):
                        found[address] = reason
        cluster.close(2.0)
    if expected is None and not problem:
        problem = f"The training engine has found no workers within {SECONDS:g} s."
    silent = dict.fromkeys((expected or set()) - found.keys(), f"it does not answer within {SECONDS:g} s")
    unusable = silent | {address: reason for address, reason in found.items() if reason}
    usable = [address for address, reason in found.items() if not reason]
    print(json.dumps({"problem": problem, "usable": len(usable), "unusable": unusable}))
