"""A key that nobody made gets an account at its first use; its signatures cannot be checked.

Everything else is checked as for any key: headers, time, window, addresses, permissions, limits.
"""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.actors import T0, Actor, Exchange, Reply, Wire, running
from tests.journal.faults import FullJournal, GatedJournal

from utabox.clock import ManualClock
from utabox.demo import DEMO_FUNDS
from utabox.embedded import Server
from utabox.engine.account.adoption import ADOPTED_MAX, AdoptKey
from utabox.engine.rules import Rejected, decide
from utabox.engine.state import State
from utabox.journal.codec import encode_state
from utabox.journal.memory import MemoryJournal
from utabox.retcodes import KEY_INVALID
from utabox.runtime import replay
from utabox.settings import SettingsError, load
from utabox.terms import Environment

INFO, QUERY_API = "/v5/account/info", "/v5/user/query-api"
PLACEHOLDER = "xxxxxxxxxxxxxxxxxx"
FIRST_UID = 100_000_001  # the demo account's
HOST = {
    "mainnet": "api.bybit.com",
    "testnet": "api-testnet.bybit.com",
    "demo": "api-demo.bybit.com",
    "testnet-demo": "api-demo-testnet.bybit.com",
}
LONG_AGO = 1_000_000_000_000  # ms


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    with running(accept_any_key=True) as exchange:
        yield exchange


def call(
    exchange: Exchange, api_key: str, path: str = INFO, *, wire: Wire | None = None, **headers: str
) -> Reply:
    """A GET with this key and a signature that is none; `headers` replace its own, `_` for `-`."""
    sent = {
        "X-BAPI-API-KEY": api_key,
        "X-BAPI-TIMESTAMP": str(exchange.clock()),
        "X-BAPI-SIGN": "whatever",
        "X-BAPI-RECV-WINDOW": "5000",
    }
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    return (wire or exchange.wire).send("GET", path, sent)


def account_of(exchange: Exchange, api_key: str, door: str = "/-") -> dict[str, Any]:
    """The account of a key, as the doors show it."""
    keys = exchange.control("GET", f"{door}/keys?limit=10000")
    uid = next(key["uid"] for key in keys if key["apiKey"] == api_key)
    account: dict[str, Any] = exchange.control("GET", f"{door}/accounts/{uid}")
    return account


# --- in -----------------------------------------------------------------------------------------


def test_a_placeholder_gets_an_account_like_the_demo_one(exchange: Exchange) -> None:
    """Its money, every permission, no end; and the next call finds the same account."""
    first = call(exchange, PLACEHOLDER)
    entries = exchange.entries
    again = call(exchange, PLACEHOLDER, X_BAPI_SIGN="another")

    assert (first.retCode, again.retCode) == (0, 0)
    assert exchange.entries == entries
    adopted = account_of(exchange, PLACEHOLDER)
    demo = exchange.control("GET", f"/-/accounts/{FIRST_UID}")
    assert adopted["uid"] == FIRST_UID + 1
    assert adopted["coins"] == {coin: str(amount) for coin, amount in DEMO_FUNDS.items()}
    own = {"uid", "createdAt", "updatedTime"}
    assert {k: v for k, v in adopted.items() if k not in own} == {
        k: v for k, v in demo.items() if k not in own
    }


def test_one_entry_of_the_journal_makes_it(exchange: Exchange) -> None:
    """Account, money and key: all of it or nothing."""
    before = exchange.entries

    call(exchange, PLACEHOLDER)

    assert exchange.entries == before + 1


def test_what_it_says_of_itself(exchange: Exchange) -> None:
    """query-api shows it like an HMAC key, with a note; the doors say that it is unchecked."""
    info = call(exchange, PLACEHOLDER, QUERY_API).result
    demo = Actor(exchange, FIRST_UID, exchange.server.api_key, exchange.server.api_secret)
    of_demo = demo.get(QUERY_API).result

    assert (info["note"], info["rsaPublicKey"], info["secret"]) == ("adopted", "", "")
    assert (info["readOnly"], info["ips"], info["type"]) == (0, ["*"], 1)
    assert info["permissions"] == of_demo["permissions"]
    assert info["deadlineDay"] == of_demo["deadlineDay"]
    keys = exchange.control("GET", "/-/keys")
    assert [key["algorithm"] for key in keys] == ["hmac", "unchecked"]


def test_it_may_write(exchange: Exchange) -> None:
    headers = {
        "X-BAPI-API-KEY": "YOUR_API_KEY",
        "X-BAPI-TIMESTAMP": str(T0),
        "X-BAPI-SIGN": "00",
        "Content-Type": "application/json",
    }
    body = json.dumps({"setMarginMode": "PORTFOLIO_MARGIN"}).encode()

    reply = exchange.wire.send("POST", "/v5/account/set-margin-mode", headers, body)

    assert reply.retCode == 0
    assert call(exchange, "YOUR_API_KEY").result["marginMode"] == "PORTFOLIO_MARGIN"


def test_the_log_says_which_signatures_were_checked(exchange: Exchange) -> None:
    """Also of a signature that was wrong; where nothing asked for one, there is none."""
    demo = Actor(exchange, FIRST_UID, exchange.server.api_key, exchange.server.api_secret)
    demo.get(INFO)
    demo.get(INFO, sign="0" * 64)
    demo.get(INFO, timestamp=LONG_AGO)
    call(exchange, PLACEHOLDER)
    exchange.get("/v5/market/time")

    logged = exchange.control("GET", "/-/requests")

    signatures = [entry["signature"] for entry in logged]
    assert signatures == ["checked", "checked", "none", "unchecked", "none"]


def test_a_key_that_was_made_is_still_checked(exchange: Exchange) -> None:
    alice = exchange.account()

    assert alice.get(INFO).retCode == 0
    assert alice.get(INFO, sign="0" * 64).retCode == 10004


def test_an_adopted_key_is_not_named_as_the_one_that_signed(exchange: Exchange) -> None:
    """The search for the key that a signature fits leaves out the one that any would fit."""
    call(exchange, PLACEHOLDER)
    uid = account_of(exchange, PLACEHOLDER)["uid"]
    made = exchange.control("POST", "/-/keys", {"uid": uid})

    reply = Actor(exchange, uid, made["apiKey"], made["secret"]).get(INFO, sign="0" * 64)

    assert reply.retCode == 10004
    assert PLACEHOLDER not in str(exchange.why)


def test_the_terminal_is_told_of_the_first(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    """Which key, by how it begins, and which UID; those after it would be noise."""
    call(exchange, PLACEHOLDER)
    call(exchange, "YOUR_API_KEY")

    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == 1
    assert "The key xxxxxx... (18 characters) was not known" in told[0].getMessage()
    assert str(FIRST_UID + 1) in told[0].getMessage()


# --- out ----------------------------------------------------------------------------------------


def test_it_is_off_unless_it_is_asked_for() -> None:
    with running() as exchange:
        before = exchange.entries
        assert call(exchange, PLACEHOLDER).retCode == 10003
        assert exchange.entries == before


@pytest.mark.parametrize(
    ("headers", "code"),
    [({"X_BAPI_SIGN": ""}, 10001), ({"X_BAPI_TIMESTAMP": ""}, 10001),
     ({"X_BAPI_TIMESTAMP": "now"}, 10001), ({"X_BAPI_RECV_WINDOW": "wide"}, 10001),
     ({"X_BAPI_TIMESTAMP": str(LONG_AGO)}, 10002)],
)  # fmt: skip
def test_what_is_checked_before_the_key(
    exchange: Exchange, headers: dict[str, Any], code: int
) -> None:
    """Such a call adopts nothing."""
    before = exchange.entries

    assert call(exchange, PLACEHOLDER, **headers).retCode == code
    assert exchange.entries == before


@pytest.mark.parametrize(
    ("change", "code"),
    [({"ips": ["192.0.2.1"]}, 10010), ({"expiresAt": T0}, 33004),
     ({"permissions": ["Options:OptionsTrade"]}, 10005), ({"note": "mine"}, 0)],
)  # fmt: skip
def test_what_is_checked_after_the_key(
    exchange: Exchange, change: dict[str, Any], code: int
) -> None:
    """As for any other key: this endpoint asks for a Spot permission."""
    call(exchange, PLACEHOLDER)

    exchange.control("PATCH", f"/-/keys/{PLACEHOLDER}", change)

    path = "/v5/spot-margin-trade/interest-rate-history?currency=BTC"
    assert call(exchange, PLACEHOLDER, path).retCode == code


def test_its_calls_are_counted(exchange: Exchange) -> None:
    """The tenth of query-api in one second is the last."""
    codes = [call(exchange, PLACEHOLDER, QUERY_API).retCode for _ in range(11)]

    assert codes == [0] * 10 + [10006]


def test_a_public_call_adopts_nothing(exchange: Exchange) -> None:
    before = exchange.entries

    assert call(exchange, PLACEHOLDER, "/v5/market/time").retCode == 0
    assert exchange.entries == before


@pytest.mark.parametrize(
    "api_key", [PLACEHOLDER, "YOUR_API_KEY", "your-api-key", "x", "0", "Z" * 64, "f" * 63]
)
def test_ids_that_are_adopted(exchange: Exchange, api_key: str) -> None:
    """1 to 64 letters, digits, - and _, as for keys that are made."""
    assert call(exchange, api_key).retCode == 0


@pytest.mark.parametrize(
    "api_key", ["x" * 65, "your api key", "<YOUR_API_KEY>", "'quoted'", "key.1", "f0" * 32]
)
def test_ids_that_are_not(exchange: Exchange, api_key: str) -> None:
    """10003 as without adoption, and the why says what to write; 64 hex digits are a signature."""
    before = exchange.entries

    assert call(exchange, api_key).retMsg == "API key is invalid."
    assert exchange.why["hint"]
    assert exchange.entries == before


@pytest.mark.parametrize("uses", [0, 1], ids=["never used", "used"])
def test_a_secret_is_not_adopted(
    exchange: Exchange, caplog: pytest.LogCaptureFixture, uses: int
) -> None:
    """Key and secret in each other's place: the why says so, and nothing shows the secret."""
    alice = exchange.account()
    assert [alice.get(INFO).retCode for _ in range(uses)] == [0] * uses
    before = exchange.entries

    with caplog.at_level(logging.DEBUG):
        swapped = call(exchange, alice.secret)

    assert (swapped.retCode, swapped.retMsg) == (10003, "API key is invalid.")
    assert exchange.why["hint"].startswith("Key and secret are swapped")
    assert exchange.entries == before
    shown = json.dumps([exchange.control("GET", f"/-/{door}") for door in ("keys", "requests")])
    assert alice.secret not in shown + caplog.text


def test_a_secret_that_a_run_was_given_is_not_adopted(exchange: Exchange) -> None:
    """Also before its key is. A key that is its own secret is what its owner wanted."""
    gateway = exchange.server.venue.gateway
    secrets = {"mine": "a-secret", "test": "test"}
    gateway.options = msgspec.structs.replace(gateway.options, secrets=secrets)
    test = Actor(exchange, 0, "test", "test")

    assert call(exchange, "a-secret").retCode == 10003
    assert exchange.why["hint"].startswith("Key and secret are swapped")
    assert test.get(INFO).retCode == 0


def test_a_flood_of_ids_ends() -> None:
    """1000 in a venue; those that were deleted count, for their accounts stay."""
    command = AdoptKey(PLACEHOLDER, Environment.MAINNET, {})
    assert ADOPTED_MAX == 1000
    assert decide(State(adopted=999), command, T0)

    with pytest.raises(Rejected) as refused:
        decide(State(adopted=1000), command, T0)

    assert refused.value.ret is KEY_INVALID
    assert "utabox key create" in refused.value.why.hint


def test_a_coin_without_a_price_is_left_out() -> None:
    """An account of a venue that does not know BTC holds none."""
    state = State(index_prices={"USDT": Decimal(1)})
    funds = {"USDT": Decimal(5), "BTC": Decimal(1)}

    events = decide(state, AdoptKey(PLACEHOLDER, Environment.MAINNET, funds), T0)

    assert [getattr(event, "coin", "") for event in events] == ["", "USDT", "", ""]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "exchange.example"])
def test_it_is_for_loopback_only(host: str) -> None:
    """Whoever can reach the server is let in."""
    with pytest.raises(SettingsError, match="accept-any-key"):
        load(
            {"accept_any_key": True, "host": host, "api_key": "mine", "api_secret": "secret"},
            environment={},
        )


# --- environments and venues --------------------------------------------------------------------


@pytest.mark.parametrize("environment", list(HOST))
def test_the_account_is_of_the_environment_that_was_called(
    exchange: Exchange, environment: str
) -> None:
    """By its Host header."""
    assert call(exchange, PLACEHOLDER, Host=HOST[environment]).retCode == 0
    assert account_of(exchange, PLACEHOLDER)["environment"] == environment


def test_under_another_host_it_is_of_the_server_s() -> None:
    with running(accept_any_key=True, environment="testnet") as exchange:
        assert call(exchange, PLACEHOLDER).retCode == 0
        assert account_of(exchange, PLACEHOLDER)["environment"] == "testnet"


def test_it_has_no_second_account_in_another_environment(exchange: Exchange) -> None:
    """10003, and the why says where it was adopted and what to do instead."""
    call(exchange, PLACEHOLDER, Host=HOST["testnet"])
    before = exchange.entries

    assert call(exchange, PLACEHOLDER, Host=HOST["demo"]).retCode == 10003
    why = exchange.why
    assert (why["details"]["key_environment"], why["details"]["called_environment"]) == (
        "testnet",
        "demo",
    )
    assert "another placeholder" in why["hint"]
    assert exchange.entries == before


def test_a_key_that_was_made_elsewhere_is_not_adopted(exchange: Exchange) -> None:
    """A key of mainnet stays unknown on the testnet."""
    alice = exchange.account()

    assert call(exchange, alice.api_key, Host=HOST["testnet"]).retCode == 10003


def test_it_belongs_to_the_venue_that_was_called(exchange: Exchange) -> None:
    """From then on it leads there by itself."""
    exchange.control("POST", "/-/venues", {"name": "other"})
    default = exchange.entries

    assert call(exchange, PLACEHOLDER, f"/venues/other{INFO}").retCode == 0
    assert call(exchange, PLACEHOLDER).retCode == 0
    assert exchange.entries == default
    assert account_of(exchange, PLACEHOLDER, "/venues/other/-")["coins"]["BTC"] == "1"


def test_a_key_of_another_venue_is_not_adopted(exchange: Exchange) -> None:
    """A key belongs to one venue."""
    exchange.control("POST", "/-/venues", {"name": "other"})
    call(exchange, PLACEHOLDER)

    reply = call(exchange, PLACEHOLDER, f"/venues/other{INFO}")

    assert reply.retCode == 10003
    refused = exchange.control("GET", "/venues/other/-/requests?refused=1&limit=1")
    assert refused[0]["why"]["details"] == {"key_venue": "default", "called_venue": "other"}


# --- the journal --------------------------------------------------------------------------------


@contextmanager
def kept(journal: Any) -> Iterator[Exchange]:
    clock = ManualClock(T0)
    with (
        Server(clock=clock, journal=journal, accept_any_key=True) as server,
        closing(Exchange(server, clock, journal)) as exchange,
    ):
        yield exchange


def test_two_first_calls_at_once_make_one_account() -> None:
    """Both are answered when it is durable, and not before."""
    journal = GatedJournal(MemoryJournal())
    journal.gate.release()  # for what an empty store begins with
    with kept(journal) as exchange:
        replies: list[Reply] = []

        def send() -> None:
            with closing(Wire(exchange.server.url)) as wire:
                replies.append(call(exchange, PLACEHOLDER, wire=wire))

        threads = [threading.Thread(target=send) for _ in range(2)]
        assert journal.begun.acquire(timeout=10)  # the flush of the first entries
        threads[0].start()
        assert journal.begun.acquire(timeout=10)
        threads[1].start()
        threads[1].join(0.1)
        assert replies == []
        journal.gate.release(5)
        for thread in threads:
            thread.join(10)

        assert [reply.retCode for reply in replies] == [0, 0]
        assert exchange.control("GET", "/-/state")["accounts"] == 2


def test_on_a_full_disk_nothing_is_adopted() -> None:
    """10016 as for any write; with room again, the next call is."""
    journal = FullJournal(MemoryJournal(), free=10**9)
    with kept(journal) as exchange:
        call(exchange, "first")
        journal.free = 0
        assert call(exchange, PLACEHOLDER).retCode == 10016
        assert "Free some space" in exchange.why["hint"]
        assert call(exchange, "first").retCode == 0

        journal.free = 10**9

        assert call(exchange, PLACEHOLDER).retCode == 0


def test_a_replay_has_the_same_accounts(exchange: Exchange) -> None:
    call(exchange, PLACEHOLDER)
    call(exchange, "YOUR_API_KEY", Host=HOST["demo"])

    state = exchange.server.call(lambda: exchange.server.venue.runtime.state)
    replayed, _ = replay(exchange.journal)

    assert encode_state(replayed) == encode_state(state)
    assert replayed.adopted == 2


def test_a_server_that_adopts_none_takes_none_that_was_adopted(tmp_path: Path) -> None:
    """Else whoever knows its id could use it. Started with the flag again, it is as it was."""

    def retcode(accept_any_key: bool) -> tuple[int, str]:
        clock = ManualClock(T0)
        with (
            Server(clock=clock, data=str(tmp_path), accept_any_key=accept_any_key) as server,
            closing(Exchange(server, clock, MemoryJournal())) as exchange,
        ):
            code = call(exchange, PLACEHOLDER).retCode
            return code, exchange.why["hint"] if code else ""

    assert retcode(True)[0] == 0
    code, hint = retcode(False)
    assert code == 10003
    assert "--accept-any-key" in hint
    assert retcode(True)[0] == 0


def test_a_reset_forgets_it(exchange: Exchange) -> None:
    """The next call adopts it anew."""
    call(exchange, PLACEHOLDER)
    exchange.control("POST", "/-/venues/default/reset")
    assert exchange.control("GET", "/-/state")["accounts"] == 1

    assert call(exchange, PLACEHOLDER).retCode == 0
    assert exchange.control("GET", "/-/state")["accounts"] == 2
