"""POST /v5/user/create-sub-member: a master opens a sub-account."""

from typing import Any

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/user/create-sub-member"
LIST = "/v5/user/query-sub-members"
WANTED = {"username": "xxxx01", "memberType": 1}


def test_a_new_sub_account(exchange: Exchange) -> None:
    """Normal, unified of kind 5 whatever its master is, and in the master's list (1.1)."""
    alice = exchange.account(kind=6)

    reply = alice.post(PATH, **WANTED, switch=1, note="test")

    assert (reply.retCode, reply.retMsg) == (0, "")
    uid = reply.result["uid"]
    assert reply.result == {
        "uid": uid, "username": "xxxx01", "memberType": 1, "status": 1, "remark": "test",
    }  # fmt: skip
    assert alice.get(LIST).result["subMembers"] == [
        {
            "uid": uid, "username": "xxxx01", "memberType": 1, "status": 1, "remark": "test",
            "accountMode": 5,
        }
    ]  # fmt: skip


def test_a_custodial_one(exchange: Exchange) -> None:
    """memberType 6; `isUta` is ignored, and the remark is empty unless given."""
    reply = exchange.account().post(PATH, username="xxxx02", memberType=6, isUta=False)
    assert (reply.result["memberType"], reply.result["remark"]) == (6, "")


def test_a_username_is_nobody_elses(exchange: Exchange) -> None:
    """31005, for another master, too; nothing is journaled."""
    exchange.account().post(PATH, **WANTED)
    bob = exchange.account()
    entries = exchange.entries

    assert bob.post(PATH, **WANTED).retCode == 31005

    assert exchange.entries == entries
    assert bob.get(LIST).result["subMembers"] == []
    assert exchange.why["hint"] == "Choose another."


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("abcd1", 10001), ("abcde1", 0), ("abcdefghijklmno1", 0), ("abcdefghijklmnop1", 10001),
        ("abcdefg", 10001), ("1234567", 10001), ("abc_123", 10001), ("abc 123", 10001),
        ("äbcdef1", 10001), ("", 10001),
    ],
)  # fmt: skip
def test_usernames(exchange: Exchange, username: str, code: int) -> None:
    """6 to 16 letters and digits, both present (4.5)."""
    assert exchange.account().post(PATH, username=username, memberType=1).retCode == code


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Abcdefg1", 0), ("Abcdef1", 10001), ("A1" + "b" * 28, 0), ("A1" + "b" * 29, 10001),
        ("abcdefg1", 10001), ("ABCDEFG1", 10001), ("Abcdefgh", 10001), (12345678, 10001),
    ],
)  # fmt: skip
def test_passwords(exchange: Exchange, password: Any, code: int) -> None:
    """8 to 30 characters with a digit, a small and a capital letter (4.5)."""
    assert exchange.account().post(PATH, **WANTED, password=password).retCode == code


@pytest.mark.parametrize("password", ["Abcdefg1Xyz", "abcdefgxyzabc"])
def test_a_password_is_kept_nowhere(exchange: Exchange, password: str) -> None:
    """Neither in the journal nor in the request log, accepted or refused."""
    exchange.account().post(PATH, **WANTED, password=password)
    assert not any(password.encode() in record.payload for record in exchange.journal.read(0))
    assert password not in str(exchange.control("GET", "/-/requests"))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"username": None}, "username"), ({"memberType": 2}, "memberType"),
        ({"memberType": None}, "memberType"), ({"switch": 2}, "switch"),
        ({"note": "n" * 257}, "note"), ({"note": 5}, "note"),
    ],
)  # fmt: skip
def test_parameters_that_do_not_fit(
    exchange: Exchange, changed: dict[str, Any], field: str
) -> None:
    """10001 names the parameter."""
    reply = exchange.account().post(PATH, **{**WANTED, **changed})
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


def test_a_fit_username_comes_before_a_free_one(exchange: Exchange) -> None:
    """10001 wins over 31005."""
    alice = exchange.account()
    alice.post(PATH, **WANTED)
    exchange.clock.advance(1000)
    assert alice.post(PATH, **WANTED, note="n" * 257).retCode == 10001


def test_sub_accounts_have_none(exchange: Exchange) -> None:
    """A master's key only: 10005."""
    alice = exchange.account()
    assert exchange.account(parent=alice.uid).post(PATH, **WANTED).retCode == 10005
    assert exchange.why["expected"] == "a key of a master account"


def test_it_needs_a_wallet_permission(exchange: Exchange) -> None:
    """AccountTransfer, SubMemberTransfer or Withdraw (4.4); and to write."""
    alice = exchange.account()
    assert alice.key(permissions=["Spot:SpotTrade"]).post(PATH, **WANTED).retCode == 10005
    assert alice.key(readOnly=True).post(PATH, **WANTED).retCode == 10005
    assert alice.key(permissions=["Wallet:Withdraw"]).post(PATH, **WANTED).retCode == 0


def test_the_limit_is_one_a_second(exchange: Exchange) -> None:
    """The second is refused."""
    alice = exchange.account()
    names = ["first1", "second2"]
    codes = [alice.post(PATH, username=name, memberType=1).retCode for name in names]
    assert codes == [0, 10006]


def test_the_documented_shape(exchange: Exchange) -> None:
    """Five members."""
    oracle().assert_matches(exchange.account().post(PATH, **WANTED).json, "user/create-subuid")
