import type { Direction } from "./binding.ts";

interface Claim {
  readonly direction: Direction;
  /** Undefined after daprd closed the connection because it was idle. daprd may dial again. */
  connection: string | undefined;
}

/**
 * Who still counts on one configuration: the connections that brought it in their Init, and those
 * that daprd closed for idleness and dials again without an Init.
 */
export class Claims {
  #claims: Claim[] = [];
  readonly #directions = new Set<Direction>();

  /** Notes an Init. It takes the place of an idle connection's: the same app was started again. */
  add(direction: Direction, connection: string | undefined): void {
    this.#directions.add(direction);
    this.drop(connection, direction);
    if (connection === undefined || !this.adopt(direction, connection)) {
      this.#claims.push({ direction, connection });
    }
  }

  /** Lets a connection that had no Init take the place of an idle one. @returns whether it did */
  adopt(direction: Direction, connection: string): boolean {
    const idle = this.#claims.find(
      (claim) => claim.connection === undefined && claim.direction === direction,
    );
    if (idle !== undefined) idle.connection = connection;
    return idle !== undefined;
  }

  /** Forgets what a connection claims, in one direction or in both. */
  drop(connection: string | undefined, direction?: Direction): void {
    if (connection === undefined) return;
    this.#claims = this.#claims.filter(
      (claim) =>
        claim.connection !== connection ||
        (direction !== undefined && claim.direction !== direction),
    );
  }

  /** Notes that a connection closed for idleness. */
  rest(connection: string): void {
    for (const claim of this.#claims) {
      if (claim.connection === connection) claim.connection = undefined;
    }
  }

  /** Whether an Init of this direction ever came. */
  has(direction: Direction): boolean {
    return this.#directions.has(direction);
  }

  /**
   * Whether an app counts on the configuration. An app that dropped it closes its output connection
   * and may leave the input connection open, so every direction needs a claim.
   */
  get isHeld(): boolean {
    return [...this.#directions].every((direction) => this.#of(direction).length > 0);
  }

  /** Whether a connection is the only one of its direction, and at most one other has the other. */
  isOneApp(connection: string): boolean {
    const own = this.#claims.some((claim) => claim.connection === connection);
    return own && this.#of("input").length <= 1 && this.#of("output").length <= 1;
  }

  /** The open connections of a direction, or of both. */
  connections(direction?: Direction): string[] {
    const claims = direction === undefined ? this.#claims : this.#of(direction);
    return claims.flatMap(({ connection }) => connection ?? []);
  }

  #of(direction: Direction): Claim[] {
    return this.#claims.filter((claim) => claim.direction === direction);
  }
}
