"""The whole way of a machine without a network: everything gathered here, installed and used there with the network really off."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import PROJECT

SCRIPT = PROJECT / "docs/offline_install.py"
# a loopback is what every machine has, network or not: the pages' kernel is spoken to by it
LOOPBACK_ONLY = """
import fcntl, os, socket, struct, sys
with socket.socket() as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sH14x", b"lo", 0x41))  # SIOCSIFFLAGS: up and running
os.execvp(sys.argv[1], sys.argv[1:])
"""
DEAD = {f"{name}_proxy": "http://127.0.0.1:9" for name in ("http", "https", "HTTP", "HTTPS")} | {"PIP_NO_INDEX": "1"}


@pytest.fixture(scope="module")
def offline():
    spec = importlib.util.spec_from_file_location("offline_install", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def a_wheel(folder: Path, name: str, *needs: str) -> Path:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as members:
        lines = "".join(f"Requires-Dist: {need}\n" for need in needs)
        members.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{lines}")
        members.writestr(f"{name}-1.0.dist-info/sub/METADATA", "Requires-Dist: wrong\n")
    return path


def test_what_a_wheel_needs_is_judged_by_the_other_machine(offline, tmp_path):
    wheel = a_wheel(
        tmp_path,
        "a",
        "always>=1",
        "colorama; sys_platform == 'win32'",
        "pexpect; sys_platform != 'win32'",
        "old; python_version < '3.12'",
        "more; extra == 'x'",
    )

    def named(platforms: list[str], extra: str = "") -> list[str]:
        return [r.name for r in offline.needs(wheel, offline.environment(platforms, "3.12"), extra)]

    assert named(["win_amd64"]) == ["always", "colorama"]
    assert named(["manylinux2014_x86_64"]) == ["always", "pexpect"]
    assert named(["win_amd64"], "x") == ["always", "colorama", "more"]


def test_what_was_changed_on_the_way_is_not_installed(offline, tmp_path):
    (tmp_path / "wheels").mkdir()
    (tmp_path / "zhenshu").mkdir()
    wheel = a_wheel(tmp_path / "wheels", "a")
    (tmp_path / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in offline.sums(tmp_path).items()))
    wheel.write_bytes(wheel.read_bytes() + b" ")
    with pytest.raises(SystemExit, match=r"damaged or changed on the way: wheels/a-1\.0"):
        offline.install(tmp_path)
    assert not (tmp_path / "zhenshu/.venv").exists()


def cut_off() -> list[str]:
    """What is put before a command to take its network away; nothing where the system does not let us."""
    for command in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        prefix = [*command, sys.executable, "-c", LOOPBACK_ONLY]
        if shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return prefix
    return []


@pytest.mark.slow
def test_gathered_here_installed_and_used_there_without_a_network(tmp_path):
    gathered, county = tmp_path / "gathered", tmp_path / "county"
    subprocess.run([sys.executable, str(SCRIPT), "gather", str(gathered)], check=True, stdout=subprocess.DEVNULL)
    prefix, environment = cut_off(), os.environ | DEAD | {"PYTHONUTF8": "1"}
    environment.pop("PYTHONPATH", None)
    environment.pop("ZHENSHU_DATA", None)

    def run(*command: object) -> subprocess.CompletedProcess:
        done = subprocess.run([*prefix, *map(str, command)], env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    if prefix:
        reach = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
        assert (
            "Network is unreachable"
            in subprocess.run([*prefix, sys.executable, "-c", reach], capture_output=True, text=True, check=False).stderr
        )
    run(sys.executable, gathered / "offline_install.py", "install")
    zhenshu = gathered / "zhenshu/.venv" / ("Scripts" if os.name == "nt" else "bin") / "zhenshu"
    run(zhenshu, "sample", county, "--towns", "1", "--households", "40", "--months", "1")
    # the 500 tests of the data do not ask for a network either: they are passed over for their time
    environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "test unit_test"
    done = run(zhenshu, "build", "--data", county)
    assert (county / "site/index.html").exists() and "失败 0" in done.stdout
