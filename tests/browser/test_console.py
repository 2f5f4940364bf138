"""The console, as people use it: what a bot sent, why it was refused, what it changed."""

from __future__ import annotations

import http.server
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.actors import Actor, Exchange
from tests.browser.conftest import OpenPage, Watch
from tests.clients.test_pybit import pybit

from utabox.engine.account.funding import Fund
from utabox.engine.account.opening import CreateAccount
from utabox.server.journal_doors import SEARCHED_MAX

CONSOLE = "/-/console"
MODE = "/v5/account/set-margin-mode"


def log_in(page: Page, exchange: Exchange, where: str = "") -> Page:
    """Open the console and give it a code."""
    page.goto(f"{CONSOLE}{where}")
    page.get_by_label("Code, or the control token").fill(
        exchange.control("POST", "/-/session-codes")["code"]
    )
    page.get_by_role("button", name="Let me in").click()
    expect(page.get_by_role("status").first).to_have_text("Live")
    return page


@pytest.fixture
def console(page: Page, exchange: Exchange) -> Page:
    """A page that is in."""
    return log_in(page, exchange)


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    return exchange.account(USDT="5000")


def go(page: Page, exchange: Exchange, where: str) -> None:
    """Follow a link of the console's own kind: `#/venue/view/...`."""
    page.evaluate("where => { location.hash = where; }", f"#/{where}")


def rows(page: Page) -> Locator:
    return page.get_by_role("listbox").get_by_role("option")


def card(page: Page, name: str) -> Locator:
    """A part of an account's page, by its heading."""
    heading = page.get_by_role("heading", name=name)
    return page.locator("section.card").filter(has=heading)


def value(page: Page, name: str) -> Locator:
    """What stands beside a name in the account info."""
    term = page.locator("dt", has_text=name)
    return card(page, "Account info").locator(".fields > div").filter(has=term).locator("dd")


# --- in and out -----------------------------------------------------------------------------------


def test_a_code_lets_in_once(page: Page, exchange: Exchange, watch: Watch) -> None:
    """No token is in the URL or in a cookie that scripts read; out is out."""
    log_in(page, exchange)
    assert exchange.server.token not in page.url
    assert page.evaluate("document.cookie") == ""
    page.reload()
    expect(page.get_by_role("status").first).to_have_text("Live")

    page.get_by_role("button", name="Log out").click()

    expect(page.get_by_text("You are logged out.")).to_be_visible()
    page.get_by_label("Code, or the control token").fill("ABCD-EFGH-JKLM")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("`utabox console` prints a new one")
    assert any("401" in fault for fault in watch.faults)
    watch.faults.clear()


def test_a_logout_is_one_of_all_tabs(
    console: Page, alice: Actor, exchange: Exchange, watch: Watch
) -> None:
    """Nothing is left behind the gate: not the calls, and no secret that is shown once."""
    other = console.context.new_page()
    other.goto(f"{CONSOLE}#/default/accounts/{alice.uid}")
    act(other, "New key…").get_by_role("button", name="Make key").click()
    expect(other.get_by_role("group", name="Secret")).to_be_visible()

    console.get_by_role("button", name="Log out").click()

    for page in (console, other):
        expect(page.get_by_label("Code, or the control token")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert page.evaluate("typeof globalThis.utabox") == "undefined"
    other.get_by_label("Code, or the control token").fill(exchange.server.token)
    other.keyboard.press("Enter")
    for page in (console, other):
        expect(page.get_by_role("status").first).to_have_text("Live")
    watch.faults.clear()  # the browser's own word on a status of 401


def test_many_tabs_leave_room_for_calls(console: Page, exchange: Exchange) -> None:
    """A browser opens six connections to a host: four tabs listen, and others wait their turn."""
    tabs = [console, *(console.context.new_page() for _ in range(6))]
    for tab in tabs[1:]:
        tab.goto(CONSOLE)
    expect(tabs[-1].get_by_text("Waits for other tabs")).to_be_visible()
    assert tabs[-1].evaluate("fetch('/v5/market/time').then((reply) => reply.status)") == 200
    for tab in tabs[:3]:
        tab.close()
    for tab in tabs[3:]:
        expect(tab.get_by_role("status").first).to_have_text("Live")


SEEN = """hidden => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_tab_out_of_sight_catches_up(console: Page, exchange: Exchange) -> None:
    """It lets its connection go; seen again, it has all that came meanwhile."""
    exchange.get("/v5/market/time")
    expect(rows(console)).to_have_count(1)
    console.evaluate(SEEN, True)
    expect(console.get_by_role("status").first).to_have_text("Not connected")
    for _ in range(510):  # more than is asked for at once
        exchange.get("/v5/market/time")
    console.evaluate(SEEN, False)
    expect(console.get_by_text("511 requests")).to_be_visible()
    expect(console.get_by_role("status").first).to_have_text("Live")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("../faults", "There is no venue ..."),
        ("default/journal/abc", "There is no entry abc"),
        ("default/journal/0", "There is no entry 0"),
    ],
)
def test_an_address_that_leads_nowhere(
    console: Page, exchange: Exchange, where: str, said: str
) -> None:
    """It says so; nothing is asked for under a name that is none."""
    go(console, exchange, where)
    expect(console.get_by_role("alert")).to_contain_text(said.removesuffix("."))


def test_the_first_view_is_small(page: Page, exchange: Exchange) -> None:
    """Below 60 kB on the wire, all of it from this server."""
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    log_in(page, exchange)
    page.wait_for_load_state()
    assert 10_000 < sum(sizes) < 60_000


# --- what a bot sent ------------------------------------------------------------------------------


def test_a_bot_is_seen_as_it_acts(console: Page, alice: Actor, exchange: Exchange) -> None:
    """Its calls come without a reload, the newest at the top, and its account changes."""
    with pybit(alice) as session:
        session.get_account_info()
        expect(rows(console)).to_have_count(1)
        session.set_margin_mode(setMarginMode="ISOLATED_MARGIN")
        expect(rows(console).first).to_contain_text(MODE)

        go(console, exchange, f"default/accounts/{alice.uid}")
        expect(value(console, "marginMode")).to_have_text("ISOLATED_MARGIN")
        session.set_margin_mode(setMarginMode="REGULAR_MARGIN")
        expect(value(console, "marginMode")).to_have_text("REGULAR_MARGIN")


def test_the_reason_of_10004_is_found(console: Page, alice: Actor) -> None:
    """Whoever signs something else than what is sent sees both texts, and where they differ."""
    query, signed = "accountType=UNIFIED&coin=USDT,BTC", "accountType=UNIFIED&coin=USDT%2CBTC"
    sent = alice.headers(signed)
    reply = alice.exchange.wire.send("GET", f"/v5/account/wallet-balance?{query}", sent)
    assert reply.retCode == 10004

    console.get_by_text("Refused only").click()
    rows(console).first.click()

    why = console.get_by_role("region", name="Why")
    expect(why).to_contain_text("percent-encoded in another way")
    expect(console.get_by_role("group", name="Your client signed")).to_contain_text(signed)
    expect(console.get_by_role("group", name="The server signed")).to_contain_text(query)
    link = console.get_by_role("link", name="Try it in the API explorer")
    expect(link).to_have_attribute("href", "/docs/api-explorer/v5/account/wallet-balance")
    expect(console.locator("mark.gone")).to_have_text("%2C")
    expect(console.locator("mark.come")).to_have_text(",")


def test_what_a_call_changed(console: Page, alice: Actor) -> None:
    """The account before and after it, field by field."""
    alice.post(MODE, setMarginMode="ISOLATED_MARGIN")
    rows(console).first.click()
    row = console.get_by_role("row", name="info.marginMode")
    expect(row).to_have_text("info.marginModeREGULAR_MARGINISOLATED_MARGIN")


def test_the_list_is_filtered(console: Page, alice: Actor, exchange: Exchange) -> None:
    """By account, path, code and refusal; the filter is part of the address."""
    bob = exchange.account()
    alice.get("/v5/account/info")
    bob.get("/v5/account/info")
    bob.get("/v5/account/wallet-balance", "accountType=NOPE")
    expect(rows(console)).to_have_count(3)

    console.get_by_label("Account or key").fill(str(bob.uid))
    expect(rows(console)).to_have_count(2)
    console.get_by_label("retCode").fill("10001")
    expect(rows(console)).to_have_count(1)
    assert "code=10001" in console.url
    console.reload()
    expect(rows(console)).to_have_count(1)
    console.get_by_label("Path contains").fill("/v5/nothing")
    expect(console.get_by_text("Nothing fits")).to_be_visible()


def test_calls_of_before_the_page_was_opened(page: Page, exchange: Exchange) -> None:
    """All that the server keeps, asked for as they come into sight."""
    for _ in range(650):
        exchange.get("/v5/market/time")
    log_in(page, exchange)
    expect(page.get_by_text("500 requests")).to_be_visible()
    page.get_by_role("listbox").focus()
    page.keyboard.press("End")
    expect(page.get_by_text("650 requests")).to_be_visible()
    page.keyboard.press("End")
    expect(page.locator("[aria-posinset='650']")).to_be_visible()


def test_a_hundred_thousand_calls(console: Page, alice: Actor) -> None:
    """Only those in sight are elements, wherever the list is scrolled to."""
    alice.get("/v5/account/info")
    expect(rows(console)).to_have_count(1)
    console.evaluate(
        """() => {
          const one = utabox.calls[0];
          const more = (from, n) => Array.from({length: n}, (_, i) => ({...one, number: from + i}));
          for (let from = 2; from < 100_000; from += 1000) utabox.deliver(more(from, 1000));
        }"""
    )
    expect(console.get_by_text("100 000 requests")).to_be_visible()
    assert rows(console).count() < 60
    console.get_by_role("listbox").focus()
    console.keyboard.press("End")
    expect(console.locator("[aria-posinset='100000']")).to_be_visible()
    assert rows(console).count() < 60
    alice.get("/v5/account/info")  # the place that is looked at stays where it is
    expect(console.locator("[aria-posinset='100000']")).to_be_visible()
    console.keyboard.press("Home")
    expect(console.locator("[aria-posinset='1']")).to_be_visible()


# --- the past -------------------------------------------------------------------------------------


def test_the_account_as_of_an_entry(console: Page, alice: Actor, exchange: Exchange) -> None:
    """From the journal to the account as it was, step by step, and back to now."""
    alice.post(MODE, setMarginMode="ISOLATED_MARGIN")
    switched = exchange.entries
    alice.post(MODE, setMarginMode="PORTFOLIO_MARGIN")

    console.get_by_role("link", name="Journal").click()
    rows(console).filter(has_text="ISOLATED_MARGIN").click()
    detail = console.get_by_role("region", name="Entry")
    expect(detail).to_contain_text("margin-mode-set")
    detail.get_by_role("link", name=str(alice.uid)).first.click()

    expect(value(console, "marginMode")).to_have_text("ISOLATED_MARGIN")
    assert console.url.endswith(f"/accounts/{alice.uid}/at/{switched}")
    expect(console.get_by_role("button", name="Fund…")).to_have_count(0)
    console.get_by_role("button", name="One entry back").click()
    expect(value(console, "marginMode")).to_have_text("REGULAR_MARGIN")
    console.get_by_role("button", name="Now").click()
    expect(value(console, "marginMode")).to_have_text("PORTFOLIO_MARGIN")


def test_a_search_of_the_journal_goes_on_when_asked(
    console: Page, alice: Actor, exchange: Exchange
) -> None:
    """It looks through so many entries at once, says how far it came, and offers the rest."""
    bob, runtime = exchange.account(), exchange.server.venue.runtime
    fund = Fund(bob.uid, "USDT", Decimal(1))
    exchange.server.call(lambda: [runtime.execute(fund) for _ in range(SEARCHED_MAX)])

    go(console, exchange, f"default/journal?uid={alice.uid}")

    expect(console.get_by_text("None of the 5 000 newest entries is of")).to_be_visible()
    console.get_by_role("button", name="Look through").click()
    expect(rows(console).last).to_contain_text("create-account")
    expect(console.get_by_role("button", name="Look through")).to_have_count(0)


def test_an_account_beyond_the_listed_ones_is_opened(console: Page, exchange: Exchange) -> None:
    """The list says that it is cut, and takes a whole UID."""
    runtime = exchange.server.venue.runtime
    exchange.server.call(lambda: [runtime.execute(CreateAccount()) for _ in range(1000)])
    last = exchange.account(USDT="77")

    go(console, exchange, "default/accounts")
    expect(console.get_by_text("The first 1 000 accounts are looked through")).to_be_visible()
    console.get_by_label("Find an account").fill(str(last.uid))
    console.get_by_role("link", name=f"Open account {last.uid}").click()

    expect(card(console, "Wallets")).to_contain_text("77")


# --- acts -----------------------------------------------------------------------------------------


def act(page: Page, button: str) -> Locator:
    """Open an act."""
    page.get_by_role("button", name=button).click()
    return page.get_by_role("dialog")


def test_the_usual_acts(console: Page, alice: Actor, exchange: Exchange) -> None:
    """Fund, margin mode, leader, expire a key: each is done, and seen."""
    go(console, exchange, f"default/accounts/{alice.uid}")
    dialog = act(console, "Fund…")
    dialog.get_by_label("Coin").fill("btc")
    dialog.get_by_label("Amount").fill("0.25")
    dialog.get_by_role("button", name="Fund", exact=True).click()
    expect(card(console, "Wallets")).to_contain_text("0.25")

    dialog = act(console, "Margin mode…")
    dialog.get_by_label("Margin mode").select_option("ISOLATED_MARGIN")
    dialog.get_by_role("button", name="Switch", exact=True).click()
    expect(value(console, "marginMode")).to_have_text("ISOLATED_MARGIN")

    act(console, "Make leader…").get_by_role("button", name="Make leader").click()
    expect(value(console, "isMasterTrader")).to_have_text("true")

    act(console, f"Expire the key {alice.api_key}").get_by_role("button", name="Expire now").click()
    expect(card(console, "Keys")).to_contain_text("expired")
    assert alice.get("/v5/account/info").retCode == 33004


def test_a_refused_act_says_why(
    console: Page, alice: Actor, exchange: Exchange, watch: Watch
) -> None:
    """Of a door, with its hint; of the exchange's own API, with its code and reasons."""
    go(console, exchange, f"default/accounts/{alice.uid}")
    dialog = act(console, "Fund…")
    dialog.get_by_label("Amount").fill("-9999")
    dialog.get_by_role("button", name="Fund", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Seen: ")
    dialog.get_by_role("button", name="Cancel").click()
    watch.faults.clear()  # the browser's own word on a status of 400

    alice.fund(USDT="-4500")
    dialog = act(console, "Margin mode…")
    dialog.get_by_label("Margin mode").select_option("PORTFOLIO_MARGIN")
    dialog.get_by_role("button", name="Switch", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("3400045")


def run_as_shown(page: Page, exchange: Exchange, form: str) -> None:
    """Run what an act shows as its command line or its HTTP form."""
    text = page.get_by_role("dialog").get_by_role("group", name=form).inner_text()
    words = shlex.split(text.replace("$UTABOX_TOKEN", exchange.server.token))
    command = [sys.executable, "-m", *words] if words[0] == "utabox" else [*words, "-sSf"]
    environment = {**os.environ, "UTABOX_TOKEN": exchange.server.token}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("form", ["Command line", "HTTP"])
def test_an_act_shows_its_other_forms(
    console: Page, alice: Actor, exchange: Exchange, form: str
) -> None:
    """What is shown can be run as it stands, and does the same; no token is in it."""
    go(console, exchange, f"default/accounts/{alice.uid}")
    dialog = act(console, "Fund…")
    dialog.get_by_label("Amount").fill("234.5")
    expect(dialog).not_to_contain_text(exchange.server.token)
    run_as_shown(console, exchange, form)
    dialog.get_by_role("button", name="Cancel").click()
    expect(card(console, "Wallets")).to_contain_text("5 234.5")

    act(console, "Make leader…")
    run_as_shown(console, exchange, form)
    assert alice.info["isMasterTrader"] is True


@pytest.mark.parametrize("form", ["Command line", "HTTP"])
def test_a_signed_act_shows_its_other_forms(
    console: Page, alice: Actor, exchange: Exchange, form: str
) -> None:
    """With a key of the account in two variables, and never without one."""
    go(console, exchange, f"default/accounts/{alice.uid}")
    dialog = act(console, "Margin mode…")
    dialog.get_by_label("Margin mode").select_option("ISOLATED_MARGIN")
    text = dialog.get_by_role("group", name=form).inner_text()
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    key = {"UTABOX_API_KEY": alice.api_key, "UTABOX_API_SECRET": alice.secret}
    for given in ({}, key):
        shell = ["sh", "-c", text]
        subprocess.run(shell, env={**environment, **given}, capture_output=True, timeout=60)
        told = "ISOLATED_MARGIN" if given else "REGULAR_MARGIN"
        assert alice.info["marginMode"] == told


def test_a_fault_is_added_and_met(console: Page, alice: Actor) -> None:
    """A client sees it, and the page counts it."""
    console.get_by_role("link", name="Faults").click()
    console.get_by_role("button", name="System busy").click()
    console.get_by_label("Path").fill("/v5/account/info")
    expect(console.get_by_role("group", name="Command line")).to_contain_text(
        "utabox fault add --path /v5/account/info --ret-code 10016 --times 3"
    )
    console.get_by_role("button", name="Order it").click()
    fault = console.locator(".fault")
    expect(fault).to_contain_text("retCode 10016")

    codes = [alice.get("/v5/account/info").retCode for _ in range(4)]

    assert codes == [10016, 10016, 10016, 0]
    expect(fault).to_contain_text("spent")
    act(console, "Remove fault 1").get_by_role("button", name="Remove").click()
    expect(console.get_by_text("Nothing fails on purpose")).to_be_visible()


def test_time_is_stopped_and_stepped(console: Page, exchange: Exchange) -> None:
    """The page's clock is the venue's, and each button says what it is elsewhere."""
    console.get_by_role("link", name="Clock", exact=True).last.click()
    console.get_by_role("button", name="Freeze").click()
    expect(console.get_by_text("stands still", exact=True)).to_be_visible()
    before = exchange.control("GET", "/-/clock")["time"]
    console.get_by_role("button", name="+1h").hover()
    expect(console.get_by_role("group", name="Command line").first).to_contain_text("step 1h")
    console.get_by_role("button", name="+1h").click()
    expect(console.get_by_text("ahead of the machine")).to_be_visible()
    assert exchange.control("GET", "/-/clock")["time"] == before + 3_600_000


@pytest.fixture
def tokyo(new_page: OpenPage, exchange: Exchange) -> Page:
    """A page of a browser far from UTC that is in."""
    return log_in(new_page(timezone_id="Asia/Tokyo"), exchange, "#/default/clock")


def test_a_jump_is_to_a_time_in_utc(tokyo: Page, exchange: Exchange) -> None:
    """Whatever zone the browser is in; what is no time is said to be none, and nothing moves."""
    form = tokyo.locator("section.card").filter(has=tokyo.get_by_role("heading", name="Jump to"))
    before = exchange.entries
    for none in ("soon", "2100-02-30", "2100-13-01T00:00", "12:00"):
        form.get_by_label("Time, UTC").fill(none)
        form.get_by_role("button", name="Jump there").click()
        expect(form.get_by_role("alert")).to_contain_text(f"{none} is no time")
    assert exchange.entries == before

    form.get_by_label("Time, UTC").fill("2100-01-02 03:04")
    form.get_by_text("The same without this page").click()
    expect(form.get_by_role("group", name="HTTP")).to_contain_text("4102542240000")
    form.get_by_role("button", name="Jump there").click()
    expect(tokyo.get_by_text("Jumped.")).to_be_visible()
    # 47,482 days from 1970 to 2100, of which 32 are of leap years; and a day, 3 hours, 4 minutes
    jumped = (47_483 * 86_400 + 3 * 3_600 + 4 * 60) * 1000
    assert 0 <= exchange.control("GET", "/-/clock")["time"] - jumped < 60_000


def test_calls_of_before_a_restore_are_no_more(console: Page, exchange: Exchange) -> None:
    """The list is of one past: what they say of the journal is not true of the new one."""
    exchange.control("PUT", "/-/venues/default/snapshots/kept")
    exchange.get("/v5/market/time")
    expect(rows(console)).to_have_count(1)
    exchange.control("POST", "/-/venues/default/snapshots/kept/restore")
    expect(rows(console)).to_have_count(0)
    exchange.get("/v5/market/time")
    expect(rows(console)).to_have_count(1)


def test_a_venue_is_made_kept_restored_and_dropped(console: Page, exchange: Exchange) -> None:
    """In the page alone; another venue is another list of requests."""
    console.get_by_role("link", name="Venues").click()
    dialog = act(console, "New venue")
    dialog.get_by_label("Name").fill("mine")
    dialog.get_by_role("button", name="Make it").click()
    expect(dialog.get_by_role("group", name="Base URL")).to_contain_text("/venues/mine")
    dialog.get_by_role("button", name="Done").click()
    act(console, "Snapshot mine").get_by_role("button", name="Keep it as it is").click()
    expect(console.get_by_text("Snapshots: at-")).to_be_visible()
    exchange.control("POST", "/venues/mine/-/accounts", {})

    dialog = act(console, "Restore mine")
    dialog.get_by_label("Snapshot").select_option(index=0)
    dialog.get_by_role("button", name="Let it be so again").click()
    expect(dialog).to_be_hidden()
    assert len(exchange.control("GET", "/venues/mine/-/accounts")) == 1
    console.get_by_role("button", name="Show", exact=True).click()
    expect(console.get_by_text("No request yet")).to_be_visible()
    exchange.get("/venues/mine/v5/market/time")
    expect(rows(console)).to_have_count(1)

    console.get_by_role("link", name="Venues").click()
    act(console, "Drop mine").get_by_role("button", name="Drop").click()
    expect(console.get_by_label("Venue", exact=True)).to_have_value("default")


def test_a_venue_that_is_none(page: Page, exchange: Exchange, watch: Watch) -> None:
    """An old address leads to the venues that there are, and says so."""
    log_in(page, exchange)
    go(page, exchange, "nowhere/requests")
    expect(page.get_by_text("There is no venue nowhere.")).to_be_visible()
    expect(page.get_by_label("Venue", exact=True)).to_have_value("default")
    watch.faults.clear()  # the browser's own word on a status of 404


def test_pictures_of_an_account_and_of_the_requests(
    console: Page, alice: Actor, exchange: Exchange
) -> None:
    """Each says in words what it shows."""
    alice.get("/v5/account/info")
    alice.get("/v5/account/info", sign="0" * 64)
    go(console, exchange, f"default/pictures/{alice.uid}")
    expect(console.get_by_role("img", name=f"Equity of {alice.uid} over time")).to_be_visible()
    expect(console.get_by_role("img", name="Margin rates")).to_be_visible()
    expect(console.get_by_role("img", name="Requests per 1 s")).to_be_visible()
    expect(console.get_by_role("img", name="Time that the server took")).to_be_visible()
    console.get_by_role("button", name="10004").click()
    expect(rows(console)).to_have_count(1)


# --- safety ---------------------------------------------------------------------------------------

MARKUP = [
    "<script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>",
    "<svg onload=window.hacked=1>", "\"><iframe src=javascript:window.hacked=1>",
    "javascript:window.hacked=1", "{{constructor.constructor('window.hacked=1')()}}",
    "${window.hacked=1}", "'-window.hacked=1-'", "</title></style><script>hacked=1</script>",
    "<a href=javascript:window.hacked=1>x</a>", "<math><mtext></form><form><mglyph><style></math>",
    "<style>*{display:none}</style>", "<base href=//evil.example/>", "<meta http-equiv=refresh>",
    "&lt;script&gt;", "%3Cscript%3E", "__proto__", "constructor", "‮drowssap", "\u2028\u2029",
]  # fmt: skip
HOSTILE = [f"{number} {text} {number}" for number in range(15) for text in MARKUP]
INJECTED = "#app :is(script, img, iframe, style, base, meta, math, form form, a[href^=javascript])"


def test_hostile_strings_are_text(console: Page, alice: Actor, exchange: Exchange) -> None:
    """300 of them as notes, and as user agents, queries, paths and order ids of requests."""
    assert len(HOSTILE) == 300
    for text in HOSTILE:
        exchange.control("POST", "/-/faults", {"note": text, "retCode": 1, "path": "/v5/none"})
    console.get_by_role("link", name="Faults").click()
    expect(console.locator(".fault")).to_have_count(300)
    notes = console.locator(".fault .fault-main p.muted").evaluate_all(
        "found => found.map((each) => each.textContent)"
    )
    assert notes == HOSTILE

    for text in HOSTILE:
        agent = {"User-Agent": text.encode("ascii", "replace").decode()}
        target = f"/v5/order/{quote(text, safe='<>')}?orderLinkId={quote(text, safe='<>=')}"
        body = f'{{"orderLinkId": "{text}"}}'.encode()
        exchange.wire.send("POST", target, {**alice.headers("x"), **agent}, body)
    console.get_by_role("link", name="Requests").click()
    expect(console.get_by_text("300 requests")).to_be_visible()
    for number in range(1, 41):
        go(console, exchange, f"default/requests/{number}")
        text = HOSTILE[number - 1]
        shown = console.get_by_role("group", name="Body")
        expect(shown).to_contain_text(" ".join(text.split()))
    assert console.locator(INJECTED).count() == 0
    assert console.evaluate("window.hacked") is None


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """A page of another origin that tries what such pages try."""

    page = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's name
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """Its port."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


TRIES = """async (ours) => {
  const heard = {};
  const attempt = async (name, work) => {
    try { heard[name] = await work(); } catch (error) { heard[name] = "refused"; }
  };
  const of = (path, given) => fetch(ours + path, {credentials: "include", ...given});
  await attempt("read", async () => (await of("/-/accounts")).status);
  await attempt("read with the header", async () =>
    (await of("/-/accounts", {headers: {"X-Utabox-Console": "1"}})).status);
  await attempt("read blindly", async () => (await of("/-/accounts", {mode: "no-cors"})).type);
  await attempt("write blindly", async () => (await of("/-/venues",
    {method: "POST", mode: "no-cors", body: '{"name":"stolen"}'})).type);
  await attempt("a session", async () => (await of("/-/session",
    {method: "POST", mode: "no-cors", body: '{"code":"ABCD"}'})).type);
  await attempt("events", () => new Promise((resolve) => {
    const source = new EventSource(ours + "/-/events", {withCredentials: true});
    source.onopen = source.onmessage = () => resolve("open");
    source.onerror = () => { source.close(); resolve("refused"); };
  }));
  await attempt("a frame", () => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = ours + "/-/console";
    frame.onload = () => {
      try { resolve(frame.contentDocument ? "empty" : "refused"); } catch { resolve("refused"); }
    };
    document.body.append(frame);
  }));
  await attempt("a script", () => new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = ours + "/-/assets/console/app.js";
    script.onload = () => resolve("loaded");
    script.onerror = () => resolve("refused");
    document.body.append(script);
  }));
  const opened = window.open(ours + "/-/console");
  await new Promise((resolve) => setTimeout(resolve, 300));
  await attempt("a window", async () => (!opened || opened.closed ? "refused" : "held"));
  return heard;
}"""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_from_elsewhere_can_do_nothing(
    console: Page, exchange: Exchange, watch: Watch, elsewhere: int, host: str
) -> None:
    """In the browser that is logged in: another port of the same host, and another host."""
    before = exchange.entries
    hostile = console.context.new_page()
    hostile.goto(f"http://{host}:{elsewhere}/")

    heard = hostile.evaluate(TRIES, exchange.server.url)

    assert heard == {
        "read": "refused",
        "read with the header": "refused",
        "read blindly": "refused",
        "write blindly": "refused",
        "a session": "refused",
        "events": "refused",
        "a frame": "refused",
        "a script": "refused",
        "a window": "refused",
    }
    hostile.set_content(
        f'<form method="post" enctype="text/plain" action="{exchange.server.url}/-/venues">'
        """<input name='{"name":"stolen","x":"' value='"}'></form>"""
    )
    with hostile.expect_navigation():
        hostile.evaluate("document.forms[0].submit()")
    expect(hostile.locator("body")).to_contain_text("Authorization")
    assert exchange.entries == before
    assert [venue["name"] for venue in exchange.control("GET", "/-/venues")] == ["default"]
    hostile.close()
    watch.faults.clear()  # that page did ask for what it may not have


# --- craft ----------------------------------------------------------------------------------------

VIEWS = ["requests", "accounts", "journal", "pictures", "clock", "faults", "venues"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_view_is_accessible(
    new_page: OpenPage,
    exchange: Exchange,
    alice: Actor,
    accessible: Callable[[Page], list[str]],
    theme: str,
) -> None:
    """Nothing serious, and nothing beside the screen, on a large one and at 360 px."""
    alice.get("/v5/account/info", sign="0" * 64)
    alice.post(MODE, setMarginMode="ISOLATED_MARGIN")
    exchange.control("POST", "/-/faults", {"retCode": 10016, "times": 2, "path": "/v5/none"})
    page = log_in(new_page(color_scheme=theme, reduced_motion="reduce"), exchange)
    found: dict[str, list[str]] = {}
    places = [*VIEWS, "requests/1", "requests/2", f"journal/{exchange.entries}"]
    for place in [*places, f"accounts/{alice.uid}", f"accounts/{alice.uid}/at/{exchange.entries}"]:
        go(page, exchange, f"default/{place}")
        page.wait_for_function("document.querySelector('main .view')?.childElementCount > 0")
        page.wait_for_timeout(150)
        found[place] = accessible(page)
        page.set_viewport_size({"width": 360, "height": 740})
        beside = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found[f"{place} at 360 px"] = [f"{beside} px beside the screen"] if beside > 0 else []
        page.set_viewport_size({"width": 1440, "height": 900})
    go(page, exchange, f"default/accounts/{alice.uid}")
    act(page, "Fund…")
    found["an act"] = accessible(page)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_keyboard_is_enough(page: Page, exchange: Exchange, alice: Actor) -> None:
    """From the code to the reason of a refusal, and back."""
    alice.get("/v5/account/info", sign="0" * 64)
    alice.get("/v5/account/info")
    page.goto(CONSOLE)
    expect(page.get_by_label("Code, or the control token")).to_be_focused()
    page.keyboard.type(exchange.control("POST", "/-/session-codes")["code"])
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(2)

    page.keyboard.press("2")
    expect(page.get_by_role("link", name=str(alice.uid))).to_be_visible()
    page.keyboard.press("1")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("listbox").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("region", name="Why")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Open a request")).to_be_visible()
    expect(page.get_by_role("listbox")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Path contains")).to_be_focused()
