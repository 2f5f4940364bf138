"""POST /v5/order/disconnected-cancel-all"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.dcp import SetDcpWindow
from utabox.engine.rules import Rejected
from utabox.permissions import any_of, as_groups
from utabox.retcodes import PARAMS_ERROR, PERMISSION_DENIED, UPGRADING
from utabox.terms import DcpProduct
from utabox.why import Why

# The key must be allowed to trade what would be cancelled (account-semantics 4.4).
GROUPS = {
    DcpProduct.SPOT: ("Spot",),
    DcpProduct.DERIVATIVES: ("ContractTrade", "Derivatives"),
    DcpProduct.OPTIONS: ("Options",),
}


class Params(msgspec.Struct, frozen=True):
    """The product and its window."""

    timeWindow: Annotated[
        int, Meta(ge=3, le=300, description="Seconds without a stream before it cancels.")
    ]
    product: Annotated[DcpProduct, Meta(description="What to cancel.")] = DcpProduct.OPTIONS


@command(
    "POST /v5/order/disconnected-cancel-all",
    ret_msg="success",
    members="none",
    limit=Limit(5),
    permission=("ContractTrade", "Derivatives", "Options", "Spot"),
    refusals=(PARAMS_ERROR, PERMISSION_DENIED, UPGRADING),
    source="docs/v5/order/dcp",
)
def disconnected_cancel_all(caller: Caller, params: Params) -> SetDcpWindow:
    """Set how long a stream may be gone before the account's orders are cancelled."""
    groups = GROUPS[params.product]
    if not caller.key.permissions & any_of(*groups):
        raise Rejected(PERMISSION_DENIED, why=_permission_why(caller, params.product))
    return SetDcpWindow(uid=caller.uid, product=params.product, window_s=params.timeWindow)


def _permission_why(caller: Caller, product: DcpProduct) -> Why:
    held = [name for name, values in as_groups(caller.key.permissions).items() if values]
    return Why(
        rule=f"The key must be allowed to trade {product}.",
        expected=f"a permission of {' or '.join(GROUPS[product])}",
        seen=", ".join(held) or "no permission",
        hint="Use a key with that permission: `utabox key create --help`.",
    )
