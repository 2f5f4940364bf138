"""`utabox serve --seed`: what it prints, and how it refuses."""

import json
import re
from pathlib import Path

from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET

from .process import Serving, run

SEED = """\
accounts:
- name: alice
- name: bot
  keys: [{apiKey: botkey, secret: hidden}]
- name: carol
  keys: []
"""


def seed(folder: Path, text: str = SEED) -> str:
    file = folder / "seed.yaml"
    file.write_text(text)
    return str(file)


def test_the_ready_text_names_the_accounts_and_their_keys(tmp_path: Path) -> None:
    """But no secret that the seed's author chose."""
    with Serving(tmp_path, "--memory", "--seed", seed(tmp_path)) as serving:
        text = serving.await_output(re.compile(r"utabox is ready .*Control token", re.DOTALL))

    assert f"  alice  uid 100000001  key {DEMO_API_KEY}  secret {DEMO_API_SECRET}\n" in text
    assert "  bot  uid 100000002  key botkey  with the secret that you know\n" in text
    assert "  carol  uid 100000003  no key\n" in text
    assert "hidden" not in text


def test_the_ready_object_names_them_too(tmp_path: Path) -> None:
    file = seed(tmp_path)
    with Serving(tmp_path, "--memory", "--json", settings={"UTABOX_SEED": file}) as serving:
        ready = json.loads(serving.await_output(re.compile(r"\{.*\}")))

    assert ready["accounts"] == [
        {"name": "alice", "uid": 100_000_001, "apiKey": DEMO_API_KEY, "secret": DEMO_API_SECRET},
        {"name": "bot", "uid": 100_000_002, "apiKey": "botkey", "secret": None},
        {"name": "carol", "uid": 100_000_003, "apiKey": None, "secret": None},
    ]


def test_all_that_is_wrong_is_a_line_each(tmp_path: Path) -> None:
    """On stderr, with file, line and member; and nothing is served."""
    file = seed(tmp_path, "clok: {}\naccounts:\n- balances: {USDT: abc}\n")

    refused = run(tmp_path, "serve", "--memory", "--port", "0", "--seed", file)

    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr == (
        f"utabox: {file}:1: clok: there is no such member: did you mean clock?\n"
        f'utabox: {file}:3: accounts[0].balances.USDT: "abc" is no amount: write such as 1000 or '
        '"0.5"\n'
    )


def test_a_store_that_is_not_empty_is_left_with_a_word(tmp_path: Path) -> None:
    data, file = str(tmp_path / "data"), seed(tmp_path)
    with Serving(tmp_path, "--data", data) as serving:
        assert serving.stop() == 0

    with Serving(tmp_path, "--data", data, "--seed", file) as serving:
        assert serving.stop() == 0
        assert serving.err.read_text() == (
            f"utabox: {file} was not used: the store is not empty, and stays as it is. "
            f"`utabox venue seed default {file}` adds what it says; an empty --data folder, or "
            "--memory, begins with it.\n"
        )
