"""GET /v5/account/user-setting-config"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.state import State


class SettingConfig(msgspec.Struct, frozen=True):
    """How orders and positions of an account behave."""

    lpaSpot: Annotated[
        bool,
        Meta(description="Spot beyond the price limit: true adjusts the price, false rejects."),
    ]
    # The other way round than lpaSpot, as the page says (8.4).
    lpaPerp: Annotated[
        bool,
        Meta(description="Futures beyond the price limit: true rejects, false adjusts the price."),
    ]
    # Documented; the page's example leaves it out (8.5).
    deltaEnable: Annotated[bool, Meta(description="Whether delta neutral mode is on.")]
    smsef: Annotated[bool, Meta(description="Whether spot fees are paid in MNT; always false.")]
    fmsef: Annotated[bool, Meta(description="Whether futures fees are paid in MNT; always false.")]


@query(
    "GET /v5/account/user-setting-config",
    result=SettingConfig,
    limit=Limit(50),
    steady=True,
    source="docs/v5/account/get-user-setting-config",
)
def user_setting_config(state: State, caller: Caller) -> SettingConfig:
    """The price limit behaviour, delta mode and fee settings of the calling account."""
    account = caller.account
    return SettingConfig(
        lpaSpot=account.price_adjusts_spot,
        lpaPerp=not account.price_adjusts_futures,
        deltaEnable=account.delta_neutral,
        smsef=False,
        fmsef=False,
    )
