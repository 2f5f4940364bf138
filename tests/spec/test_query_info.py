"""GET /v5/asset/coin/query-info"""

import json

from tests.actors import SPEC, Exchange, oracle

PATH = "/v5/asset/coin/query-info"


def test_one_coin_is_what_the_exchange_sent(exchange: Exchange) -> None:
    """The documented row of MNT, value for value."""
    reply = exchange.account().get(PATH, "coin=MNT")
    oracle()
    text = (SPEC / "examples" / "asset" / "coin-info.response.json").read_text("utf-8")
    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == json.loads(text)["result"]


def test_every_coin(exchange: Exchange) -> None:
    """Each that has an index price can be asked for; USD is no coin."""
    rows = exchange.account().get(PATH).result["rows"]
    names = [row["coin"] for row in rows]
    assert names == sorted({*exchange.control("GET", "/-/prices")})
    assert "USD" not in names
    assert [row["name"] for row in rows] == names


def test_a_suspended_chain(exchange: Exchange) -> None:
    """Its deposit fields are empty, as captured."""
    usdt = exchange.account().get(PATH, "coin=USDT").result["rows"][0]
    lite = next(chain for chain in usdt["chains"] if chain["chain"] == "ZKSYNC")
    assert (lite["chainDeposit"], lite["confirmation"], lite["depositMin"]) == ("0", "", "")


def test_an_unknown_coin(exchange: Exchange) -> None:
    """No row, and no refusal."""
    reply = exchange.account().get(PATH, "coin=NOPE")
    assert (reply.retCode, reply.result) == (0, {"rows": []})


def test_any_key_may_ask_but_one_must(exchange: Exchange) -> None:
    """It is signed."""
    key = exchange.account(kind=1).key(permissions=["Earn:Earn"], readOnly=True)
    assert key.get(PATH, "coin=BTC").retCode == 0
    assert exchange.get(f"{PATH}?coin=BTC").status == 401


def test_the_limit_is_five_a_second(exchange: Exchange) -> None:
    """As its headers say."""
    headers = exchange.account().get(PATH, "coin=BTC").headers
    assert (headers["x-bapi-limit"], headers["x-bapi-limit-status"]) == ("5", "4")


def test_the_documented_shape(exchange: Exchange) -> None:
    """All thirteen fields of a chain."""
    reply = exchange.account().get(PATH, "coin=BTC")
    oracle().assert_matches(reply.json, "asset/coin-info")
