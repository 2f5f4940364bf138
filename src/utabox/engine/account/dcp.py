"""Disconnected-cancel-all: the window. Its trigger comes with the streams."""

from utabox.engine.account.lookup import account_of, refuse_while_upgrading
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import DcpProduct
from utabox.why import Why


class SetDcpWindow(Command, frozen=True, tag="set-dcp-window"):
    """Cancel `product`'s orders when its stream is gone for `window_s` seconds."""

    uid: int
    product: DcpProduct
    window_s: int


class DcpWindowSet(Event, frozen=True, tag="dcp-window-set"):
    """The window changed."""

    uid: int
    product: DcpProduct
    window_s: int


@decides(SetDcpWindow)
def decide(state: State, command: SetDcpWindow, now: int) -> list[Event]:
    account = account_of(state, command.uid)
    refuse_while_upgrading(account, now)
    windows = account.dcp_windows or {}
    if command.product not in windows:
        raise Rejected(
            PARAMS_ERROR,
            why=Why(
                rule="DCP works for the products that the exchange has enabled for an account.",
                expected=f"{command.product} enabled on account {account.uid}",
                seen=", ".join(windows) or "no product is enabled",
                hint=f"`utabox account set {account.uid} --dcp {command.product}`.",
            ),
            problem="product invalid",
        )
    if windows[command.product] == command.window_s:
        return []
    return [DcpWindowSet(account.uid, command.product, command.window_s)]


@applies(DcpWindowSet)
def apply(state: State, event: DcpWindowSet) -> None:
    windows = state.accounts[event.uid].dcp_windows
    assert windows is not None
    windows[event.product] = event.window_s
