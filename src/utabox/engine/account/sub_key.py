"""The keys of sub-accounts, in the hands of their masters (account-semantics 4.4).

So are those of the demo accounts of a family (11), which are no sub-accounts.
"""

from utabox.engine.account.api_key import (
    CreateApiKey,
    DeleteApiKey,
    ModifyApiKey,
    decide_change,
    decide_creation,
    decide_deletion,
)
from utabox.engine.account.demo_member import is_demo_of_family
from utabox.engine.account.sub_member import normal_sub_of
from utabox.engine.rules import Command, Event, Rejected, decides
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why


class CreateSubApiKey(Command, frozen=True, tag="create-sub-api-key"):
    """The master `uid` gives one of its sub-accounts a key."""

    uid: int
    creation: CreateApiKey


class ModifySubApiKey(Command, frozen=True, tag="modify-sub-api-key"):
    """The master `uid` changes the key of one of its sub-accounts."""

    uid: int
    change: ModifyApiKey


class DeleteSubApiKey(Command, frozen=True, tag="delete-sub-api-key"):
    """The master `uid` deletes the key of one of its sub-accounts."""

    uid: int
    deletion: DeleteApiKey


@decides(CreateSubApiKey)
def decide_sub_creation(state: State, command: CreateSubApiKey, now: int) -> list[Event]:
    if not is_demo_of_family(state, command.uid, command.creation.uid):
        normal_sub_of(state, command.uid, command.creation.uid)
    return decide_creation(state, command.creation, now)


@decides(ModifySubApiKey)
def decide_sub_change(state: State, command: ModifySubApiKey, now: int) -> list[Event]:
    _check_master(state, command.uid, command.change.api_key)
    return decide_change(state, command.change, now)


@decides(DeleteSubApiKey)
def decide_sub_deletion(state: State, command: DeleteSubApiKey, now: int) -> list[Event]:
    _check_master(state, command.uid, command.deletion.api_key)
    return decide_deletion(state, command.deletion, now)


def _check_master(state: State, uid: int, api_key: str) -> None:
    """Refuse a key of another than a sub-account or demo account, as if it did not exist."""
    key = state.keys.get(api_key)
    if key is None or not uid or not _holds(state, uid, key.uid):
        raise Rejected(
            PARAMS_ERROR,
            why=Why(
                rule="A master names the key of one of its sub-accounts, or of a demo account.",
                expected=f"a key of a sub-account of {uid}, or of a demo account of theirs",
                seen=api_key[:80],
                hint="GET /v5/user/sub-apikeys lists them; for the master's own key call "
                "update-api or delete-api.",
            ),
            problem="apikey invalid",
        )


def _holds(state: State, uid: int, key_uid: int) -> bool:
    """Whether the keys of `key_uid` are in the hands of the master `uid`."""
    return state.accounts[key_uid].parent_uid == uid or is_demo_of_family(state, uid, key_uid)
