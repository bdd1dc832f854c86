// What plotly needs to speak Chinese and to fit the paper when a page is printed.
Plotly.register({
  moduleType: "locale",
  name: "zh-CN",
  dictionary: { "Download plot as a PNG": "下载图片", "Download plot as a png": "下载图片" },
  format: { decimal: ".", thousands: ",", grouping: [3], currency: ["¥", ""] },
});

const charts = () => document.querySelectorAll(".js-plotly-plot");

// a drawing keeps its screen width on paper unless told: 186 mm at 96 dots an inch is what A4 leaves between margins
addEventListener("beforeprint", () => charts().forEach((chart) => Plotly.relayout(chart, { width: 700 })));
addEventListener("afterprint", () => charts().forEach((chart) => Plotly.relayout(chart, { width: null, autosize: true })));
