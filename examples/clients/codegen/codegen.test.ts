import type { ResultOf, VariablesOf } from '@graphql-typed-document-node/core';
import { expect, expectTypeOf, test } from 'vitest';
import { MODELS } from './queries';

type Models = NonNullable<ResultOf<typeof MODELS>['models']>;
type Model = Models['edges'][number]['node'];

test('the types of fields, scalars and variables follow from the schema', () => {
  expectTypeOf<Model['id']>().toEqualTypeOf<string>();
  expectTypeOf<Model['name']>().toEqualTypeOf<string | null>();
  expectTypeOf<Model['createdAt']>().toEqualTypeOf<string | null>();
  expectTypeOf<NonNullable<Model['extraInfo']>['downloadCount']>().toEqualTypeOf<number | null>();
  expectTypeOf<VariablesOf<typeof MODELS>['after']>().toEqualTypeOf<string | null | undefined>();
  expect(MODELS.kind).toBe('Document');
});
