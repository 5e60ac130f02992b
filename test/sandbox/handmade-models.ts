// Six models small enough to know by heart; each filter of the lists tells them apart.
import type { SandboxModel } from '../../sandbox/sandbox.js';

export function tiny(id: string, created: string, rest: Partial<SandboxModel> = {}): SandboxModel {
  const model = { ModelId: id, ModelName: id, GmtCreateTime: created, ...rest.model };
  return { versions: [], listedWithoutProvider: true, ...rest, model };
}

const version = (name: string, created: string, rest: object = {}) => ({
  VersionName: name,
  GmtCreateTime: created,
  ...rest,
});

export const handmade: SandboxModel[] = [
  tiny('model-a', '2024-01-01T00:00:00Z', {
    model: {
      ModelName: '语音 Speech',
      Domain: 'audio',
      Task: 'asr',
      Origin: 'ModelScope',
      WorkspaceId: '1',
      ModelType: 'LoRA',
      ParameterSize: 100,
      Labels: [{ Key: '语言', Value: '中文' }],
    },
    tags: [
      { Key: 'team', Value: 'x' },
      { Key: 'stage', Value: 'prod' },
    ],
    collections: ['AI4D'],
    versions: [
      version('0.1.0', '2024-01-01T00:00:00Z', { FormatType: 'Keras H5', SourceId: 's1' }),
      version('0.2.0', '2024-01-02T00:00:00Z', {
        FrameworkType: 'Keras',
        SourceType: 'Custom',
        ApprovalStatus: 'Approved',
        Labels: [{ Key: 'k', Value: 'gold' }],
      }),
    ],
  }),
  tiny('model-b', '2024-01-01T00:00:00.500Z', {
    model: { ModelName: 'speech', Domain: 'nlp', ParameterSize: 3000, OrderNumber: 2147483648 },
    tags: [{ Key: 'team', Value: 'x' }],
    collections: ['QuickStart'],
  }),
  tiny('model-d', '2024-01-03T00:00:00Z', { model: { ModelName: 'tie two' } }),
  tiny('model-c', '2024-01-03T00:00:00Z', { model: { ModelName: 'tie one' } }),
  tiny('model-public', '2024-01-04T00:00:00Z', {
    model: { Provider: 'pai', Accessibility: 'PUBLIC' },
    listedWithoutProvider: false,
  }),
  tiny('model-private', '2024-01-05T00:00:00Z', {
    model: { Provider: 'pai', Accessibility: 'PRIVATE' },
    listedWithoutProvider: false,
  }),
];
