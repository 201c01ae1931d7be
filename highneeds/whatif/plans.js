// Plans from January to January in the central case: sections 8 and 9 of docs/method.md.
// Arrays are by age (0 to 25) and placement, as the record that is embedded has them.

const STATE_SPECIAL = START.placements.indexOf("state_special");
const INDEPENDENT = START.placements.indexOf("independent_special");
const MAINSTREAM = START.placements.indexOf("mainstream");
const ELSEWHERE = START.placements.indexOf("elsewhere");
const SIXTEEN = 16;

const total = (values) => values.reduce((sum, value) => sum + value, 0);
const range = (count, of) => Array.from({ length: count }, (_, place) => of(place));
const clip = (value, low, high) => Math.min(Math.max(value, low), high);

/** How people move plans that start: a ratio a year, and the ages of those joining. */
function joiningProfile(births, years) {
  const wanted = [];
  let people = START.population;
  for (let year = 0; year <= START.aged + years; year += 1) {
    if (year >= START.aged) {
      wanted.push(people.map((number, age) => START.joining_per_person[age] * number));
    }
    people = [people[0] * (1 + births), ...people.slice(0, -1)];
  }
  const totals = wanted.map(total);
  return {
    people: range(years, (k) => totals[k + 1] / totals[0]),
    profile: range(years, (k) => wanted[k + 1].map((number) => number / totals[k + 1])),
  };
}

/** Requests, plans that start and that end, before they are solved; `levers` by year. */
function flowsOf(assumed, levers) {
  const years = levers.length;
  const { people, profile } = joiningProfile(assumed("births_change"), years);
  const first = Math.log1p(assumed("request_growth"));
  const surge = START.assumptions.request_surge;
  let growth = 0;
  const requests = range(years, (k) => {
    growth += first * Math.max(1 - k / assumed("request_growth_years"), 0);
    const asked = START.requests * people[k] * Math.exp(growth) * levers[k].requests;
    const year = START.census + k;
    const holds =
      (!surge.first_year || Number(surge.first_year) <= year) &&
      (!surge.last_year || year <= Number(surge.last_year));
    return holds ? asked * (1 + assumed("request_surge")) : asked;
  });
  const late = assumed("late_share");
  const ratio =
    START.new_plans / (START.requests * (1 - late) + START.requests_before * late);
  const started = range(years, (k) => {
    const before = k ? requests[k - 1] : START.requests;
    return ratio * assumed("issue_ratio") * ((1 - late) * requests[k] + late * before);
  });
  const ending = levers.map((lever) =>
    START.exit_rate.map((rate, age) => {
      if (age === START.exit_rate.length - 1) return 1;
      const own = age >= SIXTEEN ? Math.min(rate * lever.exits_16_plus, 1) : rate;
      return own + (1 - own) * lever.further_exits;
    }),
  );
  return { requests, started, ending, profile };
}

/** How many must start for each January's total; where there is none, `started` do. */
function entrants(ages, flows, totals, started) {
  let stock = ages;
  const found = { started: [], kept: [] };
  totals.forEach((wanted, k) => {
    const plans = total(stock);
    let closing = range(stock.length, (age) =>
      age ? stock[age - 1] * (1 - flows.ending[k][age - 1]) : 0,
    );
    const others = total(closing) + START.balancing * plans;
    const known = wanted !== null;
    const starting = known ? Math.max(wanted - others, 0) : started[k];
    const joined = Math.max(starting + START.balancing * plans, 0);
    closing = closing.map((number, age) => number + flows.profile[k][age] * joined);
    const kept = known && starting === 0 ? wanted / total(closing) : 1;
    stock = closing.map((number) => number * kept);
    found.started.push(starting);
    found.kept.push(kept);
  });
  return found;
}

/** The marked path, moved so that it passes through what is published or counted. */
function foretold(published) {
  const totals = START.path.slice(0, published.length);
  published.forEach((value, step) => {
    if (value === null) return;
    const ratio = value / totals[step];
    for (let later = step; later < totals.length; later += 1) totals[later] *= ratio;
  });
  if (!START.counts.length) return totals;
  const known = published.filter((value) => value !== null).length;
  const days = START.census_days.slice(0, totals.length + 1);
  let path = days.map((day, step) => [day, step ? totals[step - 1] : START.opening]);
  let since = days[known];
  for (const [day, count] of START.counts) {
    if (!(since < day && day <= days[days.length - 1])) continue;
    const ratio = count / onDay(path, day);
    const share = (then) => clip((then - since) / (day - since), 0, 1);
    path = path.map(([then, value]) => [then, value * ratio ** share(then)]);
    path = [...path.filter(([then]) => then !== day), [day, count]];
    path.sort((one, other) => one[0] - other[0]);
    since = day;
  }
  const found = new Map(path);
  return days.slice(1).map((day) => found.get(day));
}

function onDay(path, day) {
  const before = path.filter(([then]) => then <= day).pop();
  const after = path.find(([then]) => then >= day);
  if (before[0] === after[0]) return before[1];
  const part = (day - before[0]) / (after[0] - before[0]);
  return before[1] + (after[1] - before[1]) * part;
}

/** What is published or stated beyond the base census in place of what was projected. */
function withPublished(quantity, after, projected) {
  const known = START.newer[quantity] ?? {};
  return projected.map((value, k) => known[START.census + after + k] ?? value);
}

/** Plans by January and placement, and flows by calendar year. */
function planPaths(assumed, defaults, levers, limited) {
  const steps = levers.length;
  const neutral = levers.map(() => ({ ...NEUTRAL }));
  const flows = flowsOf(assumed, levers);
  const usual = flowsOf(defaults, neutral);
  const published = withPublished("plans", 1, range(steps, () => null));
  const ages = START.stock.map(total);
  const solved = entrants(ages, usual, foretold(published));
  const factor = range(steps, (k) =>
    usual.started[k] > 0 ? solved.started[k] / usual.started[k] : 0,
  );
  let started = range(steps, (k) => flows.started[k] * factor[k]);
  let { kept } = solved;
  if (published.some((value) => value !== null)) {
    const again = entrants(ages, flows, published, started);
    started = again.started;
    kept = kept.map((share, k) => (published[k] === null ? share : again.kept[k]));
  }
  const carried = carry(assumed, levers, { ...flows, started, kept }, limited);
  return {
    ...carried,
    requests: withPublished("requests", 0, range(steps, (k) => flows.requests[k] * factor[k])),
    started: withPublished("new", 0, started),
    ended: withPublished("ended", 0, carried.ended),
  };
}

/** Moves into independent schools beyond those of the record, by age and placement. */
function extraMoves(factor) {
  return START.moves.map((rows) =>
    rows.map((row, from) => {
      const share = from === INDEPENDENT ? 0 : row[INDEPENDENT];
      return share ? clip(share * (factor - 1), -share, row[from]) : 0;
    }),
  );
}

function carry(assumed, levers, flows, limited) {
  const extra = extraMoves(assumed("moves_to_independent"));
  const stays = (age, placement) =>
    START.moves[age][placement][placement] - extra[age][placement];
  let stock = START.stock;
  const sumOf = (placement) => total(stock.map((row) => row[placement]));
  let places = ownPlaces(START.census, sumOf(STATE_SPECIAL));
  const found = { placed: [], ended: [], shortfall: [] };
  for (let k = 0; k <= levers.length; k += 1) {
    found.placed.push(START.placements.map((_, placement) => sumOf(placement)));
    if (k === levers.length) break;
    const plans = total(found.placed[k]);
    const joined = Math.max(flows.started[k] + START.balancing * plans, 0);
    const keeping = (placement) =>
      stock.map((_, age) =>
        age
          ? stock[age - 1][placement] * (1 - flows.ending[k][age - 1]) * stays(age, placement)
          : 0,
      );
    const stay = { [STATE_SPECIAL]: keeping(STATE_SPECIAL), [INDEPENDENT]: keeping(INDEPENDENT) };
    const ageing = stock.map(total);
    found.ended.push(
      total(ageing.slice(0, -1).map((number, age) => number * flows.ending[k][age])) +
        ageing[ageing.length - 1],
    );
    stock = step(stock, flows.ending[k], extra, (age, placement) =>
      START.joining_mix[age][placement] * flows.profile[k][age] * joined,
    );
    keepInMainstream(stock, stay, levers[k].to_mainstream);
    places = ownPlaces(START.census + k + 1, places * (1 + assumed("special_place_growth")));
    const away = turnedAway(stock, stay[STATE_SPECIAL], places + levers[k].places);
    found.shortfall.push(total(away));
    if (limited) educateElsewhere(stock, away, assumed);
    stock = stock.map((row) => row.map((number) => number * flows.kept[k]));
  }
  return found;
}

function step(stock, ending, extra, joining) {
  return stock.map((_, age) => {
    const older = START.placements.map((__, placement) =>
      age ? stock[age - 1][placement] * (1 - ending[age - 1]) : 0,
    );
    const row = START.placements.map((__, to) =>
      total(older.map((number, from) => START.moves[age][from][to] * number)),
    );
    older.forEach((number, from) => {
      const more = number * extra[age][from];
      row[from] -= more;
      row[INDEPENDENT] += more;
    });
    return row.map((number, placement) => number + joining(age, placement));
  });
}

/** Places in state special schools: the authority's own figure where it has one. */
function ownPlaces(january, otherwise) {
  const known = Object.keys(START.places).map(Number).filter((year) => year <= january);
  const last = known.length ? Math.max(...known) : null;
  const stands = last === january || (january === START.census && known.length);
  return stands ? START.places[last] : otherwise;
}

function keepInMainstream(stock, staying, share) {
  if (!share) return;
  for (const [placement, kept] of Object.entries(staying)) {
    stock.forEach((row, age) => {
      const moved = Math.max(row[placement] - kept[age], 0) * share;
      row[placement] -= moved;
      row[MAINSTREAM] += moved;
    });
  }
}

function turnedAway(stock, staying, places) {
  const arriving = stock.map((row, age) => Math.max(row[STATE_SPECIAL] - staying[age], 0));
  const wanted = total(arriving);
  const room = Math.max(places - total(staying), 0);
  const served = wanted > 0 ? Math.min(room, wanted) / wanted : 1;
  return arriving.map((number) => number * (1 - served));
}

function educateElsewhere(stock, away, assumed) {
  const independent = assumed("overflow_to_independent");
  const mainstream = assumed("overflow_to_mainstream");
  stock.forEach((row, age) => {
    row[STATE_SPECIAL] -= away[age];
    row[INDEPENDENT] += away[age] * independent;
    row[MAINSTREAM] += away[age] * mainstream;
    row[ELSEWHERE] += away[age] * (1 - independent - mainstream);
  });
}
