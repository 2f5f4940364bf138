"""What the doors of prices say of a price that is none."""

import pytest
from tests.actors import Exchange


@pytest.mark.parametrize("price", ["0", "-1", "1000000000001", "1E-19", "NaN"])
def test_an_index_price(exchange: Exchange, price: str) -> None:
    """The sentence has both bounds."""
    reply = exchange.control_reply("PUT", "/-/prices/BTC", {"price": price})
    assert reply.status == 400
    assert reply.json["error"].startswith(
        "A USD index price is more than 0, at most 1000000000000, with at most 18 decimals. Seen: "
    )


@pytest.mark.parametrize("price", ["0", "1000000000001", "63500.001"])
def test_a_mark_price(exchange: Exchange, price: str) -> None:
    """The sentence has the step of the symbol, too."""
    reply = exchange.control_reply("PUT", "/-/marks/linear/BTCUSDT", {"price": price})
    assert reply.status == 400
    assert reply.json["error"].startswith(
        "A mark price is more than 0, at most 1000000000000, and a multiple of 0.01. Seen: BTCUSDT"
    )
