"""POST /v5/user/create-demo-member: the demo account of a user, and its keys."""

from collections.abc import Iterator

import pytest
from tests.actors import Actor, Exchange, oracle, running

PATH = "/v5/user/create-demo-member"
PAGE = "demo"  # the page has no example of an answer
USER = "/v5/user"
TRADE = {"ContractTrade": ["Order", "Position"], "Wallet": ["AccountTransfer"]}
DEMO_HOST = "api-demo.bybit.com"


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """A server that is the mainnet; under the demo host's name it is the demo environment."""
    with running(environment="mainnet") as exchange:
        yield exchange


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master."""
    return exchange.account()


@pytest.fixture
def sub(exchange: Exchange, alice: Actor) -> Actor:
    """Her sub-account."""
    return exchange.account(parent=alice.uid)


def demo_uid(actor: Actor) -> int:
    return int(actor.post(PATH).result["subMemberId"])


def key_of(master: Actor, uid: int) -> Actor:
    """A key that the master makes for the demo account `uid`."""
    made = master.post(f"{USER}/create-sub-api", subuid=uid, readOnly=0, permissions=TRADE).result
    return Actor(master.exchange, uid, made["apiKey"], made["secret"])


def on_demo(actor: Actor, path: str) -> int:
    """What a GET on the demo host answers."""
    headers = {**actor.headers(""), "Host": DEMO_HOST}
    return actor.exchange.wire.send("GET", path, headers).retCode


def test_a_new_demo_account(exchange: Exchange, alice: Actor) -> None:
    """A unified account of the demo environment, in regular margin and without money."""
    reply = alice.post(PATH)

    assert (reply.retCode, reply.retMsg) == (0, "")
    shown = exchange.control("GET", f"/-/accounts/{reply.result['subMemberId']}")
    assert (shown["kind"], shown["environment"], shown["parentUid"]) == (5, "demo", 0)
    assert (shown["marginMode"], shown["coins"]) == ("REGULAR_MARGIN", {})


def test_the_second_call(exchange: Exchange, alice: Actor) -> None:
    """Answers the same UID, and makes nothing."""
    first, entries = demo_uid(alice), exchange.entries
    assert demo_uid(alice) == first
    assert exchange.entries == entries


def test_each_account_has_its_own(alice: Actor, sub: Actor) -> None:
    """A master's and its sub-account's are two."""
    assert demo_uid(alice) != demo_uid(sub)


def test_the_life_of_a_demo_key(exchange: Exchange, alice: Actor) -> None:
    """Made, changed and deleted from production; it works on the demo host alone."""
    key = key_of(alice, demo_uid(alice))
    assert on_demo(key, "/v5/account/info") == 0
    assert on_demo(key, f"{USER}/query-api") == 0
    assert key.get("/v5/account/info").retCode == 10003

    changed = alice.post(f"{USER}/update-sub-api", apikey=key.api_key, readOnly=1)
    assert (changed.retCode, changed.result["readOnly"]) == (0, 1)

    assert alice.post(f"{USER}/delete-sub-api", apikey=key.api_key).retCode == 0
    assert on_demo(key, "/v5/account/info") == 10003


def test_the_demo_account_of_a_sub_account(alice: Actor, sub: Actor) -> None:
    """Its master makes the key, too; another master does not."""
    uid = demo_uid(sub)
    key = key_of(alice, uid)
    assert on_demo(key, "/v5/account/info") == 0

    bob = alice.exchange.account()
    wanted = {"subuid": uid, "readOnly": 0, "permissions": TRADE}
    assert bob.post(f"{USER}/create-sub-api", **wanted).retCode == 141009
    assert bob.post(f"{USER}/update-sub-api", apikey=key.api_key).retCode == 10001
    assert bob.post(f"{USER}/delete-sub-api", apikey=key.api_key).retCode == 10001


def test_it_is_no_sub_account(alice: Actor, sub: Actor) -> None:
    """Neither listed among them, nor frozen, deleted or looked at like one."""
    uid = demo_uid(alice)
    listed = alice.get(f"{USER}/query-sub-members").result["subMembers"]
    paged = alice.get(f"{USER}/submembers").result["subMembers"]
    assert [row["uid"] for row in listed] == [row["uid"] for row in paged] == [str(sub.uid)]
    assert alice.post(f"{USER}/frozen-sub-member", subuid=uid, frozen=1).retCode == 141009
    assert alice.post(f"{USER}/del-submember", subMemberId=str(uid)).retCode == 141009
    assert alice.get(f"{USER}/sub-apikeys", f"subMemberId={uid}").retCode == 141009
    assert alice.get(f"{USER}/get-member-type", f"memberIds={uid}").retCode == 141009


def test_it_shares_no_money_with_the_family(alice: Actor) -> None:
    """Nothing can be transferred to it, so demo money cannot come back either."""
    alice.fund(USDT="10")
    reply = alice.post(
        "/v5/asset/transfer/universal-transfer",
        transferId="8c8b51ba-5e49-4c08-8e94-0e6f51b7d58d", coin="USDT", amount="1",
        fromMemberId=alice.uid, toMemberId=demo_uid(alice),
        fromAccountType="UNIFIED", toAccountType="UNIFIED",
    )  # fmt: skip
    assert reply.retCode != 0


def test_it_goes_with_its_sub_account(alice: Actor, sub: Actor) -> None:
    """A deleted sub-account's demo account and its keys are gone."""
    key = key_of(alice, demo_uid(sub))
    assert alice.post(f"{USER}/del-submember", subMemberId=str(sub.uid)).retCode == 0
    assert on_demo(key, "/v5/account/info") == 10003
    wanted = {"subuid": key.uid, "readOnly": 0, "permissions": TRADE}
    alice.exchange.clock.advance(1000)
    assert alice.post(f"{USER}/create-sub-api", **wanted).retCode == 141009


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        ("Wallet:AccountTransfer", 0), ("Wallet:SubMemberTransfer", 0),
        ("Wallet:Withdraw", 10005), ("Spot:SpotTrade", 10005),
    ],
)  # fmt: skip
def test_the_permission(alice: Actor, permission: str, code: int) -> None:
    """AccountTransfer, SubMemberTransfer or, of a sub-account, SubMemberTransferList."""
    assert alice.key(permissions=[permission]).post(PATH).retCode == code


def test_the_permission_of_a_sub_account(sub: Actor) -> None:
    assert sub.key(permissions=["Wallet:SubMemberTransferList"]).post(PATH).retCode == 0


def test_where_it_exists(exchange: Exchange, alice: Actor) -> None:
    """On the mainnet, and where all are together; not on the testnet, and not for demo accounts."""
    headers = {**alice.headers("{}"), "Host": "api-testnet.bybit.com"}
    reply = exchange.wire.send("POST", PATH, headers, b"{}")
    assert (reply.status, reply.body) == (404, b"")

    key = key_of(alice, demo_uid(alice))
    headers = {**key.headers("{}"), "Host": DEMO_HOST}
    assert exchange.wire.send("POST", PATH, headers, b"{}").retCode == 10032


def test_a_demo_account_where_all_are_together() -> None:
    """10032: it has none of its own."""
    with running() as exchange:
        alice = exchange.account()
        key = key_of(alice, demo_uid(alice))
        reply = key.post(PATH)
        assert (reply.retCode, reply.retMsg) == (10032, "Demo trading are not supported.")
        assert "real account" in exchange.why["hint"]


def test_the_limit_is_five_a_second(alice: Actor) -> None:
    """The sixth is refused."""
    assert [alice.post(PATH).retCode for _ in range(6)] == [0] * 5 + [10006]


def test_the_documented_shape(alice: Actor) -> None:
    """Of the answer only its one field is documented; around it stands the usual envelope."""
    reply = alice.post(PATH)
    assert list(reply.result) == ["subMemberId"]
    assert isinstance(reply.result["subMemberId"], str)
    oracle().assert_matches(reply.json, "user/froze-subuid", ignore=["result.subMemberId"])
