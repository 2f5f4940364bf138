"""`utabox.requests`: what the bot sent, asserted in sentences, shown as a table."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from utabox.pytest_plugin import Exchange, Requests
from utabox.pytest_plugin.control import Wire
from utabox.pytest_plugin.traffic import Incomplete

INFO = "GET /v5/account/info"
MODE = "POST /v5/account/set-margin-mode"
BALANCE = "GET /v5/account/wallet-balance"


@pytest.fixture
def sent(utabox: Exchange) -> Requests:
    """Info, margin mode (refused: no 1000 USDC), balance, info again; of alice."""
    alice = utabox.account("alice")
    alice.get("/v5/account/info")
    alice.post("/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")
    alice.get("/v5/account/wallet-balance", accountType="UNIFIED", coin="USDT,BTC")
    alice.get("/v5/account/info")
    return utabox.requests


# --- looking ------------------------------------------------------------------------------------


def test_a_request_has_what_was_sent_and_answered(sent: Requests) -> None:
    """Body, parameters, codes and the why."""
    mode, balance = sent.to(MODE).last, sent.to(BALANCE).last

    assert mode.body == {"setMarginMode": "PORTFOLIO_MARGIN"}
    assert (mode.status, mode.retCode, mode.retMsg) == (200, 3400045, "Set margin mode failed")
    assert mode.refused
    assert mode.why is not None
    assert (balance.body, balance.params) == (None, {"accountType": "UNIFIED", "coin": "USDT,BTC"})
    assert not balance.refused


@pytest.mark.parametrize(
    ("route", "count"),
    [(INFO, 2), ("/v5/account/info", 2), ("GET", 3), ("post", 1), ("/v5/account/*", 4),
     ("GET /v5/*", 3), ("* ", 4), ("POST /v5/account/info", 0), ("/v5/account", 0)],
)  # fmt: skip
def test_a_route_is_a_method_a_path_or_both(sent: Requests, route: str, count: int) -> None:
    """A path may have a star."""
    assert sent.to(route).count == len(sent.to(route)) == count


def test_requests_are_a_sequence(sent: Requests) -> None:
    """Oldest first; an index, a slice, a walk."""
    assert [sent[0].route, sent[-1].route] == [INFO, INFO]
    assert [call.number for call in sent[1:3]] == [2, 3]
    assert [call.number for call in sent] == [1, 2, 3, 4]
    assert sent.bodies == [None, {"setMarginMode": "PORTFOLIO_MARGIN"}, None, None]
    assert (sent.first.number, sent.last.number) == (1, 4)


def test_they_are_as_of_now(utabox: Exchange) -> None:
    """What was chosen before it was sent is there when it was."""
    infos = utabox.requests.to(INFO)
    assert not infos

    utabox.account().get("/v5/account/info")

    assert infos.count == 1


def test_they_are_chosen_by_who_sent_them(utabox: Exchange) -> None:
    """An account; the bot, in place of the test itself."""
    alice, bob = utabox.account("alice"), utabox.account("bob")
    alice.get("/v5/account/info")
    bob.pybit().get_account_info()

    assert utabox.requests.by(alice).count == 1
    assert utabox.requests.by(bob).to(INFO).count == 1
    assert [call.uid for call in utabox.requests.by_bot] == [bob.uid]


def test_they_can_be_forgotten(sent: Requests) -> None:
    """So that only what follows counts."""
    sent.clear()

    assert sent.count == 0
    sent.nothing_else()


def test_more_than_are_told_at_once(utabox: Exchange) -> None:
    """The door tells 500; the others are asked for."""
    alice = utabox.account()
    for _ in range(501):
        alice.get("/v5/account/info")
    assert utabox.requests.count == 501


@pytest.mark.utabox(requests_kept=10)
def test_what_is_not_known_is_not_counted_as_nothing(utabox: Exchange) -> None:
    """Of what the server has forgotten it is said that it is not known, until `clear`."""
    alice = utabox.account()
    for _ in range(11):
        alice.get("/v5/account/info")

    with pytest.raises(Incomplete, match="than the server keeps"):
        _ = utabox.requests.count
    utabox.requests.clear()
    assert utabox.requests.count == 0


def test_a_restore_loses_none(utabox: Exchange) -> None:
    """What came before it counts, whether it was looked at or not, and however much; also what
    comes between two of them, and in a thread while they are made."""
    alice = utabox.account()
    utabox.snapshot("calm")
    bot = threading.Thread(target=sends, args=(utabox, 300))
    bot.start()
    for _ in range(5):
        alice.get("/v5/account/info")
        utabox.restore("calm")
    bot.join()

    assert utabox.requests.by(alice).count == 5
    assert utabox.requests.to("/v5/market/time").count == 300


def sends(exchange: Exchange, count: int) -> None:
    wire = Wire(exchange.server_url)
    for _ in range(count):
        assert wire.send("GET", f"{exchange.path}/v5/market/time", {}).status == 200
    wire.close()


@pytest.mark.utabox(requests_kept=10)
def test_what_is_lost_behind_a_restore_is_told(utabox: Exchange) -> None:
    """A restore does not hide that there were more requests than the server keeps."""
    utabox.snapshot("calm")
    alice = utabox.account()
    for _ in range(11):
        alice.get("/v5/account/info")
    utabox.restore("calm")

    with pytest.raises(Incomplete, match="than the server keeps"):
        _ = utabox.requests.count


def test_a_reset_begins_anew(utabox: Exchange) -> None:
    """What was sent before it counts no more; numbers go on."""
    utabox.accounts["demo"].get("/v5/account/info")
    utabox.reset()
    assert utabox.requests.count == 0

    utabox.accounts["demo"].get("/v5/account/info")

    assert [call.number for call in utabox.requests] == [2]


# --- asserting ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "assertion",
    [
        lambda sent: sent.expect(INFO),
        lambda sent: sent.expect("GET", "/v5/account/info", times=2),
        lambda sent: sent.expect(MODE, times=1, body={"setMarginMode": "PORTFOLIO_MARGIN"}),
        lambda sent: sent.expect(MODE, body={"setMarginMode": str.isupper}),
        lambda sent: sent.expect(MODE, retCode=3400045, refused=True),
        lambda sent: sent.expect(BALANCE, params={"accountType": "UNIFIED"}),
        lambda sent: sent.expect("/v5/account/repay", times=0),
        lambda sent: sent.in_order(INFO, BALANCE),
        lambda sent: sent.in_order([INFO, MODE, BALANCE, INFO]),
        lambda sent: sent.exactly([INFO, MODE, BALANCE, "/v5/account/*"]),
        lambda sent: sent.only(INFO, MODE, BALANCE, "/v5/market/*"),
        lambda sent: sent.to("GET").none_refused(),
        lambda sent: sent.wait_for(INFO, times=2, timeout=0),
    ],
)  # fmt: skip
def test_what_holds(sent: Requests, assertion: Callable[[Requests], Any]) -> None:
    """Passes."""
    assertion(sent)


FAILING: list[tuple[Callable[[Requests], Any], str]] = [
    (lambda sent: sent.expect("/v5/account/repay"),
     "expected /v5/account/repay at least once, seen never"),
    (lambda sent: sent.expect(INFO, times=1),
     "expected GET /v5/account/info once, seen twice"),
    (lambda sent: sent.expect(INFO, uid=1),
     "expected GET /v5/account/info with uid 1 at least once, seen never"),
    (lambda sent: sent.expect(INFO, times=0),
     "expected GET /v5/account/info never, seen twice"),
    (lambda sent: sent.expect(MODE, body={"setMarginMode": "ISOLATED_MARGIN"}),
     "expected POST /v5/account/set-margin-mode with body "
     "{'setMarginMode': 'ISOLATED_MARGIN'} at least once, seen never"),
    (lambda sent: sent.expect(BALANCE, params={"coin": "USDT"}, times=3),
     "expected GET /v5/account/wallet-balance with params {'coin': 'USDT'} 3 times, seen never"),
    (lambda sent: sent.expect(MODE, retCode=0),
     "expected POST /v5/account/set-margin-mode with retCode 0 at least once, seen never"),
    (lambda sent: sent.to("GET").expect(MODE),
     "expected POST /v5/account/set-margin-mode at least once, seen never "
     "(looking at requests to GET)"),
    (lambda sent: sent.in_order(BALANCE, MODE),
     "expected POST /v5/account/set-margin-mode after #3 GET /v5/account/wallet-balance"),
    (lambda sent: sent.in_order("/v5/account/repay"),
     "expected /v5/account/repay at all"),
    (lambda sent: sent.exactly(INFO, MODE),
     "expected nothing after 2, seen #3 GET /v5/account/wallet-balance"),
    (lambda sent: sent.exactly(INFO, BALANCE),
     "expected GET /v5/account/wallet-balance as number 2, seen #2 POST"),
    (lambda sent: sent.exactly(INFO, MODE, BALANCE, INFO, MODE),
     "expected POST /v5/account/set-margin-mode after these 4"),
    (lambda sent: sent.only(INFO, BALANCE),
     "expected only GET /v5/account/info, GET /v5/account/wallet-balance, seen #2 POST"),
    (lambda sent: sent.nothing_else(),
     "expected nothing else, seen #1 GET /v5/account/info, #2 POST"),
    (lambda sent: sent.none_refused(),
     "expected no refusal, seen #2 POST /v5/account/set-margin-mode"),
    (lambda sent: sent.wait_for(INFO, times=3, timeout=0),
     "waited 0 s for GET /v5/account/info 3 times, seen twice"),
    (lambda sent: sent.to("/v5/account/repay").last,
     "there is no request to /v5/account/repay"),
]  # fmt: skip


@pytest.mark.parametrize(("assertion", "sentence"), FAILING, ids=[text for _, text in FAILING])
def test_what_does_not_hold(
    sent: Requests, assertion: Callable[[Requests], Any], sentence: str
) -> None:
    """Says what was expected and what was seen, then shows all requests, each refusal's why."""
    with pytest.raises(AssertionError) as failed:
        assertion(sent)

    told, _, table = str(failed.value).partition("\n\n")
    assert told.startswith(sentence)
    assert [line for line in table.splitlines() if line.startswith("#")] == [
        line for line in sent.everything().splitlines() if line.startswith("#")
    ]
    assert "alice  POST /v5/account/set-margin-mode  200/3400045 Set margin mode failed" in table
    assert '      sent: {"setMarginMode": "PORTFOLIO_MARGIN"}' in table
    assert "\n      why: " in table
    assert "\n        hint: " in table


def test_nothing_else_is_what_nobody_asked_for(sent: Requests) -> None:
    """Each assertion that passed has asked for what it found."""
    sent.in_order(INFO, MODE)
    sent.expect(BALANCE)
    with pytest.raises(AssertionError, match="seen #4 GET /v5/account/info"):
        sent.nothing_else()

    sent.expect(INFO, times=2)

    sent.nothing_else()


@pytest.mark.parametrize(
    ("route", "rule"),
    [
        (("GET v5/account/info",), "its path begins with /, or *"),
        (("v5/account/info",), "its path begins with /."),
        (("GTE /v5/account/info",), "its method is one of GET, POST,"),
        (("GTE",), "its method is one of GET, POST,"),
        (("GET", "v5/account/info"), "its path begins with /, or *"),
        (("GTE", "/v5/account/info"), "its method is one of GET, POST,"),
        (("POST GET /v5/account/info",), "its method is one of GET, POST,"),
        (("/v5/account/info?a=1",), "it has no query, ask for that by params={...}"),
        (("https://api.bybit.com/v5/account/info",), "its path begins with /."),
        (("",), "its method is one of GET, POST,"),
    ],
)
def test_what_is_no_route_is_refused(sent: Requests, route: tuple[str, ...], rule: str) -> None:
    """Nothing could ever be sent to it, so `times=0` would always hold."""
    told = f"is no route: {re.escape(rule)}.* Write such as 'POST /v5/"
    for looked_for in (sent.to, lambda *given: sent.expect(*given, times=0)):
        with pytest.raises(ValueError, match=told):
            looked_for(*route)


def test_a_star_is_any_method(sent: Requests) -> None:
    """Beside a path, and as one of two."""
    assert sent.to("* /v5/account/info").count == sent.to("*", "/v5/account/info").count == 2


def test_by_takes_accounts_of_this_exchange(utabox: Exchange, utabox_venue: Any) -> None:
    """The UID of another exchange's account is somebody else's here; a name is no account."""
    alice = utabox.account("alice")
    with utabox_venue() as other:
        other.account("bob").get("/v5/account/info")

        with pytest.raises(ValueError, match="another exchange: ask its own requests"):
            other.requests.by(alice)
        assert other.requests.by(alice.uid).count == 1
        name: Any = "bob"
        with pytest.raises(
            TypeError, match=r"'bob' is no account: give utabox.accounts\['bob'\], "
        ):
            other.requests.by(name)


@pytest.mark.parametrize(
    ("assertion", "sentence"),
    [
        (lambda sent: sent.expect(INFO, times=0, retcode=0),
         r"^expect\(\) takes no retcode: did you mean retCode\?$"),
        (lambda sent: sent.expect(INFO, tims=1), r"^expect\(\) takes no tims: did you mean times"),
        (lambda sent: sent.expect(INFO, zzz=1), r"no zzz: it takes times, number, time, method"),
        (lambda sent: sent.wait_for(INFO, timout=0), r"^wait_for\(\) takes no timout: did you mea"),
    ],
)  # fmt: skip
def test_what_a_request_does_not_have_is_refused(
    sent: Requests, assertion: Callable[[Requests], Any], sentence: str
) -> None:
    """Whatever was sent: a word that is written wrongly lets no test pass."""
    with pytest.raises(TypeError, match=sentence):
        assertion(sent)


def test_a_long_log_is_cut(utabox: Exchange) -> None:
    """The table has the newest 50 and says how many came before."""
    alice = utabox.account()
    for _ in range(53):
        alice.get("/v5/account/info")

    lines = utabox.requests.everything().splitlines()

    assert (lines[0], len(lines)) == ("... 3 earlier", 51)


def test_no_secret_is_shown(utabox: Exchange) -> None:
    """Not one that was sent as a parameter, nor the signature."""
    alice = utabox.account()
    alice.post("/v5/account/set-margin-mode", setMarginMode=alice.secret)
    alice.get("/v5/account/wallet-balance", accountType=alice.secret)

    assert alice.secret not in utabox.requests.everything()


# --- waiting ------------------------------------------------------------------------------------


def test_a_thread_is_waited_for(utabox: Exchange) -> None:
    """Until it has sent what is wanted; the newest of it is returned."""
    session = utabox.account().pybit()
    bot = threading.Thread(target=session.get_account_info)
    bot.start()

    call = utabox.requests.wait_for("/v5/account/info", timeout=30)

    bot.join()
    assert call.retCode == 0
    utabox.requests.nothing_else()


@pytest.mark.asyncio
async def test_a_task_is_waited_for(utabox: Exchange) -> None:
    """On the loop of the test, which goes on meanwhile."""
    async with utabox.account().ccxt_async() as client:
        bot = asyncio.ensure_future(client.private_get_v5_account_info())
        call = await utabox.requests.wait_for_async(INFO, timeout=30, retCode=0)
        await bot

    assert call.route == INFO
