"""The engine's host with the fake trainer: run as a program, in place of `python -m bn_core.engine.host`."""

import logging
import sys

from bn_core.engine.host import host
from bn_core.environment import read_environment

WORKER_PROCESS = "tests.engine.fake_trainer"

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    sys.exit(host(read_environment(), WORKER_PROCESS))
