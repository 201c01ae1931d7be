// What a scenario and own figures say of each year: measures, paths, costs, own money.

const NEUTRAL = {
  requests: 1,
  to_mainstream: 0,
  places: 0,
  independent_price: 1,
  exits_16_plus: 1,
  further_exits: 0,
  transfer: 0,
  cost_gbp: 0,
};

/** The central value of every assumption; an own unit cost at the prices of the base year. */
function centralValues(scenario) {
  const found = {};
  for (const [name, usual] of Object.entries(START.assumptions)) {
    const { central } = scenario.assumptions[name] ?? usual;
    found[name] = clip(central, usual.minimum, usual.maximum);
  }
  for (const own of START.own_unit_costs) {
    found[own.name] = own.value / (1 + found[own.growth]) ** own.passed;
  }
  return found;
}

/** The share of a measure's full effect that is in force in a year. */
function ramp(measure, end) {
  const [first, full] = [ending(measure.starts), ending(measure.full)];
  return end < first ? 0 : Math.min((end - first + 1) / (full - first + 1), 1);
}

/** Every lever by financial year from the base year; a measure is delivered in full. */
function effectsOf(scenario) {
  const found = START.years.map(() => ({ ...NEUTRAL }));
  for (const measure of scenario.measures) {
    const delivered = measure.delivery_chance > 0 ? 1 : 0;
    const force = START.years.map((end) => ramp(measure, end) * delivered);
    found.forEach((year, step) => {
      const effect = measure.most * force[step];
      const phased = Math.max(force[step] - (step ? force[step - 1] : 0), 0);
      year.cost_gbp += (measure.cost_to_achieve_gbp ?? 0) * phased;
      if (measure.kind === "early_support") year.requests *= 1 - effect;
      else if (measure.kind === "mainstream_places") {
        year.to_mainstream = 1 - (1 - year.to_mainstream) * (1 - effect);
      } else if (measure.kind === "special_places") year.places += effect;
      else if (measure.kind === "independent_prices") year.independent_price *= 1 - effect;
      else if (measure.kind === "post_16_pathways") year.exits_16_plus *= 1 + effect;
      else if (measure.kind === "service_savings") year.cost_gbp -= effect;
      else year.transfer += effect;
    });
  }
  for (const path of scenario.paths) {
    START.years.forEach((end, step) => {
      // The lever of a financial year is that of the calendar year in which it opens.
      const named = Object.keys(path.central).filter((year) => Number(year) <= end - 1);
      const value = named.length ? path.central[named.sort().pop()] : null;
      if (path.kind === "requests") found[step].requests *= value ?? 1;
      else {
        const left = (1 - found[step].further_exits) * (1 - (value ?? 0));
        found[step].further_exits = 1 - left;
      }
    });
  }
  for (const cost of scenario.one_offs) {
    const step = START.years.indexOf(ending(cost.year));
    if (step >= 0) found[step].cost_gbp += cost.gbp;
  }
  return found;
}

/** The record's money with own figures of this page laid over: `own` by measure and year. */
function withOwn(own) {
  const record = START.money;
  const money = {
    ...record,
    balance: { ...record.balance, ...own.dsg_balance_gbp },
    high_needs_balance: { ...record.high_needs_balance, ...own.high_needs_balance_gbp },
    block_before: { ...record.block_before },
    block_after: { ...record.block_after },
    spent: { ...record.spent },
    forecast: { ...record.forecast },
  };
  const before = own.high_needs_block_before_deductions_gbp ?? {};
  for (const end of ends(before).sort()) {
    const both = ends(money.block_before).filter((one) => one in money.block_after);
    const last = lastOf(both, end);
    const lost = money.block_before[last] - money.block_after[last];
    money.block_before[end] = before[end];
    money.block_after[end] = before[end] - lost;
  }
  for (const [end, value] of Object.entries(own.high_needs_spending_gbp ?? {})) {
    money.spent[end] = { value, coverage: START.coverage };
    delete money.forecast[end];
  }
  for (const [end, value] of Object.entries(own.high_needs_forecast_outturn_gbp ?? {})) {
    if (!money.spent[end]) money.forecast[end] = { value, coverage: START.coverage };
  }
  return money;
}
