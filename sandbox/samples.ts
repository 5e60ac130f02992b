// The models, workspaces and datasets of a sandbox that is given none: the JSON files of data/, in the shape of PAI's answers.
// Each file says which of its values are invented.
import audio from './data/audio.json' with { type: 'json' };
import datasets from './data/datasets.json' with { type: 'json' };
import documented from './data/documented.json' with { type: 'json' };
import generation from './data/generation.json' with { type: 'json' };
import language from './data/language.json' with { type: 'json' };
import languageModels from './data/language-models.json' with { type: 'json' };
import tabular from './data/tabular.json' with { type: 'json' };
import vision from './data/vision.json' with { type: 'json' };
import workspaces from './data/workspaces.json' with { type: 'json' };
import {
  createdAt,
  type JsonObject,
  type SandboxModel,
  textOf,
  type WireModel,
  type WireTag,
  type WireVersion,
} from './wire.js';

/** A model as a list shows it, with all its versions and the collections that hold it. */
interface SampleModel extends WireModel {
  readonly Tags: readonly WireTag[];
  readonly Collections: readonly string[];
  /** Oldest first. */
  readonly Versions: readonly WireVersion[];
}

/** The folder of their pictures and documents, on the server that serves them. */
export const SAMPLE_FILES = '/samples/';

/** The account that publishes public models; lists without a Provider show the models of all others. */
const PUBLISHER_ID = '1557000000000001';

function toSandboxModel({ Tags, Collections, Versions, ...model }: SampleModel): SandboxModel {
  return {
    model,
    tags: Tags,
    collections: Collections,
    versions: Versions,
    listedWithoutProvider: textOf(model, 'OwnerId') !== PUBLISHER_ID,
  };
}

export const SAMPLE_WORKSPACES: readonly JsonObject[] = workspaces.workspaces;

export const SAMPLE_DATASETS: readonly JsonObject[] = datasets.datasets;

/** The model of PAI's GetModel reference page, verbatim except for its id. */
export const DOCUMENTED_MODEL: SandboxModel = toSandboxModel(documented.model);

/** A new array each time, the oldest model first; `address` is that of the server with their pictures and documents. */
export function sampleModels(address = 'https://sandbox.example'): SandboxModel[] {
  return [audio, generation, language, languageModels, tabular, vision]
    .flatMap(({ models }): readonly SampleModel[] => models)
    .map((model) => toSandboxModel(withFilesAt(address, model)))
    .concat(DOCUMENTED_MODEL)
    .sort((left, right) => createdAt(left.model) - createdAt(right.model));
}

function withFilesAt(address: string, model: SampleModel): SampleModel {
  const absolute = (_: string, value: unknown) =>
    typeof value === 'string' && value.startsWith(SAMPLE_FILES) ? `${address}${value}` : value;
  return JSON.parse(JSON.stringify(model), absolute);
}
