"""Money that comes from, or goes back to, the house: the tester's deposit."""

from decimal import Decimal

from utabox.engine.account.lookup import account_of
from utabox.engine.ledger import ZERO, move
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why

AMOUNT_MAX = Decimal(10) ** 15
DECIMALS_MAX = 18  # the longest fraction that the exchange prints


class Fund(Command, frozen=True, tag="fund"):
    """Add `amount` of `coin` to the unified wallet; a negative amount takes it out."""

    uid: int
    coin: str
    amount: Decimal


class Funded(Event, frozen=True, tag="funded"):
    """The balance moved."""

    uid: int
    coin: str
    amount: Decimal


@decides(Fund)
def decide(state: State, command: Fund, now: int) -> list[Event]:
    account = account_of(state, command.uid)
    amount, coin = command.amount, command.coin
    if coin not in state.index_prices:
        hint = f"Set its price first: `utabox price set {coin} USD`."
        if coin.upper() in state.index_prices:
            hint = f"Write {coin.upper()}."
        raise _refused("coin", "a coin with a USD index price", coin, hint)
    if not amount.is_finite() or abs(amount) > AMOUNT_MAX or _decimals(amount) > DECIMALS_MAX:
        expected = f"at most {AMOUNT_MAX:f}, with at most {DECIMALS_MAX} decimals"
        raise _refused("amount", expected, str(amount)[:40], "Give such an amount.")
    held = _balance(account, coin)
    if held + amount < 0:
        expected = f"at most {held:f} {coin} to take out"
        raise _refused("amount", expected, f"{amount:f}", "Take out less.")
    return [Funded(account.uid, coin, Decimal(f"{amount:f}"))] if amount else []


@applies(Funded)
def apply(state: State, event: Funded) -> None:
    move(state, state.accounts[event.uid], event.coin, event.amount)


def _balance(account: Account, coin: str) -> Decimal:
    held = (account.coins or {}).get(coin)
    return held.wallet_balance if held else ZERO


def _decimals(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else DECIMALS_MAX + 1


def _refused(field: str, expected: str, seen: str, hint: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(rule=f"A funding has a valid {field}.", expected=expected, seen=seen, hint=hint),
        problem=f"{field} invalid",
    )
