"""The USD index of each coin."""

from decimal import Decimal

from utabox.engine.amounts import in_steps
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why

PRICE_USD_MAX = Decimal(10) ** 12
PRICE_USD_STEP = Decimal("1e-18")  # the longest fraction that the exchange prints
_FITTING = f"more than 0, at most {PRICE_USD_MAX:f}, with at most 18 decimals"


class SetIndexPrices(Command, frozen=True, tag="set-index-prices"):
    """Quote coins in USD."""

    prices: dict[str, Decimal]


class IndexPricesSet(Event, frozen=True, tag="index-prices-set"):
    """The coins that got another price."""

    prices: dict[str, Decimal]


@decides(SetIndexPrices)
def decide(state: State, command: SetIndexPrices, now: int) -> list[Event]:
    for coin, price in command.prices.items():
        if not (in_steps(price, PRICE_USD_STEP) and 0 < price <= PRICE_USD_MAX):
            raise Rejected(
                PARAMS_ERROR,
                why=Why(
                    rule=f"A USD index price is {_FITTING}.",
                    expected=_FITTING,
                    seen=f"{coin} at {str(price)[:40]}",
                    hint="Give the price of one coin in USD, for example 83876.10.",
                ),
                problem="price invalid",
            )
    moved = {
        coin: Decimal(f"{price:f}")  # 1E+3 is 1000
        for coin, price in command.prices.items()
        if state.index_prices.get(coin) != price
    }
    return [IndexPricesSet(moved)] if moved else []


@applies(IndexPricesSet)
def apply(state: State, event: IndexPricesSet) -> None:
    state.index_prices.update(event.prices)
