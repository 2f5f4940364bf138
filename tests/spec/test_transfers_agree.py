"""Whatever is transferred, nothing is made or lost, and all that tells a balance agrees."""

from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from tests.actors import Actor, Exchange

from utabox.engine.invariants import audit
from utabox.journal.codec import decode_state, encode_state
from utabox.journal.history import History
from utabox.runtime import replay

TRANSFER = "/v5/asset/transfer"
ID = "cccccccc-0000-4000-8000-000000000001"
COINS = "BTC,USDC"


class Family(NamedTuple):
    """A master and its subs of three kinds, with 2 BTC and 3000 USDC in each of their wallets."""

    exchange: Exchange
    master: Actor
    sub: Actor
    older: Actor  # UTA 1.0, with a derivatives wallet
    classic: Actor

    @property
    def wallets(self) -> list[tuple[Actor, str]]:
        return [
            (self.master, "UNIFIED"), (self.master, "FUND"), (self.sub, "UNIFIED"),
            (self.sub, "FUND"), (self.older, "UNIFIED"), (self.older, "CONTRACT"),
            (self.older, "FUND"), (self.classic, "CONTRACT"), (self.classic, "SPOT"),
            (self.classic, "FUND"),
        ]  # fmt: skip


@pytest.fixture
def family(exchange: Exchange) -> Family:
    """They hold 20 BTC and 30000 USDC together; the master's unified wallet has a bonus, too."""
    master = exchange.account()
    subs = [exchange.account(kind=kind, parent=master.uid) for kind in (5, 3, 1)]
    family = Family(exchange, master, *subs)
    for actor, wallet in family.wallets:
        for coin, amount in (("BTC", "2"), ("USDC", "3000")):
            fund = {"coin": coin, "amount": amount, "wallet": wallet}
            exchange.control("POST", f"/-/accounts/{actor.uid}/fund", fund)
    bonus = {"coin": "USDC", "amount": "50", "bonus": True}
    exchange.control("POST", f"/-/accounts/{master.uid}/fund", bonus)
    return family


def balances(actor: Actor, wallet: str) -> dict[str, dict[str, str]]:
    """Both coins of a wallet, as query-account-coins-balance tells them, at most 5 in a second."""
    actor.exchange.clock.advance(1000)
    query = f"accountType={wallet}&coin={COINS}"
    found = actor.get(f"{TRANSFER}/query-account-coins-balance", query).result["balance"]
    return {line["coin"]: line for line in found}


def total(family: Family, coin: str) -> Decimal:
    """What all wallets of the family hold of a coin."""
    return sum(
        (Decimal(balances(*wallet)[coin]["walletBalance"]) for wallet in family.wallets), Decimal(0)
    )


def logged(actor: Actor, coin: str) -> str:
    """The sum of a unified wallet's log."""
    lines = actor.get("/v5/account/transaction-log", f"currency={coin}").result["list"]
    total = sum((Decimal(line["change"]) for line in lines), Decimal(0))
    return f"{total.normalize():f}"


def told(actor: Actor, coin: str) -> dict[str, list[str]]:
    """What each endpoint says of a unified wallet's coin: what it holds, and what may leave."""
    wallet = actor.get("/v5/account/wallet-balance", f"accountType=UNIFIED&coin={coin}")
    one = actor.get(f"{TRANSFER}/query-account-coin-balance", f"accountType=UNIFIED&coin={coin}")
    out = actor.get("/v5/asset/withdraw/withdrawable-amount", f"coin={coin}").result
    leaves = actor.get("/v5/account/withdrawal", f"coinName={coin}").result
    several = balances(actor, "UNIFIED")[coin]
    return {
        "holds": [
            wallet.result["list"][0]["coin"][0]["walletBalance"],
            one.result["balance"]["walletBalance"],
            several["walletBalance"],
            logged(actor, coin),
        ],
        "leaves": [
            leaves["availableWithdrawal"],
            one.result["balance"]["transferBalance"],
            several["transferBalance"],
            out["withdrawableAmount"]["UTA"]["availableBalance"],
        ],
    }


@pytest.mark.parametrize(
    ("giver", "giving", "taker", "taking", "coin", "amount", "code"),
    [
        ("master", "UNIFIED", "master", "FUND", "BTC", "2", 0),
        ("master", "UNIFIED", "master", "FUND", "USDC", "3000", 0),
        ("master", "UNIFIED", "master", "FUND", "USDC", "3000.00000001", 131212),
        ("master", "FUND", "master", "UNIFIED", "BTC", "0.00000001", 0),
        ("master", "UNIFIED", "sub", "UNIFIED", "USDC", "1234.56789012", 0),
        ("master", "UNIFIED", "sub", "UNIFIED", "USDC", "1234.567890123", 131210),
        ("sub", "UNIFIED", "master", "FUND", "BTC", "1.5", 0),
        ("sub", "FUND", "older", "CONTRACT", "BTC", "2", 0),
        ("sub", "FUND", "older", "CONTRACT", "BTC", "2.00000001", 131212),
        ("older", "CONTRACT", "older", "UNIFIED", "BTC", "2", 0),
        ("older", "UNIFIED", "classic", "SPOT", "USDC", "2999.99", 0),
        ("classic", "CONTRACT", "sub", "UNIFIED", "USDC", "3000", 0),
        ("classic", "CONTRACT", "sub", "CONTRACT", "USDC", "3000", 131207),
        ("classic", "SPOT", "classic", "CONTRACT", "BTC", "0.1", 0),
    ],
)
def test_after_any_transfer(
    family: Family,
    giver: str,
    giving: str,
    taker: str,
    taking: str,
    coin: str,
    amount: str,
    code: int,
) -> None:
    """Made or refused: the sums stay 20 BTC and 30050 USDC, and every endpoint tells the same."""
    source, target = getattr(family, giver), getattr(family, taker)
    body: dict[str, Any] = {
        "transferId": ID,
        "coin": coin,
        "amount": amount,
        "fromAccountType": giving,
        "toAccountType": taking,
    }
    within = source is target
    uids = {} if within else {"fromMemberId": source.uid, "toMemberId": target.uid}
    caller, name = (source, "inter") if within else (family.master, "universal")
    moved = Decimal(amount) if code == 0 else Decimal(0)
    before = Decimal(balances(source, giving)[coin]["walletBalance"])

    reply = caller.post(f"{TRANSFER}/{name}-transfer", **body, **uids)

    assert reply.retCode == code
    assert Decimal(balances(source, giving)[coin]["walletBalance"]) == before - moved
    assert [total(family, each) for each in ("BTC", "USDC")] == [Decimal(20), Decimal(30050)]
    found = [
        told(actor, each)
        for actor in (family.master, family.sub, family.older)
        for each in COINS.split(",")
    ]
    assert [each for each in found if len(set(each["holds"])) > 1] == []
    assert [each for each in found if len(set(each["leaves"])) > 1] == []
    runtime = family.exchange.server.venue.runtime
    assert family.exchange.server.call(lambda: audit(runtime.state)) == []


def test_a_replay_and_a_snapshot_know_it(family: Family) -> None:
    """The journal tells the same state and the same list again; the id stays used."""
    exchange, master = family.exchange, family.master
    ends = {"fromMemberId": master.uid, "toMemberId": family.sub.uid}
    wallets = {"fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    body = {"transferId": ID, "coin": "BTC", "amount": "0.5", **ends, **wallets}
    assert master.post(f"{TRANSFER}/universal-transfer", **body).retCode == 0

    state = exchange.server.venue.runtime.state
    again, _ = replay(exchange.journal, History())
    assert encode_state(again) == encode_state(state)
    assert decode_state(encode_state(state), "a snapshot") == state
    assert list(again.transfer_ids.values()) == [master.uid]
