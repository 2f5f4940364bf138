"""Seeds: a file or an object that says what a venue begins with; `docs/seeds.md` is its page.

    text -> nodes with lines (`yaml_text`, `toml_text`) -> `content` -> commands (`sowing`)

A seed acts by the commands of the doors and of the exchange's own endpoints, so it cannot make what
the exchange could not be in. It is rehearsed on a copy of the venue first: one that is refused has
changed nothing.
"""

from utabox.seed.nodes import SeedError
from utabox.seed.reading import Seed, read_seed, seed_of
from utabox.seed.sowing import Sown, sow

__all__ = ["Seed", "SeedError", "Sown", "read_seed", "seed_of", "sow"]
