"""The files of `data/`: facts of the exchange, each with its source in the file itself."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import msgspec


@functools.cache
def facts(name: str) -> Any:
    """What `data/<name>.json` holds, read when it is first asked for. Nobody changes it."""
    file = resources.files("utabox").joinpath(f"data/{name}.json")
    return msgspec.json.decode(file.read_bytes())
