// A scenario and own figures as this page holds them: read, merged, checked and written.

const copy = (value) => JSON.parse(JSON.stringify(value));
const HEAD = ["name", "title", "description", "author", "date", "approved_by"];
const LEVERS = ["measures", "one_offs", "paths"];
const MEASURES = START.most_of_kind;
const FORUM_LIMIT = START.forum_limit;
const YEAR = /^\d{4}-\d\d$/;

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function refuse(what) {
  throw new Refusal(what);
}

function merged(base, change) {
  const found = { ...base };
  for (const [key, value] of Object.entries(change)) {
    const both = typeof value === "object" && typeof found[key] === "object";
    found[key] = both ? merged(found[key], value) : value;
  }
  return found;
}

/** A scenario file over the shipped one that it extends, or over the defaults. */
function scenarioOf(tables) {
  const known = [...HEAD, "extends", "example", "assumptions", "policies", ...LEVERS];
  const strange = Object.keys(tables).filter((key) => !known.includes(key));
  if (strange.length) refuse(`There is no key ${strange[0]} in a scenario. Expected ${known.join(", ")}.`);
  if (!tables.name || !tables.title) refuse("A scenario needs a name and a title.");
  if (tables.example) {
    refuse("Its measures are invented, to show how they are written. Copy the file, put in the authority's own measures and leave out the line “example = true”.");
  }
  const base = tables.extends ? START.scenarios[tables.extends] : START.bare;
  if (!base) {
    refuse(`It extends ${tables.extends}, which this page does not have. Expected one of ${Object.keys(START.scenarios).join(", ")}, or a file that extends none: in Python, Scenario.load(path).to_toml() writes it so.`);
  }
  const found = { ...copy(base), from: tables.extends || "" };
  for (const key of HEAD) found[key] = tables[key] ?? "";
  for (const [name, values] of Object.entries(tables.assumptions ?? {})) {
    const usual = START.assumptions[name] ?? refuse(`There is no assumption ${name}.`);
    const written = Object.fromEntries(START.written.map((key) => [key, usual[key]]));
    found.assumptions[name] = { ...written, ...found.assumptions[name], ...values };
    checkAssumption(name, found.assumptions[name], values);
  }
  found.policies = merged(found.policies, tables.policies ?? {});
  for (const key of LEVERS) {
    const levers = new Map(found[key].map((lever) => [lever.name, lever]));
    for (const lever of tables[key] ?? []) levers.set(lever.name, { ...lever });
    found[key] = [...levers.values()];
  }
  checkScenario(found);
  const below = centralCase(found, {}).spending.findIndex((pounds) => pounds < 0);
  if (below >= 0) {
    refuse(`Spending of ${label(START.years[below])} would be below nothing: its measures and one-off receipts take off more than is spent. Lower most of a measure, or gbp of a one-off.`);
  }
  const shipped = START.scenarios[found.name];
  // A copy of a shipped file has that scenario's own futures.
  if (shipped && same(centralCase(shipped, {}), centralCase(found, {}))) found.from = found.name;
  return copy(found);
}

function checkAssumption(name, value, given) {
  const usual = START.assumptions[name];
  const fixed = Object.keys(given).filter((key) => !START.written.includes(key));
  if (fixed.length) refuse(`${name}: a scenario does not set ${fixed[0]}.`);
  if (value.unit !== usual.unit) refuse(`${name}: ${value.unit} is not the unit, which is ${usual.unit}.`);
  for (const key of ["low", "central", "high"]) {
    if (typeof value[key] !== "number") refuse(`${name}: ${key} is no number.`);
  }
  if (!(value.low <= value.central && value.central <= value.high)) {
    refuse(`${name}: low ${value.low}, central ${value.central}, high ${value.high} are not in order.`);
  }
  if (value.low < usual.minimum || value.high > usual.maximum) {
    refuse(`${name}: ${value.low} to ${value.high} goes outside ${usual.minimum} to ${usual.maximum}.`);
  }
}

function checkScenario(scenario) {
  const strange = [
    [scenario.policies, START.bare.policies, "policies", ["usable_reserves_gbp"]],
    [scenario.policies.stability_grant, START.bare.policies.stability_grant, "stability_grant", []],
    [scenario.policies.later_deficits, START.bare.policies.later_deficits, "later_deficits", []],
  ];
  for (const [given, known, where, more] of strange) {
    const key = Object.keys(given).find((one) => !(one in known) && !more.includes(one));
    if (key) refuse(`There is no key ${key} under ${where}.`);
  }
  for (const measure of scenario.measures) {
    const most = MEASURES[measure.kind] ?? refuse(`${measure.name}: there is no kind of measure ${measure.kind}.`);
    if (!(measure.most >= 0 && measure.most <= most)) {
      refuse(`${measure.name}: ${measure.most} is not from 0 to ${most}, the most of ${measure.kind}.`);
    }
    if (!YEAR.test(measure.starts) || !YEAR.test(measure.full) || ending(measure.full) < ending(measure.starts)) {
      refuse(`${measure.name}: starts and full are no financial years in order.`);
    }
  }
  for (const path of scenario.paths) {
    if (!["requests", "further_exits"].includes(path.kind)) refuse(`${path.name}: there is no kind of path ${path.kind}.`);
  }
  for (const cost of scenario.one_offs) {
    if (!YEAR.test(cost.year) || typeof cost.gbp !== "number") refuse(`${cost.name}: expected a year and pounds.`);
  }
}

/** What of a table differs from another. */
function differing(found, base) {
  const kept = {};
  for (const [key, value] of Object.entries(found)) {
    if (same(value, base[key])) continue;
    const both = typeof value === "object" && typeof base[key] === "object";
    kept[key] = both ? differing(value, base[key]) : value;
  }
  return kept;
}

/** The text of a scenario file: what differs from the shipped one that it extends. */
function scenarioText(scenario) {
  const base = START.scenarios[scenario.from] ?? START.bare;
  const shipped = scenario.from in START.scenarios ? { extends: scenario.from } : {};
  const head = Object.fromEntries(HEAD.map((key) => [key, scenario[key]]));
  const blocks = [
    tomlBlock("", { ...head, ...shipped }),
    ...tomlTables("policies", differing(scenario.policies, base.policies)),
  ];
  for (const [name, value] of Object.entries(scenario.assumptions)) {
    if (same(value, base.assumptions[name])) continue;
    blocks.push(tomlBlock(`[assumptions.${tomlKey(name)}]`, value));
  }
  for (const key of LEVERS) {
    for (const lever of scenario[key]) {
      if (base[key].some((one) => same(one, lever))) continue;
      blocks.push(tomlBlock(`[[${key}]]`, lever));
    }
  }
  return `${blocks.join("\n\n")}\n`;
}

function tomlTables(name, values) {
  const nested = ([, value]) => typeof value === "object" && value !== null;
  const plain = Object.entries(values).filter((one) => !nested(one));
  const blocks = plain.length ? [tomlBlock(`[${name}]`, Object.fromEntries(plain))] : [];
  for (const [key, value] of Object.entries(values).filter(nested)) {
    blocks.push(...tomlTables(`${name}.${tomlKey(key)}`, value));
  }
  return blocks;
}

/** Own figures of a file, by measure and year; only what this page has a field for. */
function ownOf(tables) {
  const { area } = tables;
  if (area !== undefined && String(area) !== START.area && String(area) !== START.la_code) {
    refuse(`These are figures of ${area}, and this page is of ${START.area}.`);
  }
  const found = {};
  for (const figure of tables.figures ?? []) {
    const part = figure.breakdown && figure.breakdown !== "total/total";
    const stated = START.own_file.find(
      (one) => one.measure === figure.measure && one.at === figure.at && one.breakdown === (figure.breakdown ?? "total/total"),
    );
    const field = part ? null : START.own_fields.find((one) => one.measure === figure.measure && one.at === figure.at);
    if (stated && stated.value === figure.value && !field) continue;
    if (!field) {
      refuse(`This page has no field for ${figure.measure} at ${figure.at}. Make it anew with the file: highneeds whatif "${START.area}" --inputs FILE.`);
    }
    if (typeof figure.value !== "number") refuse(`${figure.measure} at ${figure.at}: expected a number.`);
    if (figure.coverage && figure.coverage !== START.coverage) {
      refuse(`${figure.measure} at ${figure.at}: this page takes figures that cover ${START.coverage} alone.`);
    }
    found[figure.measure] = { ...found[figure.measure], [ending(figure.at)]: figure.value };
  }
  return found;
}

/** The text of a file of own figures: those the page was made with, and those set on it. */
function ownText(own, owner, day) {
  const set = (one) => own[one.measure]?.[ending(one.at)];
  const kept = START.own_file.filter((one) => one.breakdown !== "total/total" || set(one) === undefined);
  const added = START.own_fields
    .filter((one) => set(one) !== undefined)
    .map(({ measure, at, covers }) => ({
      measure,
      at,
      value: set({ measure, at }),
      ...(covers ? { coverage: START.coverage } : {}),
      source: "Set on the what-if page",
      date: day,
      owner,
    }));
  const blocks = [...kept, ...added].map((figure) => tomlBlock("[[figures]]", figure));
  return `${[tomlBlock("", { area: START.area }), ...blocks].join("\n\n")}\n`;
}
