"""Notebooks in, pages out: executed in one kernel, written as one folder that opens from a USB stick.

A page goes out only if nothing in it would be fetched from anywhere else; a failure leaves the last site as it was.
"""

import os
import re
import shutil
import sys
from html import escape
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from string import Template

import nbformat
import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from plotly.offline import get_plotlyjs

from .contract import PROJECT

NOTEBOOKS = PROJECT / "notebooks"
ASSETS = files("zhenshu") / "assets"
SHARED = ("zhenshu.css", "zhenshu.js")
CELL_SECONDS = 600


class PublishError(Exception):
    """The site could not be published; the last one stands as it was."""


def publish(data: Path, notebooks: Path = NOTEBOOKS) -> Path:
    """Execute every notebook that is marked as a page against the county at `data`; returns the folder with the pages."""
    data = data.resolve()
    if not (data / "warehouse/zhenshu.duckdb").exists():
        raise PublishError(f"no warehouse at {data / 'warehouse/zhenshu.duckdb'}: run `zhenshu build` first")
    books = page_notebooks(notebooks)
    run_sync(_execute)(books, data)
    contents = {f"{book.metadata.zhenshu.page}.html": page(book) for book in books.values()}
    contents |= {name: (ASSETS / name).read_text(encoding="utf-8") for name in SHARED}
    for name, text in contents.items():
        if found := external_addresses(text, Path(name).suffix):
            raise PublishError(f"{name} would be loaded in part from elsewhere: {', '.join(found[:5])}")
    # not ours to search: the library names map servers, which only the map charts refused above would ever call
    return _replace_site(data / "site", contents | {"plotly.min.js": get_plotlyjs()})


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


async def _execute(books: dict[Path, NotebookNode], data: Path) -> None:
    """Run all notebooks in one kernel, each from an empty namespace."""
    # the figures go from process to process in cipher: other people may be logged in on the same machine
    cipher = "auto" if zmq.has("curve") else "disabled"
    manager = AsyncKernelManager(kernel_spec_manager=_OwnInterpreter(), transport_encryption=cipher)
    first = next(iter(books))
    await manager.start_kernel(env={**os.environ, "ZHENSHU_DATA": str(data), "ZHENSHU_PUBLISHING": "1"}, cwd=str(first.parent))
    channel = manager.client()
    try:
        channel.start_channels()
        await channel.wait_for_ready(timeout=120)
        channel.allow_stdin = False
        for path, book in books.items():
            await channel.execute("get_ipython().run_line_magic('reset', '-f')", silent=True, reply=True, timeout=CELL_SECONDS)
            await _execute_one(path, book, manager, channel)
    finally:
        channel.stop_channels()
        await manager.shutdown_kernel(now=True)


async def _execute_one(path: Path, book: NotebookNode, manager: AsyncKernelManager, channel) -> None:
    started = [0]
    client = NotebookClient(book, km=manager, timeout=CELL_SECONDS, on_cell_start=lambda cell, cell_index: started.append(cell_index))
    client.kc = channel
    try:
        await client.async_execute()
    except (CellControlSignal, DeadKernelError, TimeoutError) as error:
        why = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else str(error)
        raise PublishError(f"{path.name}, cell {started[-1] + 1}: {why}") from error


# ---- pages


def page(book: NotebookNode) -> str:
    """An executed notebook's outputs under our own page head."""
    for cell in book.cells:
        # warnings are for us, with our paths in them: not for a page
        for output in [o for o in cell.get("outputs", []) if o.output_type == "stream" and o.name == "stderr"]:
            print(output.text, file=sys.stderr)
            cell.outputs.remove(output)
    exporter = HTMLExporter(
        template_name="basic", exclude_input=True, exclude_input_prompt=True, exclude_output_prompt=True, exclude_anchor_links=True
    )
    body, _ = exporter.from_notebook_node(book)
    links = "".join(f'<li><a href="#{anchor}">{text}</a></li>' for anchor, text in re.findall(r'<h2 id="([^"]+)">([^<]+)</h2>', body))
    head = Template((ASSETS / "page.html").read_text(encoding="utf-8"))
    return head.substitute(title=escape(book.metadata.zhenshu.title), contents=links, body=body)


def _replace_site(site: Path, contents: dict[str, str]) -> Path:
    """Write all files beside the present site, then put them in its place; the old site returns if that fails."""
    new, old = site.with_name("site.new"), site.with_name("site.old")
    if old.exists() and not site.exists():
        # stopped between the two renames below
        old.rename(site)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    new.mkdir(parents=True)
    for name, text in contents.items():
        (new / name).write_text(text, encoding="utf-8", newline="\n")
    if site.exists():
        site.rename(old)
    try:
        new.rename(site)
    except OSError:
        if old.exists():
            old.rename(site)
        raise
    shutil.rmtree(old, ignore_errors=True)
    return site


# ---- the check that nothing is fetched from elsewhere

URL_ATTRIBUTES = {"src", "href", "xlink:href", "srcset", "poster", "data", "action", "formaction", "background", "manifest", "ping"}
SCRIPT_ADDRESS = re.compile(r"(?:https?|wss?|ftp):/{2}[^\s\"'`<]*|(?<=[\"'`])/{2}[\w\[][^\s\"'`<]*", re.I)
# these draw maps, whose outlines and tiles plotly fetches from servers
MAP_TRACE = re.compile(r'"type"\s*:\s*"((?:scatter|choropleth|density)(?:geo|map|mapbox)?)"')
STYLE_ADDRESS = re.compile(r"url\(\s*[\"']?([^\"')]*)|@import\s+[\"']([^\"']*)", re.I)


def external_addresses(text: str, suffix: str = ".html") -> list[str]:
    """Every address outside the page's folder that a browser would load or follow from a page, a style sheet or a script of ours."""
    if suffix == ".css":
        return _in_style(text)
    if suffix == ".js":
        return _in_script(text)
    finder = _AddressFinder()
    finder.feed(text)
    finder.close()
    return finder.found


def _leaves(address: str) -> bool:
    """Whether an address points outside the folder: a scheme or a host; browsers read \\ as / and skip control characters."""
    clean = re.sub(r"[\x00-\x20]", "", address).replace("\\", "/")
    return clean.startswith("//") or (bool(re.match(r"[a-z][a-z0-9+.-]*:", clean, re.I)) and not clean.lower().startswith("data:"))


def _in_style(text: str) -> list[str]:
    return [address for match in STYLE_ADDRESS.findall(text) for address in match if _leaves(address)]


def _in_script(text: str) -> list[str]:
    # plotly writes / as \u002f, others as \/: the browser sees the plain sign
    seen = re.sub(r"\\u([0-9a-f]{4})|\\x([0-9a-f]{2})", lambda m: chr(int(m[1] or m[2], 16)), text, flags=re.I).replace("\\/", "/")
    maps = [kind for kind in MAP_TRACE.findall(seen) if kind not in ("scatter", "density")]
    return SCRIPT_ADDRESS.findall(seen) + [f"map chart {kind}" for kind in maps]


class _AddressFinder(HTMLParser):
    """Walks a page's tags, styles and inline scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag if tag in ("script", "style") else ""
        for name, given in attrs:
            value = given or ""
            if name == "srcset":
                self.found += [part.strip() for part in value.split(",") if _leaves(part)]
            elif name in URL_ATTRIBUTES and _leaves(value):
                self.found.append(value)
            elif name == "style":
                self.found += _in_style(value)
            elif name == "srcdoc":
                self.found += external_addresses(value)
            elif name.startswith("on"):
                self.found += _in_script(value)
        if tag == "base" or (tag == "meta" and ("http-equiv", "refresh") in [(n, (v or "").lower()) for n, v in attrs]):
            self.found.append(self.get_starttag_text() or tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.inside = ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.found += _in_script(data)
        elif self.inside == "style":
            self.found += _in_style(data)
