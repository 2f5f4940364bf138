"""The generated pages are current, and the written ones name what exists."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from tests.actors import SPEC

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


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_links_lead_somewhere(page: str) -> None:
    """Relative links of the written pages point to files that exist."""
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((ROOT / page).parent / target).exists(), target
