"""What `utabox get` and `utabox post` do alike: options, sending, showing, explaining."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import click

from utabox.cli.call import RECV_WINDOW_MS, RECV_WINDOW_MS_CURL, Call, Signer
from utabox.cli.doors import URL, Doors, instead
from utabox.cli.explanation import lines_of
from utabox.cli.failure import BadSetting, Failure
from utabox.cli.number import Whole
from utabox.cli.printable import printable
from utabox.cli.wire import (
    Late,
    Response,
    Unanswered,
    Unreachable,
    base_url,
    on_this_machine,
    send,
)
from utabox.retcodes import KEY_INVALID

if TYPE_CHECKING:
    from utabox.cli.answer import Envelope
    from utabox.why import Why


class Options(NamedTuple):
    """How a call is to be made and shown."""

    base_url: str
    live: bool
    key: str | None
    secret: str | None
    rsa_key: Path | None
    no_auth: bool
    recv_window: int | None  # ms
    token: str | None
    curl: bool
    as_json: bool


def call_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options; `function` gets them as `options`."""

    @click.option(
        "--base-url",
        "--url",
        "base_url",
        type=base_url,
        metavar="URL",
        default=URL,
        envvar="UTABOX_URL",
        show_default=True,
        show_envvar=True,
        help="Whom to call.",
    )
    @click.option(
        "--venue", metavar="NAME", envvar="UTABOX_VENUE", help="One of its venues, by its base URL."
    )
    @click.option("--live", is_flag=True, help="Yes, call a host that is not on this machine.")
    @click.option(
        "--key", envvar="UTABOX_API_KEY", show_envvar=True, help="API key. [default: demo]"
    )
    @click.option(
        "--secret",
        envvar="UTABOX_API_SECRET",
        show_envvar=True,
        help="Its secret. Every user of this machine sees it in the process list: rather set "
        "UTABOX_API_SECRET.",
    )
    @click.option(
        "--rsa-key",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Sign with this RSA private key (PEM) instead.",
    )
    @click.option("--no-auth", is_flag=True, help="Send no key and no signature.")
    @click.option(
        "--recv-window",
        type=Whole(0),
        help=f"Ms that the signature lasts. [default: {RECV_WINDOW_MS}; for --curl "
        f"{RECV_WINDOW_MS_CURL}]",
    )
    @click.option(
        "--token", envvar="UTABOX_TOKEN", show_envvar=True, help="Control token, to learn the why."
    )
    @click.option("--curl", is_flag=True, help="Print the call as a curl command; do not send it.")
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as it came.")
    @functools.wraps(function)
    def with_options(
        *args: Any,
        base_url: str,
        venue: str | None,
        live: bool,
        key: str | None,
        secret: str | None,
        rsa_key: Path | None,
        no_auth: bool,
        recv_window: int | None,
        token: str | None,
        curl: bool,
        as_json: bool,
        **given: Any,
    ) -> None:
        if venue is not None:
            base_url = f"{base_url}/venues/{quote(venue, safe='')}"
        options = Options(
            base_url, live, key, secret, rsa_key, no_auth, recv_window, token, curl, as_json
        )
        function(*args, options=options, **given)

    return with_options


def perform(method: str, path: str, query: str, body: str | None, options: Options) -> None:
    """Make the call that was asked for, and end with 1 when it was refused."""
    from utabox.cli.call import as_curl, make_call, signer

    by = None if options.no_auth else signer(options.key, options.secret, options.rsa_key)
    _refuse_strangers(options, by)
    ahead_ms = 0 if by is None or options.live else _ahead_ms(options, by.api_key)
    window = options.recv_window
    if window is None:
        window = RECV_WINDOW_MS_CURL if options.curl else RECV_WINDOW_MS
    call = make_call(options.base_url, method, path, query, body, by, window, ahead_ms)
    if options.curl:
        click.echo(as_curl(call))
        if by is not None:
            click.echo(f"The signature lasts {window / 1000:g} s.", err=True)
        return
    _finish(call, options)


def _ahead_ms(options: Options, key: str) -> int:
    """How far the clock of the key's venue is ahead of this machine's, where it was set."""
    try:
        clock = _doors_of(options.base_url, key, options.token).call("GET", "clock")
        return int(clock["time"]) - int(clock["machineTime"]) if clock["set"] else 0
    except (Failure, LookupError, TypeError, ValueError):
        return 0  # what is wrong shows with the call itself


def _refuse_strangers(options: Options, by: Signer | None) -> None:
    """Real money needs a word, and no key that everybody has."""
    if not options.live and not on_this_machine(options.base_url):
        raise BadSetting(
            f"{options.base_url} is not on this machine: add --live if you mean to call it."
        )
    if options.live and by is not None and by.published:
        raise BadSetting(
            "The demo credentials are for a server of your own: give --key and --secret (or "
            "--rsa-key) with --live, or --no-auth."
        )


def _finish(call: Call, options: Options) -> None:
    from utabox.cli.answer import decode

    began = perf_counter_ns()
    response = _send(call)
    took_ns = perf_counter_ns() - began
    answer = decode(response.body, response.headers)
    if options.as_json:
        click.echo(response.body.decode("utf-8", "replace"))
    else:
        _show(call, response, answer, took_ns)
    if answer.ret_code is None and response.status == 404 and not options.live:
        _refuse_unknown_venue(options)
    if answer.ret_code != 0 or answer.refused_inside:
        why = _why(call, response, answer, options)
        if why is not None:
            _show_why(why)
        if answer.ret_code is None:
            raise Failure(_no_envelope(call, response))
        raise SystemExit(1)


def _refuse_unknown_venue(options: Options) -> None:
    """A base URL that names no venue is answered as an unknown path is."""
    name = _venue_of(options.base_url)
    if not name:
        return
    try:
        known = Doors(options.base_url, options.token).venues()
    except (Failure, LookupError, TypeError):
        return  # no token, another program
    if name not in known:
        raise Failure(f"There is no venue {name!r}: there are {', '.join(known)}.")


def _venue_of(url: str) -> str:
    """The venue that a base URL names; empty: the default one."""
    path = urlsplit(url).path
    return unquote(path.removeprefix("/venues/")) if path.startswith("/venues/") else ""


def _send(call: Call) -> Response:
    try:
        return send(call.base_url, call.method, call.target, call.headers, call.body)
    except Unanswered as error:
        step = "see `utabox requests --limit 1`, and `utabox fault list` for one that was ordered"
        if not on_this_machine(call.base_url):
            step = "whether it was done is not known"
        closed = f"{call.base_url} closed the connection without a whole answer"
        raise Failure(f"{closed}: {step}.") from error
    except Late as error:
        raise Failure(
            f"{call.base_url} is there, but {error}: whether it was done is not known."
        ) from error
    except Unreachable as error:
        step = instead(call.base_url, "--base-url")
        if not on_this_machine(call.base_url):
            step = "check the host and the line"
        raise Failure(f"No server answers at {call.base_url} ({error}): {step}.") from error


def _show(call: Call, response: Response, answer: Envelope, took_ns: int) -> None:
    from utabox.cli.answer import result_type, show_result

    code = "no retCode" if answer.ret_code is None else f"retCode {answer.ret_code}"
    head = f"{call.method} {call.path}  {response.status}  {code} {printable(answer.ret_msg)}"
    click.echo(f"{head.rstrip()}  {took_ns / 1e6:.1f} ms")
    if answer.ret_code is not None:
        show_result(answer.content.get("result"), result_type(call.method, call.path))
    elif response.body:
        click.echo(printable(response.body.decode("utf-8", "replace"), 400))


def _no_envelope(call: Call, response: Response) -> str:
    if 300 <= response.status < 400:
        target = response.headers.get("location", "nowhere")
        return f"The answer is a redirect to {target}, which is not followed: give its final URL."
    if response.status >= 500:
        return (
            f"{call.method} {call.path} was answered with HTTP status {response.status}: the "
            "server failed, see what it printed."
        )
    return (
        f"{call.method} {call.path} was answered with HTTP status {response.status} and without "
        "a retCode: compare path and host with `utabox routes` or the documentation."
    )


def _why(call: Call, response: Response, answer: Envelope, options: Options) -> Why | None:
    """From the answer's header, from our request log, or from the code alone."""
    from utabox.cli.causes import likely_cause

    told = None if options.live else _told(call, response, options.token)
    why = told or likely_cause(call, response.status, answer)
    by_default = options.key is None and "X-BAPI-API-KEY" in call.headers
    if why is None or answer.ret_code != KEY_INVALID.code or not by_default:
        return why
    if "called_environment" in why.details:
        return why  # the key is known, and the hint says where
    return _with_hint(why, _own_key_hint(_venue_of(call.base_url)))


def _own_key_hint(venue: str) -> str:
    make = "`utabox key create --uid UID"
    if not venue:
        return (
            "The demo key signed, as no other was given: give --key and --secret, or set "
            f"UTABOX_API_KEY and UTABOX_API_SECRET; {make}` makes a key."
        )
    return (
        f"Give --key and --secret of {venue} (shown once, when it was made), or set "
        f"UTABOX_API_KEY and UTABOX_API_SECRET; {make} --venue {venue}` makes another."
    )


def _with_hint(why: Why, hint: str) -> Why:
    import msgspec

    return msgspec.structs.replace(why, hint=hint)


def _told(call: Call, response: Response, token: str | None) -> Why | None:
    import msgspec

    from utabox.why import Why

    try:
        if "x-utabox-why" in response.headers:
            return msgspec.json.decode(response.headers["x-utabox-why"], type=Why)
        from utabox.cli.call import TRACE

        doors = _doors_of(call.base_url, call.headers.get("X-BAPI-API-KEY"), token)
        found = doors.call("GET", "requests", refused=1, request_id=call.trace, limit=1)
        mine = [each for each in found if each["headers"].get(TRACE) == call.trace]
        return msgspec.convert(mine[0]["why"], Why) if mine else None
    except (Failure, msgspec.MsgspecError, LookupError, TypeError):
        return None  # an old server, no token, another program: the code still tells something


def _doors_of(base_url: str, key: str | None, token: str | None) -> Doors:
    """The doors of the venue that answers: the URL's, or the one that has the key."""
    doors = Doors(base_url, token)
    if key is None or urlsplit(base_url).path:
        return doors
    try:
        return Doors(base_url, token, doors.call("GET", "keys", key, "venue")["venue"])
    except Failure:
        return doors  # nobody's key: the default venue answers


def _show_why(why: Why) -> None:
    """On stderr, beside the answer."""
    for line in lines_of(why):
        click.echo(line, err=True)
