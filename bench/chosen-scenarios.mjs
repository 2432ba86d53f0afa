/** Which scenarios a run is to measure. */

/**
 * @param only parts of names, separated by commas; the empty text is part of every name
 * @throws when none has one of them
 */
export function chosenScenarios(scenarios, only) {
  const chosen = scenarios.filter(({ name }) =>
    only.split(',').some((text) => name.includes(text)),
  );
  if (chosen.length > 0) return chosen;
  throw new Error(`No scenario has that in its name: ${scenarios.map(({ name }) => name).join()}`);
}
