/**
 * Shapes of plain data, checked in place: results have tens of megabytes, of which nothing is copied, and `check` starts without a
 * library for it. Fields that a shape does not name are let through.
 */

export type Problem = { path: (string | number)[]; message: string };

/** `type` is never there; it carries the type alone. */
export type Shape<Type> = {
  readonly type?: Type;
  /** True when nothing is wrong and that is seen at once: most fields are texts that are there, and need no path. */
  fits?(value: unknown): boolean;
  check(value: unknown, path: (string | number)[], problems: Problem[]): void;
};

export type TypeOf<One> = One extends Shape<infer Type> ? Type : never;

type Fields = Record<string, Shape<unknown>>;
type ObjectOf<All extends Fields> = {
  [Key in keyof All as undefined extends TypeOf<All[Key]> ? never : Key]: TypeOf<All[Key]>;
} & {
  [Key in keyof All as undefined extends TypeOf<All[Key]> ? Key : never]?: TypeOf<All[Key]>;
} & { [key: string]: unknown };

/** What is wrong with a value, and where; empty when it has the shape. */
export function problemsOf(value: unknown, shape: Shape<unknown>): Problem[] {
  const problems: Problem[] = [];
  shape.check(value, [], problems);
  return problems;
}

function primitive<Type>(what: string, is: (value: unknown) => boolean): Shape<Type> {
  return {
    fits: is,
    check(value, path, problems) {
      if (!is(value)) problems.push({ path: [...path], message: `it is ${name(value)}, not ${what}` });
    },
  };
}

/** A text, whatever it says. */
export const isText = (value: unknown): value is string => typeof value === "string";

/** Neither null nor a list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const text = primitive<string>("a text", isText);
export const number = primitive<number>("a number", Number.isFinite);
export const anything: Shape<unknown> = { check() {} };

export const oneOf = <const Type extends string>(...values: Type[]): Shape<Type> =>
  primitive<Type>(`one of ${values.join(", ")}`, (value) => values.includes(value as Type));

export const textOrBoolean = primitive<string | boolean>(
  "a text or a boolean",
  (value) => typeof value === "string" || typeof value === "boolean",
);

/** Absent, null or of the shape. */
export const optional = <Type>(shape: Shape<Type>): Shape<Type | null | undefined> => ({
  fits: (value) => value === undefined || value === null || shape.fits?.(value) === true,
  check(value, path, problems) {
    if (value !== undefined && value !== null) shape.check(value, path, problems);
  },
});

export const list = <Type>(shape: Shape<Type>): Shape<Type[]> => ({
  check(value, path, problems) {
    if (!Array.isArray(value)) {
      problems.push({ path: [...path], message: `it is ${name(value)}, not a list` });
      return;
    }
    for (let index = 0; index < value.length; index++) {
      path.push(index);
      shape.check(value[index], path, problems);
      path.pop();
    }
  },
});

export function object<All extends Fields>(fields: All): Shape<ObjectOf<All>> {
  const known = Object.entries(fields);
  return {
    check(value, path, problems) {
      if (!isRecord(value)) {
        problems.push({ path: [...path], message: `it is ${name(value)}, not an object` });
        return;
      }
      for (const [key, shape] of known) {
        const field = value[key];
        if (shape.fits?.(field) === true) continue;
        path.push(key);
        shape.check(field, path, problems);
        path.pop();
      }
    },
  };
}

function name(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return value.length > 30 ? "a text" : `the text ${JSON.stringify(value)}`;
  return typeof value === "object" ? "an object" : `the ${typeof value} ${JSON.stringify(value)}`;
}
