// The custom scalars. Answers are already decoded: they pass unchanged, and a wrong one is an internal error.
import { GraphQLError, GraphQLScalarType, valueFromASTUntyped } from 'graphql';

function passing(name: string, isValid: (value: unknown) => boolean): GraphQLScalarType {
  const check = (value: unknown) => {
    if (isValid(value)) return value;
    throw new GraphQLError(`${name} cannot represent this value.`);
  };
  return new GraphQLScalarType({
    name,
    serialize: check,
    parseValue: check,
    parseLiteral: (node, variables) => check(valueFromASTUntyped(node, variables)),
  });
}

const isText = (value: unknown) => typeof value === 'string';

/** Scalars by their names in the schema, two of which are also names in JavaScript. */
export const scalars = {
  DateTime: passing('DateTime', isText),
  URL: passing('URL', isText),
  Long: passing('Long', Number.isSafeInteger),
  JSON: passing('JSON', (value) => value !== undefined),
};
