"""Put load on a server with wrk, and read what it measured."""

from __future__ import annotations

import hashlib
import hmac
import os
import random
import resource
import subprocess
import time
from pathlib import Path

import msgspec
from bench import machine
from bench.subjects import Subject

SCRIPT = Path(__file__).with_name("load.lua")
INFO, SET_MARGIN_MODE = "/v5/account/info", "/v5/account/set-margin-mode"
WALLET_BALANCE = "/v5/account/wallet-balance"
INTER_TRANSFER = "/v5/asset/transfer/inter-transfer"
RECV_WINDOW_MS = 2_147_483_647  # 24 days: what was signed once holds for the whole run
END_OF_REQUEST = b"\x1e"
SIGNED_AT = int(time.time() * 1000)


class Report(msgspec.Struct, frozen=True):
    """What load.lua prints."""

    requests: int
    micros: int
    bytes: int
    failed: int  # connections refused, broken or timed out
    not_2xx: int
    wrong: int  # answers whose retCode is not 0, where they are looked at
    p50: int  # us
    p99: int
    worst: int


class Measured(msgspec.Struct, frozen=True):
    """One round of one server."""

    report: Report
    rate: float  # requests per second
    cpu_us: float  # of the server, per request
    busy: float  # share of a core that the server had
    strangers: float  # share that others had of the server's core or of wrk's, the larger one
    load_busy: float  # share of a core that wrk had


class LoadError(Exception):
    """A round is worth nothing: one sentence."""


def signed(api_key: str, secret: str, payload: str = "") -> dict[str, str]:
    """The headers of a private call."""
    text = f"{SIGNED_AT}{api_key}{RECV_WINDOW_MS}{payload}"
    return {
        "X-BAPI-API-KEY": api_key,
        "X-BAPI-TIMESTAMP": str(SIGNED_AT),
        "X-BAPI-RECV-WINDOW": str(RECV_WINDOW_MS),
        "X-BAPI-SIGN": hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest(),
    }


def reads(
    credentials: list[tuple[str, str]], file: Path, path: str = INFO, query: str = ""
) -> Path:
    """A file of signed reads, one for each key, in an order without a pattern."""
    target = f"{path}?{query}" if query else path
    requests = [_raw("GET", target, signed(*known, query)) for known in credentials]
    random.Random(1).shuffle(requests)
    file.write_bytes(b"".join(requests))
    return file


def writes(credentials: list[tuple[str, str]], file: Path) -> Path:
    """A file of signed writes: all accounts to isolated margin, then all back to regular.

    With more accounts than connections, two writes of one account are never under way at once,
    so each of them changes the mode and is journaled.
    """
    requests = []
    for mode in ("ISOLATED_MARGIN", "REGULAR_MARGIN"):
        body = f'{{"setMarginMode":"{mode}"}}'
        for known in credentials:
            headers = {**signed(*known, body), "Content-Type": "application/json"}
            requests.append(_raw("POST", SET_MARGIN_MODE, headers, body))
    file.write_bytes(b"".join(requests))
    return file


def transfers(credentials: list[tuple[str, str]], file: Path, first: int, count: int) -> Path:
    """A file of signed transfers: all accounts to their funding wallets, then all back, and so on.

    Each has a transferId of its own, from `first` on, so no file is good for two rounds.
    """
    requests = []
    ways = ("UNIFIED", "FUND"), ("FUND", "UNIFIED")
    for number in range(count):
        turn, index = divmod(number, len(credentials))
        giving, taking = ways[turn % 2]
        body = (
            f'{{"transferId":"{first + number:08x}-0000-4000-8000-000000000000","coin":"USDT",'
            f'"amount":"0.01","fromAccountType":"{giving}","toAccountType":"{taking}"}}'
        )
        headers = {**signed(*credentials[index], body), "Content-Type": "application/json"}
        requests.append(_raw("POST", INTER_TRANSFER, headers, body))
    file.write_bytes(b"".join(requests))
    return file


def _raw(method: str, path: str, headers: dict[str, str], body: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", body]).encode() + END_OF_REQUEST


def put(
    subject: Subject,
    seconds: float,
    connections: int = 64,
    *,
    headers: dict[str, str] | None = None,
    requests: Path | None = None,
    check: bool = False,
) -> Measured:
    """One round of load on `subject`.

    Args:
        headers: Of the one request that is sent again and again.
        requests: Instead, a file of requests to send in turn.
        check: Look into every answer; it costs wrk some time.
    Raises:
        LoadError: something was answered that should not have been, or nothing.
    """
    before = _clocks(subject)
    wrk = begin(subject, seconds, connections, headers=headers, requests=requests, check=check)
    output, trouble = wrk.communicate(timeout=seconds + 30)
    spent = [now - then for now, then in zip(_clocks(subject), before, strict=True)]
    return _measured(_report(subject, output + trouble), spent)


def begin(
    subject: Subject,
    seconds: float,
    connections: int,
    *,
    headers: dict[str, str] | None = None,
    requests: Path | None = None,
    check: bool = False,
) -> subprocess.Popen[str]:
    """The same, without waiting for it."""
    wrk = machine.find("wrk")
    assert wrk is not None
    command = [wrk, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(SCRIPT)]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    environment = {**os.environ, **({"CHECK": "1"} if check else {})}
    if requests is not None:
        environment["REQUESTS"] = str(requests)
    pinned = machine.cores()
    core = pinned[1] if pinned else None
    return subprocess.Popen(
        machine.pinned(core, [*command, subject.url + INFO]),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _clocks(subject: Subject) -> list[float]:
    """Wall, server's CPU, wrk's CPU, and what anybody had of the server's core and of wrk's."""
    pinned = machine.cores()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return [
        time.monotonic(),
        machine.cpu_seconds(subject.pid),
        children.ru_utime + children.ru_stime,
        *(machine.core_busy_seconds(core) for core in pinned or ()),
    ]


def _report(subject: Subject, output: str) -> Report:
    for line in output.splitlines():
        if line.startswith("@{"):
            report = msgspec.json.decode(line[1:], type=Report)
            if report.failed or report.not_2xx or report.wrong or not report.requests:
                raise LoadError(f"{subject.name} answered wrongly: {report}.")
            return report
    raise LoadError(f"wrk failed on {subject.name}: {' '.join(output.split())[-300:]}")


def _measured(report: Report, spent: list[float]) -> Measured:
    wall, server, load, *cores = spent
    others = (core - own for core, own in zip(cores, (server, load), strict=False))
    return Measured(
        report=report,
        rate=report.requests / (report.micros / 1e6),
        cpu_us=server / report.requests * 1e6,
        busy=server / wall,
        strangers=max(0.0, *others) / wall if cores else 0.0,
        load_busy=load / wall,
    )
