"""utabox run: let an unchanged program reach this server under the exchange's names."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import click

from utabox.cli.failure import BadJournal, BadSetting
from utabox.cli.printable import printable
from utabox.cli.report import Advice, Report, say
from utabox.cli.stdio import open_what_is_closed
from utabox.cli.wire import base_url, on_this_machine
from utabox.settings import ENV_PREFIX, Settings, SettingsError, load

if TYPE_CHECKING:
    from utabox.redirect.child import Supervisor
    from utabox.redirect.session import Session
    from utabox.server.request_log import LogEntry

DECIDED_HERE = ("host", "port", "memory", "data", "token", "api_key", "api_secret", "seed")
"""Settings of the server that the environment cannot change for a run."""
KEY_VARIABLES = ("BYBIT_API_KEY", "BYBIT_API_SECRET")


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--data", metavar="DIR", help="Keep the server's data there. [default: nowhere]")
@click.option("--seed", metavar="FILE", help="Begin with the accounts, keys and prices of a file.")
@click.option("--url", type=base_url, metavar="URL", help="Use a running server instead.")
@click.option("--token", envvar="UTABOX_TOKEN", help="With --url: its control token.")
@click.option("--venue", metavar="NAME", help="With --url: one of its venues.")
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
    open_what_is_closed()
    if os.name != "posix":
        raise BadSetting("utabox run needs Linux or macOS: see `utabox env` for other ways.")
    if venue is not None and url is None:
        raise BadSetting("--venue is for a running server: name it with --url.")
    own = {"key": key, "secret": secret, **options}
    if url is not None and (given := [name for name, value in own.items() if value is not None]):
        raise BadSetting(
            f"--{given[0].replace('_', '-')} is for a server that `run` starts, not for --url: "
            "leave it out, and make keys and accounts there with `utabox key create`, `utabox "
            "account create` and `utabox venue`."
        )
    if isolate and url is not None and not on_this_machine(url):
        raise BadSetting(f"--isolate leads to servers of this machine only, not to {url}.")
    if ports and not isolate:
        raise BadSetting(
            "--port is for --isolate: without it, all ports of this machine are there."
        )
    if taken := {80, 443}.intersection(ports):
        raise BadSetting(f"--port {min(taken)} is the exchange's inside: use another for yours.")
    if quiet and verbose:
        raise BadSetting("--quiet tells nothing and --verbose everything: give one of them.")
    secrets = _secrets(key, secret)

    from utabox.redirect.child import NotStarted, Supervisor, die_like
    from utabox.redirect.folder import NoFolder
    from utabox.redirect.hosts import RESOLVER, searched
    from utabox.redirect.surroundings import DROPPED, surroundings

    for name in DROPPED:
        os.environ.pop(name, None)
    if domain := searched():
        raise BadSetting(
            f"This machine looks up short names under {domain}, by {RESOLVER}: such a name could "
            "lead to the real exchange. Take the domain out of the line `search` there."
        )

    if not quiet and not secrets and url is None and (half := _half_a_pair()):
        say(half)
    with Supervisor() as supervisor:
        try:
            with _session(offline) as session:
                if url is None:
                    report = _started(session, secrets, options, verbose)
                else:
                    report = _joined(session, url, token, venue, verbose)
                environment = surroundings(session.places, os.environ)
                if isolate:
                    code = _isolated(supervisor, session, program, environment, ports)
                else:
                    code = supervisor.run(program, environment)
                if not quiet:
                    _tell(session, report)
        except NotStarted as error:
            click.echo(f"utabox: {printable(str(error))}", err=True)
            code = error.code
        except NoFolder as error:
            raise BadSetting(str(error)) from error
    sys.exit(die_like(code))


def _tell(session: Session, report: Report) -> None:
    """What is worth knowing of the run, at its end."""
    if session.server is not None and session.server.failure is not None:
        say(f"the server of this run ended before it: {session.server.failure}")
        return
    for paragraph in report.paragraphs(session.tunnel.refused):
        say(*paragraph)


def _session(offline: bool) -> Session:
    from utabox.redirect.session import Session

    return Session(os.environ, offline=offline)


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

    with Isolation(session.places, HOSTS, ports) as isolation:
        code = supervisor.run(isolation.argv(program), environment, isolation.fds)
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
    from utabox.cli.doors import Doors
    from utabox.journal import JournalError
    from utabox.seal import SealError

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


def _joined(
    session: Session, url: str, token: str | None, venue: str | None, verbose: bool
) -> Report:
    """Use a running server."""
    from utabox.cli.doors import Doors
    from utabox.cli.running import token_of

    token = token or token_of(url) or ""
    doors = Doors(url, token, venue)
    last = doors.call("GET", "requests", limit=1)  # and it is there
    parts = urlsplit(url)
    path = f"/venues/{quote(venue, safe='')}" if venue else parts.path.rstrip("/")
    server = f"{parts.scheme}://{parts.netloc}"
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
