"""GET /v5/market/time"""

from tests.actors import T0, Exchange, oracle

PATH = "/v5/market/time"


def test_it_needs_no_key(exchange: Exchange) -> None:
    """The venue's time in seconds and nanoseconds, the same as in the envelope."""
    reply = exchange.get(PATH)
    assert reply.result == {"timeSecond": str(T0 // 1000), "timeNano": f"{T0}000000"}
    assert (reply.retMsg, reply.json["time"], reply.headers["timenow"]) == ("OK", T0, str(T0))


def test_wrong_auth_headers_are_ignored(exchange: Exchange) -> None:
    """Public endpoints skip every check of the door (3.5)."""
    reply = exchange.wire.send("GET", PATH, {"X-BAPI-API-KEY": "nobody", "X-BAPI-SIGN": "x"})
    assert reply.retCode == 0


def test_it_has_no_limit(exchange: Exchange) -> None:
    """Nothing is published but the address rule, which is off."""
    replies = [exchange.get(PATH) for _ in range(60)]
    assert {reply.retCode for reply in replies} == {0}
    assert "x-bapi-limit" not in replies[0].headers


def test_the_documented_shape(exchange: Exchange) -> None:
    """All five members."""
    oracle().assert_matches(exchange.get(PATH).json, "market/time")
