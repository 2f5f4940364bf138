"""The generated pages are current, and the written ones name what exists."""

import importlib.util
import json
import re
import typing
from pathlib import Path
from types import ModuleType

import pytest
from tests.actors import SPEC

from utabox.engine.state import Switches
from utabox.server.switch_doors import MEMBERS
from utabox.settings import SWITCHES

ROOT = Path(__file__).resolve().parents[2]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_current() -> None:
    """`make docs` was run after the last change of a declaration."""
    assert (ROOT / "docs" / "reference.md").read_text() == generator().reference()


def test_the_doors_are_current() -> None:
    """So does the page of the control doors."""
    assert (ROOT / "docs" / "control.md").read_text() == generator().control()


def test_the_coverage_is_current() -> None:
    """So was it for the coverage; an implemented endpoint without a compared shape shows."""
    if not SPEC.is_dir():
        pytest.skip("conformance data (../shared/spec) is not beside this clone")
    text = generator().coverage()
    assert (ROOT / "docs" / "coverage.md").read_text() == text
    assert "| yes | `none` |" not in text


@pytest.mark.parametrize("category", ["account", "asset", "market", "user", "spot-margin-uta",
                                      "misc"])  # fmt: skip
def test_the_coverage_says_why_something_is_not_here(category: str) -> None:
    """For the categories that this server is about."""
    if not SPEC.is_dir():
        pytest.skip("conformance data (../shared/spec) is not beside this clone")
    section = generator().coverage().split(f"\n## {category}\n")[1].split("\n## ")[0]
    assert section.count("\n| ") > 2
    assert "|  |  |" not in section


def test_the_page_of_the_switches_names_every_one() -> None:
    """Its flag, its door member, its default, and whatever else it can be."""
    rows = re.findall(
        r"^\| [^|]+ \| `--([a-z-]+)` \| `(\w+)` \| `([^`]+)` \| ([^|]+) \|",
        (ROOT / "docs" / "fidelity.md").read_text(),
        re.MULTILINE,
    )
    shown = {
        (flag.replace("-", "_"), member): (default, re.findall(r"`([^`]+)`", others))
        for flag, member, default, others in rows
    }
    spelled = {ours: member for member, ours in MEMBERS.items()}
    kinds = typing.get_type_hints(Switches)
    expected = {}
    for flag, ours in SWITCHES.items():
        default = getattr(Switches(), ours)
        values = [True, False] if kinds[ours] is bool else typing.get_args(kinds[ours])
        others = [json.dumps(value).strip('"') for value in values if value != default]
        expected[flag, spelled[ours]] = (json.dumps(default).strip('"'), others)
    assert shown == expected


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/fidelity.md"]
)
def test_links_lead_somewhere(page: str) -> None:
    """Relative links of the written pages point to files that exist."""
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((ROOT / page).parent / target).exists(), target
