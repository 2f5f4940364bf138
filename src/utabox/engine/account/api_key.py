"""Make, change and delete API keys."""

import ipaddress

import msgspec

from utabox.engine.account.lookup import account_of
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, ApiKey, State
from utabox.permissions import AFFILIATE_ALONE, MASTER, SUB, any_of, as_groups
from utabox.retcodes import KEY_INVALID, PARAMS_ERROR
from utabox.terms import Algorithm, MemberType
from utabox.why import Why

DAY_MS = 24 * 3_600_000
LIFETIME_MS = 90 * DAY_MS  # without a bound IP (account-semantics 4.3)
AFTER_PASSWORD_MS = 7 * DAY_MS  # likewise, once the account's password was changed
EXPIRES_AT_MAX = 253_402_300_799_999  # ms, the last of the year 9999
API_KEY_MAX = 64
API_KEY_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
NOTE_MAX = 256
CONTRACT_TRADE, DERIVATIVES = any_of("ContractTrade"), any_of("Derivatives")
WALLET = any_of("Wallet")


class CreateApiKey(Command, frozen=True, tag="create-api-key"):
    """Give an account a key whose id and secret the caller chose."""

    uid: int
    api_key: str
    algorithm: Algorithm
    sealed_secret: bytes = b""
    public_key: str = ""
    permissions: int | None = None  # None: all that the account's key may hold
    read_only: bool = False
    ips: tuple[str, ...] = ()
    note: str = ""
    third_party: bool = False
    expires_at: int | None = None  # ms; None: by the exchange's rule


class ModifyApiKey(Command, frozen=True, tag="modify-api-key"):
    """Change what is given; None leaves a thing as it is.

    Binding an IP makes it permanent; unbound again, it lasts as long as a new one.
    """

    api_key: str
    permissions: int | None = None
    read_only: bool | None = None
    ips: tuple[str, ...] | None = None
    note: str | None = None
    expires_at: int | None = None  # ms


class DeleteApiKey(Command, frozen=True, tag="delete-api-key"):
    """Forget a key, at once."""

    api_key: str


class ChangePassword(Command, frozen=True, tag="change-password"):
    """The account has another password; there is no login, so this is all that it means here."""

    uid: int


class ApiKeySaved(Event, frozen=True, tag="api-key-saved"):
    """The key is now so: new, or changed."""

    key: ApiKey


class ApiKeyDeleted(Event, frozen=True, tag="api-key-deleted"):
    api_key: str


@decides(CreateApiKey)
def decide_creation(state: State, command: CreateApiKey, now: int) -> list[Event]:
    return [created(state, account_of(state, command.uid), command, now)]


def created(state: State, account: Account, command: CreateApiKey, now: int) -> ApiKeySaved:
    """The key that `command` makes for `account`, which may be about to be opened.

    Raises:
        Rejected: PARAMS_ERROR (10001), the key's id is taken, or something of it does not fit.
    """
    _check_id(state, command.api_key)
    _check_expiry(command.expires_at)
    ips, expires_at = _addresses(command.ips), command.expires_at
    if expires_at is None:
        expires_at = 0 if ips or command.third_party else now + LIFETIME_MS
    key = ApiKey(
        key_id=state.next_key_id,
        api_key=command.api_key,
        uid=account.uid,
        algorithm=command.algorithm,
        created_at=now,
        expires_at=expires_at,
        permissions=_granted(account, command.permissions),
        sealed_secret=command.sealed_secret,
        public_key=command.public_key,
        read_only=command.read_only,
        ips=ips,
        note=_note(command.note),
        third_party=command.third_party,
    )
    return ApiKeySaved(key)


@decides(ModifyApiKey)
def decide_change(state: State, command: ModifyApiKey, now: int) -> list[Event]:
    key = _key_of(state, command.api_key)
    account = state.accounts[key.uid]
    _check_expiry(command.expires_at)
    expires_at = key.expires_at if command.expires_at is None else command.expires_at
    ips = key.ips if command.ips is None else _addresses(command.ips)
    if command.expires_at is None:
        if ips:
            expires_at = 0
        elif key.ips and not key.third_party:
            expires_at = now + LIFETIME_MS  # unbound again, it is permanent no more
    permissions = command.permissions
    changed = ApiKey(
        key_id=key.key_id,
        api_key=key.api_key,
        uid=key.uid,
        algorithm=key.algorithm,
        created_at=key.created_at,
        expires_at=expires_at,
        permissions=key.permissions if permissions is None else _granted(account, permissions),
        sealed_secret=key.sealed_secret,
        public_key=key.public_key,
        read_only=key.read_only if command.read_only is None else command.read_only,
        ips=ips,
        note=key.note if command.note is None else _note(command.note),
        third_party=key.third_party,
    )
    return [ApiKeySaved(changed)] if changed != key else []


@decides(DeleteApiKey)
def decide_deletion(state: State, command: DeleteApiKey, now: int) -> list[Event]:
    return [ApiKeyDeleted(_key_of(state, command.api_key).api_key)]


@decides(ChangePassword)
def decide_password(state: State, command: ChangePassword, now: int) -> list[Event]:
    """Its own keys without an address end a week later, if they do not end before."""
    account, ends = account_of(state, command.uid), now + AFTER_PASSWORD_MS
    return [
        ApiKeySaved(msgspec.structs.replace(key, expires_at=ends))
        for key in state.keys.values()
        if key.uid == account.uid
        and not key.ips
        and not key.third_party
        and (not key.expires_at or key.expires_at > ends)
    ]


@applies(ApiKeySaved)
def apply_saved(state: State, event: ApiKeySaved) -> None:
    state.keys[event.key.api_key] = event.key
    state.next_key_id = max(state.next_key_id, event.key.key_id + 1)


@applies(ApiKeyDeleted)
def apply_deleted(state: State, event: ApiKeyDeleted) -> None:
    del state.keys[event.api_key]


def _key_of(state: State, api_key: str) -> ApiKey:
    key = state.keys.get(api_key)
    if key is None:
        raise Rejected(
            KEY_INVALID,
            why=Why(
                rule="The command names a key of this venue.",
                expected="an existing API key",
                seen=api_key,
                hint="List them with `utabox key list`.",
            ),
        )
    return key


def _check_id(state: State, api_key: str) -> None:
    known = all(character in API_KEY_CHARACTERS for character in api_key)
    if not (known and 0 < len(api_key) <= API_KEY_MAX):
        raise _refused("apiKey", f"1 to {API_KEY_MAX} letters, digits, - or _", repr(api_key)[:80])
    if api_key in state.keys:
        raise _refused("apiKey", "a key id that is not in use", f"{api_key} exists already")


def _check_expiry(expires_at: int | None) -> None:
    if expires_at is not None and not 0 <= expires_at <= EXPIRES_AT_MAX:
        raise _refused("expiresAt", f"ms, from 0 (never) to {EXPIRES_AT_MAX}", str(expires_at)[:40])


def _granted(account: Account, asked: int | None) -> int:
    """The permissions that a key of `account` gets; Derivatives follow from contract trade."""
    most = _most(account)
    bits = most if asked is None else asked
    alone = bits == AFFILIATE_ALONE and account.is_master
    if bits & ~most and not alone:
        extra = {name: held for name, held in as_groups(bits & ~most).items() if held}
        who = _whose(account)
        raise _refused("permissions", f"what a key of {who} may hold", str(extra))
    if account.unified and bits & CONTRACT_TRADE:
        bits |= DERIVATIVES
    return bits


def _most(account: Account) -> int:
    """All that a key of `account` may hold.

    A demo account is a master, but its keys are made like those of a sub-account (11), so they may
    hold what either may.
    """
    if account.environment.is_demo and account.is_master:
        return MASTER | SUB
    if account.member_type is MemberType.FUND_CUSTODIAL:
        return SUB & ~WALLET
    return MASTER if account.is_master else SUB


def _whose(account: Account) -> str:
    if account.member_type is MemberType.FUND_CUSTODIAL:
        return "a fund custodial sub-account"
    return "a master" if account.is_master else "a sub-account"


def _addresses(ips: tuple[str, ...]) -> tuple[str, ...]:
    if ips == ("*",):  # how the exchange writes that a key is unbound
        return ()
    try:
        return tuple(str(ipaddress.ip_address(ip)) for ip in ips)
    except ValueError as error:
        raise _refused("ips", "IPv4 or IPv6 addresses, no ranges", ", ".join(ips)[:200]) from error


def _note(note: str) -> str:
    if len(note) > NOTE_MAX:
        raise _refused("note", f"at most {NOTE_MAX} characters", f"{len(note)} characters")
    return note


def _refused(field: str, expected: str, seen: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=f"A key's {field} must fit its account.",
            expected=expected,
            seen=seen,
            hint=f"Give {expected}.",
        ),
        problem=f"{field} invalid",
    )
