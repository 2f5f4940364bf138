"""GET /v5/spot-margin-trade/state: the switch, the leverage, and how much of it is used."""

from tests.actors import Exchange, oracle

PATH = "/v5/spot-margin-trade/state"


def test_before_it_is_switched_on(exchange: Exchange) -> None:
    """No leverage is shown; nothing is owed."""
    reply = exchange.account(USDT="10000").get(PATH)
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    assert reply.result == {
        "spotLeverage": "",
        "spotMarginMode": "0",
        "effectiveLeverage": "1",
    }


def test_switched_on(exchange: Exchange) -> None:
    """10, until it is set."""
    alice = exchange.account()
    alice.post("/v5/spot-margin-trade/switch-mode", spotMarginMode="1")
    assert alice.get(PATH).result["spotLeverage"] == "10"
    alice.post("/v5/spot-margin-trade/set-leverage", leverage="3")
    alice.post("/v5/spot-margin-trade/set-leverage", leverage="2", currency="BTC")
    assert alice.get(PATH).result["spotLeverage"] == "3"


def test_the_effective_leverage(exchange: Exchange) -> None:
    """17,000 USD of BTC are owed by 10,000 USD: 2.7; at 51,999 a coin 2.559..., cut."""
    exchange.control("PUT", "/-/prices/USDT", {"price": "1"})
    exchange.control("PUT", "/-/prices/BTC", {"price": "56666.666667"})
    alice = exchange.account(USDT="10000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.3")
    assert alice.get(PATH).result["effectiveLeverage"] == "2.7"
    exchange.control("PUT", "/-/prices/BTC", {"price": "51999"})
    assert alice.get(PATH).result["effectiveLeverage"] == "2.55"


def test_it_ends_with_isolated_margin(exchange: Exchange) -> None:
    """There it cannot be on (182021)."""
    alice = exchange.account()
    alice.post("/v5/spot-margin-trade/switch-mode", spotMarginMode="1")
    alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    assert alice.get(PATH).result["spotMarginMode"] == "0"


def test_a_classic_account(exchange: Exchange) -> None:
    """176037."""
    assert exchange.account(kind=1).get(PATH).retCode == 176037


def test_any_key_may_ask(exchange: Exchange) -> None:
    """50 times a second (5.1)."""
    key = exchange.account().key(permissions=["Wallet:AccountTransfer"], readOnly=True)
    assert key.get(PATH).headers["x-bapi-limit"] == "50"


def test_the_documented_shape(exchange: Exchange) -> None:
    """Of an account that uses it."""
    alice = exchange.account()
    alice.post("/v5/spot-margin-trade/switch-mode", spotMarginMode="1")
    oracle().assert_matches(alice.get(PATH).json, "spot-margin-uta/status")
