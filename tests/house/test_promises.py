"""What the house promises of its code: one direction, a pure engine, nothing undeclared."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import utabox.endpoints
from utabox.endpoint import declared

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "utabox"

# Each room may import from itself and from the rooms after it, never from one before it.
ROOMS = (
    ("cli", "__main__", "pytest_plugin"),
    ("redirect", "pointing"),
    ("embedded",),
    ("server", "venues", "demo", "seed"),
    ("settings",),
    ("endpoints", "streams"),
    ("endpoint", "stream"),
    ("runtime",),
    ("seal",),
    ("journal",),
    ("catalogue", "records"),
    ("engine",),
    ("retcodes", "facts", "secret", "why", "terms", "permissions", "clock", "__init__"),
)
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}

# All that a rule may import: what computes the same everywhere, at any time.
PURE = {
    "__future__", "bisect", "collections.abc", "dataclasses", "decimal", "enum", "functools",
    "heapq", "ipaddress", "itertools", "msgspec", "typing", "utabox.engine", "utabox.permissions",
    "utabox.retcodes", "utabox.terms", "utabox.why",
}  # fmt: skip
WALKER = {"importlib", "pkgutil"}  # of engine/__init__.py, which declares the rules
IMPURE_NAMES = {
    "__builtins__", "__import__", "breakpoint", "compile", "delattr", "dir", "eval", "exec",
    "float", "frozenset", "globals", "hash", "id", "input", "locals", "memoryview", "open",
    "print", "set", "vars",
}  # fmt: skip


def is_pure(module: str, file: Path) -> bool:
    """Whether the engine may import `module`."""
    allowed = PURE | WALKER if file == SOURCE / "engine" / "__init__.py" else PURE
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def room_of(file: Path) -> str:
    return file.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(file: Path) -> Iterator[str]:
    """The rooms of utabox that a module imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(file.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "utabox":
                yield parts[1] if len(parts) > 1 else "__init__"


@pytest.mark.parametrize("file", modules(SOURCE), ids=lambda f: str(f.relative_to(SOURCE)))
def test_imports_point_one_way(file: Path) -> None:
    """bytes -> server -> endpoint -> runtime -> journal -> engine; nothing looks back."""
    backwards = [room for room in imported_rooms(file) if LEVEL[room] < LEVEL[room_of(file)]]
    assert backwards == []


@pytest.mark.parametrize(
    "file", modules(SOURCE / "engine"), ids=lambda f: str(f.relative_to(SOURCE))
)
def test_the_engine_is_pure(file: Path) -> None:
    """No I/O, clock, randomness, float, async, or walk over a set."""
    assert impurities(file.read_text(), file) == []


def impurities(source: str, file: Path = SOURCE / "engine" / "rules.py") -> list[str]:
    """What of `source` could make two replays differ."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [n.name for n in names if not is_pure(n.name, file)]
            case ast.ImportFrom(module=str(module)) if not is_pure(module, file):
                found.append(module)
            case ast.Name(id=name) if name in IMPURE_NAMES:
                found.append(name)
            case ast.Constant(value=float()):
                found.append("a float")
            case ast.Set() | ast.SetComp():
                found.append("a set")
            case ast.BinOp(
                op=ast.BitAnd() | ast.BitOr() | ast.Sub(),
                left=ast.Call(func=ast.Attribute(attr="keys" | "items")),
            ):
                found.append("a set of keys")
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                found.append("async")
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import sys", "import shutil", "import http.client", "import time", "import math",
        "import random", "import os", "import datetime", "import builtins", "import logging",
        "from utabox.clock import system_clock", "from importlib import import_module",
        "__import__('os')", "open('x')", "x = 0.5", "float(1)", "{1, 2}", "set([1])",
        "{x for x in y}", "a.keys() & b.keys()", "async def f(): ...", "hash('x')",
    ],
)  # fmt: skip
def test_impurity_would_be_found(source: str) -> None:
    """The check above can fail."""
    assert impurities(source) != []


@pytest.mark.parametrize("endpoint", declared(), ids=lambda e: e.path)
class TestEveryEndpoint:
    """What must stand beside each declaration."""

    def test_has_a_spec_test(self, endpoint: utabox.endpoint.Endpoint) -> None:
        """Named like its file, and comparing with the documented shape.

        Where the exchange has no page any more, the test has the example, or names another page.
        """
        name = endpoint.function.__module__.rsplit(".", 1)[1]
        room = endpoint.path.split("/")[2].replace("-", "_")
        names = [f"test_{name}.py", f"test_{room}_{name}.py"]
        files = [ROOT / "tests" / "spec" / name for name in names]
        texts = [file.read_text() for file in files if file.exists()]
        assert len(texts) == 1, f"one of {names} must be in tests/spec"
        assert endpoint.path in texts[0]
        assert endpoint.source.startswith(("docs/v5/", "none: "))
        assert "assert_matches(" in texts[0] or (endpoint.no_page and "compare(" in texts[0])
        assert endpoint.no_page or f'"{endpoint.page}"' in texts[0]

    def test_has_a_reference_entry(self, endpoint: utabox.endpoint.Endpoint) -> None:
        """`make docs` writes it."""
        reference = (ROOT / "docs" / "reference.md").read_text()
        assert f"## {endpoint.method} {endpoint.path}\n" in reference

    def test_lies_where_its_path_says(self, endpoint: utabox.endpoint.Endpoint) -> None:
        """The file's path is the URL's."""
        expected = "utabox.endpoints." + endpoint.path.removeprefix("/v5/").replace(
            "/", "."
        ).replace("-", "_")
        assert endpoint.function.__module__ == expected

    def test_says_what_each_field_means(self, endpoint: utabox.endpoint.Endpoint) -> None:
        """The reference, the OpenAPI document and the command line print it."""
        import msgspec

        for known in filter(None, (endpoint.params, endpoint.result)):
            schema = msgspec.json.schema(known)
            name = known.__name__
            for field, of in schema["$defs"][name]["properties"].items():
                assert of.get("description"), f"{name}.{field} has no description"


def test_a_new_endpoint_is_one_file() -> None:
    """Endpoints are found by walking: no module but its own names one."""
    for endpoint in declared():
        own = endpoint.function.__module__
        for file in modules(SOURCE):
            module = "utabox." + str(file.relative_to(SOURCE))[:-3].replace("/", ".")
            if module != own:
                assert own not in file.read_text(), f"{file} names {own}"
