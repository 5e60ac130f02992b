// The parts of PAI's specifications that have fields of their own: of a training, and of a service. A specification is
// free: any other form, such as that of several methods, gives null here and is not drift.
import type { ComputeResource, HyperParameter } from '../../domain/model.js';
import { isJsonList, type JsonObject } from '../../lib/json.js';
import { Fields } from './fields.js';

interface Training {
  readonly hyperParameters: readonly HyperParameter[] | null;
  readonly trainingImage: string | null;
  readonly computeResource: ComputeResource | null;
}

export function decodeTraining(spec: JsonObject | null): Training {
  const training = partsOf(spec);
  const algorithm = training.nested('AlgorithmSpec');
  return {
    hyperParameters: decodeHyperParameters(algorithm, training),
    trainingImage: algorithm?.text('Image') ?? null,
    computeResource: decodeComputeResource(training.nested('ComputeResource')),
  };
}

/** PAI's reference spells it in both ways. */
export function decodeProcessor(spec: JsonObject | null): string | null {
  const service = partsOf(spec);
  return service.text('processor') ?? service.text('Processor');
}

function partsOf(spec: JsonObject | null): Fields {
  return new Fields(spec ?? {}, '', () => {});
}

/** The algorithm declares parameters, the training gives values; what both say of one name is put together. */
function decodeHyperParameters(
  algorithm: Fields | null,
  training: Fields,
): readonly HyperParameter[] | null {
  const sources = [algorithm, training].filter((source) => source !== null);
  if (!sources.some(({ raw }) => isJsonList(raw.HyperParameters ?? null))) return null;
  const parameters = new Map<string, HyperParameter>();
  for (const fields of sources.flatMap((source) => source.nestedList('HyperParameters'))) {
    const name = fields.text('Name');
    if (name === null) continue;
    const known = parameters.get(name);
    parameters.set(name, {
      name,
      type: known?.type ?? fields.text('Type'),
      value: known?.value ?? valueIn(fields, 'Value'),
      defaultValue: known?.defaultValue ?? valueIn(fields, 'DefaultValue'),
      description: known?.description ?? fields.text('Description'),
    });
  }
  return [...parameters.values()];
}

/** PAI writes values as texts; authors also write numbers and truth values. */
function valueIn(fields: Fields, name: string): string | null {
  const value = fields.raw[name];
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return isScalar ? String(value) : fields.text(name);
}

function decodeComputeResource(fields: Fields | null): ComputeResource | null {
  const instanceType = fields?.text('EcsSpec') ?? null;
  const instanceCount = fields?.long('EcsCount') ?? fields?.long('InstanceCount') ?? null;
  return instanceType === null && instanceCount === null ? null : { instanceType, instanceCount };
}
