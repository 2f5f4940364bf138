"""pybit, unmodified: only its endpoint is set, as an attribute of the session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pybit.exceptions import FailedRequestError, InvalidRequestError
from pybit.unified_trading import HTTP
from tests.actors import Actor, Exchange
from tests.clients.conftest import KeyPair
from tests.clients.live import ELSEWHERE, HOUR, live, refusal, requests, signed_text

from utabox.clock import system_clock


@contextmanager
def pybit(actor: Actor, **options: Any) -> Iterator[HTTP]:
    """A session with the actor's key; `options` are pybit's own."""
    session = HTTP(**{"api_key": actor.api_key, "api_secret": actor.secret, **options})
    session.endpoint = actor.exchange.server.url
    with closing(session.client):
        yield session


# --- calls that succeed -------------------------------------------------------------------------


def test_account_info(exchange: Exchange) -> None:
    """The whole answer of a fresh account, as pybit hands it on."""
    with pybit(exchange.account()) as session:
        answer = session.get_account_info()

    assert list(answer) == ["retCode", "retMsg", "result", "retExtInfo", "time"]
    assert (answer["retCode"], answer["retMsg"], answer["retExtInfo"]) == (0, "OK", {})
    assert abs(answer["time"] - system_clock()) < 5_000
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
    """Public: no key, no signature."""
    with pybit(exchange.account(), api_key=None, api_secret=None) as session:
        answer = session.get_server_time()

    assert int(answer["result"]["timeSecond"]) == answer["time"] // 1000
    assert abs(answer["time"] - system_clock()) < 5_000


def test_set_margin_mode(exchange: Exchange) -> None:
    """Accepted, and seen by the next call."""
    with pybit(exchange.account()) as session:
        answer = session.set_margin_mode(setMarginMode="ISOLATED_MARGIN")
        info = session.get_account_info()["result"]

    assert answer == {"retCode": 0, "retMsg": "Request accepted", "result": {"reasons": []}}
    assert info["marginMode"] == "ISOLATED_MARGIN"


def test_set_hedging_mode(exchange: Exchange) -> None:
    """In portfolio margin, with its answer of two members."""
    with pybit(exchange.account(USDC="2000")) as session:
        session.set_margin_mode(setMarginMode="PORTFOLIO_MARGIN")
        answer = session.set_hedging_mode(setHedgingMode="ON")
        info = session.get_account_info()["result"]

    assert answer == {"retCode": 0, "retMsg": "SUCCESS"}
    assert info["spotHedgingStatus"] == "ON"


def test_upgrade_to_unified_trading_account(exchange: Exchange) -> None:
    """Begun, and done when account info is polled."""
    exchange.control("PATCH", "/-/switches", {"upgradeDelayMs": 0})
    with pybit(exchange.account(vip="VIP-1")) as session:
        answer = session.upgrade_to_unified_trading_account()
        info = session.get_account_info()["result"]

    assert (answer["retCode"], answer["retMsg"]) == (0, "")
    assert answer["result"] == {"unifiedUpdateStatus": "PROCESS", "unifiedUpdateMsg": None}
    assert info["unifiedMarginStatus"] == 6


def test_a_refused_upgrade_does_not_raise(exchange: Exchange) -> None:
    """Its retCode is 0, so pybit takes it for a success: the status tells."""
    with pybit(exchange.account()) as session:
        answer = session.upgrade_to_unified_trading_account()

    assert answer["result"]["unifiedUpdateStatus"] == "FAIL"
    assert answer["result"]["unifiedUpdateMsg"] == {
        "msg": ["Update account failed. Only VIP or PRO users are allowed to upgrade."]
    }


def test_dcp(exchange: Exchange) -> None:
    """Set for a product that the exchange enabled, and read back as text."""
    alice = exchange.account()
    alice.set(dcpProducts=["DERIVATIVES"])
    with pybit(alice) as session:
        answer = session.set_dcp(product="DERIVATIVES", timeWindow=40)
        infos = session.query_dcp_info()

    assert answer == {"retCode": 0, "retMsg": "success"}
    assert infos["result"]["dcpInfos"] == [
        {"product": "DERIVATIVES", "dcpStatus": "ON", "timeWindow": "40"}
    ]


def test_smp_group(exchange: Exchange) -> None:
    """The group that the exchange assigned."""
    alice = exchange.account()
    alice.set(smpGroup=7)
    with pybit(alice) as session:
        answer = session.get_smp_group()

    assert (answer["retMsg"], answer["result"]) == ("success", {"smpGroup": 7})


def test_api_key_information(exchange: Exchange) -> None:
    """The key that calls, without its secret."""
    alice = exchange.account()
    with pybit(alice) as session:
        key = session.get_api_key_information()["result"]

    assert (key["apiKey"], key["userID"], key["uta"]) == (alice.api_key, alice.uid, 1)
    assert (key["secret"], key["rsaPublicKey"], key["ips"]) == ("", "", ["*"])
    assert key["deadlineDay"] == 89


def test_the_limit_headers(exchange: Exchange) -> None:
    """pybit hands them on when it is asked to."""
    with pybit(exchange.account(), return_response_headers=True) as session:
        _, _, headers = session.get_account_info()

    assert (headers["X-Bapi-Limit"], headers["X-Bapi-Limit-Status"]) == ("50", "49")
    assert abs(int(headers["X-Bapi-Limit-Reset-Timestamp"]) - system_clock()) < 5_000


def test_state_survives_a_restart(tmp_path: Path) -> None:
    """Another server on the same folder: the same key, the same mode, the same time."""
    with live(memory=False, data=str(tmp_path)) as before:
        alice = before.account()
        with pybit(alice) as session:
            session.set_margin_mode(setMarginMode="ISOLATED_MARGIN")
            left = session.get_account_info()["result"]

    with (
        live(memory=False, data=str(tmp_path)) as after,
        pybit(Actor(after, alice.uid, alice.api_key, alice.secret)) as session,
    ):
        found = session.get_account_info()["result"]

    assert left["marginMode"] == "ISOLATED_MARGIN"
    assert found == left


# --- what is signed -----------------------------------------------------------------------------


def test_commas_and_cursors(exchange: Exchange) -> None:
    """They arrive as pybit signed them, neither decoded nor encoded again."""
    with pybit(exchange.account()) as session:
        answer = session.get_account_info(coin="USDT,USDC", cursor="21963%3A1%2C14954%3A1")

    assert answer["retCode"] == 0
    assert requests(exchange)[-1]["query"] == "coin=USDT,USDC&cursor=21963%3A1%2C14954%3A1"


def test_a_space_breaks_the_signature(exchange: Exchange) -> None:
    """pybit signs a space and sends %20: so it fails at the exchange, and here (3.2)."""
    with (
        pybit(exchange.account()) as session,
        pytest.raises(InvalidRequestError) as raised,
    ):
        session.get_account_info(note="a b")

    details = exchange.why["details"]
    assert raised.value.status_code == 10004
    assert details["signed_text"].endswith("note=a%20b")
    assert details["client_text"].endswith("note=a b")


def test_an_rsa_key(exchange: Exchange, key_pair: KeyPair) -> None:
    """A query and a body, signed with the private key."""
    alice = exchange.account().key(publicKey=key_pair.public)
    with pybit(alice, api_secret=key_pair.private, rsa_authentication=True) as session:
        session.set_margin_mode(setMarginMode="ISOLATED_MARGIN")
        info = session.get_account_info(coin="USDT,USDC")["result"]
        key = session.get_api_key_information()["result"]

    assert info["marginMode"] == "ISOLATED_MARGIN"
    assert key["rsaPublicKey"] == key_pair.public


def test_another_rsa_key(exchange: Exchange, key_pair: KeyPair, other_key_pair: KeyPair) -> None:
    """10004, and the log says that the private key is of another pair."""
    alice = exchange.account().key(publicKey=key_pair.public)
    with (
        pybit(alice, api_secret=other_key_pair.private, rsa_authentication=True) as session,
        pytest.raises(InvalidRequestError) as raised,
    ):
        session.get_account_info()

    assert raised.value.status_code == 10004
    assert exchange.why["details"]["mistake"] == "rsa-other-key"


# --- refusals -----------------------------------------------------------------------------------


def test_a_refused_margin_mode(exchange: Exchange) -> None:
    """3400045 is raised with its text, and nothing changed."""
    with pybit(exchange.account(USDC="999.99")) as session:
        with pytest.raises(InvalidRequestError) as raised:
            session.set_margin_mode(setMarginMode="PORTFOLIO_MARGIN")
        info = session.get_account_info()["result"]

    assert raised.value.status_code == 3400045
    assert raised.value.message == "Set margin mode failed"
    assert raised.value.resp_headers["X-Bapi-Limit"] == "5"
    assert info["marginMode"] == "REGULAR_MARGIN"


def test_a_wrong_secret(exchange: Exchange) -> None:
    """10004 echoes the payload; the log names the secret and shows the text to sign."""
    with (
        pybit(exchange.account(), api_secret="not the secret") as session,
        pytest.raises(InvalidRequestError) as raised,
    ):
        session.get_account_info(coin="USDT", limit=5)

    entry = refusal(exchange)
    assert raised.value.status_code == 10004
    assert raised.value.message == (
        "Error sign, please check your signature generation algorithm: "
        "origin_string[***coin=USDT&limit=5]"
    )
    assert "the secret is another one" in entry["why"]["hint"]
    assert entry["why"]["details"]["signed_text"] == signed_text(entry)


def test_the_secret_of_another_key(exchange: Exchange) -> None:
    """10004, and the log names the key to which the secret belongs."""
    alice = exchange.account()
    other = alice.key()
    with (
        pybit(alice, api_secret=other.secret) as session,
        pytest.raises(InvalidRequestError) as raised,
    ):
        session.get_account_info()

    assert raised.value.status_code == 10004
    assert other.api_key in exchange.why["hint"]


def test_an_unknown_key(exchange: Exchange) -> None:
    """10003."""
    with (
        pybit(exchange.account(), api_key="nobodysKey00000000") as session,
        pytest.raises(InvalidRequestError) as raised,
    ):
        session.get_account_info()

    assert (raised.value.status_code, raised.value.message) == (10003, "API key is invalid.")


def test_an_empty_key(exchange: Exchange) -> None:
    """Not an envelope for pybit, but HTTP 401."""
    with (
        pybit(exchange.account(), api_key="") as session,
        pytest.raises(FailedRequestError) as raised,
    ):
        session.get_account_info()

    assert raised.value.status_code == 401


def test_a_stale_clock(exchange: Exchange) -> None:
    """An hour behind: 10002, with both times in its text."""
    exchange.clock.advance(HOUR)
    with (
        pybit(exchange.account(), retry_codes={10006}) as session,
        pytest.raises(InvalidRequestError) as raised,
    ):
        session.get_account_info()

    entry = refusal(exchange)
    assert raised.value.status_code == 10002
    assert raised.value.message == (
        "invalid request, please check your server timestamp or recv_window param: "
        f"req_timestamp[{entry['headers']['x-bapi-timestamp']}],"
        f"server_timestamp[{entry['time']}],recv_window[5000]"
    )


def test_a_clock_that_is_a_little_stale(exchange: Exchange) -> None:
    """6 s behind: pybit's own answer to 10002, a wider window, is enough."""
    exchange.clock.advance(6_000)
    with pybit(exchange.account(), retry_delay=0) as session:
        answer = session.get_account_info()

    windows = [entry["headers"]["x-bapi-recv-window"] for entry in requests(exchange)]
    assert answer["retCode"] == 0
    assert windows == ["5000", "7500"]


def test_a_burst(exchange: Exchange) -> None:
    """The 51st call is refused; pybit sleeps until the header's time and gets its answer."""
    with pybit(exchange.account()) as session:
        answers = [session.get_account_info() for _ in range(51)]

    codes = [entry["retCode"] for entry in requests(exchange)]
    waited = requests(exchange)[-1]["time"] - requests(exchange)[0]["time"]
    assert {answer["retCode"] for answer in answers} == {0}
    assert codes == [0] * 50 + [10006, 0]
    assert waited >= 1_000
    assert exchange.why["details"]["limit"] == "50"


def test_a_key_bound_elsewhere(exchange: Exchange) -> None:
    """10010."""
    with (
        pybit(exchange.account().key(ips=ELSEWHERE)) as session,
        pytest.raises(InvalidRequestError) as raised,
    ):
        session.get_account_info()

    assert raised.value.status_code == 10010
    assert raised.value.message == "Unmatched IP, please check your API key's bound IP addresses."


def test_a_key_bound_here(exchange: Exchange) -> None:
    """Answered, and permanent: an IP-bound key does not expire."""
    with pybit(exchange.account().key(ips=["127.0.0.1"])) as session:
        key = session.get_api_key_information()["result"]

    assert (key["ips"], key["expiredAt"]) == (["127.0.0.1"], "1970-01-01T00:00:00Z")


def test_a_read_only_key(exchange: Exchange) -> None:
    """It may ask; what changes anything is 10005."""
    with pybit(exchange.account().key(readOnly=True)) as session:
        with pytest.raises(InvalidRequestError) as raised:
            session.set_margin_mode(setMarginMode="ISOLATED_MARGIN")
        info = session.get_account_info()["result"]

    assert raised.value.status_code == 10005
    assert raised.value.message == "Permission denied, please check your API key permissions."
    assert info["marginMode"] == "REGULAR_MARGIN"


def test_an_expired_key(exchange: Exchange) -> None:
    """33004."""
    with (
        pybit(exchange.account().key(expiresAt=system_clock())) as session,
        pytest.raises(InvalidRequestError) as raised,
    ):
        session.get_account_info()

    assert (raised.value.status_code, raised.value.message) == (33004, "Your api key has expired.")
