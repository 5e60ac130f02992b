// Registries that are plain arrays: models and versions numbered in the order they were made.
import type { SandboxModel, WireVersion } from '../../sandbox/sandbox.js';

export const modelId = (index: number): string => `model-${String(index).padStart(3, '0')}`;

/** Oldest first, as PAI lists them; `Domain` tells even ones from odd ones. */
export function numberedModels(
  count: number,
  rest: (index: number) => Partial<SandboxModel> = () => ({}),
): SandboxModel[] {
  return Array.from({ length: count }, (_, index) => {
    const { model, ...others } = rest(index);
    return {
      versions: [],
      listedWithoutProvider: true,
      ...others,
      model: {
        ModelId: modelId(index),
        ModelName: `name ${index}`,
        Domain: index % 2 === 0 ? 'even' : 'odd',
        GmtCreateTime: timeOf(index),
        ...model,
      },
    };
  });
}

export const versionName = (index: number): string => `0.${index}.0`;

/** Oldest first. */
export function numberedVersions(
  count: number,
  rest: (index: number) => WireVersion = () => ({}),
): WireVersion[] {
  return Array.from({ length: count }, (_, index) => ({
    VersionName: versionName(index),
    GmtCreateTime: timeOf(index),
    ...rest(index),
  }));
}

export const range = (start: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);

function timeOf(index: number): string {
  return new Date(Date.UTC(2024, 0, 1) + index * 60_000).toISOString();
}
