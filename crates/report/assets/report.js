"use strict";
(function () {
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const digits = (x) => (x >= 99.95 ? x.toFixed(0) : x >= 9.995 ? x.toFixed(1) : x.toFixed(2));
  // "2.00 ms" is "2 ms" on an axis.
  const short = (text) => text.replace(/(\.\d*?)0+(?= )/, "$1").replace(/\.(?= )/, "");
  const clock = (s) => {
    const p = (n) => String(Math.floor(n)).padStart(2, "0");
    return s < 3600 ? Math.floor(s / 60) + ":" + p(s % 60) : Math.floor(s / 3600) + ":" + p((s / 60) % 60) + ":" + p(s % 60);
  };
  const millis = (ms) =>
    ms == null ? "" : ms === 0 ? "0" : ms < 0.9995 ? digits(ms * 1000) + " µs" : ms < 999.5 ? digits(ms) + " ms" : ms < 59950 ? digits(ms / 1000) + " s" : clock(ms / 1000);
  const count = (n) => (n == null ? "" : n.toLocaleString("en", { maximumFractionDigits: n < 100 ? 1 : 0 }));
  const axisCount = (n) => (n >= 1e6 ? n / 1e6 + "M" : n >= 1e4 ? n / 1e3 + "k" : n.toLocaleString("en"));
  const percentileName = (x) => {
    if (x === 0) return "0%";
    return x === 1 ? "90%" : "99" + (x > 2 ? "." + "9".repeat(x - 2) : "") + "%";
  };
  const percentileAt = (x) => {
    const decimals = Math.max(1, Math.min(8, Math.ceil(x)));
    return "p" + (100 * (1 - Math.pow(10, -x))).toFixed(decimals).replace(/\.?0+$/, "");
  };

  const colours = { lateness: "--c6", service: "--c2", response: "--c1", landing: "--c5", profile: "--c3" };
  const line = (label, colour, more) => Object.assign({ label, stroke: css(colour), width: 1.75, points: { show: false }, spanGaps: false }, more);
  const axis = (more) => Object.assign({ stroke: css("--quiet"), font: "12px system-ui, sans-serif", grid: { stroke: css("--grid"), width: 1 }, ticks: { show: false }, gap: 6 }, more);
  const seconds = () => ({ label: "at", value: (u, v) => (v == null ? "" : clock(v)) });
  const timeAxis = () => axis({ values: (u, vs) => vs.map(clock), incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200], space: 70, size: 32 });
  const fade = (colour, share) => "color-mix(in srgb, " + css(colour) + " " + share + "%, transparent)";
  const fromZero = (u, min, max) => [0, max > 0 ? max * 1.08 : 1];
  // A logarithmic axis over whole steps of 1, 2, 5, so that its ends have labels.
  const logRange = (u, min, max) => {
    if (min == null || !(max > 0)) return [0.1, 10];
    const low = Math.pow(10, Math.floor(Math.log10(Math.max(min, 1e-4))));
    let high = Math.pow(10, Math.ceil(Math.log10(max) - 1e-9));
    return [low, high <= low ? low * 10 : high];
  };
  const logSplits = (u, i, min, max) => {
    const splits = [];
    const few = max / min > 2000;
    for (let p = Math.round(Math.log10(min)); p <= Math.round(Math.log10(max)); p++)
      for (const step of few ? [1] : [1, 2, 5]) {
        const v = step * Math.pow(10, p);
        if (v >= min * 0.999 && v <= max * 1.001) splits.push(v);
      }
    return splits;
  };
  const msTick = (v) => (v < 59950 ? short(millis(v)) : v / 1000 + " s");
  const msAxis = () => axis({ size: 66, values: (u, vs) => vs.map(msTick), splits: logSplits, filter: (u, vs) => vs });
  const msScale = { distr: 3, range: logRange };
  const msValue = { value: (u, v) => millis(v) };
  const perSecond = { value: (u, v) => (v == null ? "" : count(v) + "/s") };

  // Thresholds over the latency curves: a dashed line each, with its text at the left.
  const drawLimits = (limits) => (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.font = 12 * devicePixelRatio + "px system-ui, sans-serif";
    ctx.textAlign = "left";
    for (const limit of limits) {
      const y = u.valToPos(limit.value, "y", true);
      if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
      ctx.strokeStyle = ctx.fillStyle = css(limit.passed ? "--good" : "--bad");
      ctx.lineWidth = 1.25 * devicePixelRatio;
      ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      // Above its line, or below it where there is no room above.
      const below = y - 16 * devicePixelRatio < bbox.top;
      ctx.textBaseline = below ? "top" : "bottom";
      ctx.fillText(limit.label, bbox.left + 8 * devicePixelRatio, y + (below ? 3 : -3) * devicePixelRatio);
      if (limit.x != null) {
        const x = u.valToPos(limit.x, "x", true);
        ctx.setLineDash([]);
        ctx.beginPath();
        ctx.arc(x, y, 4 * devicePixelRatio, 0, 2 * Math.PI);
        ctx.fill();
      }
    }
    ctx.restore();
  };

  // The warm-up, in which nothing is measured: a shade behind the lines of a time axis.
  const shade = (until) => (u) => {
    const { ctx, bbox } = u;
    const end = Math.min(u.valToPos(until, "x", true), bbox.left + bbox.width);
    if (!(until > 0) || end <= bbox.left) return;
    ctx.save();
    ctx.fillStyle = fade("--quiet", 14);
    ctx.fillRect(bbox.left, bbox.top, end - bbox.left, bbox.height);
    ctx.fillStyle = css("--quiet");
    ctx.font = 12 * devicePixelRatio + "px system-ui, sans-serif";
    ctx.textAlign = "left";
    ctx.textBaseline = "top";
    const word = "warm-up";
    if (ctx.measureText(word).width + 12 * devicePixelRatio < end - bbox.left) ctx.fillText(word, bbox.left + 6 * devicePixelRatio, bbox.top + 4 * devicePixelRatio);
    ctx.restore();
  };

  const draw = {
    rate: (d) => ({
      data: [d.time, d.target, d.achieved],
      series: [seconds(), line("target", "--quiet", { dash: [6, 4], width: 1.5, ...perSecond }), line("achieved", "--c1", { fill: fade("--c1", 12), ...perSecond })],
      axes: [timeAxis(), axis({ size: 66, values: (u, vs) => vs.map(axisCount) })],
      scales: { y: { range: fromZero } },
    }),
    response: (d) => ({
      data: [d.time, d.response.max, d.response.p999, d.response.p99, d.response.p90, d.response.p50],
      series: [seconds(), line("max", "--c5", { width: 1, ...msValue }), line("p99.9", "--c4", msValue), line("p99", "--c3", msValue), line("p90", "--c2", msValue), line("p50", "--c1", { width: 2.25, ...msValue })],
      bands: [[1, 2, "--c5"], [2, 3, "--c4"], [3, 4, "--c3"], [4, 5, "--c2"]].map(([a, b, c]) => ({ series: [a, b], fill: fade(c, 13) })),
      axes: [timeAxis(), msAxis()],
      scales: { y: msScale },
    }),
    percentiles: (d) => {
      const most = Math.max(0, ...d.limits.map((limit) => limit.value));
      const range = (u, min, max) => logRange(u, min, Math.max(max, most));
      // Service often lies on response: thin, and on top of it.
      const width = { response: 3, service: 1.25 };
      const curves = d.curves.filter((c) => c.name !== "service").concat(d.curves.filter((c) => c.name === "service"));
      return {
        data: [d.curve_x, ...curves.map((c) => c.values.map((v) => (v > 0 ? v : null)))],
        series: [{ label: "at", value: (u, v) => (v == null ? "" : percentileAt(v)) }, ...curves.map((c) => line(c.name, colours[c.name], { width: width[c.name] || 1.75, ...msValue }))],
        axes: [axis({ splits: (u, i, min, max) => Array.from({ length: Math.floor(max + 1e-6) + 1 }, (_, k) => k), values: (u, vs) => vs.map(percentileName), space: 40, size: 32 }), msAxis()],
        scales: { y: { distr: 3, range } },
        hooks: { draw: [drawLimits(d.limits)] },
        alone: true,
      };
    },
    landing: (d) => ({
      data: [d.landed.seconds, d.landed.percent],
      series: [{ label: "after", value: (u, v) => (v == null ? "" : millis(v * 1000)) }, line("landed", "--c5", { fill: fade("--c5", 12), value: (u, v) => (v == null ? "" : v.toFixed(2) + "%") })],
      axes: [axis({ values: (u, vs) => vs.map((v) => short(millis(v * 1000))), incrs: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600], space: 70, size: 32 }), axis({ size: 66, values: (u, vs) => vs.map((v) => v + "%") })],
      scales: { y: { range: [0, 105] } },
      alone: true,
    }),
    errors: (d) => ({
      data: [d.time, d.rejected, d.skipped],
      series: [seconds(), line("rejected and abandoned", "--bad", { fill: fade("--bad", 15), ...perSecond }), line("skipped", "--c3", perSecond)],
      axes: [timeAxis(), axis({ size: 66, values: (u, vs) => vs.map(axisCount) })],
      scales: { y: { range: fromZero } },
    }),
    in_flight: (d) => ({
      data: [d.time, d.in_flight],
      series: [seconds(), line("in flight", "--c6", { fill: fade("--c6", 14), value: (u, v) => count(v) })],
      axes: [timeAxis(), axis({ size: 60, values: (u, vs) => vs.map(axisCount) })],
      scales: { y: { range: fromZero } },
    }),
    lateness: (d) => ({
      data: [d.time, d.lateness.max, d.lateness.p99, d.lateness.p50],
      series: [seconds(), line("max", "--c5", { width: 1, ...msValue }), line("p99", "--c3", msValue), line("p50", "--c6", { width: 2.25, ...msValue })],
      axes: [timeAxis(), msAxis()],
      scales: { y: msScale },
    }),
  };

  const charts = [];
  const build = () => {
    for (const chart of charts.splice(0)) chart.destroy();
    document.querySelectorAll(".stream").forEach((stream, index) => {
      const data = JSON.parse(stream.querySelector(".data").textContent);
      stream.querySelectorAll("[data-chart]").forEach((place) => {
        const spec = draw[place.dataset.chart](data);
        if (!spec.data[0].length) return;
        const options = {
          width: place.clientWidth,
          height: place.classList.contains("tall") ? 320 : place.classList.contains("short") ? 180 : 240,
          series: spec.series,
          axes: spec.axes,
          bands: spec.bands || [],
          scales: Object.assign({ x: { time: false } }, spec.scales),
          hooks: spec.hooks || { drawClear: [shade(data.warm_up)] },
          cursor: { sync: spec.alone ? undefined : { key: "time" + index }, points: { size: 6 }, focus: { prox: 24 } },
          legend: { live: true },
          padding: [10, 26, 0, 0],
        };
        charts.push(new uPlot(options, spec.data, place));
      });
    });
  };
  build();

  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(build, 120);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", build);
  const printing = (on) => () => {
    document.documentElement.classList.toggle("print", on);
    document.querySelectorAll("details").forEach((details) => (details.open = on));
    build();
  };
  addEventListener("beforeprint", printing(true));
  addEventListener("afterprint", printing(false));
})();
