(async () => {
  const root = document.body, all = (what, where = document) => [...where.querySelectorAll(what)];

  // The current section in the contents: the last whose head has passed the upper third, or the last at the end.
  const links = all(".toc a"), sections = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  const mark = () => {
    const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 4;
    const passed = sections.filter((one) => one.getBoundingClientRect().top < innerHeight / 3).length;
    const here = end ? links.length - 1 : Math.max(0, passed - 1);
    links.forEach((link, place) => {
      if (place === here && !link.hasAttribute("aria-current")) {
        link.setAttribute("aria-current", "true");
        const list = link.closest("ol");
        list.scrollLeft = link.offsetLeft - (list.clientWidth - link.offsetWidth) / 2;
      } else if (place !== here) link.removeAttribute("aria-current");
    });
  };
  if (links.length) {
    let waits = false;
    addEventListener("scroll", () => {
      if (!waits) requestAnimationFrame(() => { waits = false; mark(); });
      waits = true;
    }, { passive: true });
    addEventListener("resize", mark);
    mark();
  }

  // On paper everything is open; afterwards what was folded is folded again.
  const opened = [];
  addEventListener("beforeprint", () => all("details:not([open]):not(.method)").forEach((one) => { one.open = true; opened.push(one); }));
  addEventListener("afterprint", () => opened.splice(0).forEach((one) => { one.open = false; }));

  // A link to a folded part opens it.
  const reveal = () => {
    const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let one = place; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
    if (place) place.scrollIntoView();
  };
  addEventListener("hashchange", reveal);

  // Tables sort by their plain values; gaps stay last; the third time the first order is back.
  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };
  for (const table of all("table.data")) {
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0], first = [...body.rows];
    heads.forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const way = NEXT[head.getAttribute("aria-sort")], sign = way === "descending" ? -1 : 1;
        for (const other of heads) other.setAttribute("aria-sort", other === head ? way : "none");
        const number = head.classList.contains("n");
        const key = (row) => row.cells[place].dataset.v ?? row.cells[place].textContent;
        const gap = (row) => "gap" in row.cells[place].dataset;
        const compare = (a, b) => gap(a) - gap(b)
          || (gap(a) ? 0 : sign * (number ? Number(key(a)) - Number(key(b)) : words.compare(key(a), key(b))));
        body.append(...(way === "none" ? first : [...first].sort(compare)));
      });
    });
  }

  // Each static drawing gives way to its chart once that can be drawn; if it cannot, the drawing stays.
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)"), DARK = __DARK__, PHONE = 480;
  const recolour = (node) => {
    for (const key in node) {
      const value = node[key];
      if (typeof value === "string") node[key] = DARK[value] || value;
      else if (value && typeof value === "object") recolour(value);
    }
  };
  const wrapped = (text, size) => String(text).split(" ").reduce((lines, word) => {
    const last = lines.length - 1;
    if (last >= 0 && (lines[last] + " " + word).length <= size) lines[last] += " " + word;
    else lines.push(word);
    return lines;
  }, []).join("<br>");
  const narrowed = (data, layout) => {
    layout.margin = { ...layout.margin, l: Math.min(layout.margin?.l ?? 40, 44), r: 8 };
    layout.font = { ...layout.font, size: 12 };
    for (const axis of ["xaxis", "yaxis"]) {
      const one = layout[axis];
      if (!one) continue;
      if (one.nticks) one.nticks = axis === "xaxis" ? 4 : 5;
      if (Array.isArray(one.ticktext)) one.ticktext = one.ticktext.map((text) => wrapped(text, 16));
      if (one.title?.text) one.title.text = wrapped(one.title.text, 36);
    }
    if (data[0]?.type === "heatmap" && data[0].x.length > 9) {
      data[0].textfont = { ...data[0].textfont, size: 10 };
      data[0].xgap = data[0].ygap = 1;
      layout.margin.l = 8;
      // Numbers of more columns run into each other: a scale of colours stands for them.
      if (data[0].x.length > 14 && !data[0].showscale) {
        data[0].texttemplate = ""; data[0].showscale = true;
        layout.xaxis.nticks = 8; layout.height += 36; layout.margin.b += 36;
      }
    }
    for (const one of data) if (one.name) one.name = wrapped(one.name, 24);
  };
  const draw = async (name) => {
    const { data, layout } = structuredClone(figures[name]), place = document.getElementById(name);
    const figure = place?.closest("figure");
    if (!figure || figure.closest("details:not([open])")) return;
    figure.classList.add("live");
    try {
      if (dark.matches) { recolour(data); recolour(layout); }
      layout.hoverlabel = { ...layout.hoverlabel, namelength: -1, align: "left" };
      layout.dragmode = false;
      if (place.clientWidth < PHONE) {
        // What is wider than a phone stays as the drawing that was made for one.
        if (layout.meta?.wide) { figure.classList.remove("live"); return; }
        narrowed(data, layout);
      }
      delete layout.width;
      await Plotly.react(place, data, { ...layout, autosize: true }, { displayModeBar: false, responsive: true });
    } catch (error) {
      figure.classList.remove("live");
      throw error;
    }
  };
  const names = Object.keys(figures);
  try {
    const packed = document.getElementById("packed").textContent;
    if (packed) {
      const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
      const script = document.createElement("script");
      script.textContent = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
      document.head.append(script);
    }
    if (names.length && window.Plotly) {
      const every = async () => { for (const name of names) await draw(name); };
      dark.addEventListener("change", every);
      matchMedia("(max-width: 560px)").addEventListener("change", every);
      for (const fold of all("details")) fold.addEventListener("toggle", () => {
        if (fold.open) all(".chart:empty", fold).forEach((place) => draw(place.id));
      });
      await every();
    }
  } finally {
    reveal();
    root.dataset.ready = 1;
  }
})();
