// Coerces the variables of an operation to their types, as graphql-js does, up to the first wrong value.
// graphql-js itself collects errors and repeats the value in each, which may be as long as the request.
import {
  coerceInputValue,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql';
import { AppError } from '../../domain/errors.js';
import { isJsonObject } from '../../lib/json.js';
import { shortName } from './short-texts.js';

export type VariableValues = Readonly<Record<string, unknown>>;

/** Throws BAD_USER_INPUT that names the place of the first wrong value. The document has passed validation. */
export function coerceVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: VariableValues,
): VariableValues {
  const coerced: Record<string, unknown> = {};
  for (const definition of variableDefinitions) {
    const name = definition.variable.name.value;
    const value = coerceVariable(schema, definition, name, given);
    if (value !== undefined) coerced[name] = value;
  }
  return coerced;
}

/** undefined: the variable has no value. */
function coerceVariable(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  name: string,
  given: VariableValues,
): unknown {
  const type = typeFromAST(schema, definition.type);
  if (!isInputType(type)) throw wrong(name, 'its type is not an input type');
  const value = Object.hasOwn(given, name) ? given[name] : undefined;
  if (value === undefined) {
    if (definition.defaultValue) return valueFromAST(definition.defaultValue, type);
    if (isNonNullType(type)) throw wrong(name, `a value of type ${type} is required`);
    return undefined;
  }
  return coerceInputValue(value, type, (path, invalidValue) => {
    throw wrong(name, problemOf(name, type, path, invalidValue));
  });
}

type Path = readonly (string | number)[];

function problemOf(name: string, type: GraphQLInputType, path: Path, value: unknown): string {
  const place = shortName(name + path.map(printStep).join(''));
  const expected = typeAt(type, path);
  const nullable = getNullableType(expected);
  if (!isInputObjectType(nullable) || !isJsonObject(value)) return `${place} must be ${expected}`;
  const fields = nullable.getFields();
  const missing = Object.values(fields).find(
    (field) => isRequiredInputField(field) && value[field.name] === undefined,
  );
  if (missing !== undefined) return `${place}.${missing.name} is required`;
  const unknown = Object.keys(value).find((key) => fields[key] === undefined) ?? '';
  return `${place} must not have the field "${shortName(unknown)}"`;
}

function printStep(step: string | number): string {
  return typeof step === 'number' ? `[${step}]` : `.${step}`;
}

/** A single value stands for a list of one, so that a path may be shorter than its type is deep. */
function typeAt(type: GraphQLInputType, path: Path): GraphQLInputType {
  let current = type;
  for (const step of path) {
    const list = getNullableType(current);
    const isSingle = typeof step === 'string' && isListType(list);
    const nullable = isSingle ? getNullableType(list.ofType) : list;
    if (isListType(nullable)) current = nullable.ofType;
    else if (isInputObjectType(nullable)) current = nullable.getFields()[step]?.type ?? current;
  }
  return current;
}

function wrong(name: string, problem: string): AppError {
  return new AppError('BAD_USER_INPUT', `Variable "$${shortName(name)}": ${problem}.`);
}
