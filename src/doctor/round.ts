// The four questions in their order: each takes its ids from the answers before it.
import { isJsonList, isJsonObject, type JsonObject } from '../domain/model.js';
import { isModelId, isVersionName } from '../domain/names.js';
import {
  type Ask,
  type Asked,
  modelQuestion,
  modelsQuestion,
  versionQuestion,
  versionsQuestion,
} from './ask.js';

/** The same thing as a list gives it and as a read by its id gives it. */
export interface Twins {
  readonly listed: JsonObject;
  readonly single: JsonObject;
  /** In words, for the report. */
  readonly title: string;
}

export interface Round {
  readonly asked: readonly Asked[];
  readonly twins: readonly Twins[];
}

export async function askAll(ask: Ask, pageSizeMax: number): Promise<Round> {
  const list = await ask(modelsQuestion(pageSizeMax));
  const models = itemsOf(list, 'Models').filter(({ ModelId }) => isText(ModelId, isModelId));
  // A model with a version allows the versions to be asked for, too.
  const listedModel = models.find((item) => latestNameOf(item) !== null) ?? models[0];
  if (listedModel === undefined) return { asked: [list], twins: [] };
  const id = String(listedModel.ModelId);

  const model = await ask(modelQuestion(id));
  const versions = await ask(versionsQuestion(id, pageSizeMax));
  const listedVersion = itemsOf(versions, 'Versions').find((item) => nameOf(item) !== null);
  const name = (listedVersion && nameOf(listedVersion)) ?? latestNameOf(listedModel);
  const version = name === null ? null : await ask(versionQuestion(id, name));
  return {
    asked: [list, model, versions, ...(version === null ? [] : [version])],
    twins: [
      ...twinsOf(listedModel, model, 'ListModels and GetModel'),
      ...twinsOf(listedVersion, version, 'ListModelVersions and GetModelVersion'),
    ],
  };
}

function twinsOf(listed: JsonObject | undefined, asked: Asked | null, title: string): Twins[] {
  const single = asked && bodyOf(asked);
  return listed && single ? [{ listed, single, title }] : [];
}

/** null: PAI did not answer the question. */
export function bodyOf({ answer }: Asked): JsonObject | null {
  return 'body' in answer ? answer.body : null;
}

function itemsOf(asked: Asked, key: 'Models' | 'Versions'): readonly JsonObject[] {
  const items = bodyOf(asked)?.[key] ?? null;
  return isJsonList(items) ? items.filter(isJsonObject) : [];
}

function latestNameOf({ LatestVersion }: JsonObject): string | null {
  return isJsonObject(LatestVersion) ? nameOf(LatestVersion) : null;
}

function nameOf({ VersionName }: JsonObject): string | null {
  return isText(VersionName, isVersionName) ? VersionName : null;
}

function isText(value: unknown, hasForm: (text: string) => boolean): value is string {
  return typeof value === 'string' && hasForm(value);
}
