"""Commands that are made of the control doors: account, key, price, switch, requests."""

import json
import os
import re
import select
import signal
import subprocess
import time

import pytest
from click.testing import Result

from .process import UTABOX, WAIT_S, Cli, Serving, environment

INFO = "/v5/account/info"


def created(done: Result) -> str:
    """The UID or key of what was made."""
    assert done.exit_code == 0, done.stderr
    return done.stdout.split()[1]


def values(done: Result) -> dict[str, str]:
    """Field by field what was shown."""
    assert done.exit_code == 0, done.stderr
    pairs = (re.split(r"  +", line, maxsplit=1) for line in done.stdout.splitlines())
    return {pair[0]: pair[-1] for pair in pairs}


def test_an_account_is_made_changed_and_shown(cli: Cli) -> None:
    """Only a sub-account can be frozen."""
    made = cli("account", "create", "--kind", "uta2-pro", "--vip", "vip-2", "--parent", "100000001")
    uid = created(made)

    changed = cli(
        "account", "set", uid, "--kind", "5", "--vip", "PRO-1", "--leader", "--freeze",
        "--smp-group", "7", "--dcp", "options", "--dcp", "SPOT",
    )  # fmt: skip

    shown = values(cli("account", "show", uid))
    assert shown == values(changed)
    assert (shown["kind"], shown["vip"], shown["smp group"]) == ("5 uta2", "PRO-1", "7")
    assert (shown["leader"], shown["frozen"]) == ("yes", "yes")
    assert "OPTIONS 10 s" in shown["dcp"]
    assert values(cli("account", "set", uid, "--no-dcp", "--unfreeze"))["dcp"] == "off"


def test_a_sub_account_names_its_parent(cli: Cli) -> None:
    parent = created(cli("account", "create"))

    sub = cli("account", "create", "--parent", parent, "--uid", "777000")

    assert (values(sub)["uid"], values(sub)["parent"]) == ("777000", parent)


def test_money_is_given_and_taken(cli: Cli) -> None:
    uid = created(cli("account", "create"))

    cli("account", "fund", uid, "BTC", "1")
    assert values(cli("account", "fund", uid, "BTC", "-0.25"))["BTC balance"] == "0.75"

    refused = cli("account", "fund", uid, "BTC", "-1")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("utabox: ")
    assert len(refused.stderr.splitlines()) == 1


def test_a_long_list_says_how_to_go_on(cli: Cli) -> None:
    uids = [created(cli("account", "create")) for _ in range(2)]

    page = cli("account", "list", "--limit", "1", "--after", uids[0])

    assert page.stdout.splitlines()[1].split()[0] == uids[1]
    assert page.stderr == f"more: --after {uids[1]}\n"


def test_lists_are_plain_text_or_json(cli: Cli) -> None:
    plain, found = cli("account", "list"), cli("account", "list", "--json")

    assert plain.stdout.startswith("UID ")
    assert plain.stdout.isascii()
    assert json.loads(found.stdout)[0]["uid"] == 100000001


def test_an_unknown_account_is_1_with_the_next_step(cli: Cli) -> None:
    done = cli("account", "show", "5")

    assert done.exit_code == 1
    assert "Seen: 5." in done.stderr
    assert "`utabox account list`" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("account", "set", "1"),
        ("account", "set", "1", "--dcp", "SPOT", "--no-dcp"),
        ("account", "create", "--kind", "2"),
        ("key", "set", "k"),
        ("key", "set", "k", "--ip", "1.1.1.1", "--any-ip"),
        ("key", "create", "--uid", "1", "--expired", "--expires-at", "5"),
        ("key", "create", "--uid", "1", "--expires-at", "soon"),
        ("key", "create", "--uid", "1", "--permission", "Wallet:Everything"),
        ("key", "create"),
        ("account", "list", "--url", "nowhere"),
        ("nothing",),
    ],
)
def test_wrong_usage_is_2(nobody: Cli, arguments: tuple[str, ...]) -> None:
    assert nobody(*arguments).exit_code == 2


def test_a_key_is_made_with_a_secret_that_is_shown_once(cli: Cli) -> None:
    made = values(cli("key", "create", "--uid", "100000001", "--read-only", "--note", "mine"))

    assert cli("get", INFO, "--key", made["key"], "--secret", made["secret"]).exit_code == 0
    assert made["secret"] not in cli("key", "list", "--json").stdout
    assert made["read only"] == "yes"


def test_a_chosen_secret_is_not_repeated(cli: Cli) -> None:
    done = cli("key", "create", "--uid", "100000001", "--key", "chosen", "--secret", "hush")

    assert done.exit_code == 0
    assert "hush" not in done.output
    assert cli("get", INFO, "--key", "chosen", "--secret", "hush").exit_code == 0


def test_a_keys_permissions_addresses_and_expiry_are_changed(cli: Cli) -> None:
    key = created(cli("key", "create", "--uid", "100000001"))

    done = cli(
        "key", "set", key, "--permission", "Spot:SpotTrade", "--ip", "10.0.0.1", "--ip", "::1",
        "--expires-at", "2030-01-01T00:00:00Z", "--note", "new",
    )  # fmt: skip
    changed = values(done)

    assert (changed["permissions"], changed["ips"]) == ("Spot:SpotTrade", "10.0.0.1 ::1")
    assert (changed["expires"], changed["note"]) == ("2030-01-01T00:00:00.000Z", "new")
    freed = values(cli("key", "set", key, "--any-ip", "--expires-at", "never"))
    assert (freed["ips"], freed["expires"]) == ("any", "never")


def test_an_expired_key_is_refused_as_such(cli: Cli) -> None:
    made = values(cli("key", "create", "--uid", "100000001", "--expired"))

    done = cli("get", INFO, "--key", made["key"], "--secret", made["secret"])

    assert "retCode 33004" in done.stdout


def test_a_deleted_key_is_gone(cli: Cli) -> None:
    key = created(cli("key", "create", "--uid", "100000001"))

    assert cli("key", "delete", key).stdout == f"deleted  {key}\n"
    assert key not in cli("key", "list").stdout
    assert cli("key", "delete", key).exit_code == 1
    assert cli("key", "delete", "a/../b").exit_code == 1


def test_a_hostile_note_cannot_command_the_terminal(cli: Cli) -> None:
    cli("key", "create", "--uid", "100000001", "--note", "\x1b[2J\u202e\nx")

    text = cli("key", "list").stdout

    assert "\\x1b[2J\\u202e\\nx" in text
    assert "\x1b" not in text
    assert "\x1b" not in cli("key", "list", "--json").stdout


def test_a_price_is_set(cli: Cli) -> None:
    assert cli("price", "set", "DOGE", "0.5").stdout.split() == ["COIN", "USD", "DOGE", "0.5"]
    assert json.loads(cli("price", "list", "--json").stdout)["DOGE"] == "0.5"
    assert cli("price", "set", "DOGE", "much").exit_code == 1


def test_a_switch_is_shown_and_changed(cli: Cli) -> None:
    before = json.loads(cli("switch", "--json").stdout)

    changed = values(cli("switch", "--upgrade-delay", "0", "--no-upgrade-window"))

    assert changed == {"upgrade delay, ms": "0", "upgrade window": "no"}
    back = cli("switch", "--upgrade-delay", str(before["upgradeDelayMs"]), "--upgrade-window")
    assert back.exit_code == 0


def test_requests_are_shown_with_their_why(cli: Cli) -> None:
    cli("get", INFO)
    cli("get", "/v5/refused")

    both = cli("requests", "--limit", "2").stdout
    refused = cli("requests", "--limit", "1", "--refused").stdout
    of_account = cli("requests", "--limit", "1", "--uid", "100000001", "--json").stdout

    assert [INFO in both, "/v5/refused" in both] == [True, True]
    assert "why: The path must be one that this server offers." in refused
    assert json.loads(of_account)["path"] == INFO


def test_requests_are_followed(server: Serving, cli: Cli) -> None:
    """New calls appear while it waits; Ctrl-C ends it."""
    with subprocess.Popen(
        (*UTABOX, "requests", "--follow", "--limit", "1", "--url", server.url),
        stdout=subprocess.PIPE,
        env=environment(server.home) | {"PYTHONUNBUFFERED": "1"},
    ) as following:
        assert following.stdout is not None
        assert select.select([following.stdout], [], [], WAIT_S)[0]
        cli("get", "/v5/followed")
        text, until = b"", time.monotonic() + WAIT_S
        while b"/v5/followed" not in text and time.monotonic() < until:
            text += os.read(following.stdout.fileno(), 65536)
        following.send_signal(signal.SIGINT)
        assert following.wait(WAIT_S) == 130


def test_a_terminal_gets_a_table_and_colour(server: Serving) -> None:
    assert "\x1b[" in on_terminal(server, "account", "list")
    assert "\x1b[" in on_terminal(server, "requests", "--limit", "1")


def test_no_color_is_respected(server: Serving) -> None:
    plain = on_terminal(server, "requests", "--limit", "1", NO_COLOR="1")
    table = on_terminal(server, "account", "list", NO_COLOR="1")

    assert "\x1b[" not in plain
    assert re.search(r"\x1b\[(3[0-7]|9[0-7])m", table) is None


def on_terminal(server: Serving, *arguments: str, **settings: str) -> str:
    """What a command writes to a terminal."""
    leader, follower = os.openpty()
    try:
        subprocess.run(
            (*UTABOX, *arguments, "--url", server.url),
            stdout=follower,
            env=environment(server.home, TERM="xterm", **settings),
            timeout=WAIT_S,
            check=True,
        )
        return os.read(leader, 65536).decode()
    finally:
        os.close(leader)
        os.close(follower)


def test_a_wrong_token_is_refused(cli: Cli) -> None:
    done = cli("account", "list", "--token", "wrong")

    assert done.exit_code == 1
    assert "Authorization" in done.stderr


def test_a_token_may_be_given(server: Serving, nobody: Cli) -> None:
    token = json.loads(server.token_file.read_text())["token"]

    assert nobody("account", "list", "--url", server.url, UTABOX_TOKEN=token).exit_code == 0


def test_no_server_is_one_sentence_with_the_next_step(nobody: Cli) -> None:
    done = nobody("account", "list")

    assert done.exit_code == 1
    assert done.stderr == (
        "utabox: No utabox answers at http://127.0.0.1:9 (Connection refused): start one with "
        "`utabox serve`, or name another with --url.\n"
    )
