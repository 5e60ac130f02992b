// Turns the text of Conditions into one test per condition; does not combine them.

import { isJsonObject, textOf, type WireModel } from '../wire.js';
import { invalidParameter, type Query, readJsonArray } from './parameters.js';

type ModelTest = (model: WireModel) => boolean;

const NUMBER_COLUMNS: readonly string[] = ['ParameterSize', 'OrderNumber'];
const TEXT_COLUMNS: readonly string[] = [
  'ModelId',
  'ModelName',
  'WorkspaceId',
  'Domain',
  'Task',
  'Origin',
  'Provider',
  'ModelType',
  'Accessibility',
];

const NUMBER_OPERATORS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  LessThan: (left, right) => left < right,
  LessThanOrEqual: (left, right) => left <= right,
  GreaterThan: (left, right) => left > right,
  GreaterThanOrEqual: (left, right) => left >= right,
  Equal: (left, right) => left === right,
  NotEqual: (left, right) => left !== right,
};

function numberTest(column: string, operator: string, value: string): ModelTest {
  const compare = Object.hasOwn(NUMBER_OPERATORS, operator)
    ? NUMBER_OPERATORS[operator]
    : undefined;
  if (!compare) throw invalidParameter('Conditions', `unknown Operator for ${column}`);
  if (!/^-?\d+$/.test(value)) throw invalidParameter('Conditions', 'Value is not an integer');
  const limit = Number(value);
  return (model) => {
    const actual = model[column];
    // As in SQL, a model without the number fulfils no comparison.
    return typeof actual === 'number' && compare(actual, limit);
  };
}

function textTest(column: string, operator: string, value: string): ModelTest {
  switch (operator) {
    case 'Equal':
      return (model) => model[column] === value;
    case 'NotEqual':
      return (model) => textOf(model, column) !== '' && model[column] !== value;
    default:
      throw invalidParameter('Conditions', `unknown Operator for ${column}`);
  }
}

function conditionTest(condition: unknown): ModelTest {
  if (!isJsonObject(condition)) throw invalidParameter('Conditions', 'an array of objects');
  const { Column: column, Operator: operator, Value: value } = condition;
  if (typeof column !== 'string' || typeof operator !== 'string' || typeof value !== 'string') {
    throw invalidParameter('Conditions', 'Column, Operator and Value are texts');
  }
  if (NUMBER_COLUMNS.includes(column)) return numberTest(column, operator, value);
  if (TEXT_COLUMNS.includes(column)) return textTest(column, operator, value);
  throw invalidParameter('Conditions', 'unknown Column');
}

export function readConditions(query: Query): ModelTest[] {
  return readJsonArray(query, 'Conditions').map(conditionTest);
}
