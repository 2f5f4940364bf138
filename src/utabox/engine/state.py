"""Everything a venue knows. Only `apply` functions write here."""

from decimal import Decimal
from typing import Literal

import msgspec

from utabox.terms import (
    AbsentRecvWindow,
    AccountKind,
    AccountType,
    Agreement,
    Algorithm,
    Category,
    DcpProduct,
    Environment,
    ExtInfo,
    GetWithBody,
    HouseAccount,
    KeyEnvironments,
    MarginMode,
    MemberType,
    MissingHeaders,
    TextEpoch,
    VipLevel,
)

FIRST_UID = 100_000_001


class Coin(msgspec.Struct, gc=False, array_like=True):
    """One coin of a unified wallet."""

    wallet_balance: Decimal  # with what was borrowed by hand; only interest makes it negative
    spot_borrow: Decimal = Decimal(0)  # borrowed by hand or by spot margin, without interest
    bonus: Decimal = Decimal(0)  # part of the balance that is margin, but cannot leave


class Mmp(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Market maker protection of one base coin's options; its defaults when it is enabled (8.3)."""

    window_ms: int = 5_000
    frozen_period_ms: int = 100  # 0: until it is reset
    qty_limit: Decimal = Decimal(100)
    delta_limit: Decimal = Decimal(100)
    vega_limit: Decimal = Decimal(500_000)


class CollateralTier(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """From `min_qty` of a coin up to the next tier's: the part of its value that is collateral."""

    min_qty: Decimal  # in the coin; what is held up to here belongs to the tier below
    ratio: Decimal  # 0 to 1


class Collateral(msgspec.Struct, frozen=True, array_like=True):
    """How the exchange takes one coin as collateral (account-semantics 6.4, 7.2)."""

    tiers: tuple[CollateralTier, ...]  # by rising min_qty, from 0
    on: bool = True  # the switch of an account whose user never used it
    liquidation_order: int = 0  # which coin is sold first for a debt: 1; 0: last
    capped: bool = False  # the exchange takes no more of it, `colRes` 2


class InsurancePool(msgspec.Struct, frozen=True, array_like=True):
    """What stands in for the losses of some contracts that settle in one coin (6.9)."""

    symbols: tuple[str, ...]  # by name; no other pool of the coin has one of them
    balance: Decimal  # in the coin
    updated_time: int  # ms


class LoanTier(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The margin of a liability that is at most `limit`; of the last tier, of any."""

    limit: Decimal  # in the coin
    imr: Decimal
    mmr: Decimal


class LoanTerms(msgspec.Struct, frozen=True, array_like=True):
    """How the exchange lends one coin (account-semantics 6.5, 7.3 to 7.5). Amounts in the coin."""

    hourly_rate: Decimal  # 0.01 is 1 %
    family_max: Decimal  # of a master with its subs
    inventory: Decimal  # of everybody together
    call_min: Decimal
    call_max: Decimal
    tiers: tuple[LoanTier, ...]  # by rising limit
    decimals: int = 8  # of an amount
    free_limit: Decimal = Decimal(0)  # free of interest, where unrealised losses are the cause


class SpotMargin(msgspec.Struct, gc=False, array_like=True):
    """How an account borrows: what its user set, once it was set."""

    on: bool = False
    leverage: int = 0  # of every coin without one of its own; 0: never set
    leverages: dict[str, int] | None = None  # coin -> its own
    auto_repay: dict[str, bool] | None = None  # coin -> repay at minutes 0 and 30


class Account(msgspec.Struct, gc=False, array_like=True):
    """One UID: what kind of account it is and how it is set.

    `updated_time` moves only with what `GET /v5/account/info` shows (account-semantics 2.5).
    """

    uid: int
    kind: AccountKind
    created_at: int  # ms
    updated_time: int  # ms, whole seconds; 0: never written
    parent_uid: int = 0  # 0: a master
    margin_mode: MarginMode = MarginMode.REGULAR_MARGIN
    spot_hedging: bool = False
    leader: bool = False  # copy-trading leader, `isMasterTrader`
    frozen: bool = False
    vip_level: VipLevel = VipLevel.NONE
    smp_group: int = 0  # 0: none
    upgrade_due: int = 0  # ms; 0: no upgrade is in progress
    dcp_windows: dict[DcpProduct, int] | None = None  # product -> seconds; enabled ones only
    coins: dict[str, Coin] | None = None  # of the trading wallet; None until the first credit
    price_adjusts_spot: bool = False  # beyond the price limit: adjusted; else rejected
    price_adjusts_futures: bool = True  # linear and inverse share it
    delta_neutral: bool = False
    mmp: dict[str, Mmp] | None = None  # base coin -> its protection; enabled ones only
    username: str = ""  # of a sub-account that its master made; empty for others
    member_type: MemberType = MemberType.NORMAL
    remark: str = ""
    deleted: bool = False  # it stays, so that its UID and its name are not used again
    collateral: dict[str, bool] | None = None  # coin -> the user's own switch
    wallets: dict[AccountType, dict[str, Decimal]] | None = None  # the others, by coin
    spot_margin: SpotMargin | None = None  # None: never touched
    environment: Environment = Environment.MAINNET

    @property
    def is_master(self) -> bool:
        return self.parent_uid == 0

    @property
    def unified(self) -> bool:
        return self.kind is not AccountKind.CLASSIC

    @property
    def trading_wallet(self) -> AccountType:
        """The wallet that `coins` are in: a classic account trades from its derivatives wallet."""
        return AccountType.UNIFIED if self.unified else AccountType.CONTRACT


class ApiKey(msgspec.Struct, gc=False, array_like=True):
    """A key of one account. The HMAC secret is sealed; only the keyring can open it."""

    key_id: int
    api_key: str
    uid: int
    algorithm: Algorithm
    created_at: int  # ms
    expires_at: int  # ms, the instant of refusal; 0: permanent (account-semantics 4.3)
    permissions: int  # bits of utabox.permissions
    sealed_secret: bytes = b""  # HMAC
    public_key: str = ""  # RSA, PEM
    read_only: bool = False
    ips: tuple[str, ...] = ()  # empty: unbound
    note: str = ""
    third_party: bool = False  # `type` 2


class Referral(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How an account came by an invitation."""

    inviter_uid: int
    number: int  # of the venue's invitations, from 1
    closed_at: int = 0  # ms; 0: it counts


class Referrals(msgspec.Struct, array_like=True):
    """Who was invited by whom."""

    by_invitee: dict[int, Referral] = {}
    of_inviter: dict[int, list[int]] = {}  # inviter -> whom it invited, oldest first


class Timer(msgspec.Struct, frozen=True, array_like=True):
    """A command that time itself will give: the one with this tag, for this account."""

    due: int  # ms
    tag: str
    uid: int


class Switches(msgspec.Struct, frozen=True, array_like=True):
    """How this venue decides and speaks where the exchange's way is not certain, or changed.

    `docs/fidelity.md` says of each what it changes and where its default is from.
    """

    upgrade_delay_ms: int = 5000
    upgrade_window_enforced: bool = True
    text_epoch: TextEpoch = "2026"
    wire_exact: bool = False
    missing_headers: MissingHeaders = "401-json"
    absent_recv_window: AbsentRecvWindow = "lenient"
    get_with_body: GetWithBody = "403-html"
    ret_ext_info: ExtInfo = "object"
    key_environments: KeyEnvironments = "own"


TIME_MAX = 253_402_300_799_999  # ms, the last of the year 9999


class VenueClock(msgspec.Struct, frozen=True, array_like=True):
    """How the venue's time runs: from `venue` on, beginning when the machine's is `real`."""

    venue: int  # ms
    real: int  # ms
    speed_permille: int  # of the machine's; 0: it stands still

    def at(self, real: int) -> int:
        """The venue's time, ms, when the machine's is `real`; it stands still at its last one."""
        time = self.venue + (real - self.real) * self.speed_permille // 1000
        return min(time, max(self.venue, TIME_MAX))


class FaultScope(msgspec.Struct, frozen=True, array_like=True):
    """Which requests a fault is about; what is empty, or 0, leaves them all."""

    api_key: str = ""  # that the request names; its signature is not looked at
    uid: int = 0  # of that key
    method: str = ""
    path: str = ""  # the whole one; or, ending in *, how it begins


class FaultTiming(msgspec.Struct, frozen=True, array_like=True):
    """Which of the requests that a fault is about it meets."""

    nth: int = 1  # the first one that counts
    every: int = 1  # of those each so manieth
    times: int = 0  # at most; 0: without end
    probability: Decimal = Decimal(1)
    seed: int = 0
    until: int = 0  # ms; 0: without end


class FaultField(msgspec.Struct, frozen=True, array_like=True):
    """What becomes of one field of a JSON answer."""

    path: str  # such as result.list[].coin
    act: Literal["drop", "blank", "retype"]


class FaultEffect(msgspec.Struct, frozen=True, array_like=True):
    """What becomes of a request and its answer."""

    executed: bool = True  # False: the account never sees it
    ret_code: int | None = None  # instead of its own answer
    ret_msg: str | None = None  # None: what belongs to the code
    status: int = 0  # instead of its own answer; 0: it is left
    body: Literal["", "html", "text", "empty"] = ""  # with the status; empty: what fits it
    delay_ms: int = 0
    jitter_ms: int = 0  # up to so much more
    close: Literal["", "before", "middle", "after"] = ""  # of the answer
    reset: bool = False  # close with RST
    fields: tuple[FaultField, ...] = ()
    limit_headers: bool = True


class Fault(msgspec.Struct, frozen=True, array_like=True):
    """A rule by which the venue fails on purpose."""

    number: int
    created_at: int  # ms
    scope: FaultScope
    timing: FaultTiming
    effect: FaultEffect
    note: str = ""
    matched: int = 0  # requests that it was about
    fired: int = 0  # those of them that it met

    def spent(self, now: int) -> bool:
        """Whether it can meet nothing more."""
        timing = self.timing
        return 0 < timing.times <= self.fired or 0 < timing.until <= now


class State(msgspec.Struct, array_like=True):
    """One venue. Its encoding is its snapshot and, hashed, its identity."""

    seq: int = 0  # of the last applied entry
    now: int = 0  # ms, time of the last applied entry
    next_uid: int = FIRST_UID
    next_key_id: int = 1
    switches: Switches = msgspec.field(default_factory=Switches)
    accounts: dict[int, Account] = {}
    subs: dict[int, list[int]] = {}  # parent -> its sub-accounts, oldest first, deleted ones too
    keys: dict[str, ApiKey] = {}
    index_prices: dict[str, Decimal] = {}  # coin -> USD
    house: dict[str, Decimal] = {}  # its DEPOSITS: minus what accounts were given
    timers: list[Timer] = []  # by due time, then by age
    usernames: dict[str, int] = {}  # of sub-accounts, deleted ones too -> UID
    collateral: dict[str, Collateral] = {}  # coin -> as taken; empty: every coin in full
    house_accounts: dict[HouseAccount, dict[str, Decimal]] = {}  # the others, by coin
    borrowers: dict[int, bool] = {}  # who owes something, oldest first; always True
    loan_terms: dict[str, LoanTerms] = {}  # coin -> as it is lent; others are not
    mark_prices: dict[Category, dict[str, Decimal]] = {}  # by symbol; the others follow the index
    insurance: dict[str, tuple[InsurancePool, ...]] = {}  # coin -> its pools, by their symbols
    demo_members: dict[int, int] = {}  # UID -> the demo account that was made for it
    agreements: dict[int, dict[Agreement, int]] = {}  # master -> what it signed, and when, ms
    transfer_ids: dict[bytes, int] = {}  # the 16 bytes of each UUID that was used -> who asked
    referrals: Referrals = msgspec.field(default_factory=Referrals)
    clock: VenueClock | None = None  # None: the machine's
    environment: Environment | None = None  # the venue's; None: as the server is
    adopted: int = 0  # keys that came unknown and got an account; deleted ones count, too
    faults: dict[int, Fault] = {}  # by number, which is their order
    faults_made: int = 0  # removed ones count, too
