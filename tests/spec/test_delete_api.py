"""POST /v5/user/delete-api: a master deletes the key that calls."""

from tests.actors import Exchange, oracle

PATH = "/v5/user/delete-api"


def test_the_key_stops_at_once(exchange: Exchange) -> None:
    """10003 from the next call on (4.3); the other keys go on."""
    alice = exchange.account()
    other = alice.key()

    reply = alice.post(PATH)

    assert (reply.retCode, reply.retMsg, reply.result) == (0, "", {})
    gone = alice.get("/v5/account/info")
    assert (gone.retCode, gone.retMsg) == (10003, "API key is invalid.")
    assert other.get("/v5/account/info").retCode == 0


def test_it_deletes_no_other(exchange: Exchange) -> None:
    """What the body names does not count: the call has no parameters."""
    alice = exchange.account()
    other = alice.key()
    alice.post(PATH, apikey=other.api_key)
    assert other.get("/v5/account/info").retCode == 0


def test_who_may_call(exchange: Exchange) -> None:
    """A master with a Wallet permission, to write; others stay."""
    alice = exchange.account()
    sub, spot = exchange.account(parent=alice.uid), alice.key(permissions=["Spot:SpotTrade"])
    callers = [sub, spot, alice.key(readOnly=True)]
    assert [caller.post(PATH).retCode for caller in callers] == [10005] * 3
    assert [caller.get("/v5/account/info").retCode for caller in callers] == [0] * 3


def test_a_body_that_is_no_object(exchange: Exchange) -> None:
    """10001, and the key stays; an empty body will do."""
    alice = exchange.account()
    assert alice.post_text(PATH, "[]").retCode == 10001
    assert alice.post_text(PATH, "").retCode == 0


def test_the_limit_is_five_a_second(exchange: Exchange) -> None:
    """Of the UID, whichever key calls: the sixth is refused."""
    alice = exchange.account()
    keys = [alice.key() for _ in range(6)]
    assert [key.post(PATH).retCode for key in keys] == [0] * 5 + [10006]


def test_the_documented_shape(exchange: Exchange) -> None:
    """An empty result."""
    oracle().assert_matches(exchange.account().post(PATH).json, "user/rm-master-apikey")
