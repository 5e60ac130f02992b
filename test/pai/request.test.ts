// Filters and orders on the wire: the exact parameter of each, and the values that are refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ListOrder, ModelFilter, VersionFilter } from '../../src/domain/list.js';
import { modelListQuery, versionListQueries } from '../../src/pai/request.js';

const versionListQuery = (modelId: string, filter?: VersionFilter, order?: ListOrder) =>
  versionListQueries(filter, order)(modelId);

const NEWEST: ListOrder = { field: 'CREATED_AT', direction: 'DESC' };

describe('a list of models', () => {
  test.each<[ModelFilter, Record<string, string>]>([
    [{}, {}],
    [{ workspaceId: '234567' }, { WorkspaceId: '234567' }],
    [{ name: 'bert base' }, { ModelName: '"bert base"' }],
    [{ nameContains: 'bert base' }, { ModelName: 'bert base' }],
    [{ name: "l'été (1), 100% & a=b" }, { ModelName: `"l'été (1), 100% & a=b"` }],
    [{ query: '情感' }, { Query: '情感' }],
    [{ query: '"quoted"' }, { Query: '"quoted"' }],
    [{ label: 'SD 1.5' }, { Label: 'SD 1.5' }],
    [{ provider: 'pai' }, { Provider: 'pai' }],
    [{ domain: 'nlp' }, { Domain: 'nlp' }],
    [{ task: 'asr' }, { Task: 'asr' }],
    [{ origin: 'ModelScope' }, { Origin: 'ModelScope' }],
    [{ type: 'Checkpoint' }, { ModelType: 'Checkpoint' }],
    [{ collections: ['AI4D'] }, { Collections: 'AI4D' }],
    [{ collections: ['AI4D', 'QuickStart'] }, { Collections: 'AI4D,QuickStart' }],
    [{ tags: [{ key: 'team' }] }, { Tag: '[{"Key":"team"}]' }],
    [{ tags: [{ key: 'team', value: null }] }, { Tag: '[{"Key":"team"}]' }],
    [
      {
        tags: [
          { key: 'team', value: 'nlp' },
          { key: '用途', value: '' },
        ],
      },
      { Tag: '[{"Key":"team","Value":"nlp"},{"Key":"用途","Value":""}]' },
    ],
    [{ tags: [{ key: 'a"b', value: 'c\\d' }] }, { Tag: '[{"Key":"a\\"b","Value":"c\\\\d"}]' }],
    [
      { conditions: [{ column: 'ParameterSize', operator: 'LessThan', value: '3000' }] },
      { Conditions: '[{"Column":"ParameterSize","Operator":"LessThan","Value":"3000"}]' },
    ],
    [
      { domain: 'nlp', provider: 'pai', name: 'a' },
      { Domain: 'nlp', Provider: 'pai', ModelName: '"a"' },
    ],
  ])('a list of models of %j is asked for with %j', (filter, query) => {
    expect(modelListQuery(filter)).toMatchObject({
      operation: 'ListModels',
      pathname: '/api/v1/models',
    });
    expect(modelListQuery(filter).query).toEqual(query);
  });

  test.each<[ModelFilter]>([
    [{ name: null, nameContains: null, query: null, tags: null }],
    [{ collections: null, conditions: null }],
    [{ tags: [], collections: [], conditions: [] }],
    [{ nameContains: '', query: '', label: '' }],
  ])('a list of models of %j is the whole list', (filter) => {
    expect(modelListQuery(filter, null)).toEqual(modelListQuery());
  });

  test.each(['ASC', 'DESC'] as const)('is ordered by creation, %s', (direction) => {
    const { query } = modelListQuery({ domain: 'nlp' }, { field: 'CREATED_AT', direction });
    expect(query).toEqual({ Domain: 'nlp', SortBy: 'GmtCreateTime', Order: direction });
  });

  test.each<[ModelFilter, string]>([
    [{ name: 'a', nameContains: 'a' }, 'name and filter.nameContains exclude each other.'],
    [{ name: 'a"b' }, 'name: must not contain double quotes.'],
    [{ name: '"a"' }, 'name: must not contain double quotes.'],
    [{ nameContains: '"a"' }, 'nameContains: must not contain double quotes.'],
    [{ name: '' }, 'name: must not be empty.'],
    [{ workspaceId: '' }, 'workspaceId: must not be empty.'],
    [{ collections: ['a,b'] }, 'collections: must not contain commas.'],
    [{ collections: ['a', ''] }, 'collections: must not be empty.'],
    [{ tags: [{ key: '' }] }, 'tags.key: must not be empty.'],
    [{ conditions: [{ column: '', operator: 'a', value: 'b' }] }, 'conditions.column: must not be'],
    [{ conditions: [{ column: 'a', operator: '', value: 'b' }] }, 'conditions.operator: must not'],
  ])('a list of models of %j is refused: filter.%s', (filter, problem) => {
    expect(() => modelListQuery(filter)).toThrow(refusal(`filter.${problem}`));
  });

  const TEXTS = 'workspaceId query label provider domain task origin type'.split(' ');

  test('an empty part of a name filters no more beside an exact name', () => {
    const filter = { name: 'bert', nameContains: '' };
    expect(modelListQuery(filter)).toEqual(modelListQuery({ name: 'bert' }));
  });

  test.each(TEXTS.filter((field) => field !== 'query' && field !== 'label'))(
    'a list of models of an empty %s is refused, since PAI would not filter at all',
    (field) => {
      expect(() => modelListQuery({ [field]: '' })).toThrow(
        refusal(`filter.${field}: must not be`),
      );
    },
  );

  test.each(['\n', '\0', '\t', '\u007f', '\u0085', '\ud800', 'a\udc00b'])(
    'a list of models of a text with the control character %j is refused, wherever it stands',
    (text) => {
      const wrong = `a${text}`;
      const filters: [string, ModelFilter][] = [
        ...[...TEXTS, 'name', 'nameContains'].map((field): [string, ModelFilter] => [
          field,
          { [field]: wrong },
        ]),
        ['collections', { collections: ['a', wrong] }],
        ['tags.key', { tags: [{ key: wrong }] }],
        ['tags.value', { tags: [{ key: 'a', value: wrong }] }],
        ['conditions.column', { conditions: [{ column: wrong, operator: 'b', value: 'c' }] }],
        ['conditions.operator', { conditions: [{ column: 'a', operator: wrong, value: 'c' }] }],
        ['conditions.value', { conditions: [{ column: 'a', operator: 'b', value: wrong }] }],
      ];
      for (const [field, filter] of filters) {
        const problem = `filter.${field}: must not contain control characters.`;
        expect(() => modelListQuery(filter), field).toThrow(refusal(problem));
      }
    },
  );

  // A gateway answered 431 to an over-long filter, and one caller opened the breaker for all.
  test('a list of models of a text over 512 characters is refused, wherever it stands, and 512 are kept', () => {
    const [longest, over] = ['é'.repeat(512), 'é'.repeat(513)];
    const filters: [string, (text: string) => ModelFilter][] = [
      ...[...TEXTS, 'name', 'nameContains'].map(
        (field): [string, (text: string) => ModelFilter] => [field, (text) => ({ [field]: text })],
      ),
      ['collections', (text) => ({ collections: ['a', text] })],
      ['tags.key', (text) => ({ tags: [{ key: text }] })],
      ['tags.value', (text) => ({ tags: [{ key: 'a', value: text }] })],
      [
        'conditions.value',
        (text) => ({ conditions: [{ column: 'a', operator: 'b', value: text }] }),
      ],
    ];
    for (const [field, filterOf] of filters) {
      const problem = `filter.${field}: must be at most 512 characters long.`;
      expect(() => modelListQuery(filterOf(over)), field).toThrow(refusal(problem));
      expect(() => modelListQuery(filterOf(longest)), field).not.toThrow();
    }
  });

  // Many short parts, or characters of nine bytes each, make a line that a gateway refuses too.
  test.each<[string, ModelFilter]>([
    [
      'tags',
      {
        tags: Array.from({ length: 60 }, (_, index) => ({
          key: `k${index}`,
          value: 'v'.repeat(90),
        })),
      },
    ],
    ['characters', { query: '情'.repeat(400), domain: '情'.repeat(400) }],
  ])('a list of models of over 6000 characters once encoded is refused: many %s', (_, filter) => {
    expect(() => modelListQuery(filter)).toThrow(
      refusal('filter: its values together are too long.'),
    );
  });

  test('a list of models of nearly 6000 characters once encoded is asked for', () => {
    const [query, domain] = ['情'.repeat(330), '情'.repeat(330)];
    expect(modelListQuery({ query, domain }).query).toEqual({ Query: query, Domain: domain });
  });

  test('keeps any other name exact and any other part bare', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(names, (name) => {
        fc.pre(!/["\p{Cc}\p{Cs}]/u.test(name));
        expect(modelListQuery({ name }).query).toEqual({ ModelName: `"${name}"` });
        expect(modelListQuery({ nameContains: name }).query).toEqual({ ModelName: name });
      }),
    );
  });
});

describe('a list of versions', () => {
  test.each<[VersionFilter, Record<string, string>]>([
    [{}, {}],
    [{ versionName: '0.1.0' }, { VersionName: '0.1.0' }],
    [{ formatType: 'Keras H5' }, { FormatType: 'Keras H5' }],
    [{ frameworkType: 'PyTorch' }, { FrameworkType: 'PyTorch' }],
    [{ sourceType: 'PAIFlow' }, { SourceType: 'PAIFlow' }],
    [
      { sourceId: 'region=cn-shanghai,workspaceId=13,kind=PipelineRun,id=run-1' },
      { SourceId: 'region=cn-shanghai,workspaceId=13,kind=PipelineRun,id=run-1' },
    ],
    [{ label: 'gold' }, { Label: 'gold' }],
    [{ approvalStatus: 'PENDING' }, { ApprovalStatus: 'Pending' }],
    [{ approvalStatus: 'APPROVED' }, { ApprovalStatus: 'Approved' }],
    [{ approvalStatus: 'REJECTED' }, { ApprovalStatus: 'Rejected' }],
    [{ approvalStatus: null, label: null }, {}],
  ])('a list of versions of %j is asked for with %j', (filter, query) => {
    const list = versionListQuery('model-a', filter);
    expect(list).toMatchObject({
      operation: 'ListModelVersions',
      pathname: '/api/v1/models/model-a/versions',
    });
    expect(list.query).toEqual(query);
  });

  test('is ordered by creation', () => {
    const { query } = versionListQuery('model-a', {}, NEWEST);
    expect(query).toEqual({ SortBy: 'GmtCreateTime', Order: 'DESC' });
  });

  test('a list of versions of an empty label is the whole list', () => {
    expect(versionListQuery('model-a', { label: '' })).toEqual(versionListQuery('model-a', {}));
  });

  test('a list of versions of a status that only answers have is refused', () => {
    const filter: VersionFilter = { approvalStatus: 'UNRECOGNIZED' };
    expect(() => versionListQuery('model-a', filter)).toThrow(refusal('filter.approvalStatus: '));
  });

  test.each(['versionName', 'formatType', 'frameworkType', 'sourceType', 'sourceId', 'label'])(
    'a list of versions of an empty or broken %s is refused',
    (field) => {
      const list = (text: string) => () => versionListQuery('model-a', { [field]: text });
      if (field !== 'label') {
        expect(list('')).toThrow(refusal(`filter.${field}: must not be empty.`));
      }
      expect(list('a\nb')).toThrow(refusal(`filter.${field}: must not contain control`));
    },
  );
});

// A gateway answered 431 to an over-long filter, and one caller opened the breaker for all.
test('a list of versions of a text over 512 characters is refused', () => {
  const filter: VersionFilter = { sourceId: 'a'.repeat(513) };
  const problem = 'filter.sourceId: must be at most 512 characters long.';
  expect(() => versionListQuery('model-a', filter)).toThrow(refusal(problem));
});

describe('the key of a list', () => {
  test('is one for equal filters, however they are written', () => {
    const key = modelListQuery({ domain: 'nlp', task: 'asr' }).key;
    expect(modelListQuery({ task: 'asr', domain: 'nlp', name: null, tags: [] }).key).toBe(key);
  });

  test('is another one for any other list', () => {
    const lists = [
      modelListQuery(),
      modelListQuery({}, NEWEST),
      modelListQuery({}, { ...NEWEST, direction: 'ASC' }),
      modelListQuery({ name: 'a' }),
      modelListQuery({ nameContains: 'a' }),
      modelListQuery({ domain: 'a' }),
      modelListQuery({ domain: 'a&Task=b' }),
      modelListQuery({ domain: 'a', task: 'b' }),
      versionListQuery('a'),
      versionListQuery('b'),
      versionListQuery('a', {}, NEWEST),
      versionListQuery('a', { label: 'a' }),
    ];
    expect(new Set(lists.map(({ key }) => key)).size).toBe(lists.length);
  });
});

function refusal(start: string) {
  return expect.objectContaining({
    code: 'BAD_USER_INPUT',
    message: expect.stringMatching(new RegExp(`^${start.replaceAll('.', '\\.')}`)),
  });
}
