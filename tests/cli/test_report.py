"""The end of `utabox run`: what is one mistake, and how it is told."""

from collections.abc import Mapping
from typing import Any

from utabox.cli.report import Paragraph, distinct, not_here_yet, silent_yet
from utabox.server.request_log import LogEntry
from utabox.server.stream_refusals import silent
from utabox.why import Why

INFO = "/v5/account/info"
UNKNOWN = "Leave out --no-accept-any-key."
SEARCHED = Why("A rule.", "an id.", "a secret in its place", "Swap them.", {"mistake": "swapped"})
BRIEF = Why("A rule.", "an id.", "something", "Read the log again.", {"mistake": "not-searched"})
MISSING = Why(
    rule="The path must be one that this server offers.",
    expected="a path of `utabox routes`",
    seen="GET /v5/position/list",
    hint="The exchange has it, utabox has not yet: it is next.",
)


def entry(why: Why | None, **fields: Any) -> LogEntry:
    """A refused call."""
    usual: Mapping[str, Any] = {
        "number": 1,
        "time": 0,
        "method": "GET",
        "path": INFO,
        "query": "",
        "body": "",
        "headers": {},
        "peer": "127.0.0.1",
        "apiKey": "",
        "uid": 0,
        "status": 200,
        "retCode": 10004,
        "retMsg": "",
        "tookMicroseconds": 0,
    }
    return LogEntry(**{**usual, "why": why, **fields})


def edge(why: Why, path: str, method: str = "GET") -> LogEntry:
    """A call that was answered without an envelope."""
    return entry(why, path=path, method=method, status=404, retCode=None)


def told(*entries: LogEntry) -> list[Paragraph]:
    """What is told of calls that nobody can explain any better."""
    return distinct(entries, lambda each: each, UNKNOWN)


def test_a_refusal_is_a_line_and_below_it_what_to_do() -> None:
    """The sentences end as they were written: with one full stop, or none."""
    assert told(entry(SEARCHED)) == [
        Paragraph(
            f"10004 GET {INFO}: A rule.",
            ["expected: an id.", "seen: a secret in its place", "hint: Swap them."],
        )
    ]


def test_numbers_do_not_make_a_mistake_another_one() -> None:
    """The newest is shown, with how often it was made."""
    waits = [
        entry(Why("A rule.", f"after {ms}", "now", f"Call again in {ms} ms.")) for ms in (5, 17)
    ]
    (paragraph,) = told(*waits)
    assert paragraph.head == f"10004 GET {INFO} (2 times): A rule."
    assert paragraph.below[-1] == "hint: Call again in 17 ms."


def test_another_path_code_or_hint_is_another_mistake() -> None:
    other_hint = entry(Why("A rule.", "an id.", "quotes around it", "Send it bare."))
    others = [entry(SEARCHED, path="/v5/user/query-api"), entry(SEARCHED, retCode=10003)]
    assert len(told(entry(SEARCHED), *others, other_hint)) == 4


def test_what_was_explained_in_brief_is_explained_again() -> None:
    """And is then the mistake that the others are."""
    brief = [entry(BRIEF, number=number) for number in range(1, 56)]
    searched = [entry(SEARCHED, number=number) for number in range(56, 61)]
    paragraphs = distinct([*brief, *searched], lambda _: entry(SEARCHED), UNKNOWN)
    assert [paragraph.head for paragraph in paragraphs] == [f"10004 GET {INFO} (60 times): A rule."]
    assert paragraphs[0].below[-1] == "hint: Swap them."


def test_a_call_without_a_method_or_a_path_leaves_no_gap() -> None:
    no_method, nothing = (entry(SEARCHED, method="", path=path) for path in (INFO, ""))
    heads = [paragraph.head for paragraph in told(no_method, nothing)]
    assert heads == [f"10004 {INFO}: A rule.", "10004: A rule."]


def test_a_call_that_nobody_explains_is_told_by_its_message() -> None:
    """And one that was answered well not at all."""
    (paragraph,) = told(entry(None, retMsg="no"), entry(None, retCode=0, status=101))
    assert paragraph == Paragraph(f"10004 GET {INFO}: no")


def test_who_started_a_run_is_not_told_how_to_start_a_server() -> None:
    """The other sentences of the hint stay."""
    hint = "Make a key; a server that is started with --accept-any-key takes any. Case matters."
    (paragraph,) = told(entry(Why("A rule.", "a key", "none", hint)))
    assert paragraph.below[-1] == f"hint: {UNKNOWN} Case matters."


def test_what_is_not_here_yet_is_one_line() -> None:
    """A path that the exchange has not stays a line of its own."""
    listed = edge(MISSING, "/v5/position/list")
    calls = [listed, edge(MISSING, "/v5/order/create", "POST"), listed, edge(SEARCHED, "/v5/x")]
    assert list(not_here_yet(calls)) == [
        Paragraph(
            "not here yet: GET /v5/position/list (2 times), POST /v5/order/create",
            ["hint: The exchange has it, utabox has not yet: it is next."],
        )
    ]
    assert [paragraph.head for paragraph in told(*calls)] == ["404 GET /v5/x: A rule."]
    assert list(not_here_yet(calls[3:])) == []


def test_many_that_are_not_here_yet_are_counted() -> None:
    (paragraph,) = not_here_yet(edge(MISSING, f"/v5/{number}") for number in range(15))
    assert paragraph.head.endswith("GET /v5/10, GET /v5/11 and 3 others")


def test_topics_that_are_silent_yet_are_one_line() -> None:
    """They were subscribed to: that is no refusal."""
    calls = [
        entry(silent(names), method="WS", path="/v5/private", status=101, retCode=0)
        for names in (["order", "position"], ["order"], ["greeks"])
    ]
    assert told(*calls) == []
    (paragraph,) = silent_yet(calls)
    assert paragraph.head == "silent yet: order, position, greeks"
    many = [entry(silent([f"tickers.{number}"]), status=101, retCode=0) for number in range(15)]
    (paragraph,) = silent_yet(many)
    assert paragraph.head.endswith("tickers.11 and 3 others")
