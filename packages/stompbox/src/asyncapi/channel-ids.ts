/**
 * Gives each destination one name in the document: the one of the configuration, else its own, made of
 * letters, digits, `.`, `_` and `-`. Two destinations never share one.
 */
export class ChannelIds {
  readonly #byDestination = new Map<string, string>();
  readonly #taken: Set<string>;

  /** @param reserved names that no destination gets */
  constructor(reserved: readonly string[]) {
    this.#taken = new Set(reserved);
  }

  /** @param destination in STOMP's form */
  idOf(destination: string, wanted?: string): string {
    const known = this.#byDestination.get(destination);
    if (known !== undefined) return known;
    const [, kind = 'destination', name = destination] =
      /^\/([^/]+)\/(.+)$/.exec(destination) ?? [];
    const id = this.#free(safe(wanted ?? name), kind);
    this.#byDestination.set(destination, id);
    return id;
  }

  #free(id: string, kind: string): string {
    const candidates = [id, `${id}-${safe(kind)}`];
    for (let count = 2; candidates.every((name) => this.#taken.has(name)); count += 1) {
      candidates.push(`${id}-${count}`);
    }
    const free = candidates.find((name) => !this.#taken.has(name)) ?? id;
    this.#taken.add(free);
    return free;
  }
}

function safe(text: string): string {
  const made = text.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '');
  return made === '' ? 'destination' : made;
}
