"""bybit-api for Node, unmodified: `calls.mjs` makes the calls, its `baseUrl` is set."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.actors import Actor, Exchange
from tests.clients.conftest import KeyPair
from tests.clients.live import ELSEWHERE, HOUR, refusal, requests, signed_text

from utabox.clock import system_clock

HERE = Path(__file__).parent
INSTALLED = shutil.which("node") is not None and (HERE / "node_modules" / "bybit-api").is_dir()

pytestmark = pytest.mark.skipif(
    not INSTALLED, reason="Node or its bybit-api is not installed: install Node 20, `make test`"
)


def bybit_api(actor: Actor, *calls: list[Any], **options: Any) -> list[dict[str, Any]]:
    """What became of each call: `answer`, or `thrown`. `options` are the client's own."""
    identity = {"key": actor.api_key, "secret": actor.secret}
    wanted = {"baseUrl": actor.exchange.server.url, **identity, **options}
    done = subprocess.run(
        ["node", "calls.mjs"],
        cwd=HERE,
        input=json.dumps({"options": wanted, "calls": calls}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    outcomes: list[dict[str, Any]] = json.loads(done.stdout)
    return outcomes


def answers(actor: Actor, *calls: list[Any], **options: Any) -> list[dict[str, Any]]:
    """The answers of calls of which none throws."""
    return [outcome["answer"] for outcome in bybit_api(actor, *calls, **options)]


# --- calls that succeed -------------------------------------------------------------------------


def test_account_info(exchange: Exchange) -> None:
    """All eight fields, as the client hands them on."""
    [answer] = answers(exchange.account(), ["getAccountInfo"])

    assert (answer["retCode"], answer["retMsg"], answer["retExtInfo"]) == (0, "OK", {})
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


def test_server_time(exchange: Exchange) -> None:
    """Public."""
    [answer] = answers(exchange.account(), ["getServerTime"])

    assert int(answer["result"]["timeSecond"]) == answer["time"] // 1000
    assert abs(answer["time"] - system_clock()) < 5_000


def test_margin_mode_and_hedging(exchange: Exchange) -> None:
    """Accepted, and seen by the next call."""
    mode, hedging, info = answers(
        exchange.account(USDC="2000"),
        ["setMarginMode", "PORTFOLIO_MARGIN"],
        ["setSpotHedging", {"setHedgingMode": "ON"}],
        ["getAccountInfo"],
    )

    assert mode == {"retCode": 0, "retMsg": "Request accepted", "result": {"reasons": []}}
    assert hedging == {"retCode": 0, "retMsg": "SUCCESS"}
    assert info["result"]["marginMode"] == "PORTFOLIO_MARGIN"
    assert info["result"]["spotHedgingStatus"] == "ON"


def test_upgrade_to_unified_account(exchange: Exchange) -> None:
    """The client sends `{}` and signs it."""
    exchange.control("PATCH", "/-/switches", {"upgradeDelayMs": 0})
    upgrade, info = answers(
        exchange.account(vip="VIP-1"), ["upgradeToUnifiedAccount"], ["getAccountInfo"]
    )

    assert upgrade["result"] == {"unifiedUpdateStatus": "PROCESS", "unifiedUpdateMsg": None}
    assert info["result"]["unifiedMarginStatus"] == 6
    assert requests(exchange)[0]["body"] == "{}"


def test_dcp_and_smp(exchange: Exchange) -> None:
    """Without a product the window is that of options; with one, its own."""
    alice = exchange.account()
    alice.set(dcpProducts=["DERIVATIVES", "OPTIONS"], smpGroup=7)
    options, derivatives, infos, group = answers(
        alice,
        ["setDisconnectCancelAllWindow", "option", 40],
        ["setDisconnectCancelAllWindowV2", {"product": "DERIVATIVES", "timeWindow": 50}],
        ["getDCPInfo"],
        ["getSMPGroup"],
    )

    assert options == derivatives == {"retCode": 0, "retMsg": "success"}
    assert infos["result"]["dcpInfos"] == [
        {"product": "DERIVATIVES", "dcpStatus": "ON", "timeWindow": "50"},
        {"product": "OPTIONS", "dcpStatus": "ON", "timeWindow": "40"},
    ]
    assert group["result"] == {"smpGroup": 7}


def test_query_api_key(exchange: Exchange) -> None:
    """The key that calls, without its secret."""
    alice = exchange.account()
    [answer] = answers(alice, ["getQueryApiKey"])

    key = answer["result"]
    assert (key["apiKey"], key["userID"], key["secret"]) == (alice.api_key, alice.uid, "")


def test_the_limits_that_it_parses(exchange: Exchange) -> None:
    """With `parseAPIRateLimits`, from the three headers; public calls have none."""
    first, second, public = answers(
        exchange.account(),
        ["getAccountInfo"],
        ["getAccountInfo"],
        ["getServerTime"],
        parseAPIRateLimits=True,
    )

    assert abs(first["rateLimitApi"].pop("resetAtTimestamp") - system_clock()) < 5_000
    assert first["rateLimitApi"] == {"remainingRequests": 49, "maxRequests": 50}
    assert second["rateLimitApi"]["remainingRequests"] == 48
    assert "rateLimitApi" not in public


# --- what is signed -----------------------------------------------------------------------------


def test_values_are_encoded(exchange: Exchange) -> None:
    """By default the client encodes them, a cursor for the second time, and signs that."""
    wanted = {"coin": "USDT,USDC", "cursor": "21963%3A1%2C14954%3A1", "note": "a b&c"}
    [answer] = answers(exchange.account(), ["getPrivate", "/v5/account/info", wanted])

    assert answer["retCode"] == 0
    assert requests(exchange)[-1]["query"] == (
        "coin=USDT%2CUSDC&cursor=21963%253A1%252C14954%253A1&note=a%20b%26c"
    )


def test_values_are_left_alone(exchange: Exchange) -> None:
    """With `encodeSerialisedValues: false`, they are signed and sent as given."""
    wanted = {"coin": "USDT,USDC", "cursor": "21963%3A1%2C14954%3A1"}
    [answer] = answers(
        exchange.account(),
        ["getPrivate", "/v5/account/info", wanted],
        encodeSerialisedValues=False,
    )

    assert answer["retCode"] == 0
    assert requests(exchange)[-1]["query"] == "coin=USDT,USDC&cursor=21963%3A1%2C14954%3A1"


def test_an_rsa_key(exchange: Exchange, key_pair: KeyPair) -> None:
    """The client knows it by the words PRIVATE KEY in the secret."""
    mode, info = answers(
        exchange.account().key(publicKey=key_pair.public),
        ["setMarginMode", "ISOLATED_MARGIN"],
        ["getPrivate", "/v5/account/info", {"coin": "USDT,USDC"}],
        secret=key_pair.private,
    )

    assert mode["retCode"] == 0
    assert info["result"]["marginMode"] == "ISOLATED_MARGIN"


# --- refusals -----------------------------------------------------------------------------------


def test_a_refused_margin_mode(exchange: Exchange) -> None:
    """An ordinary answer with its reasons, and nothing changed."""
    mode, info = answers(
        exchange.account(USDC="999.99"),
        ["setMarginMode", "PORTFOLIO_MARGIN"],
        ["getAccountInfo"],
    )

    assert (mode["retCode"], mode["retMsg"]) == (3400045, "Set margin mode failed")
    assert mode["result"]["reasons"] == [
        {
            "reasonCode": "3400000",
            "reasonMsg": "Equity needs to be equal to or greater than 1000 USDC",
        }
    ]
    assert info["result"]["marginMode"] == "REGULAR_MARGIN"


def test_a_refusal_that_is_thrown(exchange: Exchange) -> None:
    """With `throwExceptions`, the client throws the answer."""
    [outcome] = bybit_api(
        exchange.account(), ["setMarginMode", "PORTFOLIO_MARGIN"], throwExceptions=True
    )

    assert outcome["thrown"]["retCode"] == 3400045


def test_a_wrong_secret(exchange: Exchange) -> None:
    """10004 echoes the payload; the log names the secret and shows the text to sign."""
    [answer] = answers(
        exchange.account(),
        ["getPrivate", "/v5/account/info", {"coin": "USDT,USDC", "limit": 5}],
        secret="not the secret",
    )

    entry = refusal(exchange)
    assert (answer["retCode"], answer["result"]) == (10004, {})
    assert answer["retMsg"] == (
        "Error sign, please check your signature generation algorithm: "
        "origin_string[***coin=USDT%2CUSDC&limit=5]"
    )
    assert "the secret is another one" in entry["why"]["hint"]
    assert entry["why"]["details"]["signed_text"] == signed_text(entry)


def test_an_unknown_key(exchange: Exchange) -> None:
    """10003."""
    [answer] = answers(exchange.account(), ["getAccountInfo"], key="nobodysKey00000000")

    assert (answer["retCode"], answer["retMsg"]) == (10003, "API key is invalid.")


@pytest.mark.parametrize(
    ("key", "code"),
    [({"expiresAt": 1}, 33004), ({"ips": ELSEWHERE}, 10010), ({"readOnly": True}, 10005)],
    ids=["expired", "bound elsewhere", "read-only"],
)
def test_a_key_that_may_not(exchange: Exchange, key: dict[str, Any], code: int) -> None:
    """Refused with the code of its reason."""
    [answer] = answers(exchange.account().key(**key), ["setMarginMode", "ISOLATED_MARGIN"])

    assert answer["retCode"] == code


def test_a_stale_clock(exchange: Exchange) -> None:
    """An hour behind: 10002, with both times in its text."""
    exchange.clock.advance(HOUR)
    [answer] = answers(exchange.account(), ["getAccountInfo"])

    entry = refusal(exchange)
    assert answer["retCode"] == 10002
    assert answer["retMsg"] == (
        "invalid request, please check your server timestamp or recv_window param: "
        f"req_timestamp[{entry['headers']['x-bapi-timestamp']}],"
        f"server_timestamp[{entry['time']}],recv_window[5000]"
    )


def test_a_stale_clock_that_is_synchronised(exchange: Exchange) -> None:
    """The client's own remedy, to ask for the time first, is enough."""
    exchange.clock.advance(HOUR)
    [answer] = answers(exchange.account(), ["getAccountInfo"], syncTimeBeforePrivateRequests=True)

    assert answer["retCode"] == 0
    assert [entry["path"] for entry in requests(exchange)] == [
        "/v5/market/time",
        "/v5/account/info",
    ]


def test_a_burst(exchange: Exchange) -> None:
    """The 51st call within a second is refused, and the client says until when."""
    burst = answers(exchange.account(), *[["getAccountInfo"]] * 51, parseAPIRateLimits=True)

    refused = burst[-1]
    assert [answer["retCode"] for answer in burst] == [0] * 50 + [10006]
    assert refused["retMsg"] == "Too many visits. Exceeded the API Rate Limit."
    assert refused["rateLimitApi"]["remainingRequests"] == 0
    assert refused["rateLimitApi"]["resetAtTimestamp"] > refused["time"]


def test_a_path_that_is_not_there(exchange: Exchange) -> None:
    """HTTP 404 with an empty body, which the client throws."""
    [outcome] = bybit_api(exchange.account(), ["getPrivate", "/v5/account/no-such-page"])

    assert (outcome["thrown"]["code"], outcome["thrown"]["body"]) == (404, "")
