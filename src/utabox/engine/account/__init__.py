"""The account: who has one, what kind it is, how it is set."""
