/** Image references, as container runtimes take them: [HOST[:PORT]/]NAME[:TAG][@DIGEST]. Pure. */

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const host = `(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?`;
const reference = new RegExp(
  `^(?<name>(?:${host}/)?${component}(?:/${component})*)(?<tag>:[A-Za-z0-9_][\\w.-]{0,127})?(?<digest>@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
  "u",
);

/** What is wrong with an image reference, in words; null when nothing is. */
export function badImage(text: string): string | null {
  // The pattern backtracks over long input, and no runtime takes more.
  if (text.length > 512) return "it is longer than any image's name";
  const { name, digest } = reference.exec(text)?.groups ?? {};
  if (name === undefined) {
    if (/[^\x21-\x7e]/u.test(text)) return "it holds a character that no image's name can";
    if (/^[^:@]*[A-Z]/u.test(text.slice(text.lastIndexOf("/") + 1)))
      return "an image's name is in small letters";
    if (/^[a-z]+:\/\//u.test(text)) return "it is an address; an image is named without https://";
    if (text.includes("@") && !/@[\w+.-]+:[0-9a-fA-F]{32,}$/u.test(text)) return "its digest is not whole";
    return "an image is named [HOST/]NAME[:TAG][@DIGEST]";
  }
  if (name.length > 255) return "an image's name is at most 255 characters long";
  if (digest?.startsWith("@sha256:") === true && digest.length !== 72)
    return "a sha256 digest is 64 hexadecimal digits";
  return null;
}
