"""`python -m bn_core.exhibits.recording.one EXHIBIT FILE`: records one exhibit in a process of its own.

A process of its own has a TensorFlow that nobody used before: a run then repeats to the last bit. It prints how many
updates are done, a line each.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bn_core import packing
from bn_core.data.files import load
from bn_core.exhibits.catalogue import Exhibit
from bn_core.runtime import start_tensorflow


def main(exhibit_json: str, file: str) -> None:
    """Record the exhibit that this JSON object describes and write it to this file."""
    exhibit = packing.made(Exhibit, json.loads(exhibit_json))
    dataset = load(exhibit.config.dataset)
    start_tensorflow()
    from bn_core.exhibits.recording.make import make

    make(exhibit, dataset, lambda step: print(step, flush=True)).save(Path(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
