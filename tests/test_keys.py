"""The county's key: made for its owner alone, its change noticed and refused, its rotation on purpose."""

import os
import stat
import sys

import pytest
from click.testing import CliRunner
from intake_county import KEY

from zhenshu import counties, intake, keys
from zhenshu.cli import main
from zhenshu.contract import PROJECT
from zhenshu.privacy import check_digit

BODY = "90010119900307123"
ROWS = [
    ["甲乡2020年"],
    ["行政村", "户编号", "户主姓名", "证件号码", "家庭人口数", "脱贫状态", "脱贫年度"],
    ["东村", "1", "张三", BODY + check_digit(BODY), 3, "已脱贫", 2019],
]


@pytest.fixture
def keyed(county):
    """A county that was read once under its key."""
    (county.root / keys.NAME).write_bytes(KEY)
    (county.root / keys.NAME).chmod(0o600)
    county.put_sheet(ROWS, sheet="建档立卡户台账")
    intake.run(county.root, PROJECT)
    return county


def seeds(county) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (county.root / "seeds/township").iterdir()}


def zhenshu(county, *arguments: str, **more: str):
    return CliRunner().invoke(main, [*arguments, "--data", str(county.root)], **more)


def test_a_changed_key_is_refused_and_nothing_is_read(keyed):
    before = seeds(keyed)
    (keyed.root / keys.NAME).write_bytes(b"another key for tests")
    done = zhenshu(keyed, "intake")
    assert done.exit_code == 1 and seeds(keyed) == before
    assert "county.key 与上次读表时用的密钥不同" in done.output and "zhenshu rotate-key" in done.output
    assert "another key" not in done.output
    (keyed.root / keys.NAME).write_bytes(KEY)
    assert zhenshu(keyed, "intake").exit_code == 0 and seeds(keyed) == before


def test_rotation_hashes_anew_and_keeps_the_former_key(keyed):
    before = seeds(keyed)
    assert zhenshu(keyed, "rotate-key", input="n\n").exit_code == 1
    assert (keyed.root / keys.NAME).read_bytes() == KEY and seeds(keyed) == before
    done = zhenshu(keyed, "rotate-key", "--yes")
    assert done.exit_code == 0, done.output
    new = (keyed.root / keys.NAME).read_text(encoding="ascii")
    (former,) = keyed.root.glob("county-until-*.key")
    assert former.read_bytes() == KEY and len(new) == 64 and str(former) in done.output
    assert new not in done.output and KEY.decode() not in done.output
    assert zhenshu(keyed, "intake").exit_code == 0
    after = seeds(keyed)
    assert {name for name in before if before[name] != after[name]} == {"household.csv", keys.FINGERPRINT}
    assert keys.fingerprint(new.encode()).encode() in after[keys.FINGERPRINT]
    assert not [name for name, content in after.items() if new.encode() in content]


@pytest.mark.parametrize("content", [b"", b"\n", b"short"])
def test_an_empty_key_is_refused(keyed, content):
    """HMAC takes it, and anybody could hash every number of a county."""
    (keyed.root / keys.NAME).write_bytes(content)
    done = zhenshu(keyed, "intake")
    assert done.exit_code == 1 and "是空的或太短" in done.output


@pytest.mark.skipif(sys.platform == "win32", reason="permissions as POSIX has them")
def test_the_key_is_its_owners_and_a_readable_one_is_told(keyed, tmp_path):
    before = os.umask(0)
    try:
        county = counties.init(tmp_path / "new", "620522")
        keys.rotate(county)
    finally:
        os.umask(before)
    made = list(county.glob("*.key"))
    assert len(made) == 2 and {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    assert "chmod 600" not in zhenshu(keyed, "intake").output
    (keyed.root / keys.NAME).chmod(0o640)
    assert "能被本机的其他用户读取：请运行 chmod 600 county.key" in zhenshu(keyed, "intake").output


def test_seeds_that_no_key_is_known_of_are_taken_over(keyed):
    """Those of an earlier release have no fingerprint."""
    (keyed.root / "seeds/township" / keys.FINGERPRINT).unlink()
    assert zhenshu(keyed, "intake").exit_code == 0
    assert (keyed.root / "seeds/township" / keys.FINGERPRINT).read_text().strip() == keys.fingerprint(KEY)


def test_the_demonstration_key_leaves_no_fingerprint_and_gives_way_to_a_countys_own(keyed):
    (keyed.root / "seeds/township" / keys.FINGERPRINT).unlink()
    (keyed.root / keys.NAME).write_bytes(keys.DEMONSTRATION_KEY)
    assert zhenshu(keyed, "intake").exit_code == 0
    assert not (keyed.root / "seeds/township" / keys.FINGERPRINT).exists()
    (keyed.root / keys.NAME).write_bytes(KEY)
    assert zhenshu(keyed, "intake").exit_code == 0
    (keyed.root / keys.NAME).write_bytes(keys.DEMONSTRATION_KEY)
    assert zhenshu(keyed, "intake").exit_code == 1
