// Documents of exact sizes, honest ones and hostile ones.
import { Lexer, Source } from 'graphql';
import { DOCUMENTED_ID } from '../support/with-app.js';

export const MODEL = `model(id: "${DOCUMENTED_ID}")`;

export const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

/** As many levels of fields. */
export function levels(count: number): string {
  const inner = times(count - 2, (index) => (index % 2 === 0 ? '{ latestVersion' : '{ model'));
  return `{ ${MODEL} ${inner} { __typename } ${'}'.repeat(count - 2)} }`;
}

/** As many levels below and with __schema. */
export function introspectionLevels(count: number): string {
  const types = count - 3;
  return `{ __schema { types ${'{ ofType '.repeat(types)} { name } ${'}'.repeat(types)} } }`;
}

export function tokens(count: number): string {
  const withNumbers = (numbers: number) =>
    `{ _entities(representations: { __typename: "Model", id: "a", x: [${'0 '.repeat(numbers)}] }) { __typename } }`;
  return withNumbers(count - tokensOf(withNumbers(0)));
}

function tokensOf(text: string): number {
  const lexer = new Lexer(new Source(text));
  let count = 0;
  while (lexer.advance().kind !== '<EOF>') count += 1;
  return count;
}

/** 2 and 49 for each spread. */
export function fields(spreads: number, further = 0): string {
  const body = `id ${'name '.repeat(further)} ${'...All '.repeat(spreads)}`;
  return `{ ${MODEL} { ${body} } } fragment All on Model { ${'name '.repeat(49)} }`;
}

/** Each fragment spreads the next so many times. */
export function bomb(depth: number, width: number): string {
  const chain = times(
    depth,
    (index) => `fragment F${index} on Model { ${`...F${index + 1} `.repeat(width)} }`,
  );
  return `{ ${MODEL} { ...F0 } } ${chain} fragment F${depth} on Model { name }`;
}
