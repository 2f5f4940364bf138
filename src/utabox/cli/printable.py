"""Text from elsewhere, made harmless for a terminal."""


def printable(text: str, most: int | None = None) -> str:
    """`text` on one line, with control and other invisible characters as escapes.

    A path, a note or an answer may hold terminal commands or turn the reading direction.

    Args:
        most: Characters to keep; what is cut off leaves three dots.
    """
    if most is not None and len(text) > most:
        text = text[: most - 3] + "..."
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
