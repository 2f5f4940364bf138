"""The insurance pools: money of the house that stands in for losses beyond a position's margin.

A pool serves one contract or several that settle in its coin. All pools of a coin together are
what the house holds as INSURANCE, so that money which goes into one is missing elsewhere.
"""

from decimal import Decimal

from utabox.engine.amounts import in_steps
from utabox.engine.ledger import house_account
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import InsurancePool, State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import HouseAccount
from utabox.why import Why

BALANCE_MAX = Decimal(10) ** 15
BALANCE_STEP = Decimal("1e-18")  # the longest fraction that the exchange prints
ZERO = Decimal(0)


class SetInsurancePool(Command, frozen=True, tag="set-insurance-pool"):
    """Let a pool hold `balance` for exactly these contracts; None dissolves it."""

    coin: str
    symbols: tuple[str, ...]
    balance: Decimal | None


class InsurancePoolSet(Event, frozen=True, tag="insurance-pool-set"):
    """The pool holds this now, at the house's cost; None: it is gone."""

    coin: str
    symbols: tuple[str, ...]
    balance: Decimal | None
    updated_time: int  # ms


@decides(SetInsurancePool)
def decide(state: State, command: SetInsurancePool, now: int) -> list[Event]:
    coin, balance = command.coin, command.balance
    symbols = tuple(sorted(command.symbols))
    pools = state.insurance.get(coin, ())
    known = _pool(pools, symbols)
    if balance is None:
        if known is None:
            seen = f"no pool of {coin[:40]} for {_names(symbols)}"
            raise _refused("symbols", "the symbols of a pool", seen, "See `utabox insurance list`.")
        return [InsurancePoolSet(coin, symbols, None, now)]
    if coin not in state.index_prices:
        hint = "Write the coin in capitals, and set its price first if it has none."
        raise _refused("coin", "a coin with a USD index price", coin[:40], hint)
    if not (in_steps(balance, BALANCE_STEP) and 0 <= balance <= BALANCE_MAX):
        expected = f"0 to {BALANCE_MAX:f}, with at most 18 decimals"
        raise _refused("balance", expected, str(balance)[:40], "Give such an amount of the coin.")
    others = [each for pool in pools if pool is not known for each in pool.symbols]
    taken = [each for each in symbols if each in others or symbols.count(each) > 1]
    if taken or not symbols:
        seen = f"{taken[0]} twice" if taken else "no symbol"
        hint = "Dissolve the other pool first: `utabox insurance drop COIN SYMBOLS`."
        raise _refused("symbols", "symbols that no other pool of the coin has", seen, hint)
    if known is not None and known.balance == balance:
        return []
    return [InsurancePoolSet(coin, symbols, Decimal(f"{balance:f}"), now)]


@applies(InsurancePoolSet)
def apply(state: State, event: InsurancePoolSet) -> None:
    pools = state.insurance.get(event.coin, ())
    known = _pool(pools, event.symbols)
    kept = [pool for pool in pools if pool is not known]
    if event.balance is not None:
        kept.append(InsurancePool(event.symbols, event.balance, event.updated_time))
    moved = (event.balance or ZERO) - (known.balance if known else ZERO)
    insurance = house_account(state, HouseAccount.INSURANCE)
    deposits = house_account(state, HouseAccount.DEPOSITS)
    insurance[event.coin] = insurance.get(event.coin, ZERO) + moved
    deposits[event.coin] = deposits.get(event.coin, ZERO) - moved
    state.insurance[event.coin] = tuple(sorted(kept, key=lambda pool: pool.symbols))


def _pool(pools: tuple[InsurancePool, ...], symbols: tuple[str, ...]) -> InsurancePool | None:
    return next((pool for pool in pools if pool.symbols == symbols), None)


def _names(symbols: tuple[str, ...]) -> str:
    return ",".join(symbols)[:64] or "no symbol"


def _refused(field: str, expected: str, seen: str, hint: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=f"An insurance pool has a valid {field}.",
            expected=expected,
            seen=seen,
            hint=hint,
        ),
        problem=f"{field} invalid",
    )
