/**
 * Login and passcode of one server. The passcode lives in a private field, so that printing,
 * inspecting or serialising anything that holds credentials cannot show it.
 */
export class Credentials {
  readonly login: string | undefined;
  readonly #passcode: string | undefined;

  constructor(login: string | undefined, passcode: string | undefined) {
    this.login = login;
    this.#passcode = passcode;
  }

  /** The headers of CONNECT that say who we are. */
  toHeaders(): [name: string, value: string][] {
    const headers: [string, string][] = [];
    if (this.login !== undefined) headers.push(['login', this.login]);
    if (this.#passcode !== undefined) headers.push(['passcode', this.#passcode]);
    return headers;
  }
}
