"""The measurements, by the order of the design's table; each returns rows of the page.

Servers that are compared run at the same time, are loaded in turn, and a ratio is the median of
the rounds' ratios: what disturbs the machine for longer than a round disturbs both sides.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from bench import load, machine, past, store, subjects
from bench.load import Measured
from bench.subjects import Subject

from utabox.journal.folder import DataFolder
from utabox.journal.sqlite import verify
from utabox.venues import DEFAULT

KEYS = 1000  # of the large store that are used
WRITERS = 128  # accounts that are written to; more than connections
CONNECTIONS = 64
TRANSFERS_MAX = 15_000  # a second, no faster at first
PAGE_MS_MAX, ROW_BYTES_MAX = 2, 300
SLOW_FLUSH_S = 0.005
STRANGERS_MAX = 0.05
"""A round in which others had more than this share of a core is disturbed, and repeated."""


class Plan(msgspec.Struct, frozen=True):
    """How long and how much."""

    folder: Path
    rounds: int
    spare: int  # rounds of each measurement that may be repeated because they were disturbed
    seconds: float
    accounts: int
    replayed: int  # accounts of the replayed store, five events each
    rows: int  # of the transaction log that is asked for pages


class Row(msgspec.Struct, frozen=True):
    """One line of the page's table."""

    what: str
    target: str
    measured: str
    ratio: str = ""
    spread: str = ""
    met: bool | None = None  # None: there is no target
    disturbed: bool = False  # by other programs, so that nothing is proved


class Bar(msgspec.Struct, frozen=True):
    """One bar of the chart."""

    name: str
    rate: float
    low: float
    high: float


class Result(msgspec.Struct):
    """What one measurement found."""

    rows: list[Row] = []
    notes: list[str] = []
    bars: list[Bar] = []
    costs: list[tuple[str, Series]] = []


class Series(msgspec.Struct, frozen=True):
    """The rounds of one server under one load."""

    rounds: list[Measured]

    @property
    def rates(self) -> list[float]:
        return [one.rate for one in self.rounds]

    @property
    def disturbed(self) -> bool:
        return any(one.strangers > STRANGERS_MAX for one in self.rounds)

    @property
    def costs(self) -> list[float]:
        """CPU microseconds of the server per request."""
        return [one.cpu_us for one in self.rounds]

    @property
    def p99s(self) -> list[float]:
        return [float(one.report.p99) for one in self.rounds]


Work = tuple[str, Callable[[], Measured]]


def info(plan: Plan) -> Result:
    """Signed GET /v5/account/info beside FastAPI and nginx."""
    with _beside(plan, ("nginx", "FastAPI")) as running:
        found = _rounds("info", plan, _reading(plan, running, CONNECTIONS))
    utabox, nginx, fastapi = (found[name] for name in ("utabox", "nginx", "FastAPI"))
    return Result(
        rows=[
            _rate_row("signed reads, beside FastAPI", utabox, fastapi, 10),
            _rate_row("signed reads, beside nginx", utabox, nginx, 0.5),
            _cost_row("the same by CPU time, beside FastAPI", utabox, fastapi, 10),
            _cost_row("the same by CPU time, beside nginx", utabox, nginx, 0.5),
        ],
        notes=[
            "An answer, headers included: "
            + ", ".join(f"{name} {_answer_bytes(one)} bytes" for name, one in found.items())
            + "."
        ],
        bars=[
            Bar(name, statistics.median(one.rates), min(one.rates), max(one.rates))
            for name, one in (("nginx", nginx), ("utabox", utabox), ("FastAPI", fastapi))
        ],
        costs=[("utabox, 64 connections", utabox), ("nginx", nginx), ("FastAPI", fastapi)],
    )


def latency(plan: Plan) -> Result:
    """p99 of the same with one connection, beside nginx."""
    with _beside(plan, ("nginx",)) as running:
        found = _rounds("latency", plan, _reading(plan, running, 1))
    utabox, nginx = found["utabox"], found["nginx"]
    ratios = _ratios(utabox.p99s, nginx.p99s)
    middles = [statistics.median(one.report.p50 for one in s.rounds) for s in (utabox, nginx)]
    return Result(
        rows=[
            Row(
                "p99 of signed reads, 1 connection, beside nginx",
                "< 2 x",
                f"{statistics.median(utabox.p99s):.0f} us, "
                f"nginx {statistics.median(nginx.p99s):.0f} us",
                f"{statistics.median(ratios):.2f} x",
                _spread(ratios, ".2f"),
                statistics.median(ratios) < 2,
                utabox.disturbed or nginx.disturbed,
            )
        ],
        notes=[f"p50 with one connection: utabox {middles[0]:.0f} us, nginx {middles[1]:.0f} us."],
        costs=[("utabox, 1 connection", utabox)],
    )


def accounts(plan: Plan) -> Result:
    """The cost of a read with very many accounts against 10."""
    many, few = _large_store(plan), _built(plan, "few", 10)
    step = max(1, plan.accounts // KEYS)
    keys = [store.credentials(index) for index in range(0, plan.accounts, step)]
    large = load.reads(keys, plan.folder / "large.requests")
    small = load.reads([store.credentials(i) for i in range(10)], plan.folder / "small.requests")
    with ExitStack() as stack:
        serve = _durable_servers(plan, stack)
        crowd, handful = serve(many, "many accounts"), serve(few, "10 accounts")

        def work(subject: Subject, file: Path) -> Work:
            return subject.name, lambda: load.put(subject, plan.seconds, CONNECTIONS, requests=file)

        for subject, file in ((crowd, large), (handful, small)):
            load.put(subject, 1, CONNECTIONS, requests=file, check=True)
        found = _rounds("accounts", plan, [work(crowd, large), work(handful, small)])
        growth = machine.resident_bytes(crowd.pid) - machine.resident_bytes(handful.pid)
    crowded, calm = found[crowd.name], found[handful.name]
    ratios = _ratios(crowded.costs, calm.costs)
    name = f"{plan.accounts:,}"
    return Result(
        rows=[
            Row(
                f"CPU per signed read, {name} accounts ({len(keys)} keys in turn) against 10",
                "< 1.15 x",
                f"{statistics.median(crowded.costs):.2f} us, "
                f"10: {statistics.median(calm.costs):.2f} us",
                f"{statistics.median(ratios):.2f} x",
                _spread(ratios, ".2f"),
                statistics.median(ratios) < 1.15,
                crowded.disturbed or calm.disturbed,
            ),
            Row(
                "memory per account with a key, loaded from a snapshot",
                "< 1024 bytes",
                f"{growth / plan.accounts:.0f} bytes",
                met=growth / plan.accounts < 1024,
            ),
        ],
        notes=[
            f"Requests/s with {name} accounts {statistics.median(crowded.rates):,.0f}, "
            f"with 10 {statistics.median(calm.rates):,.0f}."
        ],
        costs=[(f"utabox, {name} accounts", crowded), ("utabox, 10 accounts", calm)],
    )


def durable(plan: Plan) -> Result:
    """Writes that are on the disk when they are answered, against reads of the same server."""
    folder, writers = _writers(plan)
    read = load.reads(writers, plan.folder / "read.requests")
    write = load.writes(writers, plan.folder / "write.requests")
    before, answered = _length(folder), list[int]()
    with ExitStack() as stack:
        subject = _durable_servers(plan, stack)(folder, "utabox, durable")
        load.put(subject, 1, CONNECTIONS, requests=read, check=True)

        def reading() -> Measured:
            return load.put(subject, plan.seconds, CONNECTIONS, requests=read)

        def writing() -> Measured:
            one = load.put(subject, plan.seconds, CONNECTIONS, requests=write, check=True)
            answered.append(one.report.requests)  # of dropped rounds too: they are in the journal
            return one

        writing()
        found = _rounds("durable", plan, [("reads", reading), ("writes", writing)])
    reads, writes = found["reads"], found["writes"]
    stored = _length(folder) - before
    # Of each round the first write of each account may find its mode set already, and the last
    # write of each connection may be stored without being counted.
    least = sum(answered) - len(answered) * len(writers)
    most = sum(answered) + len(answered) * CONNECTIONS
    if not least <= stored <= most:
        raise load.LoadError(f"{sum(answered)} writes were answered, {stored} are in the journal.")
    return Result(
        rows=[
            _rate_row("durable writes, beside reads of the same run", writes, reads,
                      0.35, "reads"),
            _cost_row("the same by CPU time", writes, reads, 0.35, "reads"),
        ],
        notes=[
            f"Of {sum(answered):,} answered writes {stored:,} are entries of the journal; a write "
            "that finds its mode set already makes none, which happens where rounds meet."
        ],
        costs=[("utabox, durable writes", writes), ("utabox, durable: reads", reads)],
    )  # fmt: skip


def wallet(plan: Plan) -> Result:
    """Signed GET /v5/account/wallet-balance with 1, 10 and 50 coins, beside account info."""
    data = _built(plan, "wallets", len(store.WALLETS), "wallets")
    keys = [store.credentials(index) for index in range(len(store.WALLETS))]
    files = {"account info": load.reads(keys[:1], plan.folder / "wallet-info.requests")}
    for size, known in zip(store.WALLETS, keys, strict=True):
        file = plan.folder / f"wallet-{size}.requests"
        query = "accountType=UNIFIED"
        files[_coins(size)] = load.reads([known], file, load.WALLET_BALANCE, query)
    with ExitStack() as stack:
        subject = _durable_servers(plan, stack)(data, "utabox, wallets")

        def work(file: Path) -> Callable[[], Measured]:
            return lambda: load.put(subject, plan.seconds, CONNECTIONS, requests=file)

        for file in files.values():
            load.put(subject, 1, CONNECTIONS, requests=file, check=True)
        found = _rounds("wallet", plan, [(name, work(file)) for name, file in files.items()])
    others = found["account info"]
    sizes = {name: found[name] for name in map(_coins, store.WALLETS)}
    return Result(
        rows=[
            _rate_row(f"wallet-balance, {name}", one, others, None, "account info")
            for name, one in sizes.items()
        ],
        notes=[
            "An answer of wallet-balance, headers included: "
            + ", ".join(f"{name} {_answer_bytes(one):,} bytes" for name, one in sizes.items())
            + "."
        ],
        costs=[(f"utabox, wallet-balance, {name}", one) for name, one in sizes.items()],
    )


def transfers(plan: Plan) -> Result:
    """Transfers that are on the disk when they are answered, against reads of the same server."""
    folder = _built(plan, "givers", WRITERS, "givers")
    givers = [store.credentials(index) for index in range(WRITERS)]
    read = load.reads(givers, plan.folder / "givers.requests")
    before, rounds = _length(folder), list[Measured]()
    sent = 0
    with ExitStack() as stack:
        subject = _durable_servers(plan, stack)(folder, "utabox, transfers")

        def reading() -> Measured:
            return load.put(subject, plan.seconds, CONNECTIONS, requests=read)

        def moving(seconds: float = plan.seconds) -> Measured:
            nonlocal sent
            rate = max((one.rate for one in rounds), default=TRANSFERS_MAX)
            count = round(1.5 * rate * seconds) + WRITERS
            file = load.transfers(givers, plan.folder / "transfers.requests", sent, count)
            sent += count
            one = load.put(subject, seconds, CONNECTIONS, requests=file, check=True)
            rounds.append(one)  # of dropped rounds too: they are in the journal
            return one

        moving(1)
        rest, counted = machine.resident_bytes(subject.pid), len(rounds)
        found = _rounds("transfers", plan, [("reads", reading), ("transfers", moving)])
        growth = machine.resident_bytes(subject.pid) - rest
    answered = sum(one.report.requests for one in rounds)
    later = sum(one.report.requests for one in rounds[counted:])
    stored = _length(folder) - before
    # The last transfer of each connection may be stored without being counted.
    if not answered <= stored <= answered + len(rounds) * CONNECTIONS:
        raise load.LoadError(f"{answered} transfers were answered, {stored} are in the journal.")
    reads, moves = found["reads"], found["transfers"]
    return Result(
        rows=[
            _rate_row("durable transfers, beside reads of the same run", moves, reads, None,
                      "reads"),
            _cost_row("the same by CPU time", moves, reads, None, "reads"),
        ],
        notes=[
            f"Of {answered:,} answered transfers {stored:,} are entries of the journal. Each of "
            f"the last {later:,} has left the process {growth / later:,.0f} bytes larger: every "
            "transferId that was used is remembered, so that it is not used again."
        ],
        costs=[("utabox, durable transfers", moves)],
    )  # fmt: skip


def history(plan: Plan) -> Result:
    """Pages of the transaction log of one account with very many rows, kept in a file."""
    arguments = (str(plan.folder / "past"), str(plan.rows), str(plan.rounds))
    found = msgspec.convert(_inside("past", *arguments), past.Past)
    name = f"{found.rows:,} rows"
    return Result(
        rows=[
            *(
                Row(
                    f"page of a transaction log of {name}: {page.what}",
                    f"< {PAGE_MS_MAX} ms",
                    f"p99 {statistics.median(page.p99s_ms):.2f} ms, median {page.median_ms:.2f} ms",
                    f"{statistics.median(page.p99s_ms) / PAGE_MS_MAX:.2f} x",
                    _spread(page.p99s_ms, ".2f") + " ms",
                    met=statistics.median(page.p99s_ms) < PAGE_MS_MAX,
                    disturbed=page.waited > STRANGERS_MAX,
                )
                for page in found.pages
            ),
            Row(
                "memory per row of a transaction log, its history in a file",
                f"< {ROW_BYTES_MAX} bytes",
                f"{found.memory_bytes_a_row:.1f} bytes",
                met=found.memory_bytes_a_row < ROW_BYTES_MAX,
            ),
        ],
        notes=[
            f"The rows are {found.coins} coins' and of {found.types} types, a row every "
            f"{past.WEEK_MS / found.rows:,.0f} ms for 7 days, which is as long as one question may "
            f"ask for. A page is up to {past.LIMIT} rows, from the parsed parameters to its JSON: "
            "the endpoint without HTTP and signature.",
            f"A row takes {found.disk_bytes_a_row:.0f} bytes of disk beside the journal; "
            f"{found.fill_rate:,.0f} rows/s were stored, as many at once as when a history is "
            "filled from the journal. With `--memory` it is the store that holds the rows, "
            f"in {found.held_bytes_a_row:.0f} bytes each.",
        ],
    )


def slow(plan: Plan) -> Result:
    """Writes while every flush takes 5 ms more: 64 at once against one at a time."""
    arguments = (str(SLOW_FLUSH_S), str(WRITERS))
    writers = [store.credentials(index) for index in range(WRITERS)]
    many_writes = load.writes(writers, plan.folder / "slow-many.requests")
    one_write = load.writes(writers[:1], plan.folder / "slow-one.requests")
    with subjects.module(plan.folder, "bench.slow_server", *arguments) as subject:

        def work(connections: int, file: Path) -> Callable[[], Measured]:
            return lambda: load.put(subject, plan.seconds, connections, requests=file, check=True)

        works = [("64 writers", work(64, many_writes)), ("1 writer", work(1, one_write))]
        found = _rounds("slow", plan, works)
    many, one = found["64 writers"], found["1 writer"]
    return Result(
        rows=[_rate_row("writes, each flush slowed by 5 ms: 64 writers beside 1", many, one, 25,
                        "1 writer")]
    )  # fmt: skip


def start(plan: Plan) -> Result:
    """Start, replay, memory."""
    empty = _starts("start, in memory", plan.rounds, plan, lambda _: ["--memory"])
    durable = _starts("start, empty folder", plan.rounds, plan, lambda n: ["--data", _new(plan, n)])
    many = _large_store(plan)
    from_snapshot = _starts("start, snapshot", plan.rounds, plan, lambda _: ["--data", str(many)])
    with subjects.utabox(plan.folder, "--memory") as subject:
        rest = machine.resident_bytes(subject.pid) / 2**20
        load.put(subject, 1, CONNECTIONS, headers=load.signed(*subjects.DEMO), check=True)
        loaded = machine.resident_bytes(subject.pid) / 2**20
    told = _built(plan, "told", plan.replayed, "lively", "--no-snapshot")
    replayed: list[float] = _inside("replay", str(told), str(plan.rounds))
    filled: list[float] = _inside("replay", str(told), str(plan.rounds), "told")
    rate, entries = statistics.median(replayed), _BUILT[told].entries
    return Result(
        rows=[
            _time_row("start to ready, nothing kept", empty, 0.5),
            _time_row("start to ready, empty data folder", durable, 0.5),
            Row(
                f"replay of {entries:,} entries from the file",
                ">= 150,000 events/s",
                f"{rate:,.0f} events/s",
                f"{rate / 150_000:.2f} x",
                _spread(replayed, ",.0f"),
                rate >= 150_000,
            ),
            Row(
                "the same, with a history that has to be filled from it",
                "none yet",
                f"{statistics.median(filled):,.0f} events/s",
                spread=_spread(filled, ",.0f"),
            ),
            _time_row(f"start to ready, snapshot of {plan.accounts:,} accounts with a key each",
                      from_snapshot, 10),
            Row("memory at rest (RSS)", "< 80 MiB", f"{rest:.1f} MiB", met=rest < 80),
            Row(
                "memory per account with a key, while they are made",
                "< 1024 bytes",
                f"{_BUILT[many].bytes_per_account:.0f} bytes",
                met=_BUILT[many].bytes_per_account < 1024,
            ),
        ],
        notes=[f"After a second of load from 64 connections utabox has {loaded:.1f} MiB."],
    )  # fmt: skip


def embedded(plan: Plan) -> Result:  # noqa: ARG001  all have one shape
    """A server inside a process: start, one call, stop."""
    found: list[list[float]] = _inside("embedded", "30")
    names = ("start", "one call", "stop")
    middles = [statistics.median(one) for one in zip(*found, strict=True)]
    whole = [sum(one) for one in found]
    return Result(
        rows=[
            Row(
                "embedded server started, called once and stopped",
                "none yet",
                f"{statistics.median(whole):.1f} ms",
                spread=_spread(whole, ".1f"),
            )
        ],
        notes=[
            "Of the embedded server's time: "
            + ", ".join(f"{name} {ms:.1f} ms" for name, ms in zip(names, middles, strict=True))
            + "."
        ],
    )


MEASUREMENTS: dict[str, Callable[[Plan], Result]] = {
    "info": info,
    "latency": latency,
    "accounts": accounts,
    "wallet": wallet,
    "durable": durable,
    "transfers": transfers,
    "slow": slow,
    "history": history,
    "start": start,
    "embedded": embedded,
}


# --- servers and stores ---------------------------------------------------------------------


@contextmanager
def _beside(plan: Plan, names: Sequence[str]) -> Iterator[dict[str, Subject]]:
    """utabox and the named others, each checked to answer with retCode 0 under load."""
    folder = plan.folder / f"beside-{time.monotonic_ns()}"
    folder.mkdir()
    headers = load.signed(*subjects.DEMO)
    with ExitStack() as stack:
        ours = stack.enter_context(subjects.utabox(folder, "--memory"))
        running = {ours.name: ours}
        if "nginx" in names:
            _, head, body = subjects.ask(ours, load.INFO, headers)
            running["nginx"] = stack.enter_context(subjects.nginx(folder, head, body))
        if "FastAPI" in names:
            running["FastAPI"] = stack.enter_context(subjects.fastapi(folder))
        for subject in running.values():
            load.put(subject, 1, CONNECTIONS, headers=headers, check=True)
        yield running


def _reading(plan: Plan, running: dict[str, Subject], connections: int) -> list[Work]:
    headers = load.signed(*subjects.DEMO)

    def work(subject: Subject) -> Work:
        return subject.name, lambda: load.put(subject, plan.seconds, connections, headers=headers)

    return [work(subject) for subject in running.values()]


def _coins(size: int) -> str:
    return f"{size} coin" if size == 1 else f"{size} coins"


def _answer_bytes(series: Series) -> int:
    return round(statistics.median(one.report.bytes / one.report.requests for one in series.rounds))


def _durable_servers(plan: Plan, stack: ExitStack) -> Callable[[Path, str], Subject]:
    def serve(data: Path, name: str) -> Subject:
        options = ("--data", str(data), "--durability", "disk")
        return stack.enter_context(subjects.utabox(plan.folder, *options, name=name))

    return serve


_BUILT: dict[Path, store.Built] = {}


def _large_store(plan: Plan) -> Path:
    return _built(plan, "many", plan.accounts)


def _writers(plan: Plan) -> tuple[Path, list[tuple[str, str]]]:
    folder = _built(plan, "writers", WRITERS)
    return folder, [store.credentials(index) for index in range(WRITERS)]


def _built(plan: Plan, name: str, count: int, *options: str) -> Path:
    """The store of this name, made when it is first needed."""
    path = plan.folder / name
    if path not in _BUILT:
        machine.say(f"  making a store of {count:,} accounts with a key each ...")
        command = [sys.executable, "-m", "bench.store", str(path), str(count), *options]
        _BUILT[path] = msgspec.json.decode(_output(command, 240), type=store.Built)
        machine.say(f"  made in {_BUILT[path].seconds:.1f} s")
    return path


def _length(data: Path) -> int:
    folder = DataFolder(data)
    try:
        return verify(folder.venue_path(DEFAULT))
    finally:
        folder.close()


def _new(plan: Plan, number: int) -> str:
    return str(plan.folder / f"empty-{number}")


def _starts(
    what: str, times: int, plan: Plan, options: Callable[[int], Sequence[str]]
) -> list[float]:
    """Seconds from the spawn to the ready line, so many times."""
    took = []
    for number in range(times):
        with subjects.utabox(plan.folder, *options(number)) as subject:
            took.append(subject.start_s)
        machine.say(f"  {what}, round {number + 1} of {times}: {took[-1]:.3f} s")
    return took


def _inside(*arguments: str) -> Any:
    cores = machine.cores()
    command = [sys.executable, "-m", "bench.inside", *arguments]
    machine.say(f"  {' '.join(arguments[:1])}, inside a process ...")
    return json.loads(_output(machine.pinned(cores[0] if cores else None, command), 120))


def _output(command: list[str], timeout: float) -> str:
    environment = subjects.clean_environment(Path("/nonexistent"))
    done = subprocess.run(
        command, env=environment, cwd=subjects.ROOT, capture_output=True, text=True,
        timeout=timeout, check=False,
    )  # fmt: skip
    if done.returncode:
        raise subjects.SubjectError(f"{command[2]} failed: {' '.join(done.stderr.split())[-400:]}")
    return done.stdout


# --- rounds and rows ------------------------------------------------------------------------


def _rounds(
    name: str, plan: Plan, works: Sequence[Work], *, judged: Sequence[str] = ()
) -> dict[str, Series]:
    """Every work once a round; each round begins with another one.

    A disturbed round is repeated, whatever came out of it, as long as there are spare ones; if
    there are none any more, the least disturbed stand.

    Args:
        judged: By which works a round is judged, where another has company of ours; else by all.
    """
    done: list[dict[str, Measured]] = []
    while len(done) < plan.rounds + plan.spare:
        calm = sum(_disturbance(one, judged) <= STRANGERS_MAX for one in done)
        if calm >= plan.rounds:
            break
        done.append(
            _round(
                f"{name}, round {len(done) + 1}, {calm} of {plan.rounds} calm",
                works,
                len(done) % len(works),
            )
        )
    kept = sorted(done, key=lambda one: _disturbance(one, judged))[: plan.rounds]
    return {what: Series([found[what] for found in kept]) for what, _ in works}


def _round(name: str, works: Sequence[Work], turn: int) -> dict[str, Measured]:
    found = {}
    for what, act in [*works[turn:], *works[:turn]]:
        one = found[what] = act()
        machine.say(
            f"  {name}, {what}: {one.rate:,.0f}/s, "
            f"p99 {one.report.p99} us, {one.cpu_us:.1f} us CPU each, "
            f"core {one.busy:.0%} its own and {one.strangers:.0%} others'"
        )
    return found


def _disturbance(found: dict[str, Measured], judged: Sequence[str]) -> float:
    return max(one.strangers for what, one in found.items() if not judged or what in judged)


def _ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def _spread(values: Sequence[float], form: str) -> str:
    return f"{min(values):{form}} to {max(values):{form}}"


def _rate_row(
    what: str, ours: Series, theirs: Series, least: float | None, other: str = "they"
) -> Row:
    ratios = _ratios(ours.rates, theirs.rates)
    form = _form(ratios)
    return Row(
        what,
        _least(least),
        f"{statistics.median(ours.rates):,.0f}/s, {other} {statistics.median(theirs.rates):,.0f}/s",
        f"{statistics.median(ratios):{form}} x",
        _spread(ratios, form),
        None if least is None else statistics.median(ratios) >= least,
        ours.disturbed or theirs.disturbed,
    )


def _cost_row(
    what: str, ours: Series, theirs: Series, least: float | None, other: str = "they"
) -> Row:
    """How many requests a second of CPU time answers, whoever else used the core."""
    ratios = _ratios(theirs.costs, ours.costs)
    form = _form(ratios)
    return Row(
        what,
        _least(least),
        f"{statistics.median(ours.costs):.1f} us, {other} {statistics.median(theirs.costs):.1f} us",
        f"{statistics.median(ratios):{form}} x",
        _spread(ratios, form),
        None,
    )


def _form(ratios: Sequence[float]) -> str:
    return ".2f" if statistics.median(ratios) >= 0.1 else ".3f"


def _least(ratio: float | None) -> str:
    return "none yet" if ratio is None else f">= {ratio:g} x"


def _time_row(what: str, took: list[float], most: float) -> Row:
    middle = statistics.median(took)
    spread = _spread(took, ".2f") + " s"
    return Row(
        what, f"< {most:g} s", f"{middle:.2f} s", f"{middle / most:.2f} x", spread, middle < most
    )
