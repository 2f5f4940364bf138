"""What accounts hold of contracts, and what is told of it afterwards."""
