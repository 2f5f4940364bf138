"""A Bybit V5 unified trading account that you run yourself."""

__version__ = "0.1.0"
