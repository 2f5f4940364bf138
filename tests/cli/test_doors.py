"""Commands that are made of the control doors: account, key, price, switch, requests."""

import json
import os
import re
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest
from click.testing import Result

from utabox.cli.doors import for_the_command_line
from utabox.cli.explanation import sentence
from utabox.settings import DEMO_API_KEY

from .process import UTABOX, WAIT_S, Cli, Serving, environment, on_terminal

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
        "--smp-group", "7", "--dcp", "options", "--dcp", "SPOT", "--mmp", "ETH", "--mmp", "BTC",
    )  # fmt: skip

    shown = values(cli("account", "show", uid))
    assert shown == values(changed)
    assert (shown["kind"], shown["vip"], shown["smp group"]) == ("5 uta2", "PRO-1", "7")
    assert (shown["leader"], shown["frozen"]) == ("yes", "yes")
    assert "OPTIONS 10 s" in shown["dcp"]
    assert shown["mmp"] == "BTC, ETH"
    assert values(cli("account", "set", uid, "--no-dcp", "--unfreeze"))["dcp"] == "off"
    assert values(cli("account", "set", uid, "--no-mmp"))["mmp"] == "off"


def test_a_sub_account_names_its_parent(cli: Cli) -> None:
    parent = created(cli("account", "create"))

    sub = cli("account", "create", "--parent", parent, "--uid", "777000")

    assert (values(sub)["uid"], values(sub)["parent"]) == ("777000", parent)


def test_an_account_lives_in_an_environment(cli: Cli) -> None:
    """Its sub-accounts with it; the list marks those that are not of the mainnet."""
    demo = created(cli("account", "create", "--environment", "demo"))
    fund = created(cli("account", "create", "--parent", demo, "--member-type", "fund-custodial"))

    shown = values(cli("account", "show", fund))
    assert (shown["environment"], shown["member type"]) == ("demo", "12 fund-custodial")
    listed = cli("account", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed if line.endswith("demo")] == [demo, fund]
    assert (
        values(cli("account", "show", created(cli("account", "create"))))["environment"]
        == "mainnet"
    )


def test_money_is_given_and_taken(cli: Cli) -> None:
    uid = created(cli("account", "create"))

    cli("account", "fund", uid, "BTC", "1")
    assert values(cli("account", "fund", uid, "BTC", "-0.25"))["BTC balance"] == "0.75"

    refused = cli("account", "fund", uid, "BTC", "-1")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("utabox: ")
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("account", "fund", "1", "USDT", "1,000"), "'1,000' is no number: write one such as 1000"),
        (("account", "fund", "1", "usdt", "1"), "'usdt' is no coin: did you mean USDT?"),
        (("price", "set", "btc", "1"), "'btc' is no coin: did you mean BTC?"),
        (("price", "set", "BTC", "much"), "'much' is no number"),
        (("price", "set", "BTC", "-5"), "'-5' is not greater than 0"),
    ],
)
def test_what_is_no_amount_and_no_coin_is_told_at_once(
    nobody: Cli, arguments: tuple[str, ...], sentence: str
) -> None:
    done = nobody(*arguments)

    assert done.exit_code == 2
    assert sentence in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("account", "show", "alice"),
        ("account", "fund", "alice", "USDT", "1"),
        ("account", "create", "--parent", "alice"),
        ("key", "create", "--uid", "alice"),
        ("fault", "add", "--uid", "alice"),
        ("requests", "--uid", "alice"),
    ],
)
def test_what_is_no_uid_is_told_with_one(nobody: Cli, arguments: tuple[str, ...]) -> None:
    done = nobody(*arguments)

    assert done.exit_code == 2
    assert "'alice' is no UID: give one such as 100000001; `utabox account list`" in done.stderr


def test_what_is_no_number_is_told_so(nobody: Cli) -> None:
    done = nobody("account", "set", "100000001", "--smp-group", "x")

    assert "'x' is no whole number: write it in digits, such as 5." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("account", "bla"), "No such command 'bla': there are list, show, create"),
        (("price", "mark", "sett"), "No such command 'sett': did you mean set?"),
        (("price", "BTC", "5"), "No such command 'BTC': there are list, set, mark"),
    ],
)
def test_a_misspelt_subcommand_names_those_that_there_are(
    nobody: Cli, arguments: tuple[str, ...], sentence: str
) -> None:
    done = nobody(*arguments)

    assert done.exit_code == 2
    assert sentence in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("account", "show", "1"),
            "The command names an account of this venue. Expected: an existing UID. Seen: 1. "
            "List them with `utabox account list`.",
        ),
        (
            ("account", "fund", "100000001", "USDT", "-500000000"),
            "A funding has a valid amount. Expected: at most 50000 USDT to take out. "
            "Seen: -500000000. Take out less.",
        ),
        (
            ("collateral", "set", "XYZ", "--capped"),
            "'XYZ' has no price: `utabox price set` it first.",
        ),
        (
            ("loan", "set", "XYZ", "--rate", "0.1"),
            "'XYZ' is not lent yet: give --rate and --max.",
        ),
        (("account", "list", "--venue", "lter"), "there is no venue 'lter': there are default."),
        (("get", INFO, "--venue", "lter"), "There is no venue 'lter': there are default."),
    ],
)
def test_a_refusal_says_what_is_valid_in_words_of_the_command_line(
    cli: Cli, arguments: tuple[str, ...], sentence: str
) -> None:
    done = cli(*arguments)

    assert (done.exit_code, done.stderr) == (1, f"utabox: {sentence}\n")


def test_sentences_are_joined_by_one_full_stop() -> None:
    """Whoever wrote the parts; and what the hint says already is not said twice."""
    why = {"rule": "A rule.", "expected": "This.", "seen": "that", "hint": "Ask?"}

    assert sentence(why) == "A rule. Expected: This. Seen: that. Ask?"
    assert sentence({**why, "hint": "Write: This."}) == "A rule. Seen: that. Write: This."


def test_a_refused_value_is_told_by_the_name_of_its_option() -> None:
    """Not by the member of a body that the user never sees. A server of another version may so."""
    tail = "docs/control.md says what /-/accounts takes"

    assert for_the_command_line(f"Invalid enum value 7 - at `$.vipLevel`: {tail}") == (
        "--vip: Invalid enum value 7"
    )
    assert for_the_command_line(f"JSON is malformed: {tail}") == "JSON is malformed"
    assert for_the_command_line("no coin: write BTC") == "no coin: write BTC"


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
        ("account", "set", "1", "--mmp", "BTC", "--no-mmp"),
        ("account", "create", "--kind", "2"),
        ("key", "set", "k"),
        ("key", "set", "k", "--ip", "1.1.1.1", "--any-ip"),
        ("key", "create", "--uid", "1", "--expired", "--expires-at", "5"),
        ("key", "create", "--uid", "1", "--expires-at", "soon"),
        ("key", "create", "--uid", "1", "--permission", "Wallet:Everything"),
        ("key", "create"),
        ("account", "list", "--url", "nowhere"),
        ("account", "fund", "1", "USDT", "nan"),
        ("account", "fund", "1", "USDT", "1_000"),
        ("account", "fund", "1", "USDT", "--jsn"),
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
    assert cli("price", "set", "DOGE", "1e999").exit_code == 1


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "BTCUSDT",
            "BTCUSDT is a symbol: did you mean the coin BTC, or the mark price (`utabox price mark "
            "set linear BTCUSDT ...`)?",
        ),
        ("BTCUSDC", "BTCUSDC is a symbol: did you mean the coin BTC?"),
        (
            "1000PEPEUSDT",
            "1000PEPEUSDT is a symbol: did you mean the coin PEPE, or the mark price (`utabox "
            "price mark set linear 1000PEPEUSDT ...`)?",
        ),
    ],
)
def test_a_symbol_is_no_coin(cli: Cli, name: str, sentence: str) -> None:
    """It would be a new one, and the price that was meant would not have moved."""
    done = cli("price", "set", name, "100000")

    assert (done.exit_code, done.stderr) == (1, f"utabox: {sentence}\n")
    assert name not in json.loads(cli("price", "list", "--json").stdout)
    funded = cli("account", "fund", "100000001", name, "5")
    assert f"{name} is a symbol: did you mean the coin" in funded.stderr


def test_a_new_coin_is_made_by_its_price(cli: Cli) -> None:
    assert cli("price", "set", "EUR", "1.1").exit_code == 0
    assert cli("account", "fund", "100000001", "EUR", "5").exit_code == 0
    assert cli("account", "fund", "100000001", "EUR", "-5").exit_code == 0


def test_a_mark_price_is_set_and_cleared(cli: Cli) -> None:
    done = cli("price", "mark", "set", "linear", "DOGEUSDT", "0.5")

    assert done.stdout.split() == [
        "CATEGORY",
        "SYMBOL",
        "MARK",
        "PRICE",
        "linear",
        "DOGEUSDT",
        "0.5",
    ]
    assert json.loads(cli("price", "mark", "list", "--json").stdout)["linear"]["DOGEUSDT"] == "0.5"
    cleared = cli("price", "mark", "clear", "linear", "DOGEUSDT")
    assert cleared.stdout == "cleared  linear DOGEUSDT\n"
    assert "DOGEUSDT" not in cli("price", "mark", "list").stdout
    assert cli("price", "mark", "set", "linear", "DOGEUSDT", "0.000001").exit_code == 1
    assert cli("price", "mark", "set", "linear", "DOGEUSD", "1").exit_code == 1
    assert cli("price", "mark", "set", "spot", "DOGEUSDT", "1").exit_code == 2


def test_a_switch_is_shown_and_changed(cli: Cli) -> None:
    before = json.loads(cli("switch", "--json").stdout)

    changed = values(cli("switch", "--upgrade-delay", "0", "--no-upgrade-window"))

    assert (changed["upgrade delay, ms"], changed["upgrade window"]) == ("0", "no")
    assert changed["text epoch"] == "2026"
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


def test_a_refused_parameter_is_shown_with_what_is_allowed(cli: Cli) -> None:
    cli("post", "/v5/account/set-margin-mode", '{"setMarginMode": "CROSS"}')

    text = cli("requests", "--limit", "1", "--refused").stdout

    assert re.search("^      expected: .*ISOLATED_MARGIN.* or .*PORTFOLIO_MARGIN", text, re.M)


def test_a_signature_is_shown_with_the_text_that_the_server_signed(cli: Cli) -> None:
    """As the README says."""
    cli("get", INFO, "coin=BTC", "--key", DEMO_API_KEY, "--secret", "wrong")

    text = cli("requests", "--limit", "1", "--refused").stdout

    assert re.search(rf"^      signed_text: \d{{13}}{DEMO_API_KEY}5000coin=BTC$", text, re.M)
    assert re.search("^      expected: HMAC-SHA256", text, re.M)


def test_a_caller_without_account_is_shown_by_its_key(cli: Cli) -> None:
    cli("get", INFO, "--key", "strange", "--secret", "strange")

    assert f"{INFO}  key strang... (7 characters)  " in cli("requests", "--limit", "1").stdout


def test_without_calls_the_log_says_so(tmp_path: Path) -> None:
    with Serving(tmp_path, "--memory") as serving:
        cli = Cli(tmp_path, serving.url)

        assert cli("requests").stderr == "no calls yet\n"
        assert cli("requests", "--refused", "--json").stderr == "no refused calls\n"


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
    assert "\x1b[" in on_terminal(server.home, "account", "list", UTABOX_URL=server.url)
    assert "\x1b[" in on_terminal(server.home, "requests", "--limit", "1", UTABOX_URL=server.url)


def test_no_color_is_respected(server: Serving) -> None:
    settings = {"NO_COLOR": "1", "UTABOX_URL": server.url}
    plain = on_terminal(server.home, "requests", "--limit", "1", **settings)
    table = on_terminal(server.home, "account", "list", **settings)

    assert "\x1b[" not in plain
    assert re.search(r"\x1b\[(3[0-7]|9[0-7])m", table) is None


def test_a_wrong_token_is_refused(cli: Cli) -> None:
    done = cli("account", "list", "--token", "wrong")

    assert done.exit_code == 1
    assert done.stderr == (
        f"utabox: The token that --token or UTABOX_TOKEN gives is not that of {cli.url}: leave it "
        "out, and the one that your server left for you is used.\n"
    )


def test_a_wrong_token_and_none_are_told_apart(server: Serving, nobody: Cli) -> None:
    """Of a server of somebody else's, whose token was not left for this user."""
    here = ("account", "list", "--url", server.url)

    assert f"not that of {server.url}: the server prints" in nobody(*here, UTABOX_TOKEN="x").stderr
    assert f"{server.url} asks for its control token" in nobody(*here).stderr


def test_a_token_may_be_given(server: Serving, nobody: Cli) -> None:
    token = json.loads(server.token_file.read_text())["token"]

    assert nobody("account", "list", "--url", server.url, UTABOX_TOKEN=token).exit_code == 0


def test_where_no_server_is_those_that_run_are_named(server: Serving) -> None:
    """As somebody needs it who started one on another port, in every command."""
    astray = Cli(server.home, "http://127.0.0.1:9")
    step = f"one of yours runs at {server.url}: `export UTABOX_URL={server.url}`.\n"

    assert astray("account", "list").stderr.endswith(step)
    assert astray("get", INFO).stderr.endswith(step)


def test_a_server_that_was_killed_is_not_named(server: Serving, tmp_path: Path) -> None:
    """Its file stays, and nobody listens there."""
    folder = tmp_path / "state" / "utabox" / "servers"
    folder.mkdir(parents=True)
    dead = {"url": "http://127.0.0.1:9", "token": "t", "pid": 1}
    (folder / "9.json").write_text(json.dumps(dead))

    assert (
        "start one with `utabox serve`"
        in Cli(tmp_path, "http://127.0.0.1:9")("account", "list").stderr
    )


def test_no_server_is_one_sentence_with_the_next_step(nobody: Cli) -> None:
    done = nobody("account", "list")

    assert done.exit_code == 1
    assert done.stderr == (
        "utabox: No utabox answers at http://127.0.0.1:9 (Connection refused): start one with "
        "`utabox serve`, or name another with --url.\n"
    )
