// Any window of any list equals the slice of a plain array, over sockets and for any cap of PAI.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planPages } from '../../src/catalog/paging/page-plan.js';
import { type ConnectionAnswer, keysOf, listModels } from '../graphql/list-answers.js';
import { modelId, numberedModels, range } from '../graphql/numbered-registry.js';
import { inputs } from '../support/inputs.js';
import { withApp } from '../support/with-app.js';

/** One question; `after` and `before` choose one of the cursors that earlier answers gave. */
interface Step {
  readonly side: 'first' | 'last' | 'neither';
  readonly count: number;
  readonly after: number | null;
  readonly before: number | null;
}

const choice = fc.option(fc.nat(10_000), { freq: 2 });
const steps = fc.array(
  fc.record<Step>({
    side: fc.constantFrom('first', 'first', 'last', 'neither'),
    count: fc.oneof(fc.constantFrom(0, 1, 7, 20, 50, 100), fc.nat(100)),
    after: choice,
    before: choice,
  }),
  { minLength: 2, maxLength: 7 },
);

const scene = fc.record({
  total: fc.oneof(fc.constantFrom(0, 1, 20, 100, 200), fc.nat(130)),
  pageSizeMax: fc.constantFrom(100, 50, 20, 33),
  domain: fc.constantFrom(null, 'odd', 'even'),
  direction: fc.constantFrom(null, 'ASC', 'DESC'),
  steps,
});

/** The result of a plain array. */
function slice(length: number, { side, count, after, before }: Step) {
  const start = after === null ? 0 : after + 1;
  const end = Math.min(length, before ?? length);
  const size = side === 'neither' ? 20 : count;
  const isFromEnd = side === 'last' || (side === 'neither' && before !== null && after === null);
  return isFromEnd
    ? { start: Math.max(start, end - size), end }
    : { start, end: Math.min(end, start + size) };
}

function rowsOf(total: number, domain: string | null, direction: string | null): string[] {
  const indexes = range(0, total).filter(
    (index) => domain === null || (index % 2 === 0) === (domain === 'even'),
  );
  return (direction === 'DESC' ? indexes.toReversed() : indexes).map(modelId);
}

function checkAnswer(answer: ConnectionAnswer, all: string[], step: Step): void {
  const { start, end } = slice(all.length, step);
  const rows = all.slice(start, Math.max(start, end));
  expect(keysOf(answer)).toEqual(rows);
  expect(answer.totalCount).toBe(all.length);
  expect(answer.pageInfo.startCursor).toBe(answer.edges.at(0)?.cursor ?? null);
  expect(answer.pageInfo.endCursor).toBe(answer.edges.at(-1)?.cursor ?? null);
  if (rows.length === 0) return;
  expect(answer.pageInfo.hasNextPage).toBe(end < all.length);
  expect(answer.pageInfo.hasPreviousPage).toBe(start > 0);
}

/** Two for `last` alone, and one more where a short page had to be told from a cut one. */
function mostCalls(total: number, step: Step): number {
  const { start, end } = slice(total, step);
  return Math.max(1, planPages({ start, end: Math.max(end, start) }, 100).length) + 2;
}

test('any window equals the slice of the array, with its flags, cursors and total', async () => {
  await fc.assert(
    fc.asyncProperty(scene, async ({ total, pageSizeMax, domain, direction, steps }) => {
      await using app = await withApp({ sandbox: { models: numberedModels(total), pageSizeMax } });
      const all = rowsOf(total, domain, direction);
      const list = {
        filter: { domain },
        orderBy: direction && { field: 'CREATED_AT', direction },
      };
      const cursors = new Map<string, number>();
      for (const step of steps) {
        const pick = (index: number | null) =>
          index === null ? undefined : [...cursors][index % Math.max(1, cursors.size)];
        const [after, before] = [pick(step.after), pick(step.before)];
        app.sandbox.reset();
        const answer = await listModels(app, {
          ...list,
          ...(step.side !== 'neither' && { [step.side]: step.count }),
          after: after?.[0],
          before: before?.[0],
        });
        const asked = { ...step, after: after?.[1] ?? null, before: before?.[1] ?? null };
        checkAnswer(answer, all, asked);
        if (pageSizeMax === 100) {
          expect(app.sandbox.requests.length).toBeLessThanOrEqual(mostCalls(all.length, asked));
        }
        for (const { cursor, node } of answer.edges)
          cursors.set(cursor, all.indexOf(node.id ?? ''));
        // A row has one cursor, by whichever page it was reached.
        expect(new Set(cursors.values()).size).toBe(cursors.size);
      }
    }),
    { numRuns: inputs(8, 30) },
  );
});
