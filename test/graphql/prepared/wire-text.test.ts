import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOnePiece, WIRE_ENCODING, wireText } from '../../../src/graphql/prepared/wire-text.js';

test('the bytes of a wire text are those of its UTF-8, and its length is their number', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = JSON.stringify(text);
      const wire = wireText(json);
      expect(Buffer.from(wire, WIRE_ENCODING)).toEqual(Buffer.from(json));
      expect(wire).toHaveLength(Buffer.byteLength(json));
      expect(inOnePiece(`${wire}${wire}`)).toBe(wire + wire);
    }),
  );
});
