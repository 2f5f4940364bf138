"""How much may be borrowed, and what a debt costs: worked by hand (6.5, 6.9, 7.3, 7.5).

A coin's terms here: three tiers up to 1, 2 and 4 BTC with 0.2, 0.25 and 0.5 of initial margin. So
the most that its leverage can be is 5.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utabox.engine.account.funding import Fund
from utabox.engine.account.loan import Borrow
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.spot_margin import SetSpotLeverage, SwitchSpotMargin
from utabox.engine.margin.leverage import leverage_of
from utabox.engine.margin.loans import (
    Interest,
    borrowed,
    effective_leverage,
    family_borrowed,
    interest_of,
    inventory_left,
    room_to_borrow,
    usage_rate,
)
from utabox.engine.margin.valuation import Holding, holdings_of, value
from utabox.engine.market.collateral import SetCollateralTiers
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.market.loan_terms import SetLoanTerms, largest_loan, loan_margin
from utabox.engine.rules import Command, Rejected, apply, decide
from utabox.engine.state import (
    FIRST_UID,
    Account,
    Collateral,
    CollateralTier,
    LoanTerms,
    LoanTier,
    State,
)
from utabox.terms import MarginMode

D = Decimal
NOW = 1_748_312_640_123  # minute 24 of its hour


def tiers(*rows: tuple[str, str, str]) -> tuple[LoanTier, ...]:
    return tuple(LoanTier(*map(D, row)) for row in rows)


BTC = LoanTerms(
    hourly_rate=D("0.000001"),
    family_max=D(10),
    inventory=D(100),
    call_min=D("0.001"),
    call_max=D(10),
    tiers=tiers(("1", "0.2", "0.04"), ("2", "0.25", "0.04"), ("4", "0.5", "0.05")),
)
ETH = msgspec.structs.replace(BTC, tiers=tiers(("100", "0.2", "0.04")))


@pytest.fixture
def state() -> State:
    """Two masters, the first with a sub; USDT counts in full. Nobody has anything."""
    state = State()
    prices = {"USDT": D(1), "BTC": D(50_000), "ETH": D(2_000)}
    do(
        state,
        SetIndexPrices(prices),
        SetCollateralTiers(
            {coin: Collateral((CollateralTier(D(0), D(1)),)) for coin in ("USDT", "BTC", "ETH")}
        ),
        SetLoanTerms({"BTC": BTC, "ETH": ETH}),
        CreateAccount(),
        CreateAccount(parent_uid=FIRST_UID),
        CreateAccount(),
    )
    return state


ALICE, SUB, BOB = FIRST_UID, FIRST_UID + 1, FIRST_UID + 2


def do(state: State, *commands: Command) -> None:
    """Decide and apply, as the runtime does."""
    for command in commands:
        apply(state, decide(state, command, NOW))


def give(uid: int, usdt: str) -> Fund:
    return Fund(uid, "USDT", D(usdt))


def leverage(state: State, uid: int, wanted: str, coin: str = "") -> None:
    do(state, SwitchSpotMargin(uid, on=True), SetSpotLeverage(uid, D(wanted), coin))


def im_rate(state: State, uid: int) -> Decimal:
    account = state.accounts[uid]
    return value(holdings_of(state, account), account.margin_mode).im_rate


# --- margin -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usdt", "wanted", "room"),
    [
        ("10000", "10", "0.8"),  # as leverage 5: 8,000 USD, 0.16 BTC of margin, at 0.2
        ("10000", "5", "0.8"),
        ("10000", "4", "0.6"),  # 7,500 USD, 0.15 BTC, at 0.25: 1/4 is more than the tier's 0.2
        ("10000", "2", "0.2"),  # 5,000 USD, 0.1 BTC, at 0.5
        ("15000", "10", "1"),  # 0.24 BTC: 0.96 at 0.25 is less than all of the first tier
        ("20000", "10", "1.28"),  # 0.32 BTC at 0.25
        ("100000", "10", "3.2"),  # 1.6 BTC at 0.5: in the second tier only 2
        ("200000", "10", "6.4"),  # beyond the last limit its rate holds
        ("0", "10", "0"),
    ],
)
def test_margin_bounds_a_loan(state: State, usdt: str, wanted: str, room: str) -> None:
    """Until the initial margin rate is (L - 1) / L, at the rate of the tier that it reaches."""
    leverage(state, ALICE, wanted)
    do(state, give(ALICE, usdt))
    assert room_to_borrow(state, state.accounts[ALICE], "BTC").margin == D(room)


def test_at_the_bound_the_rate_is_there_and_the_room_gone(state: State) -> None:
    """10,000 USD and leverage 5: 4 times as much is borrowed, at a rate of 0.8."""
    do(state, give(ALICE, "10000"), Borrow(ALICE, "BTC", D("0.8")))
    assert im_rate(state, ALICE) == D("0.8")
    assert room_to_borrow(state, state.accounts[ALICE], "BTC").most == 0
    assert effective_leverage(state, state.accounts[ALICE]) == 5


def test_other_loans_take_their_margin_first(state: State) -> None:
    """2 ETH need 800 of the 8,000 USD: 7,200 / 50,000 / 0.2."""
    do(state, give(ALICE, "10000"), Borrow(ALICE, "ETH", D(2)))
    assert room_to_borrow(state, state.accounts[ALICE], "BTC").margin == D("0.72")


def test_what_is_spent_is_covered_by_what_is_borrowed(state: State) -> None:
    """A sale of 0.5 borrowed BTC leaves a base of 75,000 USD: 1.2 BTC of margin, 2.4 at 0.5."""
    do(state, give(ALICE, "100000"), Borrow(ALICE, "BTC", D("0.5")))
    do(state, Fund(ALICE, "BTC", D("-0.5")))
    assert room_to_borrow(state, state.accounts[ALICE], "BTC").margin == D("1.9")


def test_a_fall_below_leaves_no_room(state: State) -> None:
    """Never less than nothing."""
    do(state, give(ALICE, "10000"), Borrow(ALICE, "BTC", D("0.8")))
    do(state, SetIndexPrices({"USDT": D("0.5")}))
    room = room_to_borrow(state, state.accounts[ALICE], "BTC")
    assert [room.margin, room.most] == [0, 0]


def test_room_is_bounded(state: State) -> None:
    """A coin that costs next to nothing can be borrowed up to 10^15."""
    tiny = msgspec.structs.replace(
        BTC,
        family_max=D("1e15"),
        inventory=D("1e15"),
        decimals=18,
        tiers=tiers(("1", "1e-18", "1e-18")),
    )
    do(state, SetLoanTerms({"BTC": tiny}), SetIndexPrices({"BTC": D("1e-12")}))
    do(state, give(ALICE, "1e15"))
    assert room_to_borrow(state, state.accounts[ALICE], "BTC").margin == D("1e15")


def test_isolated_margin_has_no_room(state: State) -> None:
    """There are no loans."""
    do(state, give(ALICE, "10000"))
    state.accounts[ALICE].margin_mode = MarginMode.ISOLATED_MARGIN
    assert room_to_borrow(state, state.accounts[ALICE], "BTC").most == 0


@pytest.mark.parametrize(
    ("owed", "wanted", "imr", "mmr"),
    [
        ("0.5", 10, "0.2", "0.04"),
        ("1", 10, "0.2", "0.04"),
        ("1.00000001", 10, "0.25", "0.04"),
        ("2", 2, "0.5", "0.04"),
        ("4", 10, "0.5", "0.05"),
        ("4.1", 10, "0.5", "0.05"),
    ],
)
def test_all_of_a_debt_has_the_rates_of_its_tier(
    owed: str, wanted: int, imr: str, mmr: str
) -> None:
    """A limit belongs to its tier; leverage raises the initial margin only (6.5)."""
    assert loan_margin(BTC, D(owed), wanted) == (D(imr), D(mmr))


@given(margin=st.decimals("0.001", "10", places=4), wanted=st.integers(2, 10))
def test_the_largest_loan_fits_and_no_larger_does(margin: Decimal, wanted: int) -> None:
    """Against the rates themselves, and a loan that is a hundred-millionth larger."""
    largest = largest_loan(BTC, margin, wanted)
    step = D("1e-8")
    cut = largest - largest % step
    assert cut * loan_margin(BTC, cut, wanted)[0] <= margin
    more = cut + step
    assert more * loan_margin(BTC, more, wanted)[0] > margin


@pytest.mark.parametrize(
    ("all_coins", "own", "used"), [(None, None, 5), ("3", None, 3), ("3", "4", 4), ("10", None, 5)]
)
def test_whose_leverage_it_is(
    state: State, all_coins: str | None, own: str | None, used: int
) -> None:
    """The coin's own, else that of all, else 10; at most the coin's."""
    for wanted, coin in [(all_coins, ""), (own, "BTC")]:
        if wanted is not None:
            leverage(state, ALICE, wanted, coin)
    assert leverage_of(state.accounts[ALICE], "BTC", BTC) == used


# --- family and platform ------------------------------------------------------------------------


def test_master_and_subs_share_one_limit(state: State) -> None:
    """The sub borrows 4 of 10: 0.4 is used for both, and both have 6 left; another family none."""
    do(state, give(SUB, "200000"), Borrow(SUB, "BTC", D(4)))
    alice, sub, bob = (state.accounts[uid] for uid in (ALICE, SUB, BOB))

    assert [usage_rate(state, one, "BTC") for one in (alice, sub, bob)] == [D("0.4"), D("0.4"), 0]
    assert [room_to_borrow(state, one, "BTC").family for one in (alice, sub, bob)] == [6, 6, 10]
    assert [borrowed(state, alice, "BTC"), family_borrowed(state, alice, "BTC")] == [0, 4]


def test_all_accounts_share_the_inventory(state: State) -> None:
    """Of 5 BTC Bob has 4: one is left for everybody."""
    terms = msgspec.structs.replace(BTC, inventory=D(5))
    do(state, SetLoanTerms({"BTC": terms}), give(BOB, "200000"), Borrow(BOB, "BTC", D(4)))
    do(state, give(ALICE, "200000"))
    room = room_to_borrow(state, state.accounts[ALICE], "BTC")
    assert [room.platform, room.most] == [1, 1]


@pytest.mark.parametrize(
    ("terms", "wanted", "left"),
    [
        (BTC, "10", "1"),  # leverage 5 reaches the first tier
        (BTC, "4", "2"),
        (BTC, "2", "4"),
        (msgspec.structs.replace(BTC, family_max=D("0.5")), "2", "0.5"),
        (msgspec.structs.replace(BTC, inventory=D("0.25")), "2", "0.25"),
    ],
)
def test_the_inventory_for_an_account(
    state: State, terms: LoanTerms, wanted: str, left: str
) -> None:
    """The least of three, without its margin (docs/v5/spot-margin-uta)."""
    leverage(state, ALICE, wanted)
    do(state, SetLoanTerms({"BTC": terms}))
    assert inventory_left(state, state.accounts[ALICE], "BTC") == D(left)


def test_what_is_not_lent(state: State) -> None:
    """Nothing is free, owed or used of it."""
    alice = state.accounts[ALICE]
    assert room_to_borrow(state, alice, "USDT").most == 0
    assert [inventory_left(state, alice, "USDT"), usage_rate(state, alice, "USDT")] == [0, 0]


# --- interest -----------------------------------------------------------------------------------


def interest(state: State, account: Account, **held: Any) -> Interest:
    usage = usage_rate(state, account, "BTC")
    found = interest_of(state, account, Holding("BTC", D(50_000), **held), usage)
    assert found is not None
    return found


def test_the_documented_sample(state: State) -> None:
    """docs/v5/account/borrow-history: 0.00000129, cut."""
    terms = msgspec.structs.replace(BTC, hourly_rate=D("0.000001216904"), decimals=17)
    debt = D("1.06333265702840778")
    do(state, SetLoanTerms({"BTC": terms}), give(ALICE, "100000"), Borrow(ALICE, "BTC", debt))
    found = interest(state, state.accounts[ALICE], wallet_balance=debt, spot_borrow=debt)
    assert found == Interest(D("0.00000129"), D("0.000001216904"), debt, debt, D(0), D(0))


@pytest.mark.parametrize(
    ("limit", "usage", "rate", "cost"),
    [
        ("4", "0.5", "0.000001", "0.000002"),
        ("2", "1", "0.000001", "0.000002"),
        ("1", "2", "0.000008", "0.000016"),
        ("0.8", "2.5", "0.000015625", "0.00003125"),
        ("0.001", "2000", "1", "2"),  # not 8,000: an hour costs as much as is owed, at most
    ],
)
def test_over_the_limit_the_rate_rises_with_the_cube(
    state: State, limit: str, usage: str, rate: str, cost: str
) -> None:
    """2 BTC are owed when the family's limit falls (7.5)."""
    do(state, give(ALICE, "100000"), Borrow(ALICE, "BTC", D(2)))
    do(state, SetLoanTerms({"BTC": msgspec.structs.replace(BTC, family_max=D(limit))}))
    alice = state.accounts[ALICE]
    assert usage_rate(state, alice, "BTC") == D(usage)
    found = interest(state, alice, wallet_balance=D(2), spot_borrow=D(2))
    assert (found.hourly_rate, found.cost) == (D(rate), D(cost))


@pytest.mark.parametrize(
    ("wallet", "spot_borrow", "loss", "free", "bearing"),
    [
        ("0", "0", "5", "3", "2"),  # a loss makes a debt of 5, of which 3 are free
        ("0", "0", "2", "2", "0"),
        ("0", "4", "0", "0", "4"),  # what was borrowed by hand always pays
        ("4", "4", "3", "0", "4"),  # the loss is less than what was borrowed
        ("4", "4", "6", "2", "4"),  # of 6 that are owed, 4 were borrowed by hand
        ("-1", "0", "4", "3", "2"),
    ],
)
def test_only_unrealised_losses_are_free(
    state: State, wallet: str, spot_borrow: str, loss: str, free: str, bearing: str
) -> None:
    """Up to the limit, here 3 BTC (7.3)."""
    do(state, SetLoanTerms({"BTC": msgspec.structs.replace(BTC, free_limit=D(3))}))
    found = interest(
        state,
        state.accounts[ALICE],
        wallet_balance=D(wallet),
        spot_borrow=D(spot_borrow),
        unrealised_pnl=-D(loss),
    )
    assert (found.free, found.bearing, found.unrealised_loss) == (D(free), D(bearing), D(loss))


# --- terms --------------------------------------------------------------------------------------


def refused_terms() -> Sequence[LoanTerms]:
    """Each has one fault."""
    change = msgspec.structs.replace
    return [
        change(BTC, hourly_rate=D("1.1")),
        change(BTC, hourly_rate=D("NaN")),
        change(BTC, family_max=D(-1)),
        change(BTC, inventory=D("1e16")),
        change(BTC, call_min=D("1e-19")),
        change(BTC, decimals=19),
        change(BTC, decimals=-1),
        change(BTC, tiers=()),
        change(BTC, tiers=tiers(("1", "0.2", "0.04"), ("1", "0.3", "0.04"))),
        change(BTC, tiers=tiers(("0", "0.2", "0.04"))),
        change(BTC, tiers=tiers(("1", "0.2", "0.3"))),
        change(BTC, tiers=tiers(("1", "0.2", "0"))),
        change(BTC, tiers=tiers(("1", "1.1", "0.04"))),
    ]


@pytest.mark.parametrize("terms", refused_terms(), ids=range(13))
def test_terms_that_do_not_fit(state: State, terms: LoanTerms) -> None:
    """Refused, and the old ones stay."""
    with pytest.raises(Rejected):
        do(state, SetLoanTerms({"BTC": terms}))
    assert state.loan_terms["BTC"] == BTC


def test_what_somebody_owes_keeps_its_terms(state: State) -> None:
    """It can be lent no more when nothing is; a limit of 0 is the way there."""
    do(state, give(ALICE, "100000"), Borrow(ALICE, "BTC", D(1)))
    with pytest.raises(Rejected) as refused:
        do(state, SetLoanTerms({"BTC": None}))
    assert refused.value.why.seen == "1 BTC lent"

    do(state, SetLoanTerms({"BTC": msgspec.structs.replace(BTC, family_max=D(0)), "ETH": None}))
    assert room_to_borrow(state, state.accounts[ALICE], "BTC").most == 0
    assert list(state.loan_terms) == ["BTC"]
