// Controls: a slider and its number say one thing; files are saved and loaded.

/** Puts every control where the scenario as opened has it. */
function setControls() {
  for (const one of sliders) {
    const value = usualOf(one.dataset.assumption).central;
    setPair(one, tidy(value * Number(one.dataset.factor)));
    one.querySelector(".was").textContent = `As opened: ${inUnit(one, value)}.`;
  }
  const { policies } = state.opened;
  find("grant").checked = policies.stability_grant.switched_on;
  find("limit").checked = policies.limit_special_places;
  setPair(find("later").closest(".control"), tidy(policies.later_deficits.share * 100));
  for (const one of measureFields) setPair(one, 0);
  find("title").value = "";
  placesFollow();
  const moved = state.opened.measures.filter((one) => one.kind === "block_transfer");
  const transfer = measureFields.find((one) => one.dataset.measure === "block_transfer");
  limitTo(transfer, tidy((FORUM_LIMIT - total(moved.map((one) => one.most))) * 100));
  // Sums of pounds come off what follows no plan in any year: no more than there is.
  const least = Math.min(...centralCase(state.opened, {}).beside.slice(1));
  for (const one of measureFields.filter((field) => field.dataset.unit === "£")) {
    const step = Number(one.querySelector("input").step);
    limitTo(one, Math.min(MEASURES[one.dataset.measure], Math.floor(least / step) * step));
  }
}

/** Leaves a measure's control as far to go as there is room. */
function limitTo(control, room) {
  for (const input of control?.querySelectorAll("input") ?? []) {
    input.max = Math.max(input.type === "range" ? Math.min(input.max, room) : room, 0);
    input.disabled = !(room > 0);
  }
}

function setPair(control, value) {
  const [slider, number] = control.querySelectorAll("input");
  slider.min = Math.min(slider.min, value);
  slider.max = Math.max(slider.max, value);
  slider.value = value;
  number.value = value;
  slider.setAttribute("aria-valuetext", `${value} ${control.dataset.unit}`);
}

/** New places count only where pupils are turned away for want of one. */
function placesFollow() {
  const control = measureFields.find((one) => one.dataset.measure === "special_places");
  for (const input of control.querySelectorAll("input")) input.disabled = !find("limit").checked;
}

/** What a control says, in the model's unit; null, with words, where it cannot be. */
function said(control, input) {
  const value = Number(input.value);
  const number = control.querySelectorAll("input")[1];
  const wrong = input.value === "" || !Number.isFinite(value) || value < Number(number.min) || value > Number(number.max);
  number.setAttribute("aria-invalid", String(wrong));
  control.querySelector(".fault").textContent = wrong
    ? `Expected a number from ${Number(number.min)} to ${Number(number.max)}. What was there before still counts.`
    : "";
  return wrong ? null : tidy(value / Number(control.dataset.factor));
}

function listen(control, change) {
  for (const input of control.querySelectorAll("input")) {
    input.addEventListener("input", () => {
      const value = said(control, input);
      if (value === null) return;
      const [slider, number] = control.querySelectorAll("input");
      if (input === slider) number.value = input.value;
      else {
        slider.min = Math.min(slider.min, input.value);
        slider.max = Math.max(slider.max, input.value);
        slider.value = input.value;
      }
      slider.setAttribute("aria-valuetext", `${input.value} ${control.dataset.unit}`);
      change(value);
      show();
    });
  }
}

function keep(map, name, value, usual) {
  state.moved[map] ??= {};
  if (value === usual) delete state.moved[map][name];
  else state.moved[map][name] = value;
}

for (const one of sliders) {
  const name = one.dataset.assumption;
  listen(one, (value) => keep("assumptions", name, value, usualOf(name).central));
}
for (const one of measureFields) {
  listen(one, (value) => keep("measures", one.dataset.measure, value, 0));
}
listen(find("later").closest(".control"), (value) => { state.moved.later = value; });
for (const id of ["grant", "limit"]) {
  find(id).addEventListener("change", () => {
    state.moved[id] = find(id).checked;
    placesFollow();
    show();
  });
}
for (const id of ["starts", "full"]) {
  find(id).addEventListener("change", () => {
    if (ending(find("full").value) < ending(find("starts").value)) find("full").value = find("starts").value;
    show();
  });
}
find("chart-of").addEventListener("change", show);
for (const one of ownInputs) {
  one.addEventListener("input", () => {
    const { own: measure, at } = one.dataset;
    const pounds = Math.round(Number(one.value) * 1e6);
    const wrong = one.value !== "" && !one.checkValidity();
    one.setAttribute("aria-invalid", String(wrong));
    find(`${one.id}-fault`).textContent = wrong
      ? `Expected £ million from ${Number(one.min)} to ${Number(one.max)}. It is not used.`
      : "";
    const values = { ...state.own[measure] };
    if (one.value === "" || wrong) delete values[ending(at)];
    else values[ending(at)] = pounds;
    if (Object.keys(values).length) state.own[measure] = values;
    else delete state.own[measure];
    show();
  });
}

/** Opens a scenario: what was moved before is put back. */
function open(scenario) {
  state.opened = scenario;
  state.moved = {};
  for (const fault of document.querySelectorAll(".fault")) fault.textContent = "";
  for (const input of document.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  setControls();
  find("opened").textContent = scenario.title;
  find("about").textContent = `${scenario.description} ${scenario.approved_by ? `Approved by ${scenario.approved_by}.` : "A draft: nobody has approved it."}`;
  show();
}

const shippedScenario = (name) => ({ ...copy(START.scenarios[name] ?? START.runs[name].scenario), from: name in START.scenarios ? name : "" });

find("from").addEventListener("change", () => open(shippedScenario(find("from").value)));
find("reset").addEventListener("click", () => {
  for (const one of ownInputs) one.value = "";
  state.own = {};
  open(state.opened);
});

function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/toml" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  find("saved").textContent = `Saved ${name}.`;
}
find("save").addEventListener("click", () => save(`${START.slug}-what-if.toml`, find("text").value));
find("save-own").addEventListener("click", () => save(`${START.slug}-own-figures.toml`, find("own-text").value));
for (const id of ["title", "author"]) find(id).addEventListener("input", show);

function load(text, name) {
  const tables = new TomlReader(text).read();
  if (tables.figures || tables.area !== undefined) {
    const own = ownOf(tables);
    state.own = own;
    for (const one of ownInputs) {
      const value = ownValue(one);
      one.value = value === undefined ? "" : tidy(value / 1e6);
    }
    show();
    return `Loaded the own figures of ${name}.`;
  }
  open(scenarioOf(tables));
  return `Loaded the scenario of ${name}: ${state.opened.title}.`;
}

find("load").addEventListener("change", async () => {
  const file = find("load").files[0];
  if (!file) return;
  const fault = find("load-fault");
  fault.textContent = "";
  try {
    find("saved").textContent = load(await file.text(), file.name);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    fault.textContent = `${file.name} was not loaded. ${error.message} Nothing was changed.`;
  }
  find("load").value = "";
});

// In a report's frame a link to a part of this page would lead to the report.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  find("controls").focus();
});

document.body.classList.add("scripted");
open(shippedScenario(START.opened));
const basis = centralCase(state.opened, {});
for (const one of ownInputs) {
  const end = ending(one.dataset.at);
  const step = START.years.indexOf(end);
  const here = {
    dsg_balance_gbp: basis.balance[step],
    high_needs_block_before_deductions_gbp: basis.block[step],
    high_needs_spending_gbp: basis.spending[step] - basis.direct[step],
    high_needs_forecast_outturn_gbp: basis.spending[step] - basis.direct[step],
    high_needs_balance_gbp: START.money.high_needs_balance[end],
    usable_reserves_gbp: START.money.reserves[end],
  }[one.dataset.own];
  const words = Number.isFinite(here) ? `Here without it: ${millions(here)}.` : "";
  document.getElementById(`${one.id}-was`).append(words);
}
let width = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth !== width) show();
  width = window.innerWidth;
});
