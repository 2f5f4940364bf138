"""utabox serve: run a server until it is told to stop."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from utabox.cli.failure import BadJournal, BadSetting
from utabox.cli.printable import printable
from utabox.cli.request_line import as_json as line_of_json
from utabox.cli.request_line import as_line
from utabox.cli.running import announce, withdraw
from utabox.cli.setting import setting_flag
from utabox.cli.stdio import open_what_is_closed
from utabox.cli.terminal import coloured
from utabox.settings import (
    DEMO_API_KEY,
    DEMO_API_SECRET,
    ENV_PREFIX,
    Settings,
    SettingsError,
    flags,
    load,
    unknown_variables,
)

if TYPE_CHECKING:
    import asyncio

    from utabox.server.request_log import LogEntry
    from utabox.server.serving import Service

INTERRUPTED = 130
TRY = "/docs/api-explorer/v5/account/account-info"


def _settings_options(function: Callable[..., None]) -> Callable[..., None]:
    for name, kind, default, text in reversed(flags()):
        function = _option(name, kind, default, text)(function)
    return function


def _option(name: str, kind: Any, default: Any, text: str) -> Callable[..., Any]:
    """The flag of one setting. Without a default of its own: `settings.load` decides."""
    notes = [f"env: {ENV_PREFIX}{name.upper()}"]
    if default is not None:
        shown = {True: "on", False: "off"}[default] if kind is bool else default
        notes.insert(0, f"default: {shown}")
    return setting_flag(name, kind, f"{text}  [{'; '.join(notes)}]")


@click.command()
@_settings_options
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar=f"{ENV_PREFIX}CONFIG",
    show_envvar=True,
    help='TOML file with the same settings, such as rate_limits = "off".',
)
@click.option("--quiet", is_flag=True, help="Print no line for each request.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
def command(config: Path | None, quiet: bool, as_json: bool, **given: Any) -> None:
    """Run a server until SIGTERM or Ctrl-C.

    A flag wins over its environment variable, that over --config, that over the default. The
    demo credentials are UTABOX_API_KEY and UTABOX_API_SECRET, the token of the control doors is
    UTABOX_TOKEN; without them they are chosen for you.

    \b
    utabox serve                       everything is kept, in your user data folder
    utabox serve --memory --port 0     nothing is kept, on any free port
    utabox serve --data ./exchange --rate-limits off
    utabox serve --memory --seed ci.yaml
    """
    open_what_is_closed()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop_before_ready)
    for sentence in unknown_variables(os.environ):
        click.echo(f"utabox: {printable(sentence)}", err=True)

    import asyncio

    from utabox.embedded import new_event_loop
    from utabox.journal import JournalError
    from utabox.seal import SealError

    try:
        settings = load(given, file=config)
        front = Front(as_json, quiet)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(_serve(settings, front))
    except SettingsError as error:
        raise BadSetting(str(error)) from error
    except (JournalError, SealError) as error:
        raise BadJournal(str(error)) from error


async def _serve(settings: Settings, front: Front) -> None:
    import asyncio

    from utabox.server.serving import Service

    loop = asyncio.get_running_loop()
    service = Service(settings, loop, front.journal_failed)
    service.open()
    _tune_the_interpreter()
    _stop_on_signals(loop, service, front)
    try:
        await service.serve(partial(front.ready, service))
    finally:
        front.withdraw()
    front.stopped("utabox has stopped.")


def _tune_the_interpreter() -> None:
    """The process is ours: what was loaded stays, and requests leave no cycles behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    sys.setswitchinterval(0.0005)  # the journal's thread need not wait 5 ms for a busy loop


def _stop_before_ready(number: int, frame: object) -> None:  # noqa: ARG001  as signal calls it
    """Nothing was answered yet, and what was begun in a new store is one batch: just end.

    An exception would not do: raised in the middle of an import, it may be swallowed.
    """
    os._exit(0)


def _stop_on_signals(loop: asyncio.AbstractEventLoop, service: Service, front: Front) -> None:
    """The first signal lets the server finish what is in flight, a second Ctrl-C does not."""
    interrupts = 0

    def stop(number: int) -> None:
        nonlocal interrupts
        interrupts += number == signal.SIGINT
        if interrupts > 1:
            front.withdraw()
            front.stopped("utabox has stopped at once; what was in flight got no answer.")
            os._exit(INTERRUPTED)
        service.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda got, _: loop.call_soon_threadsafe(stop, got))


class Front:
    """What the server's terminal shows, and the file by which other commands find the server.

    Args:
        quiet: No line for each request; then the log has no watcher, which would cost each call.
    """

    def __init__(self, as_json: bool, quiet: bool) -> None:
        self._as_json, self._quiet = as_json, quiet
        self._colour = coloured()
        self._announced: Path | None = None

    def ready(self, service: Service) -> None:
        """Say where the server is, how to call it, and start to watch its requests."""
        trouble = ""
        try:
            self._announced = announce(service.url, service.token)
        except OSError as error:
            trouble = error.strerror or str(error)
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
        show = self._json_lines if self._as_json else self._text_lines
        self._say("\n".join(show(service, trouble)))
        if service.settings.seed is not None and service.sown is None:
            click.echo(f"utabox: {_seed_unused(service)}", err=True)
        if not self._quiet:
            service.venue.log.watchers.append(self._watch)

    def withdraw(self) -> None:
        """Take the file away."""
        if self._announced is not None:
            withdraw(self._announced)

    def stopped(self, sentence: str) -> None:
        """Say that it has ended."""
        self._say(json.dumps({"event": "stopped"}) if self._as_json else sentence)

    def journal_failed(self, error: BaseException) -> None:
        """End the process at once: nothing may be answered any more."""
        self.withdraw()
        reason = " ".join(str(error).split()) or type(error).__name__
        message = (
            f"utabox: Writing the journal failed ({reason.rstrip('.')}), so the outcome of the "
            "last writes is unknown: start `utabox serve` again, it recovers from the journal.\n"
        )
        os.write(2, message.encode("utf-8", "backslashreplace"))
        os._exit(BadJournal.exit_code)

    def _watch(self, entry: LogEntry) -> None:
        self._say(line_of_json(entry) if self._as_json else as_line(entry, self._colour))

    def _say(self, text: str) -> None:
        """Print. When nobody reads any more, the server goes on in silence."""
        try:
            print(text, flush=True)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _json_lines(self, service: Service, trouble: str) -> list[str]:
        api_key, secret = service.credentials
        ready: dict[str, Any] = {
            "event": "ready",
            "url": service.url,
            "data": None if service.settings.memory else str(service.settings.folder.resolve()),
            "apiKey": api_key,
            "apiSecret": secret if _may_be_shown(service) else None,
            "tokenFile": str(self._announced) if self._announced else None,
            "trouble": trouble or None,
        }
        if service.sown is not None:
            ready["accounts"] = [
                {name: getattr(known, name) for name in known.__struct_fields__}
                for known in service.sown
            ]
        return [json.dumps(ready)]

    def _text_lines(self, service: Service, trouble: str) -> list[str]:
        settings = service.settings
        where = "in memory" if settings.memory else str(settings.folder.resolve())
        return [
            f"utabox is ready at {usable_url(service.url)} (data: {printable(where)})",
            *_reach(settings),
            *_seeded(service),
            "",
            *_first_call(service),
            "",
            f"In a browser: {usable_url(service.url)}{TRY} shows and tries every endpoint;",
            "`utabox console` lets you in to see accounts, requests and journal live.",
            "",
            f"Control token: {self._token_place(settings, trouble)}",
            "",
        ]

    def _token_place(self, settings: Settings, trouble: str) -> str:
        if settings.token is not None:
            return _chosen_in("token")
        if self._announced:
            return f"in {self._announced}, where `utabox account list` finds it"
        return f"not stored ({trouble}): choose one with {ENV_PREFIX}TOKEN"


def usable_url(url: str) -> str:
    """`url` as a client on this machine may call it: nobody can call all addresses."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def _reach(settings: Settings) -> list[str]:
    """What it is, if not all; a warning when others can call, and why the key is another."""
    lines = []
    if settings.profile is not None:
        lines.append(f"It is {settings.environment}; keys of other environments are unknown.")
    if settings.on_loopback:
        return lines
    listens = f"It listens on {settings.host}: other machines can reach it"
    if settings.api_key is not None:
        return [*lines, f"{listens}."]
    return [*lines, f"{listens}, so its key is a random one instead of the published demo key."]


def _seeded(service: Service) -> list[str]:
    """What a seed has made: who, and by which keys they are reached."""
    if service.sown is None:
        return []
    lines = ["", f"From {printable(str(service.settings.seed))}:"]
    for known in service.sown:
        secret = f"secret {known.secret}" if known.secret else "with the secret that you know"
        key = f"key {known.apiKey}  {secret}" if known.apiKey else "no key"
        lines.append(f"  {printable(known.name)}  uid {known.uid}  {key}")
    return lines


def _seed_unused(service: Service) -> str:
    seed, venue = printable(str(service.settings.seed)), service.venue.name
    return (
        f"{seed} was not used: the store is not empty, and stays as it is. "
        f"`utabox venue seed {venue} {seed}` adds what it says; an empty --data folder, or "
        "--memory, begins with it."
    )


def _first_call(service: Service) -> list[str]:
    """The demo credentials, and lines to paste into Python."""
    api_key, secret = service.credentials
    if secret is None:
        return _without_secret(service)
    url, quoted = usable_url(service.url), f'"{secret}"'
    if not _may_be_shown(service):
        secret, quoted = _chosen_in("api_secret"), '"..."'
        if _in_environment("api_secret"):
            quoted = f'__import__("os").environ["{ENV_PREFIX}API_SECRET"]'
    return [
        f"API key: {api_key}",
        f"API secret: {secret}",
        "",
        "# pip install pybit",
        "from pybit.unified_trading import HTTP",
        f'session = HTTP(api_key="{api_key}", api_secret={quoted})',
        f'session.endpoint = "{url}"',
        "print(session.get_account_info())",
    ]


def _without_secret(service: Service) -> list[str]:
    """What to do in a store whose secrets this run has not seen."""
    from utabox.cli.doors import URL
    from utabox.demo import first_uid

    state, url = service.venue.runtime.state, usable_url(service.url)
    uid = first_uid(state, service.settings.profile)
    make = f"utabox key create --uid {'UID' if uid is None else uid}"
    if url != URL:
        make += f" --url {url}"
    if uid is None:
        where = service.settings.environment
        return [f"API key: no account of {where} yet; `utabox account create`, then `{make}`."]
    if not state.keys:
        gone = "all were deleted" if service.sown is None else "the seed has no keys"
        return [f"API key: none, {gone}; `{make}` makes one."]
    if service.sown is not None:
        return [f"API key: {service.credentials.api_key}, with the secret that you know."]
    if service.settings.on_loopback:
        gone = "was deleted, or never was here"
        if DEMO_API_KEY in state.keys:
            gone = "lives in another environment"
        return [f"API key: the demo key {gone}; `{make}` makes another."]
    return [
        f"API key: {service.credentials.api_key}, made by an earlier run, which showed its secret; "
        f"`{make}` makes another."
    ]


def _may_be_shown(service: Service) -> bool:
    """A secret that the user chose is not printed: a server's output ends in logs."""
    chosen = service.settings.api_secret
    return chosen is None or chosen == DEMO_API_SECRET


def _chosen_in(name: str) -> str:
    if _in_environment(name):
        return f"the one in {ENV_PREFIX}{name.upper()}"
    return "the one in the config file"


def _in_environment(name: str) -> bool:
    return bool(os.environ.get(ENV_PREFIX + name.upper()))
