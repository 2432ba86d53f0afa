/** What a page leaves out, or gives as `undefined`, is the default. Nothing is checked: the types do that. */
export function withDefaults<D extends object, R extends object>(
  defaults: D,
  raw: R,
): D & Omit<R, keyof D> {
  const given = Object.entries(raw).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(given) as Omit<R, keyof D>) };
}
