"""Charts that officials know: bars with intervals, recomputed beside reported. Offline, still readable without colour and on paper."""

import html
import os
from collections.abc import Sequence

import plotly.graph_objects as go
from IPython.display import HTML, display
from markupsafe import Markup

from .figures import VERDICTS, Row, figure, row_decimals, row_period

FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif'
BAR, MARK = "#5b7286", "#8c2f1b"
CHART = {"displaylogo": False, "responsive": True, "locale": "zh-CN", "modeBarButtons": [["toImage"]]}


def share_chart(rows: Sequence[Row], name: str, title: str) -> go.Figure | None:
    """Shares as bars with their intervals, the reported figure as a diamond; every row's label holds its figures too."""
    if not rows:
        return None
    places = list(range(len(rows)))
    ticks, hover = [], []
    for row, label in zip(rows, _labels(rows), strict=True):
        decimals = row_decimals(row)
        value = badge_text(row) if row["value"] is None else figure(row["value"], "share", decimals=decimals)
        if row["reported_value"] is not None:
            value += f"，上报{figure(row['reported_value'], 'share', decimals=decimals)}"
        # plotly reads tags in its labels: a name is text
        place, indicator = (html.escape(text, quote=False) for text in (label, row["indicator_name"]))
        ticks.append(f"{place}<br><b>{value}</b>")
        hover.append(f"{indicator}<br>{place}<br>{row_period(row)}<br>{value}")
    percent = {c: [None if r[c] is None else float(r[c]) * 100 for r in rows] for c in ("value", "reported_value", "lower_95", "upper_95")}
    above, below = (
        [abs(e - v) if v is not None and e is not None else 0 for v, e in zip(percent["value"], percent[side], strict=True)]
        for side in ("upper_95", "lower_95")
    )
    chart = go.Figure(layout=_layout(name, title, len(rows)))
    common = {"y": places, "hovertext": hover, "hoverinfo": "text"}
    error = {"type": "data", "array": above, "arrayminus": below, "color": "#111", "thickness": 1.6, "width": 5} if any(above) else None
    chart.add_bar(x=percent["value"], orientation="h", name="重算值", marker_color=BAR, width=0.45, error_x=error, **common)
    if any(v is not None for v in percent["reported_value"]):
        mark = {"symbol": "diamond-open", "size": 12, "color": MARK, "line": {"width": 2.5}}
        chart.add_scatter(x=percent["reported_value"], mode="markers", name="上报值", marker=mark, **common)
    top = max([100, *(v for c in percent.values() for v in c if v is not None)])
    chart.update_xaxes(range=[0, top * 1.03], ticksuffix="%")
    chart.update_yaxes(tickvals=places, ticktext=ticks, range=[len(rows) - 0.4, -0.6])
    return chart


def _labels(rows: Sequence[Row]) -> list[str]:
    """The township, and whatever else tells the rows of a chart apart."""
    parts = {"indicator_name": lambda r: r["indicator_name"], "breakdown": lambda r: r["breakdown"], "period_end": row_period}
    told = ["town_name", *(c for c in parts if len({r[c] for r in rows}) > 1)]
    return [" ".join(parts.get(c, lambda r: r["town_name"])(r) for c in told) for r in rows]


def badge_text(row: Row) -> str:
    """Why a row has no value, in words."""
    return VERDICTS[row["verdict"]][1] + ("，不予发布" if row["verdict"] == "contradicts" else "")


def _layout(name: str, title: str, rows: int) -> go.Layout:
    # dragging would zoom and keep a finger from scrolling the page
    axis = {"fixedrange": True, "automargin": True, "gridcolor": "#ddd", "zerolinecolor": "#555"}
    return go.Layout(
        template="none",
        meta={"name": name, "title": title},
        font={"family": FONT, "size": 13, "color": "#1a1a1a"},
        height=90 + 56 * rows,
        margin={"l": 8, "r": 16, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        showlegend=True,
        dragmode=False,
        xaxis=axis,
        yaxis={**axis, "showgrid": False, "zeroline": False},
        hoverlabel={"bgcolor": "#fff", "font": {"family": FONT}},
    )


def show(chart: go.Figure) -> None:
    """A chart on a published page as its own HTML with a caption, in JupyterLab through plotly's renderer."""
    meta = chart.layout.meta
    if not os.environ.get("ZHENSHU_PUBLISHING"):
        chart.update_layout(title=meta["title"], margin_t=70).show(config=CHART)
        return
    # a fixed id: the same figures give the same page, byte for byte
    body = chart.to_html(full_html=False, include_plotlyjs=False, include_mathjax=False, config=CHART, div_id=f"chart-{meta['name']}")
    figure_ = Markup('<figure class="chart" aria-label="{0}"><figcaption>{0}</figcaption>{1}</figure>')
    display(HTML(figure_.format(meta["title"], Markup(body))))
