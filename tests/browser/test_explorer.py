"""The API explorer, as people use it: look, press RUN, understand the answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from playwright.sync_api import Locator, Page, expect
from tests.actors import Actor, Exchange
from tests.browser.conftest import OpenPage, Watch
from tests.clients.conftest import KeyPair, _pem

from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET

EXPLORER = "/docs/api-explorer/"
CLIENTS = Path(__file__).resolve().parents[1] / "clients"
INFO = f"{EXPLORER}v5/account/account-info"
MODE = f"{EXPLORER}v5/account/set-margin-mode"
WALLET = f"{EXPLORER}v5/account/wallet-balance"
KEY = f"{EXPLORER}v5/user/apikey-info"
TRANSFER = f"{EXPLORER}v5/asset/transfer/create-inter-transfer"


def run(page: Page) -> None:
    """Press RUN and wait for what comes of it."""
    page.get_by_role("button", name="RUN").click()
    expect(page.get_by_role("button", name="RUN")).to_be_enabled()
    expect(page.locator(".run-line .status")).not_to_have_text("Asking ...")


def sign_as(page: Page, actor: Actor, secret: str | None = None) -> None:
    """Paste a key and its secret, or another."""
    page.get_by_label("Sign as").select_option("key")
    page.get_by_label("API key", exact=True).fill(actor.api_key)
    page.get_by_label("Secret, or RSA private key in PEM").fill(secret or actor.secret)


def status(page: Page) -> str:
    return page.locator(".run-line .status").inner_text()


def tree(page: Page) -> Locator:
    return page.get_by_role("region", name="The answer with its fields explained")


def answer(page: Page) -> str:
    return tree(page).inner_text()


def body(page: Page) -> dict[str, object]:
    """The answer as it came."""
    text = page.locator(".more pre").text_content() or ""
    parsed: dict[str, object] = json.loads(text.split("\n\n", 1)[1])
    return parsed


def program(page: Page, client: str) -> str:
    """The same call as code for a client."""
    page.get_by_role("tab", name="As code").click()
    page.get_by_role("button", name=client, exact=True).click()
    return page.locator(".program").inner_text()


@pytest.fixture(scope="module")
def key_pair() -> KeyPair:
    """2048 bits, PKCS#8 and SubjectPublicKeyInfo."""
    return _pem(generate_private_key(public_exponent=65537, key_size=2048))


def test_a_newcomer_presses_run_and_understands(page: Page) -> None:
    """From the list to account info, with the key that every server prints: nothing to set up."""
    page.goto(EXPLORER)
    page.get_by_role("link", name="Start with account info").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("GET /v5/account/info")
    run(page)
    assert "Success 0" in status(page)
    assert "49 of 50 calls left" in status(page)
    told = answer(page)
    assert '"marginMode": "REGULAR_MARGIN"' in told
    assert "Cross margin: all collateral stands for all positions." in told
    assert "Unified account 2.0." in told
    page.get_by_role("button", name='"REGULAR_MARGIN"').click()
    values = page.get_by_role("dialog").get_by_role("row")
    expect(values).to_have_count(4)  # the head, and the three modes of the documentation
    expect(page.locator("tr.chosen")).to_contain_text("REGULAR_MARGIN")


def test_the_signed_text_is_shown_in_its_parts(page: Page) -> None:
    """Timestamp, key, window and payload, and a signature that is the specification's."""
    page.goto(WALLET)
    run(page)
    page.get_by_role("tab", name="What is signed").click()
    parts = page.locator(".signed .text .part").all_inner_texts()
    assert parts[1:] == [DEMO_API_KEY, "5000", "accountType=UNIFIED"]
    assert parts[0].isdigit()
    signature = hmac.new(DEMO_API_SECRET.encode(), "".join(parts).encode(), hashlib.sha256)
    expect(page.locator(".signed")).to_contain_text(signature.hexdigest())
    request = page.locator("#panel-request pre").inner_text()
    assert request.startswith("GET /v5/account/wallet-balance?accountType=UNIFIED\n")
    assert f"X-BAPI-SIGN: {signature.hexdigest()}" in request


def test_a_refusal_gives_its_reason_and_then_way(page: Page, exchange: Exchange) -> None:
    """Portfolio margin needs an equity of 1000 USD: some cents short, then not."""
    alice = exchange.account(USDC="999.99")
    page.goto(MODE)
    sign_as(page, alice)
    page.get_by_label("setMarginMode", exact=True).select_option("PORTFOLIO_MARGIN")
    run(page)
    assert "Refused 3400045" in status(page)
    why = page.get_by_role("group", name="Why it was refused")
    expect(why).to_contain_text("totalEquity 999.89")  # a USDC is at 0.9999 USD
    expect(why).to_contain_text("totalEquity >= 1000 USD")
    assert alice.info["marginMode"] == "REGULAR_MARGIN"
    alice.fund(USDC="0.12")
    run(page)
    assert "Success 0" in status(page)
    expect(why).to_have_count(0)
    assert alice.info["marginMode"] == "PORTFOLIO_MARGIN"


def test_a_code_can_be_looked_up_from_the_answer(page: Page, exchange: Exchange) -> None:
    """It says what the exchange says of it, and where it stands among the endpoint's refusals."""
    alice = exchange.account()
    page.goto(MODE)
    sign_as(page, alice)
    page.get_by_label("setMarginMode", exact=True).select_option("PORTFOLIO_MARGIN")
    run(page)
    tree(page).get_by_role("button", name="3400045").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2)).to_have_text("retCode 3400045")
    expect(dialog.locator(".chosen")).to_contain_text("Set margin mode failed")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_wrong_secret_is_explained(page: Page, exchange: Exchange) -> None:
    """10004, with what the server signed in place of it; the secret stands nowhere."""
    alice = exchange.account()
    page.goto(INFO)
    sign_as(page, alice, "notTheSecretOfThisKeyAtAll0000000000")
    run(page)
    assert "Refused 10004" in status(page)
    why = page.get_by_role("group", name="Why it was refused")
    expect(why).to_contain_text("secret")
    expect(why).not_to_contain_text(alice.secret)
    page.get_by_label("Secret, or RSA private key in PEM").fill(f" {alice.secret}\n")
    run(page)
    assert "Success 0" in status(page)


def test_an_rsa_key_signs(page: Page, exchange: Exchange, key_pair: KeyPair) -> None:
    """A private key in PEM in place of a secret; the exchange has the public one."""
    alice = exchange.account().key(publicKey=key_pair.public)
    page.goto(INFO)
    sign_as(page, alice, key_pair.private)
    run(page)
    assert "Success 0" in status(page)
    page.get_by_role("tab", name="What is signed").click()
    expect(page.locator(".signed")).to_contain_text("RSA PKCS#1 v1.5 over SHA-256")


def test_a_key_that_is_none_is_refused_with_a_sentence(page: Page, exchange: Exchange) -> None:
    """In the page: nothing is sent."""
    alice = exchange.account()
    page.goto(INFO)
    sign_as(page, alice, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
    run(page)
    expect(page.locator("#panel-answer")).to_contain_text("the private key cannot be read")
    assert exchange.control("GET", "/-/requests") == [
        {**each} for each in exchange.control("GET", "/-/requests") if each["path"] == TIME
    ]


TIME = "/v5/market/time"


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("v5/account/account-info", "GET /v5/account/info"),
        ("v5/account/set-margin-mode", "POST /v5/account/set-margin-mode"),
        ("v5/asset/transfer/unitransfer", "POST /v5/asset/transfer/universal-transfer"),
        ("v5/spot-margin-uta/vip-margin", "GET /v5/spot-margin-trade/data"),
        ("v5/demo/create-demo-member", "POST /v5/user/create-demo-member"),
        ("v5/account/contract-transaction-log", "GET /v5/account/contract-transaction-log"),
        ("v5/error", "Error codes"),
        ("v5/enum", "Enumerations"),
    ],
)
def test_a_page_has_the_exchanges_name(page: Page, address: str, heading: str) -> None:
    """Its address can be kept; where the exchange has no page, the path is its name."""
    reply = page.goto(EXPLORER + address)
    assert reply is not None
    assert reply.status == 200
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("v5/order/create-order", "The exchange documents order/create-order"),
        ("v5/no/such-page", "has a page no/such-page"),
        ("v5/%E0%A4%A", "has a page %E0%A4%A"),
    ],
)
def test_a_page_that_is_not_here_says_so(
    page: Page, watch: Watch, address: str, sentence: str
) -> None:
    """With the status of something that is not there."""
    reply = page.goto(EXPLORER + address)
    assert reply is not None
    assert reply.status == 404
    expect(page.locator("main")).to_contain_text(sentence)
    assert [fault for fault in watch.faults if "404" not in fault] == []
    watch.faults.clear()


def test_the_parameters_stand_in_the_address(page: Page) -> None:
    """So a call can be kept and sent to a colleague; it is not made by opening it."""
    page.goto(f"{WALLET}?accountType=UNIFIED&coin=BTC%2CETH")
    expect(page.get_by_label("coin", exact=True)).to_have_value("BTC,ETH")
    expect(page.locator(".status")).to_be_empty()
    page.get_by_label("coin", exact=True).fill("USDC")
    run(page)
    assert page.url.endswith("?accountType=UNIFIED&coin=USDC")


def test_a_parameter_is_sent_as_it_was_written(page: Page, exchange: Exchange) -> None:
    """Characters that a URL spells otherwise are signed as they are sent."""
    page.goto(WALLET)
    page.get_by_label("coin", exact=True).fill("it's <&> ü+/?#")
    run(page)
    assert "Refused 10001" in status(page)
    logged = exchange.control("GET", "/-/requests")[-1]
    assert logged["query"] == "accountType=UNIFIED&coin=it%27s%20%3C%26%3E%20%C3%BC%2B%2F%3F%23"


def test_the_keyboard_is_enough(page: Page) -> None:
    """Find, open, run and look, without a mouse."""
    page.goto(EXPLORER)
    page.wait_for_selector(".rows")
    page.keyboard.press("/")
    page.keyboard.type("set-margin-mode")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".run-line .status")).to_contain_text("Success 0")
    page.get_by_role("tab", name="Answer").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="What is signed")).to_be_focused()
    expect(page.get_by_role("tabpanel")).to_contain_text('{"setMarginMode":"PORTFOLIO_MARGIN"}')


def test_the_list_is_searched_by_fields_and_codes(page: Page) -> None:
    """`spotHedgingStatus` stands in one answer, 140001 in one list of refusals."""
    page.goto(EXPLORER)
    page.get_by_role("searchbox").fill("spotHedgingStatus")
    expect(page.locator("main .rows a")).to_have_count(1)
    page.get_by_role("searchbox").fill("140001")
    expect(page.locator("main .rows a .path")).to_have_text(["/v5/account/set-hedging-mode"])


def beside(page: Page, title: str) -> Locator:
    """The links of a group in the list at the side."""
    group = page.locator("#nav section").filter(has=page.get_by_role("heading", name=title))
    return group.get_by_role("link")


@pytest.mark.parametrize(
    ("asked", "counted"),
    [
        ("10016", "0 endpoints, 1 code"),  # of the documentation; no endpoint here answers it
        ("10004", "0 endpoints, 1 code"),  # of the door
        ("PORTFOLIO_MARGIN", "endpoints"),  # a value
        ("wallet-balance", "1 endpoint"),
        ("zzz", "0 endpoints"),
    ],
)
def test_a_search_counts_what_it_found(page: Page, asked: str, counted: str) -> None:
    """And says nothing else: a list without a group is not the word "false"."""
    page.goto(EXPLORER)
    page.wait_for_selector("main .rows")
    page.get_by_role("searchbox").fill(asked)
    expect(page.locator("#nav .found")).to_contain_text(counted)
    assert "false" not in page.locator("#nav").inner_text()
    assert "false" not in page.locator("main").inner_text()


def test_a_code_is_found_and_told(page: Page) -> None:
    """Enter leads to the page of the codes, which tells at once what was asked for."""
    page.goto(INFO)
    page.wait_for_selector(".run")
    page.get_by_role("searchbox").fill("10004")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Error codes")
    told = page.get_by_role("region", name="Code 10004")
    expect(told).to_contain_text("the signature does not sign timestamp, key, window and payload")
    page.reload()
    expect(told).to_be_visible()
    page.get_by_label("Code or words").fill("no such code")
    expect(page.locator(".intro [role=status]")).to_contain_text("0 of")
    expect(told).to_have_count(0)


def test_what_is_documented_and_not_here_is_found(page: Page) -> None:
    """By its path; its page says so, and what the exchange calls it."""
    page.goto(EXPLORER)
    page.wait_for_selector("main .rows")
    page.get_by_role("searchbox").fill("order/create")
    absent = page.get_by_role("region", name="Documented, not here")
    expect(absent.locator(".path").first).to_have_text("/v5/order/create")
    beside(page, "Documented, not here").first.click()
    expect(page.locator("main")).to_contain_text("POST /v5/order/create is answered by 404")
    page.goto(f"{EXPLORER}v5/not-here?q=spread%2Forder%2Fcreate")
    expect(page.locator("main .rows .path")).to_have_text(["/v5/spread/order/create"])


def test_the_look_ups_stand_on_every_page(page: Page) -> None:
    """Codes, enumerations, and what is not here: above the endpoints."""
    page.goto(INFO)
    page.wait_for_selector(".run")
    names = ["Error codes", "Enumerations", "Documented, not here"]
    expect(beside(page, "Look up").locator("span:last-child")).to_have_text(names)


def test_a_transfers_id_is_fresh_for_each_call(page: Page, exchange: Exchange) -> None:
    """After each load and each RUN; the one just sent can be had back, and is refused."""
    page.goto(TRANSFER)
    field = page.get_by_label("transferId", exact=True)
    first = field.input_value()
    run(page)
    second = field.input_value()
    run(page)
    sent = json.loads(exchange.control("GET", "/-/requests")[-1]["body"])["transferId"]
    assert "Success 0" in status(page)
    assert sent == second
    page.get_by_role("button", name="the one just sent").click()
    run(page)
    assert "Refused" in status(page)
    assert field.input_value() == second  # it was chosen, and stays
    page.goto(TRANSFER)
    assert len({first, second, field.input_value()}) == 3


def test_a_refusal_says_nothing_of_a_success(page: Page) -> None:
    """Its empty result is no wallet."""
    page.goto(f"{WALLET}?accountType=UNIFIED&coin=NOPE!")
    run(page)
    assert '"result": {},' in answer(page)
    assert "Empty: it was refused." in answer(page)
    assert "The wallets of an account" not in answer(page)


def test_before_run_stands_what_will_be_signed(page: Page) -> None:
    """The panel is not empty, and follows the form."""
    page.goto(WALLET)
    parts = page.locator(".signed .text .part")
    expect(parts.nth(3)).to_have_text("accountType=UNIFIED")
    page.get_by_label("coin", exact=True).fill("BTC")
    expect(parts.nth(3)).to_have_text("accountType=UNIFIED&coin=BTC")


HOSTILE = "<img src=x onerror=\"document.body.dataset.hacked='1'\"><script>alert(1)</script>"


def test_a_hostile_value_is_text(page: Page, exchange: Exchange) -> None:
    """In an answer, in a parameter, in a why and in code."""
    alice = exchange.account().key(note=HOSTILE)
    page.goto(KEY)
    sign_as(page, alice)
    run(page)
    assert json.dumps(HOSTILE) in answer(page)
    page.goto(f"{WALLET}?coin=")
    page.get_by_label("coin", exact=True).fill(HOSTILE)
    run(page)
    assert "Refused 10001" in status(page)
    assert HOSTILE in program(page, "ccxt").replace('\\"', '"')
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("document.body.dataset.hacked ?? ''") == ""


def test_a_large_number_is_not_rounded(page: Page) -> None:
    """`timeNano` and the like: what stands in the answer stands on the page."""
    page.goto(f"{EXPLORER}v5/market/time")
    run(page)
    result = body(page)["result"]
    assert isinstance(result, dict)
    assert f'"timeNano": "{result["timeNano"]}"' in answer(page)


def test_a_long_list_is_shown_in_parts(page: Page) -> None:
    """The first rows, and a button for more: a thousand rows hold nobody up."""
    page.goto(f"{EXPLORER}v5/account/collateral-info")
    run(page)
    rows = len(body(page)["result"]["list"])  # type: ignore[index]
    shown = tree(page).get_by_text('"currency"')
    expect(shown).to_have_count(10)
    page.get_by_role("button", name=f"{rows - 10} more, of {rows}").click()
    expect(shown).to_have_count(min(rows, 60))


def test_a_venue_has_an_explorer_of_its_own(page: Page, exchange: Exchange) -> None:
    """Under its base URL, where its paths begin, too."""
    made = exchange.control("POST", "/-/venues", {"name": "mine"})
    mine = Actor(exchange, 0, made["apiKey"], made["apiSecret"])
    page.goto(f"/venues/mine{INFO}")
    sign_as(page, mine)
    run(page)
    assert "Success 0" in status(page)
    assert f"{exchange.server.url}/venues/mine" in program(page, "pybit")
    logged = exchange.control("GET", "/venues/mine/-/requests")
    assert [each["path"] for each in logged] == [TIME, "/v5/account/info"]


def test_an_account_of_the_server_gets_a_key_that_ends(page: Page, exchange: Exchange) -> None:
    """For who is in the console's session: no key has to be made and pasted."""
    alice = exchange.account()
    code = exchange.control("POST", "/-/session-codes")["code"]
    page.goto(INFO)
    page.get_by_label("Sign as").select_option("account")
    page.get_by_label("Code that utabox console prints").fill(code)
    page.get_by_role("button", name="Let me in").click()
    page.get_by_label("Account", exact=True).select_option(f"|{alice.uid}")
    expect(page.locator(".account-more")).to_contain_text("which ends in an hour")
    run(page)
    assert "Success 0" in status(page)
    made = exchange.control("GET", f"/-/keys?uid={alice.uid}")[-1]
    assert made["note"] == "API explorer"
    assert made["expiresAt"] > 0


def test_the_page_follows_a_venues_clock(page: Page, exchange: Exchange) -> None:
    """An hour ahead of the machine's: the page is right, and says that clients will not be."""
    exchange.control("PATCH", "/-/clock", {"stepMs": 3_600_000})
    page.goto(INFO)
    run(page)
    assert "Success 0" in status(page)
    page.get_by_role("tab", name="As code").click()
    expect(page.locator("#panel-code")).to_contain_text("refused with 10002")


@pytest.mark.parametrize(
    "clock",
    [
        [{"stepMs": 3_600_000}],
        [{"speed": "0"}, {"stepMs": 30_000}],
        [{"speed": "60"}],
    ],
    ids=["jump", "frozen", "fast"],
)
def test_no_clock_makes_run_late(
    page: Page, exchange: Exchange, clock: list[dict[str, object]]
) -> None:
    """The venue's time is asked before each call: what was known of it does not matter."""
    page.goto(INFO)
    for change in clock:
        run(page)
        exchange.control("PATCH", "/-/clock", change)
    run(page)
    assert "Success 0" in status(page)


def test_an_account_beyond_the_list_is_chosen_by_its_uid(page: Page, exchange: Exchange) -> None:
    """The list says that it was cut; 201 accounts are one more than it has."""
    uids = [exchange.control("POST", "/-/accounts", {})["uid"] for _ in range(201)]
    code = exchange.control("POST", "/-/session-codes")["code"]
    page.goto(INFO)
    page.get_by_label("Sign as").select_option("account")
    page.get_by_label("Code that utabox console prints").fill(code)
    page.get_by_role("button", name="Let me in").click()
    page.get_by_label("UID", exact=True).fill(str(uids[-1]))
    page.get_by_role("button", name="Use it").click()
    expect(page.locator(".account-more [role=status]")).to_contain_text(f"of {uids[-1]}")
    run(page)
    assert "Success 0" in status(page)
    assert exchange.control("GET", "/-/requests")[-1]["uid"] == uids[-1]


def test_a_made_key_ends_with_the_session(page: Page, exchange: Exchange) -> None:
    """After a logout elsewhere this page forgets it, too, and sends nothing."""
    alice = exchange.account()
    code = exchange.control("POST", "/-/session-codes")["code"]
    page.goto(INFO)
    page.get_by_label("Sign as").select_option("account")
    page.get_by_label("Code that utabox console prints").fill(code)
    page.get_by_role("button", name="Let me in").click()
    page.get_by_label("Account", exact=True).select_option(f"|{alice.uid}")
    run(page)
    made = exchange.control("GET", f"/-/keys?uid={alice.uid}")[-1]
    exchange.control("DELETE", f"/-/keys/{made['apiKey']}")
    run(page)
    assert "Refused 10003" in status(page)
    expect(page.get_by_label("Account", exact=True)).to_have_value("")
    page.get_by_label("Account", exact=True).select_option(f"|{alice.uid}")
    expect(page.locator(".account-more [role=status]")).to_contain_text(f"of {alice.uid}")
    page.evaluate(
        """fetch("/-/session", { method: "DELETE", headers: { "X-Utabox-Console": "1" } })"""
    )
    before = len(exchange.control("GET", "/-/requests"))
    run(page)
    expect(page.locator("#panel-answer")).to_contain_text("the session has ended")
    expect(page.get_by_label("Code that utabox console prints")).to_be_visible()
    assert len(exchange.control("GET", "/-/requests")) == before


def test_a_key_that_no_header_carries_is_refused_here(page: Page, exchange: Exchange) -> None:
    """With a sentence of the page, not with a browser's."""
    alice = exchange.account()
    page.goto(INFO)
    sign_as(page, alice)
    page.get_by_label("API key", exact=True).fill(f"{alice.api_key}é€")
    run(page)
    expect(page.locator("#panel-answer")).to_contain_text('the API key has "é" in it')


def test_a_client_that_signs_another_spelling_is_named(page: Page) -> None:
    """A quotation mark breaks pybit's signature and not curl's; a comma breaks none."""
    page.goto(f"{WALLET}?accountType=UNIFIED&coin=BTC,ETH")
    warning = page.locator("#panel-code .warn-box")
    program(page, "pybit")
    expect(warning).to_have_count(0)
    page.get_by_label("coin", exact=True).fill('BTC"')
    expect(warning).to_contain_text("pybit does not sign the spelling")
    program(page, "curl")
    expect(warning).to_have_count(0)


def older(private: str) -> str:
    """A private key in PKCS#1, as `openssl genrsa -traditional` writes it."""
    key = load_pem_private_key(private.encode(), None)
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()


# --- the same call as code ------------------------------------------------------------------------

INTERPRETERS = {
    "curl": ["bash", "-c"],
    "pybit": [sys.executable, "-c"],
    "bybit-api": ["node", "--input-type=module", "-e"],
    "ccxt": [sys.executable, "-c"],
}


def outputs(programs: dict[str, str]) -> dict[str, str]:
    """What each prints, started as a person starts it; all at the same time."""
    started = {
        client: subprocess.Popen(
            [*INTERPRETERS[client], code], stdout=PIPE, stderr=PIPE, text=True, cwd=CLIENTS
        )
        for client, code in programs.items()
    }
    ended = {client: process.communicate(timeout=60) for client, process in started.items()}
    failed = {client: ended[client][1] for client, each in started.items() if each.returncode}
    assert failed == {}
    return {client: printed for client, (printed, _) in ended.items()}


@pytest.mark.parametrize(
    ("address", "path", "shown"),
    [
        (INFO, "/v5/account/info", "REGULAR_MARGIN"),
        (f"{WALLET}?accountType=UNIFIED&coin=BTC", "/v5/account/wallet-balance", "walletBalance"),
        (
            f"{EXPLORER}v5/account/batch-set-collateral",
            "/v5/account/set-collateral-switch-batch",
            "collateralSwitch",
        ),
        (f"{EXPLORER}v5/market/instrument", "/v5/market/instruments-info", "BTCUSDT"),
        # Each makes an id of its own: a second transfer with one is refused.
        (TRANSFER, "/v5/asset/transfer/inter-transfer", "SUCCESS"),
        # pybit has no name for it and calls its path.
        (f"{EXPLORER}v5/spot-margin-uta/liability", "/v5/spot-margin-trade/liability", "USDT"),
    ],
    ids=["info", "wallet", "batch", "public", "transfer", "unnamed"],
)
def test_the_code_runs(page: Page, exchange: Exchange, address: str, path: str, shown: str) -> None:
    """As it is copied: each client makes the call that the page makes, and prints its answer."""
    page.goto(address)
    printed = outputs({client: program(page, client) for client in INTERPRETERS})
    assert [client for client, text in printed.items() if shown not in text] == []
    logged = exchange.control("GET", "/-/requests")
    assert [(each["path"], each["retCode"]) for each in logged] == [(path, 0)] * 4


@pytest.mark.parametrize("frame", ["PKCS#8", "PKCS#1"])
def test_the_code_runs_with_an_rsa_key(
    page: Page, exchange: Exchange, key_pair: KeyPair, frame: str
) -> None:
    """Each client in its own way: a PEM with line ends among them, and an older frame."""
    alice = exchange.account().key(publicKey=key_pair.public)
    page.goto(WALLET)
    sign_as(page, alice, key_pair.private if frame == "PKCS#8" else older(key_pair.private))
    outputs({client: program(page, client) for client in INTERPRETERS})
    logged = exchange.control("GET", "/-/requests")
    assert [(each["uid"], each["retCode"]) for each in logged] == [(alice.uid, 0)] * 4


# --- craft --------------------------------------------------------------------------------------

VIEWS = [
    EXPLORER,
    MODE,
    WALLET,
    *(f"{EXPLORER}v5/{page}" for page in ("error", "enum", "not-here")),
]


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_it_is_accessible(
    new_page: OpenPage, accessible: Callable[[Page], list[str]], theme: str, width: int
) -> None:
    """No finding of axe-core that is serious: not of a view, an answer, a refusal or a dialog."""
    page = new_page(color_scheme=theme, viewport={"width": width, "height": 800})
    found: list[str] = []
    for view in VIEWS:
        page.goto(view)
        page.wait_for_selector("h1")
        found += accessible(page)
    page.goto(f"{EXPLORER}v5/account/set-spot-hedge")
    run(page)
    found += accessible(page)
    tree(page).get_by_role("button", name="140001").click()
    found += accessible(page)
    assert found == []


def test_no_page_is_wider_than_a_telephone(new_page: OpenPage) -> None:
    """Every endpoint's, 360 px wide; and each says which it is."""
    page = new_page(viewport={"width": 360, "height": 740})
    page.goto(EXPLORER)
    page.wait_for_selector("main .rows")
    wide = page.evaluate(
        """() => {
          const links = [...document.querySelectorAll("#nav a")].map((link) => link.href);
          return links.filter((href) => {
            [...document.querySelectorAll("#nav a")].find((link) => link.href === href).click();
            const root = document.documentElement;
            return root.scrollWidth > 360 || !document.querySelector("h1").textContent;
          });
        }"""
    )
    assert wide == []


def test_the_theme_is_the_systems_until_it_is_chosen(new_page: OpenPage) -> None:
    """And a choice outlasts a reload."""
    page = new_page(color_scheme="dark")
    page.goto(EXPLORER)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Theme: system").click()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.reload()
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_nothing_jumps_and_little_is_loaded(page: Page) -> None:
    """No shift of the layout; under 300 kB for a first view, all of it from this server."""
    page.goto(INFO)
    page.wait_for_selector(".run")
    sizes = page.evaluate(
        """() => [...performance.getEntriesByType("resource"),
          ...performance.getEntriesByType("navigation")].map((each) => each.encodedBodySize)"""
    )
    assert 20_000 < sum(sizes) < 300_000
    shift = page.evaluate(
        """() => new Promise((done) => {
          let shift = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) shift += entry.value;
          }).observe({ type: "layout-shift", buffered: true });
          requestAnimationFrame(() => requestAnimationFrame(() => done(shift)));
        })"""
    )
    assert shift < 0.01
