// The evidence of one figure, named behind # as period/indicator/breakdown/part: its cells, its ledgers' rows, its identities.
document.addEventListener("DOMContentLoaded", () => {
  const { w, el, badge, table, load } = zhenshu;
  const home = document.getElementById("evidence"), list = document.getElementById("ev-list");
  if (!home) return;
  const { town, definitions } = zhenshu.about();
  const pick = document.getElementById("ev-period"), find = document.getElementById("ev-find");
  const COLUMNS = ["value", "numerator", "denominator", "lower_95", "upper_95", "reported_value", "difference"];

  const trim = (digits) => (digits && digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits);
  const read = () => {
    const [period, indicator, by, part] = location.hash.slice(1).split("/").map(decodeURIComponent);
    return { period: period || pick.value, indicator, by: by || null, part: part || null };
  };
  const address = (period, indicator, by, part) =>
    "#" + [period, indicator, ...(by ? [by, part] : [])].map(encodeURIComponent).join("/");
  const name = (code) => (definitions[code] || [code])[0];
  const title = (f) => name(f[0]) + (f[1] ? ` · ${f[3]}` : "");
  const datum = (f, i, text) =>
    f[5][i] === null ? text || "—" : el("data", { value: f[5][i], "data-column": COLUMNS[i] === "value" ? null : COLUMNS[i] }, text);

  const place = (f, period) => ({
    "data-table": "mart_town_indicator", "data-town": town, "data-period": period, "data-indicator": f[0], "data-by": f[1], "data-part": f[2],
  });

  const facts = (f, period) => {
    const [value, top, bottom, interval, reported, difference] = f[6];
    const [, , , , source] = definitions[f[0]];
    const rows = [
      [w("重算值"), datum(f, 0, value)],
      ...(top || bottom ? [[`${w("分子")} ÷ ${w("分母")}`, el("span", {}, datum(f, 1, top), " ÷ ", datum(f, 2, bottom))]] : []),
      ...(f[7] ? [[w("口径"), f[7]]] : []),
      ...(interval ? [[w("95%区间"), `${interval}（${f[8]}）`]] : []),
      [w("上报值"), reported ? el("span", {}, datum(f, 5, reported), f[9] ? `（${w("原文")} ${f[9]}）` : "") : w("没有上报这个数。")],
      ...(difference ? [[w("重算减上报"), datum(f, 6, difference)]] : []),
      [w("结论"), badge(f[4])],
      [w("定义"), source || w("指标登记之外，按上报原名。")],
    ];
    return el("dl", { class: "notes facts", ...place(f, period) }, ...rows.flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, v)]));
  };

  const involved = (code) => [code, ...(definitions[code] || []).slice(1, 3).filter(Boolean)];

  const cells = (f, data) => {
    const codes = involved(f[0]);
    const all = data.cells.filter((c) => codes.includes(c[0]));
    const fits = all.filter((c) => (f[1] ? c[7].includes(f[2]) : true));
    const shown = f[1] ? fits : all;
    if (!shown.length) return el("p", {}, w("没有上报这个数。"));
    const own = f[10] && f[10].join("|");
    const rows = shown.map((c) => ({
      class: own === c.slice(1, 4).join("|") ? "own" : null,
      cells: [name(c[0]), c[7].join(" · ") || "—", c[1], c[2], el("b", {}, c[3]), `${c[4] ?? ""} ${c[5] === "share" ? "" : (c[5] ?? "")}`, trim(c[6])],
    }));
    return table(w("上报的单元格"), [w("指标"), w("分项"), w("文件"), w("工作表"), w("单元格"), w("原文"), w("入库值")], rows, [6]);
  };

  const ledgers = (f, data) => {
    const codes = involved(f[0]);
    const seen = new Map();
    for (const l of data.ledgers) if (codes.includes(l[0])) seen.set(l.slice(1).join("|"), l);
    if (!seen.size) return el("p", {}, w("不由台账重算。"));
    const rows = [...seen.values()].map((l) => {
      const button = el("button", { type: "button" }, w("显示台账各行"));
      button.addEventListener("click", () => records(l, f, button));
      return [l[2], l[3], l[4], `${l[5]}—${l[6]}`, l[7], button];
    });
    return table(w("重算所用的台账"), [w("台账"), w("文件"), w("工作表"), w("行号"), w("行数"), ""], rows, [3, 4]);
  };

  const records = async (l, f, button) => {
    const ledger = await load(`r_${town}_${l[1]}`);
    const column = ledger.names.indexOf({ village: "village", visit_type: "visit_type", fund_level: "fund_level", stage: "stage", program: "program", school_place: "school_place", exit_year: "exit_year", category: "category", change_type: "change_type" }[f[1]]);
    const rows = ledger.rows.filter((r) => r[0] === l[3] && r[1] === l[4] && (column < 0 || String(r[column + 3]) === f[2]));
    const made = table(`${l[2]}（${rows.length}）`, [w("行号"), ...ledger.heads], rows.map((r) => [r[2], ...r.slice(3).map((v) => (v === true ? "√" : v === false ? "×" : (v ?? "")))]));
    button.closest(".grid").after(made);
    button.remove();
  };

  const identities = (f, data) => {
    const codes = involved(f[0]);
    const shown = data.identities.filter((i) => codes.includes(i[1]) && (i[2] || null) === f[1] && (i[3] || null) === f[2]);
    if (!shown.length) return el("p", {}, w("没有涉及它的勾稽关系。"));
    const line = (i) => {
      const [left, operator, right, difference] = i[5];
      const refs = i[8].map((c) => `${c[3] > 0 ? "+" : "−"}${Math.abs(c[3]) === 1 ? "" : Math.abs(c[3])} ${c[0]} · ${c[1]} · ${c[2]}`);
      return el("li", { class: i[4] ? "passes" : "fails" },
        el("b", {}, `${i[4] ? `√ ${w("成立")}` : `× ${w("不成立")}`} ${i[0]}`), ` ${name(i[1])}：${left} ${operator === "=" ? "＝" : "≥"} ${right}`,
        i[4] ? "" : `，${w("相差")} ${difference}`, el("br"), el("small", {}, i[6] || ""),
        i[7] ? el("p", { class: "warning" }, `${w("解释")}：${i[7]}`) : "",
        refs.length ? el("details", {}, el("summary", {}, `${w("单元格")} ${refs.length}`), ...refs.map((r) => el("div", {}, r))) : "");
    };
    const broken = shown.filter((i) => !i[4]), sound = shown.filter((i) => i[4]);
    return el("div", {}, el("ul", { class: "checks" }, ...broken.map(line)),
      sound.length ? el("details", {}, el("summary", {}, `√ ${w("成立")} ${sound.length}`), el("ul", { class: "checks" }, ...sound.map(line))) : "");
  };

  const parts = (f, data, period) => {
    const found = data.figures.filter((p) => p[0] === f[0] && p[1]);
    if (f[1] || !found.length) return "";
    return el("details", {}, el("summary", {}, `${w("各分项")} ${found.length}`), overview(found, period));
  };

  const overview = (figures, period) =>
    table(`${w("本期的全部数")} ${figures.length}`, [w("指标"), `${w("分子")} ÷ ${w("分母")}`, w("重算值"), w("上报值"), w("重算减上报"), w("结论")],
      figures.map((f) => ({
        ...place(f, period),
        cells: [
          el("a", { href: address(period, f[0], f[1], f[2]) }, title(f)),
          f[6][1] || f[6][2] ? el("span", {}, datum(f, 1, f[6][1]), " ÷ ", datum(f, 2, f[6][2])) : "",
          datum(f, 0, f[6][0]), datum(f, 5, f[6][4]), datum(f, 6, f[6][5]), badge(f[4]),
        ],
      })), [1, 2, 3, 4]);

  const draw = async () => {
    const at = read();
    if ([...pick.options].some((o) => o.value === at.period)) pick.value = at.period;
    home.replaceChildren(el("p", { class: "note" }, w("正在读取…")));
    const data = await load(`e_${town}_${at.period}`).catch(() => null);
    const f = data && data.figures.find((x) => x[0] === at.indicator && x[1] === at.by && x[2] === at.part);
    if (f)
      home.replaceChildren(
        el("h2", { id: "figure", tabindex: "-1" }, `${title(f)}　${pick.selectedOptions[0]?.textContent ?? at.period}`),
        el("p", { class: "pick" }, el("a", { href: `town_${town}.html` }, w("回到乡镇页")), " ", el("a", { href: `comparison.html#${encodeURIComponent(f[0])}/${at.period}` }, w("与其他乡镇比较"))),
        facts(f, at.period), cells(f, data), ledgers(f, data),
        el("h3", {}, w("涉及的勾稽关系")), identities(f, data), parts(f, data, at.period));
    else home.replaceChildren(at.indicator ? el("p", { class: "warning" }, `${name(at.indicator)}：${w("没有这个数。")}`) : "");
    const sought = find.value.trim();
    const whole = data ? data.figures.filter((x) => (sought ? title(x).includes(sought) : !x[1])).slice(0, 300) : [];
    list.replaceChildren(el("h2", {}, w("本期的全部数")), overview(whole, at.period));
    document.body.dataset.ready = location.hash || "yes";
    if (f) { document.getElementById("figure").focus({ preventScroll: true }); scrollTo(0, 0); }
  };
  pick.addEventListener("change", () => (location.hash = address(pick.value, read().indicator || "", read().by, read().part)));
  find.addEventListener("input", draw);
  addEventListener("hashchange", draw);
  draw();
});
