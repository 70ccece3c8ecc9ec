"""Which version of the lab this is, and which versions of the libraries it runs with."""

from __future__ import annotations

import functools
import importlib.metadata
import tomllib

from bn_core.environment import PROJECT

NAME = "batch-norm-lab"

LIBRARIES = ("tensorflow", "keras", "numpy", "streamlit", "altair", "dask", "mlxtend")


@functools.cache
def version() -> str | None:
    """Return the lab's version: of the checkout that it runs from, else of the installed package; None for neither."""
    try:
        project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        if project["name"] == NAME:
            return str(project["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return installed(NAME)


@functools.cache
def libraries() -> dict[str, str]:
    """Return the versions of those that are installed, by name."""
    return {name: found for name in LIBRARIES if (found := installed(name)) is not None}


def installed(package: str) -> str | None:
    """Return the version of an installed package; None where it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
