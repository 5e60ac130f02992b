import { expect, test } from 'vitest';
import type { Event } from '../../../src/domain/events.js';
import { createUntrustedReport } from '../../../src/graphql/persisted-documents/untrusted-documents.js';
import { aGraphqlRequest } from '../../support/graphql-request.js';

type Untrusted = Extract<Event, { type: 'untrusted_document' }>;

function createReports() {
  const events: Untrusted[] = [];
  let nowMs = 0;
  const report = createUntrustedReport(
    (event) => {
      if (event.type === 'untrusted_document') events.push(event);
    },
    () => nowMs,
  );
  return {
    events,
    passes(ms: number) {
      nowMs += ms;
    },
    /** A document of its own, of a client of its own. */
    send(hash: string, client: string | null = null, headers: Record<string, string> = {}) {
      const caller = { name: client, lane: '', view: { kind: 'all' }, own: null } as const;
      const document = { hash, text: '{ a }', operationName: null };
      report(aGraphqlRequest({ caller, headers }), document);
    },
    name(text: string | null, operationName: unknown) {
      report(aGraphqlRequest(), { hash: `${text} ${operationName}`, text, operationName });
      return events.at(-1)?.operationName;
    },
  };
}

test('an untrusted document is reported with its caller and the name and version of its client', () => {
  const reports = createReports();
  const headers = {
    'apollographql-client-name': 'shop web',
    'apollographql-client-version': '1.2.0-rc.1+5',
  };
  reports.send('ab12', 'api-key:shop', headers);
  expect(reports.events).toEqual([
    {
      type: 'untrusted_document',
      hash: 'ab12',
      operationName: null,
      requestId: 'r',
      caller: 'api-key:shop',
      clientName: 'shop web',
      clientVersion: '1.2.0-rc.1+5',
      isRepeated: false,
    },
  ]);
});

test.each(['', 'x'.repeat(65), 'a\u001b[31m', 'a\nb', '<script>', 'ä'])(
  'a client name that is not clean is left out: %j',
  (name) => {
    const reports = createReports();
    reports.send('a', null, { 'apollographql-client-name': name });
    expect(reports.events).toMatchObject([{ clientName: null, clientVersion: null }]);
  },
);

test('the operation is named by the request, or else by the document', () => {
  const { name } = createReports();
  expect(name('query A { a } query B { b }', 'B')).toBe('B');
  expect(name('fragment F on Q { a } query A { ...F }', undefined)).toBe('A');
  expect(name('{ query }', '')).toBeNull();
  expect(name('query A {', 5)).toBeNull();
  expect(name(null, null)).toBeNull();
  expect(name('{ a }', 'x'.repeat(1000))).toBe('x'.repeat(100));
});

test('the same document of the same client is repeated for ten minutes, that of another is not', () => {
  const { events, send, passes } = createReports();
  const repeated = () => events.at(-1)?.isRepeated;
  send('a', 'one');
  expect(repeated()).toBe(false);
  send('a', 'one');
  expect(repeated()).toBe(true);
  send('a', 'two');
  expect(repeated()).toBe(false);
  send('b', 'one');
  expect(repeated()).toBe(false);
  passes(599_999);
  send('a', 'one');
  expect(repeated()).toBe(true);
  passes(1);
  send('a', 'one');
  expect(repeated()).toBe(false);
});

test('at most 1,000 documents count as new in ten minutes, however many a client makes up', () => {
  const { events, send, passes } = createReports();
  for (let index = 0; index < 3000; index += 1) send(String(index));
  expect(events).toHaveLength(3000);
  expect(events.filter(({ isRepeated }) => !isRepeated)).toHaveLength(1000);
  passes(600_000);
  send('2999');
  expect(events.at(-1)?.isRepeated).toBe(false);
});
