// Spending, block and balance in the central case: sections 10 and 11 of docs/method.md.
// Years are named by the one they end in; `money` is the record with own figures laid over.

const label = (end) => `${end - 1}-${String(end % 100).padStart(2, "0")}`;
const ending = (year) => Number(year.slice(0, 4)) + 1;
const lastOf = (ends, limit) => {
  const known = ends.filter((end) => end <= limit);
  return known.length ? Math.max(...known) : Math.min(...ends);
};
const ends = (series) => Object.keys(series).map(Number);
const hasBlock = (money) => ends(money.block_before).length > 0 && ends(money.block_after).length > 0;

function blockGrowth(assumed, end) {
  const name = `block_growth.${label(end)}`;
  return assumed(name in START.assumptions ? name : "block_growth.later");
}

function rolledIn(assumed, end) {
  const name = `block_grants_rolled_in.${label(end)}`;
  return name in START.assumptions ? assumed(name) : null;
}

/** The block by year, and what grants that became part of it met before. */
function blocks(money, assumed) {
  const years = START.years;
  if (!hasBlock(money)) {
    return { printed: years.map(() => NaN), cost: years.map(() => 0) };
  }
  const path = blockPath(money, assumed);
  const printed = years.map((end) => path[end]);
  const cost = years.map(() => 0);
  years.forEach((end, step) => {
    const own = money.rolled_in[end];
    const share = own === undefined ? rolledIn(assumed, end) : own / (printed[step] - own);
    if (share === null) return;
    const met = (printed[step] * share) / (1 + share);
    for (let later = step; later < years.length; later += 1) {
      cost[later] += met * (1 + assumed("price_growth_other")) ** (later - step);
    }
  });
  return { printed, cost };
}

function blockPath(money, assumed) {
  const held = money.block_before;
  const [base, last] = [START.years[0], START.years[START.years.length - 1]];
  const start = lastOf(ends(held), base);
  const path = { [start]: held[start] };
  for (let end = start + 1; end <= last; end += 1) {
    let grown = path[end - 1] * (1 + blockGrowth(assumed, end));
    const share = rolledIn(assumed, end);
    if (money.rolled_in[end] !== undefined) grown += money.rolled_in[end];
    else if (share !== null) grown *= 1 + share;
    path[end] = held[end] ?? grown;
  }
  for (let end = start - 1; end >= base; end -= 1) {
    path[end] = path[end + 1] / (1 + blockGrowth(assumed, end + 1));
  }
  return path;
}

/** Growth of the block as a factor: as held where both years are, else as assumed. */
function growthHeld(money, assumed, end) {
  const [now, before] = [money.block_before[end], money.block_before[end - 1]];
  return now !== undefined && before !== undefined ? now / before : 1 + blockGrowth(assumed, end);
}

/** Places the department funds directly: the block's deductions of a year. */
function directPlaces(money, assumed, end) {
  if (!hasBlock(money)) return 0;
  const both = ends(money.block_before).filter((one) => one in money.block_after);
  const last = lastOf(both, end);
  let found = money.block_before[last] - money.block_after[last];
  for (let year = last + 1; year <= end; year += 1) found *= growthHeld(money, assumed, year);
  return found;
}

const maintainedPlaces = (money, assumed) =>
  money.places_gbp * assumed("maintained_place_funding_level");

function everyPlace(money, assumed, end, spent) {
  const more = spent.coverage === "section_251_net" ? maintainedPlaces(money, assumed) : 0;
  const direct = spent.coverage === "all_places" ? 0 : directPlaces(money, assumed, end);
  return spent.value + more + direct;
}

function spentIn(money, assumed, end) {
  if (money.spent[end]) return everyPlace(money, assumed, end, money.spent[end]);
  return (
    money.spending[end] + maintainedPlaces(money, assumed) + directPlaces(money, assumed, end)
  );
}

/** What a year came to, or what its authority forecasts, if known. */
function knownSpent(money, assumed, end) {
  if (money.spending[end] !== undefined || money.spent[end]) return spentIn(money, assumed, end);
  return money.forecast[end] ? everyPlace(money, assumed, end, money.forecast[end]) : null;
}

const priced = (plans, unitCost, price) =>
  total(plans.map((number, placement) => number * unitCost[placement] * price[placement]));

const pricesOf = (other, independent) =>
  START.placements.map((_, placement) => (placement === INDEPENDENT ? independent : other));

/** Unit costs at the level that gives the base year's spending, and net outturn. */
function costBasis(money, assumed, paid) {
  const unitCost = START.placements.map((name) => assumed(`unit_cost_${name}_gbp`));
  const level = (plans, spending, services) =>
    (spending - services) / priced(plans, unitCost, pricesOf(1, 1));
  const set = money.outturn_year;
  const outturn = money.spending[set];
  const services = money.services_share * outturn;
  const first = level(paid[0], spentIn(money, assumed, set), services);
  const years = START.years[0] - set;
  if (!years) return { unitCost, services, level: first, net: outturn };
  const other = (1 + assumed("price_growth_other")) ** years;
  const independent = (1 + assumed("price_growth_independent_special")) ** years;
  const base = paid[years];
  const cost = first * priced(base, unitCost, pricesOf(other, independent)) + services * other;
  const places = maintainedPlaces(money, assumed) + directPlaces(money, assumed, START.years[0]);
  return {
    unitCost,
    services: services * other,
    level: level(base, cost, services * other),
    net: Math.max(cost - places, 1),
  };
}

/** Spending by financial year from the base year, what of it follows no plan, and net outturn. */
function costPaths(money, assumed, levers, januaries, started, rolledCost) {
  const september = assumed("september_share");
  const paid = januaries.slice(1).map((inside, k) =>
    inside.map((number, p) => januaries[k][p] * (1 - september) + number * september),
  );
  const earlier = START.years[0] - money.outturn_year;
  const basis = costBasis(money, assumed, paid);
  let [appeals, more] = [0, 1];
  const beside = [];
  const spending = START.years.map((end, year) => {
    const other = (1 + assumed("price_growth_other")) ** year;
    const independent = (1 + assumed("price_growth_independent_special")) ** year;
    let price = pricesOf(other, independent * levers[year].independent_price);
    price = price.map((one) => one * more);
    if (year) appeals += moreAppeals(basis, started[year - 1], price, year, assumed);
    const extra = levers[year].cost_gbp + appeals;
    const plans = paid[earlier + year];
    const known = year ? knownSpent(money, assumed, end) : null;
    const services = basis.services * other;
    beside.push(services + extra);
    if (known !== null) {
      const met = Math.max(known - extra - rolledCost[year] - services, 0);
      const factor = met / (basis.level * priced(plans, basis.unitCost, price));
      more *= factor;
      price = price.map((one) => one * factor);
    }
    return basis.level * priced(plans, basis.unitCost, price) + services + extra + rolledCost[year];
  });
  return { spending, beside, net: basis.net };
}

/** Cost of a year's appeals beyond those of the base year; paid ever after. */
function moreAppeals(basis, started, price, years, assumed) {
  const growth = (1 + assumed("appeal_growth")) ** years - 1;
  const dearer = (placement) => basis.unitCost[placement] * price[placement];
  const difference = Math.max(dearer(INDEPENDENT) - dearer(STATE_SPECIAL), 0);
  const upheld = assumed("appeal_uplift_share");
  return basis.level * started * assumed("appeals_per_new_plan") * growth * upheld * difference;
}

/** The balance at the start of the base year; carried there where it is older. */
function openingBalance(money, assumed, printed, change, net) {
  const base = START.years[0];
  if (!hasBlock(money)) return NaN;
  const held = ends(money.balance);
  if (!held.length) return 0;
  const before = held.filter((end) => end < base);
  if (!before.length) {
    const first = Math.min(...held);
    return money.balance[first] - total(change.slice(0, first - base + 1));
  }
  const last = Math.max(...before);
  let balance = money.balance[last];
  if (last === base - 1) return balance;
  for (let end = last + 1; end < base; end += 1) {
    const spent = outturnOf(money, base, net, end) + maintainedPlaces(money, assumed);
    const paidIn = (money.payments[end] ?? 0) + (money.contributions[end] ?? 0);
    balance += afterDeductions(money, assumed, end) - spent + paidIn;
  }
  const missed = START.missed[base - 1 - last] ?? 0;
  return balance + missed * (money.block_before[base - 1] || printed[0]);
}

function afterDeductions(money, assumed, end) {
  const last = lastOf(ends(money.block_after), end);
  let found = money.block_after[last];
  for (let year = last + 1; year <= end; year += 1) found *= growthHeld(money, assumed, year);
  return found;
}

function outturnOf(money, base, net, end) {
  const held = { [base]: net, ...money.spending };
  if (end in held) return held[end];
  const later = Math.min(...ends(held).filter((known) => known > end));
  const known = ends(held).filter((one) => one < end);
  if (!known.length) return held[later];
  const earlier = Math.max(...known);
  const part = (end - earlier) / (later - earlier);
  return held[earlier] ** (1 - part) * held[later] ** part;
}

/** What the announced grant is worked out on at the day that counts; null where nothing. */
function grantGround(money, grant, movement) {
  if (!START.grant_announced) return null;
  const counted = ending(grant.deficit_at);
  const own = ends(money.high_needs_balance).filter(
    (end) => START.years[0] - 1 <= end && end <= counted,
  );
  const given = grant.high_needs_balances_gbp ?? {};
  const stated = own.length ? Math.max(...own) : counted;
  const value = own.length
    ? money.high_needs_balance[stated]
    : (given[START.la_code] ?? given[START.area]);
  if (value !== undefined) {
    const since = stated - START.years[0] + 1;
    const until = Math.max(since, counted - START.years[0] + 1);
    return value + total(movement.slice(since, until));
  }
  if (money.agreements.length || !ends(money.balance).length) return null;
  return "whole";
}

/** Balances by year: held ones as they are, the others from the one before. */
function balances(money, assumed, policies, printed, inYear, net) {
  const { stability_grant: grant, later_deficits: later } = policies;
  const payments =
    ends(money.payments).length || !policies.spread_agreement ? money.payments : money.agreed_evenly;
  const unexplained = START.unexplained_level * printed[0];
  const paidIn = START.years.map((end) => (payments[end] ?? 0) + (money.contributions[end] ?? 0));
  const change = inYear.map((pounds, step) => pounds + unexplained + paidIn[step]);
  const ground = grantGround(money, grant, inYear.map((pounds, step) => pounds + paidIn[step]));
  const found = [openingBalance(money, assumed, printed, change, net)];
  const announced = [];
  const paid = ending(grant.paid_in) - START.years[0];
  const counted = ending(grant.deficit_at) - START.years[0];
  START.years.forEach((end, step) => {
    let [amount, met] = [0, 0];
    if (money.balance[end] !== undefined) {
      found.push(money.balance[end]);
    } else {
      if (step === paid && counted >= -1 && counted < step && ground !== null) {
        const base = ground === "whole" ? found[counted + 1] : ground;
        amount = grant.share * Math.max(-base, 0);
      }
      const covers = ending(later.starts) <= end && end <= ending(later.ends);
      met = (covers ? later.share : 0) * Math.max(-change[step], 0);
      found.push(found[step] + change[step] + (grant.switched_on ? amount : 0) + met);
    }
    announced.push(grant.switched_on ? 0 : amount);
  });
  return { balance: found.slice(1), announced };
}

/** The central case of a scenario with own figures: everything by year. */
function centralCase(scenario, own) {
  const money = withOwn(own);
  const values = centralValues(scenario);
  const assumed = (name) => values[name];
  const levers = effectsOf(scenario);
  const ahead = levers.slice(START.counted_years + 1);
  const limited = scenario.policies.limit_special_places;
  const plans = planPaths(assumed, (name) => START.assumptions[name].central, ahead, limited);
  const { printed, cost } = blocks(money, assumed);
  const spent = money.has_spending
    ? costPaths(
        money,
        assumed,
        levers,
        [...START.stock_before, ...plans.placed],
        [...START.counted_new, ...plans.started],
        cost,
      )
    : { spending: START.years.map(() => NaN), beside: START.years.map(() => NaN), net: NaN };
  const transfer = START.years.map(
    (end, step) => money.transfer[end] ?? levers[step].transfer * money.schools_block_gbp,
  );
  const inYear = START.years.map((_, step) => printed[step] + transfer[step] - spent.spending[step]);
  const found = balances(money, assumed, scenario.policies, printed, inYear, spent.net);
  let grants = 0;
  return {
    plans: plans.placed.map(total),
    started: plans.started,
    requests: plans.requests,
    ended: plans.ended,
    shortfall: plans.shortfall,
    block: printed,
    transfer,
    spending: spent.spending,
    beside: spent.beside,
    in_year: inYear,
    ...found,
    with_grant: found.balance.map((pounds, step) => pounds + (grants += found.announced[step])),
    direct: START.years.map((end) => directPlaces(money, assumed, end)),
  };
}
