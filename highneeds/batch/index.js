"use strict";
(() => {
  const layers = JSON.parse(document.getElementById("layers").textContent);
  const tiles = [...document.querySelectorAll(".tile")];
  // What only works with this script is shown only with it.
  document.body.classList.add("scripted");
  const find = (id) => document.getElementById(id);

  const colour = (layer) => {
    for (const tile of tiles) {
      const known = layer.tiles[tile.id.slice(1)];
      const failed = tile.classList.contains("failed");
      const away = tile.classList.contains("away");
      const state = known ? `c${known[0]}` : failed ? "failed" : "none";
      tile.setAttribute("class", `tile ${state}${away ? " away" : ""}`);
      tile.querySelector(".value").textContent = known ? known[1] : failed ? "failed" : "–";
      const words = known ? known[2] : failed ? "report failed" : "no figure";
      tile.querySelector("a")?.setAttribute("aria-label", `${tile.dataset.area}: ${words}`);
    }
    const legend = find("legend");
    for (const item of [...legend.children].slice(0, -1)) item.remove();
    for (const step of layer.legend) {
      const item = document.createElement("li");
      const key = document.createElement("span");
      key.className = `key c${step.class}`;
      const areas = document.createElement("span");
      areas.className = "soft";
      areas.textContent = `(${step.areas})`;
      item.append(key, `${step.words} `, areas);
      legend.insertBefore(item, legend.lastElementChild);
    }
  };
  find("measure")?.addEventListener("change", (event) => colour(layers[event.target.value]));

  const table = find("reports");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const plain = (text) => text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, " ");

  const filter = () => {
    const words = plain(find("search").value).trim();
    const region = find("region").value;
    let shown = 0;
    for (const row of rows) {
      const said = ` ${plain(row.cells[0].textContent)} ${row.dataset.code} `;
      const fits = said.includes(words) && (!region || row.cells[1].textContent === region);
      row.hidden = !fits;
      shown += fits;
      find(`t${row.dataset.code}`)?.classList.toggle("away", !fits);
    }
    find("found").textContent = `${shown} of ${rows.length} shown`;
  };
  find("search").addEventListener("input", filter);
  find("region").addEventListener("change", filter);

  const order = (heading, rising) => {
    const place = heading.cellIndex;
    const numeric = heading.classList.contains("number");
    for (const other of table.tHead.rows[0].cells) {
      if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
    }
    heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const key = (row) => row.cells[place].dataset.sort;
    rows.sort((one, two) => {
      const [a, b] = [key(one), key(two)];
      // What has no figure stands last, whichever way round.
      if (a === "" || b === "") return (a === "") - (b === "");
      const sign = numeric ? Number(a) - Number(b) : a.localeCompare(b, "en-GB");
      return rising ? sign : -sign;
    });
    table.tBodies[0].append(...rows);
  };
  // On a telephone a row is a card without headings, so a list gives its order.
  const orders = find("order");
  const headings = [...table.tHead.rows[0].cells].filter((one) => one.querySelector("button"));
  for (const heading of headings) {
    const button = heading.querySelector("button");
    const sorted = () => heading.getAttribute("aria-sort") === "ascending";
    button.addEventListener("click", () => order(heading, !sorted()));
    const [low, high] = heading.classList.contains("number")
      ? ["lowest first", "highest first"]
      : ["A to Z", "Z to A"];
    for (const [words, rising] of [[low, true], [high, false]]) {
      const option = new Option(`${button.textContent}: ${words}`);
      option.order = () => order(heading, rising);
      orders.add(option);
    }
  }
  orders.addEventListener("change", () => orders.selectedOptions[0].order());
})();
