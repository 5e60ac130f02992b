// The form of a model id: an accepted one goes into a path unchanged.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.js';
import { parseModelId } from '../../src/domain/ids.js';
import { getModelRequest } from '../../src/pai/request.js';
import { percentEncode } from '../../src/pai/sign.js';

describe('parseModelId', () => {
  it.each(['model-rbvg5wzljzks92', 'm', '0', 'A.b_c-d', 'a..b', 'm'.repeat(128)])(
    'accepts %s',
    (id) => {
      expect(parseModelId(id, 'id')).toBe(id);
    },
  );

  it.each([
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

  it('names the argument and does not echo the value', () => {
    const { message } = refusal('secret/value'.repeat(1000));
    expect(message).toMatch(/^ids\[3\]: /);
    expect(message).not.toContain('secret');
    expect(message.length).toBeLessThan(200);
  });

  it('accepts nothing that percentEncode, or the resolution of a URL, would change', () => {
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
