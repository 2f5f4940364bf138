"""Money that comes from outside, or goes back: the tester's deposit, and the exchange's bonus."""

from decimal import Decimal

from utabox.engine.account.lookup import account_of
from utabox.engine.amounts import has_decimals, told
from utabox.engine.ledger import WALLETS, ZERO, Booked, balance_of, bonus_of, booked
from utabox.engine.ledger import apply as apply_booked
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import AccountType, HouseAccount, LogType
from utabox.why import Why

AMOUNT_MAX = Decimal(10) ** 15
DECIMALS_MAX = 18  # the longest fraction that the exchange prints


class Fund(Command, frozen=True, tag="fund"):
    """Add `amount` of `coin` to a wallet; a negative amount takes it out."""

    uid: int
    coin: str
    amount: Decimal
    wallet: AccountType | None = None  # None: the one that the account trades from
    bonus: bool = False  # it is margin, but cannot leave


class Funded(Event, frozen=True, tag="funded"):
    """The balance moved: how stores from before there were logs tell it."""

    uid: int
    coin: str
    amount: Decimal


@decides(Fund)
def decide(state: State, command: Fund, now: int) -> list[Event]:
    account = account_of(state, command.uid)
    amount, coin = command.amount, command.coin
    wallet = command.wallet or account.trading_wallet
    _check_wallet(account, wallet, command.bonus)
    if coin not in state.index_prices:
        hint = f"Set its price first: `utabox price set {coin} USD`."
        if coin.upper() in state.index_prices:
            hint = f"Write {coin.upper()}."
        raise _refused("coin", "a coin with a USD index price", coin, hint)
    if not (has_decimals(amount, DECIMALS_MAX) and abs(amount) <= AMOUNT_MAX):
        expected = f"at most {AMOUNT_MAX:f}, with at most {DECIMALS_MAX} decimals"
        raise _refused("amount", expected, str(amount)[:40], "Give such an amount.")
    most = _removable(account, wallet, coin, command.bonus)
    if amount < 0 and most + amount < 0:
        expected = f"at most {told(most)} {coin} to take out"
        hint = "Take out less." if most else "Nothing is there to be taken out: give more than 0."
        raise _refused("amount", expected, told(amount), hint)
    if not amount:
        return []
    amount = Decimal(f"{amount:f}")  # 1E+3 is 1000
    if command.bonus:
        log = LogType.BONUS if amount > 0 else LogType.BONUS_RECOLLECT
        against = HouseAccount.BONUSES
        return [booked(account, wallet, coin, amount, log, against, bonus=amount)]
    log = LogType.TRANSFER_IN if amount > 0 else LogType.TRANSFER_OUT
    return [booked(account, wallet, coin, amount, log, HouseAccount.DEPOSITS)]


@applies(Funded)
def apply(state: State, event: Funded) -> None:
    account = state.accounts[event.uid]
    held = balance_of(account, account.trading_wallet, event.coin)
    apply_booked(
        state,
        Booked(
            uid=event.uid,
            wallet=account.trading_wallet,
            coin=event.coin,
            change=event.amount,
            balance=held + event.amount,
            log=LogType.TRANSFER_IN,
            against=HouseAccount.DEPOSITS,
        ),
    )


def _check_wallet(account: Account, wallet: AccountType, bonus: bool) -> None:
    known = WALLETS[account.kind]
    if wallet not in known:
        hint = f"Choose {' or '.join(known)}: an account of another kind has others."
        raise _refused("wallet", " or ".join(known), wallet, hint)
    if bonus and wallet is not account.trading_wallet:
        raise _refused("bonus", f"the wallet {account.trading_wallet}", wallet, "Leave it out.")


def _removable(account: Account, wallet: AccountType, coin: str, bonus: bool) -> Decimal:
    """What can be taken out: of a bonus what is left, and of other money what is no bonus."""
    held = max(ZERO, balance_of(account, wallet, coin))
    of_bonus = bonus_of(account, coin) if wallet is account.trading_wallet else ZERO
    return min(held, of_bonus) if bonus else max(ZERO, held - of_bonus)


def _refused(field: str, expected: str, seen: str, hint: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(rule=f"A funding has a valid {field}.", expected=expected, seen=seen, hint=hint),
        problem=f"{field} invalid",
    )
