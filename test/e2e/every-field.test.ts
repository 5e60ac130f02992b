// Every field of the schema can be selected, and every element of PAI's GetModel is available.
import { type GraphQLObjectType, getNamedType, isObjectType, isRequiredArgument } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createSchema } from '../../src/graphql/schema.js';
import documented from '../sandbox/documented-example.json' with { type: 'json' };
import { DOCUMENTED_ID, sampleIds, withApp } from '../support/with-app.js';

const ARGUMENTS: Record<string, string> = {
  label: '(key: "env")',
  version: '(name: "0.1.0")',
  metric: '(name: "cer")',
  metricHistory: '(metric: "cer")',
  facets: '(fields: [TASK])',
};

/** All fields of a type, to a depth at which the circle of models and versions has closed. */
function everyField(type: GraphQLObjectType, depth: number): string {
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const named = getNamedType(field.type);
    const needsArguments = field.args.some(isRequiredArgument);
    const selected = `${field.name}${needsArguments ? ARGUMENTS[field.name] : ''}`;
    if (!isObjectType(named)) return [selected];
    return depth === 0 ? [] : [`${selected} ${everyField(named, depth - 1)}`];
  });
  return `{ __typename ${fields.join(' ')} }`;
}

function modelType(): GraphQLObjectType {
  const type = createSchema({ relayNode: true }).getType('Model');
  if (!isObjectType(type)) throw new Error('There is no type Model.');
  return type;
}

describe('the schema', () => {
  test('answers every field of every sample model without an error', async () => {
    await using app = await withApp();
    const query = `query ($id: ID!) { model(id: $id) ${everyField(modelType(), 4)} }`;
    for (const id of [DOCUMENTED_ID, ...sampleIds(20)]) {
      const { data, errors } = await app.query(query, { id });
      expect(errors).toEqual([]);
      expect(data.model.id).toBe(id);
    }
  });

  test('gives every element of the documented answer', async () => {
    await using app = await withApp();
    const { data } = await app.query(
      `query ($id: ID!) { model(id: $id) ${everyField(modelType(), 4)} }`,
      { id: DOCUMENTED_ID },
    );
    const { RequestId, ...wire } = documented;
    expect(data.model.raw).toEqual({ ...wire, ModelId: DOCUMENTED_ID });
    // Every value of PAI is found again outside `raw`, under a name of ours.
    const { raw, ...named } = data.model;
    const { raw: versionRaw, ...latest } = named.latestVersion;
    const text = JSON.stringify({ ...named, latestVersion: latest });
    for (const value of leaves({ ...wire, ModelId: DOCUMENTED_ID })) {
      expect(text.toLowerCase()).toContain(JSON.stringify(value).toLowerCase());
    }
  });
});

function leaves(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value === '{}' ? {} : value];
  return Object.values(value).flatMap(leaves);
}
