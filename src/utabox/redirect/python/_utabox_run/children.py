"""What the program starts is given the same environment, even if it has changed its own."""

from __future__ import annotations

import os

from .rules import PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KEPT = (
    "CURL_CA_BUNDLE", "DENO_CERT", "NODE_EXTRA_CA_CERTS", "NO_PROXY", "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE", "WEBSOCKET_CLIENT_CA_BUNDLE", "no_proxy",
)  # fmt: skip
"""Variables that every child is given as we were given them, beside those of `PREFIX` and what
names a proxy: one that we do not know is taken away."""
PROXIES = frozenset((
    "all_proxy", "http_proxy", "https_proxy", "npm_config_http_proxy", "npm_config_https_proxy",
    "npm_config_proxy", "ws_proxy", "wss_proxy",
))  # fmt: skip
"""Those that we know, in lower case."""
IF_ABSENT = ("UTABOX_TOKEN", "UTABOX_URL")
"""Variables that a child is given if it is given none: it may deal with another server."""
DROPPED = ("HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS")
"""Variables by which the C library takes one name for another."""

_environment: dict[str, str] = {}
"""What every child gets."""
_ours = os.environ


def _is_a_proxy(name: str) -> bool:
    lower = name.lower()
    named = lower.endswith("_proxy") or lower in ("npm_config_noproxy", "npm_config_proxy")
    return named and not name.startswith(PREFIX)


def _first(ours: str, rest: str) -> str:
    """A list of folders that begins with ours, of which there may be several."""
    if rest == ours or rest.startswith(ours + os.pathsep):
        return rest
    folders = ours.split(os.pathsep)
    kept = [path for path in rest.split(os.pathsep) if path not in folders] if rest else []
    return os.pathsep.join(folders + kept)


def _led(given: dict[str, str]) -> dict[str, str]:
    """An environment, with ours in it."""
    if given.get(PREFIX + "ID", _environment[PREFIX + "ID"]) != _environment[PREFIX + "ID"]:
        return given  # of a `utabox run` within this one, which has made it anew
    after = {
        name: value
        for name, value in given.items()
        if name not in DROPPED and (name in _environment or not _is_a_proxy(name))
    }
    for name, value in _environment.items():
        if name not in IF_ABSENT or name not in after:
            after[name] = value
    after["PYTHONPATH"] = _first(_environment[PREFIX + "PYTHON"], given.get("PYTHONPATH", ""))
    options, required = given.get("NODE_OPTIONS", ""), _required(_environment[PREFIX + "NODE"])
    if not options.startswith(required):  # before what the program requires, which may start others
        options = (required + " " + options.replace(required, "").strip()).strip()
    after["NODE_OPTIONS"] = options
    if "PATH" in given:
        after["PATH"] = _first(_environment[PREFIX + "BIN"], given["PATH"])
    return after


def _required(module: str) -> str:
    """The option of Node, as it reads quotes in NODE_OPTIONS."""
    return '--require "' + module.replace("\\", "\\\\").replace('"', '\\"') + '"'


def kept_environment(env: Any) -> Any:
    """A child's environment, with ours in it; None: it inherits one that has it."""
    if env is None:
        put_back()
        return None
    as_bytes = any(isinstance(name, bytes) for name in env)
    given = {os.fsdecode(name): os.fsdecode(value) for name, value in env.items()}
    after = _led(given)
    if as_bytes:
        return {os.fsencode(name): os.fsencode(value) for name, value in after.items()}
    return after


def put_back() -> None:
    """Undo in our own environment what the program has changed of ours: a child may inherit it."""
    before = dict(_ours)
    after = _led(before)
    if after != before:
        for name in before.keys() - after.keys():
            del _ours[name]
        for name, value in after.items():
            if before.get(name) != value:
                _ours[name] = value


def keep_environment() -> None:
    """Give it to those who are started with one of their own."""
    import _posixsubprocess

    for name, value in os.environ.items():
        if name.startswith(PREFIX) or name in KEPT or name in IF_ABSENT:
            _environment[name] = value
        elif _is_a_proxy(name) and name.lower() in PROXIES:
            _environment[name] = os.environ[PREFIX + "PROXY"]
    for name in ("ID", "PYTHON", "NODE", "BIN"):
        os.environ[PREFIX + name]  # or a KeyError, as for the others
    put_back()

    def keep(function: Any) -> Any:
        def call(path: Any, argv: Any, env: Any, *others: Any, **options: Any) -> Any:
            return function(path, argv, kept_environment(env), *others, **options)

        return call

    for name in ("execve", "posix_spawn", "posix_spawnp"):
        if hasattr(os, name):
            setattr(os, name, keep(getattr(os, name)))

    fork: Any = _posixsubprocess.fork_exec

    def fork_exec(*arguments: Any) -> Any:  # what it takes grows with Python
        pairs = arguments[5]
        if pairs is None:
            put_back()
        else:
            led = kept_environment(dict(pair.partition(b"=")[::2] for pair in pairs))
            pairs = [os.fsencode(name) + b"=" + os.fsencode(led[name]) for name in led]
        return fork(*arguments[:5], pairs, *arguments[6:])

    _posixsubprocess.fork_exec = fork_exec


def keep_subprocess(module: Any) -> None:
    """If it was imported before us; and uvloop, which starts children in C, as it is."""
    import _posixsubprocess

    if hasattr(module, "_fork_exec"):
        module._fork_exec = _posixsubprocess.fork_exec
