// Reads from the schema which fields call upstream and how the objects that they give are identified: @upstream,
// @keyFrom and @listSize. It also says below which fields a call can follow, so that no others are walked.
import {
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql';
import type { UpstreamOperation } from '../../domain/events.js';
import { isJsonObject } from '../../domain/model.js';
import type { ListOperation, ObjectOperation, Operations } from './operations.js';

/** One use of @upstream. */
export interface Mark {
  readonly operation: UpstreamOperation;
  readonly rule: ObjectOperation | ListOperation;
  readonly key: readonly string[];
  readonly batchSize: number;
  readonly fixed: Readonly<Record<string, unknown>>;
}

export interface FieldMarks {
  readonly upstream: readonly Mark[];
  /** The first parts of the key of the objects that it gives; null: not said. */
  readonly keyFrom: readonly string[] | null;
  /** Its objects count as items of a list. */
  readonly isList: boolean;
  /** Arguments of the key that are ids. */
  readonly ids: readonly string[];
}

/** An object that an operation reads by its key. */
export interface EntityMarks {
  readonly operation: UpstreamOperation;
  /** The fields of the whole key, in the order of the operation. */
  readonly key: readonly string[];
  /** All keys by which a gateway may refer to it. */
  readonly references: readonly Mark[];
}

export interface SchemaMarks {
  fieldOf(typeName: string, fieldName: string): FieldMarks | undefined;
  entityOf(typeName: string): EntityMarks | undefined;
  /** The type of the objects that an operation reads by their keys. */
  typeReadBy(operation: UpstreamOperation): string | null;
  /** The names of the fields of this type that a price can depend on. */
  pricedFieldsOf(typeName: string): ReadonlySet<string>;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** Throws where a mark names an operation, an argument or a field that does not exist. */
export function readMarks(schema: GraphQLSchema, operations: Operations): SchemaMarks {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const fields = new Map<string, FieldMarks>();
  const entities = new Map<string, EntityMarks>();
  for (const type of types) {
    const references = marksOn(type, schema, operations);
    const [whole] = references.toSorted((one, other) => other.key.length - one.key.length);
    if (whole) entities.set(type.name, { operation: whole.operation, key: whole.key, references });
    for (const field of Object.values(type.getFields())) {
      const marks = fieldMarks(type, field, schema, operations);
      if (marks !== null) fields.set(`${type.name}.${field.name}`, marks);
    }
  }
  const names = pricedNames(types, schema, fields);
  return {
    fieldOf: (typeName, fieldName) => fields.get(`${typeName}.${fieldName}`),
    entityOf: (typeName) => entities.get(typeName),
    typeReadBy: (operation) =>
      [...entities].find(([, entity]) => entity.operation === operation)?.[0] ?? null,
    pricedFieldsOf: (typeName) => names.get(typeName) ?? NO_NAMES,
  };
}

type Marked = GraphQLObjectType | GraphQLField<unknown, unknown>;

function fieldMarks(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  schema: GraphQLSchema,
  operations: Operations,
): FieldMarks | null {
  const upstream = marksOn(field, schema, operations);
  const [keyFrom] = directivesOn(field, 'keyFrom', schema);
  if (upstream.length === 0 && keyFrom === undefined) return null;
  const from = keyFrom === undefined ? null : textsOf(keyFrom.parts);
  const named = new Set(upstream.flatMap(({ key }) => key));
  for (const name of [...named, ...(from ?? [])]) {
    const isKnown =
      field.args.some((argument) => argument.name === name) ||
      type.getFields()[name] !== undefined ||
      upstream.every(({ fixed }) => Object.hasOwn(fixed, name));
    if (!isKnown)
      throw new Error(`${type.name}.${field.name}: a mark names ${name}, which is not there.`);
  }
  const ids = field.args.filter(
    (argument) => named.has(argument.name) && getNamedType(argument.type).name === 'ID',
  );
  return {
    upstream,
    keyFrom: from,
    isList: directivesOn(field, 'listSize', schema).length > 0,
    ids: ids.map(({ name }) => name),
  };
}

function marksOn(marked: Marked, schema: GraphQLSchema, operations: Operations): Mark[] {
  return directivesOn(marked, 'upstream', schema).map(({ operation, key, batchSize, fixed }) => {
    const name = Object.keys(operations).find(isOperation(operation));
    if (name === undefined) throw new Error(`@upstream names the unknown operation ${operation}.`);
    return {
      operation: name,
      rule: operations[name],
      key: textsOf(key),
      batchSize: Number(batchSize),
      fixed: isJsonObject(fixed) ? fixed : {},
    };
  });
}

function isOperation(operation: unknown) {
  return (name: string): name is UpstreamOperation => name === operation;
}

/** The arguments of each use of the directive. */
function directivesOn(
  marked: Marked,
  name: string,
  schema: GraphQLSchema,
): Readonly<Record<string, unknown>>[] {
  const definition = schema.getDirective(name);
  if (!definition) return [];
  const extensions = 'extensionASTNodes' in marked ? marked.extensionASTNodes : [];
  return [marked.astNode, ...extensions]
    .flatMap((node): readonly ConstDirectiveNode[] => node?.directives ?? [])
    .filter((node) => node.name.value === name)
    .map((node) => getArgumentValues(definition, node));
}

function textsOf(values: unknown): string[] {
  return Array.isArray(values) ? values.map(String) : [];
}

/** Types refer to each other in circles: the search repeats until it finds no new field. */
function pricedNames(
  types: readonly GraphQLObjectType[],
  schema: GraphQLSchema,
  marks: ReadonlyMap<string, FieldMarks>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map(types.map((type) => [type.name, new Set<string>()]));
  const isPriced = (type: GraphQLObjectType, field: GraphQLField<unknown, unknown>) =>
    field.name === '_entities' ||
    Boolean(marks.get(`${type.name}.${field.name}`)?.upstream.length) ||
    objectTypesOf(field, schema).some((below) => Boolean(names.get(below.name)?.size));
  for (let isComplete = false; !isComplete; ) {
    isComplete = true;
    for (const type of types) {
      const found = names.get(type.name);
      for (const field of Object.values(type.getFields())) {
        if (found === undefined || found.has(field.name) || !isPriced(type, field)) continue;
        found.add(field.name);
        isComplete = false;
      }
    }
  }
  return names;
}

function objectTypesOf(
  { type }: GraphQLField<unknown, unknown>,
  schema: GraphQLSchema,
): readonly GraphQLObjectType[] {
  const named = getNamedType(type);
  if (isAbstractType(named)) return schema.getPossibleTypes(named);
  return isObjectType(named) ? [named] : [];
}
