"""What the tester's toolbox costs: venues, a loud neighbour, TLS, `utabox run`."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import partial
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from bench import load, machine, subjects
from bench.load import Measured
from bench.measures import (
    CONNECTIONS,
    Plan,
    Result,
    Row,
    Series,
    Work,
    _inside,
    _rate_row,
    _ratios,
    _rounds,
    _spread,
)
from bench.subjects import Subject

TOKEN = "a-token-of-the-benchmark"
RUNS = 7


def venues(plan: Plan) -> Result:  # noqa: ARG001  all have one shape
    """A venue made, used once and dropped in a running server."""
    found: list[list[float]] = _inside("venues", "200")
    whole = [sum(one) for one in found]
    middles = [statistics.median(one) for one in zip(*found, strict=True)]
    middle = statistics.median(whole)
    return Result(
        rows=[
            Row(
                "a venue created, used once and dropped in process",
                "< 5 ms",
                f"{middle:.2f} ms",
                f"{middle / 5:.2f} x",
                _spread(whole, ".2f"),
                middle < 5,
            )
        ],
        notes=[
            "Of the venue's time: "
            + ", ".join(
                f"{name} {ms:.2f} ms"
                for name, ms in zip(("making", "one call", "dropping"), middles, strict=True)
            )
            + "."
        ],
    )


def neighbours(plan: Plan) -> Result:
    """p99 of one venue, alone and while 64 connections flood another of the same server."""
    with ExitStack() as stack:
        subject = stack.enter_context(subjects.utabox(plan.folder, "--memory", token=TOKEN))
        loud, quiet = (_new_venue(subject, name) for name in ("loud", "quiet"))
        load.put(subject, 1, CONNECTIONS, headers=loud, check=True)

        def alone() -> Measured:
            return load.put(subject, plan.seconds, 1, headers=quiet)

        def beside(**connection: str) -> Measured:
            flood = load.begin(
                subject, plan.seconds + 2, CONNECTIONS, headers={**loud, **connection}
            )
            try:
                time.sleep(0.5)
                return load.put(subject, plan.seconds, 1, headers=quiet)
            finally:
                flood.wait()

        works: list[Work] = [
            ("alone", alone),
            ("flooded", beside),
            ("new", partial(beside, Connection="close")),
        ]
        found = _rounds("neighbours", plan, works, judged=["alone"])
    what = "p99 of a venue beside one that 64 connections flood"
    return Result(
        rows=[
            _neighbour_row(f"{what}, 1 connection", found, "flooded", limit=2),
            _neighbour_row(f"{what} that end with each answer, 1 connection", found, "new"),
        ],
        notes=["Both loads of the neighbours share one core, the server has the other."],
    )


def _neighbour_row(
    what: str, found: dict[str, Series], name: str, limit: float | None = None
) -> Row:
    calm, pressed = found["alone"], found[name]
    ratios = _ratios(pressed.p99s, calm.p99s)
    ratio = statistics.median(ratios)
    p99, alone = (statistics.median(series.p99s) for series in (pressed, calm))
    return Row(
        what,
        f"< {limit} x" if limit is not None else "none yet",
        f"{p99:.0f} us, alone {alone:.0f} us",
        f"{ratio:.2f} x",
        _spread(ratios, ".2f"),
        ratio < limit if limit is not None else None,
        calm.disturbed,
    )


def tls(plan: Plan) -> Result:
    """Signed reads through TLS, beside the same server without."""
    with ExitStack() as stack:
        running = [
            stack.enter_context(subjects.module(plan.folder, "bench.tls_server", kind, name=kind))
            for kind in ("plain", "tls")
        ]
        headers = load.signed(*subjects.DEMO)
        works = [
            (subject.name, lambda subject=subject: load.put(
                subject, plan.seconds, CONNECTIONS, headers=headers))
            for subject in running
        ]  # fmt: skip
        for subject in running:
            load.put(subject, 1, CONNECTIONS, headers=headers, check=True)
        found = _rounds("tls", plan, works)
    return Result(
        rows=[
            _rate_row("signed reads through TLS, beside the same without", found["tls"],
                      found["plain"], None, "plain")
        ],
        costs=[("utabox through TLS", found["tls"])],
    )  # fmt: skip


def run(plan: Plan) -> Result:
    """What `utabox run` adds to the start and end of a program."""
    bare, under = [], []
    for number in range(RUNS):
        bare.append(_took(plan, ["true"]))
        under.append(_took(plan, [sys.executable, "-m", "utabox", "run", "--", "true"]))
        machine.say(f"  run, round {number + 1} of {RUNS}: {under[-1]:.3f} s")
    added = [one - other for one, other in zip(under, bare, strict=True)]
    middle = statistics.median(added)
    spread = _spread(added, ".2f") + " s"
    return Result(rows=[Row("`utabox run -- true`, beyond `true`", "none yet", f"{middle:.2f} s",
                            spread=spread)])  # fmt: skip


def _took(plan: Plan, command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        command, check=True, timeout=60, env=subjects.clean_environment(plan.folder),
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - began


def _new_venue(subject: Subject, name: str) -> dict[str, str]:
    """Make a venue; the headers of a signed call there."""
    connection = HTTPConnection(urlsplit(subject.url).netloc, timeout=10)
    connection.request(
        "POST", "/-/venues", json.dumps({"name": name}), {"Authorization": f"Bearer {TOKEN}"}
    )
    made: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return load.signed(made["apiKey"], made["apiSecret"])
