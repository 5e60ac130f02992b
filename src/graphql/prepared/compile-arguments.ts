// The arguments of a field as values: computed once where none uses a variable, and read by name where all of
// them are variables that were given.
import {
  type ArgumentNode,
  BREAK,
  type FieldNode,
  type GraphQLField,
  getArgumentValues,
  visit,
} from 'graphql';
import type { Variables } from './run.js';

export interface CompiledArguments {
  /** Throws the same errors as the executor. */
  readonly read: (variables: Variables) => Readonly<Record<string, unknown>>;
  /** The values are the same for all variables. */
  readonly isConstant: boolean;
}

export function compileArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): CompiledArguments {
  const given = node.arguments ?? [];
  if (!given.some(usesVariables)) {
    const constant = getArgumentValues(field, node, {});
    return { read: () => constant, isConstant: true };
  }
  const asExecutor = (variables: Variables) => getArgumentValues(field, node, variables);
  const names = given.map(variableNameOf);
  const isPlain = names.every((name) => name !== null) && given.length === field.args.length;
  return { read: isPlain ? byName(given, names, asExecutor) : asExecutor, isConstant: false };
}

/** A variable that has a value has passed the check of its type; the executor handles defaults and nulls. */
function byName(
  given: readonly ArgumentNode[],
  variableNames: readonly (string | null)[],
  otherwise: CompiledArguments['read'],
): CompiledArguments['read'] {
  const pairs = given.map(({ name }, index) => [name.value, variableNames[index] ?? ''] as const);
  return (variables) => {
    const values: Record<string, unknown> = {};
    for (const [name, variable] of pairs) {
      const value = Object.hasOwn(variables, variable) ? variables[variable] : null;
      if (value === null || value === undefined) return otherwise(variables);
      values[name] = value;
    }
    return values;
  };
}

function variableNameOf({ value }: ArgumentNode): string | null {
  return value.kind === 'Variable' ? value.name.value : null;
}

function usesVariables(argument: ArgumentNode): boolean {
  let isFound = false;
  const found = () => {
    isFound = true;
    return BREAK;
  };
  visit(argument, { Variable: found });
  return isFound;
}
