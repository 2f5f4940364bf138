"""GET /v5/account/instruments-info"""

import msgspec
import pytest
from tests.actors import Exchange, oracle

from utabox.records.instrument import Instrument

PATH = "/v5/account/instruments-info"
PUBLIC = "/v5/market/instruments-info"
NO_RPI = {"isPublicRpi": False, "myRpiPermission": False}


@pytest.mark.parametrize("category", ["spot", "linear", "inverse"])
def test_it_is_the_public_list_and_two_fields(exchange: Exchange, category: str) -> None:
    """Nobody may place RPI orders: they are not there yet."""
    reply = exchange.account().get(PATH, f"category={category}")
    rows = exchange.get(f"{PUBLIC}?category={category}").result["list"]
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    assert reply.result["list"] == [row | NO_RPI for row in rows]
    msgspec.convert(reply.result["list"], list[Instrument])


def test_it_needs_a_key(exchange: Exchange) -> None:
    """What an account may trade depends on the account."""
    assert exchange.get(f"{PATH}?category=spot").status == 401


def test_pages(exchange: Exchange) -> None:
    """As the public one."""
    alice = exchange.account()
    whole = alice.get(PATH, "category=linear").result["list"]
    first = alice.get(PATH, "category=linear&limit=5").result
    rest = alice.get(PATH, f"category=linear&cursor={first['nextPageCursor']}").result
    assert len(first["list"]) == 5
    assert first["list"] + rest["list"] == whole


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("category=option", "category invalid"),  # spot, linear and inverse only
        ("category=linear&symbol=NOPE", "symbol invalid"),
        ("category=linear&limit=0", "limit invalid"),
    ],
)
def test_refusals(exchange: Exchange, query: str, text: str) -> None:
    """10001 and empty members."""
    reply = exchange.account().get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {text}")
    assert reply.result == {"category": "", "list": [], "nextPageCursor": ""}


def test_the_limit_is_ten_a_second(exchange: Exchange) -> None:
    """As its headers say."""
    headers = exchange.account().get(PATH, "category=spot&symbol=BTCUSDT").headers
    assert (headers["x-bapi-limit"], headers["x-bapi-limit-status"]) == ("10", "9")


@pytest.mark.parametrize(
    ("query", "variant", "ignored"),
    [
        ("category=linear&symbol=1000000BABYDOGEUSDT", "", ["result.list[].forbidUplWithdrawal"]),
        ("category=spot&symbol=BTCUSDT", "spot", []),
    ],
)
def test_the_documented_shape(
    exchange: Exchange, query: str, variant: str, ignored: list[str]
) -> None:
    """The example of linear has no forbidUplWithdrawal, which captures have."""
    reply = exchange.account().get(PATH, query)
    oracle().assert_matches(reply.json, "account/instrument", variant=variant, ignore=ignored)
