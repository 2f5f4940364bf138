"""A server whose empty store is filled by a seed: who gets which key, and what stays as it is."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.actors import Actor, Exchange

from utabox.clock import ManualClock
from utabox.embedded import Server
from utabox.journal.memory import MemoryJournal
from utabox.seed import Sown
from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET, SettingsError

ALICE, BOB = 100_000_001, 100_000_002
CHOSEN = {"api_key": "chosen", "api_secret": "a-secret-of-mine"}
FROZEN = 1_767_225_600_000  # 2026-01-01T00:00:00Z


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    return tmp_path / "seed.yaml"


def serving(seed: Path, text: str, **options: Any) -> Server:
    """A server with a seed, whose machine's clock is a day ahead of the frozen one."""
    seed.write_text(text)
    return Server(seed=str(seed), clock=ManualClock(FROZEN + 86_400_000), **options)


def told(server: Server) -> list[Sown]:
    sown = server.service.sown
    assert sown is not None
    return sown


def test_a_seeded_account_answers_at_the_time_of_its_seed(seed: Path) -> None:
    """The signature is judged by the venue's clock, and the fault is the seed's."""
    text = """\
clock: {time: 2026-01-01T00:00:00Z, speed: 0}
accounts:
- name: alice
  balances: {USDC: 5000}
  marginMode: PORTFOLIO_MARGIN
  keys: [{apiKey: mine, secret: hidden}]
faults:
- {path: /v5/account/info, retCode: 10016, times: 1, account: alice}
"""
    with serving(seed, text) as server:
        exchange = Exchange(server, ManualClock(FROZEN), MemoryJournal())
        with closing(exchange):
            alice = Actor(exchange, ALICE, "mine", "hidden")

            assert alice.get("/v5/account/info").retCode == 10016
            assert alice.info["marginMode"] == "PORTFOLIO_MARGIN"


def test_the_first_account_without_keys_has_the_demo_key(seed: Path) -> None:
    """So that what the ready text prints works, as without a seed."""
    with serving(seed, "accounts:\n- {keys: [{apiKey: mine}]}\n- name: bob\n") as server:
        keys = server.call(lambda: server.venue.runtime.state.keys)

        assert keys[DEMO_API_KEY].uid == BOB
        assert (server.api_key, server.api_secret) == (DEMO_API_KEY, DEMO_API_SECRET)
        assert told(server)[1] == Sown("bob", BOB, DEMO_API_KEY, DEMO_API_SECRET)


def test_the_first_account_without_keys_has_the_key_that_was_chosen(seed: Path) -> None:
    """Its secret is not told again."""
    with serving(seed, "accounts:\n- name: alice\n", **CHOSEN) as server:
        assert told(server) == [Sown("alice", ALICE, "chosen", None)]
        assert server.api_secret == CHOSEN["api_secret"]


def test_the_key_that_was_chosen_is_there_in_any_case(seed: Path) -> None:
    with serving(seed, "accounts:\n- {keys: [{apiKey: mine}]}\n", **CHOSEN) as server:
        keys = server.call(lambda: server.venue.runtime.state.keys)

        assert [(key.api_key, key.uid) for key in keys.values()] == [
            ("mine", ALICE), ("chosen", ALICE),
        ]  # fmt: skip


def test_a_random_key_of_the_seed_is_the_first_to_call_with(seed: Path) -> None:
    with serving(seed, "accounts:\n- {keys: [{apiKey: mine}]}\n") as server:
        assert server.api_key == "mine"
        assert server.api_secret == told(server)[0].secret


def test_a_seed_without_accounts_leaves_the_demo_account(seed: Path) -> None:
    with serving(seed, "prices: {BTC: 5}\n") as server:
        state = server.call(lambda: server.venue.runtime.state)

        assert state.index_prices["BTC"] == 5
        assert list(state.accounts) == [ALICE]
        assert server.api_key == DEMO_API_KEY


def test_a_profile_gets_the_demo_key_for_an_account_of_its_own(seed: Path) -> None:
    """An account of another environment could not be called here."""
    text = "accounts:\n- environment: mainnet\n- name: bob\n"
    with serving(seed, text, environment="demo") as server:
        keys = server.call(lambda: server.venue.runtime.state.keys)

        assert keys[DEMO_API_KEY].uid == BOB


def test_a_store_that_is_not_empty_stays_as_it_is(seed: Path, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with Server(data=data) as server:
        before = server.call(server.venue.runtime.state_hash)

    with serving(seed, "accounts:\n- {}\n", data=data) as server:
        assert server.service.sown is None
        assert server.call(server.venue.runtime.state_hash) == before


def test_a_seeded_store_is_there_after_a_restart(seed: Path, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with serving(
        seed, "clock: {time: 2026-01-01, speed: 0}\naccounts: [{}]\n", data=data
    ) as server:
        before = server.call(server.venue.runtime.state_hash)

    with Server(data=data) as server:
        assert server.call(server.venue.runtime.state_hash) == before
        assert server.call(server.venue.runtime.now) == FROZEN


@pytest.mark.parametrize(
    ("text", "options", "complaint"),
    [
        ("accounts:\n- {}\n- balances: {NIL: 1}\n", {}, r":3: accounts\[1\]\.balances\.NIL: "),
        ("accounts: 5\n", {}, ":1: accounts: a list stands here"),
        (
            f"accounts:\n- keys: [{{apiKey: {DEMO_API_KEY}, secret: {DEMO_API_SECRET}}}]\n",
            {"host": "0.0.0.0"},
            "The store has the published demo key",
        ),
        (
            "accounts:\n- keys: [{apiKey: chosen, secret: other}]\n",
            CHOSEN,
            "The store has the key chosen with another secret",
        ),
    ],
)
def test_a_seed_that_cannot_be_leaves_an_empty_store(
    seed: Path, tmp_path: Path, text: str, options: dict[str, str], complaint: str
) -> None:
    """So the next start begins with the seed as it was mended."""
    data = str(tmp_path / "data")
    with pytest.raises(SettingsError, match=complaint):
        serving(seed, text, data=data, **options).start()

    with serving(seed, "accounts:\n- name: alice\n", data=data) as server:
        assert told(server)[0].name == "alice"
