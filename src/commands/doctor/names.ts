import type { ComponentResource } from "./component-resource.ts";
import { type Finding, problem } from "./finding.ts";

/** Finds components of any type whose name daprd refuses. */
export function* checkNames(components: readonly ComponentResource[]): Iterable<Finding> {
  const read = components.filter(({ isRead }) => isRead);
  for (const [index, component] of read.entries()) {
    const { name, file, hasName } = component;
    if (!hasName) {
      yield problem`name: ${file} has a component without a usable metadata.name, so daprd skips it -> give it a name of letters, digits and dashes`;
    } else if (read.slice(0, index).some((other) => clashes(other, component))) {
      yield problem`name: ${file} has a second component with the name ${name}, so daprd ends -> rename one of the two`;
    }
  }
}

/** Whether one app loads both under one name. No scopes stand for every app. */
function clashes(some: ComponentResource, other: ComponentResource): boolean {
  const isShared = some.scopes.some((app) => other.scopes.includes(app));
  return some.name === other.name && (isShared || !some.scopes.length || !other.scopes.length);
}
