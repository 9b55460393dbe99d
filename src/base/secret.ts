/** A text that must not be seen: neither a log, nor JSON, nor a template shows it. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Only a hash of it may be kept or sent. */
  reveal(): string {
    return this.#text;
  }
}
