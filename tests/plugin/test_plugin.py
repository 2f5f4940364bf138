"""The plugin in a test run of its own: what it costs, how it is set up, what a failure shows."""

from __future__ import annotations

import os
import sys

import pytest

from utabox.embedded import Server

pytest_plugins = ["pytester"]

INI = """
[pytest]
filterwarnings = error
asyncio_default_fixture_loop_scope = function
addopts = -p no:cacheprovider --strict-markers
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with a configuration in which every warning is an error."""
    for name in [name for name in os.environ if name.startswith("UTABOX_")]:
        monkeypatch.delenv(name)
    pytester.makeini(INI)
    return pytester


def test_it_costs_nothing_where_it_is_not_used(run: pytest.Pytester) -> None:
    """No module is imported but the plugin's own."""
    run.makepyfile(
        """
        import sys

        def test_without():
            ours = sorted(name for name in sys.modules if name.partition(".")[0] == "utabox")
            assert ours == ["utabox", "utabox.pytest_plugin"]
            assert "msgspec" not in sys.modules
        """
    )
    run.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_product_needs_no_pytest(run: pytest.Pytester) -> None:
    """A server starts where it cannot be imported."""
    done = run.run(
        sys.executable,
        "-c",
        "import sys; sys.modules['pytest'] = None\n"
        "from utabox.embedded import Server\n"
        "with Server() as server: print(server.url)",
    )
    assert done.ret == 0
    done.stdout.fnmatch_lines(["http://127.0.0.1:*"])


def test_a_failure_shows_the_requests(run: pytest.Pytester) -> None:
    """Each with its answer, a refusal with all of its why, and no secret; a success shows none."""
    run.makepyfile(
        """
        def test_fails(utabox):
            alice = utabox.account("alice", USDC="999.99")
            alice.get("/v5/account/info")
            alice.post("/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")
            with open("secret", "w") as file:
                file.write(alice.secret)
            assert alice.info["marginMode"] == "PORTFOLIO_MARGIN"

        def test_passes(utabox):
            utabox.account("bob").get("/v5/account/info")
        """
    )
    result = run.runpytest_subprocess()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- utabox requests -*",
            "#1 *  alice  GET /v5/account/info  *200/0 OK",
            "#2 *  alice  POST /v5/account/set-margin-mode *200/3400045 Set margin mode failed",
            '*sent: {"setMarginMode": "PORTFOLIO_MARGIN"}',
            "*why: *",
            "*expected: totalEquity >= 1000 USD",
            "*seen: totalEquity 999.*",
            "*hint: *",
            "#3 *  alice  GET /v5/account/info  *200/0 OK",
        ]
    )
    assert (run.path / "secret").read_text() not in result.stdout.str()
    assert "bob" not in result.stdout.str()


def test_a_failure_of_a_fixture_shows_the_requests(run: pytest.Pytester) -> None:
    """One that the test needs and that uses `utabox`, or a venue of a module."""
    run.makepyfile(
        """
        import pytest

        @pytest.fixture
        def bot(utabox):
            utabox.account("carol").get("/v5/account/info")
            raise RuntimeError("the bot does not start")

        def test_setup(bot): ...

        @pytest.fixture(scope="module")
        def shared(utabox_venue):
            with utabox_venue() as exchange:
                exchange.account("dave").get("/v5/account/info")
                yield exchange

        class TestShared:
            def test_first(self, shared): ...

            def test_second(self, shared):
                assert False
        """
    )
    result = run.runpytest_subprocess()
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(["#1 *  carol  GET /v5/account/info *", "#1 *  dave  GET *"])
    assert result.stdout.str().count("- utabox requests -") == 2


def test_a_failure_at_the_end_of_a_fixture_shows_the_requests(run: pytest.Pytester) -> None:
    """The venue is there until all fixtures have ended, whichever scope it has, also at the end of
    the session; one that was left by an error is told of, too."""
    run.makepyfile(
        """
        import pytest

        @pytest.fixture
        def bot(utabox):
            yield utabox
            utabox.account("carol").get("/v5/account/info")
            raise RuntimeError("the bot does not stop")

        def test_teardown(bot): ...

        @pytest.fixture(scope="module")
        def shared(utabox_venue):
            with utabox_venue() as exchange:
                yield exchange

        @pytest.fixture
        def user(shared):
            yield
            shared.account("dave").get("/v5/account/info")
            raise RuntimeError("the user does not stop")

        def test_left(utabox_venue):
            with utabox_venue() as exchange:
                exchange.account("erin").get("/v5/account/info")
                assert False

        def test_shared(user, shared): ...
        """
    )
    result = run.runpytest_subprocess()
    result.assert_outcomes(passed=2, failed=1, errors=2)
    result.stdout.fnmatch_lines_random(
        [f"#1 *  {name}  GET /v5/account/info *" for name in ("carol", "dave", "erin")]
    )
    assert result.stdout.str().count("- utabox requests -") == 3
    assert "pytest_plugin/__init__.py" not in result.stdout.str()


def test_it_works_with_xdist(run: pytest.Pytester) -> None:
    """Each worker has its own server; the requests of a failure come back from it."""
    run.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("turn", range(12))
        def test_many(utabox, turn):
            alice = utabox.account("alice")
            assert alice.get("/v5/account/info").retCode == 0
            utabox.requests.exactly("GET /v5/account/info")
            assert turn != 7
        """
    )
    result = run.runpytest_subprocess("-n", "4")
    result.assert_outcomes(passed=11, failed=1)
    result.stdout.fnmatch_lines(["*- utabox requests -*", "#1 *  alice  GET /v5/account/info *"])


def test_it_works_with_asyncio(run: pytest.Pytester) -> None:
    """A loop of the test's own, in the mode in which no test is marked."""
    run.makepyfile(
        """
        import asyncio

        async def test_many(utabox):
            clients = [utabox.account().ccxt_async() for _ in range(5)]
            try:
                await asyncio.gather(*(each.private_get_v5_account_info() for each in clients))
            finally:
                await asyncio.gather(*(each.close() for each in clients))
            utabox.requests.by_bot.expect("GET /v5/account/info", times=5)
            utabox.requests.none_refused()
        """
    )
    run.runpytest_subprocess("-o", "asyncio_mode=auto").assert_outcomes(passed=1)


def test_the_ini_file_sets_it_up(run: pytest.Pytester) -> None:
    """Settings of the server, and the seed and environment of each venue; a marker goes above."""
    run.makeini(
        f"{INI}\nutabox_seed = seeds/ci.yaml\nutabox_environment = testnet\n"
        "utabox_settings =\n    rate_limits = real\n    explain_header = true\n"
    )
    run.mkdir("seeds").joinpath("ci.yaml").write_text(
        "accounts:\n  - name: alice\n    balances: {USDT: 1000}\n"
    )
    run.makepyfile(
        """
        import pytest

        def test_ini(utabox):
            alice = utabox.accounts["alice"]
            answer = alice.get("/v5/account/no-such-page")
            assert "x-utabox-why" in answer.headers
            assert alice.state["environment"] == "testnet"
            assert alice.get("/v5/account/info").headers["x-bapi-limit"] == "50"

        @pytest.mark.utabox(seed={"accounts": [{"name": "bob"}]}, environment="demo")
        def test_marker(utabox):
            assert utabox.accounts["bob"].state["environment"] == "demo"
        """
    )
    run.runpytest_subprocess().assert_outcomes(passed=2)


def test_fixtures_are_overridden(run: pytest.Pytester) -> None:
    """`utabox_settings` of the session, `utabox_seed` of whom it is for; a marker of a class and
    one of a test go together."""
    run.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def utabox_settings():
            return {"rate_limits": "7"}

        @pytest.fixture
        def utabox_seed():
            return {"accounts": [{"name": "alice"}]}
        """
    )
    run.makepyfile(
        """
        import pytest

        def test_server(utabox, utabox_server):
            assert utabox.url.startswith(utabox_server.url)
            assert list(utabox.accounts) == ["alice"]
            answer = utabox.accounts["alice"].get("/v5/account/info")
            assert answer.headers["x-bapi-limit"] == "7"

        @pytest.mark.utabox(clock="2026-01-01T00:00:00Z", environment="demo")
        class TestMarked:
            @pytest.mark.utabox(environment="testnet")
            def test_both(self, utabox):
                assert utabox.clock.at.year == 2026
                assert utabox.accounts["alice"].state["environment"] == "testnet"
        """
    )
    run.runpytest_subprocess().assert_outcomes(passed=2)


def test_mistakes_are_told_without_a_traceback(run: pytest.Pytester) -> None:
    """A seed with its line, a setting with the nearest, a marker with how it is written."""
    run.makepyfile(
        """
        import pytest

        @pytest.mark.utabox(seed="bad.yaml")
        def test_seed(utabox): ...

        @pytest.mark.utabox(seed="none.yaml")
        def test_no_file(utabox): ...

        @pytest.mark.utabox(rate_limit="off")
        def test_setting(utabox): ...

        @pytest.mark.utabox(environment="mars")
        def test_environment(utabox): ...

        @pytest.mark.utabox("bad.yaml")
        def test_marker(utabox): ...

        @pytest.mark.utabox(clock="nonsense")
        def test_clock(utabox): ...

        @pytest.mark.utabox(clock=1.5)
        def test_clock_of_another_kind(utabox): ...

        @pytest.mark.utabox(seed=5)
        def test_seed_of_another_kind(utabox): ...

        @pytest.mark.utabox(seed={"clock": "frozen"}, clock="frozen")
        def test_clock_of_the_seed(utabox): ...

        @pytest.mark.utabox(switches="2023")
        def test_switches(utabox): ...

        def test_typing_error(utabox):
            utabox.requests.expect("/v5/account/info", times=0, retcode=0)
        """
    )
    (run.path / "bad.yaml").write_text("accounts:\n  - name: alice\n    balances: {USDT: lots}\n")
    result = run.runpytest_subprocess()
    result.assert_outcomes(errors=10, failed=1)
    assert "pytest_plugin/" not in result.stdout.str()
    assert "During handling" not in result.stdout.str()
    result.stdout.fnmatch_lines_random(
        [
            'utabox: *bad.yaml:3: accounts[[]0[]].balances.USDT: "lots" is no amount*',
            "utabox: *none.yaml: it cannot be read*",
            "utabox: There is no setting 'rate_limit': did you mean rate_limits?",
            "utabox: *mars*",
            "utabox: @pytest.mark.utabox takes names only, such as seed='ci.yaml': ('bad.yaml',)",
            "utabox: 'nonsense' is no time: write such as '2027-01-01T00:00:00Z', *",
            "utabox: 1.5 is no time: write such as *",
            "utabox: seed: 5 cannot be used: give the name of a file, or what would stand in it",
            "utabox: clock of the seed: 'frozen' cannot be used: give members, such as *",
            "utabox: switches: '2023' cannot be used: give members, such as *",
            "*TypeError: expect() takes no retcode: did you mean retCode?",
        ]
    )


def test_what_is_refused_is_told_without_our_lines(run: pytest.Pytester) -> None:
    """The test's own line and a sentence in its words, with what may have been meant."""
    run.makepyfile(
        """
        def test_coin(utabox):
            utabox.account(USTD="1")

        def test_member(utabox):
            utabox.faults.add(pth="/v5/account/info", status=500)

        def test_nothing(utabox):
            utabox.faults.add("/v5/account/info")

        def test_duration(utabox):
            utabox.clock.step("soon")

        def test_kind(utabox):
            utabox.account(kind="unified")

        def test_nobody(utabox):
            utabox.accounts["alice"]

        def test_option(utabox):
            utabox.account(fund={"FUND": {"USDT": "1"}})

        def test_amount(utabox):
            utabox.account(USDT="lots")

        def test_price(utabox):
            utabox.prices["XYZ"]

        def test_path(utabox):
            utabox.account().get("v5/account/info")
        """
    )
    result = run.runpytest_subprocess()
    result.assert_outcomes(failed=10)
    assert "docs/control.md" not in result.stdout.str()
    assert "pytest_plugin/" not in result.stdout.str()
    result.stdout.fnmatch_lines_random(
        [
            '*Refused: USTD has no price: did you mean USDT? *`utabox.prices[[]"USTD"[]] = ...`.',
            "*Refused: pth: there is no such member: did you mean path? It takes note, apiKey, *",
            "*Refused: A fault must do something. Seen: no effect. Expected: at least one of *",
            "*ValueError: 'soon' is no duration: *",
            "*ValueError: 'unified' is no kind of account: *",
            "*KeyError: *there is no account 'alice': *",
            "*TypeError: there is no option fund: did you mean funds?",
            "*Refused: Invalid decimal string - at `$.amount`: it takes coin, amount, wallet, *",
            '*KeyError: *XYZ has no price: there are BTC, *`utabox.prices[[]"XYZ"[]] = ...` sets *',
            "*ValueError: 'v5/account/info' does not begin with /: write such as /v5/account/info",
        ]
    )


def test_hints_are_in_the_words_of_a_test(run: pytest.Pytester) -> None:
    """Of a failure: whom to call by the name that the test uses, and how; also of a request that
    was refused before its sender was known."""
    run.makepyfile(
        """
        import pytest
        from pybit.unified_trading import HTTP

        def test_fault(utabox):
            utabox.faults.add("/v5/account/info", retCode=10016)
            utabox.account("alice").get("/v5/account/info")
            assert False

        def test_money_and_path(utabox):
            bob = utabox.account("bob", USDC="1")
            answer = bob.post("/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")
            assert answer.why["hint"].endswith(" USD are missing: `bob.fund(USDC=...)`.")
            bob.get("/v5/no-such-path")
            utabox.requests.by(bob).exactly(
                "POST /v5/account/set-margin-mode", "GET /v5/no-such-path"
            )
            assert False

        @pytest.mark.utabox(clock="2040-01-01")
        def test_clock(utabox):
            carol = utabox.account("carol")
            session = HTTP(api_key=carol.api_key, api_secret=carol.secret, max_retries=1)
            session.endpoint = utabox.url
            with session.client, pytest.raises(Exception):
                session.get_account_info()
            assert False
        """
    )
    result = run.runpytest_subprocess()
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines_random(
        [
            "*hint: `fault.remove()` removes it; `list(utabox.faults)` shows all.",
            "*hint: * USD are missing: `bob.fund(USDC=...)`.",
            "#2 *  bob  GET /v5/no-such-path *404*",
            "#1 *  carol  GET /v5/account/info *200/10002 *",
            "*hint: Use `carol.pybit()`, which follows the venue's clock. *",
        ]
    )


def test_a_running_server_is_used(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its token; each test makes a venue there and drops it; settings are the server's."""
    run.makepyfile(
        """
        import pytest

        def test_it_is_there(utabox, utabox_server):
            assert utabox_server.server is None
            assert utabox.name.startswith("test-it-is-there-")
            assert utabox.account(USDT="1").get("/v5/account/info").retCode == 0

        @pytest.mark.utabox(rate_limits="real")
        def test_settings(utabox): ...
        """
    )
    with Server(token="t0ken") as server:
        monkeypatch.setenv("UTABOX_TOKEN", "t0ken")
        result = run.runpytest_subprocess("--utabox-url", server.url)
        left = [venue.name for venue in server.call(lambda: list(server.venues))]
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["utabox: rate_limits: a test cannot set this while *"])
    assert left == ["default"]


@pytest.mark.parametrize("token", ["", "t0ken"])
def test_a_server_that_is_not_there(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    """Is told in a sentence, of each test, with a token and without."""
    monkeypatch.setenv("UTABOX_TOKEN", token)
    run.makepyfile("def test_it(utabox): ...")
    result = run.runpytest_subprocess("--utabox-url", "http://127.0.0.1:1")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["utabox: http://127.0.0.1:1 does not answer to GET *Is a utabox running there?"]
    )


def test_a_server_whose_token_is_not_known(run: pytest.Pytester) -> None:
    """Is told with how to give it."""
    run.makepyfile("def test_it(utabox): ...")
    with Server(token="t0ken") as server:
        result = run.runpytest_subprocess("--utabox-url", server.url)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["utabox: The doors of http://* need a token: set UTABOX_TOKEN *"])


def test_a_failure_shows_what_did_not_happen(run: pytest.Pytester) -> None:
    """That no request came at all, and which faults no request has met."""
    run.makepyfile(
        """
        def test_it(utabox):
            utabox.faults.add("/v5/account/inf", retCode=10006)
            assert utabox.requests.refused

        def test_assertion(utabox):
            utabox.requests.expect("/v5/account/info")

        def test_later(utabox):
            alice = utabox.account()
            utabox.faults.add("/v5/account/*", retCode=10006, nth=3)
            met = utabox.faults.add("/v5/market/time", status=502)
            alice.get("/v5/account/info")
            alice.get("/v5/market/time")
            assert not met.fired
        """
    )
    result = run.runpytest_subprocess()
    result.assert_outcomes(failed=3)
    nothing = "no requests: nothing reached this venue; is the client pointed at `utabox.url`, *"
    result.stdout.fnmatch_lines(
        [
            nothing,
            "fault 1 on /v5/account/inf never fired*",
            f"E *{nothing}",
            nothing,
            "#2 *",
            "fault 1 on /v5/account/* never fired, of 1 that it was about",
        ]
    )
    assert "fault 2 on" not in result.stdout.str()


def test_a_failure_shows_what_programs_printed(run: pytest.Pytester) -> None:
    """Of those of this test, run to their end or started, the end of it; a program that is not
    there, and an exit code that is checked, are told as `subprocess` does, in the test's words."""
    run.makepyfile(
        bot="import sys; print('x' * 9_000 + 'out'); sys.exit('the bot is broken')",
        test_bots="""
        import sys
        import pytest

        @pytest.fixture(scope="module")
        def shared(utabox_venue):
            with utabox_venue() as exchange:
                yield exchange

        def test_checked(utabox):
            utabox.run([sys.executable, "bot.py"], check=True)

        def test_started(utabox):
            program = utabox.start([sys.executable, "bot.py"])
            assert program.wait(60) == 0

        def test_missing(utabox):
            utabox.run(["no-such-bot"])

        def test_missing_path(utabox):
            utabox.start(["./no-such-bot"])

        def test_passes(shared):
            assert shared.run([sys.executable, "-c", "print('not told')"]).returncode == 0

        def test_no_program(shared):
            assert False

        def test_late(shared):
            code = "import time; print('late', flush=True); time.sleep(60)"
            shared.run([sys.executable, "-c", code], timeout=3)
        """,
    )
    result = run.runpytest_subprocess()
    result.assert_outcomes(failed=6, passed=1)
    shown = ["*- program output -*", "$ *python* bot.py  (exit code 1)",
             "stdout: (the last 4000 of 9004 characters)", "xxx*xout", "stderr:",
             "the bot is broken"]  # fmt: skip
    result.stdout.fnmatch_lines(
        [
            "E *CalledProcessError: Command *python*'bot.py'* returned non-zero exit status 1.",
            *shown,
            *shown,
            "E *FileNotFoundError: * There is no such program, check its name, *: 'no-such-bot'",
            "E *FileNotFoundError: * There is no such program, check its path: './no-such-bot'",
            "E *TimeoutExpired: Command *",
            "$ *python* (killed after 3 s)",
            "stdout:",
            "late",
            "stderr: nothing",
        ]
    )
    assert "not told" not in result.stdout.str()
    assert result.stdout.str().count("- program output -") == 3
    assert "pytest_plugin/" not in result.stdout.str()


def test_a_test_may_start_a_program(run: pytest.Pytester) -> None:
    """A bot in a process of its own; nothing is left open."""
    run.makepyfile(
        bot="""
        import os
        from pybit.unified_trading import HTTP

        key, secret = os.environ["BYBIT_API_KEY"], os.environ["BYBIT_API_SECRET"]
        session = HTTP(api_key=key, api_secret=secret)
        print(session.get_account_info()["result"]["marginMode"])
        """,
        test_bot="""
        import sys

        def test_bot(utabox):
            alice = utabox.account("alice")
            done = utabox.run([sys.executable, "bot.py"], account=alice)
            assert done.stdout == "REGULAR_MARGIN\\n", done.stderr
            utabox.requests.by(alice).exactly("GET /v5/account/info")
        """,
    )
    run.runpytest_subprocess().assert_outcomes(passed=1)
