"""The USD index of coins, as a mapping."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from decimal import Decimal

from utabox.pytest_plugin.control import Control, says_it_all
from utabox.server.nearest import nearest

__tracebackhide__ = says_it_all


class Prices(MutableMapping[str, Decimal]):
    """`prices["BTC"] = 100000` moves the market; nothing else does."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def __getitem__(self, coin: str) -> Decimal:
        prices = self._all()
        if coin not in prices:
            known = nearest(str(coin), prices, f"there are {', '.join(prices)}.")
            raise KeyError(
                f'{coin} has no price: {known} `utabox.prices["{coin}"] = ...` sets one.'
            )
        return prices[coin]

    def __setitem__(self, coin: str, price: Decimal | int | str | float) -> None:
        self._control.call("PUT", "prices", coin, body={"price": str(price)})

    def __delitem__(self, coin: str) -> None:
        raise TypeError(f"{coin} keeps its price: set another one")

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, Decimal]:
        prices = self._control.call("GET", "prices")
        return {coin: Decimal(price) for coin, price in prices.items()}
