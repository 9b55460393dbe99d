import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { tempFolder } from "../../support/temp-folder.ts";

/** The folders of one daprd: its resources, and the sockets that it looks at. */
export interface Place {
  readonly folder: string;
  readonly sockets: string;
  readonly resources: string;
  /** Adds or replaces `NAME.yaml` in one step, as an editor or a volume does. */
  writeResource(name: string, resource: object | string): Promise<void>;
}

/**
 * Makes the folders of a daprd.
 *
 * @param options.sockets the socket folder of another daprd, to share our process with it
 */
export async function createPlace(options: { sockets?: string } = {}): Promise<Place> {
  const folder = await tempFolder();
  const { sockets = join(folder, "s") } = options;
  const resources = join(folder, "r");
  await mkdir(sockets, { recursive: true });
  await mkdir(resources);
  return {
    folder,
    sockets,
    resources,
    writeResource: async (name, resource) => {
      const unfinished = join(folder, `${name}.yaml`);
      await writeFile(unfinished, typeof resource === "string" ? resource : stringify(resource));
      await rename(unfinished, join(resources, `${name}.yaml`));
    },
  };
}

/** What a Component resource declares. */
export interface ComponentOptions {
  readonly name: string;
  readonly type?: string;
  /** Becomes `spec.metadata`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Makes a Component resource. */
export function componentResource({
  name,
  type = "bindings.dingtalk.webhook",
  metadata,
}: ComponentOptions): object {
  return {
    apiVersion: "dapr.io/v1alpha1",
    kind: "Component",
    metadata: { name },
    spec: {
      type,
      version: "v1",
      metadata: Object.entries(metadata).map(([field, value]) => ({ name: field, value })),
    },
  };
}
