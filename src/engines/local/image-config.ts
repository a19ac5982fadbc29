/** An image's configuration, as OCI writes it or as `docker inspect` shows it: who the main process is and what it runs. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { messageOf, usageError } from "../../errors.ts";
import { parseUser } from "../../target/parse.ts";
import type { UserSpec } from "../../target/target.ts";

const texts = z.array(z.string()).nullish();
const settings = z.object({
  User: z.string().nullish(),
  Env: texts,
  WorkingDir: z.string().nullish(),
  Entrypoint: texts,
  Cmd: texts,
});

/** What the pod program makes the main process from; `argv` null: hold. */
export type MainProcess = {
  user: string | null;
  group: string | null;
  env: string[];
  cwd: string | null;
  argv: string[] | null;
};

/** What it says of the main process; `argv` is entry point and command. */
export type ImageConfig = { user: UserSpec | null; env: string[]; cwd: string | null; argv: string[] };

/** @throws SidescanError (exit 2) when the file cannot be read or is no image configuration */
export async function readImageConfig(file: string): Promise<ImageConfig> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw usageError(`Cannot read the image config ${file}: ${messageOf(error)}`);
  }
  return parseImageConfig(text, file);
}

/** @param name of the file, for messages. @throws SidescanError (exit 2) when it is no image configuration */
export function parseImageConfig(text: string, name: string): ImageConfig {
  const wrong = (why: string) =>
    usageError(
      `${name} is no image config: ${why}.`,
      "Such as `docker inspect IMAGE` or the config blob of an OCI image",
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("it is not JSON");
  }
  // `docker inspect` prints a list; OCI says config, Docker says Config.
  const [document, ...others] = Array.isArray(value) ? (value as unknown[]) : [value];
  if (others.length > 0) throw wrong(`it describes ${others.length + 1} images`);
  const found = z.union([z.object({ config: settings }), z.object({ Config: settings })]).safeParse(document);
  if (!found.success) throw wrong('it has no usable object "config"');
  const { User, Env, WorkingDir, Entrypoint, Cmd } =
    "config" in found.data ? found.data.config : found.data.Config;
  const env = Env ?? [];
  const odd = env.find((pair) => !/^[^=]+=/u.test(pair) || pair.includes("\0"));
  if (odd !== undefined) throw wrong(`the environment holds ${JSON.stringify(odd)}, which is not NAME=value`);
  return {
    user: User ? parseUser(User) : null,
    env,
    cwd: WorkingDir || null,
    argv: [...(Entrypoint ?? []), ...(Cmd ?? [])],
  };
}

/** What the user asks for wins over what the image says. @throws SidescanError (exit 2) */
export async function mainProcess(asked: {
  user: UserSpec | null;
  imageConfig: string | null;
  run: boolean;
}): Promise<MainProcess> {
  const image = asked.imageConfig === null ? null : await readImageConfig(asked.imageConfig);
  const user = asked.user ?? image?.user ?? null;
  if (asked.run && !image?.argv.length)
    throw usageError(
      `${asked.imageConfig ?? "The image"} names no program to run.`,
      "Leave --run away to audit without one.",
    );
  return {
    user: user?.user ?? null,
    group: user?.group ?? null,
    env: image?.env ?? [],
    cwd: image?.cwd ?? null,
    argv: asked.run ? (image?.argv ?? null) : null,
  };
}
