"""utabox account: what happens to an account outside the API."""

import json

import pytest

from .process import Cli


def made(cli: Cli, *options: str) -> str:
    """The UID of a new account."""
    done = cli("account", "create", *options, "--json")
    assert done.exit_code == 0, done.stderr
    return str(json.loads(done.stdout)["uid"])


def test_a_password_is_changed(cli: Cli) -> None:
    """The keys without an address end; the command shows when."""
    uid = made(cli)
    cli("key", "create", "--uid", uid)
    cli("key", "create", "--uid", uid, "--ip", "203.0.113.7")
    before = json.loads(cli("key", "list", "--uid", uid, "--json").stdout)

    done = cli("account", "password-changed", uid)

    after = json.loads(cli("key", "list", "--uid", uid, "--json").stdout)
    assert after[0]["expiresAt"] < before[0]["expiresAt"]
    assert after[1]["expiresAt"] == before[1]["expiresAt"] == 0
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["KEY", "IPS"], [after[0]["apiKey"], "any"], [after[1]["apiKey"], "203.0.113.7"],
    ]  # fmt: skip
    again = cli("account", "password-changed", uid, "--json")
    assert [key["apiKey"] for key in json.loads(again.stdout)] == [key["apiKey"] for key in after]


def test_an_account_comes_by_an_invitation(cli: Cli) -> None:
    """Until it counts no more; who invited is shown all the same."""
    inviter = made(cli)
    uid = made(cli, "--inviter", inviter)
    shown = [line.split() for line in cli("account", "show", uid).stdout.splitlines()]
    assert ["inviter", inviter] in shown
    closed = cli("account", "referral-closed", uid, "--json")
    assert json.loads(closed.stdout)["inviterUid"] == int(inviter)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("password-changed", "5"), "`utabox account list`"),
        (("referral-closed", "5"), "`utabox account list`"),
        (("referral-closed", "100000001"), "`utabox account create --inviter UID`"),
        (("create", "--inviter", "5"), "`utabox account list`"),
        (("create", "--inviter", "100000001", "--parent", "100000001"), "Leave one of them out."),
    ],
)
def test_what_the_server_refuses(cli: Cli, arguments: tuple[str, ...], sentence: str) -> None:
    """One line, with the next step."""
    done = cli("account", *arguments)
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
