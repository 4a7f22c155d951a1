"""A PostgreSQL server of our own for the tests: programs of the system, data in a folder that is thrown away."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path


def binaries():
    """Return the folder of the server's programs; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) + sorted(Path("/usr/pgsql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    one = shutil.which("initdb")
    return Path(one).resolve().parent if one else None


def wanted():
    """Tell whether the suite has to run with PostgreSQL: where it is installed, and wherever changes are checked."""
    return binaries() is not None or bool(os.environ.get("CI"))


def _not_root():
    """Return the options that run a program as somebody else where we are root, which the server refuses to be."""
    if os.geteuid() != 0:
        return {}
    names = {one.pw_name for one in pwd.getpwall()}
    name = "postgres" if "postgres" in names else "nobody"
    return {"user": name, "group": pwd.getpwnam(name).pw_gid}


@contextmanager
def server():
    """Start a server that only a socket in its own folder leads to; give the URL of its database."""
    programs = binaries()
    assert programs is not None, "PostgreSQL is not installed: apt-get install postgresql"
    folder = Path(tempfile.mkdtemp(prefix="surveil-pg-", dir="/tmp"))
    who = _not_root()
    if who:
        shutil.chown(folder, who["user"])
    data = folder / "data"
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **who}
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-A", "trust", "-U", "surveil", "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            **quiet,
        )
        settings = f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off"
        control = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
        subprocess.run([*control, "-o", settings, "start"], check=True, **quiet)
        try:
            yield f"postgresql://surveil@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
