// How many upstream calls ten operations cost: behind a naive server, one with DataLoader, and this one cold and warm.
//   npm run bench:calls -- [--write]
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { launchOurs } from '../ours.js';
import { circumstances, publish } from '../report.js';
import { launchPeer } from '../servers.js';
import { markdownTable } from '../table.js';
import { countOperation } from './count.js';
import { OPERATIONS } from './operations.js';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

const naive = (loader: 'on' | 'off') => (upstreamUrl: string) =>
  launchPeer('cold', upstreamUrl, ['bench/peers/apollo.mjs'], { PEER_LOADER: loader });
/** The default settings, except for the quota, which is not measured here. */
const ours = (upstreamUrl: string) =>
  launchOurs('executed', upstreamUrl, { UPSTREAM_LIST_BATCHING: 'on' });

const rows: string[][] = [];
for (const operation of OPERATIONS) {
  const without = await countOperation(operation, naive('off'));
  const withLoader = await countOperation(operation, naive('on'));
  const own = await countOperation(operation, ours);
  assert.deepEqual(without.data, own.data, `${operation.meaning}: another answer`);
  assert.deepEqual(withLoader.data, own.data, `${operation.meaning}: another answer`);
  const counts = [without.cold, withLoader.cold, own.cold, own.warm].map(String);
  rows.push([operation.meaning, ...counts]);
  process.stderr.write(`${operation.meaning}: ${counts.join(' ')}\n`);
}

const head = ['operation', 'naive Apollo', 'with DataLoader', 'this server, cold', '… warm'];
publish('bench:calls', `${circumstances()}\n\n${markdownTable(head, rows)}`, values.write);
