"""Mainnet, testnet and their demo twins: which one was called, and what is known there."""

import json
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.actors import SPEC, T0, Actor, Exchange, Reply, oracle, running

import utabox.endpoints  # noqa: F401  declares every endpoint
from utabox.embedded import Server
from utabox.endpoint import declared
from utabox.server.environments import HOSTS, environment_of, host_of
from utabox.settings import DEMO_API_KEY, SettingsError, load
from utabox.terms import Environment

INFO = "/v5/account/info"
BALANCE, SETTINGS = "/v5/account/wallet-balance", "/v5/account/user-setting-config"
TIME = "/v5/market/time"
HOST = {
    "mainnet": "api.bybit.com",
    "testnet": "api-testnet.bybit.com",
    "demo": "api-demo.bybit.com",
    "testnet-demo": "api-demo-testnet.bybit.com",
}
UNSUPPORTED = "Demo trading are not supported."
NEVER = 1_000_000_000_000  # a timestamp of long ago, ms

# docs/v5/demo, but for market data: everything there is.
LISTED = (
    "/v5/order/create", "/v5/order/amend", "/v5/order/cancel", "/v5/order/realtime",
    "/v5/order/cancel-all", "/v5/order/history", "/v5/execution/list", "/v5/order/create-batch",
    "/v5/order/amend-batch", "/v5/order/cancel-batch", "/v5/position/list",
    "/v5/position/set-leverage", "/v5/position/switch-mode", "/v5/position/trading-stop",
    "/v5/position/set-auto-add-margin", "/v5/position/add-margin", "/v5/position/closed-pnl",
    "/v5/account/wallet-balance", "/v5/account/borrow-history",
    "/v5/account/set-collateral-switch", "/v5/account/collateral-info", "/v5/asset/coin-greeks",
    "/v5/account/info", "/v5/account/transaction-log", "/v5/account/set-margin-mode",
    "/v5/account/set-hedging-mode", "/v5/asset/delivery-record", "/v5/asset/settlement-record",
    "/v5/spot-margin-trade/switch-mode", "/v5/spot-margin-trade/set-leverage",
    "/v5/spot-margin-trade/state", "/v5/account/demo-apply-money", "/v5/user/query-api",
)  # fmt: skip


def resident(exchange: Exchange, environment: str | None, **wanted: Any) -> Actor:
    """A new account of an environment, with a key."""
    body = {"environment": environment, **wanted}
    uid = exchange.control("POST", "/-/accounts", body)["uid"]
    made = exchange.control("POST", "/-/keys", {"uid": uid})
    return Actor(exchange, uid, made["apiKey"], made["secret"])


def home_of(exchange: Exchange, uid: int) -> str:
    return str(exchange.control("GET", f"/-/accounts/{uid}")["environment"])


def get(actor: Actor, path: str, host: str, **changed: str | int | None) -> Reply:
    """A signed GET with this Host header."""
    headers = {**actor.headers("", **changed), "Host": host}
    return actor.exchange.wire.send("GET", path, headers)


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account of the demo environment, on a server that is all together."""
    return resident(exchange, "demo")


# --- which one was called -------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [None, *Environment])
@pytest.mark.parametrize(
    ("host", "named"),
    [
        (b"api.bybit.com", Environment.MAINNET),
        (b"api.bytick.com", Environment.MAINNET),
        (b"api.bybit.eu", Environment.MAINNET),
        (b"api-testnet.bybit.com", Environment.TESTNET),
        (b"api-demo.bybit.com", Environment.DEMO),
        (b"api-demo.bybit.com:8505", Environment.DEMO),
        (b"API-Demo.Bybit.com", Environment.DEMO),
        (b"api-demo-testnet.bybit.com", Environment.TESTNET_DEMO),
        (b"127.0.0.1:8505", None),
        (b"[::1]:8505", None),
        (b"localhost", None),
        (b"bybit.com", None),
        (b"api-demo.bybit.com.example", None),
        (b"", None),
        (b"\xff", None),
        (b"api-demo.bybit.com:" + b"0" * 100, None),
    ],
)
def test_the_host_chooses(
    host: bytes, named: Environment | None, profile: Environment | None
) -> None:
    """If it is one of the exchange's; any other leads to what the server is."""
    assert environment_of(host, profile) is (named or profile)


def test_the_hosts_are_the_documented_ones() -> None:
    """All of them; only that of testnet-demo is not in the documentation."""
    assert oracle()
    urls = json.loads((SPEC / "protocol.json").read_text())["rest"]["base_urls"]
    mainnet = [*urls["mainnet"], *urls["regional_mainnet"].values()]
    documented = [
        *((url, "mainnet") for url in mainnet),
        *((url, "testnet") for url in urls["testnet"]),
        *((url, "demo") for url in urls["demo"]),
        ("https://api-demo-testnet.bybit.com", "testnet-demo"),
    ]
    assert {urlsplit(url).hostname: home for url, home in documented} == HOSTS
    assert {each.value: host_of(each) for each in Environment} == HOST


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("home", HOST)
def test_a_key_works_at_home(exchange: Exchange, home: str) -> None:
    """Under the name of its account's environment."""
    assert get(resident(exchange, home), INFO, HOST[home]).retCode == 0


@pytest.mark.parametrize(("home", "called"), list(permutations(HOST, 2)))
def test_a_key_works_nowhere_else(exchange: Exchange, home: str, called: str) -> None:
    """Elsewhere it is 10003, and the explanation says where it lives and what to do."""
    reply = get(resident(exchange, home), INFO, HOST[called])
    assert (reply.retCode, reply.retMsg) == (10003, "API key is invalid.")
    assert exchange.why["details"] == {"key_environment": home, "called_environment": called}
    assert f"an account of {home}, at {HOST[called]}" in exchange.why["seen"]
    assert HOST[home] in exchange.why["hint"]


@pytest.mark.parametrize("home", HOST)
def test_where_all_are_together(exchange: Exchange, home: str) -> None:
    """Under the server's own name every key works, and every path answers it."""
    bob = resident(exchange, home)
    assert bob.get(INFO).retCode == 0
    assert bob.get(SETTINGS).retCode == 0
    assert bob.get("/v5/user/query-sub-members").retCode == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"api_key": None}, 10001),
        ({"timestamp": NEVER}, 10002),
        ({"sign": "0" * 64}, 10003),
        ({}, 10003),
    ],
)
def test_a_key_of_elsewhere_in_the_order_of_checks(
    alice: Actor, changed: dict[str, Any], code: int
) -> None:
    """Like a key that there is not: after the window, before anything that the key says."""
    assert get(alice, INFO, HOST["mainnet"], **changed).retCode == code


@pytest.mark.parametrize("wanted", [{"expiresAt": T0}, {"ips": ["203.0.113.7"]}])
def test_an_unusable_key_of_elsewhere(alice: Actor, wanted: dict[str, Any]) -> None:
    """10003 there, and its own fault at home."""
    key = alice.key(**wanted)
    assert get(key, INFO, HOST["mainnet"]).retCode == 10003
    assert get(key, INFO, HOST["demo"]).retCode in (33004, 10010)


# --- what demo accounts may call ------------------------------------------------------------------


def test_the_list_of_the_demo_environment() -> None:
    """Each declaration says whether its path stands in the list; of market data all do."""
    there = [each.path for each in declared() if each.serves(Environment.DEMO)]
    wanted = [
        each.path
        for each in declared()
        if each.path in LISTED or each.path.startswith("/v5/market/")
    ]
    assert there == wanted


@pytest.mark.parametrize("environment", ["demo", "testnet-demo"])
def test_a_path_that_is_not_in_the_list(exchange: Exchange, environment: str) -> None:
    """10032; the explanation says at which host, and what to do."""
    bob = resident(exchange, environment)

    reply = get(bob, SETTINGS, HOST[environment])

    assert (reply.status, reply.retCode, reply.retMsg) == (200, 10032, UNSUPPORTED)
    assert reply.result == {}
    assert "x-bapi-limit" not in reply.headers
    assert f"GET {SETTINGS}, at {HOST[environment]}" in exchange.why["seen"]
    assert "without --environment" in exchange.why["hint"]
    assert get(bob, BALANCE, HOST[environment]).retCode == 10001


def test_market_data_needs_no_key(exchange: Exchange) -> None:
    """It is there under every name."""
    replies = [exchange.wire.send("GET", TIME, {"Host": host}) for host in HOSTS]
    assert [reply.retCode for reply in replies] == [0] * len(HOSTS)


def test_unknown_paths_and_methods_stay_so(alice: Actor) -> None:
    """404 comes first: what does not exist is not unsupported."""
    assert get(alice, "/v5/account/nothing", HOST["demo"]).status == 404
    assert get(alice, "/v5/user/create-sub-member", HOST["demo"]).status == 404


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"timestamp": NEVER}, 10002), ({"api_key": "unknown"}, 10003), ({"sign": "0"}, 10004)],
)
def test_10032_follows_the_signature(alice: Actor, changed: dict[str, Any], code: int) -> None:
    """The exchange knows that somebody is a demo account when it knows who it is."""
    assert get(alice, SETTINGS, HOST["demo"], **changed).retCode == code


def test_10032_follows_a_frozen_account(exchange: Exchange, alice: Actor) -> None:
    """10008 comes first."""
    sub = resident(exchange, None, parentUid=alice.uid)
    sub.set(frozen=True)
    assert get(sub, SETTINGS, HOST["demo"]).retCode == 10008


def test_10032_comes_before_permission_and_limit(exchange: Exchange, alice: Actor) -> None:
    """It says the same to every key, and it consumes nothing."""
    path = "/v5/user/query-sub-members"
    key = alice.key(permissions=["Spot:SpotTrade"], readOnly=True)
    assert get(key, path, HOST["demo"]).retCode == 10032
    assert key.get(path).retCode == 10005
    assert [get(alice, path, HOST["demo"]).retCode for _ in range(11)] == [10032] * 11
    assert alice.get(path).headers["x-bapi-limit-status"] == "9"


# --- a server that is one of them -----------------------------------------------------------------


@pytest.fixture(params=list(HOST))
def there(request: pytest.FixtureRequest) -> Iterator[Exchange]:
    """A server that is one environment, each in turn."""
    with running(environment=request.param) as exchange:
        yield exchange


def test_its_accounts_live_there(there: Exchange) -> None:
    """The first one, which has the demo key, those that name nothing, and sub-accounts."""
    home = there.server.settings.environment
    server = there.server
    first = Actor(there, 100_000_001, server.api_key, server.api_secret)
    bob = there.account()
    sub = there.account(parent=bob.uid)
    assert [home_of(there, each.uid) for each in (first, bob, sub)] == [home] * 3
    assert [each.info["unifiedMarginStatus"] for each in (first, bob, sub)] == [5] * 3


def test_other_names_still_choose(there: Exchange) -> None:
    """A known host leads to its environment on every server; there its accounts are known."""
    elsewhere = "testnet" if there.server.settings.environment == "mainnet" else "mainnet"
    bob = resident(there, elsewhere)
    reply = bob.get(INFO)
    assert reply.retCode == 10003
    assert "started with --environment" in there.why["seen"]
    assert get(bob, INFO, HOST[elsewhere]).retCode == 0


def test_a_demo_server(exchange: Exchange) -> None:
    """What is not in the list is 10032 under its own name, too."""
    with running(environment="demo") as demo:
        assert demo.account().get(SETTINGS).retCode == 10032
        assert "started with --environment demo" in demo.why["seen"]
    assert exchange.account().get(SETTINGS).retCode == 0


def test_without_a_profile_accounts_live_on_the_mainnet(exchange: Exchange) -> None:
    assert home_of(exchange, exchange.account().uid) == "mainnet"
    assert home_of(exchange, 100_000_001) == "mainnet"


def test_a_sub_account_lives_with_its_master(exchange: Exchange, alice: Actor) -> None:
    """Made at a door or by its master; another environment for it is refused."""
    made = alice.post("/v5/user/create-sub-member", username="child01", memberType=1).result
    sub = resident(exchange, None, parentUid=alice.uid)
    assert home_of(exchange, int(made["uid"])) == home_of(exchange, sub.uid) == "demo"

    body = {"parentUid": alice.uid, "environment": "mainnet"}
    reply = exchange.control_reply("POST", "/-/accounts", body)
    assert reply.status == 400
    assert reply.json["why"]["expected"] == "demo"


@pytest.mark.parametrize("environment", ["", "prod", "DEMO", 1])
def test_an_environment_that_there_is_not(exchange: Exchange, environment: object) -> None:
    reply = exchange.control_reply("POST", "/-/accounts", {"environment": environment})
    assert reply.status == 400


# --- settings, and stores of several environments -------------------------------------------------


def test_the_setting(tmp_path: Path) -> None:
    """A flag wins over the environment variable, that over the file; full is the default."""
    file = tmp_path / "utabox.toml"
    file.write_text('environment = "testnet"\n')
    variable = {"UTABOX_ENVIRONMENT": "demo"}
    assert load({}, {}).profile is None
    assert load({}, {}, file).profile is Environment.TESTNET
    assert load({}, variable, file).profile is Environment.DEMO
    assert load({"environment": "testnet-demo"}, variable, file).environment == "testnet-demo"
    with pytest.raises(SettingsError, match="full or mainnet or testnet or demo or testnet-demo"):
        load({"environment": "prod"}, {})


def test_a_store_of_another_environment(tmp_path: Path) -> None:
    """It opens, but the demo key lives elsewhere, so this run knows none that works."""
    with Server(data=str(tmp_path)) as server:
        assert server.api_key == DEMO_API_KEY
    with Server(data=str(tmp_path), environment="demo") as server:
        assert server.service.credentials.secret is None
    with Server(data=str(tmp_path)) as server:
        assert server.service.credentials.secret is not None


def test_a_chosen_key_in_a_store_of_another_environment(tmp_path: Path) -> None:
    """A new one gets an account of its own there; one that lives elsewhere is refused."""
    first: dict[str, Any] = {"api_key": "first", "api_secret": "secret-of-the-first"}
    second: dict[str, Any] = {"api_key": "second", "api_secret": "secret-of-the-second"}
    with Server(data=str(tmp_path), **first):
        pass
    with Server(data=str(tmp_path), environment="demo", **second) as server:
        key = server.call(lambda: server.venue.runtime.state.keys["second"])
        account = server.call(lambda: server.venue.runtime.state.accounts[key.uid])
    assert account.environment is Environment.DEMO
    assert account.coins is not None
    with (
        pytest.raises(SettingsError, match="for an account of mainnet, not of demo"),
        Server(data=str(tmp_path), environment="demo", **first),
    ):
        pass
