"""ccxt, unmodified: its `urls` point here, as its manual offers; signing and HTTP are its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import ccxt
import pytest
from ccxt import async_support
from tests.actors import Actor, Exchange
from tests.clients.conftest import KeyPair
from tests.clients.live import ELSEWHERE, HOUR, refusal, requests, signed_text

from utabox.clock import system_clock


def config(actor: Actor, **given: Any) -> dict[str, Any]:
    """What a user of ccxt passes to `bybit`: a key and where the API is."""
    url = actor.exchange.server.url
    api = {"urls": {"api": {"public": url, "private": url}}}
    return {"apiKey": actor.api_key, "secret": actor.secret, **api, **given}


@contextmanager
def bybit(actor: Actor, **given: Any) -> Iterator[Any]:
    """A synchronous client with the actor's key; `given` is configuration of ccxt's own."""
    with closing(ccxt.bybit(config(actor, **given))) as client:
        yield client


# --- calls that succeed -------------------------------------------------------------------------


def test_account_info(exchange: Exchange) -> None:
    """All eight fields, with the types of the wire."""
    with bybit(exchange.account()) as client:
        answer = client.privateGetV5AccountInfo()

    assert (answer["retCode"], answer["retMsg"]) == (0, "OK")
    assert abs(int(answer["result"].pop("updatedTime")) - system_clock()) < 5_000
    assert answer["result"] == {
        "marginMode": "REGULAR_MARGIN",
        "unifiedMarginStatus": 5,
        "dcpStatus": "OFF",
        "timeWindow": 0,
        "smpGroup": 0,
        "isMasterTrader": False,
        "spotHedgingStatus": "OFF",
    }


def test_fetch_time(exchange: Exchange) -> None:
    """Public, and in milliseconds."""
    with bybit(exchange.account()) as client:
        assert abs(client.fetch_time() - system_clock()) < 5_000


def test_a_call_by_its_path(exchange: Exchange) -> None:
    """Accepted, and seen by the next call."""
    with bybit(exchange.account()) as client:
        answer = client.privatePostV5AccountSetMarginMode({"setMarginMode": "ISOLATED_MARGIN"})
        info = client.privateGetV5AccountInfo()["result"]

    assert answer == {"retCode": 0, "retMsg": "Request accepted", "result": {"reasons": []}}
    assert info["marginMode"] == "ISOLATED_MARGIN"


def test_set_margin_mode(exchange: Exchange) -> None:
    """The unified method: ccxt asks key and account first, and finds a unified one."""
    with bybit(exchange.account()) as client:
        client.set_markets([])
        answer = client.set_margin_mode("isolated")
        info = client.privateGetV5AccountInfo()["result"]

    assert answer["retMsg"] == "Request accepted"
    assert info["marginMode"] == "ISOLATED_MARGIN"
    assert [entry["path"] for entry in requests(exchange)][:3] == [
        "/v5/user/query-api",
        "/v5/account/info",
        "/v5/account/set-margin-mode",
    ]


@pytest.mark.parametrize(("kind", "unified"), [(1, False), (3, True), (5, True), (6, True)])
def test_which_account_it_is(exchange: Exchange, kind: int, unified: bool) -> None:
    """ccxt reads it from `uta` of the key and the account's status."""
    with bybit(exchange.account(kind=kind)) as client:
        assert client.is_unified_enabled() == [False, unified]
        assert client.options["unifiedMarginStatus"] == kind


def test_hedging_and_upgrade(exchange: Exchange) -> None:
    """The siblings that write, with the success texts of each."""
    with bybit(exchange.account(vip="VIP-1", USDC="2000")) as client:
        client.privatePostV5AccountSetMarginMode({"setMarginMode": "PORTFOLIO_MARGIN"})
        hedged = client.privatePostV5AccountSetHedgingMode({"setHedgingMode": "ON"})
        upgraded = client.privatePostV5AccountUpgradeToUta()

    assert hedged == {"retCode": 0, "retMsg": "SUCCESS"}
    assert upgraded["result"] == {"unifiedUpdateStatus": "PROCESS", "unifiedUpdateMsg": None}


def test_dcp_and_smp(exchange: Exchange) -> None:
    """The siblings that read."""
    alice = exchange.account()
    alice.set(dcpProducts=["SPOT"], smpGroup=7)
    with bybit(alice) as client:
        dcp = client.privateGetV5AccountQueryDcpInfo()
        smp = client.privateGetV5AccountSmpGroup()

    assert dcp["result"]["dcpInfos"] == [{"product": "SPOT", "dcpStatus": "ON", "timeWindow": "10"}]
    assert smp["result"] == {"smpGroup": 7}


async def both(actor: Actor) -> Any:
    """Key and account at once, over one asynchronous client."""
    client = async_support.bybit(config(actor))
    try:
        return await asyncio.gather(
            client.privateGetV5UserQueryApi(),
            client.privateGetV5AccountInfo({"coin": "USDT,USDC"}),
            client.fetch_time(),
        )
    finally:
        await client.close()


def test_the_asynchronous_client(exchange: Exchange) -> None:
    """Other HTTP, the same signatures."""
    alice = exchange.account()
    key, info, now = asyncio.run(both(alice))

    assert key["result"]["apiKey"] == alice.api_key
    assert info["result"]["unifiedMarginStatus"] == 5
    assert abs(now - system_clock()) < 5_000


# --- what is signed -----------------------------------------------------------------------------


def test_commas_and_cursors(exchange: Exchange) -> None:
    """They arrive as ccxt signed them, neither decoded nor encoded again."""
    wanted = {"coin": "USDT,USDC", "cursor": "21963%3A1%2C14954%3A1"}
    with bybit(exchange.account()) as client:
        answer = client.privateGetV5AccountInfo(wanted)

    assert answer["retCode"] == 0
    assert requests(exchange)[-1]["query"] == "coin=USDT,USDC&cursor=21963%3A1%2C14954%3A1"


def test_an_rsa_key(exchange: Exchange, key_pair: KeyPair) -> None:
    """ccxt knows it by the words PRIVATE KEY in the secret."""
    alice = exchange.account().key(publicKey=key_pair.public)
    with bybit(alice, secret=key_pair.private) as client:
        client.privatePostV5AccountSetMarginMode({"setMarginMode": "ISOLATED_MARGIN"})
        info = client.privateGetV5AccountInfo({"coin": "USDT,USDC"})["result"]

    assert info["marginMode"] == "ISOLATED_MARGIN"


def test_an_rsa_signature_for_a_key_with_a_secret(exchange: Exchange, key_pair: KeyPair) -> None:
    """AuthenticationError, and the log names the two kinds of key."""
    with (
        bybit(exchange.account(), secret=key_pair.private) as client,
        pytest.raises(ccxt.AuthenticationError, match='"retCode":10004'),
    ):
        client.privateGetV5AccountInfo()

    assert exchange.why["details"]["mistake"] == "rsa-for-hmac"


# --- refusals, as the exceptions of ccxt --------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "error", "code"),
    [
        ({"expiresAt": 1}, ccxt.AuthenticationError, 33004),
        ({"ips": ELSEWHERE}, ccxt.PermissionDenied, 10010),
        ({"readOnly": True}, ccxt.PermissionDenied, 10005),
        ({"permissions": ["Earn:Earn"]}, ccxt.PermissionDenied, 10005),
    ],
    ids=["expired", "bound elsewhere", "read-only", "no permission"],
)
def test_a_key_that_may_not(
    exchange: Exchange, key: dict[str, Any], error: type[Exception], code: int
) -> None:
    """Of exactly this class, with the exchange's code in its text."""
    with (
        bybit(exchange.account().key(**key)) as client,
        pytest.raises(error, match=f'"retCode":{code}') as raised,
    ):
        client.privatePostV5AccountSetMarginMode({"setMarginMode": "ISOLATED_MARGIN"})

    assert raised.type is error


def test_an_unknown_key(exchange: Exchange) -> None:
    """AuthenticationError: 10003."""
    with (
        bybit(exchange.account(), apiKey="nobodysKey00000000") as client,
        pytest.raises(ccxt.AuthenticationError, match='"retCode":10003') as raised,
    ):
        client.privateGetV5AccountInfo()

    assert raised.type is ccxt.AuthenticationError


def test_a_wrong_secret(exchange: Exchange) -> None:
    """AuthenticationError: 10004; the log names the secret and shows the text to sign."""
    with (
        bybit(exchange.account(), secret="not the secret") as client,
        pytest.raises(ccxt.AuthenticationError, match='"retCode":10004') as raised,
    ):
        client.privateGetV5AccountInfo({"coin": "USDT,USDC", "limit": 5})

    entry = refusal(exchange)
    assert raised.type is ccxt.AuthenticationError
    assert "the secret is another one" in entry["why"]["hint"]
    assert entry["why"]["details"]["signed_text"] == signed_text(entry)


def test_a_stale_clock(exchange: Exchange) -> None:
    """InvalidNonce; ccxt's own remedy, to measure the difference, is enough."""
    exchange.clock.advance(HOUR)
    with bybit(exchange.account()) as client:
        with pytest.raises(ccxt.InvalidNonce, match='"retCode":10002'):
            client.privateGetV5AccountInfo()
        client.load_time_difference()
        answer = client.privateGetV5AccountInfo()

    assert answer["retCode"] == 0


def test_a_burst(exchange: Exchange) -> None:
    """RateLimitExceeded at the 51st call, when ccxt's own limiter is off."""
    with bybit(exchange.account(), enableRateLimit=False) as client:
        allowed = [client.privateGetV5AccountInfo() for _ in range(50)]
        with pytest.raises(ccxt.RateLimitExceeded, match='"retCode":10006'):
            client.privateGetV5AccountInfo()
        headers = client.last_response_headers

    assert {answer["retCode"] for answer in allowed} == {0}
    assert (headers["X-Bapi-Limit"], headers["X-Bapi-Limit-Status"]) == ("50", "0")


def test_a_refused_margin_mode(exchange: Exchange) -> None:
    """ExchangeError with the reasons in its text, and nothing changed."""
    with bybit(exchange.account(USDC="999.99")) as client:
        with pytest.raises(ccxt.ExchangeError, match="Set margin mode failed") as raised:
            client.privatePostV5AccountSetMarginMode({"setMarginMode": "PORTFOLIO_MARGIN"})
        info = client.privateGetV5AccountInfo()["result"]

    assert raised.type is ccxt.ExchangeError
    assert '"reasonCode":"3400000"' in str(raised.value)
    assert info["marginMode"] == "REGULAR_MARGIN"


def test_a_wrong_parameter(exchange: Exchange) -> None:
    """BadRequest: 10001."""
    with (
        bybit(exchange.account()) as client,
        pytest.raises(ccxt.BadRequest, match='"retCode":10001'),
    ):
        client.privatePostV5AccountSetMarginMode({"setMarginMode": "CROSS"})
