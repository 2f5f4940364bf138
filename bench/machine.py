"""The machine that measures: which cores, how busy they are, what a flush costs."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

MEMORY_FILESYSTEMS = ("tmpfs", "ramfs", "overlay-tmpfs")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def cores() -> tuple[int, int] | None:
    """The core of the servers and that of the load; None: there is only one, nothing is pinned."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else None


def pinned(core: int | None, command: list[str]) -> list[str]:
    """`command`, on one core."""
    return command if core is None else ["taskset", "-c", str(core), *command]


def cpu_seconds(pid: int) -> float:
    """What the threads of a process have spent on a core so far, to the nanosecond."""
    spent = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        spent += int((task / "schedstat").read_text().split()[0])
    return spent / 1e9


def core_busy_seconds(core: int) -> float:
    """What anybody has spent on a core so far; hypervisor's theft included."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name == f"cpu{core}":
            user, nice, system, _, _, irq, softirq, steal = map(int, fields[:8])
            return (user + nice + system + irq + softirq + steal) / _TICKS_A_SECOND
    return 0.0


def resident_bytes(pid: int, field: str = "VmRSS") -> int:
    """Memory of a process; `VmHWM`: the most it ever had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"/proc/{pid}/status has no {field}")


def filesystem_of(folder: Path) -> str:
    """Type of the file system under `folder`, such as ext4."""
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mount, found = line.split()[:3]
        inside = folder.resolve().is_relative_to(mount)
        if inside and len(mount) >= len(best):
            best, kind = mount, found
    return kind


def scratch_folder(wanted: Path | None) -> Path:
    """A new folder that is removed at the end, on a disk rather than in memory if there is one."""
    for parent in (wanted, Path(tempfile.gettempdir()), Path("/var/tmp"), Path.cwd()):
        if parent is not None and (
            parent == wanted or filesystem_of(parent) not in MEMORY_FILESYSTEMS
        ):
            return Path(tempfile.mkdtemp(prefix="utabox-bench-", dir=parent))
    return Path(tempfile.mkdtemp(prefix="utabox-bench-"))


def flush_ms(folder: Path, times: int = 100) -> float:
    """Median time of a 4 KiB write with fdatasync in `folder`."""
    path, took = folder / "flush", []
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        for _ in range(times):
            began = time.perf_counter()
            os.write(descriptor, bytes(4096))
            os.fdatasync(descriptor)
            took.append((time.perf_counter() - began) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    return statistics.median(took)


def description(folder: Path) -> list[tuple[str, str]]:
    """What the page says of the machine."""
    model = "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("uvicorn", "uvloop", "httptools", "msgspec", "apsw", "fastapi", "pydantic")
    return [
        ("CPU", f"{model}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB of memory"),
        ("System", f"{platform.system()} {platform.release()}, {platform.machine()}"),
        (
            "Python",
            f"{platform.python_implementation()} {platform.python_version()}, built "
            f"{'with' if _optimised() else 'without'} --enable-optimizations, worth about a fifth",
        ),
        ("Packages", ", ".join(f"{name} {version(name)}" for name in packages)),
        ("Load", f"{_first_line('wrk', '-v')}; {_first_line('nginx', '-v')}"),
        (
            "Disk",
            f"{filesystem_of(folder)}, write of 4 KiB with fdatasync: {flush_ms(folder):.2f} ms",
        ),
    ]


def missing_packages() -> list[str]:
    """The Debian packages without which nothing can be measured here."""
    programs = {"wrk": "wrk", "nginx": "nginx-light", "taskset": "util-linux"}
    return [package for name, package in programs.items() if find(name) is None]


def find(program: str) -> str | None:
    """Where a program is; Debian's nginx is not on everybody's PATH."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _optimised() -> bool:
    """Whether the interpreter was built with profile-guided optimisation."""
    return "--enable-optimizations" in str(sysconfig.get_config_var("CONFIG_ARGS"))


def _first_line(program: str, option: str) -> str:
    path = find(program)
    assert path is not None
    done = subprocess.run([path, option], capture_output=True, text=True, timeout=10, check=False)
    line = (done.stdout + done.stderr).strip().splitlines()[0]
    return line.removeprefix("nginx version: ").partition(" [")[0]
