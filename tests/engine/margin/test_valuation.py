"""The value of an account, against the numbers that the exchange printed."""

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from utabox.engine.account.collateral import SwitchCollateral
from utabox.engine.account.funding import Fund
from utabox.engine.account.opening import CreateAccount
from utabox.engine.margin.valuation import (
    Holding,
    borrow_amount,
    collateral_value,
    holdings_of,
    liability,
    margin_rate,
    money,
    qty_worth,
    rate,
    transferable,
    usd_value,
    value,
    with_positions,
)
from utabox.engine.market.collateral import SetCollateralTiers
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.position.book import Option, Position
from utabox.engine.rules import apply, decide
from utabox.engine.state import FIRST_UID, Collateral, CollateralTier, State
from utabox.terms import Category, MarginMode

ISOLATED = MarginMode.ISOLATED_MARGIN
REGULAR = MarginMode.REGULAR_MARGIN
PORTFOLIO = MarginMode.PORTFOLIO_MARGIN
MODES = st.sampled_from(list(MarginMode))
D = Decimal

# The help centre's example (6.4).
BTC_TIERS = tuple(
    CollateralTier(D(qty), D(ratio))
    for qty, ratio in [
        ("0", "0.98"), ("10", "0.95"), ("20", "0.9"), ("30", "0.85"), ("40", "0.8"), ("50", "0"),
    ]
)  # fmt: skip
WHOLE = (CollateralTier(D(0), D(1)),)


def holding(coin: str, index: str, balance: str, **terms: Decimal) -> Holding:
    """A coin that counts in full."""
    return Holding(coin, D(index), D(balance), WHOLE, True, **terms)


# Scenario 13, and a switched-off coin of which only the product, 0.0122 USD, was captured (6.4).
CAPTURED = [
    Holding("BTC", D("100068.17942700"), D("2.83028992"), BTC_TIERS, True),
    holding(
        "USDT", "1.000903", "4295.78995706",
        unrealised_pnl=D("-54415.55892605"),
    ),
    holding("USDC", "0.99999", "0.99961"),
    Holding("POPCAT", D("0.61"), D("0.02"), WHOLE, collateral_on=False),
]  # fmt: skip
IM, MM = D("124896.73199212"), D("95534.19984428")


def test_scenario_13() -> None:
    """To the last digit that the live service printed."""
    of = value(CAPTURED, REGULAR)

    assert money(of.total_wallet_balance) == "281858.18900948"
    assert money(of.total_perp_upl) == "-54464.69617576"
    assert money(of.total_margin_balance) == "227393.49283372"
    assert rate(margin_rate(IM, of.total_margin_balance)) == "0.5492"
    assert rate(margin_rate(MM, of.total_margin_balance)) == "0.4201"
    assert money(of.total_available_balance - IM) == "102496.7608416"


def test_margin_of_coins_makes_the_rates() -> None:
    """The same with the margin on the coin that carries it: here USDC, whose index is 1."""
    margin = holding("USDC", "1", "0", position_im=IM - 1, order_im=D(1), position_mm=MM)
    of = value([*CAPTURED, margin], REGULAR)

    assert (of.total_initial_margin, of.total_maintenance_margin) == (IM, MM)
    assert (rate(of.im_rate), rate(of.mm_rate)) == ("0.5492", "0.4201")
    assert money(of.total_available_balance) == "102496.7608416"


def test_the_captured_liability() -> None:
    """An equity below zero is borrowed, printed with 18 decimals (7.1)."""
    usdt = holding("USDT", "1", "0", unrealised_pnl=D("-50119.768968985806327169"))
    assert money(usdt.equity) == "-50119.76896898"
    assert liability(borrow_amount(usdt, REGULAR)) == "50119.768968985806327169"
    assert liability(borrow_amount(CAPTURED[0], REGULAR)) == "0.000000000000000000"


@pytest.mark.parametrize(("mode", "borrowed"), [(REGULAR, 7), (PORTFOLIO, 2)])
def test_bought_options_do_not_cover_a_liability(mode: MarginMode, borrowed: int) -> None:
    """Except in portfolio margin; what spot orders hold does not in either (7.1)."""
    usdc = holding("USDC", "1", "-4", option_value=D(5), locked=D(3))
    assert borrow_amount(usdc, mode) == borrowed


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("26294.43744738", "26294.437447389"),
        ("102496.7608416", "102496.76084160"),
        ("-54464.69617576", "-54464.696175769"),
        ("1000", "1E+3"),
        ("0.00000001", "0.00000001"),
        ("0", "0.000000009"),
        ("0", "-0.000000009"),
        ("0", "0.00000000"),
        ("1000000000000000.00000001", "1000000000000000.000000019999999999"),
    ],
)
def test_money_is_cut_at_eight_decimals(printed: str, number: str) -> None:
    """Never rounded, never an exponent, no trailing zeros (6.6)."""
    assert money(D(number)) == printed


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("0.5492", "0.5492538"),
        ("0.0004", "0.00045973"),
        ("0.0249", "0.0249916"),
        ("0.0204", "0.0204977"),
        ("0", "0.0000345"),
        ("0.5", "0.5"),
    ],
)
def test_rates_are_cut_at_four_decimals(printed: str, number: str) -> None:
    """The captured ones of 6.6."""
    assert rate(D(number)) == printed


@pytest.mark.parametrize(
    ("margin", "base", "shown"),
    [("0", "0", "0"), ("0", "-5", "0"), ("1", "0", "9999"), ("1", "-1", "9999"),
     ("1", "0.00001", "9999"), ("3", "2", "1.5")],
)  # fmt: skip
def test_a_rate_without_a_balance(margin: str, base: str, shown: str) -> None:
    """9999 when nothing stands against the margin, and never more (Q9)."""
    assert rate(margin_rate(D(margin), D(base))) == shown


@pytest.mark.parametrize(
    ("qty", "worth"),
    [
        ("0", "0"),
        ("5", "4.9"),
        ("10", "9.8"),
        ("11", "10.75"),
        ("20", "19.3"),
        ("50", "44.8"),
        ("60", "44.8"),
        ("-3", "-3"),
    ],
)
def test_tiers_work_like_tax_brackets(qty: str, worth: str) -> None:
    """The boundary belongs to the lower tier; beyond 50 nothing; a debt counts in full (6.4)."""
    assert collateral_value(D(qty), D(2), BTC_TIERS) == 2 * D(worth)


@given(qty=st.decimals(0, 50, places=8), index=st.decimals("0.01", "100000", places=4))
def test_a_worth_leads_back_to_its_quantity(qty: Decimal, index: Decimal) -> None:
    """Conversion is the reverse of valuation, but for 50, where more is worth no more."""
    back = qty_worth(collateral_value(qty, index, BTC_TIERS), index, BTC_TIERS)
    assert back == (qty if qty < 50 else None)


def test_what_no_collateral_is_worth() -> None:
    """A debt of available balance leaves nothing; more than all tiers hold bounds nothing."""
    assert qty_worth(D(-1), D(2), BTC_TIERS) == 0
    assert qty_worth(D(1000), D(2), BTC_TIERS) is None


def test_switched_off_a_coin_is_no_collateral_but_keeps_its_value() -> None:
    """0 of totalWalletBalance, all of totalEquity (6.4)."""
    coin = Holding("ETH", D(2000), D(3), WHOLE, collateral_on=False)
    of = value([coin], REGULAR)
    assert of.total_wallet_balance == 0
    assert of.total_equity == 6000
    assert of.total_available_balance == 0


def test_a_debt_counts_in_full_whatever_the_switch() -> None:
    """Ratio 1 below zero, net of what was borrowed by hand."""
    debt = Holding("BTC", D(100), D(1), BTC_TIERS, collateral_on=False, spot_borrow=D(3))
    assert value([debt], REGULAR).total_wallet_balance == -200
    assert debt.equity == -2


def test_isolated_margin_knows_no_ratio() -> None:
    """4271.12149513 x 0.999885 was printed as 4270.63 (6.4)."""
    usdt = Holding("USDT", D("0.999885"), D("4271.12149513"), BTC_TIERS, True)
    assert money(value([usdt], ISOLATED).total_wallet_balance)[:7] == "4270.63"


def test_portfolio_margin_counts_options() -> None:
    """They are in its rates and its availability, not in totalMarginBalance (6.4, 6.6)."""
    usdc = holding("USDC", "1", "90", option_value=D(10), position_im=D(25), order_loss=D(-2))
    regular, portfolio = value([usdc], REGULAR, D(3)), value([usdc], PORTFOLIO, D(3))

    assert regular.total_margin_balance == portfolio.total_margin_balance == 90
    assert (rate(regular.im_rate), rate(portfolio.im_rate)) == ("0.2941", "0.2631")  # 85 and 95
    assert regular.total_available_balance == 90 - 2 - 3 - 25
    assert portfolio.total_available_balance == 100 - 2 - 3 - 25


FULL = holding(
    "BTC", "1", "100",
    unrealised_pnl=D(-1), reservation=D(2), locked=D(4), option_value=D(-8), bonus=D(16),
    hedged_qty=D(32), position_im=D(3), order_im=D(5), option_order_im=D(7), order_loss=D(-9),
)  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "amount"),
    [
        (ISOLATED, 100 - 3 - 5 - 4 - 16),
        (REGULAR, 100 - 1 + 2 - 4 - 8 - 16 - 7 - 9),
        (PORTFOLIO, 100 - 1 + 2 - 4 - 8 - 32 - 9),
    ],
)
def test_what_may_leave_the_wallet(mode: MarginMode, amount: int) -> None:
    """W of each mode (6.8)."""
    assert transferable(FULL, mode, D(10**6)) == amount


def test_what_bounds_it() -> None:
    """The available balance: not in isolated margin, not without collateral; never below 0."""
    coin = Holding("BTC", D(2), D(40), BTC_TIERS, True)
    off = Holding("BTC", D(2), D(40), BTC_TIERS, False)
    available = 2 * D("10.75")
    assert transferable(coin, REGULAR, available) == 11
    assert transferable(coin, ISOLATED, available) == 40
    assert transferable(off, REGULAR, available) == 40
    assert transferable(coin, REGULAR, D(-1)) == 0
    assert transferable(holding("BTC", "2", "1", locked=D(2)), REGULAR, available) == 0


def test_positions_are_terms_of_the_coin_that_they_settle_in() -> None:
    """UPL and margin of contracts, the value of options; others' coins are left alone (6.4)."""
    perp = Position(
        Category.LINEAR, "BTCUSDT", "BTC", "USDT", D("0.5"), D(100), unrealised_pnl=D(-7), im=D(5),
        mm=D(2),
    )  # fmt: skip
    call = Option(D(100), D(90), D("0.5"), 86_400_000, call=True)
    sold = Position(
        Category.OPTION, "BTC-C", "BTC", "USDT", D(-2), D("1.5"), unrealised_pnl=D(9), im=D(30),
        mm=D(20), option=call,
    )  # fmt: skip
    usdc = msgspec.structs.replace(perp, symbol="BTCPERP", settle_coin="USDC")

    found = with_positions(holding("USDT", "1", "1000"), [perp, sold, usdc])

    assert (found.unrealised_pnl, found.option_value) == (D(-7), D(-3))
    assert (found.position_im, found.position_mm) == (D(35), D(22))
    assert found.equity == 990


@pytest.mark.parametrize(
    ("available", "on", "amount"),
    [
        # 3 of its own at 0.5 are worth 3 USD, each borrowed one behind them 2 USD.
        ("2", True, "2"),
        ("3", True, "3"),
        ("7", True, "5"),
        ("20", True, "10"),
        ("0", True, "0"),
        ("-4", True, "0"),
        # Without collateral its own leave freely, and what was borrowed does not.
        ("0", False, "3"),
        ("-4", False, "3"),
        ("8", False, "7"),
    ],
)
def test_a_borrowed_coin_takes_its_debt_along(available: str, on: bool, amount: str) -> None:
    """What is not the account's own leaves a debt behind that counts in full (6.4, 6.8)."""
    half = (CollateralTier(D(0), D("0.5")),)
    coin = Holding("ETH", D(2), D(10), half, on, spot_borrow=D(7))
    assert transferable(coin, REGULAR, D(available)) == D(amount)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 30), st.booleans()), min_size=1, max_size=4
    ),
    st.sampled_from([REGULAR, PORTFOLIO]),
)
def test_no_margin_is_missing_when_it_has_left(
    coins: list[tuple[int, int, bool]], mode: MarginMode
) -> None:
    """Whatever is owed: the rate of an account with margin stays at or below 1."""
    names = [f"C{number}" for number in range(len(coins))]
    held = [
        Holding(name, D(2), D(own + lent), BTC_TIERS, on, spot_borrow=D(lent), loan_imr=D("0.2"))
        for name, (own, lent, on) in zip(names, coins, strict=True)
    ]
    before = value(held, mode)
    assume(before.im_rate <= 1)
    amount = D(money(transferable(held[0], mode, before.free_margin)))
    left = msgspec.structs.replace(held[0], wallet_balance=held[0].wallet_balance - amount)

    after = value([left, *held[1:]], mode)

    assert after.rate_base >= after.total_initial_margin


AMOUNTS = st.decimals(0, 10**9, places=18)
COINS = ("USDT", "USDC", "BTC", "ETH")


@given(
    wallet=st.dictionaries(st.sampled_from(COINS), AMOUNTS, min_size=1),
    prices=st.lists(st.decimals("0.000001", 10**6, places=8), min_size=4, max_size=4),
    off=st.sampled_from(["none", "BTC", "ETH"]),
    mode=MODES,
)
def test_any_wallet_adds_up(
    wallet: dict[str, Decimal], prices: list[Decimal], off: str, mode: MarginMode
) -> None:
    """Sum of usdValue = totalEquity exactly; as collateral it is never worth more."""
    state = State()
    for command in (
        SetIndexPrices(dict(zip(COINS, prices, strict=True))),
        SetCollateralTiers(
            {**dict.fromkeys(COINS, Collateral(WHOLE)), "BTC": Collateral(BTC_TIERS)}
        ),
        CreateAccount(),
        *(Fund(FIRST_UID, coin, amount) for coin, amount in wallet.items()),
        SwitchCollateral(FIRST_UID, ((off, False),) if off != "none" else ()),
    ):
        apply(state, decide(state, command, 1))
    account = state.accounts[FIRST_UID]

    holdings = holdings_of(state, account)
    of = value(holdings, mode)

    # Fractions have no digits to lose.
    assert sum(Fraction(usd_value(held)) for held in holdings) == Fraction(of.total_equity)
    assert Fraction(of.total_wallet_balance) <= Fraction(of.total_equity)


@given(wallet=st.dictionaries(st.sampled_from(COINS), AMOUNTS))
def test_isolated_margin_counts_every_coin_in_full(wallet: dict[str, Decimal]) -> None:
    """totalWalletBalance is totalEquity without positions."""
    holdings = [Holding(coin, D(7), amount, BTC_TIERS) for coin, amount in wallet.items()]
    of = value(holdings, ISOLATED)
    assert of.total_wallet_balance == of.total_equity


def test_a_venue_without_tiers_takes_everything() -> None:
    """Stores from before there were tiers: every coin is collateral at ratio 1, with a switch."""
    state = State()
    for command in (
        SetIndexPrices({"ETH": D(2000), "BTC": D(80000)}),
        CreateAccount(),
        Fund(FIRST_UID, "ETH", D(60)),
        Fund(FIRST_UID, "BTC", D(60)),
    ):
        apply(state, decide(state, command, 1))
    account = state.accounts[FIRST_UID]
    assert value(holdings_of(state, account), REGULAR).total_wallet_balance == 60 * 82000

    apply(state, decide(state, SwitchCollateral(FIRST_UID, (("BTC", False),)), 1))
    assert value(holdings_of(state, account), REGULAR).total_wallet_balance == 60 * 2000
