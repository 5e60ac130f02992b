// The form of a model id, of which an accepted one goes into a path unchanged, and the ids of everything: a model's own,
// and a version's that no model may have.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/domain/errors.js';
import { isModelId, parseGlobalId, parseModelId, versionId } from '../../src/domain/ids.js';
import { getModelRequest } from '../../src/pai/request.js';
import { percentEncode } from '../../src/pai/sign.js';

describe('parseModelId', () => {
  test.each(['model-rbvg5wzljzks92', 'm', '0', 'A.b_c-d', 'a..b', 'm'.repeat(128)])(
    'accepts %s',
    (id) => {
      expect(parseModelId(id, 'id')).toBe(id);
    },
  );

  test.each([
    ['the empty text', ''],
    ['a dot', '.'],
    ['two dots', '..'],
    ['a path', '../../x'],
    ['a slash', 'a/b'],
    ['an encoded slash', 'a%2Fb'],
    ['Chinese', '模型'],
    ['a full-width digit', '１'],
    ['a tilde', 'model~f'],
    ['a leading dash', '-model'],
    ['a leading underscore', '_model'],
    ['a query', 'm?x=1'],
    ['a space', 'model a'],
    ['a trailing newline', 'model-a\n'],
    ['a trailing carriage return', 'model-a\r'],
    ['a null character', 'model-a\0'],
    ['129 characters', 'm'.repeat(129)],
    ['ten kilobytes', 'm'.repeat(10_240)],
  ])('refuses %s', (_, id) => {
    expect(refusal(id)).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false });
  });

  test('names the argument and does not echo the value', () => {
    const { message } = refusal('secret/value'.repeat(1000));
    expect(message).toMatch(/^ids\[3\]: /);
    expect(message).not.toContain('secret');
    expect(message.length).toBeLessThan(200);
  });

  test('accepts nothing that percentEncode, or the resolution of a URL, would change', () => {
    const near = fc.string({ unit: fc.constantFrom(...'aZ09-_./%~\n模?#'), maxLength: 6 });
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary' }), fc.stringMatching(FORM)), (id) => {
        fc.pre(isAccepted(id));
        expect(percentEncode(id)).toBe(id);
        const { pathname } = getModelRequest(id);
        expect(pathname).toBe(`/api/v1/models/${id}`);
        expect(new URL(`http://host${pathname}`).pathname).toBe(pathname);
      }),
    );
  });
});

const FORM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/;

function isAccepted(id: string): boolean {
  try {
    return parseModelId(id, 'id') === id;
  } catch {
    return false;
  }
}

function refusal(id: string): AppError {
  try {
    parseModelId(id, 'ids[3]');
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

const modelIds = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
const versionNames = fc
  .stringMatching(/^[A-Za-z0-9._-]{1,128}$/)
  .filter((name) => name !== '.' && name !== '..');

describe('the id of a version', () => {
  test('tells model and version again, for any two', () => {
    fc.assert(
      fc.property(modelIds, versionNames, (modelId, versionName) => {
        const id = versionId(modelId, versionName);
        expect(parseGlobalId(id)).toEqual({ kind: 'version', modelId, versionName });
      }),
    );
  });

  test('is not an id that a model may have', () => {
    fc.assert(
      fc.property(modelIds, versionNames, (modelId, versionName) => {
        expect(isModelId(versionId(modelId, versionName))).toBe(false);
      }),
    );
    expect(versionId('m', '1')).toMatch(/[^A-Za-z0-9._-]/);
  });

  test('is another one for every other version', () => {
    expect(versionId('a-b', 'c')).not.toBe(versionId('a', 'b-c'));
    expect(versionId('a.b', 'c')).not.toBe(versionId('a', 'b.c'));
  });

  test('never changes from one release to the next', () => {
    expect(versionId('model-rbvg5wzljzks92', '0.1.0')).toBe(
      'version:bW9kZWwtcmJ2ZzV3emxqemtzOTIvMC4xLjA',
    );
  });
});

describe('the id of a model', () => {
  test('is its own', () => {
    fc.assert(
      fc.property(modelIds, (modelId) => {
        expect(parseGlobalId(modelId)).toEqual({ kind: 'model', modelId });
      }),
    );
  });
});

const encoded = (text: string) => `version:${Buffer.from(text).toString('base64url')}`;

describe('the parser of global ids', () => {
  test.each([
    ['the empty text', ''],
    ['a path', '../x'],
    ['another prefix', 'model:abc'],
    ['the prefix alone', 'version:'],
    ['no version', encoded('model-a')],
    ['an empty version', encoded('model-a/')],
    ['an empty model', encoded('/0.1.0')],
    ['three parts', encoded('model-a/0.1.0/x')],
    ['a version that is a path', encoded('model-a/..')],
    ['a model that is malformed', encoded('-a/0.1.0')],
    ['a version with a space', encoded('model-a/0 1')],
    ['padding', `${versionId('model-a', '0.1.0')}=`],
    ['a space before', ` ${versionId('model-a', '0.1.0')}`],
    ['a line after', `${versionId('model-a', '0.1.0')}\n`],
    ['the prefix in capitals', versionId('model-a', '0.1.0').replace('version', 'VERSION')],
    ['bytes of no text', `version:${Buffer.from([0xff, 0xfe]).toString('base64url')}`],
    ['the parts in the clear', 'version:model-a/0.1.0'],
  ])('refuses %s', (_, id) => {
    expect(parseGlobalId(id)).toBeNull();
  });

  test('refuses any text that is not written exactly as an id is given out', () => {
    const near = fc
      .tuple(fc.constantFrom('', 'version:'), fc.string())
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(near, (id) => {
        const parsed = parseGlobalId(id);
        if (parsed?.kind === 'model') expect(parsed.modelId).toBe(id);
        if (parsed?.kind === 'version') {
          expect(versionId(parsed.modelId, parsed.versionName)).toBe(id);
        }
      }),
    );
  });
});
