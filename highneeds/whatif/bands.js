// Low and high about a central case that has moved: the simulated run's own distances from
// its central case, scaled by spending, a balance's by all spent up to it, plans by plans.

// A policy taken off again cannot widen a band beyond this.
const LEAST = 0.05;

/** Sums of a series from its first year on. */
const cumulative = (values) => {
  let sum = 0;
  return values.map((value) => (sum += value));
};

/** What a stated figure or a policy was measured to do to the distances: a change each. */
function pinned(scenario, own, run) {
  const found = [];
  for (const field of START.own_fields) {
    const stated = own[field.measure]?.[ending(field.at)] !== undefined;
    if (field.ratio && stated) found.push({ ratio: field.ratio, to: (factor) => factor });
  }
  const { stability_grant: grant, later_deficits: later } = scenario.policies;
  const before = run.policies;
  // On an own high needs balance the grant is the same in every future.
  const sure =
    ends({ ...START.money.high_needs_balance, ...own.high_needs_balance_gbp }).length ||
    (grant.high_needs_balances_gbp ?? {})[START.la_code] !== undefined;
  if (START.grant_ratio && !sure && grant.switched_on !== before.stability_grant.switched_on) {
    const measured = grant.switched_on === START.grant_measured;
    const to = (factor) => (measured ? factor : 1 / Math.max(factor, LEAST));
    found.push({ ratio: START.grant_ratio, to });
  }
  const part = (later.share - before.later_deficits.share) / START.later_measured;
  if (START.later_ratio && part) {
    found.push({ ratio: START.later_ratio, to: (factor) => Math.max(1 + (factor - 1) * part, 0) });
  }
  return found;
}

// What a series grows with: a balance with all that was spent up to it.
const SIZE = {
  plans: (plans) => plans,
  spending: (_, spending) => spending,
  in_year: (_, spending) => spending,
  balance: (_, spending) => cumulative(spending),
};

/** Low and high of a measure by year, about its central values. */
function bandOf(measure, run, now, before, factors, own) {
  const apart = run.distances[measure];
  // A stated outturn is sure: by how much it differs from the run's widens no year's range.
  const stated = own.high_needs_spending_gbp ?? {};
  const spent = now.spending.map((value, step) => (START.years[step] in stated ? before.spending[step] : value));
  const size = SIZE[measure](now.plans, spent);
  const was = SIZE[measure](before.plans, before.spending);
  return now[measure].map((central, step) => {
    if (!apart || !Number.isFinite(central)) return null;
    const scale = size[step] / was[step];
    return apart[step].map((distance, end) => {
      const changes = factors.map(({ ratio, to }) => to(ratio[measure]?.[step]?.[end] ?? 1));
      return central + changes.reduce((left, factor) => left * factor, distance) * scale;
    });
  });
}
