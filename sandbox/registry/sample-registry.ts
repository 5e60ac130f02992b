// The registry of a sandbox without a registry of its own: made from the table, identical at every start.
import { createHash } from 'node:crypto';
import { type JsonObject, type SandboxModel, textOf, type WireTag } from '../wire.js';
import { DOCUMENTED_MODEL } from './documented-model.js';
import { SAMPLE_ROWS, type SampleRow } from './sample-table.js';
import { cycled, sampleVersions, wireTime } from './sample-versions.js';

const FIRST_CREATED = Date.UTC(2023, 2, 1, 2, 15, 8);
/** Nine days and some hours, so that the samples have different times of day. */
const SPACING_MS = 809_568_000;
/** A number beyond 32 bits, which real ordinals may exceed. */
const LARGE_ORDER_NUMBER = 2_147_483_648;

function modelIdFor(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 24);
  return `model-${BigInt(`0x${digest}`).toString(36).slice(0, 14)}`;
}

/** Removes the fields that JSON would leave out: models are compared and filtered as objects. */
function withoutAbsent(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function popularity(row: SampleRow, index: number): JsonObject | undefined {
  if (index % 5 === 4) return undefined;
  if (row.fields.Domain !== 'aigc') return index % 3 === 0 ? {} : { test: String(index) };
  return {
    RatingCount: 120 + index * 31,
    Rating: 4 + (index % 10) / 10,
    FavoriteCount: 900 + index * 257,
    CommentCount: index * 3,
    CoverUris: [`https://pai-samples.oss-cn-hangzhou.aliyuncs.com/covers/${index}.png`],
    TippedAmountCount: index % 4,
    DownloadCount: 4_000 + index * 1_013,
  };
}

function providerOf({ whose }: SampleRow, index: number): string | undefined {
  if (whose === 'own') return index % 2 === 0 ? '' : undefined;
  return whose === 'own+pai' ? 'pai' : whose;
}

const isOwn = ({ whose }: SampleRow): boolean => whose.startsWith('own');

function accessibilityOf(row: SampleRow, index: number): string {
  // A provider lists public models only, so a fine-tuned model of the caller stays private.
  if (!isOwn(row)) return 'PUBLIC';
  return row.whose === 'own' && index % 4 === 0 ? 'PUBLIC' : 'PRIVATE';
}

function tagsOf(row: SampleRow, index: number): WireTag[] {
  if (index % 6 === 5) return [];
  const team = row.fields.Domain || 'platform';
  return [
    { Key: 'team', Value: team },
    { Key: 'stage', Value: cycled(['prod', 'staging', 'dev'], index) },
    ...(index % 4 === 1 ? [{ Key: '负责组', Value: '算法平台' }] : []),
  ];
}

function collectionsOf(row: SampleRow): string[] {
  const collections = isOwn(row) ? [] : ['QuickStart'];
  if (row.fields.Domain === 'aigc') collections.push('AIGC');
  if (row.fields.Task === 'large-language-model') collections.push('LLM', 'AI4D');
  return collections;
}

function timesOf(createdAt: number, latest: JsonObject | undefined, index: number): JsonObject {
  const latestModified = latest && textOf(latest, 'GmtModifiedTime');
  return {
    GmtCreateTime: wireTime(createdAt, index),
    GmtModifiedTime: latestModified ?? wireTime(createdAt, index),
    GmtLatestVersionModifiedTime: index % 8 === 7 ? undefined : latestModified,
  };
}

function makeModel(row: SampleRow, index: number): SandboxModel {
  const createdAt = FIRST_CREATED + index * SPACING_MS;
  const versions = sampleVersions(row, createdAt, index + 11).map(withoutAbsent);
  const model = withoutAbsent({
    ModelId: modelIdFor(row.name),
    ModelName: row.name,
    ...row.fields,
    ...timesOf(createdAt, versions.at(-1), index),
    UserId: cycled(['2001234567890123', '2009876543210987', '1234567890123456'], index),
    OwnerId: isOwn(row) ? '1098765432109876' : '1557000000000001',
    WorkspaceId: cycled(['234567', '198732', '86421'], index),
    Provider: providerOf(row, index),
    Accessibility: accessibilityOf(row, index),
    ModelDoc: cycled(['', `https://pai-samples.oss-cn-hangzhou.aliyuncs.com/${index}.md`], index),
    Labels: row.labels ?? (index % 2 === 0 ? [] : [{ Key: '', Value: '' }]),
    ExtraInfo: popularity(row, index),
    OrderNumber: row.name === 'moe-trillion-experiment' ? LARGE_ORDER_NUMBER : index + 2,
    ParameterSize: row.parameters,
  });
  return {
    model,
    versions,
    tags: tagsOf(row, index),
    collections: collectionsOf(row),
    listedWithoutProvider: isOwn(row),
  };
}

/** A new registry each time: 71 invented models that look real, and the documented one. */
export function sampleModels(): SandboxModel[] {
  return [DOCUMENTED_MODEL, ...SAMPLE_ROWS.map(makeModel)];
}
