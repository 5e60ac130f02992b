// Compares live answers with the recorded contract, and lists with single reads, and gives findings. Pure.
import type { JsonObject } from '../domain/model.js';
import type { Asked } from './ask.js';
import { differencesFrom, differingPaths } from './compare.js';
import { CONTRACT } from './contract.js';
import { type Finding, ok, warn } from './finding.js';
import { bodyOf, type Round, type Twins } from './round.js';

/** As many as a person reads; a list of a thousand new keys is not more useful. */
const SHOWN_MAX = 20;

export function judgeContract({ asked, twins }: Round): readonly Finding[] {
  const answered = asked.filter((one) => bodyOf(one) !== null);
  if (answered.length === 0) return [warn('contract', 'not checked: there is no answer.')];
  const names = answered.map(({ operation }) => operation).join(', ');
  return [
    ...named('contract', answered.flatMap(contractLines), `${names}: as recorded`),
    ...judgeTwins(twins),
  ];
}

function contractLines(asked: Asked): readonly string[] {
  const body = bodyOf(asked);
  const found = body === null ? [] : differencesFrom(CONTRACT[asked.operation], body);
  return found.map((difference) => `${asked.operation}: ${difference}`);
}

function judgeTwins(twins: readonly Twins[]): readonly Finding[] {
  if (twins.length === 0) return [warn('lists', 'not checked: nothing was read both ways.')];
  const titles = twins.map(({ title }) => title).join('; ');
  return named('lists', twins.flatMap(twinLines), `the same of one id: ${titles}`);
}

function twinLines({ listed, single, title }: Twins): readonly string[] {
  return differingPaths(comparable(listed), comparable(single)).map(
    (path) => `${title} differ of one id: ${path} (or it was changed in between; run this again)`,
  );
}

/** Only lists contain Tags, and each answer has its own RequestId. */
function comparable({ Tags, RequestId, ...rest }: JsonObject): JsonObject {
  return rest;
}

function named(name: string, lines: readonly string[], fine: string): readonly Finding[] {
  if (lines.length === 0) return [ok(name, fine)];
  const shown = lines.slice(0, SHOWN_MAX).map((line) => warn(name, line));
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, warn(name, `and ${more} more differences`)] : shown;
}
