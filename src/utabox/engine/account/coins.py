"""The coins that a request names, comma by comma."""

from utabox.engine.rules import Rejected
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why


def coins_named(state: State, parameter: str, text: str, most: int) -> list[str]:
    """The coins of a list such as `USDT,BTC`, each once, in its order.

    Args:
        parameter: What the request calls it.
        most: How many there may be.
    Raises:
        Rejected: PARAMS_ERROR (10001), for too many, or one that the venue does not know.
    """
    coins = list(dict.fromkeys(text.split(",")))
    if len(coins) > most:
        raise _refused(parameter, f"{len(coins)} coins", f"Ask for at most {most} at once.", most)
    for coin in coins:
        if coin not in state.index_prices:
            hint = "Give coins of `utabox price list`, with commas and without spaces."
            if coin.strip().upper() in state.index_prices:
                hint = f"Write {coin.strip().upper()}."
            raise _refused(parameter, repr(coin[:40]), hint, most)
    return coins


def _refused(parameter: str, seen: str, hint: str, most: int) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=f"The parameter {parameter!r} names coins that the venue knows.",
            expected="a coin in capitals" if most == 1 else f"1 to {most} coins in capitals",
            seen=seen,
            hint=hint,
        ),
        problem=f"{parameter} invalid",
    )
