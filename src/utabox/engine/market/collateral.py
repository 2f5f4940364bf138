"""What the exchange takes as collateral, and at which part of its value."""

from decimal import Decimal
from itertools import pairwise

from utabox.engine.amounts import in_steps
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, Collateral, CollateralTier, State
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why

QTY_MAX = Decimal(10) ** 15
ORDER_MAX = 1_000_000
_FITTING = (
    "quantities strictly rising from 0, ratios from 0 to 1, at most 18 decimals, and a "
    f"liquidation order from 0 to {ORDER_MAX}"
)
STEP = Decimal("1e-18")  # the longest fraction that the exchange prints
WHOLE = Collateral((CollateralTier(Decimal(0), Decimal(1)),))
"""Every coin of a venue that was never given tiers: taken in full, at any quantity."""


class SetCollateralTiers(Command, frozen=True, tag="set-collateral-tiers"):
    """Take these coins as collateral so; others stay as they are."""

    coins: dict[str, Collateral]


class CollateralTiersSet(Event, frozen=True, tag="collateral-tiers-set"):
    """The coins that changed."""

    coins: dict[str, Collateral]


@decides(SetCollateralTiers)
def decide(state: State, command: SetCollateralTiers, now: int) -> list[Event]:
    for coin, collateral in command.coins.items():
        if not (_fit(collateral.tiers) and 0 <= collateral.liquidation_order <= ORDER_MAX):
            raise _refused(coin, collateral)
    changed = {
        coin: collateral
        for coin, collateral in command.coins.items()
        if state.collateral.get(coin) != collateral
    }
    return [CollateralTiersSet(changed)] if changed else []


@applies(CollateralTiersSet)
def apply(state: State, event: CollateralTiersSet) -> None:
    state.collateral.update(event.coins)


def collateral_of(state: State, coin: str) -> Collateral | None:
    """How the exchange takes `coin`; None: not at all."""
    return state.collateral.get(coin) if state.collateral else WHOLE


def switched_on(state: State, account: Account, coin: str) -> bool:
    """Whether `coin` is collateral of `account`: the exchange takes it and the user wants it."""
    collateral = collateral_of(state, coin)
    if collateral is None:
        return False
    return (account.collateral or {}).get(coin, collateral.on)


def _fit(tiers: tuple[CollateralTier, ...]) -> bool:
    """Whether the tiers cover every quantity from 0, once."""
    quantities = [tier.min_qty for tier in tiers]
    return (
        all(_number(tier.min_qty, QTY_MAX) and _number(tier.ratio, Decimal(1)) for tier in tiers)
        and quantities[:1] == [0]
        and all(low < high for low, high in pairwise(quantities))
    )


def _number(number: Decimal, most: Decimal) -> bool:
    return number.is_finite() and 0 <= number <= most and in_steps(number, STEP)


def _refused(coin: str, collateral: Collateral) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="Collateral tiers cover every quantity of a coin, each with a ratio.",
            expected=_FITTING,
            seen=f"{coin[:40]}: "
            + ", ".join(f"{str(t.min_qty)[:40]} at {str(t.ratio)[:40]}" for t in collateral.tiers)
            + f"; order {collateral.liquidation_order}",
            hint=f"Give {_FITTING}.",
        ),
        problem="tiers invalid",
    )
