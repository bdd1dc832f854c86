"""The command line: `zhenshu build | intake | publish | templates | init`.

Exit status: 0 all taken and sound; 1 something was refused or an error-level check failed, after everything that can be
built has been built; 2 wrong usage.
"""

import os
import sys
from pathlib import Path

import click

from .contract import PROJECT

data_option = click.option(
    "--data",
    envvar="ZHENSHU_DATA",
    default=PROJECT,
    show_default="the project itself",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="The county's folder: workbooks/, seeds/, warehouse/, site/.",
)


@click.group(help=__doc__)
def main() -> None:
    # a Windows console may be set to a code page that has no Chinese
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")


@main.command()
@data_option
def build(data: Path) -> None:
    """Read the workbooks, build and check the warehouse, publish the pages: the main job."""
    taken = _intake(data)
    sound = _dbt_build(data)
    if sound:
        _publish(data)
    sys.exit(0 if taken and sound else 1)


@main.command()
@data_option
def intake(data: Path) -> None:
    """Read the workbooks into seeds/township/ and list what could not be taken."""
    sys.exit(0 if _intake(data) else 1)


@main.command()
@data_option
@click.option(
    "--audience", type=click.Choice(["internal", "public"]), default="internal", help="public: small counts and records left out."
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="en: names from the registries' English columns.")
@click.option(
    "--single-file", "single", multiple=True, metavar="PAGE", help="Also write PAGE with all it needs inside to single/PAGE.html."
)
def publish(data: Path, audience: str, lang: str, single: tuple[str, ...]) -> None:
    """Publish the pages of the last sound warehouse to site/; other audiences and languages to site.public/, site.en/, site.public.en/."""
    from .publish import Edition

    _publish(data, Edition(audience, lang), single)


@main.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--period", default="", help="Filled in as 统计时间, such as 2020年1—10月.")
@data_option
def templates(out: Path, period: str, data: Path) -> None:
    """Write blank forms to OUT, one workbook per township: drop-downs, checks in the cells, an example row, instructions."""
    from .places import Towns
    from .templates import write_all

    written = write_all(out, Towns(data).names, period)
    click.echo(f"空白表 {len(written)} 份：{out}")


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--county", required=True, metavar="CODE", help="Six-digit county code, such as 620522.")
def init(folder: Path, county: str) -> None:
    """Make a new county's folder DIR: its townships from the public list, a key, blank forms."""
    from .counties import CannotInit
    from .counties import init as make

    try:
        make(folder, county)
    except CannotInit as why:
        raise click.UsageError(str(why)) from why
    click.echo(f"已建好：{folder}（先读其中的 README.txt；county.key 请另存备份）")


def _intake(data: Path) -> bool:
    from . import intake as reading
    from .places import Towns
    from .returns import write_all as write_returns

    if not (data / "workbooks").is_dir():
        raise click.UsageError(f"{data} has no folder workbooks/")
    try:
        result = reading.run(data, PROJECT)
    except FileNotFoundError as missing:
        raise click.UsageError(str(missing)) from missing
    towns = Towns(data)
    try:
        returned = write_returns(result.problems, data / "workbooks", data / "returns", towns.names)
    except OSError as error:  # on Windows an opened file keeps its folder from being replaced
        returned = []
        click.echo(f"returns/ 没有更新（{error.strerror}）：请关闭其中打开的文件后重试", err=True)
    for line in reading.problem_lines(result, towns):
        click.echo(line)
    errors = sum(p.severity == "error" for p in result.problems)
    rows = result.row_count
    click.echo(f"读入 {result.files} 个文件、{rows} 行；问题 {len(result.problems)} 个，其中未入库 {errors} 个")
    if returned:
        click.echo(f"退回乡镇的表 {len(returned)} 份：{data / 'returns'}")
    return result.sound


def _dbt_build(data: Path) -> bool:
    from dbt.cli.main import dbtRunner
    from tqdm import tqdm

    os.environ["ZHENSHU_DATA"] = str(data)
    with tqdm(desc="dbt build", unit="node", leave=False, disable=None) as bar:

        def advance(event) -> None:
            if event.info.name == "NodeFinished":
                bar.update()

        folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        own = ["--target-path", str(data / "target"), "--log-path", str(data / "logs")]
        outcome = dbtRunner(callbacks=[advance]).invoke(["--quiet", "build", *folders, *own])
    if outcome.exception:
        click.echo(f"构建失败：{outcome.exception}", err=True)
        return False
    results = list(outcome.result)
    failed = [r for r in results if r.status in ("error", "fail", "runtime error")]
    warned = [r for r in results if r.status == "warn"]
    for result in (*failed, *warned):
        click.echo(f"  [{result.status}] {result.node.name}: {result.message}")
    click.echo(f"构建 {len(results)} 项：失败 {len(failed)}，警告 {len(warned)}")
    if failed:
        click.echo("有检查未通过：warehouse/zhenshu.duckdb 和 site/ 保持上一次的结果")
    return not failed


def _publish(data: Path, edition=None, single: tuple[str, ...] = ()) -> None:
    from .publish import PublishError
    from .publish import publish as publish_pages

    if not (data / "warehouse/zhenshu.duckdb").exists():
        raise click.UsageError("没有可发布的数据：请先运行 zhenshu build")
    try:
        click.echo(f"页面：{publish_pages(data, edition=edition, single=single)}")
    except PublishError as error:
        raise click.ClickException(f"页面没有更新，site/ 保持上一次的结果：{error}") from error


if __name__ == "__main__":
    main()
