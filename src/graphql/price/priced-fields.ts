// The fields of a type that a price can depend on: those that have a rule, and those above a field that may have
// one. Other fields are not walked; most selected fields are scalars, labels and metrics.
import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql';
import { priceEntities } from './price-entities.js';
import type { Priced } from './priced-call.js';
import { type PricedField, RULES } from './rules.js';

/** The rule of `Type.field`; undefined: the field only passes on the items that it was given. */
export function ruleOf(coordinate: string): ((field: PricedField) => Priced) | undefined {
  return coordinate === 'Query._entities' ? priceEntities : RULES[coordinate];
}

type FieldNames = ReadonlyMap<string, ReadonlySet<string>>;

const known = new WeakMap<GraphQLSchema, FieldNames>();
const NO_NAMES: ReadonlySet<string> = new Set();

/** The names of the fields of this type that a price can depend on. */
export function pricedFieldsOf(
  schema: GraphQLSchema,
  { name }: GraphQLObjectType,
): ReadonlySet<string> {
  let names = known.get(schema);
  if (names === undefined) {
    names = namesIn(schema);
    known.set(schema, names);
  }
  return names.get(name) ?? NO_NAMES;
}

/** Types refer to each other in circles: the search repeats until it finds no new field. */
function namesIn(schema: GraphQLSchema): FieldNames {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const names = new Map(types.map((type) => [type.name, new Set<string>()]));
  const isPriced = (type: GraphQLObjectType, field: GraphQLField<unknown, unknown>) =>
    ruleOf(`${type.name}.${field.name}`) !== undefined ||
    objectTypesOf(field, schema).some((below) => Boolean(names.get(below.name)?.size));
  let isNews = true;
  while (isNews) {
    isNews = false;
    for (const type of types) {
      const found = names.get(type.name);
      const news = Object.values(type.getFields()).filter(
        (field) => !found?.has(field.name) && isPriced(type, field),
      );
      for (const field of news) found?.add(field.name);
      isNews ||= news.length > 0;
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
