"""Notebooks in, pages out: executed in one kernel, written as one folder that opens from a USB stick.

A page goes out only if nothing in it would be fetched from anywhere else; a failure leaves the last site as it was.
"""

import ast
import copy
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import duckdb
import nbformat
import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat import NotebookNode
from plotly.offline import get_plotlyjs
from tqdm import tqdm

from . import lock, versions, word
from .audience import Suppressed
from .contract import PROJECT
from .gate import check_public, external_addresses
from .leaks import Leaked, check_site
from .words import is_english, t

NOTEBOOKS = PROJECT / "notebooks"
ASSETS = files("zhenshu") / "assets"
SHARED = ("zhenshu.css", "zhenshu.js", "comparison.js", "evidence.js")
PAGES = {
    "index": "首页",
    "county_overview": "县级总览",
    "comparison": "乡镇比较",
    "quality": "数据质量",
    "method": "方法与口径",
}
CELL_SECONDS = 600
_WORD = '<p class="downloads">{} <a href="downloads/{}.docx" download>Word .docx</a></p>\n'
MOST_TOWNS = 100  # of one site; no county has as many


class PublishError(Exception):
    """The site could not be published; the last one stands as it was."""


class ManyCounties(PublishError):
    """The warehouse holds more than a site can: its counties are published one by one."""


@dataclass(frozen=True)
class Edition:
    """For whom, in which language and of which county (of all, if none is named) a site is written; every edition has its own folder."""

    audience: str = "internal"
    lang: str = "zh"
    county: str = ""

    @property
    def folder(self) -> str:
        name = ".".join(["site", *(["public"] if self.audience == "public" else []), *(["en"] if self.lang == "en" else [])])
        return f"{name}/{self.county}" if self.county else name

    @property
    def environment(self) -> dict[str, str]:
        return {"ZHENSHU_AUDIENCE": self.audience, "ZHENSHU_LANG": self.lang, "ZHENSHU_COUNTY": self.county}


@dataclass
class Page:
    """One page to be: the notebook that makes it, and the township it is about."""

    path: Path
    book: NotebookNode
    town: str = ""
    town_name: str = ""

    @property
    def name(self) -> str:
        return self.mark["page"] + (f"_{self.town}" if self.town else "")

    @property
    def title(self) -> str:
        return f"{self.town_name} {t(self.mark['title'])}" if self.town else t(self.mark["title"])

    @property
    def mark(self) -> dict[str, str]:
        return self.book.metadata.zhenshu


def publish(data: Path, notebooks: Path = NOTEBOOKS, edition: Edition | None = None, single: Sequence[str] = ()) -> Path:
    """Execute every notebook that is marked as a page against the county at `data`; returns the folder with the pages."""
    edition, data = edition or Edition(), data.resolve()
    if not versions.warehouse(data).exists():
        raise PublishError(f"no warehouse at {versions.warehouse(data)}: run `zhenshu build` first")
    _check_size(data, edition.county)
    books = page_notebooks(notebooks)
    site = data / edition.folder
    held = lock.hold(data, edition.folder)
    new = versions.empty_beside(site)
    try:
        with versions.one_state(data, edition.folder) as state, _environment(edition.environment | {"ZHENSHU_WAREHOUSE": str(state)}):
            run_sync(_execute)(books, data, new)
            _write_shared(new)
            _check(new, data, edition)
            for name in single:
                _write_single(new, name)
        return versions.put(new, site)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    finally:
        held.release()


@contextmanager
def _environment(given: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def counties(data: Path) -> dict[str, int]:
    """Code of every county that has figures, with its number of townships."""
    with duckdb.connect(str(versions.warehouse(data)), read_only=True) as connection:
        found = connection.execute("select county_code, count(distinct town_code) from mart_town_indicator group by 1 order by 1")
        return dict(found.fetchall())


def _check_size(data: Path, county: str) -> None:
    """A site is one county's, or that of all townships where they are few."""
    try:
        there = counties(data)
    except duckdb.Error:  # an unfinished warehouse: the pages say what is wrong with it
        return
    if county and county not in there:
        raise PublishError(f"库中没有县 {county}，有：{'、'.join(list(there)[:20])}")
    if not county and len(there) > 1 and (towns := sum(there.values())) > MOST_TOWNS:
        raise ManyCounties(f"库中有 {len(there)} 个县、{towns} 个乡镇，请逐县发布：zhenshu publish --county 县代码（全部：--county all）")


def page_notebooks(folder: Path) -> dict[Path, NotebookNode]:
    """The notebooks whose metadata say `zhenshu: {page: …, title: …}`, in the order of their names."""
    books, pages = {}, {}
    for path in sorted(folder.glob("*.ipynb")):
        book = nbformat.read(path, as_version=4)
        mark = book.metadata.get("zhenshu", {})
        if not mark.get("page"):
            continue
        if not re.fullmatch(r"[a-z0-9_]+", mark["page"]) or not mark.get("title"):
            raise PublishError(f"{path.name}: its page needs a name of small letters, digits and _, and a title")
        if mark["page"] in pages:
            raise PublishError(f"{path.name} and {pages[mark['page']]} are both the page {mark['page']}")
        pages[mark["page"]] = path.name
        books[path] = book
    if not books:
        raise PublishError(f"no notebook in {folder} is marked as a page")
    return books


# ---- execution


class _OwnInterpreter(KernelSpecManager):
    """The kernel of the interpreter that runs now, whatever kernels are registered on this machine."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        launch = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.hist_file=:memory:"]
        return KernelSpec(argv=launch, display_name="zhenshu", language="python", metadata={"supported_encryption": "curve"})


async def _execute(books: dict[Path, NotebookNode], data: Path, new: Path) -> None:
    """Run all notebooks in one kernel, each from an empty namespace, those of townships once for each; write their pages."""
    # the figures go from process to process in cipher: other people may be logged in on the same machine
    cipher = "auto" if zmq.has("curve") else "disabled"
    manager = AsyncKernelManager(kernel_spec_manager=_OwnInterpreter(), transport_encryption=cipher)
    surroundings = {"ZHENSHU_DATA": str(data), "ZHENSHU_PUBLISHING": "1", "ZHENSHU_SITE": str(new)}
    await manager.start_kernel(env={**os.environ, **surroundings}, cwd=str(next(iter(books)).parent))
    channel = manager.client()
    try:
        channel.start_channels()
        await channel.wait_for_ready(timeout=120)
        channel.allow_stdin = False
        towns = await _towns(channel) if any(b.metadata.zhenshu.get("each") == "town" for b in books.values()) else {}
        writer = Writer()
        for page in tqdm(_pages(books, towns), desc="publish", unit="page", leave=False, disable=None):
            start = f"import os; os.environ['ZHENSHU_TOWN'] = {page.town!r}; get_ipython().run_line_magic('reset', '-f')"
            await channel.execute(start, silent=True, reply=True, timeout=CELL_SECONDS)
            await _execute_one(page, manager, channel)
            text = writer.page(page)
            (new / f"{page.name}.html").write_text(text, encoding="utf-8", newline="\n")
            if page.mark.get("word"):
                word.write(text, new / f"downloads/{page.name}.docx")
    finally:
        channel.stop_channels()
        await manager.shutdown_kernel(now=True)


async def _towns(channel) -> dict[str, str]:
    """The county's townships, asked of the kernel, which has read the county for the pages to come."""
    ask = {"towns": "dict(__import__('zhenshu.pages', fromlist=['x']).load().reporting)"}
    reply = await channel.execute("", silent=True, reply=True, timeout=CELL_SECONDS, user_expressions=ask)
    answer = reply["content"]["user_expressions"]["towns"]
    if answer["status"] != "ok":
        raise PublishError(f"the townships could not be read: {answer['ename']}: {answer['evalue']}")
    return ast.literal_eval(answer["data"]["text/plain"])


def _pages(books: dict[Path, NotebookNode], towns: dict[str, str]) -> list[Page]:
    pages = []
    for path, book in books.items():
        if book.metadata.zhenshu.get("each") == "town":
            pages += [Page(path, copy.deepcopy(book), code, name) for code, name in towns.items()]
        else:
            pages.append(Page(path, book))
    return pages


async def _execute_one(page: Page, manager: AsyncKernelManager, channel) -> None:
    started = [0]
    client = NotebookClient(page.book, km=manager, timeout=CELL_SECONDS, on_cell_start=lambda cell, cell_index: started.append(cell_index))
    client.kc = channel
    try:
        await client.async_execute()
    except (CellControlSignal, DeadKernelError, TimeoutError) as error:
        why = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else str(error)
        raise PublishError(f"{page.path.name}, cell {started[-1] + 1}: {why}") from error


# ---- pages


class _Body(HTMLExporter):
    """nbconvert's own, without its second reading of every page: it looks for pictures without words and for JupyterLab's frames, and
    no page of ours has either."""

    def from_notebook_node(self, nb: NotebookNode, resources=None, **kw):
        resources = self._init_resources(resources)
        self.register_filter("highlight_code", Highlight2HTML(parent=self))
        widgets = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources)
        self.register_filter("filter_data_type", widgets)
        return super(HTMLExporter, self).from_notebook_node(nb, resources, **kw)


class Writer:
    """An executed notebook's outputs under our own page head."""

    def __init__(self) -> None:
        self.exporter = _Body(
            template_name="basic", exclude_input=True, exclude_input_prompt=True, exclude_output_prompt=True, exclude_anchor_links=True
        )
        self.head = Template((ASSETS / "page.html").read_text(encoding="utf-8"))

    def page(self, page: Page) -> str:
        """The page as one string."""
        for cell in page.book.cells:
            # warnings are for us, with our paths in them: not for a page
            for output in [o for o in cell.get("outputs", []) if o.output_type == "stream" and o.name == "stderr"]:
                print(output.text, file=sys.stderr)
                cell.outputs.remove(output)
        body, _ = self.exporter.from_notebook_node(page.book)
        links = "".join(f'<li><a href="#{anchor}">{text}</a></li>' for anchor, text in re.findall(r'<h2 id="([^"]+)">([^<]+)</h2>', body))
        here = ' aria-current="page"'
        site = "".join(
            f'<li><a href="{name}.html"{here if name == page.mark["page"] else ""}>{t(text)}</a></li>' for name, text in PAGES.items()
        )
        names = [
            *(["plotly.min"] if page.mark.get("charts") else []),
            "zhenshu",
            *([page.mark["script"]] if page.mark.get("script") else []),
        ]
        scripts = "".join(f'<script src="{name}.js" defer></script>\n' for name in names)
        return self.head.substitute(
            lang="en" if is_english() else "zh-CN",
            title=escape(page.title),
            page=page.mark["page"],
            site=site,
            word=_WORD.format(t("下载本页："), page.name) if page.mark.get("word") else "",
            contents=f'<nav class="contents" aria-label="{t("本页内容")}"><ul>{links}</ul></nav>' if links else "",
            body=body,
            scripts=scripts,
            skip=t("跳到正文"),
            menu=t("各页"),
            noscript=t("浏览器没有运行脚本，图和筛选不能用；表中的数都在。"),
        )


def _write_shared(new: Path) -> None:
    for name in SHARED:
        (new / name).write_text((ASSETS / name).read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    said = {
        word
        for name in SHARED
        if name.endswith(".js")
        for word in re.findall(r'\bw\("([^"]+)"\)', (ASSETS / name).read_text(encoding="utf-8"))
    }
    words = json.dumps({word: t(word) for word in sorted(said)}, ensure_ascii=False, separators=(",", ":"))
    (new / "data").mkdir(exist_ok=True)
    (new / "data/words.js").write_text(f"window.zhenshuWords = {words};\n", encoding="utf-8", newline="\n")
    (new / "plotly.min.js").write_text(get_plotlyjs(), encoding="utf-8", newline="\n")


def _check(new: Path, data: Path, edition: Edition) -> None:
    # not ours to search: plotly names map servers, which only the map charts refused here would ever call
    ours = (p for p in sorted(new.rglob("*")) if p.suffix in (".html", ".css", ".js") and p.name != "plotly.min.js")
    for path in ours:
        if found := external_addresses(path.read_text(encoding="utf-8"), path.suffix):
            raise PublishError(f"{path.name} would be loaded in part from elsewhere: {', '.join(found[:5])}")
    try:
        check_site(new, versions.warehouse(data))
    except Leaked as leaked:
        raise PublishError(f"页面里有个人号码，没有发布：{leaked}") from leaked
    if edition.audience == "public":
        from .county import load

        try:
            check_public(new, load(data).registry)
        except Suppressed as error:
            raise PublishError(str(error)) from error


def _write_single(new: Path, name: str) -> None:
    """One page with everything it needs inside; the way to other pages is text."""
    path = new / f"{name}.html"
    if not path.exists():
        raise PublishError(f"no page {name}: there are {', '.join(sorted(p.stem for p in new.glob('*.html')))}")
    text = path.read_text(encoding="utf-8")

    # before the scripts come in: they hold texts that look like links
    text = re.sub(r'<a\b[^>]*\bhref="(?!#|data:)[^"]*"[^>]*>(.*?)</a>', r"<span>\1</span>", text, flags=re.S)

    def script(content: str) -> str:
        return "<script>" + content.replace("</script", "<\\/script") + "</script>"

    town = name.rpartition("_")[2]
    needed = {"comparison": "c_*.js"}.get(name, f"[er]_{town}*.js" if name.startswith("evidence_") else "none")
    data = "".join(script(p.read_text(encoding="utf-8")) for p in sorted((new / "data").glob(needed)))
    style = (new / "zhenshu.css").read_text(encoding="utf-8")
    text = text.replace('<link rel="stylesheet" href="zhenshu.css">', f"<style>{style}</style>")
    names = re.findall(r'<script src="([^"]+)"(?: defer)?></script>\n', text)
    text = re.sub(r'<script src="[^"]+"(?: defer)?></script>\n', "", text)
    own = {n: script((new / n).read_text(encoding="utf-8")) for n in names}
    early = own.pop("plotly.min.js", "") + own.pop("data/words.js", "")
    text = text.replace("</head>", f"{early}</head>", 1)
    text = text.replace("</body>", "".join(own[n] + (data if n == "zhenshu.js" else "") for n in own) + "</body>", 1)
    (new / "single").mkdir(exist_ok=True)
    (new / f"single/{name}.html").write_text(text, encoding="utf-8", newline="\n")
