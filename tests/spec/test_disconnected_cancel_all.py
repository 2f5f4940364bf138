"""POST /v5/order/disconnected-cancel-all: the setting; its trigger comes with the streams."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/order/disconnected-cancel-all"
QUERY = "/v5/account/query-dcp-info"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account for which the exchange has enabled everything."""
    alice = exchange.account()
    alice.set(dcpProducts=["SPOT", "DERIVATIVES", "OPTIONS"])
    return alice


@pytest.mark.parametrize("product", ["SPOT", "DERIVATIVES", "OPTIONS"])
@pytest.mark.parametrize("seconds", [3, 40, 300])
def test_a_window(exchange: Exchange, alice: Actor, product: str, seconds: int) -> None:
    """It is stored for one product, and account info stays as it was (8.1)."""
    before = alice.info
    exchange.clock.advance(5000)

    reply = alice.post(PATH, product=product, timeWindow=seconds)

    assert reply.body == b'{"retCode":0,"retMsg":"success"}'
    rows = {row["product"]: row["timeWindow"] for row in alice.get(QUERY).result["dcpInfos"]}
    assert rows == {"SPOT": "10", "DERIVATIVES": "10", "OPTIONS": "10"} | {product: str(seconds)}
    assert alice.info == before


def test_options_are_the_default(exchange: Exchange, alice: Actor) -> None:
    """As the page's own request example relies on."""
    alice.post(PATH, timeWindow=40)
    rows = {row["product"]: row["timeWindow"] for row in alice.get(QUERY).result["dcpInfos"]}
    assert rows["OPTIONS"] == "40"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"timeWindow":2}', "timeWindow"),
        ('{"timeWindow":301}', "timeWindow"),
        ('{"timeWindow":-10}', "timeWindow"),
        ('{"timeWindow":10.5}', "timeWindow"),
        ('{"timeWindow":1e999}', "timeWindow"),
        ('{"timeWindow":"ten"}', "timeWindow"),
        ("{}", "timeWindow"),
        ('{"timeWindow":10,"product":"FUTURES"}', "product"),
    ],
)
def test_a_body_that_does_not_fit(exchange: Exchange, alice: Actor, body: str, field: str) -> None:
    """10001 names the parameter; the window stays."""
    entries = exchange.entries
    reply = alice.post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")
    assert exchange.entries == entries


def test_a_product_that_is_not_enabled(exchange: Exchange) -> None:
    """Only the exchange enables it, for institutions (8.1)."""
    alice = exchange.account()
    alice.set(dcpProducts=["SPOT"])

    reply = alice.post(PATH, timeWindow=10)

    assert reply.retCode == 10001
    assert exchange.why["seen"] == "SPOT"
    assert "--dcp OPTIONS" in exchange.why["hint"]


@pytest.mark.parametrize(
    ("permission", "product", "code"),
    [
        ("Spot:SpotTrade", "SPOT", 0),
        ("Spot:SpotTrade", "DERIVATIVES", 10005),
        ("ContractTrade:Order", "DERIVATIVES", 0),
        ("ContractTrade:Order", "OPTIONS", 10005),
        ("Options:OptionsTrade", "OPTIONS", 0),
        ("Options:OptionsTrade", "SPOT", 10005),
        ("Wallet:AccountTransfer", "SPOT", 10005),
    ],
)
def test_the_permission_follows_the_product(
    exchange: Exchange, alice: Actor, permission: str, product: str, code: int
) -> None:
    """Options, ContractTrade or Spot, by product (4.4)."""
    key = alice.key(permissions=[permission])
    assert key.post(PATH, product=product, timeWindow=20).retCode == code


def test_during_an_upgrade(exchange: Exchange, alice: Actor) -> None:
    """3100197."""
    alice.set(vipLevel="VIP-1")
    alice.post("/v5/account/upgrade-to-uta")
    assert alice.post(PATH, timeWindow=20).retCode == 3100197


def test_the_limit_is_five_a_second(exchange: Exchange, alice: Actor) -> None:
    """The sixth is refused."""
    codes = [alice.post(PATH, timeWindow=20).retCode for _ in range(6)]
    assert codes == [0] * 5 + [10006]


def test_the_documented_shape(exchange: Exchange, alice: Actor) -> None:
    """Two members."""
    oracle().assert_matches(alice.post(PATH, timeWindow=40).json, "order/dcp")
