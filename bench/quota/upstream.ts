// The sandbox with the models of the bench. It throttles as PAI does: 50 calls of each operation in any second.
import { startSandbox } from '../../sandbox/sandbox.js';
import { modelIds, modelText, VERSION_NAMES, versionText } from '../registry.js';
import { KEY, MODELS, PER_SECOND, taskOf } from './registry.js';

const models = modelIds(MODELS).map((id, index) => ({
  model: { ...JSON.parse(modelText(id)), Task: taskOf(index) },
  versions: VERSION_NAMES.map((name) => JSON.parse(versionText(id, name) ?? '')).reverse(),
  listedWithoutProvider: true,
}));
const { url } = await startSandbox({ keys: [KEY], models, quotaPerSecond: PER_SECOND });
process.stdout.write(`upstream at ${url}\n`);
