"""Make a data folder of accounts, each with a key: `python -m bench.store FOLDER COUNT`.

The entries are decided, applied and encoded by utabox's own functions; only the batches are
larger than a server's. Prints one JSON object: seconds and bytes per account.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

import msgspec
from bench import machine

from utabox.demo import collateral, index_prices, loan_terms
from utabox.engine.account.api_key import CreateApiKey
from utabox.engine.account.funding import Fund
from utabox.engine.account.margin_mode import SetMarginMode
from utabox.engine.account.opening import CreateAccount
from utabox.engine.market.collateral import SetCollateralTiers
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.market.loan_terms import SetLoanTerms
from utabox.engine.rules import Command, apply, decide
from utabox.engine.state import FIRST_UID, State
from utabox.journal import Record
from utabox.journal.codec import encode_entry, encode_state
from utabox.journal.folder import DataFolder
from utabox.journal.sqlite import SqliteJournal
from utabox.seal import Sealer
from utabox.terms import AccountType, Algorithm, MarginMode
from utabox.venues import DEFAULT

BATCH = 20_000
WALLETS = (1, 10, 50)
"""How many coins the accounts of a store of wallets have, the first first."""


class Built(msgspec.Struct, frozen=True):
    """What was made, and what it took."""

    accounts: int
    entries: int
    seconds: float
    bytes_per_account: float  # growth of this process's memory, without the last batch


def credentials(index: int) -> tuple[str, str]:
    """Key and secret of one account, as long as the exchange's."""
    return f"bench{index:013d}", f"bench-secret-{index:023d}"


def commands(
    count: int, sealer: Sealer, kind: str = "plain", first_uid: int = FIRST_UID
) -> Iterator[Command]:
    """An account and a key each; `lively`: some money and two switches too; `givers`: money to
    move between two wallets, in both of them.
    """
    if kind != "plain":
        yield SetIndexPrices(index_prices())
    for index in range(count):
        uid = first_uid + index
        yield CreateAccount()
        yield _key(uid, index, sealer)
        if kind == "givers":
            for wallet in (AccountType.UNIFIED, AccountType.FUND):
                yield Fund(uid=uid, coin="USDT", amount=Decimal("50000.25"), wallet=wallet)
        elif kind == "lively":
            yield Fund(uid=uid, coin="USDT", amount=Decimal("50000.25"))
            yield SetMarginMode(uid=uid, margin_mode=MarginMode.ISOLATED_MARGIN)
            yield SetMarginMode(uid=uid, margin_mode=MarginMode.REGULAR_MARGIN)


def wallets(sealer: Sealer) -> Iterator[Command]:
    """An account for each of `WALLETS`: every coin has a price, collateral tiers and loan terms."""
    prices, tiers, terms = index_prices(), collateral(), loan_terms()
    for number in range(len(prices), max(WALLETS)):  # more than the catalogue lists
        coin = f"COIN{number}"
        prices[coin], tiers[coin], terms[coin] = Decimal("1.2345"), tiers["BTC"], terms["BTC"]
    yield SetIndexPrices(prices)
    yield SetCollateralTiers(tiers)
    yield SetLoanTerms(dict(terms))
    for index, size in enumerate(WALLETS):
        uid = FIRST_UID + index
        yield CreateAccount()
        yield _key(uid, index, sealer)
        for coin in islice(prices, size):
            yield Fund(uid=uid, coin=coin, amount=Decimal("1234.56789012"))


def _key(uid: int, index: int, sealer: Sealer) -> CreateApiKey:
    api_key, secret = credentials(index)
    return CreateApiKey(
        uid=uid,
        api_key=api_key,
        algorithm=Algorithm.HMAC,
        sealed_secret=sealer.seal(secret.encode(), api_key.encode()),
        expires_at=0,
    )


def build(path: Path, count: int, kind: str = "plain", *, snapshot: bool = True) -> Built:
    """The data folder `path` with `count` accounts: see `commands` and `wallets` for the kinds."""
    began, now = time.perf_counter(), int(time.time() * 1000)
    folder = DataFolder(path)
    sealer = Sealer.from_file(folder.key_path, create=True)
    journal = SqliteJournal(folder.venue_path(DEFAULT), "process")
    state, batch = State(), list[Record]()
    sealer.seal(b"imports cryptography", b"")
    journal.append([])
    before = machine.resident_bytes(os.getpid())
    wanted = wallets(sealer) if kind == "wallets" else commands(count, sealer, kind)
    for command in wanted:
        events = decide(state, command, now)
        state.seq, state.now = state.seq + 1, now
        apply(state, events)
        batch.append(encode_entry(state.seq, now, command, events))
        if len(batch) == BATCH:
            journal.append(batch)
            batch.clear()
    journal.append(batch)
    batch.clear()
    grown = machine.resident_bytes(os.getpid()) - before
    if snapshot:
        journal.save_snapshot(encode_state(state))
    journal.close()
    folder.close()
    return Built(count, state.seq, time.perf_counter() - began, grown / count)


if __name__ == "__main__":
    where, how_many, *options = sys.argv[1:]
    kinds = [option for option in options if not option.startswith("--")]
    made = build(Path(where), int(how_many), *kinds, snapshot="--no-snapshot" not in options)
    sys.stdout.write(msgspec.json.encode(made).decode() + "\n")
