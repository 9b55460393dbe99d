import type { ComponentResource } from "./component-resource.ts";
import { type Finding, problem } from "./finding.ts";

/** Finds components of any type whose name daprd refuses. */
export function checkNames(components: readonly ComponentResource[]): Finding[] {
  const read = components.filter(({ isRead }) => isRead);
  return read.flatMap((component, index) => {
    const { name, file, hasName } = component;
    if (!hasName) {
      return problem`name: ${file} has a component without a usable metadata.name, so daprd skips it -> give it a name of letters, digits and dashes`;
    }
    if (!read.slice(0, index).some((other) => clashes(other, component))) return [];
    return problem`name: ${file} has a second component with the name ${name}, so daprd ends -> rename one of the two`;
  });
}

/** Whether one app loads both under one name. */
function clashes(some: ComponentResource, other: ComponentResource): boolean {
  return (
    some.name === other.name &&
    (some.scopes.length === 0 ||
      other.scopes.length === 0 ||
      some.scopes.some((app) => other.scopes.includes(app)))
  );
}
