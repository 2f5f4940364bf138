"""Rate limits: exact rolling windows, headers, and memory that stays bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utabox.server.limits import (
    IP_CALLS,
    IpLimiter,
    RateLimiter,
    Usage,
    why_banned,
    why_too_many_visits,
)

INFO = "/v5/account/info"
T0 = 1_748_312_640_000


def test_the_51st_call_within_a_second_is_refused() -> None:
    """Status counts down to 0; another UID and another endpoint are unaffected (scenario 12)."""
    limiter = RateLimiter("real")

    usages = [limiter.take(1, INFO, 50, 1000, T0 + index) for index in range(50)]

    assert [usage.remaining for usage in usages] == list(range(49, -1, -1))
    assert all(usage.allowed and usage.limit == 50 for usage in usages)
    assert [usage.reset_ms for usage in usages] == [T0 + index for index in range(50)]
    assert limiter.take(1, INFO, 50, 1000, T0 + 50) == Usage(False, 50, 0, T0 + 1000)
    assert limiter.take(2, INFO, 50, 1000, T0 + 50).remaining == 49
    assert limiter.take(1, "/v5/account/fee-rate", 5, 1000, T0 + 50).remaining == 4


def test_the_window_rolls() -> None:
    """A call is forgotten exactly one window after it was made, and no sooner."""
    limiter = RateLimiter()
    limiter.take(1, INFO, 2, 1000, T0)
    limiter.take(1, INFO, 2, 1000, T0 + 600)

    assert limiter.take(1, INFO, 2, 1000, T0 + 999) == Usage(False, 2, 0, T0 + 1000)
    assert limiter.take(1, INFO, 2, 1000, T0 + 1000) == Usage(True, 2, 0, T0 + 1000)
    assert limiter.take(1, INFO, 2, 1000, T0 + 1000) == Usage(False, 2, 0, T0 + 1600)


def test_a_refused_call_consumes_nothing() -> None:
    limiter = RateLimiter()
    limiter.take(1, INFO, 1, 1000, T0)

    refused = [limiter.take(1, INFO, 1, 1000, T0 + index).allowed for index in range(1, 1000)]

    assert not any(refused)
    assert limiter.take(1, INFO, 1, 1000, T0 + 1000).allowed


def test_limits_per_minute_roll_over_60_seconds() -> None:
    limiter = RateLimiter()
    limiter.take(1, "/v5/asset/transfer/inter-transfer", 1, 60_000, T0)

    refused = limiter.take(1, "/v5/asset/transfer/inter-transfer", 1, 60_000, T0 + 59_999)

    assert refused == Usage(False, 1, 0, T0 + 60_000)
    assert limiter.take(1, "/v5/asset/transfer/inter-transfer", 1, 60_000, T0 + 60_000).allowed


def test_off_refuses_nobody_and_remembers_nothing() -> None:
    limiter = RateLimiter("off")

    usages = [limiter.take(1, INFO, 50, 1000, T0) for _ in range(1000)]

    assert set(map(repr, usages)) == {repr(Usage(True, 50, 49, T0))}
    assert len(limiter) == 0


def test_a_number_is_every_endpoint_s_allowance() -> None:
    limiter = RateLimiter(3)

    usages = [limiter.take(1, INFO, 50, 1000, T0) for _ in range(4)]

    assert [(usage.allowed, usage.limit, usage.remaining) for usage in usages] == [
        (True, 3, 2), (True, 3, 1), (True, 3, 0), (False, 3, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", [0, -1])
def test_a_number_below_one_is_no_mode(mode: int) -> None:
    with pytest.raises(ValueError, match="a number from 1"):
        RateLimiter(mode)


def test_an_allowance_that_shrinks_frees_when_enough_calls_are_old() -> None:
    """Of 4 calls, 3 must leave the window before an allowance of 2 permits the next."""
    limiter = RateLimiter()
    for index in range(4):
        limiter.take(1, INFO, 4, 1000, T0 + index)

    assert limiter.take(1, INFO, 2, 1000, T0 + 10) == Usage(False, 2, 0, T0 + 1002)
    assert limiter.take(1, INFO, 2, 1000, T0 + 1002).allowed


def test_idle_callers_are_forgotten() -> None:
    """After two windows only those remain who called since."""
    limiter = RateLimiter()
    for uid in range(10_000):
        limiter.take(uid, INFO, 50, 1000, T0)

    for second in range(1, 4):
        limiter.take(1, INFO, 50, 1000, T0 + second * 1000)

    assert len(limiter) == 1


CALLS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([INFO, "/b"]), st.integers(0, 700)), max_size=60
)


@given(calls=CALLS, allowance=st.integers(1, 5))
def test_the_limiter_agrees_with_a_list_of_all_calls(
    calls: list[tuple[int, str, int]], allowance: int
) -> None:
    """The naive twin keeps every call for ever and counts those of the last second."""
    limiter, taken, now = RateLimiter(), dict[tuple[int, str], list[int]](), T0
    for uid, path, pause in calls:
        now += pause
        times = taken.setdefault((uid, path), [])
        recent = [time for time in times if now - 1000 < time]

        usage = limiter.take(uid, path, allowance, 1000, now)

        if len(recent) < allowance:
            times.append(now)
            assert usage == Usage(True, allowance, allowance - len(recent) - 1, now)
        else:
            assert usage == Usage(False, allowance, 0, recent[0] + 1000)
            assert usage.reset_ms > now


def test_the_601st_call_of_an_address_bans_it_for_10_minutes() -> None:
    """Calls during the ban do not prolong it; other addresses go on."""
    limiter = IpLimiter(enabled=True)

    refused = [limiter.refuses("192.0.2.1", T0 + index) for index in range(IP_CALLS)]

    assert not any(refused)
    assert limiter.refuses("192.0.2.1", T0 + 4_999)
    assert limiter.banned_until("192.0.2.1") == T0 + 604_999
    assert not limiter.refuses("192.0.2.2", T0 + 5_000)
    assert limiter.refuses("192.0.2.1", T0 + 604_998)
    assert not limiter.refuses("192.0.2.1", T0 + 604_999)
    assert limiter.banned_until("192.0.2.1") == 0


def test_addresses_are_not_limited_unless_asked() -> None:
    limiter = IpLimiter()

    assert not any(limiter.refuses("192.0.2.1", T0) for _ in range(IP_CALLS * 2))


def test_why_too_many_visits_says_how_long_to_wait() -> None:
    why = why_too_many_visits(Usage(False, 50, 0, T0 + 400), 100000001, INFO, 1000, T0)

    assert why.expected == "At most 50 calls of /v5/account/info within any second."
    assert why.details["retry_after_ms"] == "400"
    assert "in 400 ms" in why.hint


def test_why_banned_says_how_long_to_wait() -> None:
    assert why_banned(T0 + 5, T0).details["retry_after_ms"] == "5"
