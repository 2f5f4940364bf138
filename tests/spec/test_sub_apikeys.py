"""GET /v5/user/sub-apikeys: the keys of a sub-account."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/user/sub-apikeys"
DAY = 86_400_000


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master."""
    return exchange.account()


@pytest.fixture
def sub(exchange: Exchange, alice: Actor) -> Actor:
    """Her sub-account, with one key."""
    return exchange.account(parent=alice.uid)


def test_what_a_row_says(alice: Actor, sub: Actor) -> None:
    """Dates to the second, and no secret."""
    key = sub.key(note="UTA", readOnly=True, permissions=["ContractTrade:Order"])
    reply = alice.get(PATH, f"subMemberId={sub.uid}&limit=1")
    row = reply.result["result"][0]
    held = {name: values for name, values in row.pop("permissions").items() if values}
    assert (reply.retCode, reply.retMsg) == (0, "")
    assert held == {"ContractTrade": ["Order"], "Derivatives": ["DerivativesTrade"]}
    assert row == {
        "id": row["id"], "ips": ["*"], "apiKey": key.api_key, "note": "UTA", "status": 3,
        "expiredAt": "2025-08-25T02:24:00Z", "createdAt": "2025-05-27T02:24:00Z", "type": 1,
        "secret": "******", "readOnly": True, "deadlineDay": 90, "flag": "hmac",
    }  # fmt: skip


def test_statuses(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """3: valid, 4: less than 7 days left, 2: expired, and 1: permanent (4.3)."""
    bound = sub.key(ips=["127.0.0.1"])

    def status() -> int:
        rows = alice.get(PATH, f"subMemberId={sub.uid}").result["result"]
        return int(next(row["status"] for row in rows if row["apiKey"] == sub.api_key))

    exchange.clock.advance(83 * DAY)
    assert status() == 3
    exchange.clock.advance(1)
    assert status() == 4
    exchange.clock.advance(7 * DAY - 2)
    assert status() == 4
    alice = alice.key()
    exchange.clock.advance(1)
    assert status() == 2
    rows = alice.get(PATH, f"subMemberId={sub.uid}").result["result"]
    assert (rows[0]["apiKey"], rows[0]["status"]) == (bound.api_key, 1)
    assert (rows[0]["expiredAt"], rows[0]["ips"]) == ("1970-01-01T00:00:00Z", ["127.0.0.1"])


def test_page_after_page(alice: Actor, sub: Actor) -> None:
    """Newest first; an empty cursor ends it."""
    keys = [sub.api_key, sub.key().api_key, sub.key().api_key]
    first = alice.get(PATH, f"subMemberId={sub.uid}&limit=2").result
    query = f"subMemberId={sub.uid}&limit=2&cursor={first['nextPageCursor']}"
    second = alice.get(PATH, query).result
    rows = [*first["result"], *second["result"]]
    assert [row["apiKey"] for row in rows] == keys[::-1]
    assert second["nextPageCursor"] == ""


def test_twenty_unless_asked_for(alice: Actor, sub: Actor) -> None:
    """The default of the page is its maximum."""
    made = [sub.key() for _ in range(20)]
    result = alice.get(PATH, f"subMemberId={sub.uid}").result
    assert [row["apiKey"] for row in result["result"]] == [key.api_key for key in made][::-1]
    assert result["nextPageCursor"] != ""


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "subMemberId"), ("subMemberId=x", "subMemberId"), ("subMemberId=5&limit=0", "limit"),
        ("subMemberId=5&limit=21", "limit"), ("subMemberId=5&cursor=x", "cursor"),
    ],
)  # fmt: skip
def test_parameters_that_do_not_fit(alice: Actor, query: str, field: str) -> None:
    """10001 names the parameter."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


def test_only_ones_own_subs(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """141009."""
    bob = exchange.account()
    uids = [404, alice.uid, bob.uid, sub.uid]
    assert [bob.get(PATH, f"subMemberId={uid}").retCode for uid in uids] == [141009] * 4


def test_who_may_call(alice: Actor, sub: Actor) -> None:
    """A master with any permission (4.4); a sub-account may not."""
    query = f"subMemberId={sub.uid}"
    assert alice.key(permissions=["Spot:SpotTrade"]).get(PATH, query).retCode == 0
    assert alice.key(readOnly=True).get(PATH, query).retCode == 0
    assert sub.get(PATH, query).retCode == 10005


def test_the_limit_is_ten_a_second(alice: Actor, sub: Actor) -> None:
    """The eleventh is refused."""
    codes = [alice.get(PATH, f"subMemberId={sub.uid}").retCode for _ in range(11)]
    assert codes == [0] * 10 + [10006]


def test_the_documented_shape(alice: Actor, sub: Actor) -> None:
    """Thirteen members a row, eleven permission groups."""
    reply = alice.get(PATH, f"subMemberId={sub.uid}")
    oracle().assert_matches(reply.json, "user/list-sub-apikeys")
