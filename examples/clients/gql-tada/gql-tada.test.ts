import { request } from 'graphql-request';
import { expect, expectTypeOf, test } from 'vitest';
import { startServer } from '../../support/server';
import { MODEL, type Model } from './models';

test('an answer has the types of its query, without generated queries', async () => {
  await using server = await startServer();
  const { model } = await request(server.url, MODEL, { id: 'model-rbvg5wzljzks92' });
  expectTypeOf(model).toEqualTypeOf<Model | null>();
  expectTypeOf<Model['createdAt']>().toEqualTypeOf<string | null>();
  expectTypeOf<Model['accessibility']>().toEqualTypeOf<
    'PUBLIC' | 'PRIVATE' | 'UNRECOGNIZED' | null
  >();
  expectTypeOf<Model['parameterSizeInMillions']>().toEqualTypeOf<number | null>();
  expect(model).toMatchObject({ name: '情感分析', createdAt: '2021-01-30T12:51:33.028Z' });
});
