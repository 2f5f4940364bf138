"""Every setting of a server, declared once: flag, environment variable, file, default, help.

`utabox serve --rate-limits off`, `UTABOX_RATE_LIMITS=off` and `rate_limits = "off"` in a
`--config` file mean the same; the first of them that is given wins.
"""

from __future__ import annotations

import os
import tomllib
import typing
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_args

import msgspec
import platformdirs
from msgspec import Meta

from utabox.terms import (
    AbsentRecvWindow,
    Environment,
    ExtInfo,
    GetWithBody,
    KeyEnvironments,
    MissingHeaders,
    TextEpoch,
)

if TYPE_CHECKING:
    from utabox.engine.state import Switches

ENV_PREFIX = "UTABOX_"
OTHER_VARIABLES = ("CONFIG", "URL", "VENUE", "BIN", "NEW_SECRET", "NO_SKIP")
"""Of ours, but no settings: of `serve`, of the commands that call a server, of the tests."""

# Published, so that a first request needs no setting up; refused on any bind but loopback.
DEMO_API_KEY = "utabox0000000000AA"
DEMO_API_SECRET = "utabox-secret-0123456789abcdefghijkl"


class SettingsError(Exception):
    """A setting cannot be used. One sentence: which, why, what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a server is to run."""

    host: Annotated[str, Meta(description="Address to bind.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to bind; 0: any free one.")] = 8505
    data: Annotated[
        str | None, Meta(description="Folder that keeps everything. [default: the user's own]")
    ] = None
    memory: Annotated[bool, Meta(description="Keep nothing.")] = False
    seed: Annotated[
        str | None,
        Meta(description="YAML or TOML file that fills an empty store; see docs/seeds.md."),
    ] = None
    durability: Annotated[
        Literal["disk", "process"],
        Meta(description="What an answered write survives: a machine's crash, or only ours."),
    ] = "disk"
    rate_limits: Annotated[
        str,
        Meta(
            pattern=r"^(real|off|[1-9][0-9]{0,8})$",
            description="real, off, or N for all.",
            extra={"takes": "real, off, or a whole number from 1 to 999999999"},
        ),
    ] = "real"
    ip_limit: Annotated[
        bool, Meta(description="Limit each address to 600 requests in 5 seconds.")
    ] = False
    explain_header: Annotated[
        bool, Meta(description="Send the why of a refusal as header X-Utabox-Why.")
    ] = False
    accept_any_key: Annotated[
        bool,
        Meta(
            description="Give a key that is not known an account, and take its signatures "
            "unchecked; on loopback only."
        ),
    ] = False
    text_epoch: Annotated[
        TextEpoch | None, Meta(description="Which wording 10002 and 10004 have. [at first: 2026]")
    ] = None
    wire_exact: Annotated[
        bool | None,
        Meta(
            description="Answer account info without retExtInfo and time, as captured. "
            "[at first: off]"
        ),
    ] = None
    missing_headers: Annotated[
        MissingHeaders | None,
        Meta(description="Status and body without authentication headers. [at first: 401-json]"),
    ] = None
    absent_recv_window: Annotated[
        AbsentRecvWindow | None,
        Meta(
            description="Without a recv window: take a signature over 5000, too, or only one over "
            "nothing. [at first: lenient]"
        ),
    ] = None
    get_with_body: Annotated[
        GetWithBody | None,
        Meta(description="What becomes of a GET that has a body. [at first: 403-html]"),
    ] = None
    ret_ext_info: Annotated[
        ExtInfo | None,
        Meta(description="retExtInfo where the examples have a text. [at first: object]"),
    ] = None
    key_environments: Annotated[
        KeyEnvironments | None,
        Meta(
            description="A key is known under the hosts of its own environment, or of any. "
            "[at first: own]"
        ),
    ] = None
    upgrade_window: Annotated[
        bool | None,
        Meta(description="Refuse upgrades from minute 50 to minute 5. [at first: on]"),
    ] = None
    upgrade_delay: Annotated[
        Annotated[int, Meta(ge=0, le=86_400_000)] | None,
        Meta(
            description="How long an upgrade takes, ms. [at first: 5000]",
            extra={"takes": "a whole number of ms from 0 to 86400000, one day"},
        ),
    ] = None
    environment: Annotated[
        Literal["full", "mainnet", "testnet", "demo", "testnet-demo"],
        Meta(description="Which of the exchange's environments it is; full: all together."),
    ] = "full"
    requests_kept: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Calls that the request log keeps.")
    ] = 2_000
    connections: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Connections accepted at once.")
    ] = 4096
    remote_control: Annotated[
        bool, Meta(description="Let other machines use the doors under /-/, with the token.")
    ] = False
    api_key: Annotated[str | None, Meta(description="Demo key. [default: a published one]")] = None
    api_secret: Annotated[str | None, Meta(description="Its secret.")] = None
    token: Annotated[
        str | None, Meta(description="Token of the doors under /-/. [default: a random one]")
    ] = None

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:  # a name, which may lead anywhere
            return self.host == "localhost"

    @property
    def profile(self) -> Environment | None:
        """The environment that the server is; None: all together."""
        return None if self.environment == "full" else Environment(self.environment)

    @property
    def folder(self) -> Path:
        """The data folder, made or not."""
        return Path(self.data) if self.data else Path(platformdirs.user_data_dir("utabox", False))


SWITCHES = {
    "text_epoch": "text_epoch",
    "wire_exact": "wire_exact",
    "missing_headers": "missing_headers",
    "absent_recv_window": "absent_recv_window",
    "get_with_body": "get_with_body",
    "ret_ext_info": "ret_ext_info",
    "key_environments": "key_environments",
    "upgrade_window": "upgrade_window_enforced",
    "upgrade_delay": "upgrade_delay_ms",
}
"""Settings that are switches of a venue -> how the engine calls them. One that is not given leaves
a venue as it is."""


def switches_of(settings: Settings, before: Switches) -> Switches:
    """The switches of a venue that the settings are for.

    Args:
        before: What holds where nothing was given.
    """
    given = {ours: getattr(settings, name) for name, ours in SWITCHES.items()}
    changed = {name: value for name, value in given.items() if value is not None}
    return msgspec.structs.replace(before, **changed)


# Secrets stand in the environment or a file, not in a process list.
NOT_FLAGS = ("api_key", "api_secret", "token")


def flags() -> list[tuple[str, Any, Any, str]]:
    """Name, type, default and help of every setting that is a flag."""
    hints = typing.get_type_hints(Settings, include_extras=True)
    described = []
    for field in msgspec.structs.fields(Settings):
        if field.name not in NOT_FLAGS:
            kind, meta = get_args(hints[field.name])[:2]
            described.append((field.name, _given_as(kind), field.default, meta.description))
    return described


def _given_as(kind: Any) -> Any:
    """The type of a value that is given, where None says that it was not."""
    options = [option for option in get_args(kind) if option is not type(None)]
    if len(options) == len(get_args(kind)):
        return kind
    return get_args(options[0])[0] if hasattr(options[0], "__metadata__") else options[0]


class _Given(NamedTuple):
    """A value, and what gave it."""

    value: Any
    level: int  # the higher wins: 0 the file, 1 the environment, 2 a flag
    source: str  # as the user wrote it


def load(
    given: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """The settings: those `given`, then the environment's, then the file's, then defaults.

    Args:
        given: By field name; None: not given.
        environment: Default: the process's.
        file: TOML, field names as keys.
    Raises:
        SettingsError: A value does not fit, or contradicts another.
    """
    names = Settings.__struct_fields__
    merged: dict[str, _Given] = {}
    for key, value in (_from_file(file) if file else {}).items():
        if key not in names:
            raise SettingsError(f"{file} has no use for {key!r}: {_nearest(key, names)}")
        merged[key] = _Given(value, 0, f"{key} in {file}")
    for name in names:
        variable = ENV_PREFIX + name.upper()
        value = (os.environ if environment is None else environment).get(variable)
        if value:
            merged[name] = _Given(value, 1, variable)
    for name, value in given.items():
        if name not in names:
            raise SettingsError(f"There is no setting {name!r}: {_nearest(name, names)}")
        if value is not None:
            merged[name] = _Given(value, 2, f"--{name.replace('_', '-')}")
    hints = typing.get_type_hints(Settings, include_extras=True)
    settings = {name: _converted(name, hints[name], of) for name, of in merged.items()}
    _settle_storage(settings, merged)
    return _checked(Settings(**settings))


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each variable that looks like a setting of ours and is none."""
    known = [*(name.upper() for name in Settings.__struct_fields__), *OTHER_VARIABLES]
    strange = sorted(
        name
        for name in environment
        if name.startswith(ENV_PREFIX) and name.removeprefix(ENV_PREFIX) not in known
    )
    variables = [ENV_PREFIX + name for name in known]
    return [f"{name} sets nothing: {_nearest(name, variables)}" for name in strange]


def _nearest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    nearest = get_close_matches(name, known, 1)
    return f"did you mean {nearest[0]}?" if nearest else "see `utabox serve --help`."


def _from_file(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"There is no config file {file}: check --config, or {ENV_PREFIX}CONFIG."
        ) from error
    except OSError as error:
        raise SettingsError(f"The config file {file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingsError(f"The config file {file} is no TOML: {error}.") from error


def _converted(name: str, hint: Any, given: _Given) -> Any:
    kind, meta = get_args(hint)[:2]
    value = given.value
    if kind is str and type(value) is int:
        value = str(value)  # rate_limits = 7
    try:
        return msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError as error:
        seen = "not usable" if name in NOT_FLAGS else repr(value)
        raise SettingsError(f"{given.source} is {seen}: give {_takes(kind, meta)}.") from error


def _takes(kind: Any, meta: Meta) -> str:
    if meta.extra:
        return str(meta.extra["takes"])
    kind = _given_as(kind)
    if typing.get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    if kind is bool:
        return "true or false"
    return f"a whole number from {meta.ge} to {meta.le}" if kind is int else "a text"


def _settle_storage(settings: dict[str, Any], given: Mapping[str, _Given]) -> None:
    """To keep nothing and to keep it in a folder: the higher of the two wins."""
    if not (settings.get("memory") and settings.get("data")):
        return
    memory, data = given["memory"], given["data"]
    if memory.level == data.level:
        raise SettingsError(
            f"{memory.source} and {data.source} contradict each other: give one of them."
        )
    settings.pop("data" if memory.level > data.level else "memory")


def _checked(settings: Settings) -> Settings:
    if (settings.api_key is None) != (settings.api_secret is None):
        raise SettingsError("Set UTABOX_API_KEY and UTABOX_API_SECRET together, or neither.")
    if settings.accept_any_key and not settings.on_loopback:
        raise SettingsError(
            f"--accept-any-key lets everybody in who can reach the server ({settings.host}): bind "
            "127.0.0.1 with --host, or leave it out and make keys with `utabox key create`."
        )
    fixed = settings.api_secret == DEMO_API_SECRET
    if fixed and not settings.on_loopback:
        raise SettingsError(
            f"The published demo credentials may not be reached beyond loopback ({settings.host}):"
            " set UTABOX_API_KEY and UTABOX_API_SECRET to values of your own."
        )
    return settings
