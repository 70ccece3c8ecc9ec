"""The process in which TensorFlow runs: `python -m bn_core.engine.worker_process`, started by a relay.

It answers the frames of its standard input on its standard output, in any order, and ends when its input does. Its
first frame, number 0, says why it cannot work; it is empty if it can.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from bn_core.engine.relay import FrameWriter, read_frame

if TYPE_CHECKING:
    from bn_core.engine.trainer import Trainer


def main(make_trainer: Callable[[], Trainer]) -> None:
    """Answer calls until standard input ends; never return.

    Args:
        make_trainer: what cannot be loaded is said in the first frame.
    """
    # Ctrl-C in a terminal may reach every process, but the host decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What Python or TensorFlow print must not come between the frames.
    replies = FrameWriter(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    try:
        from bn_core.engine.worker import Worker

        worker = Worker(make_trainer())
    except Exception as error:
        replies.write(0, f"it cannot load this project ({type(error).__name__}: {error})".encode())
        os._exit(1)
    replies.write(0, b"")
    # Not sys.stdin: its lock would be held while this thread waits.
    with open(0, "rb", closefd=False) as requests:
        while (frame := read_frame(requests)) is not None:
            number, payload = frame
            worker.handle(payload, partial(replies.write, number))
    # TensorFlow takes seconds to tidy up what ends anyway.
    os._exit(0)


def _trainer() -> Trainer:
    from bn_core.engine.trainer import Trainer

    return Trainer()


if __name__ == "__main__":
    main(_trainer)
