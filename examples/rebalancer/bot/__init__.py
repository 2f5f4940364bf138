"""A bot that keeps house in one account."""
