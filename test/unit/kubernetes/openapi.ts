/** Checks objects against the types of the Kubernetes API, as its official client carries them (generated from the API's own OpenAPI). */
import * as models from "@kubernetes/client-node";

type Attribute = { name: string; type: string };
type Model = { getAttributeTypeMap: () => Attribute[] };

const modelOf = (type: string): Model | undefined => (models as unknown as Record<string, Model>)[type];

/** What in `value` the API does not know, or knows otherwise. */
export function unknownTo(type: string, value: unknown, path = type): string[] {
  const list = /^Array<(?<item>.*)>$/u.exec(type)?.groups?.item;
  if (list !== undefined)
    return Array.isArray(value)
      ? value.flatMap((item, index) => unknownTo(list, item, `${path}[${index}]`))
      : [`${path}: no list`];
  const values = /^\{ \[key: string\]: (?<item>.*); \}$/u.exec(type)?.groups?.item;
  if (values !== undefined)
    return isMap(value)
      ? Object.entries(value).flatMap(([key, item]) => unknownTo(values, item, `${path}.${key}`))
      : [`${path}: no mapping`];
  if (type === "IntOrString")
    return ["string", "number"].includes(typeof value) ? [] : [`${path}: no ${type}`];
  if (["string", "number", "boolean"].includes(type))
    return typeof value === type ? [] : [`${path}: ${JSON.stringify(value)} is no ${type}`];
  const model = modelOf(type);
  if (model === undefined) return [`${path}: the test does not know the type ${type}`];
  if (!isMap(value)) return [`${path}: no ${type}`];
  const attributes = new Map(
    model.getAttributeTypeMap().map((attribute) => [attribute.name, attribute.type]),
  );
  return Object.entries(value).flatMap(([key, item]) => {
    const attribute = attributes.get(key);
    return attribute === undefined
      ? [`${path}.${key}: unknown`]
      : unknownTo(attribute, item, `${path}.${key}`);
  });
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
