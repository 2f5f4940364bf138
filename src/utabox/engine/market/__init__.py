"""What the market says: prices arrive in commands."""
