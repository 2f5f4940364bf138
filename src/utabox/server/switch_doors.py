"""The doors of the switches: how a venue decides and speaks where the exchange is not certain."""

from __future__ import annotations

import msgspec

from utabox.engine.state import Switches
from utabox.engine.switches import SetSwitches
from utabox.server.control import door
from utabox.terms import (
    AbsentRecvWindow,
    ExtInfo,
    GetWithBody,
    KeyEnvironments,
    MissingHeaders,
    TextEpoch,
)
from utabox.venues import Venue

UPGRADE_DELAY_MS_MAX = 86_400_000


class SwitchChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set what is given; `docs/fidelity.md` says what each changes."""

    textEpoch: TextEpoch | None = None
    wireExact: bool | None = None
    missingHeaders: MissingHeaders | None = None
    absentRecvWindow: AbsentRecvWindow | None = None
    getWithBody: GetWithBody | None = None
    retExtInfo: ExtInfo | None = None
    keyEnvironments: KeyEnvironments | None = None
    upgradeWindowEnforced: bool | None = None
    upgradeDelayMs: int | None = None


MEMBERS = {
    "textEpoch": "text_epoch",
    "wireExact": "wire_exact",
    "missingHeaders": "missing_headers",
    "absentRecvWindow": "absent_recv_window",
    "getWithBody": "get_with_body",
    "retExtInfo": "ret_ext_info",
    "keyEnvironments": "key_environments",
    "upgradeWindowEnforced": "upgrade_window_enforced",
    "upgradeDelayMs": "upgrade_delay_ms",
}
"""As the doors spell them -> as the engine does."""


@door("GET /-/switches")
def show_switches(venue: Venue) -> SwitchChange:
    """How the venue decides and speaks where the exchange's way is not certain, or changed."""
    switches = venue.runtime.state.switches
    return SwitchChange(**{name: getattr(switches, ours) for name, ours in MEMBERS.items()})


@door("PATCH /-/switches")
def set_switches(venue: Venue, body: SwitchChange) -> SwitchChange:
    """Change that, from the next request on; of this venue only."""
    delay = body.upgradeDelayMs
    if delay is not None and not 0 <= delay <= UPGRADE_DELAY_MS_MAX:
        raise ValueError(
            f"upgradeDelayMs is 0 to {UPGRADE_DELAY_MS_MAX}, one day: give such a number"
        )
    given = {ours: getattr(body, name) for name, ours in MEMBERS.items()}
    changed = {name: value for name, value in given.items() if value is not None}
    before: Switches = venue.runtime.state.switches
    venue.runtime.execute(SetSwitches(msgspec.structs.replace(before, **changed)))
    return show_switches(venue)
