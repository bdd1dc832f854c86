"""The county's key, under which identity numbers are hashed: made once, kept to its owner, its change noticed, rotated on purpose.

A fingerprint of the key stands with the seeds: two months hashed under two keys would pass for two sets of people.
"""

import datetime as dt
import hmac
import os
import secrets
from pathlib import Path

from .privacy import DEMONSTRATION_KEY

NAME, FINGERPRINT = "county.key", "key_fingerprint.txt"
FEWEST_BYTES = 16


class KeyRefused(Exception):
    """The key will not do. The text says why and what to do, in Chinese."""


def county_key(data: Path, project: Path) -> bytes:
    """The county's key; the demonstration county has a published one. Raises FileNotFoundError and KeyRefused."""
    path = data / NAME
    if not path.exists():
        if data.resolve() == project.resolve():
            return DEMONSTRATION_KEY
        raise FileNotFoundError(f"no key file {path}: identity numbers cannot be hashed without the county's own key")
    key = path.read_bytes().strip()
    if len(key) < FEWEST_BYTES:
        raise KeyRefused(f"{path} 是空的或太短，不能用来加密证件号码：请放回备份的密钥")
    return key


def fingerprint(key: bytes) -> str:
    """What tells one key from another and says nothing else about it."""
    return hmac.digest(key, b"zhenshu key fingerprint", "sha256").hex()[:32]


def note(key: bytes) -> dict[str, str]:
    """What stands with the seeds: name -> text. The published demonstration key is nobody's, and a county's own may take its place."""
    return {} if key == DEMONSTRATION_KEY else {FINGERPRINT: fingerprint(key) + "\n"}


def check(key: bytes, seeds: Path) -> None:
    """Refuse a key under which the seeds that are there were not hashed. Raises KeyRefused."""
    known = seeds / FINGERPRINT
    if known.exists() and known.read_text(encoding="ascii").strip() != fingerprint(key):
        raise KeyRefused(
            f"{NAME} 与上次读表时用的密钥不同：证件号码的散列会全部改变，与以前的结果、备份和上报的数据对不上。"
            "没有读入任何文件，原有数据保持不变。"
            f"密钥放错了的，请把原来的 {NAME} 放回；确实要换密钥的，请先读 docs/security.md，再运行 zhenshu rotate-key"
        )


def exposed(data: Path) -> str:
    """A warning in Chinese where other people of this machine can read the key, else ''."""
    path = data / NAME
    if os.name != "posix" or not path.exists() or not path.stat().st_mode & 0o077 or path.read_bytes().strip() == DEMONSTRATION_KEY:
        return ""
    return f"{path} 能被本机的其他用户读取：请运行 chmod 600 county.key，并考虑用 zhenshu rotate-key 换密钥"


def make(path: Path) -> None:
    """A new key that nobody else may read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(secrets.token_hex(32))


def rotate(data: Path) -> Path:
    """Put a new key in place, and let the next intake hash under it. Returns where the former one is kept."""
    key, new = data / NAME, data / "new.key"
    former = data / f"county-until-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}.key"
    new.unlink(missing_ok=True)
    make(new)
    if key.exists():
        os.link(key, former)
        former.chmod(0o600)
    (data / "seeds/township" / FINGERPRINT).unlink(missing_ok=True)
    os.replace(new, key)
    return former
