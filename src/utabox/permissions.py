"""API key permissions: the exchange's groups and values, one bit each.

Source: docs/v5/user/apikey-info, account-semantics 4.2. A bit is journaled: append, never reorder.
"""

from collections.abc import Mapping, Sequence

# (group, value, may a sub-account's key hold it), in the order of their bits.
PERMISSIONS: tuple[tuple[str, str, bool], ...] = (
    ("ContractTrade", "Order", True),
    ("ContractTrade", "Position", True),
    ("Spot", "SpotTrade", True),
    ("Wallet", "AccountTransfer", True),
    ("Wallet", "SubMemberTransfer", False),
    ("Wallet", "SubMemberTransferList", True),
    ("Wallet", "Withdraw", False),
    ("Options", "OptionsTrade", True),
    ("Derivatives", "DerivativesTrade", True),
    ("Exchange", "ExchangeHistory", True),
    ("Earn", "Earn", True),
    ("BlockTrade", "BlockTrade", False),
    ("Affiliate", "Affiliate", False),
    ("FiatP2P", "FiatP2POrder", False),
    ("FiatP2P", "Advertising", False),
    ("FiatBitPay", "FaitPayOrder", False),  # the exchange's own spelling
    ("FiatConvertBroker", "FiatConvertBrokerOrder", False),
    ("BitCard", "BitCard", False),
    ("ByXPost", "ByXPost", False),
)

# Key order of `permissions` in a captured answer; deprecated groups are always empty.
GROUPS = (
    "ContractTrade", "Spot", "Wallet", "Options", "Derivatives", "CopyTrading", "BlockTrade",
    "Exchange", "NFT", "Affiliate", "Earn", "FiatP2P", "FiatConvertBroker", "FiatGlobalPay",
    "FiatBitPay", "BitCard", "ByXPost",
)  # fmt: skip


DEPRECATED_GROUPS = ("CopyTrading", "NFT")


def bit(group: str, value: str) -> int:
    """The bit of one permission.

    Raises:
        ValueError: the exchange has no such permission.
    """
    for index, (known_group, known_value, _) in enumerate(PERMISSIONS):
        if (known_group, known_value) == (group, value):
            return 1 << index
    raise ValueError(f"unknown permission {group}:{value}; see `utabox key create --help`")


def from_groups(groups: Mapping[str, Sequence[str]]) -> int:
    """The bits of the wire form; what deprecated groups hold does not count.

    Raises:
        ValueError: the exchange has no such group or permission.
    """
    unknown = [name for name in groups if name not in GROUPS]
    if unknown:
        raise ValueError(f"unknown permission group {unknown[0]}")
    bits = 0
    for name, values in groups.items():
        for value in values if name not in DEPRECATED_GROUPS else ():
            bits |= bit(name, value)
    return bits


def any_of(*names: str) -> int:
    """The bits of every permission in `names`: a mask that a key meets with any one of them.

    Args:
        names: Groups, such as `Wallet`, or one permission each, such as `Wallet:AccountTransfer`.
    """
    return sum(
        1 << index
        for index, (group, value, _) in enumerate(PERMISSIONS)
        if group in names or f"{group}:{value}" in names
    )


MASTER = sum(
    1 << index for index, (group, value, _) in enumerate(PERMISSIONS)
    if group != "Affiliate" and value != "SubMemberTransferList"
)  # fmt: skip
"""All that a master's key may hold together; Affiliate excludes the others."""

AFFILIATE_ALONE = any_of("Affiliate")
"""What excludes everything else."""

SUB = sum(1 << index for index, (_, _, sub) in enumerate(PERMISSIONS) if sub)
"""All that a sub-account's key may hold."""


def as_groups(bits: int) -> dict[str, list[str]]:
    """The wire form: every group, with the values that `bits` hold."""
    return {
        name: [
            value
            for index, (group, value, _) in enumerate(PERMISSIONS)
            if group == name and bits >> index & 1
        ]
        for name in GROUPS
    }
