"""utabox run: let an unchanged program reach this server under the exchange's names."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from utabox.cli.failure import BadJournal, BadSetting
from utabox.cli.printable import printable

# The rest is imported where it is used: until `ended_by_ctrl_c`, Ctrl-C is click's, which says
# "Aborted!" and exits with 1.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from utabox.cli.report import Advice, Report
    from utabox.redirect.child import Supervisor
    from utabox.redirect.session import Session
    from utabox.server.request_log import LogEntry

DECIDED_HERE = ("host", "port", "memory", "data", "token", "api_key", "api_secret", "seed")
"""Settings of the server that the environment cannot change for a run."""
KEY_VARIABLES = ("BYBIT_API_KEY", "BYBIT_API_SECRET")


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--data", metavar="DIR", help="Keep the server's data there. [default: nowhere]")
@click.option("--seed", metavar="FILE", help="Begin with the accounts, keys and prices of a file.")
@click.option("--url", metavar="URL", help="Use a running server instead.")
@click.option("--token", help="With --url: its control token. [or UTABOX_TOKEN]")
@click.option("--venue", metavar="NAME", help="With --url: one of its venues. [or UTABOX_VENUE]")
@click.option("--key", metavar="ID", help="A key whose signatures are checked. [or BYBIT_API_KEY]")
@click.option("--secret", metavar="SECRET", help="Its secret. [or BYBIT_API_SECRET]")
@click.option(
    "--accept-any-key/--no-accept-any-key",
    "accept_any_key",
    default=None,
    help="Give a key that is not known an account, signatures unchecked. [default: on; with --url "
    "the server decides]",
)
@click.option("--isolate", is_flag=True, help="Cut the program off by the kernel (Linux).")
@click.option(
    "--port",
    "ports",
    multiple=True,
    type=click.IntRange(1, 65_535),
    help="With --isolate: a port of this machine, as a database's, to be there. Repeatable.",
)
@click.option("--offline", is_flag=True, help="Let it reach nothing beyond this machine.")
@click.option("--quiet", is_flag=True, help="Tell nothing of what was refused or not checked.")
@click.option("--verbose", is_flag=True, help="Show each request as it comes, on stderr.")
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED)
def command(
    program: tuple[str, ...],
    url: str | None,
    token: str | None,
    venue: str | None,
    key: str | None,
    secret: str | None,
    isolate: bool,
    ports: tuple[int, ...],
    offline: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Run a program, unchanged, on a utabox.

    The exchange's hosts lead PROGRAM, and what it starts, to a server that is started for it, in
    memory, and ends with it. The host that it calls chooses the environment: mainnet, testnet or
    demo. Nothing goes to the real exchange: docs/run.md says by what means, and what each can
    promise. UTABOX_* settings of `utabox serve` count, such as UTABOX_RATE_LIMITS=off.

    \b
    utabox run -- python bot.py
    utabox run --isolate -- ./bot --live
    utabox run --url http://127.0.0.1:8505 --venue alice -- node bot.js

    The exit code is the program's; 127 if there is none of that name, 126 if it is no program.
    """
    if os.name != "posix":
        raise BadSetting("utabox run needs Linux or macOS: see `utabox env` for other ways.")
    with ended_by_ctrl_c():
        from utabox.cli.stdio import open_what_is_closed
        from utabox.redirect.child import die_like

        open_what_is_closed()
        used = _used(url, token, venue)
        secrets = _secrets(key, secret)
        _check(used, {"key": key, "secret": secret, **options}, isolate, ports)
        if quiet and verbose:
            raise BadSetting("--quiet tells nothing and --verbose everything: give one of them.")
        _forget_other_dealings()
        if not quiet:
            _tell_before(program, isolate, used is None and not secrets)

        def report_of(session: Session) -> Report:
            if used is None:
                return _started(session, secrets, options, verbose)
            return _joined(session, used, verbose)

        code = _run(program, report_of, ports if isolate else None, offline, quiet)
        sys.exit(die_like(code))


class Used(NamedTuple):
    """A running server, as it was named."""

    url: str
    token: str | None
    venue: str | None


@contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """At once, as any program is, until a `Supervisor` takes what comes: before, nothing is there
    that would stay."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        yield  # it may be ignored
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _used(url: str | None, token: str | None, venue: str | None) -> Used | None:
    """The running server that was named; None: one is to be started.

    Raises:
        BadSetting: something is for a running server, and none was named.
        click.BadParameter: the URL is none.
    """
    from utabox.cli.wire import base_url

    if url is None:
        for option, value in (("--venue", venue), ("--token", token)):
            if value is not None:
                raise BadSetting(f"{option} is for a running server: name it with --url.")
        return None
    try:
        base = base_url(url)
    except click.BadParameter as error:
        error.ctx, error.param_hint = click.get_current_context(), "'--url'"
        raise
    token = token or os.environ.get("UTABOX_TOKEN") or None
    return Used(base, token, venue or os.environ.get("UTABOX_VENUE") or None)


def _check(used: Used | None, own: Mapping[str, Any], isolate: bool, ports: Sequence[int]) -> None:
    """Whether the options go together, on this machine.

    Args:
        own: Those of a server that is started.
    Raises:
        BadSetting: they do not.
    """
    from utabox.cli.wire import on_this_machine
    from utabox.redirect.isolate import port_of

    if used and (given := [name for name, value in own.items() if value is not None]):
        raise BadSetting(
            f"--{given[0].replace('_', '-')} is for a server that `run` starts, not for --url: "
            "leave it out, and make keys and accounts there with `utabox key create`, `utabox "
            "account create` and `utabox venue`."
        )
    if isolate and used and not on_this_machine(used.url):
        raise BadSetting(f"--isolate leads to servers of this machine only, not to {used.url}.")
    if isolate and used and port_of(used.url) in (80, 443):
        raise BadSetting(
            f"{used.url} has a port that is the exchange's inside: start the server on another."
        )
    if ports and not isolate:
        raise BadSetting(
            "--port is for --isolate: without it, all ports of this machine are there."
        )
    if taken := {80, 443}.intersection(ports):
        raise BadSetting(f"--port {min(taken)} is the exchange's inside: use another for yours.")


def _forget_other_dealings() -> None:
    """Take away what would lead this process, or the program, elsewhere.

    Raises:
        BadSetting: the machine itself leads there.
    """
    from utabox.redirect.hosts import RESOLVER, searched
    from utabox.redirect.surroundings import DROPPED

    for name in DROPPED:
        os.environ.pop(name, None)
    if domain := searched():
        raise BadSetting(
            f"This machine looks up short names under {domain}, by {RESOLVER}: such a name could "
            "lead to the real exchange. Take the domain out of the line `search` there."
        )


def _tell_before(program: Sequence[str], isolate: bool, is_without_a_key: bool) -> None:
    """What is worth knowing before the program starts."""
    from utabox.cli.report import say
    from utabox.redirect.shims import escapes

    if is_without_a_key and (half := _half_a_pair()):
        say(half)
    if warning := escapes(program, isolated=isolate):
        say(warning)


def _run(
    program: Sequence[str],
    report_of: Callable[[Session], Report],
    ports: Sequence[int] | None,
    offline: bool,
    quiet: bool,
) -> int:
    """Run it, between the start and the end of what stands around it.

    Args:
        report_of: Opens the way to a server.
        ports: Of this machine that are there; None: it is not isolated.
    Returns:
        The program's exit code; minus the number of the signal that ended it.
    """
    from errno import EDQUOT, EFBIG, ENOSPC

    from utabox.redirect.child import NotStarted, Supervisor
    from utabox.redirect.folder import NoFolder
    from utabox.redirect.session import Session
    from utabox.redirect.surroundings import surroundings

    with Supervisor() as supervisor:
        try:
            with Session(os.environ, offline=offline) as session:
                report = report_of(session)
                environment = surroundings(session.places, os.environ)
                if ports is not None:
                    code = _isolated(supervisor, session, program, environment, ports)
                else:
                    code = supervisor.run(program, environment)
                if not quiet:
                    _tell(session, report)
                return code
        except NotStarted as error:
            click.echo(f"utabox: {printable(str(error))}", err=True)
            return error.code
        except NoFolder as error:
            raise BadSetting(str(error)) from error
        except OSError as error:
            if error.errno not in (ENOSPC, EDQUOT, EFBIG):
                raise
            raise BadSetting(
                f"There is no room for the files of this run ({error.strerror}): name a folder "
                "that has some in TMPDIR."
            ) from error


def _tell(session: Session, report: Report) -> None:
    """What is worth knowing of the run, at its end."""
    from utabox.cli.report import say

    if session.server is not None and session.server.failure is not None:
        say(f"the server of this run ended before it: {session.server.failure}")
        return
    for paragraph in report.paragraphs(session.tunnel.refused):
        say(*paragraph)


def _isolated(
    supervisor: Supervisor,
    session: Session,
    program: Sequence[str],
    environment: Mapping[str, str],
    ports: Sequence[int],
) -> int:
    """Run it where the kernel knows no way out."""
    from utabox.redirect.child import NotStarted, not_started
    from utabox.redirect.hosts import HOSTS
    from utabox.redirect.isolate import NOT_ISOLATED, Isolation, NotIsolated

    if not program[0]:  # what isolates would choke on it
        raise not_started(program[0], FileNotFoundError())
    with Isolation(session.places, HOSTS, ports) as isolation:
        known = {**environment, "UTABOX_RUN_ISOLATED": "1"}  # an old Python need not be led
        code = supervisor.run(isolation.argv(program), known, isolation.fds)
        try:
            isolation.check()
        except NotIsolated as error:
            raise NotStarted(NOT_ISOLATED, str(error)) from error
        except OSError as error:
            raise not_started(program[0], error) from error
    return code


def _started(
    session: Session, secrets: Mapping[str, str], options: Mapping[str, Any], verbose: bool
) -> Report:
    """Start the server of this run."""
    import logging

    from utabox.cli.doors import Doors
    from utabox.cli.report import Report, say
    from utabox.journal import JournalError
    from utabox.seal import SealError
    from utabox.settings import SettingsError, load

    given = {name: value for name, value in options.items() if value is not None}
    usual = {"accept_any_key": True, "key_environments": "any"}
    settings: dict[str, Any] = {**usual, **_settings(os.environ), **given}
    logging.getLogger("utabox").setLevel(logging.INFO if verbose else logging.ERROR)
    try:
        if secrets and not load(settings, environment={}).accept_any_key:
            ((settings["api_key"], settings["api_secret"]),) = secrets.items()
        server = session.start_server(settings, secrets)
    except SettingsError as error:
        raise BadSetting(str(error)) from error
    except (JournalError, SealError) as error:
        raise BadJournal(str(error)) from error
    if "seed" in given and server.service.sown is None:
        say(f"{given['seed']} was not used: {settings['data']} is not empty, and stays as it is")
    if verbose:
        say(f"the server of this run is at {server.url}, behind TLS at {session.places.tls}")
        server.call(lambda: server.venue.log.watchers.append(_show))
    key = server.call(lambda: server.venue.runtime.state.next_key_id) - 1
    advice = _advice(given.get("data"), given.get("accept_any_key"))
    return Report(Doors(server.url, server.token), advice, keys_after=key)


def _joined(session: Session, used: Used, verbose: bool) -> Report:
    """Use a running server."""
    from utabox.cli.doors import Doors
    from utabox.cli.report import Advice, Report, say
    from utabox.cli.running import token_of

    doors = Doors(*used)
    last = doors.call("GET", "requests", limit=1)  # and it is there
    server = doors.server
    path = doors.base.removeprefix(server)
    token = used.token or token_of(used.url) or ""
    session.use_server(server, token, path)
    if verbose:
        say(f"{server}{path} is behind TLS at {session.places.tls}")
    advice = Advice(
        f"The server at {doors.base} knows its own keys only: `utabox key list --url {doors.base}` "
        f"shows them, `utabox key create --uid UID --url {doors.base}` makes one.",
        f"a key that `utabox key create --uid UID --url {doors.base}` makes has them checked",
    )
    return Report(Doors(server + path, token), advice, last[-1]["number"] if last else 0)


def _advice(data: str | None, accept_any_key: bool | None) -> Advice:
    """What helps where `run` has started the server."""
    import shlex

    from utabox.cli.report import Advice
    from utabox.settings import ENV_PREFIX

    closed = f"{ENV_PREFIX}ACCEPT_ANY_KEY" if accept_any_key is None else "--no-accept-any-key"
    unchecked = "--key ID --secret SECRET has them checked"
    if data is not None:  # there an adopted key stays as it is
        unchecked = (
            f"`utabox run --data {shlex.quote(data)} -- utabox key delete ID`, and from then on "
            "--key ID --secret SECRET, has them checked"
        )
    return Advice(f"Leave out {closed}, or give --key and --secret of this key.", unchecked)


def _show(entry: LogEntry) -> None:
    from utabox.cli.request_line import as_line

    with suppress(OSError):
        print(as_line(entry, False), file=sys.stderr, flush=True)


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings of the server that the user's environment has, as for `utabox serve`."""
    from utabox.settings import ENV_PREFIX, Settings

    found = {}
    for name in Settings.__struct_fields__:
        value = environment.get(ENV_PREFIX + name.upper())
        if value and name not in DECIDED_HERE:
            found[name] = value
    return found


def _secrets(key: str | None, secret: str | None) -> dict[str, str]:
    """The key that the user has and its secret, if both are known.

    Raises:
        BadSetting: one of the options stands alone, or is empty.
    """
    if (key is None) != (secret is None):
        raise BadSetting("Give --key and --secret together, or neither.")
    if "" in (key, secret):
        raise BadSetting("--key or --secret is empty: give both a value, or leave both out.")
    if key is None or secret is None:
        key, secret = (os.environ.get(name) for name in KEY_VARIABLES)
    if not key or not secret:
        return {}
    for each, name in ((key, "key"), (secret, "secret")):
        if not (each.isascii() and each.isprintable() and " " not in each):
            raise BadSetting(f"The {name} has characters that none has: give letters and digits.")
    return {key: secret}


def _half_a_pair() -> str:
    """A sentence about a variable of the pair that stands alone; empty: none does."""
    there = [name for name in KEY_VARIABLES if os.environ.get(name)]
    if len(there) != 1:
        return ""
    (missing,) = set(KEY_VARIABLES).difference(there)
    return f"{there[0]} is set without {missing}, and half a pair is ignored: set both, or neither"
