/** The command line as reports may repeat it: values that may be secret are left out. */

const secretive = new Set(["--env", "--input"]);
/** Takes words until the next option; the other takes one. */
const greedy = new Set(["--input"]);

/** @param words the command line, without the program */
export function withoutSecrets(words: string[]): string[] {
  let flag: string | null = null;
  return words.map((word) => {
    const [name = "", ...value] = word.split("=");
    if (secretive.has(name)) {
      flag = value.length === 0 || greedy.has(name) ? name : null;
      return value.length === 0 ? word : `${name}=${hidden(value.join("="))}`;
    }
    if (flag === null) return word;
    // `--env` takes the next word, whatever it looks like.
    if (greedy.has(flag) && word.startsWith("-")) {
      flag = null;
      return word;
    }
    if (!greedy.has(flag)) flag = null;
    return hidden(word);
  });
}

const hidden = (pair: string): string =>
  pair.includes("=") ? `${pair.slice(0, pair.indexOf("="))}=***` : "***";
