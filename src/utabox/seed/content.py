"""What a seed can say. Members are named as on the doors, and in the bodies of some of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

import msgspec

from utabox.server.fault_doors import NewFault
from utabox.server.loan_doors import CollateralChange, LoanChange
from utabox.server.switch_doors import SwitchChange
from utabox.terms import (
    AccountKind,
    AccountType,
    DcpProduct,
    Environment,
    MarginMode,
    MemberType,
    VipLevel,
)

Amount = Annotated[Decimal, "amount"]
Amounts = dict[str, Amount]  # by coin
Marked = Literal["linear", "inverse", "option"]


class Moment(NamedTuple):
    """A time, or how far it is from the venue's."""

    ms: int
    relative: bool = False

    def at(self, now: int) -> int:
        """Ms since the epoch; 0: never."""
        return now + self.ms if self.relative else self.ms


class ClockSeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the venue's time runs."""

    time: Moment | None = None
    speed: Decimal | None = None  # times the machine's; 0: it stands still


class KeySeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key; id and secret are random unless given."""

    apiKey: str | None = None
    secret: str | None = None
    publicKey: str | None = None  # PEM; it makes it an RSA key
    permissions: list[str] | None = None  # "Group:Value"; None: all
    readOnly: bool = False
    ips: list[str] = []
    note: str = ""
    thirdParty: bool = False
    expiresAt: Moment | None = None  # None: by the exchange's rule


class SubSeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account, as a master and its subs have it."""

    name: str = ""  # a handle, for the seed and who reads its outcome; the venue does not keep it
    uid: int = 0  # 0: the next free one
    kind: AccountKind = AccountKind.UTA2
    vip: VipLevel = VipLevel.NONE
    environment: Environment | None = None
    memberType: MemberType = MemberType.NORMAL  # of a sub
    leader: bool | None = None
    frozen: bool | None = None
    smpGroup: int | None = None
    dcpProducts: list[DcpProduct] | None = None
    mmpCoins: list[str] | None = None
    balances: Amounts = {}  # of the wallet that it trades from
    wallets: dict[AccountType, Amounts] = {}
    bonus: Amounts = {}
    marginMode: MarginMode | None = None
    spotHedging: bool | None = None
    keys: list[KeySeed] | None = None  # None: one of its own
    borrowed: Amounts = {}


class AccountSeed(SubSeed, frozen=True, forbid_unknown_fields=True):
    """A master, with its subs."""

    subs: list[SubSeed] = []


class FaultSeed(NewFault, frozen=True, forbid_unknown_fields=True):
    """A fault, of an account that the seed names or of any."""

    account: str = ""
    until: Moment | None = None  # type: ignore[assignment]  # its door takes ms alone


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole seed."""

    clock: ClockSeed | None = None
    switches: SwitchChange | None = None
    prices: dict[str, Decimal] = {}  # coin -> USD
    marks: dict[Marked, dict[str, Decimal]] = {}  # by symbol
    loans: dict[str, LoanChange] = {}  # by coin
    collateral: dict[str, CollateralChange] = {}  # by coin
    insurance: dict[str, Amounts] = {}  # coin -> symbols, with commas -> what the pool holds
    accounts: list[AccountSeed] = []
    faults: list[FaultSeed] = []
