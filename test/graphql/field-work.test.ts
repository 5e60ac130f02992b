// The loops of resolvers, in turns and within the bounds of a response.
import { expect, test } from 'vitest';
import { FieldWork } from '../../src/graphql/field-work.js';
import { ResponseSize } from '../../src/graphql/limits/response-size.js';
import { createTurns } from '../../src/graphql/turns.js';

function work(limitBytes: number, now: () => number) {
  const size = new ResponseSize(limitBytes, { hold: () => true });
  return new FieldWork(createTurns(now), size);
}

test('a loop goes on in a later iteration of the event loop once its turn is over', async () => {
  let time = 0;
  const loop = work(1e6, () => time);
  let iterations = 0;
  setImmediate(() => {
    iterations += 1;
  });
  await loop.goOn(1);
  expect(iterations).toBe(0);
  time += 100;
  await loop.goOn(1);
  expect(iterations).toBe(1);
});

test('a loop ends with the error of a response that is too large', async () => {
  const loop = work(64 * 10, () => 0);
  await loop.goOn(10);
  await expect(loop.goOn(2000)).rejects.toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
});
