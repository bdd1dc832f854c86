// What every page does: sort and filter tables, say what stands behind a figure, go to another township, load data files, print.
// Texts are Chinese here; w() gives them in the page's language (data/words.js).
const zhenshu = (() => {
  const waiting = {}, held = {};
  const w = (text) => (window.zhenshuWords || {})[text] || text;

  // a page read from a folder may not fetch, but it may load a script that hands over data
  const put = (name, content) => {
    held[name] = content;
    if (waiting[name]) waiting[name](content);
  };
  const load = (name) =>
    held[name]
      ? Promise.resolve(held[name])
      : new Promise((done, fail) => {
          waiting[name] = done;
          const script = document.createElement("script");
          script.src = `data/${name}.js`;
          script.onerror = () => fail(new Error(name));
          document.head.append(script);
        });

  // elements are made, never pasted together from text: a name is text everywhere
  const el = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  };

  const glyphs = {
    contradicts: ["×", w("自相矛盾")],
    differs: ["≠", w("有出入")],
    suspicious: ["？", w("存疑")],
    "not computable": ["／", w("无法计算")],
    "not reported": ["○", w("未报")],
    agrees: ["√", w("一致")],
    unchecked: ["◇", w("仅有上报数，未经核对")],
    suppressed: ["＊", w("数小不公布")],
  };
  const badge = (verdict) =>
    el("span", { class: `verdict ${verdict.replaceAll(" ", "-")}` }, el("span", { "aria-hidden": "true" }, glyphs[verdict][0]), ` ${glyphs[verdict][1]}`);

  const table = (caption, heads, rows, numeric = [], name = caption) => {
    const head = el("tr", {}, ...heads.map((text, i) => el("th", { scope: "col", class: numeric.includes(i) ? "number" : null }, text)));
    const body = rows.map((row) => {
      const { cells, ...attributes } = Array.isArray(row) ? { cells: row } : row;
      const made = cells.map((cell, i) =>
        i ? el("td", { class: numeric.includes(i) ? "number" : null }, cell) : el("th", { scope: "row" }, cell),
      );
      return el("tr", attributes, ...made);
    });
    const made = el("table", { class: "sortable" }, el("caption", {}, caption), el("thead", {}, head), el("tbody", {}, ...body));
    const grid = el("div", { class: "grid" }, el("div", { class: "frame", role: "region", tabindex: "0", "aria-label": name }, made));
    dress(grid);
    return grid;
  };

  // ---- sorting and filtering

  const key = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return "";
    const exact = cell.querySelector("data");
    const text = exact ? exact.value : cell.textContent.trim();
    const number = Number(text.replaceAll(",", "").replace("−", "-").replace(/%$/, ""));
    return text !== "" && Number.isFinite(number) ? number : exact ? Number(text) : text;
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : typeof a === "number" ? -1 : typeof b === "number" ? 1 : a.localeCompare(b, "zh");

  const sortable = (made) => {
    const body = made.tBodies[0], first = [...body.rows], heads = [...made.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const label = head.textContent;
      const button = el("button", { type: "button", title: w("按此列排序") });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort") || "none"];
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (next !== "none") head.setAttribute("aria-sort", next);
        const rows = first.filter((row) => !row.classList.contains("group"));
        const sorted = next === "none" ? first : rows.sort((a, b) => compare(key(a, column), key(b, column)) * (next === "ascending" ? 1 : -1));
        body.replaceChildren(...sorted);
      });
      button.setAttribute("aria-label", `${label} ${w("按此列排序")}`.trim());
    });
  };

  const filterable = (grid, made) => {
    const rows = () => [...made.tBodies[0].rows];
    const columns = (made.dataset.filters || "").split(",").filter(Boolean).map(Number);
    if (!columns.length && rows().length < 12) return;
    const name = made.caption ? made.caption.textContent : "";
    const find = el("input", { type: "search", placeholder: w("筛选"), "aria-label": `${w("筛选")} ${name}` });
    const picks = columns.map((column) => {
      const label = made.tHead.rows[0].cells[column].textContent;
      const values = [...new Set(rows().filter((r) => r.cells[column]).map((r) => r.cells[column].textContent.trim()))].sort((a, b) => a.localeCompare(b, "zh"));
      const pick = el("select", { "aria-label": `${label} ${name}` }, el("option", { value: "" }, `${label}：${w("全部")}`));
      pick.append(...values.map((value) => el("option", { value }, value || "—")));
      return pick;
    });
    const shown = el("output", {});
    const apply = () => {
      const sought = find.value.trim().toLowerCase();
      let count = 0, group = null;
      for (const row of rows()) {
        if (row.classList.contains("group")) {
          group = row;
          row.hidden = true;
          continue;
        }
        const fits =
          (!sought || row.textContent.toLowerCase().includes(sought)) &&
          picks.every((pick, i) => !pick.value || row.cells[columns[i]].textContent.trim() === pick.value);
        row.hidden = !fits;
        count += fits;
        if (fits && group) group.hidden = false;
      }
      shown.textContent = count ? `${count} ${w("行")}` : w("没有符合条件的行。");
    };
    for (const control of [find, ...picks]) control.addEventListener("input", apply);
    grid.insertBefore(el("p", { class: "filters" }, find, ...picks, shown), grid.querySelector(".frame"));
  };

  const dress = (grid) => {
    const made = grid.querySelector("table.sortable");
    if (!made) return;
    filterable(grid, made);
    sortable(made);
  };

  // ---- what stands behind a figure

  const tip = el("div", { id: "tip", role: "tooltip", hidden: "" });
  const show = (event) => {
    const figure = event.target.closest?.("[data-tip]");
    if (!figure || !figure.dataset.tip) return hide();
    tip.textContent = figure.dataset.tip;
    tip.hidden = false;
    figure.setAttribute("aria-describedby", "tip");
    const box = figure.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${box.bottom + 6 + tip.offsetHeight > innerHeight ? box.top - tip.offsetHeight - 6 : box.bottom + 6}px`;
  };
  const hide = () => {
    tip.hidden = true;
    document.querySelectorAll('[aria-describedby="tip"]').forEach((figure) => figure.removeAttribute("aria-describedby"));
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(tip);
    document.querySelectorAll(".grid").forEach(dress);
    document.addEventListener("mouseover", show);
    document.addEventListener("focusin", show);
    document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
    document.addEventListener("scroll", hide, true);
    document.querySelectorAll("select[data-go]").forEach((pick) => pick.addEventListener("change", () => (location.href = pick.value)));
  });

  // a drawing keeps its screen width on paper unless told: 186 mm at 96 dots an inch is what A4 leaves between margins
  const charts = () => document.querySelectorAll(".js-plotly-plot");
  addEventListener("beforeprint", () => charts().forEach((chart) => Plotly.relayout(chart, { width: 700 })));
  addEventListener("afterprint", () => charts().forEach((chart) => Plotly.relayout(chart, { width: null, autosize: true })));
  if (window.Plotly)
    Plotly.register({
      moduleType: "locale",
      name: "zh-CN",
      dictionary: { "Download plot as a PNG": "下载图片", "Download plot as a png": "下载图片" },
      format: { decimal: ".", thousands: ",", grouping: [3], currency: ["¥", ""] },
    });

  return { put, load, w, el, badge, table, about: () => JSON.parse(document.getElementById("about").textContent) };
})();
window.zhenshu = zhenshu;
