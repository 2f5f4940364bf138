"""The fixture `utabox`: an exchange of each test's own, its accounts, clients, time and faults."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.client import RemoteDisconnected
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.request import urlopen

import pytest

from utabox.pytest_plugin import Exchange
from utabox.pytest_plugin.clock import duration_ms, milliseconds_of
from utabox.pytest_plugin.control import Refused

HOUR = 3_600_000  # ms
NEW_YEAR = "2026-01-01T00:00:00Z"
NEW_YEAR_MS = 1_767_225_600_000
CALLS_AS_A_BOT = """
import os
from pybit.unified_trading import HTTP

session = HTTP(
    testnet=True,
    api_key=os.environ["BYBIT_API_KEY"],
    api_secret=os.environ["BYBIT_API_SECRET"],
)
print(session.get_account_info()["result"]["marginMode"])
"""

# --- venues -------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_begins_anew(utabox: Exchange, turn: int) -> None:
    """What one test did is not there in the next: neither accounts nor prices nor requests."""
    assert (list(utabox.accounts), utabox.info["accounts"], utabox.requests.count) == (
        ["demo"],
        1,
        0,
    )
    before = utabox.prices["BTC"]

    utabox.account("alice").get("/v5/account/info")
    utabox.prices["BTC"] = before + 1

    assert utabox.prices["BTC"] == before + 1


def test_two_venues_are_apart(utabox: Exchange, utabox_venue: Any) -> None:
    """Each has its own accounts; a key of one is unknown in the other."""
    alice = utabox.account("alice")

    with utabox_venue(name="the-other") as other:
        stranger = type(alice)(other, "alice", alice.uid, alice.api_key, alice.secret)
        answer = stranger.get("/v5/account/info")

        assert (answer.status, answer.retCode) == (200, 10003)
        assert (other.name, list(other.accounts)) == ("the-other", ["demo"])
    assert alice.get("/v5/account/info").retCode == 0
    assert not other.is_there


@pytest.fixture(scope="module")
def shared(utabox_venue: Any) -> Iterator[Exchange]:
    with utabox_venue(seed={"accounts": [{"name": "alice"}]}) as exchange:
        yield exchange


class TestAVenueOfAModule:
    """A fixture of a wider scope makes one with `utabox_venue`; `reset` cleans it."""

    @pytest.mark.parametrize("turn", [1, 2])
    def test_is_as_it_was_made_after_a_reset(self, shared: Exchange, turn: int) -> None:
        """Accounts, money and requests."""
        shared.reset()
        assert list(shared.accounts) == ["alice"]
        assert shared.accounts["alice"].coins == {}

        shared.account("bob")
        shared.accounts["alice"].fund(USDT="5").get("/v5/account/info")

        assert shared.requests.count == 1


def test_a_snapshot_is_restored(utabox: Exchange) -> None:
    """Money and time go back; what was sent since still counts."""
    alice = utabox.account("alice", USDT="100")
    utabox.snapshot("before")

    alice.fund(USDT="-60")
    alice.get("/v5/account/info")
    utabox.restore("before")

    assert alice.coins == {"USDT": Decimal(100)}
    assert alice.get("/v5/account/info").retCode == 0
    assert utabox.requests.count == 2


def test_accounts_are_those_of_the_snapshot(utabox: Exchange) -> None:
    """Those that were made since are gone by name, too; who has their UID now is somebody else."""
    utabox.snapshot("before")
    bob = utabox.account("bob", USDT="5")
    spare = bob.key()
    bob.pybit().get_account_info()

    utabox.restore("before")

    assert list(utabox.accounts) == ["demo"]
    carol = utabox.account("carol", USDT="7")
    assert carol.uid == bob.uid
    for gone in (bob, spare):
        with pytest.raises(ValueError, match=r"<account bob, .*> is gone: the venue was restored"):
            gone.fund(USDT="99")
    with pytest.raises(ValueError, match="is gone"):
        bob.sub("desk")
    assert carol.coins == {"USDT": Decimal(7)}
    assert (utabox.requests.by(carol).count, utabox.requests.by(bob).count) == (0, 1)
    assert utabox.account("bob").uid != carol.uid


def test_accounts_come_back_with_their_snapshot(utabox: Exchange) -> None:
    """After a reset, which takes them away; each with its key."""
    bob = utabox.account("bob", USDT="5")
    utabox.snapshot("with-bob")

    utabox.reset()
    assert list(utabox.accounts) == ["demo"]
    other = utabox.account("other")
    utabox.restore("with-bob")

    assert utabox.accounts == {"demo": utabox.accounts["demo"], "bob": bob}
    assert (bob.coins, bob.get("/v5/account/info").retCode) == ({"USDT": Decimal(5)}, 0)
    with pytest.raises(ValueError, match="is gone"):
        other.fund(USDT="1")


def test_a_snapshot_of_somebody_else_keeps_those_whose_key_it_has(utabox: Exchange) -> None:
    """By the key: the UID alone may be another account's."""
    alice = utabox.account("alice")
    door = ("venues", utabox.name, "snapshots", "theirs")
    server = type(utabox.control)(utabox.control.wire, utabox.control.token)
    server.call("PUT", *door)
    bob = utabox.account("bob")

    utabox.restore("theirs")

    assert list(utabox.accounts) == ["demo", "alice"]
    assert alice.fund(USDT="1").coins == {"USDT": Decimal(1)}
    with pytest.raises(ValueError, match="is gone"):
        bob.fund(USDT="1")


def test_the_name_of_the_start_is_taken(utabox: Exchange) -> None:
    """By the venue as it was made."""
    with pytest.raises(Refused, match="as it was made, which a reset restores: choose another"):
        utabox.snapshot("start")


def test_a_master_is_of_the_same_exchange(utabox: Exchange, utabox_venue: Any) -> None:
    """Its UID is another account's elsewhere."""
    with utabox_venue() as other:
        with pytest.raises(ValueError, match=r"is of <utabox venue .*: take an account of <utabox"):
            other.account(parent=utabox.account("alice"))
        assert other.info["accounts"] == 1


def test_switches(utabox: Exchange) -> None:
    """Set what is given; the rest stays."""
    assert utabox.switches()["textEpoch"] == "2026"

    utabox.switches(textEpoch="2023")

    assert utabox.switches()["textEpoch"] == "2023"


# --- markers and seeds --------------------------------------------------------------------------


@pytest.mark.utabox(clock=NEW_YEAR, environment="testnet", switches={"textEpoch": "2023"})
def test_a_marker_says_how_it_is(utabox: Exchange) -> None:
    """Its time stands where the marker says, also in the past, and after a reset."""
    utabox.reset()

    assert utabox.clock.now == NEW_YEAR_MS
    assert utabox.switches()["textEpoch"] == "2023"
    assert utabox.accounts["demo"].state["environment"] == "testnet"
    assert utabox.accounts["demo"].get("/v5/account/info").time == NEW_YEAR_MS


@pytest.mark.utabox(rate_limits="real")
def test_a_marker_may_set_the_server(utabox: Exchange) -> None:
    """With the exchange's limits an answer tells how much is left of them."""
    answer = utabox.account().get("/v5/account/info")

    assert answer.headers["x-bapi-limit"] == "50"


def test_rate_limits_are_off_otherwise(utabox: Exchange) -> None:
    """A test is faster than a bot; 60 calls at once are more than 50 in a second."""
    alice = utabox.account()

    answers = [alice.get("/v5/account/info").retCode for _ in range(60)]

    assert answers == [0] * 60


@pytest.mark.utabox(
    seed={
        "prices": {"BTC": 100000},
        "accounts": [
            {"name": "alice", "balances": {"USDT": "1000.5"}, "subs": [{"name": "desk"}]},
            {"name": "bob", "kind": "classic", "keys": [{"apiKey": "bobs", "secret": "s3cret"}]},
        ],
    }
)
def test_a_seed_makes_accounts_by_name(utabox: Exchange) -> None:
    """Each with a key that signs, also one whose secret the seed's author chose."""
    alice, desk, bob = (utabox.accounts[name] for name in ("alice", "desk", "bob"))

    assert alice.coins == {"USDT": Decimal("1000.5")}
    assert desk.state["parentUid"] == alice.uid
    assert (bob.api_key, bob.secret, bob.info["unifiedMarginStatus"]) == ("bobs", "s3cret", 1)
    assert utabox.prices["BTC"] == 100_000
    assert [desk.get("/v5/account/info").retCode, alice.get("/v5/account/info").retCode] == [0, 0]


# --- accounts -----------------------------------------------------------------------------------


def test_an_account_is_as_it_is_wanted(utabox: Exchange) -> None:
    """Kind, VIP level, leader, money by coin and by wallet; keys without a name are numbered."""
    alice = utabox.account(
        kind="uta2-pro", vip="VIP-2", leader=True, BTC="0.5", funds={"FUND": {"USDT": "7"}}
    )

    assert (alice.name, utabox.accounts["account-1"]) == ("account-1", alice)
    assert (alice.info["unifiedMarginStatus"], alice.info["isMasterTrader"]) == (6, True)
    assert alice.state["vipLevel"] == "VIP-2"
    assert alice.coins == {"BTC": Decimal("0.5")}
    assert alice.state["wallets"]["FUND"] == {"USDT": "7"}


def test_get_and_post_are_signed(utabox: Exchange) -> None:
    """The answer has what the wire has, and the why of a refusal."""
    alice = utabox.account(USDC="999.99")

    assert alice.get("/v5/account/wallet-balance", accountType="UNIFIED", coin=None).retCode == 0
    refused = alice.post("/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")

    assert (refused.status, refused.retCode) == (200, 3400045)
    assert refused.retMsg == "Set margin mode failed"
    assert refused.headers["ret_code"] == "3400045"
    assert refused.why is not None
    assert "1000" in refused.why["expected"] + refused.why["rule"]


def test_another_key_of_an_account(utabox: Exchange) -> None:
    """With other permissions: a read-only key may not write (10005)."""
    reader = utabox.account().key(readOnly=True)

    assert reader.get("/v5/account/info").retCode == 0
    answer = reader.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    assert answer.retCode == 10005


def test_a_sub_account_has_a_master(utabox: Exchange) -> None:
    """Made from its master."""
    alice = utabox.account("alice")

    desk = alice.sub("desk", USDT="3")

    assert (desk.state["parentUid"], desk.coins) == (alice.uid, {"USDT": Decimal(3)})


def test_a_name_stands_for_one_account(utabox: Exchange) -> None:
    """Mistakes are told with what there is."""
    utabox.account("alice")

    with pytest.raises(ValueError, match="there is an account 'alice' already"):
        utabox.account("alice")
    with pytest.raises(KeyError, match="there are demo, alice"):
        utabox.accounts["bob"]
    with pytest.raises(ValueError, match="is one of classic, uta1,"):
        utabox.account(kind="uta3")
    with pytest.raises(Refused, match="is no coin"):
        utabox.prices["B-C"] = 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"enviroment": "testnet"}, "no option enviroment: did you mean environment?"),
        ({"fund": {}}, "no option fund: did you mean funds?"),
        ({"usdt": "1"}, "no option usdt: there are name, kind, .* coins in capitals, such as USDT"),
    ],
)
def test_a_keyword_of_an_account_is_an_option_or_a_coin(
    utabox: Exchange, options: dict[str, Any], told: str
) -> None:
    """Coins are in capitals, so nothing else is taken for one; no account is made then."""
    with pytest.raises(TypeError, match=told):
        utabox.account("alice", **options)
    with pytest.raises(TypeError, match=r"no option walet: did you mean wallet\?"):
        utabox.accounts["demo"].fund(walet="FUND", USDT="1")

    assert utabox.info["accounts"] == 1
    utabox.prices["1INCH"] = "0.25"
    money: dict[str, Any] = {"1INCH": "1"}
    assert utabox.account("alice", **money).coins == {"1INCH": 1}


@pytest.mark.parametrize("permission", ["Wallet", "Wallet:AccountTranfer"])
def test_what_is_no_permission_is_told_with_those_that_are(
    utabox: Exchange, permission: str
) -> None:
    """The nearest, or all."""
    with pytest.raises(
        ValueError, match=rf"no permission '{permission}': .*Wallet:AccountTransfer"
    ):
        utabox.account().key(permissions=[permission])


def test_a_coin_without_a_price(utabox: Exchange) -> None:
    """Is none of the mapping, and an error that says which are."""
    assert "XYZ" not in utabox.prices
    with pytest.raises(KeyError, match=r"BTCC has no price: did you mean BTC\?"):
        utabox.prices["BTCC"]


def test_a_path_begins_with_a_slash(utabox: Exchange) -> None:
    """Else it would be asked of another host, or of no venue."""
    alice = utabox.account()

    with pytest.raises(ValueError, match="'v5/account/info' does not begin with /"):
        alice.get("v5/account/info")
    with pytest.raises(ValueError, match="does not begin with /"):
        alice.post("v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")


def test_secrets_are_not_shown(utabox: Exchange) -> None:
    """What pytest prints of an account has its key, not its secret."""
    alice = utabox.account("alice")

    assert alice.api_key in repr(alice)
    assert alice.secret not in repr(alice)


# --- clients ------------------------------------------------------------------------------------


def test_pybit(utabox: Exchange) -> None:
    """At the base URL of the venue, signed and not."""
    session = utabox.account(USDC="2000").pybit()

    session.set_margin_mode(setMarginMode="PORTFOLIO_MARGIN")

    assert session.get_account_info()["result"]["marginMode"] == "PORTFOLIO_MARGIN"
    assert session.get_server_time()["retCode"] == 0
    assert utabox.requests.routes == [
        "POST /v5/account/set-margin-mode",
        "GET /v5/account/info",
        "GET /v5/market/time",
    ]


def test_ccxt(utabox: Exchange) -> None:
    """At the base URL of the venue, signed and not."""
    client = utabox.account().ccxt()

    assert client.private_get_v5_account_info()["retCode"] in (0, "0")
    assert abs(client.fetch_time() - utabox.clock.now) < 5_000
    assert utabox.requests.routes == ["GET /v5/account/info", "GET /v5/market/time"]


@pytest.mark.asyncio
async def test_ccxt_with_asyncio(utabox: Exchange) -> None:
    """The server has a thread of its own: a test on a loop may wait for it."""
    async with utabox.account().ccxt_async() as client:
        answer = await client.private_get_v5_account_info()

    assert answer["result"]["marginMode"] == "REGULAR_MARGIN"


def test_the_key_finds_the_venue(utabox: Exchange) -> None:
    """A client at the server's own URL reaches the venue of its key."""
    session = utabox.account("alice").pybit()
    session.endpoint = utabox.server_url

    assert session.get_account_info()["retCode"] == 0
    assert utabox.requests.by(utabox.accounts["alice"]).count == 1


@pytest.mark.utabox(clock=NEW_YEAR)
def test_clients_follow_the_clock(utabox: Exchange) -> None:
    """They sign with the venue's time, POST and GET, also when it goes ahead."""
    alice = utabox.account(USDC="2000")
    session, client = alice.pybit(), alice.ccxt()

    assert session.get_wallet_balance(accountType="UNIFIED")["time"] == NEW_YEAR_MS
    utabox.clock.step("1h")
    session.set_margin_mode(setMarginMode="PORTFOLIO_MARGIN")

    assert int(client.private_get_v5_account_info()["time"]) == NEW_YEAR_MS + HOUR
    utabox.requests.none_refused()


@pytest.mark.parametrize("set_to", [NEW_YEAR, "2100-01-01"])
def test_pybit_waits_as_long_as_the_limit_lasts(utabox_venue: Any, set_to: str) -> None:
    """A second, where the venue's time is years before the machine's, or behind it."""
    with utabox_venue(clock=set_to) as exchange:
        exchange.faults.add("/v5/account/info", retCode=10006, times=1)
        began = monotonic()

        assert exchange.account().pybit().get_account_info()["retCode"] == 0

        assert 0.9 < monotonic() - began < 30
        exchange.requests.expect("GET /v5/account/info", times=2)


def test_a_program_is_told_by_its_environment(utabox: Exchange) -> None:
    """Key, secret and URL, beside what this process has; not the token of the doors."""
    alice = utabox.account("alice")
    code = (
        "import os, pybit.unified_trading as p\n"
        "s = p.HTTP(api_key=os.environ['BYBIT_API_KEY'], "
        "api_secret=os.environ['BYBIT_API_SECRET'])\n"
        "s.endpoint = os.environ['UTABOX_URL']\n"
        "print(s.get_account_info()['retCode'], 'UTABOX_TOKEN' in os.environ)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], env=alice.env(), capture_output=True, text=True, timeout=60
    )

    assert (done.stdout, done.returncode) == ("0 False\n", 0), done.stderr
    utabox.requests.by(alice).expect("GET /v5/account/info", times=1)


def test_a_program_finds_the_server_beside_a_proxy(
    utabox: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not proxied already stays so."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "corp.invalid, near.invalid")
    monkeypatch.setenv("no_proxy", "far.invalid,corp.invalid")
    alice = utabox.account("alice")
    code = (
        "import os, pybit.unified_trading as p\n"
        "s = p.HTTP(api_key=os.environ['BYBIT_API_KEY'], "
        "api_secret=os.environ['BYBIT_API_SECRET'])\n"
        "s.endpoint = os.environ['UTABOX_URL']\n"
        "print(s.get_account_info()['retCode'])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], env=alice.env(), capture_output=True, text=True, timeout=60
    )

    assert (done.stdout, done.returncode) == ("0\n", 0), done.stderr
    all_of_them = "corp.invalid,near.invalid,far.invalid,127.0.0.1"
    told = alice.env()
    assert told["NO_PROXY"] == told["no_proxy"] == all_of_them
    assert alice.env(NO_PROXY="*")["NO_PROXY"] == "*"
    monkeypatch.setenv("NO_PROXY", "*")
    assert alice.env()["NO_PROXY"] == "*"


@pytest.mark.utabox(environment="testnet")
def test_a_program_runs_unchanged(utabox: Exchange) -> None:
    """Under redirection the exchange's own host is this venue."""
    alice = utabox.account("alice")

    done = utabox.run([sys.executable, "-c", CALLS_AS_A_BOT], account=alice)

    assert (done.stdout, done.returncode) == ("REGULAR_MARGIN\n", 0), done.stderr
    utabox.requests.by(alice).exactly("GET /v5/account/info")


def test_a_program_that_goes_on_is_ended(utabox_venue: Any) -> None:
    """`start` waits for nothing, `wait_for` for what it sends; it ends with the venue."""
    with utabox_venue(environment="testnet") as exchange:
        code = f"{CALLS_AS_A_BOT}\nimport time\ntime.sleep(600)"
        process = exchange.start([sys.executable, "-c", code], account=exchange.account())
        exchange.requests.wait_for("/v5/account/info", timeout=30)
        assert process.poll() is None

    assert process.returncode != 0


def test_a_program_may_print_more_than_anybody_reads(utabox: Exchange, tmp_path: Path) -> None:
    """It goes on; what it has printed is there meanwhile and afterwards."""
    code = "import sys\nprint('x' * 300_000)\nprint('told', file=sys.stderr)"

    program = utabox.start([sys.executable, "-c", code], stdin=subprocess.DEVNULL)

    assert program.wait(60) == 0
    assert (len(program.out), program.err) == (300_001, "told\n")
    program.end()
    assert (len(program.out), program.err) == (300_001, "told\n")


def test_a_program_may_print_elsewhere(utabox: Exchange) -> None:
    """As `subprocess.Popen` can be told."""
    code = "import sys\nprint('told')\nprint('both', file=sys.stderr)"

    with utabox.start(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as program:
        told, _ = program.communicate(timeout=60)

    assert sorted(told.split()) == ["both", "told"]
    assert (program.out, program.err) == ("", "")


def test_a_delayed_answer_holds_up_nobody_else(utabox: Exchange) -> None:
    """A thread that waits for the answer to an account's call, and the test, which calls too."""
    alice = utabox.account("alice")
    fault = utabox.faults.add("/v5/account/info", delayMs=600_000, times=1)
    waiting = threading.Thread(target=alice.get, args=("/v5/account/info",))
    waiting.start()
    while not fault.matched:
        pass

    assert alice.get("/v5/market/time").retCode == 0
    assert waiting.is_alive()

    utabox.drop()
    waiting.join(60)
    assert not waiting.is_alive()


def test_an_unsigned_call_needs_the_path(utabox: Exchange) -> None:
    """At the venue's own URL it is in the venue's log."""
    with urlopen(f"{utabox.url}/v5/market/time") as answer:
        assert answer.status == 200

    utabox.requests.exactly("GET /v5/market/time")


# --- time ---------------------------------------------------------------------------------------


def test_a_frozen_clock_stands(utabox: Exchange) -> None:
    """And steps by exactly what it is told."""
    utabox.clock.freeze()
    before = utabox.clock.now

    utabox.clock.step("1h30m")
    utabox.clock.step(timedelta(seconds=1))
    utabox.clock.step(1)

    assert utabox.clock.now == before + 90 * 60_000 + 1_001


def test_a_clock_is_set_ahead(utabox: Exchange) -> None:
    """To a time in any spelling; never back."""
    utabox.clock.freeze("2100-01-01T00:00:00+01:00")

    assert utabox.clock.at == datetime(2099, 12, 31, 23, tzinfo=UTC)
    with pytest.raises(Refused, match="never go back"):
        utabox.clock.set(NEW_YEAR)


def test_a_clock_runs_and_follows(utabox: Exchange) -> None:
    """As fast as wanted, and with the machine's again while it is not ahead of it."""
    utabox.clock.freeze()
    utabox.clock.run("0.5")
    assert utabox.clock.is_set

    utabox.clock.follow()

    assert not utabox.clock.is_set


def test_what_is_due_happens_on_the_way(utabox: Exchange) -> None:
    """Two hours on, interest of a loan was charged twice, out of the coin."""
    alice = utabox.account(USDT="10000")
    assert alice.post("/v5/account/borrow", coin="BTC", amount="0.01").retCode == 0

    utabox.clock.step("2h")

    charged = alice.get("/v5/account/transaction-log", type="INTEREST").result["list"]
    assert [row["currency"] for row in charged] == ["BTC", "BTC"]
    assert alice.coins["BTC"] < Decimal("0.01")


@pytest.mark.utabox(clock=NEW_YEAR)
@pytest.mark.parametrize(("step", "hours"), [("4m", 0), ("1h", 1), ("1h5m", 2)])
def test_interest_is_due_at_minute_05(utabox: Exchange, step: str, hours: int) -> None:
    """So a step from the full hour of an hour and five minutes meets two of them."""
    alice = utabox.account(USDT="10000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.01")

    utabox.clock.step(step)

    charged = alice.get("/v5/account/transaction-log", type="INTEREST").result["list"]
    assert len(charged) == hours


@pytest.mark.parametrize(
    ("written", "ms"),
    [("90s", 90_000), ("1h30m", 5_400_000), ("1d 2h", 93_600_000), ("2w", 1_209_600_000),
     ("250ms", 250), (timedelta(minutes=1), 60_000), (7, 7)],
)  # fmt: skip
def test_durations(written: Any, ms: int) -> None:
    """As people write them."""
    assert duration_ms(written) == ms


@pytest.mark.parametrize("step", [-5, timedelta(seconds=-1)])
def test_time_goes_forward_only(utabox: Exchange, step: Any) -> None:
    """And a refusal of it says what goes back."""
    with pytest.raises(
        ValueError, match=r"time goes forward only: .* restore a snapshot, or reset"
    ):
        utabox.clock.step(step)


@pytest.mark.parametrize("written", ["", "1", "h", "1 fortnight", "-1h", "1.5h", 1.5, None])
def test_what_is_no_duration(written: Any) -> None:
    """Says how to write one."""
    with pytest.raises(ValueError, match="is no duration: write such as '90s'"):
        duration_ms(written)


@pytest.mark.parametrize(
    "written",
    [NEW_YEAR, "2026-01-01", "2026-01-01T01:00:00+01:00", NEW_YEAR_MS,
     datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)],
)  # fmt: skip
def test_times(written: Any) -> None:
    """As people write them; without a zone in UTC."""
    assert milliseconds_of(written) == NEW_YEAR_MS


def test_what_is_no_time() -> None:
    """Says how to write one."""
    with pytest.raises(ValueError, match="is no time: write such as '2027-01-01T00:00:00Z'"):
        milliseconds_of("tomorrow")


# --- faults -------------------------------------------------------------------------------------


def test_a_fault_is_met_and_counted(utabox: Exchange) -> None:
    """As often as it was ordered; then all is well again."""
    alice = utabox.account()
    fault = utabox.faults.add("/v5/account/*", retCode=10016, times=2)

    codes = [alice.get("/v5/account/info").retCode for _ in range(3)]

    assert codes == [10016, 10016, 0]
    assert (fault.fired, fault.spent, len(utabox.faults)) == (2, True, 1)


def test_a_fault_is_removed(utabox: Exchange) -> None:
    """One, or all of them."""
    alice = utabox.account()
    fault = utabox.faults.add("/v5/account/info", status=502)
    assert alice.get("/v5/account/info").status == 502
    assert alice.get("/v5/account/info").retCode is None

    fault.remove()
    assert alice.get("/v5/account/info").retCode == 0

    utabox.faults.add(retCode=10016)
    utabox.faults.clear()
    assert list(utabox.faults) == []


def test_an_answer_may_be_lost(utabox: Exchange) -> None:
    """The write is done, the client does not hear of it; the next call is made anew."""
    alice = utabox.account(USDC="2000")
    utabox.faults.add("/v5/account/set-margin-mode", close="before", executed=True, times=1)

    with pytest.raises(RemoteDisconnected):
        alice.post("/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")

    assert alice.info["marginMode"] == "PORTFOLIO_MARGIN"


def test_a_fault_that_makes_no_sense_is_refused(utabox: Exchange) -> None:
    """In the door's own words."""
    with pytest.raises(Refused, match="times"):
        utabox.faults.add(retCode=10016, times=0)
