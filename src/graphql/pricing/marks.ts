// Reads from the schema which fields call upstream and how the objects that they give are identified: @upstream,
// @keyFrom and @listSize. It also says below which fields a call can follow, so that no others are walked.
import {
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql';
import {
  type ListOperation,
  type ObjectOperation,
  OPERATIONS,
  type Operations,
} from '../../catalog/operations.js';
import type { UpstreamOperation } from '../../domain/events.js';
import { isJsonObject } from '../../lib/json.js';

/** One use of @upstream. */
export interface Mark {
  readonly operation: UpstreamOperation;
  readonly rule: ObjectOperation | ListOperation;
  readonly key: readonly string[];
  readonly batchSize: number;
  /** The fields of the object that need no call; null: each selection needs it. */
  readonly exceptFor: ReadonlySet<string> | null;
  readonly fixed: Readonly<Record<string, unknown>>;
  /** The argument that says how many of the first pages of the parent's list are read; null: it reads by a key. */
  readonly pages: string | null;
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
  readonly schema: GraphQLSchema;
  /** The fields that a price can depend on, by type and name. */
  readonly priced: ReadonlyMap<string, ReadonlyMap<string, FieldMarks>>;
  /** By type. */
  readonly entities: ReadonlyMap<string, EntityMarks>;
  /** The types of the objects that operations read by their keys. */
  readonly readers: ReadonlyMap<UpstreamOperation, string>;
}

/** The field of federation that reads the references of a gateway. */
export const REFERENCES = '_entities';

type Field = GraphQLField<unknown, unknown>;

/** Throws where a mark names an operation, an argument or a field that does not exist. */
export function readMarks(schema: GraphQLSchema, operations: Operations = OPERATIONS): SchemaMarks {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const entities = new Map<string, EntityMarks>();
  const fields = new Map<Field, FieldMarks>();
  for (const type of types) {
    const references = marksOn(type, schema, operations);
    const [whole] = references.toSorted((one, other) => other.key.length - one.key.length);
    if (whole) entities.set(type.name, { operation: whole.operation, key: whole.key, references });
    for (const field of Object.values(type.getFields())) {
      fields.set(field, fieldMarks(type, field, schema, operations));
    }
  }

  const isPriced = (field: Field, seen: Set<GraphQLObjectType>): boolean =>
    field.name === REFERENCES ||
    Boolean(fields.get(field)?.upstream.length) ||
    objectTypesOf(field, schema).some((below) => leadsToCall(below, seen));
  const leadsToCall = (type: GraphQLObjectType, seen: Set<GraphQLObjectType>): boolean => {
    if (seen.has(type)) return false;
    seen.add(type);
    return Object.values(type.getFields()).some((field) => isPriced(field, seen));
  };
  const pricedOf = (type: GraphQLObjectType) =>
    Object.values(type.getFields()).flatMap((field) => {
      const marks = fields.get(field);
      return marks && isPriced(field, new Set()) ? [[field.name, marks] as const] : [];
    });
  return {
    schema,
    priced: new Map(types.map((type) => [type.name, new Map(pricedOf(type))])),
    entities,
    readers: new Map([...entities].map(([type, { operation }]) => [operation, type])),
  };
}

function fieldMarks(
  type: GraphQLObjectType,
  field: Field,
  schema: GraphQLSchema,
  operations: Operations,
): FieldMarks {
  const upstream = marksOn(field, schema, operations);
  const [keyFrom] = directivesOn(field, 'keyFrom', schema);
  const from = keyFrom === undefined ? null : textsOf(keyFrom.parts);
  for (const { key, fixed, pages } of [...upstream, { key: from ?? [], fixed: {}, pages: null }]) {
    const names = [
      ...Object.keys(fixed),
      ...field.args.map(nameOf),
      ...Object.keys(type.getFields()),
    ];
    const wrong = [...key, ...(pages === null ? [] : [pages])].find(
      (name) => !names.includes(name),
    );
    if (wrong !== undefined) throw new Error(`${type.name}.${field.name} is marked with ${wrong}.`);
  }
  const named = upstream.flatMap(({ key }) => key);
  const ids = field.args.filter(
    ({ name, type }) => named.includes(name) && getNamedType(type).name === 'ID',
  );
  const isList = field.name === REFERENCES || directivesOn(field, 'listSize', schema).length > 0;
  return { upstream, keyFrom: from, isList, ids: ids.map(nameOf) };
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

type Marked = GraphQLObjectType | Field;

function marksOn(marked: Marked, schema: GraphQLSchema, operations: Operations): Mark[] {
  const isConnection = !('getFields' in marked) && isConnectionType(marked.type);
  return directivesOn(marked, 'upstream', schema).map((given) => {
    const { operation, key, batchSize, exceptFor, fixed, pages } = given;
    const isNamed = (name: string): name is UpstreamOperation => name === operation;
    const name = Object.keys(operations).find(isNamed);
    if (name === undefined) throw new Error(`@upstream names the unknown operation ${operation}.`);
    const rule = operations[name];
    const free = textsOf(exceptFor);
    const asList = isConnection && rule.kind === 'object' ? rule.asList : undefined;
    return {
      operation: name,
      rule: asList ?? rule,
      key: textsOf(key),
      batchSize: Number(batchSize),
      exceptFor: free.length === 0 ? null : new Set(['__typename', ...free]),
      fixed: isJsonObject(fixed) ? fixed : {},
      pages: typeof pages === 'string' ? pages : null,
    };
  });
}

export function isConnectionType(type: GraphQLOutputType): boolean {
  const named = getNamedType(type);
  return isObjectType(named) && named.getFields().pageInfo !== undefined;
}

export function selectsOnlyKeys(
  { references }: EntityMarks,
  selected: ReadonlySet<string>,
): boolean {
  const keys = new Set(['__typename', ...references.flatMap(({ key }) => key)]);
  return [...selected].every((name) => keys.has(name));
}

/** The arguments of each use of the directive. */
function directivesOn(
  marked: Marked,
  name: string,
  schema: GraphQLSchema,
): Readonly<Record<string, unknown>>[] {
  const definition = schema.getDirective(name);
  const extensions = 'extensionASTNodes' in marked ? marked.extensionASTNodes : [];
  return [marked.astNode, ...extensions]
    .flatMap((node): readonly ConstDirectiveNode[] => node?.directives ?? [])
    .filter((node) => node.name.value === name)
    .flatMap((node) => (definition ? [getArgumentValues(definition, node)] : []));
}

function textsOf(values: unknown): string[] {
  return Array.isArray(values) ? values.map(String) : [];
}

function objectTypesOf({ type }: Field, schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const named = getNamedType(type);
  if (isAbstractType(named)) return schema.getPossibleTypes(named);
  return isObjectType(named) ? [named] : [];
}
