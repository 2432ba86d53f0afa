/** Headers of a frame. A name that a frame repeats has its first value. */
export class StompHeaders {
  [name: string]: string;
}
