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


def there(path: Path, text: str) -> Path:
    """A program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def led(home: Path, line: str, folder: Path) -> str:
    """What a line of a shell prints, where `folder` comes first on PATH."""
    settings = {"PATH": f"{folder}:/usr/bin:/bin"}
    done = run(home, "run", "--", "sh", "-c", line, settings=settings)
    assert (done.stderr, done.returncode) == ("", 0)
    return str(done.stdout)


def test_a_chooser_that_takes_what_comes_next_does_not_find_ours(tmp_path: Path) -> None:
    """pyenv's shim for the version `system` looks the name up in PATH without its own folder."""
    shims = there(
        tmp_path / ".pyenv/shims/bot",
        "#!/bin/sh\n# pyenv exec\nIFS=:\nfor each in $PATH; do\n"
        '  case $each in */.pyenv/shims) ;; *) [ -x "$each/bot" ] && exec "$each/bot" ;; esac\n'
        "done\n",
    ).parent
    real = there(tmp_path / "real/bot", f"#!{sys.executable}\n{LOOKS}\n").parent
    settings = {"PATH": f"{shims}:{real}:/usr/bin:/bin"}
    done = run(tmp_path, "run", "--", "sh", "-c", "PYTHONPATH=src bot", settings=settings)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_name_is_itself_where_links_are_resolved(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    for name in ("one", "other", "third"):
        there(folder / name, f"#!{sys.executable}\nprint({name!r})\n")
    line = "for each in one other third; do $(readlink -f $(command -v $each)); done"
    assert led(tmp_path, line, folder) == "one\nother\nthird\n"


@pytest.mark.parametrize("path", ["PATH=/usr/bin:/bin", "PATH=", "env -u PATH"])
def test_a_name_that_was_looked_up_before_is_the_same(path: str, tmp_path: Path) -> None:
    """Also when PATH has changed since."""
    folder = there(tmp_path / "bin/bot", f"#!{sys.executable}\nprint('the bot')\n").parent
    assert led(tmp_path, f"P=$(command -v bot); {path} $P", folder) == "the bot\n"


def test_what_a_shell_reads_by_its_name_is_read(tmp_path: Path) -> None:
    folder = there(tmp_path / "bin/settings", "#!/bin/sh\nFOUND=1 # python\n").parent
    line = "bash -c 'source settings; echo after $FOUND'"
    assert led(tmp_path, line, folder) == "after 1\n"
