"""Every setting of a server, declared once: flag, environment variable, file, default, help.

`utabox serve --rate-limits off`, `UTABOX_RATE_LIMITS=off` and `rate_limits = "off"` in a
`--config` file mean the same; the first of them that is given wins.
"""

from __future__ import annotations

import os
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import platformdirs
from msgspec import Meta

ENV_PREFIX = "UTABOX_"
LOOPBACK = ("127.0.0.1", "::1", "localhost")

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
    durability: Annotated[
        Literal["disk", "process"],
        Meta(description="What an answered write survives: a machine's crash, or only ours."),
    ] = "disk"
    rate_limits: Annotated[
        str, Meta(pattern=r"^(real|off|[1-9][0-9]{0,8})$", description="real, off, or N for all.")
    ] = "real"
    ip_limit: Annotated[
        bool, Meta(description="Limit each address to 600 requests in 5 seconds.")
    ] = False
    explain_header: Annotated[
        bool, Meta(description="Send the why of a refusal as header X-Utabox-Why.")
    ] = False
    text_epoch: Annotated[
        Literal["2026", "2023"], Meta(description="Which wording 10002 and 10004 have.")
    ] = "2026"
    wire_exact: Annotated[
        bool, Meta(description="Answer account info without retExtInfo and time, as captured.")
    ] = False
    upgrade_window: Annotated[
        bool, Meta(description="Refuse upgrades from minute 50 to minute 5.")
    ] = True
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
        return self.host in LOOPBACK or self.host.startswith("127.")

    @property
    def folder(self) -> Path:
        """The data folder, made or not."""
        return Path(self.data) if self.data else Path(platformdirs.user_data_dir("utabox", False))


# Secrets stand in the environment or a file, not in a process list.
NOT_FLAGS = ("api_key", "api_secret", "token")


def flags() -> list[tuple[str, Any, Any, str]]:
    """Name, type, default and help of every setting that is a flag."""
    hints = typing.get_type_hints(Settings, include_extras=True)
    described = []
    for field in msgspec.structs.fields(Settings):
        if field.name not in NOT_FLAGS:
            kind, meta = typing.get_args(hints[field.name])[:2]
            described.append((field.name, kind, field.default, meta.description))
    return described


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
    merged: dict[str, Any] = dict(_from_file(file)) if file else {}
    for name in (field.name for field in msgspec.structs.fields(Settings)):
        value = (os.environ if environment is None else environment).get(ENV_PREFIX + name.upper())
        if value:
            merged[name] = value
    merged.update({name: value for name, value in given.items() if value is not None})
    try:
        settings = msgspec.convert(merged, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{error}: see `utabox serve --help`.") from error
    return _checked(settings)


def _from_file(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read as TOML: {error}.") from error


def _checked(settings: Settings) -> Settings:
    if settings.memory and settings.data:
        raise SettingsError("--memory and --data contradict each other: give one of them.")
    if (settings.api_key is None) != (settings.api_secret is None):
        raise SettingsError("Set UTABOX_API_KEY and UTABOX_API_SECRET together, or neither.")
    fixed = settings.api_secret == DEMO_API_SECRET
    if fixed and not settings.on_loopback:
        raise SettingsError(
            f"The published demo credentials may not be reached beyond loopback ({settings.host}):"
            " set UTABOX_API_KEY and UTABOX_API_SECRET to values of your own."
        )
    return settings
