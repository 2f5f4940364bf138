"""What an account is worth and what it must keep."""
