"""GET /v5/user/invitation/referrals: nobody is invited here."""

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/user/invitation/referrals"


@pytest.mark.parametrize("query", ["", "status=0&size=5&cursor=6867", "status=1&size=100"])
def test_nobody(exchange: Exchange, query: str) -> None:
    """An empty page, and no next one."""
    reply = exchange.account().get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (0, "")
    assert reply.result == {"nextCursor": "", "records": []}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=2", "status"), ("size=0", "size"), ("size=101", "size"), ("size=x", "size"),
        ("cursor=x", "cursor"),
    ],
)  # fmt: skip
def test_parameters_that_do_not_fit(exchange: Exchange, query: str, field: str) -> None:
    """10001 names the parameter."""
    reply = exchange.account().get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


def test_any_key_may_call(exchange: Exchange) -> None:
    """Reading is enough, ten times a second."""
    key = exchange.account().key(permissions=["Spot:SpotTrade"], readOnly=True)
    assert [key.get(PATH).retCode for _ in range(11)] == [0] * 10 + [10006]


def test_the_documented_shape(exchange: Exchange) -> None:
    """A cursor and a list."""
    oracle().assert_matches(exchange.account().get(PATH).json, "user/friend-referral")
