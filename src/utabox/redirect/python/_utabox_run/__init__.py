"""Loaded first in every Python under `utabox run`: the exchange's hosts lead to us or nowhere.

Python imports `sitecustomize`, beside this package, by its name from PYTHONPATH, before the
program, and that imports this. It needs nothing but the standard library, runs on Python 3.8 and
later, and imports no package of the program's: those that need something are patched when the
program imports them. What it does:

* A name of a documented host is looked up as an address of ours, and leads to us on its ports 443
  and 80; other names under the exchange's domains are refused; all others are looked up as ever.
* An audit hook, which nothing can take away, sees every connection and datagram of Python's own
  sockets. It lets pass what goes to this machine, to a private network, or to an address that a
  look-up of another host gave. An address that came from elsewhere may be the exchange's.
* What a connection that does not lead to us says first is read: a proxy of the program's own, which
  is asked for the exchange, is not asked.
* Libraries that go past Python's sockets (uvloop, gevent, c-ares) or trust authorities of their
  own (certifi) are led the same way. Native code with sockets of its own is not: --isolate is for
  that.
* Whatever the program starts is given the same environment, even if it has changed its own.

If any of it cannot be done, the process ends: a program that runs unprotected would trade for real.
So it is with what outlives the run: all that leads it stands in its environment, and where nobody
listens any more, nothing is reached.
"""

from __future__ import annotations

import os
import sys

from .children import keep_environment, keep_subprocess
from .ending import end
from .importing import AfterImport, run_the_users_own
from .libraries import lead_aiohttp, lead_certifi, lead_gevent, lead_pycares, lead_uvloop
from .rules import PREFIX, Rules, own_ports
from .sockets import lead_lookups, lead_sockets, watch, watch_tls

_begun = False


def begin() -> None:
    """Lead this Python, and hand on to the `sitecustomize` that it would have run; once."""
    global _begun
    if _begun:
        return
    _begun = True
    if any(name.startswith(PREFIX) for name in os.environ):
        try:
            if sys.platform == "win32" or not hasattr(sys, "addaudithook"):
                end("this needs a Python 3.8 or later that has audit hooks, on Linux or macOS.")
            _install()
        except KeyError as error:
            end(f"the variable {error} is missing in the environment.")
        except BaseException as error:
            end(f"Python cannot be led to your utabox ({error!r}).")
    # else: a Python that found this folder, but is not run by us
    run_the_users_own()


def of_a_utabox(port: int) -> None:
    """A `utabox run` inside another one serves the exchange's hosts there."""
    own_ports.add(port)


def _install() -> None:
    import _socket

    rules = Rules(os.environ, _socket)
    lead_lookups(rules, _socket)
    watch(rules, _socket)
    keep_environment()
    after = AfterImport()
    after.add("socket", lead_sockets(rules, _socket))
    after.add("subprocess", keep_subprocess)
    after.add("ssl", watch_tls(rules))
    after.add("uvloop", lead_uvloop(rules))
    after.add("gevent._socket3", lead_gevent(rules))
    after.add("pycares", lead_pycares(rules))
    after.add("aiohttp.resolver", lead_aiohttp)
    after.add("certifi.core", lead_certifi(rules.bundle))
    if "certifi" in sys.modules:
        lead_certifi(rules.bundle)(sys.modules["certifi"])
    sys.meta_path.insert(0, after)
