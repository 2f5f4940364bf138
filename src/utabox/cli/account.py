"""utabox account: list, show, create, set, fund, and what happens outside the API."""

from __future__ import annotations

from typing import Any

import click

from utabox.cli.doors import Doors, door_options, page_options, show_more
from utabox.cli.group import Group
from utabox.cli.moment import iso
from utabox.cli.number import NEGATIVE_NUMBERS, Uid, Whole, plain
from utabox.cli.number import amount as number
from utabox.cli.number import coin as coin_name
from utabox.cli.tables import show_fields, show_json, show_table
from utabox.terms import (
    AccountKind,
    AccountType,
    DcpProduct,
    Environment,
    MemberType,
    VipLevel,
)

NAMES = {str(kind.value): kind for kind in AccountKind} | {
    kind.name.lower().replace("_", "-"): kind for kind in AccountKind
}
KIND = click.Choice(list(NAMES), case_sensitive=False)
KINDS = ", ".join(f"{kind.value} or {kind.name.lower().replace('_', '-')}" for kind in AccountKind)
VIP = click.Choice([level.value for level in VipLevel], case_sensitive=False)
WALLET = click.Choice([wallet.value for wallet in AccountType], case_sensitive=False)
ENVIRONMENT = click.Choice([each.value for each in Environment], case_sensitive=False)
MEMBER_TYPES = {each.name.lower().replace("_", "-"): each for each in MemberType}
MEMBER_TYPE = click.Choice(list(MEMBER_TYPES), case_sensitive=False)
PRODUCT = click.Choice([product.value for product in DcpProduct], case_sensitive=False)


@click.group(cls=Group)
def command() -> None:
    """Make, fund and change accounts.

    \b
    utabox account create --kind classic
    utabox account fund 100000001 USDT 1000
    utabox account set 100000001 --vip VIP-1 --dcp OPTIONS
    """


@command.command("list")
@page_options
@door_options
def list_accounts(doors: Doors, limit: int, after: int, as_json: bool) -> None:
    """List accounts, oldest first."""
    accounts = doors.call("GET", "accounts", limit=limit, after=after)
    if as_json:
        show_json(accounts)
        return
    show_table(
        ("uid", "kind", "margin mode", "vip", "parent", "equity, USD", "marks"),
        [
            (
                account["uid"],
                _kind(account["kind"]),
                account["marginMode"],
                account["vipLevel"],
                account["parentUid"] or "",
                plain(account["totalEquityUsd"]),
                _marks(account),
            )
            for account in accounts
        ],
    )
    if accounts:
        show_more(len(accounts), limit, f"--after {accounts[-1]['uid']}")


@command.command()
@click.argument("uid", type=Uid())
@door_options
def show(doors: Doors, uid: int, as_json: bool) -> None:
    """Show one account."""
    _show(doors.call("GET", "accounts", str(uid)), as_json)


@command.command()
@click.option("--kind", type=KIND, metavar="KIND", help=f"{KINDS}. [default: uta2]")
@click.option("--parent", type=Uid(), help="Make a sub-account of this UID.")
@click.option("--uid", type=Uid(), help="Its UID. [default: the next free one]")
@click.option("--vip", type=VIP, help="Fee level.")
@click.option(
    "--environment",
    type=ENVIRONMENT,
    help="Where it lives. [default: where its master or inviter does, or the server's]",
)
@click.option("--member-type", type=MEMBER_TYPE, help="Of a sub-account. [default: normal]")
@click.option("--inviter", type=Uid(), help="Who invited it: a UID. [default: nobody]")
@door_options
def create(
    doors: Doors,
    kind: str | None,
    parent: int | None,
    uid: int | None,
    vip: str | None,
    environment: str | None,
    member_type: str | None,
    inviter: int | None,
    as_json: bool,
) -> None:
    """Open an account.

    \b
    utabox account create --kind uta2-pro
    utabox account create --parent 100000001
    utabox account create --environment demo
    utabox account create --inviter 100000001
    """
    body = {
        "kind": NAMES[kind] if kind else None,
        "parentUid": parent,
        "uid": uid,
        "vipLevel": vip,
        "environment": environment,
        "memberType": MEMBER_TYPES[member_type] if member_type else None,
        "inviterUid": inviter,
    }
    _show(doors.call("POST", "accounts", body=body), as_json)


@command.command("set")
@click.argument("uid", type=Uid())
@click.option("--kind", type=KIND, metavar="KIND", help=f"{KINDS}.")
@click.option("--vip", type=VIP, help="Fee level.")
@click.option("--leader/--no-leader", default=None, help="Copy-trading leader.")
@click.option("--freeze/--unfreeze", default=None, help="Ban a sub-account, or let it in.")
@click.option("--smp-group", type=Whole(0), help="Self-match-prevention group; 0: none.")
@click.option(
    "--dcp",
    multiple=True,
    type=PRODUCT,
    help="Enable DCP for this product; repeat it for each: what is not named is disabled.",
)
@click.option("--no-dcp", is_flag=True, help="Disable DCP (disconnected-cancel-all).")
@click.option("--mmp", multiple=True, metavar="COIN", help="Enable for this base coin; repeatable.")
@click.option("--no-mmp", is_flag=True, help="Disable market maker protection.")
@door_options
def set_profile(
    doors: Doors,
    uid: int,
    kind: str | None,
    vip: str | None,
    leader: bool | None,
    freeze: bool | None,
    smp_group: int | None,
    dcp: tuple[str, ...],
    no_dcp: bool,
    mmp: tuple[str, ...],
    no_mmp: bool,
    as_json: bool,
) -> None:
    """Set what is given, all of it or nothing.

    \b
    utabox account set 100000001 --kind uta2 --smp-group 7
    utabox account set 100000002 --freeze
    """
    if dcp and no_dcp:
        raise click.UsageError("--dcp and --no-dcp contradict each other: give one of them.")
    if mmp and no_mmp:
        raise click.UsageError("--mmp and --no-mmp contradict each other: give one of them.")
    body = {
        "kind": NAMES[kind] if kind else None,
        "vipLevel": vip,
        "leader": leader,
        "frozen": freeze,
        "smpGroup": smp_group,
        "dcpProducts": list(dcp) if dcp or no_dcp else None,
        "mmpCoins": list(mmp) if mmp or no_mmp else None,
    }
    if all(value is None for value in body.values()):
        raise click.UsageError("Nothing is given to set: see --help.")
    _show(doors.call("PATCH", "accounts", str(uid), body=body), as_json)


@command.command(context_settings=NEGATIVE_NUMBERS)
@click.argument("uid", type=Uid())
@click.argument("coin", type=coin_name)
@click.argument("amount", type=number)
@click.option("--wallet", type=WALLET, help="Another than the one that it trades from.")
@click.option("--bonus", is_flag=True, help="Money that is margin but cannot leave.")
@door_options
def fund(
    doors: Doors,
    uid: int,
    coin: str,
    amount: str,
    wallet: str | None,
    bonus: bool,
    as_json: bool,
) -> None:
    """Add AMOUNT of COIN to a wallet.

    AMOUNT is a number such as 1000.5; a negative one takes out.

    \b
    utabox account fund 100000001 USDT 1000
    utabox account fund 100000001 BTC -0.25
    utabox account fund 100000001 USDT 50 --wallet FUND
    """
    body = {"coin": coin, "amount": amount, "wallet": wallet, "bonus": bonus}
    _show(doors.call("POST", "accounts", str(uid), "fund", body=body), as_json)


@command.command("password-changed")
@click.argument("uid", type=Uid())
@door_options
def change_password(doors: Doors, uid: int, as_json: bool) -> None:
    """The user of UID has changed the password.

    Its keys without an address end 7 days from now.
    """
    keys = doors.call("POST", "accounts", str(uid), "password-changed")
    if as_json:
        show_json(keys)
        return
    show_table(
        ("key", "ips", "expires"),
        [(key["apiKey"], " ".join(key["ips"]) or "any", iso(key["expiresAt"])) for key in keys],
    )


@command.command("referral-closed")
@click.argument("uid", type=Uid())
@door_options
def close_referral(doors: Doors, uid: int, as_json: bool) -> None:
    """The invitation that UID came by counts no more.

    Its inviter's list shows it with status 1.
    """
    _show(doors.call("POST", "accounts", str(uid), "referral-closed"), as_json)


def _show(account: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(account)
        return
    windows = account["dcpWindows"].items()
    fields = [
        ("uid", account["uid"]),
        ("kind", _kind(account["kind"])),
        ("environment", account["environment"]),
        ("margin mode", account["marginMode"]),
        ("spot hedging", account["spotHedging"]),
        ("vip", account["vipLevel"]),
        ("parent", account["parentUid"] or "none"),
        ("leader", account["leader"]),
        ("frozen", account["frozen"]),
        ("smp group", account["smpGroup"] or "none"),
        ("dcp", ", ".join(f"{name} {seconds} s" for name, seconds in windows) or "off"),
        ("mmp", ", ".join(account["mmpCoins"]) or "off"),
        ("created", iso(account["createdAt"])),
        ("updated", iso(account["updatedTime"])),
    ]
    if account["memberType"] != MemberType.NORMAL:
        fields.append(("member type", _member_type(account["memberType"])))
    if account["inviterUid"]:
        fields.append(("inviter", account["inviterUid"]))
    if account["agreements"]:
        fields.append(("signed", ", ".join(account["agreements"])))
    if account["upgradeDue"]:
        fields.append(("upgrading until", iso(account["upgradeDue"])))
    fields += [(f"{coin} balance", plain(amount)) for coin, amount in account["coins"].items()]
    for wallet, coins in account["wallets"].items():
        fields += [(f"{coin} in {wallet}", plain(amount)) for coin, amount in coins.items()]
    show_fields([*fields, ("equity, USD", plain(account["totalEquityUsd"]))])


def _kind(kind: int) -> str:
    return f"{kind} {AccountKind(kind).name.lower().replace('_', '-')}"


def _member_type(member_type: int) -> str:
    return f"{member_type} {MemberType(member_type).name.lower().replace('_', '-')}"


def _marks(account: dict[str, Any]) -> str:
    marks = {
        account["environment"]: account["environment"] != Environment.MAINNET,
        "leader": account["leader"],
        "frozen": account["frozen"],
        "upgrading": account["upgradeDue"],
    }
    return " ".join(mark for mark, holds in marks.items() if holds)
