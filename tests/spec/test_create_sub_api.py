"""POST /v5/user/create-sub-api: a key for a sub-account, its secret shown once."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/user/create-sub-api"
QUERY = "/v5/user/query-api"
WALLET = {"Wallet": ["AccountTransfer"]}


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master."""
    return exchange.account()


@pytest.fixture
def sub(exchange: Exchange, alice: Actor) -> Actor:
    """Her sub-account."""
    return exchange.account(parent=alice.uid)


def test_the_new_key_signs(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """With the secret of the answer; query-api tells the same of it, but for the secret."""
    reply = alice.post(PATH, subuid=sub.uid, note="testxxx", readOnly=0, permissions=WALLET)

    assert (reply.retCode, reply.retMsg) == (0, "")
    made = reply.result
    assert (made["note"], made["readOnly"], made["permissions"]["Wallet"]) == (
        "testxxx", 0, ["AccountTransfer"],
    )  # fmt: skip
    assert made["permissions"]["Spot"] == []
    key = Actor(exchange, sub.uid, made["apiKey"], made["secret"])
    shown = key.get(QUERY).result
    assert (shown["userID"], shown["id"], shown["note"]) == (sub.uid, made["id"], "testxxx")
    assert (shown["secret"], shown["expiredAt"]) == ("", "2025-08-25T02:24:00Z")


def test_the_secret_is_shown_once(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """It stands neither in the journal, nor in the request log, nor at the doors."""
    made = alice.post(PATH, subuid=sub.uid, readOnly=0, permissions=WALLET).result
    api_key, secret = made["apiKey"], made["secret"]
    last = list(exchange.journal.read(0))[-1].payload
    assert (len(api_key), len(secret)) == (18, 36)
    assert api_key.encode() in last
    assert secret.encode() not in last
    assert secret not in str(exchange.control("GET", "/-/requests"))
    assert secret not in str(exchange.control("GET", "/-/keys"))


def test_two_keys_differ(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """In id, key and secret."""
    wanted: dict[str, Any] = {"subuid": sub.uid, "readOnly": 0, "permissions": WALLET}
    first = alice.post(PATH, **wanted).result
    exchange.clock.advance(1000)
    second = alice.post(PATH, **wanted).result
    assert all(first[name] != second[name] for name in ("id", "apiKey", "secret"))


def test_contract_trade_brings_derivatives(alice: Actor, sub: Actor) -> None:
    """The system sets it for a unified account's key (4.2)."""
    groups = {"ContractTrade": ["Position", "Order"], "Spot": [], "NFT": ["NFTQueryProductList"]}
    held = alice.post(PATH, subuid=sub.uid, readOnly=1, permissions=groups).result
    assert held["readOnly"] == 1
    assert {name: values for name, values in held["permissions"].items() if values} == {
        "ContractTrade": ["Order", "Position"],
        "Derivatives": ["DerivativesTrade"],
    }


@pytest.mark.parametrize(
    ("ips", "bound"),
    [
        ("127.0.0.1,10.1.2.3", ["127.0.0.1", "10.1.2.3"]),
        (["127.0.0.1,10.1.2.3"], ["127.0.0.1", "10.1.2.3"]),
        (["127.0.0.1", "10.1.2.3"], ["127.0.0.1", "10.1.2.3"]),
        ("*", ["*"]), (["*"], ["*"]), ("", ["*"]), (None, ["*"]),
    ],
)  # fmt: skip
def test_addresses(
    exchange: Exchange, alice: Actor, sub: Actor, ips: Any, bound: list[str]
) -> None:
    """With commas or as a list; a bound key never expires (4.3)."""
    made = alice.post(PATH, subuid=sub.uid, readOnly=1, permissions=WALLET, ips=ips).result
    shown = Actor(exchange, sub.uid, made["apiKey"], made["secret"]).get(QUERY).result
    assert shown["ips"] == bound
    assert (shown["expiredAt"] == "1970-01-01T00:00:00Z") is (bound != ["*"])


@pytest.mark.parametrize(
    "permissions",
    [
        {}, {"Spot": []}, {"NFT": ["NFTQueryProductList"]}, {"Spot": ["Trade"]},
        {"Nothing": ["Spot"]}, {"Wallet": ["SubMemberTransfer"]}, {"Wallet": ["Withdraw"]},
        {"BlockTrade": ["BlockTrade"]}, {"Affiliate": ["Affiliate"]}, {"Spot": "SpotTrade"}, [],
        None,
    ],
    ids=str,
)  # fmt: skip
def test_permissions_that_a_sub_cannot_have(
    exchange: Exchange, alice: Actor, sub: Actor, permissions: Any
) -> None:
    """10001: none, unknown ones, or those of masters (4.2); no key is made."""
    entries = exchange.entries
    reply = alice.post(PATH, subuid=sub.uid, readOnly=0, permissions=permissions)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: permissions invalid")
    assert exchange.entries == entries


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"subuid": None}, "subuid"), ({"readOnly": None}, "readOnly"),
        ({"readOnly": 2}, "readOnly"), ({"ips": "10.0.0.0/8"}, "ips"),
        ({"ips": "127.0.0.1,*"}, "ips"), ({"note": "n" * 257}, "note"),
    ],
)  # fmt: skip
def test_parameters_that_do_not_fit(
    alice: Actor, sub: Actor, changed: dict[str, Any], field: str
) -> None:
    """10001 names the parameter."""
    wanted = {"subuid": sub.uid, "readOnly": 0, "permissions": WALLET}
    reply = alice.post(PATH, **{**wanted, **changed})
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


def test_only_ones_own_normal_subs(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """141009 for others, 141004 for a frozen one."""
    wanted: dict[str, Any] = {"readOnly": 0, "permissions": WALLET}
    bob = exchange.account()
    assert bob.post(PATH, subuid=sub.uid, **wanted).retCode == 141009
    exchange.clock.advance(1000)
    assert bob.post(PATH, subuid=bob.uid, **wanted).retCode == 141009
    sub.set(frozen=True)
    assert alice.post(PATH, subuid=sub.uid, **wanted).retCode == 141004


def test_who_may_call(alice: Actor, sub: Actor) -> None:
    """A master with a Wallet permission, to write."""
    callers = [sub, alice.key(permissions=["Spot:SpotTrade"]), alice.key(readOnly=True)]
    wanted: dict[str, Any] = {"subuid": sub.uid, "readOnly": 0, "permissions": WALLET}
    assert [caller.post(PATH, **wanted).retCode for caller in callers] == [10005] * 3


def test_the_limit_is_one_a_second(alice: Actor, sub: Actor) -> None:
    """The second is refused."""
    wanted: dict[str, Any] = {"subuid": sub.uid, "readOnly": 0, "permissions": WALLET}
    assert [alice.post(PATH, **wanted).retCode for _ in range(2)] == [0, 10006]


def test_the_documented_shape(alice: Actor, sub: Actor) -> None:
    """With two groups that its table has and its example lacks."""
    reply = alice.post(PATH, subuid=sub.uid, readOnly=0, permissions=WALLET)
    oracle().assert_matches(
        reply.json,
        "user/create-subuid-apikey",
        ignore=["result.permissions.Derivatives", "result.permissions.Affiliate"],
    )
