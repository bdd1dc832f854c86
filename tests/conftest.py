"""What several test modules share: counties in temporary folders, the real commands, one built warehouse a session."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import settings
from intake_county import TOWNS, County

PROJECT = Path(__file__).resolve().parents[1]
REPORTS = PROJECT / "examples/reports-2020"
# random examples are for the desk; what lands is decided by the same ones each time
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")


# with two workers the longest files come first, so that neither waits long for the other at the end
LONGEST = ("test_spark.py", "test_readers.py", "test_pages_browser.py", "test_unchanged.py", "test_sample.py", "test_offline_install.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Only the order of files changes, and only among workers: a single run has its quick answers first."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def new_county(folder: Path) -> Path:
    """A county's folder with the four workbooks of real printed figures, their towns and a key of its own."""
    county = folder / "county"
    for part in ("workbooks", "seeds/reference"):
        shutil.copytree(REPORTS / part, county / part)
    (county / "county.key").write_text("a key for tests only", encoding="utf-8")
    return county


def zhenshu(*arguments: str, data: Path) -> subprocess.CompletedProcess:
    """Run the installed command on a county's folder."""
    command = [str(Path(sys.executable).parent / "zhenshu"), *arguments]
    environment = os.environ | {"ZHENSHU_DATA": str(data), "PYTHONUTF8": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county of the four workbooks, built by the main command."""
    county = new_county(tmp_path_factory.mktemp("built"))
    done = zhenshu("build", data=county)
    assert done.returncode == 0, done.stdout + done.stderr
    return county


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice county of several towns and months with planted slips, built by the main command."""
    county = tmp_path_factory.mktemp("practice") / "county"
    size = ("--towns", "4", "--households", "300", "--months", "3", "--slips", "12")
    made = zhenshu("sample", str(county), *size, data=county.parent)
    assert made.returncode == 0, made.stdout + made.stderr
    done = zhenshu("build", data=county)
    assert (county / "site/index.html").exists(), done.stdout + done.stderr
    return county


@pytest.fixture(scope="session")
def warehouse(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built / "warehouse/zhenshu.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL that dbt makes of the comparison's models, for tables that a test makes up."""
    from comparing import MODELS

    folder = tmp_path_factory.mktemp("compiled")
    (folder / "warehouse/work").mkdir(parents=True)
    arguments = ["compile", "--select", *MODELS, "--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    dbt = str(Path(sys.executable).parent / "dbt")
    environment = os.environ | {"ZHENSHU_DATA": str(folder)}
    done = subprocess.run([dbt, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    found = {p.stem: p.read_text(encoding="utf-8") for p in (folder / "target/compiled").rglob("*.sql")}
    return {name: found[name] for name in MODELS}


@pytest.fixture
def comparison(compiled: dict[str, str]):
    from comparing import Comparison

    made = Comparison(compiled)
    yield made
    made.connection.close()


@pytest.fixture
def county(tmp_path: Path) -> County:
    """An empty county with four towns, for intake alone."""
    (tmp_path / "seeds/reference").mkdir(parents=True)
    (tmp_path / "seeds/reference/township.csv").write_text(TOWNS, encoding="utf-8")
    (tmp_path / "workbooks").mkdir()
    return County(tmp_path)
