"""The command line: `zhenshu build | intake | validate | publish | templates | sample | init | rotate-key`.

Exit status: 0 all taken and sound; 1 something was refused or an error-level check failed, after everything that can be
built has been built; 2 wrong usage.
"""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from .contract import PROJECT
from .filenames import unfit_folder
from .unchanged import Saying, Steps


def _fit(_context, _option, data: Path) -> Path:
    if why := unfit_folder(data):
        raise click.BadParameter(why)
    return data


data_option = click.option(
    "--data",
    callback=_fit,
    envvar="ZHENSHU_DATA",
    default=PROJECT,
    show_default="the project itself",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="The county's folder: workbooks/, seeds/, warehouse/, site/.",
)

target_option = click.option(
    "--target", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True, help="The engine that holds the warehouse."
)


@click.group(help=__doc__)
def main() -> None:
    # a Windows console may be set to a code page that has no Chinese
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")


@main.command()
@data_option
@target_option
@click.option("--full", is_flag=True, help="Do every step anew, those too whose inputs have not changed.")
def build(data: Path, target: str, full: bool) -> None:
    """Read the workbooks, build and check the warehouse, publish the pages: the main job. What has not changed is not done again."""
    if target == "spark":
        _on_spark("check_engine")
    building, _ = _hold(data, "warehouse"), _hold(data, "site")
    steps = Steps(data, full)
    taken = steps.run("intake", lambda say: _intake(data, say))
    if target == "spark":
        sound = _dbt_build(data, steps, Saying(), target) and _validate(data, steps, target)
    else:
        sound = steps.run("dbt", lambda say: _dbt_build(data, steps, say))
    # the pages read their own state of the warehouse: from here on another may build
    building.release(force=True)
    if sound:
        steps.run("publish", lambda say: _publish(data, say))
    sys.exit(0 if taken and sound else 1)


@main.command()
@data_option
def intake(data: Path) -> None:
    """Read the workbooks into seeds/township/ and list what could not be taken."""
    _hold(data, "warehouse")
    sys.exit(0 if _intake(data, Saying()) else 1)


@main.command()
@data_option
@target_option
def validate(data: Path, target: str) -> None:
    """Explain and check what `dbt build --target spark` built; a sound result becomes the published warehouse. On DuckDB, dbt does it."""
    if target != "spark":
        raise click.UsageError("on DuckDB explanations and expectations are part of dbt build")
    _hold(data, "warehouse", needed="seeds")
    sys.exit(0 if _validate(data, Steps(data), target) else 1)


@main.command()
@data_option
@target_option
@click.option(
    "--audience", type=click.Choice(["internal", "public"]), default="internal", help="public: small counts and records left out."
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="en: names from the registries' English columns.")
@click.option(
    "--single-file", "single", multiple=True, metavar="PAGE", help="Also write PAGE with all it needs inside to single/PAGE.html."
)
@click.option("--county", multiple=True, metavar="CODE", help="Only this county's pages, to site/CODE/ and so on; all: county by county.")
def publish(data: Path, target: str, single: tuple[str, ...], county: tuple[str, ...], **edition: str) -> None:
    """Publish the pages of the last sound warehouse to site/; other audiences and languages to site.public/, site.en/, site.public.en/."""
    from .publish import Edition, counties

    if target == "spark":
        building = _hold(data, "warehouse", needed="seeds")
        _on_spark("collect", data)
        building.release(force=True)
    _check_warehouse(data)
    for code in counties(data) if county == ("all",) else county or ("",):
        _publish(data, Saying(), Edition(county=code, **edition), single)


@main.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--period", default="", help="Filled in as 统计时间, such as 2020年1—10月.")
@data_option
def templates(out: Path, period: str, data: Path) -> None:
    """Write blank forms to OUT, one workbook per township: drop-downs, checks in the cells, an example row, instructions."""
    from .places import Towns
    from .templates import write_all

    try:
        written = write_all(out, Towns(data).names, period)
    except FileNotFoundError as missing:
        raise click.UsageError(str(missing)) from missing
    click.echo(f"空白表 {len(written)} 份：{out}")


@main.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--towns", default=17, show_default=True, type=click.IntRange(1, 1700), help="Seventeen make a county.")
@click.option("--households", default=3000, show_default=True, type=click.IntRange(1), help="On the register at the end of 2019.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same county, byte for byte.")
@click.option("--slips", default=0, show_default=True, type=click.IntRange(0), help="Errors to plant, each listed in answer_key.json.")
@click.option("--months", default=10, show_default=True, type=click.IntRange(1, 12), help="January 2020 to this month.")
@click.option("--as", "form", default="workbooks", show_default=True, type=click.Choice(["workbooks", "seeds"]), help="What to write.")
def sample(out: Path, form: str, **wanted: int) -> None:
    """Write a synthetic practice county to OUT: nobody's data, and everything known about it."""
    from .sample_county import Plan, write_county, write_county_as_seeds

    plan = Plan(**wanted)
    if plan.households < 40 * plan.towns:
        raise click.UsageError("--households must be at least 40 for each town")
    if out.exists() and any(out.iterdir()):
        raise click.UsageError(f"{out} is not empty; nothing was changed")
    if form == "seeds" and plan.slips:
        raise click.UsageError("slips stand in workbooks: --slips goes with --as workbooks only")
    planted = write_county_as_seeds(out, plan) if form == "seeds" else write_county(out, plan)
    click.echo(f"练习县已写好：{out}（{plan.towns} 个乡镇，{plan.households} 户，错误 {planted} 处）")


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


@main.command("rotate-key")
@data_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def rotate_key(data: Path, yes: bool) -> None:
    """Put a new county.key in place; the next build hashes every identity number anew (docs/security.md)."""
    from .keys import rotate

    if not yes:
        click.confirm("换密钥后，证件号码的散列全部改变，与以前的结果、备份和上报的数据不再对得上。确定要换吗？", abort=True)
    _hold(data, "warehouse")
    click.echo(f"新密钥已生效，原密钥存为 {rotate(data)}：请把它移到安全的地方或销毁，并另存新密钥的备份。请接着运行 zhenshu build")


def _hold(data: Path, what: str, needed: str = "workbooks"):
    from .lock import Busy, hold

    if not (data / needed).is_dir():
        raise click.UsageError(f"{data} has no folder {needed}/")
    try:
        return hold(data, what)
    except Busy as busy:
        raise click.ClickException(str(busy)) from busy


def _intake(data: Path, say: Saying) -> bool:
    from . import intake as reading
    from .keys import KeyRefused, exposed
    from .places import Towns
    from .returns import write_all as write_returns
    from .seedfiles import NotWritten, reason

    try:
        result = reading.run(data, PROJECT)
    except FileNotFoundError as missing:
        raise click.UsageError(str(missing)) from missing
    except (NotWritten, KeyRefused) as why:
        raise click.ClickException(str(why)) from why
    towns = Towns(data)
    if warning := exposed(data):
        click.echo(warning, err=True)
    try:
        returned = write_returns(result.problems, data / "workbooks", data / "returns", towns.names)
    except OSError as error:  # on Windows an opened file keeps its folder from being replaced
        returned, say.complete = [], False
        click.echo(f"{data / 'returns'} 没有更新（{reason(error) or error}）：请腾出磁盘空间、关闭其中打开的文件后重试", err=True)
    for line in reading.problem_lines(result, towns):
        say(line)
    errors = sum(p.severity == "error" for p in result.problems)
    rows = result.row_count
    say(f"读入 {result.files} 个文件、{rows} 行；问题 {len(result.problems)} 个，其中未入库 {errors} 个")
    if returned:
        say(f"退回乡镇的表 {len(returned)} 份：{data / 'returns'}")
    return result.sound


def _on_spark(step: str, *arguments):
    """A step of zhenshu.spark; what hinders it is said in one line."""
    from . import spark

    try:
        return getattr(spark, step)(*arguments)
    except spark.SparkError as why:
        raise click.ClickException(str(why)) from why


def _validate(data: Path, steps: Steps, target: str) -> bool:
    return _on_spark("validate", data, lambda selection: _dbt_build(data, steps, Saying(), target, selection))


def _dbt_build(data: Path, steps: Steps, say: Saying, target: str = "duckdb", selection: Sequence[str] = ()) -> bool:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from tqdm import tqdm

    from .seedfiles import reason, why_not

    logging.raiseExceptions = False  # a full disk is told once, not at every line of dbt's log
    os.environ["ZHENSHU_DATA"] = str(data)
    # everything is made anew: an empty file spares putting 150 tables aside first, and holds none that a former version made
    with suppress(PermissionError):  # on Windows, where somebody looks into it
        for part in (data / "warehouse/work").glob("zhenshu.duckdb*") if target == "duckdb" else ():
            part.unlink()
    with tqdm(desc="dbt build", unit="node", leave=False, disable=None) as bar:

        def advance(event) -> None:
            if event.info.name == "NodeFinished":
                bar.update()
            elif event.info.name == "PrintEvent":
                say(event.data.msg, on_screen=True)  # dbt prints it itself

        folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        # a folder of its own for each target: dbt reads the whole project anew when the target changes
        built = data / "target" / ("" if target == "duckdb" else target)
        own = ["--target-path", str(built), "--log-path", str(data / "logs"), "--target", target]
        # unit tests try the models on rows of their own: once for the same code
        tried = ["--exclude-resource-type", "unit_test"] if target == "duckdb" and steps.tried_out() else []
        # writing a line for each of 15,000 events is a tenth of the work: `dbt build` by hand leaves a log
        unlogged = ["--quiet", "--log-level-file", "none"]
        outcome = dbtRunner(callbacks=[advance]).invoke([*unlogged, "build", *folders, *own, *tried, *selection])
    DuckDBConnectionManager.close_all_connections()  # another may build while the pages are written
    for half in (data / "warehouse").glob("zhenshu.duckdb.new*"):  # of a copy that a full disk broke off
        half.unlink()
    if outcome.exception:
        click.echo(f"构建失败：{why_not(outcome.exception)}。warehouse/zhenshu.duckdb 和 site/ 保持上一次的结果", err=True)
        return False
    results = list(outcome.result)
    units = [r.status for r in results if r.node.resource_type == "unit_test"]
    if units and target == "duckdb":
        steps.remember_tried_out(set(units) == {"pass"})
    failed = [r for r in results if r.status in ("error", "fail", "runtime error")]
    warned = [r for r in results if r.status == "warn"]
    for result in (*failed, *warned):
        say(f"  [{result.status}] {result.node.name}: {result.message}")
    say(f"构建 {len(results)} 项：失败 {len(failed)}，警告 {len(warned)}")
    if failed:
        why = next(filter(None, map(reason, (r.message for r in failed))), "有检查未通过")
        say(f"{why}：warehouse/zhenshu.duckdb 和 site/ 保持上一次的结果")
    return not failed


def _check_warehouse(data: Path) -> None:
    from .versions import warehouse

    if not warehouse(data).exists():
        raise click.UsageError("没有可发布的数据：请先运行 zhenshu build")


def _publish(data: Path, say: Saying, edition=None, single: tuple[str, ...] = ()) -> bool:
    from .lock import Busy
    from .publish import Edition, ManyCounties, PublishError
    from .publish import publish as publish_pages
    from .seedfiles import why_not

    _check_warehouse(data)
    given, edition = edition, edition or Edition()
    try:
        site = publish_pages(data, edition=edition, single=single)
    except ManyCounties as many:
        if given:
            raise click.UsageError(str(many)) from many
        say(str(many))  # the main job ends with the warehouse
        return True
    except Busy as busy:
        raise click.ClickException(str(busy)) from busy
    except (PublishError, OSError) as error:
        raise click.ClickException(f"页面没有更新，{edition.folder}/ 保持上一次的结果：{why_not(error)}") from error
    say(f"页面：{site}")
    if site != data / edition.folder:
        say.complete = False
        click.echo(f"{edition.folder}/ 中有文件被别的程序打开，新页面在 {site.name}/；关闭后再运行 zhenshu publish 即可换回", err=True)
    return True


if __name__ == "__main__":
    main()
