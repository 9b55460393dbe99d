import type { CreateBinding } from "./binding.ts";

/** One kind of binding that a {@link ComponentServer} offers to daprd. */
export interface Component {
  /**
   * Names under which daprd finds the component, each with a socket of its own: `acme` becomes
   * `acme.sock`, and the YAML says `type: bindings.acme`. All names lead to the same instances.
   */
  readonly names: readonly string[];
  /** First word of every error text of the component. */
  readonly domain: string;
  readonly createBinding: CreateBinding;
}

/** The component type in the YAML for one of a component's names. */
export function componentTypeOf(name: string): string {
  return `bindings.${name}`;
}
