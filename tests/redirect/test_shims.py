"""Names that come first on PATH: which there are, and which programs lead past all of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.cli.process import run

from utabox.redirect.shims import ESCAPES, escapes

LOOKS = "import sys; print('_utabox_run' in sys.modules)"
OF_PYENV = f"""\
#!/usr/bin/env bash
set -e
# pyenv exec "$program" "$@"
exec "{sys.executable}" -c "{LOOKS}"
"""
OF_PIP = f"""\
#!/bin/sh
'''exec' "{sys.executable}" "$0" "$@"
' '''
{LOOKS}
"""
UNNAMED = f"""\
#!/bin/sh
exec "$INTERPRETER" -c "{LOOKS}"
"""


@pytest.mark.parametrize(
    ("folder", "name", "text"),
    [
        ("bin", "bot", f"#!{sys.executable}\n{LOOKS}\n"),
        ("bin", "bot", OF_PYENV),
        ("bin", "bot", OF_PIP),  # whose first line would be too long
        (".pyenv/shims", "bot", UNNAMED),
        (".asdf/shims", "bot", UNNAMED),
        (".volta/bin", "bot", UNNAMED),
        (".local/share/mise/shims", "bot", UNNAMED),
        ("bin", "uv", UNNAMED),
        ("bin", "poetry", UNNAMED),
    ],
)
def test_what_becomes_an_interpreter_is_led(
    folder: str, name: str, text: str, tmp_path: Path
) -> None:
    """Also if its line has another PYTHONPATH; whatever chooses among versions."""
    path = tmp_path / folder / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    path.chmod(0o755)
    settings = {"PATH": f"{path.parent}:/usr/bin:/bin", "INTERPRETER": sys.executable}
    done = run(tmp_path, "run", "--", "sh", "-c", f"PYTHONPATH=src {name}", settings=settings)
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.parametrize(
    ("folder", "name", "text"),
    [
        ("bin", "deploy", "#!/bin/sh\necho $0\n"),  # what it starts has a name that is ours
        ("bin", "activate", "#!/bin/sh\n# python\n"),  # a shell reads it: `. activate`
        (".pyenv/shims", "activate", UNNAMED),
        ("bin", "wrapper.sh", "#!/bin/sh\n# python\n"),
    ],
)
def test_other_scripts_are_none_of_ours(folder: str, name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / folder / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    path.chmod(0o755)
    settings = {"PATH": f"{path.parent}:/usr/bin:/bin"}
    done = run(tmp_path, "run", "--", "sh", "-c", f"command -v {name}", settings=settings)
    assert done.stdout == f"{path}\n"


@pytest.mark.parametrize("program", [("sudo", "-E", "bot"), ("/usr/bin/sudo", "bot"), ("su", "-")])
def test_what_sets_the_environment_anew_is_told(program: tuple[str, ...]) -> None:
    """It escapes; not where the kernel holds its children."""
    sentence = escapes(program)
    assert sentence.startswith(f"{Path(program[0]).name} sets the environment anew")
    assert "may reach the real exchange" in sentence
    assert "--isolate" in sentence
    assert escapes(program, isolated=True) == ""


@pytest.mark.parametrize(
    "name", ["docker", "podman", "systemd-run", "tmux", "screen", "/usr/bin/docker"]
)
def test_what_a_daemon_starts_is_told(name: str) -> None:
    """Also with --isolate, which does not hold it."""
    assert escapes([name, "run", "bot"]) == escapes([name], isolated=True) != ""
    assert "or use --isolate" not in escapes([name])


def test_others_do_not_escape() -> None:
    assert [escapes(program) for program in ((), ("python", "sudo"), ("./bot",), ("",))] == [""] * 4
    assert all(ESCAPES.values())
