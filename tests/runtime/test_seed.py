"""Seeds: what each section makes, what is refused and in which line, and all of it or nothing."""

from __future__ import annotations

import json
import traceback
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from utabox.clock import ManualClock
from utabox.demo import Credentials
from utabox.engine.invariants import audit
from utabox.engine.state import Account, State
from utabox.journal.memory import MemoryJournal
from utabox.journal.shelf import MemoryShelf
from utabox.runtime import Runtime
from utabox.seal import Sealer
from utabox.seed import SeedError, Sown, read_seed, seed_of, sow
from utabox.terms import (
    AccountKind,
    AccountType,
    Category,
    DcpProduct,
    Environment,
    MarginMode,
    MemberType,
    VipLevel,
)
from utabox.venues import Venue

NOW = 1_748_312_640_123  # 2025-05-27T02:24:00.123Z
ALICE, BOB = 100_000_001, 100_000_002
DAY_MS = 86_400_000


def no_failure(error: BaseException) -> None:
    raise AssertionError(f"the journal failed: {error}")


def runtime_on(journal: MemoryJournal, now: int = NOW) -> Runtime:
    return Runtime(journal, ManualClock(now), lambda call: call(), no_failure)


@pytest.fixture
def venue() -> Venue:
    return new_venue()


def new_venue() -> Venue:
    """One with nothing in it, whose machine's clock stands still."""
    return Venue("test", runtime_on(MemoryJournal()), Sealer.ephemeral(), MemoryShelf())


def sown(venue: Venue, text: str, folder: Path, name: str = "seed.yaml") -> list[Sown]:
    file = folder / name
    file.write_text(text, "utf-8")
    return sow(venue, read_seed(file))


def state_of(venue: Venue, **seed: Any) -> State:
    """What a seed without a file makes."""
    sow(venue, seed_of(seed))
    return venue.runtime.state


def account_of(venue: Venue, **account: Any) -> Account:
    return state_of(venue, accounts=[account]).accounts[ALICE]


def refusal(text: str, folder: Path, name: str = "seed.yaml") -> str:
    """What is said of a seed, without the folder that it is in."""
    with pytest.raises(SeedError) as caught:
        sown(new_venue(), text, folder, name)
    return str(caught.value).replace(f"{folder}/", "")


# --- what each section makes ----------------------------------------------------------------


def test_a_clock_begins_at_the_time_that_the_seed_says_also_in_the_past(venue: Venue) -> None:
    """Frozen in 2020, the accounts are of 2020, and time stays there."""
    state = state_of(venue, clock={"time": "2020-01-01T00:00:00Z", "speed": 0}, accounts=[{}])

    assert venue.runtime.now() == 1_577_836_800_000
    assert state.accounts[ALICE].created_at == 1_577_836_800_000


def test_a_clock_without_a_speed_runs_on_from_its_time(venue: Venue) -> None:
    state = state_of(venue, clock={"time": "2020-01-01"})

    assert state.clock is not None
    assert (state.clock.venue, state.clock.speed_permille) == (1_577_836_800_000, 1000)


def test_a_clock_may_be_set_by_an_offset(venue: Venue) -> None:
    state_of(venue, clock={"time": "+1d2h", "speed": 0})

    assert venue.runtime.now() == NOW + 26 * 3_600_000


def test_time_does_not_go_back_where_somebody_is(venue: Venue) -> None:
    state_of(venue, accounts=[{}])

    with pytest.raises(SeedError, match=r"^clock\.time: .* never go back\. Seen: 2020-01-01T00:"):
        state_of(venue, clock={"time": "2020-01-01T00:00:00Z"})


def test_switches_are_those_of_the_door(venue: Venue) -> None:
    state = state_of(venue, switches={"textEpoch": 2023, "wireExact": True})

    assert (state.switches.text_epoch, state.switches.wire_exact) == ("2023", True)


def test_a_price_is_a_coin_s(venue: Venue) -> None:
    """Of a symbol it would be a new coin's, and what it was meant for would not have moved."""
    said = r"^prices\.BTCUSDT: BTCUSDT is a symbol: did you mean the coin BTC, or the mark price"
    with pytest.raises(SeedError, match=said):
        state_of(venue, prices={"BTCUSDT": 100_000})


def test_prices_stand_beside_the_usual_ones(venue: Venue) -> None:
    state = state_of(venue, prices={"BTC": 100_000, "MINE": "0.25"})

    assert state.index_prices["BTC"] == 100_000
    assert state.index_prices["MINE"] == Decimal("0.25")
    assert "ETH" in state.index_prices


def test_marks_are_set_by_category(venue: Venue) -> None:
    state = state_of(venue, marks={"linear": {"BTCUSDT": "81234.5"}})

    assert state.mark_prices == {Category.LINEAR: {"BTCUSDT": Decimal("81234.5")}}


def test_loans_and_collateral_take_what_their_doors_take(venue: Venue) -> None:
    state = state_of(
        venue,
        loans={"BTC": {"hourlyRate": "0.00001"}},
        collateral={"BTC": {"tiers": [{"minQty": 0, "ratio": "0.5"}], "on": False}},
    )

    assert state.loan_terms["BTC"].hourly_rate == Decimal("0.00001")
    assert state.collateral["BTC"].tiers[0].ratio == Decimal("0.5")
    assert state.collateral["BTC"].on is False


def test_insurance_pools_are_named_by_coin_and_symbols(venue: Venue) -> None:
    state = state_of(venue, insurance={"USDT": {"BTCUSDT, ETHUSDT": 1000}})

    (pool,) = state.insurance["USDT"]
    assert pool.symbols == ("BTCUSDT", "ETHUSDT")
    assert pool.balance == 1000


def test_an_account_has_a_kind_a_level_a_place_and_a_uid(venue: Venue) -> None:
    state = state_of(
        venue,
        accounts=[{"kind": "uta2-pro", "vip": "vip-1", "environment": "testnet", "uid": 77}],
    )

    account = state.accounts[77]
    assert account.kind is AccountKind.UTA2_PRO
    assert account.vip_level is VipLevel.VIP_1
    assert account.environment is Environment.TESTNET


def test_a_kind_may_be_its_number(venue: Venue) -> None:
    assert account_of(venue, kind=1).kind is AccountKind.CLASSIC


def test_an_account_has_the_profile_that_the_exchange_decides(venue: Venue) -> None:
    account = account_of(
        venue, leader=True, smpGroup=7, dcpProducts=["OPTIONS", "spot"], mmpCoins=["BTC"]
    )

    assert (account.leader, account.smp_group) == (True, 7)
    assert list(account.dcp_windows or {}) == [DcpProduct.SPOT, DcpProduct.OPTIONS]
    assert list(account.mmp or {}) == ["BTC"]


def test_money_is_in_the_wallets_that_it_is_given_to(venue: Venue) -> None:
    account = account_of(
        venue,
        balances={"USDT": 1000, "BTC": "0.5"},
        wallets={"FUND": {"USDT": 5}},
        bonus={"USDT": 10},
    )

    assert account.coins is not None
    assert account.coins["USDT"].wallet_balance == 1010
    assert account.coins["USDT"].bonus == 10
    assert account.coins["BTC"].wallet_balance == Decimal("0.5")
    assert account.wallets == {AccountType.FUND: {"USDT": Decimal(5)}}
    assert audit(venue.runtime.state) == []


def test_modes_follow_the_money(venue: Venue) -> None:
    """Enough equity allows portfolio margin, and that hedging."""
    account = account_of(
        venue, balances={"USDC": 2000}, marginMode="PORTFOLIO_MARGIN", spotHedging="on"
    )

    assert account.margin_mode is MarginMode.PORTFOLIO_MARGIN
    assert account.spot_hedging


def test_what_is_borrowed_is_owed_and_charged(venue: Venue) -> None:
    account = account_of(venue, balances={"USDT": 10_000}, borrowed={"BTC": "0.01"})

    assert account.coins is not None
    assert account.coins["BTC"].spot_borrow == Decimal("0.01")
    assert [timer.tag for timer in venue.runtime.state.timers] == ["charge-interest"]


def test_subs_belong_to_their_master(venue: Venue) -> None:
    """And are a kind of their own, or frozen, as only they can be."""
    state = state_of(
        venue,
        accounts=[
            {"smpGroup": 3, "subs": [{"memberType": "custodial"}, {"frozen": True}]},
            {"name": "the other master"},
        ],
    )

    custodial, frozen = state.accounts[BOB], state.accounts[BOB + 1]
    assert state.subs == {ALICE: [BOB, BOB + 1]}
    assert (custodial.member_type, custodial.smp_group) == (MemberType.CUSTODIAL, 3)
    assert frozen.frozen
    assert state.accounts[BOB + 2].is_master


def test_faults_are_those_of_the_door_and_may_name_an_account(venue: Venue) -> None:
    state = state_of(
        venue,
        accounts=[{"name": "alice"}],
        faults=[
            {"path": "/v5/account/info", "retCode": 10016, "account": "alice"},
            {"status": 503, "until": "2025-05-28T00:00:00Z"},
        ],
    )

    first, second = state.faults.values()
    assert (first.scope.path, first.scope.uid, first.effect.ret_code) == (
        "/v5/account/info", ALICE, 10016,
    )  # fmt: skip
    assert (second.effect.status, second.timing.until) == (503, 1_748_390_400_000)


# --- keys -----------------------------------------------------------------------------------


def test_an_account_that_names_no_keys_has_one_that_never_expires(venue: Venue) -> None:
    (made,) = sow(venue, seed_of({"accounts": [{"name": "alice"}]}))

    assert (made.name, made.uid) == ("alice", ALICE)
    assert made.apiKey is not None
    assert made.secret is not None
    key = venue.runtime.state.keys[made.apiKey]
    assert venue.sealer.open(key.sealed_secret, made.apiKey.encode()) == made.secret.encode()
    assert (key.expires_at, key.read_only) == (0, False)


def test_an_empty_list_of_keys_is_none(venue: Venue) -> None:
    made = sow(venue, seed_of({"accounts": [{"keys": []}]}))

    assert made == [Sown("account 1", ALICE, None, None)]
    assert venue.runtime.state.keys == {}


def test_keys_are_as_they_are_named_and_their_secrets_are_not_told_again(venue: Venue) -> None:
    made = sow(
        venue,
        seed_of(
            {
                "accounts": [
                    {
                        "keys": [
                            {
                                "apiKey": "mine",
                                "secret": "hidden",
                                "permissions": ["Spot:SpotTrade"],
                                "readOnly": True,
                                "ips": ["203.0.113.7"],
                                "note": "a bot",
                                "expiresAt": "+90d",
                            },
                            {"apiKey": "other"},
                        ]
                    }
                ]
            }
        ),
    )

    key = venue.runtime.state.keys["mine"]
    assert (key.read_only, key.ips, key.note) == (True, ("203.0.113.7",), "a bot")
    assert key.expires_at == NOW + 90 * DAY_MS
    assert venue.sealer.open(key.sealed_secret, b"mine") == b"hidden"
    assert made[0] == Sown("account 1", ALICE, "mine", None)
    assert made[1].secret is not None


def test_the_first_account_without_keys_gets_the_one_that_is_given(venue: Venue) -> None:
    seed = seed_of({"accounts": [{"keys": []}, {"name": "bob"}, {"name": "carol"}]})

    made = sow(venue, seed, Credentials("given", "secret"))

    assert made[1] == Sown("bob", BOB, "given", "secret")
    assert made[2].apiKey != "given"


# --- files ----------------------------------------------------------------------------------

YAML = """\
clock: {time: 2026-01-01T00:00:00Z, speed: 0}
prices:
  BTC: 100_000
accounts:
  - name: alice
    kind: 5
    leader: no
    balances: {USDT: 1e5, BTC: "0.5"}
    keys: []
    subs:
      - name: bot
        mmpCoins:
          - BTC
        keys: []
  - kind: classic
    wallets:
      FUND: {USDT: 0123}
    keys: []
faults:
  - {path: /v5/account/*, delayMs: 5, note: "a \\"slow\\" day"}
"""

TOML = """\
clock = {time = 2026-01-01T00:00:00Z, speed = 0}
prices.BTC = 100_000

[[accounts]]
name = "alice"
kind = 5
leader = false
keys = []
[accounts.balances]
USDT = 1e5
"BTC" = 0.5
[[accounts.subs]]
name = 'bot'
mmpCoins = [
  "BTC", # the only one
]
keys = []

[[accounts]]
kind = "classic"
wallets.FUND = {USDT = 123}
keys = []

[[faults]]
path = "/v5/account/*"
delayMs = 5
note = 'a "slow" day'
"""


def test_toml_says_the_same_as_yaml(tmp_path: Path) -> None:
    """The states of both are equal to the last bit."""
    yaml, toml = new_venue(), new_venue()

    sown(yaml, YAML, tmp_path)
    sown(toml, TOML, tmp_path, "seed.toml")

    assert yaml.runtime.state_hash() == toml.runtime.state_hash()
    assert len(yaml.runtime.state.accounts) == 3


def test_the_object_of_a_seed_is_the_same_seed(tmp_path: Path) -> None:
    """As it goes through a door, as JSON."""
    file = tmp_path / "seed.yaml"
    file.write_text(YAML)
    here, there = new_venue(), new_venue()
    seed = read_seed(file)

    sow(here, seed)
    sow(there, seed_of(json.loads(json.dumps(seed.object))))

    assert here.runtime.state_hash() == there.runtime.state_hash()


def test_what_a_door_says_of_the_object_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(YAML)

    located = read_seed(file).located("accounts[0].balances.BTC: too much: less")

    assert located == f"{file}:8: accounts[0].balances.BTC: too much: less"


def test_an_empty_file_says_nothing(venue: Venue, tmp_path: Path) -> None:
    assert sown(venue, "# nothing yet\n", tmp_path) == []
    assert venue.runtime.state.accounts == {}


@pytest.mark.parametrize(
    ("text", "balance"),
    [
        ("1_000", 1000), ("1e3", 1000), ("0123", 123), ("1000.50", Decimal("1000.5")),
        ('"0.5"', Decimal("0.5")), ("'7'", 7), (".5", Decimal("0.5")), ("+5", 5), ("5.", 5),
        ("1_000.000_1", Decimal("1000.0001")),
    ],
)  # fmt: skip
def test_amounts_are_read_as_they_are_written(
    venue: Venue, tmp_path: Path, text: str, balance: Decimal
) -> None:
    """Whatever older versions of YAML make of them."""
    sown(venue, f"accounts:\n- balances: {{USDT: {text}}}", tmp_path)

    coins = venue.runtime.state.accounts[ALICE].coins
    assert coins is not None
    assert coins["USDT"].wallet_balance == balance


@pytest.mark.parametrize("text", ["NO", "0123", "1e3", "2026-01-01", "on", "1:30", "~x", "null x"])
def test_texts_are_read_as_they_are_written(venue: Venue, tmp_path: Path, text: str) -> None:
    sown(venue, f"accounts:\n- keys:\n  - {{apiKey: mine, note: {text}}}", tmp_path)

    assert venue.runtime.state.keys["mine"].note == text


@pytest.mark.parametrize(
    ("text", "leader"),
    [("yes", True), ("On", True), ("TRUE", True), ('"on"', True), ("no", False), ("off", False)],
)
def test_yes_and_no_are_switches_where_one_stands(
    venue: Venue, tmp_path: Path, text: str, leader: bool
) -> None:
    sown(venue, f"accounts:\n- leader: {text}", tmp_path)

    assert venue.runtime.state.accounts[ALICE].leader is leader


@pytest.mark.parametrize(
    ("text", "expires"),
    [
        ("never", 0), ("1798761600000", 1_798_761_600_000), ("2027-01-01", 1_798_761_600_000),
        ("2027-01-01T00:00:00Z", 1_798_761_600_000), ("+1h30m", NOW + 5_400_000),
        ("2027-01-01 01:00:00+01:00", 1_798_761_600_000), ("-1d", NOW - DAY_MS),
        ("+250ms", NOW + 250),
    ],
)  # fmt: skip
def test_times_are_dates_ms_or_offsets(
    venue: Venue, tmp_path: Path, text: str, expires: int
) -> None:
    sown(venue, f"accounts:\n- keys:\n  - {{apiKey: mine, expiresAt: {text}}}", tmp_path)

    assert venue.runtime.state.keys["mine"].expires_at == expires


@pytest.mark.parametrize("name", ["yaml", "toml"])
def test_the_examples_of_the_page_are_seeds(venue: Venue, tmp_path: Path, name: str) -> None:
    """As docs/seeds.md has them."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "seeds.md").read_text()
    example = page.split(f"```{name}\n")[1].split("```")[0]

    names = [made.name for made in sown(venue, example, tmp_path, f"seed.{name}")]

    assert list(dict.fromkeys(names))[:2] == ["alice", "bot"]
    assert audit(venue.runtime.state) == []


@pytest.mark.parametrize(
    ("until", "ms"),
    [("+1h30m", NOW + 5_400_000), (NOW + 7, NOW + 7), ("2025-05-28", 1_748_390_400_000)],
)
def test_a_fault_lasts_until_a_time_or_an_offset(venue: Venue, until: object, ms: int) -> None:
    """As all times of a seed."""
    state = state_of(venue, faults=[{"status": 503, "until": until}])

    assert state.faults[1].timing.until == ms


def test_an_object_is_as_deep_as_a_seed_can_be() -> None:
    """Deeper ones are refused with where, however deep they are."""
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"x": deep}
    with pytest.raises(SeedError, match=r"^accounts\[0\]: this is nested too deeply$"):
        seed_of({"accounts": [deep]})


# --- refusals, with their lines -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "accounts:\n- name: a\n  balances:\n    USDT: abc\n",
            'seed.yaml:4: accounts[0].balances.USDT: "abc" is no amount: write such as 1000 or '
            '"0.5"',
        ),
        (
            "\naccounts:\n- balnces: {}\n",
            "seed.yaml:3: accounts[0].balnces: there is no such member: did you mean balances?",
        ),
        ("clock:\n  speed: fast\n", 'seed.yaml:2: clock.speed: "fast" is no number: write such as'),
        ("prices:\n  BTC:\n", "seed.yaml:2: prices.BTC: nothing stands here: give a value"),
        ("prices: 5\n", "seed.yaml:1: prices: members stand here, each with its name: write such"),
        ("accounts: {}\n", "seed.yaml:1: accounts: a list stands here: write [ and ] around it"),
        ("accounts:\n- name: [a]\n", "seed.yaml:2: accounts[0].name: one value stands here"),
        ("- 1\n", "seed.yaml:1: members stand here, each with its name: write such as clock: ..."),
        (
            "accounts:\n- kind: uta3\n",
            'seed.yaml:2: accounts[0].kind: "uta3" is none of what can stand here: did you mean',
        ),
        (
            "accounts:\n- vip: gold\n",
            'seed.yaml:2: accounts[0].vip: "gold" is none of what can stand here: write No '
            "VIP, VIP-1, ",
        ),
        ("accounts:\n- leader: 2\n", 'seed.yaml:2: accounts[0].leader: "2" is neither yes nor no'),
        ("accounts:\n- uid: 1.5\n", 'seed.yaml:2: accounts[0].uid: "1.5" is no whole number'),
        ("clock:\n  time: soon\n", 'seed.yaml:2: clock.time: "soon" is no time: write such as'),
        (
            "marks:\n  spot:\n    BTCUSDT: 5\n",
            'seed.yaml:2: marks.spot: "spot" is none of what can stand here: write linear, inverse',
        ),
        (
            "collateral:\n  BTC:\n    tiers:\n    - ratio: 1\n",
            "seed.yaml:4: collateral.BTC.tiers[0]: minQty must be given, too",
        ),
        (
            "accounts:\n- name: a\n- name: a\n",
            'seed.yaml:3: accounts[1].name: "a" is the name of accounts[0] already: choose another',
        ),
        (
            "faults:\n- {status: 503}\n- {account: bob}\n",
            'seed.yaml:3: faults[1].account: no account is named "bob": there are none',
        ),
        ("a: 1\na: 2\n", "seed.yaml:2: a: it is there twice, first in line 1"),
        ("wallets: [\n", "seed.yaml:1: this is no YAML: "),
        ("a: 1\nb: [2,\n\n\n", "seed.yaml:2: this is no YAML: "),
        ('a: 1\nb: "two\nc: 3\n\n', "seed.yaml:2: this is no YAML: while scanning a quoted scalar"),
        ("a: 1\nb: {c: 'two}\n", "seed.yaml:2: this is no YAML: while scanning a quoted scalar"),
        ("a: 1\nbcd\n", "seed.yaml:2: this is no YAML: while scanning a simple key, could not"),
        ("a: b\n c: d\n", "seed.yaml:2: this is no YAML: mapping values are not allowed here"),
        ("a: &x 1\nb: *x\n", "seed.yaml:2: this is no YAML: an alias is not taken"),
        ("a: !!python/name:os.system x\n", "seed.yaml:1: this is no YAML: a tag is not taken"),
        ("--- {}\n--- {}\n", "seed.yaml:2: this is no YAML: but found another document"),
        ("a: \x01\n", "seed.yaml:1: this is no YAML: a character that may not be in a text"),
        ("[" * 100_000, "seed.yaml:1: this is no YAML: it is nested too deeply"),
        ("a: 1\nb:\n" + "[" * 1_000, "seed.yaml:3: this is no YAML: it is nested too deeply"),
        ("[a]: 1\n", "seed.yaml:1: a member's name is a text: write it so"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    assert refusal(text, tmp_path).startswith(complaint)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "accounts:\n" + "- {}\n" * 1_001,
            "seed.yaml:1002: accounts[1000]: a seed has at most 1000 accounts, subs included",
        ),
        (
            "accounts:\n- subs:\n" + "  - {}\n" * 1_000,
            "seed.yaml:1002: accounts[0].subs[999]: a seed has at most 1000 accounts, subs",
        ),
        (
            "accounts:\n- keys:\n" + "  - {}\n" * 5_001,
            "seed.yaml:5003: accounts[0].keys[5000]: a seed has at most 5000 keys",
        ),
        (
            "prices:\n" + "".join(f"  C{number}: 1\n" for number in range(1, 20_000)),
            "seed.yaml:20000: prices.C19999: a seed has at most 20000 values",
        ),
    ],
    ids=["accounts", "subs", "keys", "values"],
)
def test_what_would_hold_up_the_server_is_told_with_its_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    """And what to do: several seeds, one by one."""
    told = refusal(text, tmp_path)

    assert told.startswith(complaint)
    assert "make several seeds of it, and add the others to the venue with `utabox venue seed`" in (
        told
    )


def test_a_seed_may_have_a_thousand_accounts(venue: Venue) -> None:
    """A door counts them, too."""
    assert len(state_of(venue, accounts=[{"subs": [{}] * 999}]).accounts) == 1_000
    with pytest.raises(SeedError, match=r"^accounts.1000.: a seed has at most 1000 accounts"):
        seed_of({"accounts": [{}] * 1_001})


@pytest.mark.parametrize(
    "written",
    ["!hunter2", "*hunter2", "!hunter2!x 1", "&hunter2 *hunter2", "'hunter2", '"hunter2',
     '"hunter2\\q"', "@hunter2", "`hunter2", "%hunter2", "|hunter2", "hunter2: 1", "[hunter2"],
)  # fmt: skip
@pytest.mark.parametrize("around", ["- secret: {}\n", "- {{apiKey: a, secret: {}}}\n"])
def test_a_secret_that_is_no_yaml_is_not_repeated(
    tmp_path: Path, around: str, written: str
) -> None:
    """Neither in the sentence, nor in an exception that a traceback would show with it."""
    (tmp_path / "seed.yaml").write_text("accounts:\n- keys:\n  " + around.format(written))

    with pytest.raises(SeedError) as caught:
        read_seed(tmp_path / "seed.yaml")

    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "accounts:\n- balances:\n    USDT: 1\n    NIL: 5\n",
            "seed.yaml:4: accounts[0].balances.NIL: NIL has no price: `utabox price list` shows ",
        ),
        (
            "accounts:\n- balances: {USDT: -1}\n",
            "seed.yaml:2: accounts[0].balances.USDT: A funding has a valid amount. Seen: -1. "
            "Nothing is there to be taken out: give more than 0.",
        ),
        (
            "accounts:\n- uid: 5\n- uid: 5\n",
            "seed.yaml:3: accounts[1].uid: A new account has a UID of its own. Seen: 5. ",
        ),
        (
            "accounts:\n- name: a\n  frozen: yes\n",
            "seed.yaml:3: accounts[0].frozen: Only sub-accounts can be frozen. Seen: a master. ",
        ),
        (
            "accounts:\n- marginMode: portfolio margin\n",
            "seed.yaml:2: accounts[0].marginMode: Portfolio margin needs a total equity of at "
            "least 1000 USD when it is entered. Seen: totalEquity 0 USD. 1000 USD are missing: "
            "give it more `balances`.",
        ),
        (
            "accounts:\n- {leader: yes, balances: {USDC: 9999}, marginMode: portfolio margin}\n",
            "seed.yaml:2: accounts[0].marginMode: A copy-trading leader cannot use portfolio "
            "margin. Seen: isMasterTrader true. Use another account, or leave its `leader` out.",
        ),
        (
            "faults:\n- {status: 503, until: -5m}\n",
            "seed.yaml:2: faults[0]: until must be later than the venue's time",
        ),
        (
            "accounts:\n- spotHedging: on\n",
            "seed.yaml:2: accounts[0].spotHedging: Spot hedging exists only in portfolio margin.",
        ),
        (
            "accounts:\n- borrowed: {BTC: 1}\n",
            "seed.yaml:2: accounts[0].borrowed.BTC: ",
        ),
        (
            "accounts:\n- keys:\n  - apiKey: a b\n",
            "seed.yaml:3: accounts[0].keys[0]: A key's apiKey must fit its account. ",
        ),
        (
            "accounts:\n- keys: [{apiKey: x}]\n- keys: [{apiKey: x}]\n",
            "seed.yaml:3: accounts[1].keys[0]: A key's apiKey must fit its account. Seen: x exists",
        ),
        (
            "accounts:\n- keys:\n  - {publicKey: nothing}\n",
            "seed.yaml:3: accounts[0].keys[0]: not a public key in PEM form",
        ),
        (
            "accounts:\n- keys:\n  - {permissions: [All]}\n",
            "seed.yaml:3: accounts[0].keys[0]: unknown permission All:",
        ),
        (
            "accounts:\n- subs:\n  - environment: demo\n",
            "seed.yaml:3: accounts[0].subs[0]: A sub-account lives where its master does. ",
        ),
        ("clock: {time: 0}\n", "seed.yaml:1: clock.time: a venue's time is after 1970 began"),
        ("clock:\n  speed: 1001\n", "seed.yaml:2: clock.speed: speed is 0 to 1000, in thousandths"),
        ("prices:\n  BTC: 0\n", "seed.yaml:2: prices.BTC: A USD index price is more than 0, "),
        ("prices:\n  BTC: 1e60\n", "seed.yaml:2: prices.BTC: A USD index price is more than 0, "),
        ("prices:\n  B C: 1\n", "seed.yaml:2: prices.B C: 'B C' is no coin: write its name"),
        ("marks:\n  linear:\n    X: 1\n", "seed.yaml:3: marks.linear.X: "),
        ("loans:\n  NIL: {callMin: 1}\n", "seed.yaml:2: loans.NIL: 'NIL' is not lent yet: give"),
        ("collateral:\n  NIL: {on: yes}\n", "seed.yaml:2: collateral.NIL: 'NIL' has no price: "),
        ("insurance:\n  USDT:\n    BTCUSD: 1\n", "seed.yaml:3: insurance.USDT.BTCUSD: "),
        ("switches: {upgradeDelayMs: -1}\n", "seed.yaml:1: switches: upgradeDelayMs is 0 to "),
        ("faults:\n- note: x\n", "seed.yaml:2: faults[0]: "),
    ],
)
def test_what_the_exchange_could_not_be_is_told_with_its_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    """In the words of the rule that refuses."""
    assert refusal(text, tmp_path).startswith(complaint)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("accounts = [\n  {},\n  {kind = 'x'},\n]\n", "seed.toml:3: accounts[1].kind: "),
        ("[[accounts]]\n[[accounts]]\n[accounts.balances]\nNIL = 1\n",
         "seed.toml:4: accounts[1].balances.NIL: "),
        ("prices.ETH = 1\nprices.BTC = 0\n", "seed.toml:2: prices.BTC: "),
        ("[[accounts]]\n[[accounts.subs]]\n[[accounts.subs]]\nvip = 'a'\n",
         "seed.toml:4: accounts[0].subs[1].vip: "),
        ('[[accounts]]\nname = """\na\n"#]\n"""\nbalnces = 1\n', "seed.toml:6: accounts[0].bal"),
        ('"pri\\u0063es" = {ETH = 1,\n BTC = 0}\n', "seed.toml:1: this is no TOML: "),
        ('"pri\\u0063es" = {ETH = 1, BTC = [\n0]}\n', "seed.toml:1: prices.BTC: one value stands"),
        ("a = 1\na = 2\n", "seed.toml:2: this is no TOML: Cannot overwrite a value"),
        ("a =\n", "seed.toml:1: this is no TOML: Invalid value"),
        ("a = [", "seed.toml:1: this is no TOML: "),
        ("a = " + "[" * 50_000, "seed.toml:1: this is nested too deeply"),
        ("a = '[['\n# [[\nb = " + "[" * 50_000, "seed.toml:3: this is nested too deeply"),
        ("a = 1\n" + ".".join("b" * 900) + " = 1\n", "seed.toml:2: b.b: this is nested too deeply"),
        ("a = 1\nb = [\n1, " + "1" * 5_000 + "]\n", "seed.toml:3: a seed has no number of thous"),
    ],
)  # fmt: skip
def test_lines_of_toml_are_found(tmp_path: Path, text: str, complaint: str) -> None:
    assert refusal(text, tmp_path, "seed.toml").startswith(complaint)


def test_all_that_makes_no_sense_is_told_at_once(tmp_path: Path) -> None:
    told = refusal("clok: 1\naccounts:\n- kind: x\n  leader: x\n", tmp_path).split("\n")

    assert [sentence.split(": ")[0] for sentence in told] == [
        "seed.yaml:1", "seed.yaml:3", "seed.yaml:4",
    ]  # fmt: skip


def test_an_object_is_refused_with_the_member_in_place_of_the_line() -> None:
    with pytest.raises(SeedError) as caught:
        seed_of({"accounts": [{"balances": {"USDT": "abc"}}]})

    assert str(caught.value).startswith('accounts[0].balances.USDT: "abc" is no amount: ')


@pytest.mark.parametrize("value", [[], 5, None, {"accounts": [object()]}, {"prices": {"BTC": b""}}])
def test_an_object_of_another_kind_is_refused(value: object) -> None:
    with pytest.raises(SeedError):
        seed_of(value)


def test_a_secret_is_not_repeated(tmp_path: Path) -> None:
    told = refusal("accounts:\n- keys:\n  - {secret: {hidden: 1}, publicKey: [hidden]}\n", tmp_path)

    assert "hidden" not in told


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("seed.json", b"{}", "a seed is YAML or TOML: end its name so"),
        ("seed.yaml", b"\n\xff", ":2: this is no UTF-8: save it so"),
        ("seed.yaml", b"#" * 1_048_577, "a seed has at most 1 MiB: this is larger"),
    ],
)
def test_a_file_that_is_no_seed_is_refused(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(SeedError) as caught:
        read_seed(tmp_path / name)
    assert str(caught.value).endswith(complaint)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match=r"none\.yaml: it cannot be read \(No such file"):
        read_seed(tmp_path / "none.yaml")


# --- all of it or nothing -------------------------------------------------------------------


def test_a_seed_that_is_refused_leaves_no_entry(venue: Venue) -> None:
    """Not even of what stands before the member that is refused."""
    state_of(venue, accounts=[{"balances": {"USDT": 5}}])
    before = venue.runtime.state_hash(), venue.runtime.state.seq

    with pytest.raises(SeedError, match=r"^faults\[0\]: "):
        state_of(venue, prices={"BTC": 1}, accounts=[{}, {}], faults=[{"note": "does nothing"}])

    assert (venue.runtime.state_hash(), venue.runtime.state.seq) == before


def test_what_is_looked_at_before_it_is_done_may_refuse_it(venue: Venue) -> None:
    def refuse(stage: Venue) -> None:
        raise PermissionError(f"{len(stage.runtime.state.accounts)} account")

    with pytest.raises(PermissionError, match="1 account"):
        sow(venue, seed_of({"accounts": [{}]}), finish=refuse)
    assert venue.runtime.state.seq == 0


def test_a_seeded_venue_is_the_same_after_a_replay(tmp_path: Path) -> None:
    journal = MemoryJournal()
    venue = Venue("test", runtime_on(journal), Sealer.ephemeral(), MemoryShelf())
    sown(venue, YAML, tmp_path)

    again = runtime_on(journal)

    assert again.state_hash() == venue.runtime.state_hash()
    assert again.now() == 1_767_225_600_000
    assert audit(again.state) == []


def test_a_seed_is_added_to_what_is_there(venue: Venue) -> None:
    state_of(venue, accounts=[{"balances": {"USDT": 5}}])
    state = state_of(venue, prices={"BTC": 7}, accounts=[{"balances": {"USDT": 6}}])

    assert list(state.accounts) == [ALICE, BOB]
    assert state.index_prices["BTC"] == 7


# --- garbage --------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [*"{}[],:-#&*!|>'\"%@`=\n ~", "accounts", "keys", "balances", "USDT", "1e999", "0x", "- ", ": ",
     "[[accounts]]\n", "\\u", "\\", '"""', "'''", "2026-01-01", "\t", "\r", "\ufeff", "---",
     "\U0001f600", "= ", "null", "nan", "-inf", "1e-9999", "9" * 60]
)  # fmt: skip
TEXTS = st.text() | st.lists(WORDS, max_size=40).map("".join)
MEMBERS = st.sampled_from(
    ["clock", "time", "speed", "prices", "BTC", "accounts", "faults", "keys", "uid", "kind", "path",
     "balances", "USDT", "wallets", "FUND", "retCode", "until", "delayMs", "subs", "insurance",
     "marks", "linear", "BTCUSDT", "loans", "collateral", "tiers", "minQty", "ratio", "borrowed",
     "expiresAt", "switches", "upgradeDelayMs", "smpGroup", "bonus", "probability", "seed"]
)  # fmt: skip
VALUES = st.sampled_from(["-1", "1e-60", "1e60", "+1d", "-9999999w", "9" * 15, "nan", 2**53 - 1])
OBJECTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=5),
    max_leaves=20,
)
COINS = st.dictionaries(st.sampled_from(["BTC", "USDT", "nil"]), VALUES | st.integers(0, 9))
ACCOUNTS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "uid": VALUES, "kind": st.sampled_from([1, 3, 4, 5, 6]), "balances": COINS,
            "wallets": st.dictionaries(st.sampled_from(["FUND", "SPOT", "UNIFIED"]), COINS),
            "bonus": COINS, "borrowed": COINS, "smpGroup": VALUES, "leader": st.booleans(),
            "marginMode": st.sampled_from(list(MarginMode)), "spotHedging": st.booleans(),
            "keys": st.lists(st.fixed_dictionaries({}, optional={
                "apiKey": st.text(max_size=3), "secret": st.text(max_size=3), "expiresAt": VALUES,
                "note": st.text(max_size=3), "ips": st.lists(st.text(max_size=3), max_size=2)}),
                max_size=2),
        },
    ),
    max_size=3,
)  # fmt: skip
SEEDS = st.fixed_dictionaries(
    {},
    optional={
        "clock": st.fixed_dictionaries({}, optional={"time": VALUES, "speed": VALUES}),
        "prices": COINS, "accounts": ACCOUNTS,
        "marks": st.dictionaries(st.just("linear"), st.dictionaries(st.just("BTCUSDT"), VALUES)),
        "loans": st.dictionaries(st.just("BTC"), st.dictionaries(
            st.sampled_from(["hourlyRate", "familyMax", "callMin", "decimals"]), VALUES)),
        "insurance": st.dictionaries(st.just("USDT"), st.dictionaries(st.just("BTCUSDT"), VALUES)),
        "faults": st.lists(st.dictionaries(st.sampled_from(
            ["uid", "nth", "every", "times", "seed", "until", "forMs", "retCode", "status",
             "delayMs", "jitterMs", "probability"]), VALUES), max_size=2),
    },
)  # fmt: skip
HERE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@HERE
@given(content=st.binary() | TEXTS.map(lambda text: text.encode("utf-8", "ignore")))
@pytest.mark.parametrize("name", ["seed.yaml", "seed.toml"])
def test_a_file_of_anything_is_a_seed_or_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)

    tried(lambda: read_seed(tmp_path / name))


@given(value=OBJECTS)
def test_an_object_of_anything_is_a_seed_or_refused(value: object) -> None:
    tried(lambda: seed_of(value))


@given(seed=SEEDS)
def test_a_seed_of_any_numbers_is_sown_or_leaves_nothing(seed: dict[str, Any]) -> None:
    """And what is sown is sound, and the same again after a replay."""
    journal = MemoryJournal()
    venue = Venue("test", runtime_on(journal), Sealer.ephemeral(), MemoryShelf())

    done = tried(lambda: sow(venue, seed_of(seed)))

    assert done or journal.length == 0
    assert audit(venue.runtime.state) == []
    assert runtime_on(journal).state_hash() == venue.runtime.state_hash()


def tried(attempt: Any) -> bool:
    """Whether it was not refused; another exception fails the test."""
    try:
        attempt()
    except SeedError:
        return False
    return True
