/** A program that a suite needs: the one that is there, or Debian's. */
import { installPackages } from "../../src/setup/packages.ts";
import { which } from "../../src/setup/ruby.ts";

/** True when it is there afterwards; installing needs root, or sudo without a password. `why`: a sentence. */
export async function present(program: string, why: string, debianPackage = program): Promise<boolean> {
  if (which(program) !== null) return true;
  try {
    await installPackages([debianPackage], why, (message) => process.stdout.write(`${message}\n`));
  } catch (error) {
    process.stdout.write(`${String(error)}\n`);
  }
  return which(program) !== null;
}
