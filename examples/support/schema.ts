// The object types of schema.graphql that clients' caches keep inside other objects.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, getNamedType, getNullableType, isListType, isObjectType } from 'graphql';

const text = readFileSync(join(import.meta.dirname, '../schema.graphql'), 'utf8');
const schema = buildSchema(text);

export const entities = Object.values(schema.getTypeMap()).filter(isObjectType).filter(hasId);

/** Types without an id, other than those of paging. */
export const embeddedTypes = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter((type) => !hasId(type) && type !== schema.getQueryType())
  .map(({ name }) => name)
  .filter((name) => !/^__|^PageInfo$|(Connection|Edge)$/.test(name))
  .sort();

/** The fields of entities that give objects without an id: one, or a list. */
export const embeddedFields = entities.flatMap((parent) =>
  Object.values(parent.getFields())
    .map((field) => ({
      parent: parent.name,
      name: field.name,
      type: getNamedType(field.type).name,
      isList: isListType(getNullableType(field.type)),
    }))
    .filter(({ type }) => embeddedTypes.includes(type)),
);

function hasId(type: { getFields(): object }): boolean {
  return 'id' in type.getFields();
}
