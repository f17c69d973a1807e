(() => {
  const form = document.querySelector(".filter");
  if (form) {
    const words = document.getElementById("words"), report = document.getElementById("report");
    const found = document.getElementById("found"), weeks = [...document.querySelectorAll(".week")];
    const lines = weeks.map((week) => {
      const day = week.querySelector("h3").textContent.toLowerCase();
      return [...week.querySelectorAll("li")].map((line) => ({ line, text: day + " " + line.textContent.toLowerCase() }));
    });
    const all = lines.flat().length;
    const filter = () => {
      const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      weeks.forEach((week, place) => {
        let some = false;
        for (const { line, text } of lines[place]) {
          const shown = asked.every((word) => text.includes(word)) && (!report.value || line.dataset.report === report.value);
          line.hidden = !shown;
          some ||= shown;
          count += shown;
        }
        week.hidden = !some;
      });
      found.textContent = count === all ? `${all} pages` : count ? `${count} of ${all} pages` : "No page matches; try fewer words.";
    };
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", filter);
    filter();
  }
  document.body.dataset.ready = 1;
})();
