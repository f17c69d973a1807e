(async () => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const names = Object.keys(figures);
  const links = [...document.querySelectorAll(".toc a")];
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting)
      for (const link of links) link.classList.toggle("here", link.hash === "#" + entry.target.id);
  }, { rootMargin: "0px 0px -70% 0px" });
  document.querySelectorAll("main > section").forEach((section) => seen.observe(section));
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  if (names.length) {
    const packed = Uint8Array.from(atob(document.getElementById("packed").textContent), (sign) => sign.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.appendChild(script);
    const dark = matchMedia("(prefers-color-scheme: dark)"), DARK = __DARK__;
    const recolour = (node) => {
      for (const key in node) {
        const value = node[key];
        if (typeof value === "string") node[key] = DARK[value] || value;
        else if (value && typeof value === "object" && key !== "colorscale") recolour(value);
      }
    };
    const draw = async () => {
      for (const name of names) {
        const { data, layout } = structuredClone(figures[name]), place = document.getElementById(name);
        if (dark.matches) { recolour(data); recolour(layout); }
        if (place.clientWidth < 480) {
          layout.margin = { ...layout.margin, l: Math.min(layout.margin?.l ?? 40, 44), r: 8 };
          layout.font = { ...layout.font, size: 11 };
          for (const axis of ["xaxis", "yaxis"]) if (layout[axis]?.nticks) layout[axis].nticks = axis === "xaxis" ? 4 : 5;
          if (data[0]?.type === "bar") layout.xaxis.range = [0, 1.9];
          if (data[0]?.type === "heatmap" && data[0].x.length > 9) data[0].textfont = { ...data[0].textfont, size: 8 };
        }
        delete layout.width;
        await Plotly.react(place, data, { ...layout, autosize: true }, { displayModeBar: false, responsive: true });
      }
      document.body.dataset.drawn = names.length;
    };
    dark.addEventListener("change", draw);
    await draw();
  }
  document.body.dataset.ready = 1;
})();
