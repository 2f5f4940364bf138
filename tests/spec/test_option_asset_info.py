"""GET /v5/account/option-asset-info; its sums are in tests/engine/position/test_book.py."""

from tests.actors import Exchange, oracle

PATH = "/v5/account/option-asset-info"


def test_an_account_without_options(exchange: Exchange) -> None:
    """An empty list, under the same name as the object that it is in."""
    reply = exchange.account(USDT="1000").get(PATH)
    assert (reply.retCode, reply.retMsg) == (0, "Success")
    assert reply.result == {"result": []}


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    assert exchange.account(kind=1).get(PATH).retCode == 10028


def test_there_is_no_limit(exchange: Exchange) -> None:
    """None is stated (5.1)."""
    assert "x-bapi-limit" not in exchange.account().get(PATH).headers


def test_the_documented_shape(exchange: Exchange) -> None:
    """An empty list has the shape of any."""
    reply = exchange.account().get(PATH)
    oracle().assert_matches(reply.json, "account/option-asset-info")
