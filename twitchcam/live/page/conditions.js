/** Conditions: when a question is worth asking. The same small language as in the questionnaire's file. */

const TESTS = {
  above: (fact, limit) => fact > limit,
  below: (fact, limit) => fact < limit,
  at_least: (fact, limit) => fact >= limit,
  up_to: (fact, limit) => fact <= limit,
  one_of: (fact, options) => options.includes(fact),
  includes_any: (fact, wanted) => Array.isArray(fact) && wanted.some((item) => fact.includes(item)),
};

/** Return whether a condition is known to hold; what was not answered is undefined. */
export function holds(condition, facts) {
  return Object.entries(condition ?? {}).every(([name, wanted]) => {
    if (name === "any") return wanted.some((part) => holds(part, facts));
    if (name === "all") return wanted.every((part) => holds(part, facts));
    return passes(facts[name], wanted);
  });
}

function passes(fact, wanted) {
  if (wanted === null || typeof wanted !== "object") return fact === wanted;
  return Object.entries(wanted).every(([test, argument]) => {
    if (test === "unless") return !passes(fact, argument);
    if (test === "known") return (fact !== undefined) === argument;
    return fact !== undefined && TESTS[test](fact, argument);
  });
}
