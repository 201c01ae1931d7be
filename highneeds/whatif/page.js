// The page: what its controls say, worked out, shown, saved and loaded.

const find = (id) => document.getElementById(id);
const MINUS = "\u2212";
const STEPS = START.years.length;
const closes = (end) => `31 March ${end}`;
const day = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 10);
const sliders = [...document.querySelectorAll("[data-assumption]")];
const measureFields = [...document.querySelectorAll("[data-measure]")];
const ownInputs = [...document.querySelectorAll("[data-own]")];

// What the page starts from, and what its reader has moved of it.
const state = { opened: null, moved: {}, own: {} };

function signed(value, decimals, before, after, plus) {
  if (!Number.isFinite(value)) return "[x]";
  const text = Math.abs(value).toLocaleString("en-GB", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  const none = Number(Math.abs(value).toFixed(decimals)) === 0;
  const sign = none ? "" : value < 0 ? MINUS : plus ? "+" : "";
  return `${sign}${before}${text}${after}`;
}
const millions = (pounds, plus) => signed(pounds / 1e6, 1, "£", "m", plus);
const count = (number, plus) => signed(number, 0, "", "", plus);
const between = (low, high) => (low === high ? low : `${low} to ${high}`);
const shownAs = (measure) => (measure === "plans" ? count : millions);
function rangeOf(band, show) {
  return band ? between(show(band[0]), show(band[1])) : "[x]";
}

/** A number without the dust of binary fractions: 0.053 times 100 is 5.3. */
const tidy = (value) => Number(value.toPrecision(12));
const usualOf = (name) => {
  const usual = START.assumptions[name];
  return state.opened.assumptions[name] ?? Object.fromEntries(START.written.map((key) => [key, usual[key]]));
};

/** The scenario that the controls say, with low and high moved as far as the centre. */
function current() {
  const scenario = copy(state.opened);
  const { moved } = state;
  for (const [name, value] of Object.entries(moved.assumptions ?? {})) {
    const usual = START.assumptions[name];
    const before = usualOf(name);
    const apart = value - before.central;
    const end = (one) => clip(tidy(one + apart), usual.minimum, usual.maximum);
    scenario.assumptions[name] = {
      ...before,
      low: Math.min(end(before.low), value),
      central: value,
      high: Math.max(end(before.high), value),
      source: "",
      date: day(),
      evidence: "M",
      owner: find("author").value,
      note: `Set on the what-if page; ${tidy(before.central)} before. Low and high moved with it.`,
    };
  }
  const { policies } = scenario;
  if (moved.grant !== undefined) policies.stability_grant.switched_on = moved.grant;
  if (moved.limit !== undefined) policies.limit_special_places = moved.limit;
  if (moved.later !== undefined) policies.later_deficits.share = moved.later;
  for (const [kind, most] of Object.entries(moved.measures ?? {})) {
    if (kind === "special_places" && !policies.limit_special_places) continue;
    scenario.measures.push(whatMeasure(kind, most));
  }
  if (changesOf(scenario).length) {
    Object.assign(scenario, { name: "what_if", date: day(), approved_by: "" });
    scenario.author = find("author").value;
    scenario.title = find("title").value || `What if: ${state.opened.title}`;
    scenario.description = `As “${state.opened.title}”, with: ${changesOf(scenario).join("; ")}.`;
  }
  return scenario;
}

function whatMeasure(kind, most) {
  const field = measureFields.find((one) => one.dataset.measure === kind);
  return {
    name: `What if: ${field.dataset.title}`,
    kind,
    most,
    starts: find("starts").value,
    full: find("full").value,
    delivery_chance: 1,
    cost_to_achieve_gbp: 0,
    owner: find("author").value,
    evidence: "M",
    source: "Set on the what-if page",
  };
}

/** What differs from the scenario as opened, in words. */
function changesOf(scenario) {
  const found = [];
  for (const one of sliders) {
    const name = one.dataset.assumption;
    if (state.moved.assumptions?.[name] === undefined) continue;
    const [before, now] = [usualOf(name), scenario.assumptions[name]].map((value) => inUnit(one, value.central));
    found.push(`${one.dataset.title}, ${before} to ${now}`);
  }
  const { policies } = scenario;
  const was = state.opened.policies;
  if (policies.stability_grant.switched_on !== was.stability_grant.switched_on) {
    found.push(`the High Needs Stability Grant ${policies.stability_grant.switched_on ? "counted" : "not counted"}`);
  }
  if (policies.limit_special_places !== was.limit_special_places) {
    found.push(`pupils ${policies.limit_special_places ? "" : "not "}turned away when state special places run out`);
  }
  if (policies.later_deficits.share !== was.later_deficits.share) {
    found.push(`${tidy(policies.later_deficits.share * 100)}% of later deficits covered`);
  }
  for (const measure of scenario.measures.slice(state.opened.measures.length)) {
    const field = measureFields.find((one) => one.dataset.measure === measure.kind);
    found.push(`${field.dataset.title}, ${inUnit(field, measure.most)} from ${measure.starts}, in full from ${measure.full}`);
  }
  return found;
}

function inUnit(field, value) {
  const { unit, factor } = field.dataset;
  const number = tidy(value * Number(factor));
  const text = Math.abs(number).toLocaleString("en-GB", { maximumFractionDigits: 4 });
  const sign = number < 0 ? MINUS : "";
  if (unit === "£") return `${sign}£${text}`;
  return `${sign}${text}${unit === "%" ? "%" : ` ${unit}`}`;
}

/** The central case that a run's distances are about: of its scenario, as the record is. */
const bases = new Map();
function baseOf(run) {
  if (!bases.has(run)) bases.set(run, centralCase(run.scenario, {}));
  return bases.get(run);
}

/** A scenario with the page's own figures: central case, bands and what it claims. */
function worked(scenario) {
  const run = START.runs[scenario.from] ?? START.runs[START.opened];
  const now = centralCase(scenario, state.own);
  const before = baseOf(run);
  const factors = pinned(scenario, state.own, run.scenario);
  const bands = {};
  for (const measure of ["balance", "in_year", "spending", "plans"]) {
    bands[measure] = bandOf(measure, run, now, before, factors, state.own);
  }
  return { scenario, ...now, bands };
}

/** Whether a balance is a level, and the last year whose balance is the authority's own. */
function claims(scenario) {
  const held = ends({ ...START.money.balance, ...state.own.dsg_balance_gbp });
  const opening = held.length ? Math.max(...held) : START.years[0] - 1;
  const until = START.years[STEPS - 1];
  return { level: held.length > 0, last: Math.min(until, Math.max(ending(scenario.policies.override_ends), opening)) };
}

function balanceTitle(scenario, end) {
  const { level, last } = claims(scenario);
  if (end > last) return `Cumulative shortfall at ${closes(end)}, whoever carries it`;
  return level ? `DSG balance at ${closes(end)}` : `Change in the DSG balance to ${closes(end)}`;
}

/** The few figures on top: title, series and place. */
function cardsOf(now) {
  const { scenario } = now;
  const at = (end) => START.years.indexOf(end);
  const plans = [`EHC plans, January ${START.census + START.plan_steps}`, "plans", START.plan_steps];
  if (!START.has_money) {
    const end = START.years[STEPS - 1];
    return [[`Spending ${label(end)}`, "spending", STEPS - 1], plans];
  }
  const { last } = claims(scenario);
  const balances = [...new Set([START.closed, last])].filter((end) => at(end) >= 0);
  const announced = now.with_grant[at(last)] !== now.balance[at(last)];
  const years = [START.closed + 1, START.closed + 2].filter((end) => at(end) >= 0);
  return [
    ...years.map((end) => [`In-year balance ${label(end)}`, "in_year", at(end)]),
    ...balances.map((end) => [balanceTitle(scenario, end), "balance", at(end)]),
    ...(announced ? [[`${balanceTitle(scenario, last)}, with the announced grant`, "with_grant", at(last)]] : []),
    plans,
  ];
}

/** Words in which no line is broken within a negative figure. */
function unbroken(words) {
  const parts = words.split(/(\u2212£?[\d,.]*\d[m%]?)/);
  return parts.map((part, place) => {
    if (place % 2 === 0) return part;
    const figure = document.createElement("bdi");
    figure.textContent = part;
    return figure;
  });
}
const write = (id, words) => find(id).replaceChildren(...unbroken(words));

function cell(tag, text, values) {
  const made = document.createElement(tag);
  made.append(...unbroken(text));
  for (const [key, value] of Object.entries(values ?? {})) made.setAttribute(key, value);
  return made;
}

function figure(measure, found, step) {
  const show = shownAs(measure);
  const made = cell("td", "", { class: "number", "data-value": found[measure][step] });
  made.append(cell("b", show(found[measure][step])));
  const band = found.bands[measure]?.[step];
  if (band && band[0] !== band[1]) {
    made.setAttribute("data-low", band[0]);
    made.setAttribute("data-high", band[1]);
    made.append(cell("span", rangeOf(band, show)));
  }
  return made;
}

/** The range of a figure in words; one that is stated or published has none. */
function rangeWords(now, measure, step) {
  const show = shownAs(measure);
  const band = now.bands[measure]?.[step];
  if (!band) return "central case";
  return show(band[0]) === show(band[1]) ? "stated, not projected" : `about ${rangeOf(band, show)}`;
}

/** What each cell is of, for a telephone, where a row is a card without the headings. */
function labelCells(table) {
  const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent);
  for (const row of table.tBodies[0].rows) {
    [...row.cells].forEach((one, at) => { if (at) one.dataset.label = heads[at]; });
  }
}

function showCards(now, opened) {
  find("cards").replaceChildren(
    ...cardsOf(now).map(([title, measure, step]) => {
      const show = shownAs(measure);
      const made = document.createElement("div");
      const more = now[measure][step] - opened[measure][step];
      const moved = show(more) === show(0) ? "as opened" : `${show(more, true)} since it was opened`;
      const told = document.createElement("dd");
      told.append(cell("b", show(now[measure][step])), cell("span", rangeWords(now, measure, step)), cell("span", moved));
      made.append(cell("dt", title), told);
      return made;
    }),
  );
}

function showYears(now) {
  const rows = START.years.map((end, step) => {
    const row = document.createElement("tr");
    row.append(cell("th", label(end), { scope: "row" }));
    const january = end - START.census;
    if (january >= 0) row.append(figure("plans", now, january));
    else {
      const before = START.stock_before[START.stock_before.length + january];
      row.append(cell("td", count(total(before)), { class: "number" }));
    }
    row.append(figure("spending", now, step));
    if (START.has_money) {
      row.append(cell("td", millions(now.block[step]), { class: "number", "data-value": now.block[step] }));
      row.append(figure("in_year", now, step), figure("balance", now, step));
      row.append(cell("td", millions(now.with_grant[step]), { class: "number", "data-value": now.with_grant[step] }));
      const { last } = claims(now.scenario);
      if (end > last) row.children[5].append(cell("span", "shortfall, whoever carries it"));
    }
    return row;
  });
  find("years").tBodies[0].replaceChildren(...rows);
}

/** Side by side: this page's scenario first, then every shipped one, all with own figures. */
function showBeside(now) {
  const last = claims(now.scenario).last;
  const at = START.years.indexOf(last);
  const one = (title, found, key) => {
    const row = document.createElement("tr");
    row.dataset.scenario = key;
    row.append(cell("th", title, { scope: "row" }), figure("plans", found, START.plan_steps), figure("spending", found, STEPS - 1));
    if (START.has_money) row.append(figure("in_year", found, STEPS - 1), figure("balance", found, at));
    return row;
  };
  const shipped = Object.entries(START.scenarios).map(([key, scenario]) => one(scenario.title, worked({ ...scenario, from: key }), key));
  find("beside").tBodies[0].replaceChildren(one("This page, as it stands", now, ""), ...shipped);
  if (START.has_money) find("beside-balance").textContent = `Balance, ${closes(last)}`;
}

/** The answer in one sentence, for those who read and those who listen. */
function sentence(now, opened) {
  if (!START.has_money) {
    const step = STEPS - 1;
    return `Spending of ${millions(now.spending[step])} in ${label(START.years[step])}, about ${rangeOf(now.bands.spending[step], millions)}. No high needs block is published for ${START.area}, so no balance is shown.`;
  }
  const { level, last } = claims(now.scenario);
  const step = START.years.indexOf(last);
  const balance = now.balance[step];
  const size = millions(Math.abs(balance));
  const what = level
    ? `${balance < 0 ? "a deficit" : "a surplus"} of ${size} at ${closes(last)}`
    : `a change in the balance of ${millions(balance, true)} to ${closes(last)}`;
  const more = balance - opened.balance[step];
  const moved = millions(more) === millions(0) ? "" : ` That is ${millions(Math.abs(more))} ${more < 0 ? "worse" : "better"} than as opened.`;
  return `The central case is ${what}, about ${rangeOf(now.bands.balance[step], millions)}.${moved}`;
}

/** The same in a line that stays in sight on a narrow screen. */
function barWords(now, opened) {
  const [measure, end] = START.has_money ? ["balance", claims(now.scenario).last] : ["spending", START.years[STEPS - 1]];
  const step = START.years.indexOf(end);
  const more = now[measure][step] - opened[measure][step];
  const where = START.has_money ? closes(end) : label(end);
  return `${where}: ${millions(now[measure][step])} (${millions(more, true)})`;
}

function reservesWords(now) {
  const stated = Object.values({ ...START.money.reserves, ...state.own.usable_reserves_gbp }).pop() ?? now.scenario.policies.usable_reserves_gbp;
  if (stated === undefined || !claims(now.scenario).level) return "";
  const passed = START.years.find((end, step) => end <= claims(now.scenario).last && -now.balance[step] > stated);
  return passed
    ? `In the central case the deficit is beyond usable reserves of ${millions(stated)} by ${closes(passed)}.`
    : `In the central case the deficit stays within usable reserves of ${millions(stated)} to ${closes(claims(now.scenario).last)}.`;
}

let speaking = 0;
function show() {
  const now = worked(current());
  const opened = centralCase(state.opened, {});
  const said = sentence(now, opened);
  write("answer", said);
  write("bar", barWords(now, opened));
  clearTimeout(speaking);
  speaking = setTimeout(() => { find("said").textContent = said; }, 700);
  write("reserves", reservesWords(now));
  const changed = [...changesOf(now.scenario), ...ownWords()];
  find("changes").replaceChildren(...(changed.length ? changed : ["Nothing: the scenario as opened"]).map((words) => cell("li", words)));
  showCards(now, opened);
  showYears(now);
  showBeside(now);
  for (const name of ["years", "beside"]) labelCells(find(name));
  drawChart(now, opened);
  find("text").value = scenarioText(now.scenario);
  find("own-text").value = ownText(state.own, find("author").value, day());
  find("save-own").disabled = !ownInputs.some((one) => one.value !== "");
}

function ownWords() {
  return ownInputs
    .filter((one) => one.value !== "" && ownValue(one) !== undefined)
    .map((one) => `${one.dataset.title}: ${millions(ownValue(one))}, your own figure`);
}

const ownValue = (input) => state.own[input.dataset.own]?.[ending(input.dataset.at)];
