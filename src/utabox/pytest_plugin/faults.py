"""What a test lets go wrong: faults that are ordered, counted and removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from utabox.pytest_plugin.control import Control, says_it_all

__tracebackhide__ = says_it_all


class Fault:
    """One ordered fault.

    Args:
        view: As the door showed it when it was made.
    """

    def __init__(self, control: Control, view: dict[str, Any]) -> None:
        self._control = control
        self.id = int(view["id"])
        self.summary = str(view["summary"])

    @property
    def view(self) -> dict[str, Any]:
        """All that is known of it now."""
        view: dict[str, Any] = self._control.call("GET", "faults", self.id)
        return view

    @property
    def matched(self) -> int:
        """How many requests it was about."""
        return int(self.view["matched"])

    @property
    def fired(self) -> int:
        """How many of those it has met."""
        return int(self.view["fired"])

    @property
    def spent(self) -> bool:
        """Whether it will meet none any more."""
        return bool(self.view["spent"])

    def remove(self) -> None:
        """Let it meet nothing more, and forget its counts."""
        self._control.call("DELETE", "faults", self.id)

    def __repr__(self) -> str:
        return f"<fault {self.id}: {self.summary}>"


class Faults:
    """The faults of a venue, in the order in which they are looked at."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._warnings: dict[int, str] = {}  # by id: what may be wrong with it

    def add(self, path: str = "", **wanted: Any) -> Fault:
        """Order a fault: which requests it is about, which of them it meets, and what happens.

        Args:
            path: `/v5/account/info`, or how it begins: `/v5/account/*`; empty: every path.
            wanted: Members of the door POST /-/faults, such as `retCode=10016`, `status=502`,
                `times=2`, `nth=3`, `delayMs=500`, `close="middle"`, `drop=["result.list"]`.
        """
        body = {"path": path, **wanted}
        view = self._control.call("POST", "faults", body=body)
        self._warnings[view["id"]] = "; ".join(view.get("warnings") or [])
        return Fault(self._control, view)

    def unmet(self) -> list[str]:
        """Those that no request has met, each as a sentence."""
        views = self._control.call("GET", "faults")
        return [self._unmet(view) for view in views if not view["fired"]]

    def _unmet(self, view: Mapping[str, Any]) -> str:
        told = f"fault {view['id']} on {view['path'] or 'every path'} never fired"
        if view["matched"]:
            return f"{told}, of {view['matched']} that it was about"
        warning = self._warnings.get(view["id"])
        return f"{told}: {warning}" if warning else told

    def clear(self) -> None:
        """Remove all of them."""
        self._control.call("DELETE", "faults")

    def __iter__(self) -> Iterator[Fault]:
        return iter([Fault(self._control, each) for each in self._control.call("GET", "faults")])

    def __len__(self) -> int:
        return len(list(iter(self)))
