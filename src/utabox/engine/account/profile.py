"""What the exchange decides about an account outside its API: the administrator's commands."""

from utabox.engine.account.lookup import account_of
from utabox.engine.invariants import touch, whole_second
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import AccountKind, DcpProduct, MarginMode, VipLevel
from utabox.why import Why

DCP_WINDOW_S_DEFAULT = 10
SMP_GROUP_MAX = 2**31 - 1


class SetProfile(Command, frozen=True, tag="set-profile"):
    """Set what is given, all of it or nothing; None leaves a thing as it is."""

    uid: int
    kind: AccountKind | None = None
    vip_level: VipLevel | None = None
    leader: bool | None = None
    frozen: bool | None = None
    smp_group: int | None = None
    dcp_products: tuple[DcpProduct, ...] | None = None


class KindSet(Event, frozen=True, tag="kind-set"):
    uid: int
    kind: AccountKind
    updated_time: int  # ms


class LeaderSet(Event, frozen=True, tag="leader-set"):
    uid: int
    leader: bool
    updated_time: int  # ms


class VipLevelSet(Event, frozen=True, tag="vip-level-set"):
    uid: int
    vip_level: VipLevel


class FrozenSet(Event, frozen=True, tag="frozen-set"):
    uid: int
    frozen: bool


class SmpGroupSet(Event, frozen=True, tag="smp-group-set"):
    uid: int
    smp_group: int


class DcpProductsSet(Event, frozen=True, tag="dcp-products-set"):
    """The products that are enabled now, with their windows in seconds."""

    uid: int
    windows: dict[DcpProduct, int]


@decides(SetProfile)
def decide(state: State, command: SetProfile, now: int) -> list[Event]:
    account = account_of(state, command.uid)
    _check(account, command)
    updated_time, events = whole_second(now), list[Event]()
    if command.kind not in (None, account.kind):
        events.append(KindSet(account.uid, command.kind, updated_time))
    if command.leader not in (None, account.leader):
        events.append(LeaderSet(account.uid, command.leader, updated_time))
    if command.vip_level not in (None, account.vip_level):
        events.append(VipLevelSet(account.uid, command.vip_level))
    if command.frozen not in (None, account.frozen):
        events.append(FrozenSet(account.uid, command.frozen))
    if command.smp_group is not None:
        events += _smp_groups(state, account, command.smp_group)
    if command.dcp_products is not None:
        events += _dcp_products(account, command.dcp_products)
    return events


@applies(KindSet)
def apply_kind(state: State, event: KindSet) -> None:
    account = state.accounts[event.uid]
    account.kind = event.kind
    touch(account, event.updated_time)


@applies(LeaderSet)
def apply_leader(state: State, event: LeaderSet) -> None:
    account = state.accounts[event.uid]
    account.leader = event.leader
    touch(account, event.updated_time)


@applies(VipLevelSet)
def apply_vip_level(state: State, event: VipLevelSet) -> None:
    state.accounts[event.uid].vip_level = event.vip_level


@applies(FrozenSet)
def apply_frozen(state: State, event: FrozenSet) -> None:
    state.accounts[event.uid].frozen = event.frozen


@applies(SmpGroupSet)
def apply_smp_group(state: State, event: SmpGroupSet) -> None:
    state.accounts[event.uid].smp_group = event.smp_group


@applies(DcpProductsSet)
def apply_dcp_products(state: State, event: DcpProductsSet) -> None:
    state.accounts[event.uid].dcp_windows = dict(event.windows) or None


def _check(account: Account, command: SetProfile) -> None:
    """Refuse what would make an account that the exchange could not have."""
    leader = account.leader if command.leader is None else command.leader
    kind = account.kind if command.kind is None else command.kind
    portfolio = account.margin_mode is MarginMode.PORTFOLIO_MARGIN
    regular = account.margin_mode is MarginMode.REGULAR_MARGIN
    if leader and portfolio:
        raise _refused("leader", "A leader cannot use portfolio margin.", account, "Switch its")
    if kind is AccountKind.CLASSIC and not regular:
        raise _refused("kind", "A classic account is in regular margin.", account, "Switch its")
    if command.kind is not None and account.upgrade_due:
        raise _refused("kind", "The kind rests during an upgrade.", account, "Wait, then set its")
    if command.frozen and account.is_master:
        raise _refused("frozen", "Only sub-accounts can be frozen.", account, "Check its")
    if command.smp_group is not None and not 0 <= command.smp_group <= SMP_GROUP_MAX:
        raise _refused("smpGroup", "An SMP group is 0 or a positive number.", account, "Mind its")


def _refused(field: str, rule: str, account: Account, act: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=rule,
            expected="a state that the exchange could have",
            seen=f"account {account.uid}: kind {account.kind.value}, {account.margin_mode}",
            hint=f"{act} account info first, then set {field} again.",
        ),
        problem=f"{field} invalid",
    )


def _smp_groups(state: State, account: Account, group: int) -> list[Event]:
    """A master's group flows to its subs, where it may be overridden later (8.2)."""
    uids = [account.uid, *state.subs.get(account.uid, [])]
    return [SmpGroupSet(uid, group) for uid in uids if state.accounts[uid].smp_group != group]


def _dcp_products(account: Account, products: tuple[DcpProduct, ...]) -> list[Event]:
    """A product that was enabled keeps its window; a new one starts with the default."""
    before = account.dcp_windows or {}
    windows = {
        product: before.get(product, DCP_WINDOW_S_DEFAULT)
        for product in DcpProduct
        if product in products
    }
    return [DcpProductsSet(account.uid, windows)] if windows != before else []
