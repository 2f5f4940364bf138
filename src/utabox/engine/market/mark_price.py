"""The mark price of a symbol: what was set for it, or else what follows from the index."""

from decimal import Decimal, localcontext

from utabox.engine.amounts import in_steps
from utabox.engine.market.index_price import PRICE_USD_MAX, PRICE_USD_STEP
from utabox.engine.rules import MONEY, Command, Event, Rejected, applies, decides
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import Category
from utabox.why import Why

PRICE_MAX, PRICE_STEP = PRICE_USD_MAX, PRICE_USD_STEP


class SetMarkPrices(Command, frozen=True, tag="set-mark-prices"):
    """Mark symbols of one category so, in their quote coin."""

    category: Category
    prices: dict[str, Decimal | None]  # None: back to what follows from the index


class MarkPricesSet(Event, frozen=True, tag="mark-prices-set"):
    """The symbols that are marked otherwise now."""

    category: Category
    prices: dict[str, Decimal | None]


@decides(SetMarkPrices)
def decide(state: State, command: SetMarkPrices, now: int) -> list[Event]:
    if command.category is Category.SPOT:
        raise Rejected(PARAMS_ERROR, why=_NOT_SPOT, problem="category invalid")
    before = state.mark_prices.get(command.category, {})
    moved: dict[str, Decimal | None] = {}
    for symbol, price in command.prices.items():
        if price is not None:
            if not fits(price, PRICE_STEP):
                raise unfit(symbol, price, PRICE_STEP)
            price = Decimal(f"{price:f}")  # 1E+3 is 1000
        if before.get(symbol) != price:
            moved[symbol] = price
    return [MarkPricesSet(command.category, moved)] if moved else []


@applies(MarkPricesSet)
def apply(state: State, event: MarkPricesSet) -> None:
    marks = state.mark_prices.setdefault(event.category, {})
    for symbol, price in event.prices.items():
        if price is None:
            del marks[symbol]
        else:
            marks[symbol] = price


def mark_price(state: State, category: Category, symbol: str, otherwise: Decimal) -> Decimal:
    """What marks the symbol: the price that was set, or `otherwise`."""
    return state.mark_prices.get(category, {}).get(symbol, otherwise)


def fits(price: Decimal, step: Decimal) -> bool:
    """Whether it is a price, and a multiple of `step`."""
    with localcontext(MONEY):
        return in_steps(price, step) and 0 < price <= PRICE_MAX


def unfit(symbol: str, price: Decimal, step: Decimal) -> Rejected:
    """The refusal of a price that does not fit."""
    fitting = f"more than 0, at most {PRICE_MAX:f}, and a multiple of {step:f}"
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=f"A mark price is {fitting}.",
            expected=fitting,
            seen=f"{symbol[:64]} at {str(price)[:40]}",
            hint="Give the price of one unit in the quote coin.",
        ),
        problem="price invalid",
    )


_NOT_SPOT = Why(
    rule="Contracts and options have a mark price.",
    expected="linear, inverse or option",
    seen="spot",
    hint="The price of a spot symbol follows from the index of its coins: `utabox price set`.",
)
