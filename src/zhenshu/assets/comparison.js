// One indicator and one period across the townships: ranked bars with intervals, funnel, course over the periods, small multiples, table.
document.addEventListener("DOMContentLoaded", () => {
  const { w, el, badge, table, load } = zhenshu;
  const home = document.getElementById("cmp");
  if (!home) return;
  const about = zhenshu.about();
  const pick = document.getElementById("cmp-indicator"), when = document.getElementById("cmp-period");
  const INK = "#1a1a1a", BAR = "#5b7286", MARK = "#8c2f1b", SOFT = "#c9d1d8";
  const FONT = getComputedStyle(document.documentElement).fontFamily;
  const axis = { fixedrange: true, automargin: true, gridcolor: "#ddd", zerolinecolor: "#555" };
  const text = (s) => String(s).replaceAll("&", "&amp;").replaceAll("<", "&lt;");

  const chart = (id, title, traces, layout, note) => {
    const box = el("figure", { class: "chart", id, "aria-label": title }, el("figcaption", {}, title), el("div", {}));
    if (note) box.append(el("p", { class: "note" }, note));
    home.append(box);
    Plotly.newPlot(box.children[1], traces,
      { font: { family: FONT, size: 13, color: INK }, margin: { l: 8, r: 16, t: 8, b: 8 }, dragmode: false, showlegend: false, hoverlabel: { bgcolor: "#fff" }, ...layout },
      { displaylogo: false, responsive: true, locale: "zh-CN", modeBarButtons: [["toImage"]] });
  };

  const scale = (d) => (d.unit === "share" ? 100 : 1);
  const suffix = (d) => (d.unit === "share" ? "%" : "");

  const bars = (d, p) => {
    const rows = p.rows.filter((r) => r[2][0] !== null).sort((a, b) => a[2][0] - b[2][0]);
    const k = scale(d), worse = d.better === "low";
    if (worse) rows.reverse();
    const value = rows.map((r) => r[2][0] * k);
    const side = (i, sign) => rows.map((r, n) => (r[2][i] === null ? 0 : sign * (r[2][i] * k - value[n])));
    const has = rows.some((r) => r[2][1] !== null);
    const lines = [p.county && p.county[0] !== null ? [p.county[0] * k, `${w("全县")} ${p.county[1]}`, "solid"] : null, d.target !== null ? [d.target * k, `${w("目标")} ${+(d.target * k).toFixed(4)}${suffix(d)}`, "dot"] : null].filter(Boolean);
    chart("chart-bars", `${w("排序与区间")}：${d.name}（${p.label}）`, [{
      type: "bar", orientation: "h", x: value, y: rows.map((_, i) => i), marker: { color: BAR }, width: 0.6, hoverinfo: "text",
      hovertext: rows.map((r) => `${text(r[1])}<br>${r[3][0]}<br>${text(r[6])}`),
      error_x: has ? { type: "data", symmetric: false, array: side(2, 1), arrayminus: side(1, -1), color: INK, thickness: 1.5, width: 4 } : undefined,
    }], {
      height: 70 + 24 * rows.length,
      xaxis: { ...axis, ticksuffix: suffix(d), rangemode: "tozero" },
      yaxis: { ...axis, showgrid: false, zeroline: false, tickvals: rows.map((_, i) => i), ticktext: rows.map((r) => `${text(r[1])}　<b>${r[3][0]}</b>`) },
      shapes: lines.map(([x, , dash]) => ({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: MARK, width: 1.5, dash } })),
      annotations: lines.map(([x, label], i) => ({ x, y: 1, yref: "paper", yanchor: "bottom", yshift: i * 14, xanchor: x > Math.max(...value) * 0.7 ? "right" : "left", text: label, showarrow: false, font: { size: 12, color: MARK } })),
      margin: { l: 8, r: 16, t: 36, b: 8 },
    }, has ? "" : w("资金比例和金额没有抽样区间：只列数值，不作高低的判断。"));
  };

  const funnel = (d, p) => {
    const rows = p.rows.filter((r) => r[2][0] !== null && Number(r[2][4]) > 0);
    if (d.kind !== "proportion" || rows.length < 3) return;
    const k = scale(d), x = rows.map((r) => Number(r[2][4]));
    const traces = [{ type: "scatter", mode: "markers+text", x, y: rows.map((r) => r[2][0] * k), text: rows.map((r) => text(r[1])), textposition: "top center", textfont: { size: 11 }, marker: { color: rows.map((r) => (r[7].outside ? MARK : BAR)), symbol: rows.map((r) => (r[7].outside ? "diamond" : "circle")), size: 9 }, hoverinfo: "text", hovertext: rows.map((r) => `${text(r[1])}<br>${r[3][0]}<br>${text(r[6])}`) }];
    const order = rows.map((_, i) => i).sort((a, b) => x[a] - x[b]);
    let limits = false;
    for (const [name, dash] of [["low95", "dash"], ["high95", "dash"], ["low998", "solid"], ["high998", "solid"]]) {
      if (rows.every((r) => r[7][name] === undefined)) continue;
      limits = true;
      traces.push({ type: "scatter", mode: "lines", x: order.map((i) => x[i]), y: order.map((i) => (rows[i][7][name] ?? null) === null ? null : rows[i][7][name] * k), line: { color: SOFT, dash, width: 1.5 }, hoverinfo: "skip" });
    }
    const middle = rows.map((r) => r[7].mean).find((m) => m !== undefined) ?? p.county?.[0];
    chart("chart-funnel", `${w("漏斗图")}：${d.name}（${p.label}）`, traces, {
      height: 380, xaxis: { ...axis, title: { text: text(`${w("分母")}：${d.wording || ""}`) } }, yaxis: { ...axis, ticksuffix: suffix(d) },
      shapes: middle === null || middle === undefined ? [] : [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: middle * k, y1: middle * k, line: { color: MARK, width: 1 } }],
    }, limits ? w("各点为乡镇，曲线为95%和99.8%界限") : w("库中没有名次和漏斗界限：只按数值排列，不代表名次；区间重叠的乡镇不宜分先后。"));
  };

  // periods that continue one another: the same beginning for what runs through the year
  const course = (d, p) => d.periods.filter((o) => o.key.slice(0, 10) === p.key.slice(0, 10)).sort((a, b) => (a.key < b.key ? -1 : 1));

  const slope = (d, p) => {
    const periods = course(d, p), k = scale(d);
    if (periods.length < 2) return;
    const labels = periods.map((o) => o.label);
    const traces = p.rows.map((r) => ({
      type: "scatter", mode: "lines+markers", x: labels, name: r[1], line: { color: SOFT, width: 1.5 }, marker: { size: 5, color: BAR }, hoverinfo: "text",
      y: periods.map((o) => { const found = o.rows.find((q) => q[0] === r[0]); return found && found[2][0] !== null ? found[2][0] * k : null; }),
      hovertext: periods.map((o) => { const found = o.rows.find((q) => q[0] === r[0]); return found ? `${text(r[1])} ${o.label}<br>${found[3][0]}` : ""; }),
    }));
    const county = periods.map((o) => (o.county && o.county[0] !== null ? o.county[0] * k : null));
    if (county.some((v) => v !== null)) traces.push({ type: "scatter", mode: "lines+text", x: labels, y: county, line: { color: MARK, width: 2.5 }, text: county.map((_, i) => (i === county.length - 1 ? w("全县") : "")), textposition: "top left", hoverinfo: "text", hovertext: periods.map((o) => `${w("全县")} ${o.label}<br>${o.county?.[1]}`) });
    chart("chart-slope", `${w("逐期变化")}：${d.name}`, traces, { height: 360, xaxis: { ...axis, type: "category" }, yaxis: { ...axis, ticksuffix: suffix(d) } });
    multiples(d, p, periods);
  };

  const multiples = (d, p, periods) => {
    const all = periods.flatMap((o) => o.rows.map((r) => r[2][0])).filter((v) => v !== null);
    const low = Math.min(...all), span = Math.max(...all) - low || 1, width = 120, height = 44;
    const space = new DOMParser().parseFromString("<svg></svg>", "text/html").querySelector("svg").namespaceURI;
    const svg = (tag, attributes) => { const made = document.createElementNS(space, tag); Object.entries(attributes).forEach(([n, v]) => made.setAttribute(n, v)); return made; };
    const items = p.rows.map((r) => {
      const points = periods.map((o, i) => [o.rows.find((q) => q[0] === r[0])?.[2][0] ?? null, i]).filter(([v]) => v !== null)
        .map(([v, i]) => `${(4 + (i * (width - 8)) / (periods.length - 1)).toFixed(1)},${(height - 4 - ((height - 8) * (v - low)) / span).toFixed(1)}`);
      const drawn = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${r[1]} ${d.name} ${r[3][0]}` });
      drawn.append(svg("polyline", { points: points.join(" ") }));
      return el("li", {}, el("span", {}, r[1]), drawn, el("b", {}, r[3][0]));
    });
    home.append(el("figure", { class: "chart", id: "chart-multiples" }, el("figcaption", {}, `${w("各乡镇小图")}：${d.name}（${periods[0].label}—${periods.at(-1).label}）`), el("ul", { class: "multiples" }, ...items)));
  };

  const ranked = (d, p) => {
    const known = p.rows.some((r) => r[7].sentence !== undefined);
    const sign = d.better === "low" ? 1 : -1;
    const rows = [...p.rows].sort((a, b) => (a[2][0] === null) - (b[2][0] === null) || sign * (a[2][0] - b[2][0]));
    const heads = [w("乡镇"), ...(known ? [w("名次"), w("可能名次"), w("不能区分"), w("漏斗"), w("收缩估计")] : []), w("指标值"), w("95%区间"), w("分子÷分母"), w("上报值"), w("结论")];
    const lines = rows.map((r) => {
      const extra = r[7], value = r[2][0] === null ? r[3][0] : el("data", { value: r[2][0] }, r[3][0]);
      const shown = about.public ? value : el("a", { href: `evidence_${r[0]}.html#${p.key}/${encodeURIComponent(d.code)}`, "data-tip": r[6] }, value);
      return {
        "data-table": "mart_town_indicator", "data-town": r[0], "data-indicator": d.code, "data-period": p.key,
        cells: [el("a", { href: `town_${r[0]}.html` }, r[1]), ...(known ? [extra.rank ?? "—", extra.best === undefined ? "—" : `${extra.best}—${extra.worst}`,
          el("span", { tabindex: "0", "data-tip": extra.towns || extra.sentence }, extra.same === undefined ? "—" : String(extra.same)), extra.funnel ?? "—", extra.shrunk ?? "—"] : []),
          shown, r[3][1], r[3][2], r[4] ?? w("未报"), badge(r[5])],
      };
    });
    const n = heads.length;
    const grid = table(`${d.name}（${p.label}）`, heads, lines, Array.from({ length: n - 2 }, (_, i) => i + 1));
    if (d.downloads) {
      const links = new DOMParser().parseFromString(d.downloads, "text/html").body.firstElementChild;
      grid.prepend(document.adoptNode(links));
    }
    const said = known ? w("可能名次：两两比较、按比较次数校正后，只凭偶然可能的最好与最差名次。不能区分：与它分不出高低的乡镇数。收缩估计只供参考，不代替指标值。") : "";
    if (said) grid.append(el("p", { class: "note" }, said));
    if (!known) grid.append(el("p", { class: "note" }, w("库中没有名次和漏斗界限：只按数值排列，不代表名次；区间重叠的乡镇不宜分先后。")));
    home.append(grid);
  };

  const read = () => {
    const [code, period] = location.hash.slice(1).split("/").map(decodeURIComponent);
    return { index: Math.max(0, about.indicators.indexOf(code)), period };
  };
  const draw = async () => {
    const at = read();
    pick.value = at.index;
    home.replaceChildren(el("p", { class: "note" }, w("正在读取…")));
    const d = await load(`c_${at.index}`);
    when.replaceChildren(...d.periods.map((p) => el("option", { value: p.key }, p.label)));
    if (d.periods.some((p) => p.key === at.period)) when.value = at.period;
    const p = d.periods.find((o) => o.key === when.value);
    home.replaceChildren(el("h2", { id: "chosen" }, `${d.name}　${p?.label ?? ""}`), el("p", { class: "note" }, [d.wording && `${w("分母")}：${d.wording}`, d.source].filter(Boolean).join("；")));
    if (!p || !p.rows.some((r) => r[2][0] !== null)) home.append(el("p", { class: "warning" }, w("没有可以比较的数。")));
    else {
      bars(d, p);
      funnel(d, p);
      slope(d, p);
    }
    if (p) ranked(d, p);
    document.body.dataset.ready = `${about.indicators[at.index]}/${p?.key}`;
  };
  const go = (period) => (location.hash = [about.indicators[pick.value], period].filter(Boolean).map(encodeURIComponent).join("/"));
  pick.addEventListener("change", () => go());
  when.addEventListener("change", () => go(when.value));
  addEventListener("hashchange", draw);
  draw();
});
