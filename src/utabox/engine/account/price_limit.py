"""What happens to an order beyond the price limit: the setting. Its effect comes with trading."""

from utabox.engine.account.lookup import refuse_while_upgrading, unified_account_of
from utabox.engine.rules import Command, Event, applies, decides
from utabox.engine.state import State


class SetPriceLimitAction(Command, frozen=True, tag="set-price-limit-action"):
    """Adjust the price of such an order to the limit, or reject the order."""

    uid: int
    futures: bool  # linear and inverse together; else spot
    adjusts: bool


class PriceLimitActionSet(Event, frozen=True, tag="price-limit-action-set"):
    """The setting changed."""

    uid: int
    futures: bool
    adjusts: bool


@decides(SetPriceLimitAction)
def decide(state: State, command: SetPriceLimitAction, now: int) -> list[Event]:
    account = unified_account_of(state, command.uid)
    refuse_while_upgrading(account, now)
    before = account.price_adjusts_futures if command.futures else account.price_adjusts_spot
    if command.adjusts is before:
        return []
    return [PriceLimitActionSet(account.uid, command.futures, command.adjusts)]


@applies(PriceLimitActionSet)
def apply(state: State, event: PriceLimitActionSet) -> None:
    account = state.accounts[event.uid]
    if event.futures:
        account.price_adjusts_futures = event.adjusts
    else:
        account.price_adjusts_spot = event.adjusts
