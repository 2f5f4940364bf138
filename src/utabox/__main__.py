"""`python -m utabox` is the command `utabox`."""

from utabox.cli import main

if __name__ == "__main__":
    main(prog_name="python -m utabox")
