// The custom scalars. Answers were decoded already: they pass as they are, and a wrong one is our fault.
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

/** By their names in the schema, two of which are also JavaScript's. */
export const scalars = {
  DateTime: passing('DateTime', isText),
  URL: passing('URL', isText),
  Long: passing('Long', Number.isSafeInteger),
  JSON: passing('JSON', (value) => value !== undefined),
};
