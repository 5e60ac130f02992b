// Arguments of a field as values: once where no variable is among them, and by name where all of them are
// constants or variables that were given.
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
  /** Throws what the executor throws. */
  readonly read: (variables: Variables) => Readonly<Record<string, unknown>>;
  /** The same for whatever variables. */
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

/** A variable that has a value has passed for its type; defaults and nulls are the executor's to judge. */
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
