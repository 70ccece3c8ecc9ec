"""What a run was computed on: on the same processor, with the same versions, it repeats to the last bit."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

VECTORS = ("avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "asimd", "sve")
"""Instruction sets that decide which of TensorFlow's kernels run, as Linux names them."""


def processor() -> str:
    """This machine's processor in one line: name, architecture and, where the system tells, vector instructions."""
    name, flags = {"Linux": _linux, "Darwin": _macos}.get(platform.system(), _otherwise)()
    machine = platform.machine()
    vectors = [vector for vector in VECTORS if vector in flags]
    return ", ".join([part for part in (name or machine, machine) if part] + vectors)


def _linux() -> tuple[str, set[str]]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _otherwise()
    values = {
        name.strip(): value.strip()
        for name, _, value in (line.partition(":") for line in reversed(text.splitlines()))
        if value
    }
    kind = [
        values.get("model name", ""),
        *(f"{name} {values[name]}" for name in ("model", "stepping") if name in values),
    ]
    return " ".join(filter(None, kind)), set(values.get("flags", values.get("Features", "")).split())


def _macos() -> tuple[str, set[str]]:
    try:
        done = subprocess.run(
            ["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return _otherwise()
    return done.stdout.strip(), set()


def _otherwise() -> tuple[str, set[str]]:
    return platform.processor(), set()
