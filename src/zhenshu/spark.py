"""The warehouse on Spark: what dbt-spark cannot do there itself. The models that are Python on DuckDB, and the published copy.

How far a build has come stands in Spark's catalog, as the property zhenshu.build of the schema main: started, unfinished or built…
(set by macros/periods.sql), or validated… (set here). Only what is validated is copied to warehouse/zhenshu.duckdb, which is what people
read, whichever engine it comes from: replaced in one step, never half built.
"""

import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import jinja2
import pyarrow as pa
import yaml

from . import expectations, versions
from .contract import PROJECT
from .explaining import explain_ground

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA_NEEDED = 17
# what is built anew after each step in Python, and what it must not touch
AFTER_EXPLAINING = ["--select", "int_identity_explanation+", "--exclude", "int_identity_explanation"]
AFTER_CHECKING = ["--select", "expectation_run+", "--exclude", "expectation_run"]


class SparkError(Exception):
    """Why there is no Spark to work with, or nothing sound on it, in words for the county."""


def check_engine() -> None:
    """Raises SparkError unless PySpark and a Java that it runs on are installed."""
    try:
        import pyspark  # noqa: F401
    except ImportError as missing:
        raise SparkError("没有安装 PySpark：请先运行 pip install -c constraints.txt -e '.[spark]'") from missing
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if not java:
        where = f"（JAVA_HOME={home}）" if home else ""
        raise SparkError(f"没有找到 Java{where}：Spark 需要 Java {JAVA_NEEDED}（Debian：apt-get install openjdk-17-jre-headless）")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, encoding="utf-8", errors="replace", check=False)
    version = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    if said.returncode or not version:
        raise SparkError(f"{java} 不能运行：{(said.stderr or said.stdout).strip()[:200] or said.returncode}")
    if int(version[1]) < JAVA_NEEDED:
        raise SparkError(f"{java} 是 Java {version[1]}，Spark 需要 Java {JAVA_NEEDED} 或更新的版本；请安装后用 JAVA_HOME 指明")


def session(data: Path) -> "SparkSession":
    """The session that dbt works in, or one of the same settings: those of the target `spark` in profiles.yml."""
    check_engine()
    os.environ["ZHENSHU_DATA"] = str(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        from pyspark.sql import SparkSession

    profile = jinja2.Template((PROJECT / "profiles.yml").read_text(encoding="utf-8")).render(env_var=os.environ.get)
    builder = SparkSession.builder.enableHiveSupport()
    for name, value in yaml.safe_load(profile)["zhenshu"]["outputs"]["spark"]["server_side_parameters"].items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as error:
        raise SparkError(f"Spark 没有启动：{_first_line(error)}") from error


def state(spark: "SparkSession") -> str:
    """started, unfinished, or built_ or validated_ with the models' fingerprint; raises SparkError where there is nothing to read."""
    try:
        about = {row[0]: row[1] for row in spark.sql("describe database extended main").collect()}
    except Exception as error:
        raise SparkError(f"Spark 上还没有数据，或它的目录库正被另一进程使用：{_first_line(error)}") from error
    found = re.search(r"\(zhenshu\.build,(\w+)\)", about.get("Properties") or "")
    return found[1] if found else "unfinished"


def validate(data: Path, dbt_build: Callable[[list[str]], bool]) -> bool:
    """Explain and check what `dbt build --target spark` built, and publish it if it is sound; whether it is.

    `dbt_build(selection)` builds the models behind each step and says whether all went well.
    """
    spark = session(data)
    if not state(spark).startswith(("built_", "validated_")):
        raise SparkError("Spark 上最近一次构建没有完成，或有检查未通过：请先运行 dbt build --target spark；已发布的结果保持不变")
    ground = duckdb.from_arrow(spark.table("intermediate.int_identity_to_explain").toArrow())
    _fill(spark, "intermediate.int_identity_explanation", explain_ground(ground))
    if not dbt_build(AFTER_EXPLAINING):
        return False
    checked = expectations.gate(lambda name: _relation(spark, f"main.{name}"), lambda form, conditions: _count(spark, form, conditions))
    _fill(spark, "main.expectation_run", pa.Table.from_pandas(checked, preserve_index=False))
    if not dbt_build(AFTER_CHECKING):
        return False
    spark.sql(f"alter database main set dbproperties ('zhenshu.build' = '{state(spark).replace('built_', 'validated_')}')")
    collect(data)
    return True


def collect(data: Path) -> Path:
    """Copy the published tables and the seeds of a validated build to the published warehouse, replaced in one step; returns it."""
    spark = session(data)
    if not state(spark).startswith("validated_"):
        raise SparkError("Spark 上的结果还没有检验：请先运行 zhenshu validate --target spark；已发布的结果保持不变")
    published = data / versions.WAREHOUSE
    new = published.with_name(published.name + ".new")
    new.unlink(missing_ok=True)
    with duckdb.connect(str(new)) as warehouse:
        for schema in ("main", "seed"):
            warehouse.execute(f"create schema if not exists {schema}")
            for table in sorted(row.tableName for row in spark.sql(f"show tables in {schema}").collect() if not row.isTemporary):
                rows = spark.table(f"{schema}.{table}").toArrow()  # noqa: F841
                warehouse.execute(f"create table {schema}.{table} as from rows")
    return versions.put(new, published)


def _relation(spark: "SparkSession", table: str) -> duckdb.DuckDBPyRelation:
    """A table as DuckDB gives it, so that a suite sees the same types on both engines."""
    return duckdb.from_arrow(spark.table(table).toArrow())


def _count(spark: "SparkSession", form: str, conditions: list[str]) -> list[int]:
    return list(spark.sql(f"select {expectations.counting(conditions)} from seed.{form}").first())


def _fill(spark: "SparkSession", table: str, rows: pa.Table) -> None:
    names = ", ".join(spark.table(table).columns)
    spark.createDataFrame(rows).createOrReplaceTempView("filling")
    spark.sql(f"insert overwrite table {table} select {names} from filling")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


if sys.platform == "win32":  # PySpark starts its own Python there by the name python3
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
