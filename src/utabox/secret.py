"""Keys, secrets and tokens that nobody chose."""

import secrets
import string

KEY_LENGTH, SECRET_LENGTH = 18, 36  # as the exchange's


def new_secret(length: int = SECRET_LENGTH) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
