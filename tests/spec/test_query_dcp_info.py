"""GET /v5/account/query-dcp-info"""

from tests.actors import Exchange, oracle

PATH = "/v5/account/query-dcp-info"


def test_nothing_enabled(exchange: Exchange) -> None:
    """An empty list."""
    reply = exchange.account().get(PATH)
    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {"dcpInfos": []}


def test_enabled_products(exchange: Exchange) -> None:
    """One row each with the default window, as text; what was disabled is gone."""
    alice = exchange.account()
    alice.set(dcpProducts=["DERIVATIVES", "SPOT"])
    row = {"dcpStatus": "ON", "timeWindow": "10"}
    assert alice.get(PATH).result == {
        "dcpInfos": [{"product": "SPOT", **row}, {"product": "DERIVATIVES", **row}]
    }

    alice.set(dcpProducts=["SPOT"])

    assert alice.get(PATH).result == {"dcpInfos": [{"product": "SPOT", **row}]}


def test_it_is_not_inherited(exchange: Exchange) -> None:
    """Per UID (8.1)."""
    master = exchange.account()
    sub = exchange.account(parent=master.uid)
    master.set(dcpProducts=["SPOT"])
    assert sub.get(PATH).result == {"dcpInfos": []}


def test_the_limit_is_five_a_second(exchange: Exchange) -> None:
    """The sixth is refused."""
    alice = exchange.account()
    assert [alice.get(PATH).retCode for _ in range(6)] == [0] * 5 + [10006]


def test_the_documented_shape(exchange: Exchange) -> None:
    """With a row, so that its shape is compared, too."""
    alice = exchange.account()
    alice.set(dcpProducts=["SPOT"])
    oracle().assert_matches(alice.get(PATH).json, "account/dcp-info")
