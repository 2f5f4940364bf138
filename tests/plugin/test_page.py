"""docs/testing.md: every block of it that can run does."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "testing.md").read_text()
BLOCKS = dict(re.findall(r"```(?:python|yaml|ini)\n# (\S+)\n(.*?)```", PAGE, re.S))
UNCHANGED = "tests/"
"""Where the page has tests that know nothing of us."""
STRICT = ("-W", "error", "-o", "asyncio_default_fixture_loop_scope=function")


def laid_out(pytester: pytest.Pytester, names: list[str]) -> None:
    for name in names:
        file = pytester.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(BLOCKS[name])


def test_each_block_has_a_name() -> None:
    """So that none is left out here."""
    kinds = re.findall(r"^```(\w+)$", PAGE, re.M)
    assert len(BLOCKS) == len([kind for kind in kinds if kind != "console"])


@pytest.mark.parametrize("left_out", [[], ["pytest.ini"]], ids=["with its ini", "without"])
def test_its_tests_pass(pytester: pytest.Pytester, left_out: list[str]) -> None:
    """All of them, in a folder that has the files of the page, with no warning."""
    ours = {name: block for name, block in BLOCKS.items() if not name.startswith(UNCHANGED)}
    laid_out(pytester, [name for name in ours if name.endswith((".py", ".yaml", ".ini"))])
    for name in left_out:
        (pytester.path / name).unlink()
    tests = sum(block.count("def test_") for block in ours.values())

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *STRICT)

    result.assert_outcomes(passed=tests)


def test_its_first_command_runs_tests_that_know_nothing_of_us(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Word for word, with the test that the page shows; the real testnet is not reached."""
    for name in [name for name in os.environ if name.startswith(("UTABOX_", "BYBIT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.defpath)))
    laid_out(pytester, [name for name in BLOCKS if name.startswith(UNCHANGED)])
    (command, *_) = re.findall(r"^\$ (utabox run -- .*)$", PAGE, re.M)

    done = pytester.run(*shlex.split(command), timeout=120)

    assert done.ret == 0
    done.assert_outcomes(passed=1)


def test_it_works_under_utabox_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the page says: what uses the plugin passes, also what runs a program; a client that was
    not pointed at the venue reaches a server of the run, and its test fails."""
    for name in [name for name in os.environ if name.startswith(("UTABOX_", "BYBIT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.defpath)))
    laid_out(pytester, ["test_program.py", "bot.py", "test_margin.py"])
    pytester.makepyfile(
        test_forgotten="""
        from pybit.unified_trading import HTTP

        def test_it(utabox):
            session = HTTP(testnet=True, api_key="x" * 18, api_secret="y" * 36)
            assert session.get_account_info()["retCode"] == 0
            utabox.requests.expect("/v5/account/info")
        """
    )
    (command,) = re.findall(r"`(utabox run -- python -m pytest)`", PAGE)

    done = pytester.run(*shlex.split(command), "-p", "no:cacheprovider", timeout=120)

    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(["E *no requests: nothing reached this venue; *"])


def test_its_configuration_is_taken(pytester: pytest.Pytester) -> None:
    """The ini file, and the fixtures of the folder that overrides."""
    laid_out(pytester, ["pytest.ini", "seeds/ci.yaml", "overriding/conftest.py"])
    pytester.makepyfile(
        """
        def test_ini(utabox):
            maker = utabox.accounts["maker"]
            assert maker.state["environment"] == "testnet"
            assert maker.get("/v5/account/info").headers["x-bapi-limit"] == "50"
        """
    )
    (pytester.path / "overriding" / "test_there.py").write_text(
        "def test_fixtures(utabox):\n"
        "    answer = utabox.accounts['carol'].get('/v5/account/no-such-page')\n"
        "    assert 'x-utabox-why' in answer.headers\n"
    )

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:asyncio")

    result.assert_outcomes(passed=2)


def test_its_table_of_methods_is_true(pytester: pytest.Pytester) -> None:
    """What it names in the first column of a table is there."""
    from utabox.pytest_plugin import Account, Call, Exchange, Requests
    from utabox.pytest_plugin.account import Answer
    from utabox.pytest_plugin.clock import Clock

    cells = re.findall(r"^\| (`\.[^|]*) \| ([^|]*) \|", PAGE, re.M)
    named = {name for pair in cells for cell in pair for name in re.findall(r"`\.(\w+)", cell)}
    there = {name for kind in (Account, Call, Exchange, Requests, Answer, Clock)
             for name in dir(kind)}  # fmt: skip
    instance = {"uid", "api_key", "secret", "status", "headers", "json"}
    assert named - there - instance == set()
