"""Python's import: what is done to a module once the program has imported it."""

from __future__ import annotations

import os
import sys

from .ending import end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class AfterImport:
    """Runs a function on a module once the program has imported it: a finder on sys.meta_path."""

    def __init__(self) -> None:
        self._functions: dict[str, Callable[[Any], None]] = {}

    def add(self, name: str, function: Callable[[Any], None]) -> None:
        if name in sys.modules:
            function(sys.modules[name])
        else:
            self._functions[name] = function

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        function = self._functions.get(name)
        if function is None:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find and finder is not self else None
            if spec is not None:
                if not hasattr(spec.loader, "exec_module"):
                    end(name + " comes from a loader that cannot be followed: use --isolate.")
                spec.loader = _Loader(spec.loader, function)
                return spec
        return None


class _Loader:
    """A module's own loader, and a function after it."""

    def __init__(self, loader: Any, function: Callable[[Any], None]) -> None:
        self._loader, self._function = loader, function

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        try:
            self._function(module)
        except Exception as error:
            end(f"{module.__name__} cannot be led to your utabox ({error!r}): use --isolate.")


def run_the_users_own() -> None:
    """Python runs one sitecustomize; the one that it would have run comes after us."""
    from importlib.machinery import PathFinder

    others = [path for path in sys.path if not _is_ours(path)]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def _is_ours(path: str) -> bool:
    """Whether a folder is this one, or that of the package or of another run."""
    return os.path.isfile(os.path.join(path, "_utabox_run", "__init__.py"))  # noqa: PTH113, PTH118
