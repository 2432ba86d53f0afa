export interface HandleOptions {
  /** The path before the routes: where the framework has mounted them. */
  readonly prefix?: string | undefined;
}
