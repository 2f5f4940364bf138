"""What `utabox run` tells at its end: what was refused, and whose signatures were not checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import click

from utabox.cli.explanation import parts_of
from utabox.cli.failure import Failure
from utabox.cli.printable import printable
from utabox.cli.request_line import PATH_MAX

if TYPE_CHECKING:
    from utabox.cli.doors import Doors
    from utabox.server.request_log import LogEntry

TOLD_MAX = 10
"""Paragraphs about refusals, and lines about keys."""
NAMED_MAX = 12
"""Endpoints in the line of those that are not here yet."""
READ_MAX = 10_000
"""Calls that are read."""
PAGE = 200
"""Calls of one reading: so few are given with their whole why."""
WHOLE_MAX = 20
"""Refusals that are read again, for the usual mistakes to be searched."""
KEYS_READ = 1_000
LINE_MAX = 800
METHOD_MAX = 10

NOT_YET = "utabox has not yet"
"""In the hint of a 404 of a path that the exchange has."""
NOT_SEARCHED = "not-searched"
"""The mistake of a bad signature that was explained in brief."""
ANY_KEY = "--accept-any-key"
"""In a sentence of a hint that is for whoever starts the server."""


class Advice(NamedTuple):
    """What helps in this run; it depends on how it was started."""

    unknown: str
    """A sentence, where a key was not known."""
    unchecked: str
    """A phrase, where its signatures were not checked."""


class Paragraph(NamedTuple):
    """A line, and what stands below it."""

    head: str
    below: Sequence[str] = ()


class Report:
    """The end of one run.

    Args:
        doors: Of the venue that it used.
        after: The number of the last call before it.
        keys_after: The id of the last key before it; None: not known, then of a run that had more
            calls than the log keeps, keys that were used early may be missing.
    """

    def __init__(
        self, doors: Doors, advice: Advice, after: int = 0, keys_after: int | None = None
    ) -> None:
        self._doors, self._advice = doors, advice
        self._after, self._keys_after = after, keys_after

    def paragraphs(self, tunnelled: Mapping[str, int]) -> Iterator[Paragraph]:
        """All that is to be told; nothing if there was nothing.

        Args:
            tunnelled: What the proxy refused, and how often.
        """
        import msgspec

        proxy = [Paragraph(line) for line in _counted(tunnelled)]
        try:
            entries = self._entries()
            unchecked = list(self._unchecked(entries))
        except (Failure, msgspec.ValidationError) as error:  # it has gone, or is of another version
            yield from at_most(proxy, "refusals")
            yield Paragraph(f"What was refused is not known: {error}")
            return
        refused = distinct(entries, self._whole, self._advice.unknown)
        yield from at_most([*proxy, *refused], "refusals")
        yield from not_here_yet(entries)
        yield from silent_yet(entries)
        yield from at_most(unchecked, "keys whose signatures were not checked")

    def _entries(self) -> list[LogEntry]:
        """The calls of the run, oldest first, as far as they are kept."""
        import msgspec

        from utabox.server.request_log import LogEntry

        found: list[LogEntry] = []
        while len(found) < READ_MAX:
            before = found[0].number if found else 0
            page = self._doors.call("GET", "requests", after=self._after, before=before, limit=PAGE)
            found[:0] = msgspec.convert(page, list[LogEntry])
            if len(page) < PAGE:
                break
        return found

    def _whole(self, entry: LogEntry) -> LogEntry:
        """The same call, for which the usual mistakes are searched."""
        import msgspec

        from utabox.server.request_log import LogEntry

        with suppress(Failure):  # it is not kept any more
            return msgspec.convert(self._doors.call("GET", "requests", str(entry.number)), LogEntry)
        return entry

    def _unchecked(self, entries: Sequence[LogEntry]) -> Iterator[Paragraph]:
        """A line for each key that was adopted."""
        from utabox.server.excerpts import name_shown

        is_all = not entries or entries[0].number == self._after + 1
        for index, ((key, uid), times) in enumerate(self._adopted(entries).items()):
            place = self._place(uid) if index < TOLD_MAX else ""
            signatures = "signature was" if is_all and times == 1 else "signatures were"
            count = f"{times} " if is_all and times > 1 else ""
            yield Paragraph(
                f"the key {name_shown(key.encode())} got account {uid}{place}; its "
                f"{count}{signatures} not checked: {self._advice.unchecked}"
            )

    def _adopted(self, entries: Iterable[LogEntry]) -> Counter[tuple[str, int]]:
        """Key and UID -> how many signatures are known that were not checked."""
        used = Counter(
            (entry.apiKey, entry.uid) for entry in entries if entry.signature == "unchecked"
        )
        if self._keys_after is not None:
            made = self._doors.call("GET", "keys", after=self._keys_after, limit=KEYS_READ)
            for key in made:
                if key["algorithm"] == "unchecked":
                    used[key["apiKey"], key["uid"]] += 0
        return used

    def _place(self, uid: int) -> str:
        """The environment of the account; nothing, if it is not there any more."""
        with suppress(Failure):
            return f" ({self._doors.call('GET', 'accounts', str(uid))['environment']})"
        return ""


def say(head: str, below: Sequence[str] = ()) -> None:
    """On stderr; stdout is the program's."""
    lines = (f"utabox: {printable(head, LINE_MAX)}", *(f"    {line}" for line in below))
    with suppress(OSError):
        click.echo("\n".join(lines), err=True)


def distinct(
    entries: Iterable[LogEntry], whole: Callable[[LogEntry], LogEntry], unknown: str
) -> list[Paragraph]:
    """A paragraph for each mistake, oldest first: how often it was made, and why it was refused.

    Args:
        whole: Gives the same call with a why that was searched.
        unknown: See `Advice`.
    """
    times: Counter[tuple[object, ...]] = Counter()
    newest: dict[tuple[object, ...], LogEntry] = {}
    for entry in entries:
        if _is_refused(entry) and not _is_not_yet(entry) and not _silent(entry):
            mistake = _mistake(entry)
            times[mistake] += 1
            newest[mistake] = entry
    brief = [mistake for mistake, entry in newest.items() if not _is_searched(entry)]
    for mistake in brief[:WHOLE_MAX]:
        entry = whole(newest.pop(mistake))
        newest.setdefault(_mistake(entry), entry)
        count = times.pop(mistake)
        times[_mistake(entry)] += count
    return [_paragraph(newest[mistake], times[mistake], unknown) for mistake in times]


def not_here_yet(entries: Iterable[LogEntry]) -> Iterator[Paragraph]:
    """One line for all endpoints that the exchange has and utabox has not yet."""
    missing = [entry for entry in entries if _is_not_yet(entry)]
    names = list(_counted(Counter(_call(entry) for entry in missing)))
    if not names:
        return
    more = f" and {len(names) - NAMED_MAX} others" if len(names) > NAMED_MAX else ""
    why = missing[-1].why
    hints = [] if why is None else [part for part in parts_of(why) if part.startswith("hint:")]
    yield Paragraph(f"not here yet: {', '.join(names[:NAMED_MAX])}{more}", hints)


def silent_yet(entries: Iterable[LogEntry]) -> Iterator[Paragraph]:
    """One line for all topics that were subscribed to and send nothing yet."""
    topics = list(dict.fromkeys(topic for entry in entries for topic in _silent(entry)))
    if topics:
        more = f" and {len(topics) - NAMED_MAX} others" if len(topics) > NAMED_MAX else ""
        yield Paragraph(
            f"silent yet: {', '.join(topics[:NAMED_MAX])}{more}",
            ["hint: The subscriptions were made, and nothing is sent on them: docs/streams.md."],
        )


def at_most(told: Sequence[Paragraph], what: str) -> Iterator[Paragraph]:
    """The first of them, and how many others there are."""
    yield from told[:TOLD_MAX]
    if len(told) > TOLD_MAX:
        yield Paragraph(f"and {len(told) - TOLD_MAX} other {what}")


def _is_refused(entry: LogEntry) -> bool:
    if entry.retCode is None:
        return entry.why is not None or entry.status >= 400
    return entry.why is not None or entry.retCode != 0


def _is_not_yet(entry: LogEntry) -> bool:
    return entry.status == 404 and entry.why is not None and NOT_YET in entry.why.hint


def _silent(entry: LogEntry) -> list[str]:
    """The topics of a subscription that send nothing yet."""
    from utabox.server.stream_refusals import SILENT

    told = "" if entry.why is None else entry.why.details.get(SILENT, "")
    return told.split(", ") if told else []


def _is_searched(entry: LogEntry) -> bool:
    return entry.why is None or entry.why.details.get("mistake") != NOT_SEARCHED


def _mistake(entry: LogEntry) -> tuple[object, ...]:
    """What is the same when it is made again, at another time or with another number."""
    rule, hint = (entry.why.rule, entry.why.hint) if entry.why else ("", "")
    call = (entry.status, entry.retCode, entry.method, entry.path)
    return (*call, rule, re.sub(r"[0-9]+", "0", hint))


def _paragraph(entry: LogEntry, times: int, unknown: str) -> Paragraph:
    code = entry.status if entry.retCode is None else entry.retCode
    head = " ".join(filter(None, (str(code), _call(entry), _often(times))))
    if entry.why is None:
        return Paragraph(f"{head}: {entry.retMsg}" if entry.retMsg else head)
    import msgspec

    why = msgspec.structs.replace(entry.why, hint=_advised(entry.why.hint, unknown))
    return Paragraph(f"{head}: {why.rule}", list(parts_of(why)))


def _advised(hint: str, unknown: str) -> str:
    """The hint, for whoever started a run instead of a server."""
    sentences = re.split(r"(?<=\.) ", hint)
    return " ".join(unknown if ANY_KEY in sentence else sentence for sentence in sentences)


def _call(entry: LogEntry) -> str:
    named = (printable(entry.method, METHOD_MAX), printable(entry.path, PATH_MAX))
    return " ".join(filter(None, named))


def _counted(sentences: Mapping[str, int]) -> Iterator[str]:
    for sentence, times in sentences.items():
        yield f"{sentence} {_often(times)}".rstrip()


def _often(times: int) -> str:
    return "" if times == 1 else f"({times} times)"
