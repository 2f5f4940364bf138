"""Wire shapes that two or more endpoints or topics share."""
