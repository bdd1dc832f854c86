"""Installs zhenshu where there is no network: `gather` on a machine that has one, carry the folder over, `install` there.

    python docs/offline_install.py gather FOLDER                                                  for a machine like this one
    python docs/offline_install.py gather FOLDER --platform win_amd64 --python-version 3.12       for another
    python FOLDER/offline_install.py install                                                      there, with the network off

Needs Python and pip alone. FOLDER receives the project, a wheel of everything that it needs (the versions of constraints.txt, what
their own metadata ask for on that platform), this script, and the SHA-256 of each file, which `install` checks first.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.parser import BytesParser
from pathlib import Path

from pip._vendor.packaging.markers import default_environment
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name, parse_wheel_filename

HERE = Path(__file__).resolve().parent
BUILT = shutil.ignore_patterns(
    ".git", ".venv", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", "node_modules", "*-unfinished-*", "*-former", ".intake-*"
)
OURS = {
    "target",
    "logs",
    "warehouse",
    "site",
    "site.en",
    "site.public",
    "site.public.en",
    "returns",
    "county.key",
}  # of a county, not of the program
SYSTEMS = {
    "win": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows", "platform_machine": "AMD64"},
    "macosx": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "manylinux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
}


def pip(*arguments: str) -> None:
    """Run this interpreter's pip; its failure is ours."""
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments], check=True)


def gather(project: Path, folder: Path, platforms: list[str], python_version: str, extras: list[str]) -> None:
    """Put the project and a wheel of everything it needs into `folder`."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    given = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = given["build-system"]["requires"] + given["project"]["dependencies"] + ["pip", "wheel"]
    wanted += [line for extra in extras for line in given["project"]["optional-dependencies"][extra]]
    fetch = ["wheel", "--wheel-dir", str(wheels)]
    if platforms:
        fetch = ["download", "--dest", str(wheels), "--only-binary=:all:", "--python-version", python_version]
        fetch += [part for platform in platforms for part in ("--platform", platform)]
    surroundings = environment(platforms, python_version)
    seen: set[tuple[str, str]] = set()  # a package and an extra of it, "" for itself
    requirements = [Requirement(line) for line in wanted]
    while requirements:
        asked = {(canonicalize_name(r.name), extra): r for r in requirements for extra in ("", *r.extras)}
        new = {pair: r for pair, r in asked.items() if pair not in seen}
        seen |= new.keys()
        if lines := sorted({f"{r.name}{r.specifier}" for (_, extra), r in new.items() if not extra}):
            pip(*fetch, "--quiet", "--no-deps", "--constraint", str(project / "constraints.txt"), *lines)
        there = {parse_wheel_filename(path.name)[0]: path for path in wheels.glob("*.whl")}
        requirements = [r for name, extra in new for r in needs(there[name], surroundings, extra)]
    shutil.copytree(
        project, folder / "zhenshu", ignore=lambda at, names: {*BUILT(at, names), *(OURS & {*names} if Path(at) == project else ())}
    )
    shutil.copyfile(__file__, folder / Path(__file__).name)
    (folder / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in sums(folder).items()), encoding="utf-8")
    print(f"{folder}: {len(there)} wheels, {sum(p.stat().st_size for p in folder.rglob('*') if p.is_file()) >> 20} MB")


def environment(platforms: list[str], python_version: str) -> dict[str, str]:
    """What the markers of requirements are judged by: of the other machine, or of this one."""
    found = dict(default_environment())
    if platforms:
        found |= next(facts for start, facts in SYSTEMS.items() if platforms[0].startswith(start))
        found |= {"python_version": python_version, "python_full_version": f"{python_version}.0"}
    return found


def needs(wheel: Path, surroundings: dict[str, str], extra: str) -> list[Requirement]:
    """What a wheel asks for there, for one of its extras or for itself."""
    with zipfile.ZipFile(wheel) as members:
        name = next(n for n in members.namelist() if n.endswith(".dist-info/METADATA") and n.count("/") == 1)
        lines = BytesParser().parsebytes(members.read(name)).get_all("Requires-Dist") or []
    found = [Requirement(line) for line in lines]
    return [r for r in found if r.marker is None or r.marker.evaluate(surroundings | {"extra": extra})]


def sums(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file that was carried over."""
    files = (p for part in ("wheels", "zhenshu") for p in sorted((folder / part).rglob("*")) if p.is_file() and ".venv" not in p.parts)
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def install(folder: Path) -> None:
    """Install what was gathered into `folder`/zhenshu/.venv, without asking any server."""
    listed = [line.split("  ", 1) for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]
    now = sums(folder)
    if changed := [name for digest, name in listed if now.get(name) != digest]:
        sys.exit(f"damaged or changed on the way: {', '.join(changed[:5])} ({len(changed)} files); nothing was installed")
    project, bin_folder = folder / "zhenshu", "Scripts" if os.name == "nt" else "bin"
    subprocess.run([sys.executable, "-m", "venv", str(project / ".venv")], check=True)
    python = project / ".venv" / bin_folder / ("python.exe" if os.name == "nt" else "python")
    own = ["--disable-pip-version-check", "install", "--quiet", "--no-index", "--find-links", str(folder / "wheels")]
    subprocess.run(
        [str(python), "-m", "pip", *own, "--constraint", str(project / "constraints.txt"), "--editable", str(project)], check=True
    )
    print(f"installed: {project / '.venv' / bin_folder / 'zhenshu'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    gathering = commands.add_parser("gather", help="collect everything into an empty folder")
    gathering.add_argument("folder", type=Path)
    gathering.add_argument("--platform", action="append", default=[], help="win_amd64, manylinux2014_x86_64, …; may be given repeatedly")
    gathering.add_argument("--python-version", default=f"{sys.version_info[0]}.{sys.version_info[1]}", help="of the other machine")
    gathering.add_argument("--extra", action="append", default=[], help="test: with what the tests need")
    commands.add_parser("install", help="install from the folder this script lies in")
    given = parser.parse_args()
    if given.command == "install":
        install(HERE)
    elif given.folder.exists() and any(given.folder.iterdir()):
        sys.exit(f"{given.folder} is not empty; nothing was changed")
    else:
        gather(HERE.parent, given.folder.resolve(), given.platform, given.python_version, given.extra)


if __name__ == "__main__":
    main()
