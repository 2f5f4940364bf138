"""ccxt on an account from before unified ones: it asks for the derivatives wallet and its log."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import ccxt
import pytest
from tests.actors import Actor, Exchange
from tests.clients.live import requests
from tests.clients.test_ccxt import config


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A classic account with 12.5 USDT in its derivatives wallet, and 3 in its spot wallet."""
    alice = exchange.account(kind=1, USDT="12.5")
    body = {"coin": "USDT", "amount": "3", "wallet": "SPOT"}
    exchange.control("POST", f"/-/accounts/{alice.uid}/fund", body)
    return alice


@pytest.fixture
def client(alice: Actor) -> Iterator[Any]:
    """ccxt with her key, and no markets."""
    with closing(ccxt.bybit(config(alice))) as client:
        client.set_markets([])
        yield client


@pytest.mark.parametrize(("of", "amount"), [("swap", 12.5), ("spot", 3.0)])
def test_fetch_balance(client: Any, of: str, amount: float) -> None:
    """Free and total, of either wallet."""
    balance = client.fetch_balance({"type": of})
    assert balance["USDT"] == {"free": amount, "used": 0.0, "total": amount}


def test_fetch_ledger(exchange: Exchange, client: Any) -> None:
    """One movement, from the log of the derivatives wallet."""
    (entry,) = client.fetch_ledger()
    assert (entry["amount"], entry["before"], entry["after"]) == (12.5, 0.0, 12.5)
    assert (entry["direction"], entry["currency"], entry["type"]) == ("in", "USDT", "transaction")
    paths = [logged["path"] for logged in requests(exchange)]
    assert paths[-1] == "/v5/account/contract-transaction-log"
