// Labels of a version, the same code as those of a model.
import { describe, expect, it } from 'vitest';
import { versionWith } from './decoding.js';

describe('labels', () => {
  it('are given in order, duplicates too', () => {
    const { version, drift } = versionWith('Labels', [
      { Key: 'base_model', Value: 'SD 1.5' },
      { Value: '中文', Key: '语言' },
      { Key: 'base_model', Value: 'other' },
    ]);
    expect(version.labels).toEqual([
      { key: 'base_model', value: 'SD 1.5' },
      { key: '语言', value: '中文' },
      { key: 'base_model', value: 'other' },
    ]);
    expect(drift).toEqual([]);
  });

  it.each([[{ Key: 'k' }], [{ Key: 'k', Value: null }], [{ Key: 'k', Value: '' }]])(
    'may lack a value (%j)',
    (label) => {
      const { version, drift } = versionWith('Labels', [label]);
      expect([version.labels, drift]).toEqual([[{ key: 'k', value: null }], []]);
    },
  );

  it('keep a label whose value has another type, and report it', () => {
    const { version, drift } = versionWith('Labels', [{ Key: 'k', Value: 5 }]);
    expect(version.labels).toEqual([{ key: 'k', value: null }]);
    expect(drift).toEqual([['Labels.Value', 'unexpected_type']]);
  });

  it.each([
    [{}],
    [{ Value: 'v' }],
    [{ Key: '', Value: 'v' }],
    [{ Key: null }],
    ['env'],
    [null],
    [5],
  ])('lose an item without a key (%j), which is reported, and keep the others', (item) => {
    const { version, drift } = versionWith('Labels', [{ Key: 'a' }, item, { Key: 'b' }]);
    expect(version.labels.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(drift).toEqual([['Labels', 'dropped_item']]);
  });

  it('lose an item whose key is not a text', () => {
    const { version, drift } = versionWith('Labels', [{ Key: 5 }, { Key: 'b' }]);
    expect(version.labels.map(({ key }) => key)).toEqual(['b']);
    expect(drift).toContainEqual(['Labels', 'dropped_item']);
  });
});
