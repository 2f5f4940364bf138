"""A page of an account's past, when that past is long: see `bench.inside past`.

The rows are those that real movements leave, stored by utabox's own `History` in batches as large
as when it is filled from a journal; the pages are asked of the endpoint's own function.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, cycle, islice, repeat
from pathlib import Path

import msgspec
from bench import machine

from utabox.demo import index_prices
from utabox.endpoint import Caller
from utabox.endpoints.account.transaction_log import Params, transaction_log
from utabox.engine.account.opening import CreateAccount
from utabox.engine.history import Row, told
from utabox.engine.ledger import Booked
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.rules import apply, decide
from utabox.engine.state import FIRST_UID, ApiKey, State
from utabox.journal.history import History
from utabox.runtime import HISTORY_AT_ONCE
from utabox.server.envelope import encoded
from utabox.terms import AccountType, Algorithm, HouseAccount, LogType

BEGAN = 1_700_000_000_000  # ms
WEEK_MS = 7 * 86_400_000
LIMIT = 50
TIMES = 1000  # pages of each kind
COUNT_BITS = 20  # of an id, behind its ms: see History
HELD_MAX = 200_000  # rows that are also put into a history in memory

COINS = tuple(index_prices())
TYPES = tuple(LogType)
RARE = TYPES[-1]
EVERY = 99_991  # rows, of which one is of the type RARE: a prime, so that its coins vary


class Page(msgspec.Struct, frozen=True):
    """One kind of question."""

    what: str
    median_ms: float
    p99s_ms: list[float]  # of each round
    waited: float  # share of the time in which the process had no core, in the middle round


class Past(msgspec.Struct, frozen=True):
    """What was found."""

    rows: int
    coins: int
    types: int
    pages: list[Page]
    fill_rate: float  # rows per second
    memory_bytes_a_row: float  # growth of this process
    disk_bytes_a_row: float
    held_bytes_a_row: float  # of a history in memory


def measured(folder: Path, count: int, rounds: int) -> Past:
    """`count` rows within a week, and pages of them, each kind in turn."""
    folder.mkdir()
    state = _state()
    path = folder / "past.history"
    history = History(path)
    before = machine.resident_bytes(os.getpid())
    took = _fill(history, state, count)
    questions = _questions(count)
    turns = [[_took(ask, state, history) for ask in questions.values()] for _ in range(rounds)]
    pages = [
        _page(what, [*turn]) for what, turn in zip(questions, zip(*turns, strict=True), strict=True)
    ]
    grown = machine.resident_bytes(os.getpid()) - before
    history.close(count)
    held = _held_bytes(state, min(count, HELD_MAX))  # last: what it frees is nobody's growth
    return Past(
        rows=count,
        coins=len(COINS),
        types=len(TYPES),
        pages=pages,
        fill_rate=count / took,
        memory_bytes_a_row=grown / count,
        disk_bytes_a_row=path.stat().st_size / count,
        held_bytes_a_row=held,
    )


def _state() -> State:
    """A venue with its prices and the one account whose past it is."""
    state = State()
    for command in (SetIndexPrices(index_prices()), CreateAccount()):
        apply(state, decide(state, command, BEGAN))
    return state


def _movement(number: int) -> list[Row]:
    """The rows of one movement: every coin and type in turn, and now and then a rare one."""
    rare = number % EVERY == 0
    event = Booked(
        uid=FIRST_UID,
        wallet=AccountType.UNIFIED,
        coin=COINS[0] if rare else COINS[number % len(COINS)],
        change=Decimal(number % 1_000_000 + 1) / 10**6,
        balance=Decimal(number + 50_000_250_000) / 10**6,
        log=RARE if rare else TYPES[number % (len(TYPES) - 1)],
        against=HouseAccount.TRANSFERS,
        reference=f"{number:08x}-0000-4000-8000-000000000000",
    )
    return told([event])


def _time(number: int, count: int) -> int:
    """When movement `number` was, ms."""
    return BEGAN + number * WEEK_MS // count


def _fill(history: History, state: State, count: int) -> float:
    """Store `count` movements; the seconds that the store took."""
    took = 0.0
    for first in range(0, count, HISTORY_AT_ONCE):
        numbers = range(first, min(first + HISTORY_AT_ONCE, count))
        batch = [(number + 1, _time(number, count), _movement(number)) for number in numbers]
        began = time.perf_counter()
        for seq, at, rows in batch:
            history.add(seq, at, rows)
        while history.land(batch[-1][0]):
            pass
        took += time.perf_counter() - began
    state.seq, state.now = count, BEGAN + WEEK_MS
    return took


def _held_bytes(state: State, count: int) -> float:
    """Bytes that a row takes of a process whose history is in memory."""
    history = History()
    before = machine.resident_bytes(os.getpid())
    _fill(history, state, count)
    grown = machine.resident_bytes(os.getpid()) - before
    history.close()
    return grown / count


def _questions(count: int) -> dict[str, Callable[[], Iterator[Params]]]:
    """What is asked, each an iterator that does not end; all of the whole week."""
    week = {"startTime": BEGAN, "endTime": BEGAN + WEEK_MS, "limit": LIMIT}

    def always(**words: str) -> Callable[[], Iterator[Params]]:
        return lambda: repeat(msgspec.convert({**week, **words}, Params))

    def deep(**words: str) -> Callable[[], Iterator[Params]]:
        """With cursors from the middle of the week back to its begin."""
        return lambda: (
            msgspec.convert({**week, **words, "cursor": _cursor(number, count)}, Params)
            for number in cycle(range(count // 2, LIMIT, -count // 997))
        )

    rare = {"type": RARE.value}
    return {
        "the newest": always(),
        "deep in the past, by cursor": deep(),
        "the same, one coin": deep(currency=COINS[1]),
        "the same, one type": deep(type=TYPES[0].value),
        f"a type and coin of one row in {EVERY:,}": always(currency=COINS[0], **rare),
        "a type and coin that never came together": always(currency=COINS[1], **rare),
    }


def _cursor(number: int, count: int) -> str:
    id_ = _time(number, count) << COUNT_BITS
    return f"{id_}:1,{id_}:1"


def _took(
    ask: Callable[[], Iterator[Params]], state: State, history: History
) -> tuple[list[float], float]:
    """The ms of each page, and the share of the time in which this process had no core."""
    caller = Caller(FIRST_UID, state.accounts[FIRST_UID], _KEY, state.now, "127.0.0.1")
    took, spent = [], time.process_time()
    for params in islice(ask(), TIMES):
        began = time.perf_counter()
        encoded(transaction_log(state, caller, params, history))
        took.append((time.perf_counter() - began) * 1000)
    return took, 1 - (time.process_time() - spent) / (sum(took) / 1000)


def _page(what: str, rounds: Sequence[tuple[list[float], float]]) -> Page:
    return Page(
        what,
        statistics.median(chain.from_iterable(took for took, _ in rounds)),
        [statistics.quantiles(took, n=100)[98] for took, _ in rounds],
        statistics.median(waited for _, waited in rounds),
    )


_KEY = ApiKey(1, "", FIRST_UID, Algorithm.HMAC, BEGAN, 0, 0)
