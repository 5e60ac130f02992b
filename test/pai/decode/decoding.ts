// Helpers of the decoder's tests: the documented example, and a decode that keeps its drift.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { DriftKind } from '../../../src/domain/events.js';
import type { Model, ModelVersion } from '../../../src/domain/model.js';
import { isJsonObject, type Json, type JsonObject, parseExactly } from '../../../src/lib/json.js';
import { decodeModel } from '../../../src/pai/decode/model.js';
import { decodeVersion } from '../../../src/pai/decode/version.js';
import { DOCUMENTED_ID } from '../../support/with-app.js';

export type DriftEvent = readonly [field: string, kind: DriftKind];

const file = new URL('../../sandbox/documented-example.json', import.meta.url);

/** The success response of PAI's reference page, as the client hands it to the decoder. */
export function documentedExample(): JsonObject {
  const { RequestId, ...wire } = JSON.parse(readFileSync(file, 'utf8'));
  // The page masks a part of the id.
  return { ...wire, ModelId: DOCUMENTED_ID };
}

/** An object of an answer, read as answers are. */
export function asSent(text: string): JsonObject {
  const value = parseExactly(text)?.value;
  if (!isJsonObject(value)) throw new Error('It is not an object.');
  return value;
}

export function documentedVersion(): JsonObject {
  return documentedExample().LatestVersion as JsonObject;
}

export function decode(wire: JsonObject): { model: Model; drift: DriftEvent[] } {
  const drift: DriftEvent[] = [];
  const model = decodeModel(wire, 'model-a', (field, kind) => drift.push([field, kind]));
  return { model, drift };
}

export function decodeV(wire: JsonObject): { version: ModelVersion | null; drift: DriftEvent[] } {
  const drift: DriftEvent[] = [];
  const version = decodeVersion(wire, 'model-a', '', (field, kind) => drift.push([field, kind]));
  return { version, drift };
}

/** A version with one field and its name. */
export function versionWith(field: string, value: Json) {
  const { version, drift } = decodeV({ VersionName: '0.1.0', [field]: value });
  if (version === null) throw new Error('It has its name.');
  return { version, drift };
}

/** Texts, among them such as would change the path of a call or have no UTF-8. */
export function anyId(): fc.Arbitrary<string> {
  const odd = ['', '.', '..', '../..', '\ud800', 'a\udfff', 'a/b', 'a%2fb', '-a', 'version:YQ'];
  const text = fc.string({ unit: fc.constantFrom(...'ab.-_/%:\0 é\ud800\udc00') });
  return fc.oneof(text, fc.string({ unit: 'binary' }), fc.constantFrom(...odd, 'a'.repeat(129)));
}

/** Any JSON that PAI could put where it does not belong. */
export function anyJson(): fc.Arbitrary<Json> {
  return fc.json().map((text) => JSON.parse(text));
}
