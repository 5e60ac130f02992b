// Selects the models that ListModels shows for a query; neither sorts nor pages them.

import { isJsonObject, type JsonObject, type SandboxModel, textOf } from '../wire.js';
import { readConditions } from './conditions.js';
import { invalidParameter, type Query, readJsonArray } from './parameters.js';

type EntryTest = (entry: SandboxModel) => boolean;

const EQUALITY_PARAMETERS = ['WorkspaceId', 'Domain', 'Task', 'Origin', 'ModelType'];

/** Fuzzy, like a registry in a database: any part of the text matches, in any letter case. */
const contains = (text: string, part: string): boolean =>
  text.toLowerCase().includes(part.toLowerCase());

/** Whether the part occurs in a label's key or value. */
export function labelContains(object: JsonObject, part: string): boolean {
  const labels = Array.isArray(object.Labels) ? object.Labels : [];
  return labels.some(
    (label: unknown) =>
      isJsonObject(label) &&
      (contains(textOf(label, 'Key'), part) || contains(textOf(label, 'Value'), part)),
  );
}

function nameTest(name: string): EntryTest {
  const quoted = /^"(.*)"$/s.exec(name)?.[1];
  if (quoted !== undefined) return ({ model }) => model.ModelName === quoted;
  return ({ model }) => contains(textOf(model, 'ModelName'), name);
}

function providerTest(provider: string | undefined): EntryTest {
  if (!provider) return (entry) => entry.listedWithoutProvider === true;
  return ({ model }) => model.Provider === provider && model.Accessibility === 'PUBLIC';
}

function queryTest(part: string): EntryTest {
  return ({ model }) =>
    ['ModelName', 'Domain', 'Task'].some((field) => contains(textOf(model, field), part)) ||
    labelContains(model, part);
}

function collectionsTest(text: string): EntryTest {
  const wanted = text.split(',').filter((name) => name !== '');
  if (wanted.length === 0) throw invalidParameter('Collections', 'at least one name');
  return ({ collections = [] }) => wanted.some((name) => collections.includes(name));
}

function tagTest(wanted: unknown): EntryTest {
  if (!isJsonObject(wanted) || typeof wanted.Key !== 'string') {
    throw invalidParameter('Tag', 'an array of objects with Key and Value');
  }
  const { Key: key, Value: value } = wanted;
  if (value !== undefined && typeof value !== 'string') {
    throw invalidParameter('Tag', 'Value is a text');
  }
  return ({ tags = [] }) =>
    tags.some((tag) => tag.Key === key && (value === undefined || tag.Value === value));
}

function textTests(query: Query): EntryTest[] {
  const tests: EntryTest[] = [];
  for (const name of EQUALITY_PARAMETERS) {
    const wanted = query[name];
    if (wanted) tests.push(({ model }) => model[name] === wanted);
  }
  const { ModelName: modelName, Label: label, Query: anywhere, Collections: collections } = query;
  if (modelName) tests.push(nameTest(modelName));
  if (label) tests.push(({ model }) => labelContains(model, label));
  if (anywhere) tests.push(queryTest(anywhere));
  // Unlike the others, an empty Collections is refused: PAI documents that it may not be empty.
  if (collections !== undefined) tests.push(collectionsTest(collections));
  return tests;
}

export function filterModels(entries: readonly SandboxModel[], query: Query): SandboxModel[] {
  const conditions = readConditions(query);
  const tests = [
    providerTest(query.Provider),
    ...textTests(query),
    ...readJsonArray(query, 'Tag').map(tagTest),
    ...conditions.map(
      (test): EntryTest =>
        ({ model }) =>
          test(model),
    ),
  ];
  return entries.filter((entry) => tests.every((test) => test(entry)));
}
