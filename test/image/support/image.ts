import { spawn } from "node:child_process";
import { dirname } from "node:path";

/** A stage while it is built; an image when its last instruction is done. */
export class Image {
  /** The folder in place of `/`. */
  readonly root: string;
  workdir = "/";
  user = "";
  readonly env: Record<string, string> = {};
  readonly labels: Record<string, string> = {};
  /** The targets of COPY in their order, each a layer. */
  readonly layers: string[] = [];
  entrypoint: readonly string[] = [];
  command: readonly string[] = [];
  healthcheck: readonly string[] = [];

  constructor(root: string) {
    this.root = root;
  }

  /** The path on this machine of a path in the image. */
  locate(path: string): string {
    return path.startsWith("/") ? `${this.root}${path}` : `${this.root}${this.workdir}/${path}`;
  }
}

/** Variables of this machine that npm needs to find packages. */
const passedOn =
  /^(HOME|\w+_proxy|NODE_EXTRA_CA_CERTS|npm_config_(registry|cache|(user|global)config))$/i;

export interface Outcome {
  readonly exit: number | string;
  readonly output: string;
}

export interface ImageProcess {
  /** Ends the process as an engine does and waits for its end. */
  stop(): Promise<Outcome>;
  /** Everything that the process has written so far. */
  output(): string;
  readonly ended: Promise<Outcome>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Only root can become another user. */
  readonly uid?: number | undefined;
}

/** Runs a command in an image, with the Node of this machine in place of the base image's. */
export function start(
  image: Image,
  [command = "", ...args]: readonly string[],
  { env, uid }: StartOptions = {},
): ImageProcess {
  const passed = Object.entries(process.env).filter(([name]) => passedOn.test(name));
  const own = Object.entries(image.env).map(([name, value]) => [name, inRoot(value, image)]);
  const path = `${dirname(process.execPath)}:${process.env.PATH}`;
  const child = spawn(
    command,
    args.map((word) => inRoot(word, image)),
    {
      cwd: image.locate(image.workdir),
      env: { ...Object.fromEntries(passed), PATH: path, ...Object.fromEntries(own), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...(uid !== undefined && { uid, gid: uid }),
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ exit: code ?? signal ?? "unknown", output }));
  });
  return {
    ended,
    output: () => output,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** Absolute paths are paths of the image. */
function inRoot(text: string, image: Image): string {
  return text.replaceAll(/(?<=^|\s)\/(?=\w)/g, `${image.root}/`);
}
