"""What the exchange offers: one endpoint, one file; the file's path is the URL's.

Importing this package declares every endpoint: each module below it is found by walking.
"""

import importlib
import pkgutil

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_module.name)
