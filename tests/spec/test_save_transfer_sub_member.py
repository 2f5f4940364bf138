"""POST /v5/asset/transfer/save-transfer-sub-member: every sub-account is enabled already."""

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/asset/transfer/save-transfer-sub-member"


def test_accepted_without_a_change(exchange: Exchange) -> None:
    """One text may hold several UIDs, as in the page's example; an empty list is one, too."""
    master = exchange.account()
    subs = [exchange.account(parent=master.uid).uid for _ in range(2)]
    before = exchange.entries

    for wanted in ([f"{subs[0]},{subs[1]}"], [str(subs[0])], []):
        reply = master.post(PATH, subMemberIds=wanted)
        assert (reply.retCode, reply.retMsg, reply.result) == (0, "success", {})

    assert exchange.entries == before


@pytest.mark.parametrize(("wanted", "code"), [(["1"], 141009), (["x"], 10001), ("1", 10001)])
def test_refused(exchange: Exchange, wanted: object, code: int) -> None:
    """An account that is no sub of the caller's, and what is no list of UIDs."""
    assert exchange.account().post(PATH, subMemberIds=wanted).retCode == code


def test_a_sub_account_may_not(exchange: Exchange) -> None:
    """Masters only: 10005, as a client's own test expects."""
    sub = exchange.account(parent=exchange.account().uid)
    assert sub.post(PATH, subMemberIds=[]).retCode == 10005


def test_the_shape_of_the_page_that_was_taken_down(exchange: Exchange) -> None:
    """The members of the example it had."""
    shown = {"retCode": 0, "retMsg": "success", "result": {}, "retExtInfo": {}, "time": 1}
    reply = exchange.account().post(PATH, subMemberIds=[])
    assert oracle().compare(reply.json, shown) == []
