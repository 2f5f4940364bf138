"""Hints of the server in a test's words: commands become Python, or lead to the test's venue."""

from __future__ import annotations

from typing import Any

import pytest

from utabox.pytest_plugin.hints import Hints

URL = "http://127.0.0.1:8505/venues/mine"
NAMES = {7: "alice", 8: "account-1"}
HINTS = Hints(URL, lambda: NAMES, {"key-of-alice": 7})


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("fault remove 1", "fault.remove()"),
        ("fault remove --all", "utabox.faults.clear()"),
        ("fault list", "list(utabox.faults)"),
        ("account fund 7 USDC AMOUNT", "alice.fund(USDC=...)"),
        ("account fund 7 0G AMOUNT", 'alice.fund(**{"0G": ...})'),
        ("account fund 7", "alice.fund(...)"),
        ("account fund 8 USDC AMOUNT", 'utabox.accounts["account-1"].fund(USDC=...)'),
        ("account fund 9 USDC AMOUNT", f"utabox account fund 9 USDC AMOUNT --url {URL}"),
        ("account set 7 --kind 5", "alice.set(kind=5)"),
        ("account set 7 --vip VIP-1", 'alice.set(vip="VIP-1")'),
        ("account set 7 --no-leader", "alice.set(leader=False)"),
        ("account set 7 --unfreeze", "alice.set(frozen=False)"),
        ("account set 7 --dcp OPTIONS", 'alice.set(dcpProducts=["OPTIONS"])'),
        ("account set 7 --mmp BTC --mmp ETH", 'alice.set(mmpCoins=["BTC", "ETH"])'),
        ("account set 9 --kind 5", f"utabox account set 9 --kind 5 --url {URL}"),
        ("account list", "utabox.accounts"),
        ("account create --environment demo", 'utabox.account(environment="demo")'),
        ("key create --uid UID", "account.key()"),
        ("key create --uid 7", "alice.key()"),
        ("key list", 'utabox.control.call("GET", "keys")'),
        ("key delete abc", 'utabox.control.call("DELETE", "keys", "abc")'),
        ("price list", "utabox.prices"),
        ("price set XYZ USD", 'utabox.prices["XYZ"] = ...'),
        ("switch --key-environments any", 'utabox.switches(keyEnvironments="any")'),
        ("venue reset", "utabox.reset()"),
        ("venue reset mine", "utabox.reset()"),
        ("clock follow", "utabox.clock.follow()"),
        ("serve --no-upgrade-window", "@pytest.mark.utabox(upgrade_window=False)"),
        ("insurance list", f"utabox insurance list --url {URL}"),
        ("routes", "utabox routes"),
        ("fault add --help", "utabox fault add --help"),
    ],
)
def test_a_command(command: str, told: str) -> None:
    """Becomes what a test writes; of one that a test has no words for, the venue is named."""
    assert HINTS.text(f"Do it: `utabox {command}`.") == f"Do it: `{told}`."


def test_the_option_of_a_server_is_one_of_the_marker() -> None:
    assert HINTS.text("a server that is started with --accept-any-key takes it") == (
        "a server that is started with `@pytest.mark.utabox(accept_any_key=True)` takes it"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pth: no such member: did you mean path? docs/control.md says what /-/prices/{coin} takes",
         "pth: no such member: did you mean path? It takes price."),
        ("zz: no such member: it takes price; docs/control.md says what /-/prices/{coin} takes",
         "zz: no such member: it takes price"),
        ("Invalid: docs/control.md says what /-/prices/{coin} takes", "Invalid: it takes price."),
        ("Invalid: docs/control.md says what /-/no-such takes", "Invalid"),
        ("`utabox fault add --help` and docs/faults.md say more.",
         "`utabox fault add --help` says more."),
    ],
)  # fmt: skip
def test_a_page_that_is_not_installed(text: str, told: str) -> None:
    """Is not named: what it says of a door stands there."""
    assert HINTS.text(text) == told


def test_other_text_stays() -> None:
    """Also what is no command line."""
    assert HINTS.text("`environment: demo` in a seed") == "`environment: demo` in a seed"
    assert HINTS.text("`utabox it's`") == f"`utabox it's --url {URL}`"


@pytest.mark.parametrize(
    ("uid", "whom"), [(7, "alice"), (8, 'utabox.accounts["account-1"]'), (0, "account")]
)
def test_a_set_clock(uid: int, whom: str) -> None:
    """A client is named that follows it."""
    why = {"rule": "R.", "hint": "`utabox venue reset`.", "details": {"venue_clock": "set"}}
    assert HINTS.why(why, uid)["hint"] == (
        f"Use `{whom}.pybit()`, which follows the venue's clock. `utabox.reset()`."
    )


def test_a_key_of_another_environment() -> None:
    """The marker is named, before the other ways."""
    why = {
        "rule": "R.",
        "hint": "Make it: `utabox account create --environment testnet`.",
        "details": {"key_environment": "mainnet", "called_environment": "testnet"},
    }
    assert HINTS.why(why, 7)["hint"] == (
        'Mark the test `@pytest.mark.utabox(environment="testnet")`, then its accounts are of '
        'testnet. Make it: `utabox.account(environment="testnet")`.'
    )


def test_the_rest_of_a_why_stays() -> None:
    """What was sent is shown as it was, and what a fault hid is told in the same words."""
    why: dict[str, Any] = {
        "rule": "See `utabox key list`.",
        "expected": "`utabox key list`",
        "seen": "`utabox key list`",
        "hint": "",
        "details": {"own_why": "`utabox price list`", "signed_text": "`utabox price list`"},
    }
    told = 'See `utabox.control.call("GET", "keys")`.'
    details = {"own_why": "`utabox.prices`", "signed_text": "`utabox price list`"}
    assert HINTS.why(why, 0) == {**why, "rule": told, "details": details}
    assert HINTS.why({"rule": "R.", "hint": "H."}, 0) == {"rule": "R.", "hint": "H."}


def test_a_key_is_known() -> None:
    assert (HINTS.uid_of("key-of-alice"), HINTS.uid_of("another")) == (7, 0)
