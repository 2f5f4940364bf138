"""The command as a whole, and what it prints of itself."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from utabox import __version__
from utabox.cli import COMMANDS
from utabox.cli.printable import printable
from utabox.cli.request_line import as_text
from utabox.server.request_log import LogEntry
from utabox.why import Why

from .process import Cli, run

NAMED = re.compile(r"^ *(?:utabox|Usage: utabox) ([a-z]+)", re.MULTILINE)


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")

    assert (done.returncode, done.stdout) == (0, f"utabox {__version__}\n")


def test_help_imports_nothing_that_is_slow(tmp_path: Path) -> None:
    code = (
        "import sys, click\n"
        "from utabox.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "slow = {'uvicorn', 'rich', 'asyncio', 'utabox.engine', 'cryptography'}\n"
        "print(sorted(slow & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        (sys.executable, "-c", code), capture_output=True, text=True, timeout=15, check=True
    )

    assert done.stderr == "[]\n"


def test_each_command_is_listed_with_a_whole_sentence(nobody: Cli) -> None:
    text = nobody("--help").stdout

    listed = dict(re.findall(r"^  ([a-z]+)  +(.+)$", text, re.MULTILINE))
    assert tuple(listed) == COMMANDS
    assert all(sentence.endswith(".") for sentence in listed.values())
    assert not any("..." in sentence for sentence in listed.values())


def test_a_misspelt_command_is_suggested(nobody: Cli) -> None:
    assert "No such command 'serv'. Did you mean 'serve'?" in nobody("serv").stderr
    assert "No such command 'xyz'.\n" in nobody("xyz").stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(nobody: Cli, name: str) -> None:
    done = nobody(name, "--help")

    assert done.exit_code == 0
    assert set(NAMED.findall(done.stdout)) <= {*COMMANDS}


def test_routes_are_the_endpoints(nobody: Cli) -> None:
    text, routes = nobody("routes").stdout, json.loads(nobody("routes", "--json").stdout)

    assert re.search(r"^GET +/v5/account/info +50/s +any key +The margin mode", text, re.M)
    assert re.search(r"^GET +/v5/market/time +none +public ", text, re.M)
    assert {"method", "path", "limit", "signed", "permission"} <= set(routes[0])


def test_a_line_of_the_log_is_harmless() -> None:
    """Whatever a client wrote into its path and its headers."""
    entry = LogEntry(
        number=1,
        time=0,
        method="GET",
        path="/v5/\x1b[2J\x9b31m\u202e\r\n",
        query="",
        body="",
        headers={},
        peer="127.0.0.1",
        apiKey="\x1b[0m",
        uid=0,
        status=404,
        retCode=None,
        retMsg="",
        tookMicroseconds=1250,
        why=Why("A rule.", "e", "\x1b]0;title\x07", "A hint."),
    )

    first, *below = as_text(entry, colour=False).splitlines()

    assert first.endswith(r" GET  /v5/\x1b[2J\x9b31m\u202e\r\n  key \x1b[0m  404  1.2 ms")
    assert below == [
        "    why: A rule.",
        "      expected: e",
        r"      seen: \x1b]0;title\x07",
        "      hint: A hint.",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢", "plain é 漢"),
        ("a\tb\x00", r"a\tb\x00"),
        ("\udc9b", r"\udc9b"),
        ("\u200b\U000e0001", r"\u200b\U000e0001"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable("x" * 100, 10) == "xxxxxxx..."
