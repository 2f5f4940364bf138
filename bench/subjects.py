"""The servers that are measured: each a process of its own, on the servers' core."""

from __future__ import annotations

import http.client
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import IO
from urllib.parse import urlsplit

import msgspec
from bench import machine

from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET

ROOT = Path(__file__).resolve().parents[1]
DEMO = (DEMO_API_KEY, DEMO_API_SECRET)
RATE_LIMIT = "1000000"
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 60.0
_OF_TRANSPORT = ("content-length", "content-type", "connection", "date", "server")


class SubjectError(Exception):
    """A server did not start: one sentence."""


class Subject(msgspec.Struct, frozen=True):
    """One running server."""

    name: str
    url: str
    pid: int
    start_s: float  # from the spawn to the ready line, or to the first accepted connection


@contextmanager
def utabox(folder: Path, *options: str, name: str = "utabox", token: str = "") -> Iterator[Subject]:
    """`utabox serve` on a free port, without rate limits that count."""
    command = [sys.executable, "-m", "utabox", "serve", "--port", "0", "--quiet"]
    command += ["--rate-limits", RATE_LIMIT, *options]
    environment = {**clean_environment(folder), "UTABOX_TOKEN": token}
    with _process(name, command, folder, environment) as (process, began):
        url = _ready_url(name, process, folder)
        yield Subject(name, url, process.pid, time.perf_counter() - began)


@contextmanager
def module(
    folder: Path, module: str, *arguments: str, name: str | None = None
) -> Iterator[Subject]:
    """A server of ours in `bench/`, which prints its URL as utabox does."""
    command = [sys.executable, "-m", module, *arguments]
    name = name or module
    with _process(name, command, folder, clean_environment(folder)) as (process, began):
        url = _ready_url(name, process, folder)
        yield Subject(name, url, process.pid, time.perf_counter() - began)


@contextmanager
def fastapi(folder: Path) -> Iterator[Subject]:
    """fastapi_app.py on uvicorn with its fastest parts."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.fastapi_app:app", "--port", str(port)]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    command += ["--log-level", "warning"]
    with _process("fastapi", command, folder, clean_environment(folder)) as (process, began):
        _await_port("fastapi", port, process, folder)
        url = f"http://127.0.0.1:{port}"
        yield Subject("FastAPI", url, process.pid, time.perf_counter() - began)


@contextmanager
def nginx(folder: Path, head: dict[str, str], body: bytes) -> Iterator[Subject]:
    """nginx with this answer in a file."""
    port, home = free_port(), folder / "nginx"
    home.mkdir()
    (home / "info.json").write_bytes(body)
    lines = (
        f'            add_header {name} "{value}";'
        for name, value in head.items()
        if name.lower() not in _OF_TRANSPORT
    )
    template = Template((ROOT / "bench" / "nginx.conf").read_text())
    config = template.substitute(folder=home, port=port, headers="\n".join(lines))
    (home / "nginx.conf").write_text(config)
    program = machine.find("nginx")
    assert program is not None
    command = [program, "-e", "stderr", "-p", str(home), "-c", str(home / "nginx.conf")]
    with _process("nginx", command, folder, dict(os.environ)) as (process, began):
        _await_port("nginx", port, process, folder)
        url = f"http://127.0.0.1:{port}"
        yield Subject("nginx", url, process.pid, time.perf_counter() - began)


def clean_environment(folder: Path) -> dict[str, str]:
    """This process's, without settings of utabox; its token files go to `folder`.

    The sources beside `bench/` are measured, whatever is installed, and compiled once, as Python
    does by default.
    """
    dropped = ("UTABOX_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    path = os.pathsep.join((str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")))
    return {**kept, "XDG_STATE_HOME": str(folder / "state"), "PYTHONPATH": path}


def ask(subject: Subject, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """One GET: status, headers as sent, body."""
    connection = http.client.HTTPConnection(urlsplit(subject.url).netloc, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@contextmanager
def _process(
    name: str, command: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Start it on the servers' core; at the end stop it, and nothing else."""
    cores = machine.cores()
    with _log(folder, name).open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            machine.pinned(cores[0] if cores else None, command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            cwd=ROOT,
        )
        try:
            yield process, began
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _ready_url(name: str, process: subprocess.Popen[bytes], folder: Path) -> str:
    """The URL in the first line that has one."""
    assert process.stdout is not None
    stdout: IO[bytes] = process.stdout
    until, text = time.monotonic() + START_TIMEOUT_S, b""
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while time.monotonic() < until:
            if not selector.select(timeout=0.5):
                continue
            piece = os.read(stdout.fileno(), 4096)
            text += piece
            found = re.search(rb"https?://[0-9.:]+", text.rpartition(b"\n")[0])
            if found:
                return found[0].decode()
            if not piece:
                break
    raise SubjectError(f"{name} did not get ready: {_last_words(folder, name)}")


def _await_port(name: str, port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SubjectError(f"{name} did not get ready: {_last_words(folder, name)}")


def _log(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(' ', '-')}.log"


def _last_words(folder: Path, name: str) -> str:
    words = _log(folder, name).read_text(errors="replace").split()
    return " ".join(words)[-400:] or "it said nothing"
