"""The folder of a run: where it is made, and that everybody can read it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.cli.process import UTABOX, environment

from utabox.redirect import folder as folders
from utabox.redirect.folder import Folder, NoFolder
from utabox.redirect.isolate import why_not

MOUNTS = why_not() is None and shutil.which("unshare") is not None


def made_in(monkeypatch: pytest.MonkeyPatch, *bases: Path) -> Path:
    """Where a folder comes to be, if these are the places, TMPDIR first."""
    monkeypatch.setattr(tempfile, "tempdir", str(bases[0]))
    monkeypatch.setattr(folders, "USUAL", [str(base) for base in bases[1:]])
    folder = Folder()
    folder.remove()
    assert not folder.path.exists()
    return folder.path.parent


def test_it_is_made_in_tmpdir(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (other := shared / "other").mkdir()
    assert made_in(monkeypatch, shared, other) == shared


def test_one_that_others_can_reach_is_preferred(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program may become another user; if there is none, ours has to do."""
    (closed := shared / "closed").mkdir(0o700)
    (below := closed / "below").mkdir(0o755)
    assert made_in(monkeypatch, below, shared) == shared
    assert made_in(monkeypatch, below, closed) == below


def test_one_with_a_colon_is_passed_by(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH cannot name it."""
    (colon := shared / "a:b").mkdir(0o755)
    assert made_in(monkeypatch, colon, shared) == shared
    with pytest.raises(NoFolder, match=r"in .*a:b: its name has a colon.* name another in TMPDIR"):
        made_in(monkeypatch, colon)
    assert list(colon.iterdir()) == []


@pytest.mark.skipif(not MOUNTS, reason="no mounts of a user's own here")
def test_one_in_which_nothing_can_be_started_is_passed_by(shared: Path, tmp_path: Path) -> None:
    """What puts our variables back would do nothing there, and say nothing."""
    (noexec := shared / "noexec").mkdir(0o755)
    program = [
        "sh",
        "-c",
        "PYTHONPATH=. python3 -c \"import sys; print('_utabox_run' in sys.modules)\"",
    ]
    done = _where_noexec(noexec, tmp_path, [*UTABOX, "run", "--", *program])
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


@pytest.mark.skipif(not MOUNTS, reason="no mounts of a user's own here")
def test_where_none_is_left_nothing_is_started(shared: Path, tmp_path: Path) -> None:
    """One sentence that names TMPDIR."""
    (noexec := shared / "noexec").mkdir(0o755)
    nowhere = f"import utabox.redirect.folder as f; f.USUAL = [{str(noexec)!r}]"
    begin = f"{nowhere}; from utabox.cli import main; main(['run', '--', 'echo', 'started'])"
    done = _where_noexec(noexec, tmp_path, [sys.executable, "-c", begin])
    assert (done.returncode, done.stdout) == (2, "")
    assert f"in {noexec}: no program can be started there" in done.stderr
    assert "name another in TMPDIR" in done.stderr
    assert list(noexec.iterdir()) == []


def _where_noexec(folder: Path, home: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command where nothing can be started in TMPDIR."""
    mount = f"mount -t tmpfs -o noexec,mode=1777 none '{folder}'"
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", f'{mount} && exec "$@"', "-", *command],
        env=environment(home, TMPDIR=str(folder)),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_everybody_can_read_it(shared: Path, tmp_path: Path) -> None:
    """Whatever the umask is of who runs it; but for the lock."""
    script = """
import os, sys
for path, folders, files in os.walk(os.environ["UTABOX_RUN_ID"]):
    for name in [".", *folders, *files]:
        print(oct(os.stat(os.path.join(path, name)).st_mode & 0o777), name)
"""
    done = subprocess.run(
        ["sh", "-c", 'umask 077; exec "$@"', "-", *UTABOX, "run", "--", sys.executable, "-B", "-S",
         "-c", script],
        env=environment(tmp_path, TMPDIR=str(shared), PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip
    modes = {tuple(line.split()) for line in done.stdout.splitlines()}
    closed = {name for mode, name in modes if mode not in ("0o755", "0o644")}
    assert closed == {"running"}
    assert {("0o755", "python3"), ("0o644", "sitecustomize.py"), ("0o644", "rules.py"),
            ("0o644", "preload.cjs"), ("0o644", "bundle.pem")} <= modes  # fmt: skip


BECOME = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
OTHERS = Path("/usr/bin/python3")

if os.geteuid() == 0 and shutil.which(BECOME[0]) and OTHERS.exists():  # else nobody can become one

    def test_another_user_is_led(tmp_path: Path) -> None:
        """Under an umask and a TMPDIR that are closed to them."""
        (closed := tmp_path / "closed").mkdir(0o700)
        look = "import sys; print('_utabox_run' in sys.modules)"
        done = subprocess.run(
            ["sh", "-c", 'umask 077; cd /; exec "$@"', "-", *UTABOX, "run", "--", *BECOME,
             str(OTHERS), "-c", look],
            env=environment(tmp_path, TMPDIR=str(closed)),
            capture_output=True,
            text=True,
            timeout=60,
        )  # fmt: skip
        assert (done.stdout, done.stderr) == ("True\n", "")


def test_nothing_else_is_swept(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is called and however old it is: only what says that it is of a run."""
    old = 0
    kept = []
    for name, content in (
        ("utabox-run-notes", {"diary": "precious"}),
        ("utabox-run-datadata", {"utabox.lock": "", "venues": ""}),
        ("utabox-run-abcdefgh", {"running": ""}),
        ("utabox-run-ijklmnop", {"running": "utabox run\n", "diary": "precious"}),
        ("utabox-run-qrstuvwx", {}),
    ):
        (folder := shared / name).mkdir()
        for file, text in content.items():
            (folder / file).write_text(text)
        os.utime(folder, (old, old))
        kept.append(name)
    (ours := shared / "utabox-run-12345678").mkdir()
    (ours / "running").write_text("utabox run\n")
    (ours / "bin").mkdir()
    made_in(monkeypatch, shared)
    assert sorted(path.name for path in shared.iterdir()) == sorted(kept)
