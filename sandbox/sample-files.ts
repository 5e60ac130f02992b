// The pictures and documents of the sample models, drawn and written from their data; any client may read them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendText } from './http.js';
import { SAMPLE_FILES, sampleModels } from './samples.js';
import { modelIdOf, type SandboxModel, textOf } from './wire.js';

interface SampleFile {
  readonly type: string;
  readonly text: string;
}

export function isSampleFile(path: string): boolean {
  return path.startsWith(SAMPLE_FILES);
}

/** Web pages of other origins show them, too; the pictures run no script when they are opened. */
const HEADERS = {
  'access-control-allow-origin': '*',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  'x-content-type-options': 'nosniff',
};

export async function sendSampleFile(
  { method }: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const file = method === 'GET' || method === 'HEAD' ? sampleFile(path) : undefined;
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  if (file === undefined) sendText(response, 404, 'text/plain', 'There is no such sample.');
  else sendText(response, 200, file.type, file.text);
}

/** A model's id, the name of one of its versions, and the kind of file. */
const FILE_NAME = /^(model-[0-9a-z]+)(?:-([\w.]+))?\.(svg|md)$/;

function sampleFile(path: string): SampleFile | undefined {
  const [, id, version = '', kind] = FILE_NAME.exec(path.slice(SAMPLE_FILES.length)) ?? [];
  const found = sampleModels().find((entry) => modelIdOf(entry) === id);
  if (found === undefined) return undefined;
  return kind === 'md'
    ? { type: 'text/markdown; charset=utf-8', text: documentOf(found) }
    : { type: 'image/svg+xml', text: pictureOf(found, version) };
}

/** Two colors and a pattern that follow from the id; the names are in the picture. */
function pictureOf({ model }: SandboxModel, version: string): string {
  const id = textOf(model, 'ModelId');
  const seed = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
  const hue = seed % 360;
  const rings = [40, 70, 100, 130].map(
    (radius) => `<circle cx="${200 + (seed % 80)}" cy="60" r="${radius}"/>`,
  );
  const subtitle = [textOf(model, 'Task'), version].filter(Boolean).join(' · ');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180" viewBox="0 0 320 180">
<defs><linearGradient id="ground" x2="1" y2="1">
<stop stop-color="hsl(${hue} 60% 32%)"/><stop offset="1" stop-color="hsl(${(hue + 50) % 360} 65% 48%)"/>
</linearGradient></defs>
<rect width="320" height="180" fill="url(#ground)"/>
<g fill="none" stroke="#fff" stroke-opacity=".22" stroke-width="10">${rings.join('')}</g>
<g fill="#fff" font-family="sans-serif">
<text x="16" y="138" font-size="19" font-weight="600">${escapeXml(textOf(model, 'ModelName'))}</text>
<text x="16" y="162" font-size="12" fill-opacity=".85">${escapeXml(subtitle)}</text>
</g>
</svg>
`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);
}

function documentOf({ model, versions }: SandboxModel): string {
  const facts = ['Domain', 'Task', 'ModelType', 'Origin', 'Provider'].map((field) => [
    field,
    textOf(model, field),
  ]);
  return [
    `# ${textOf(model, 'ModelName')}`,
    textOf(model, 'ModelDescription'),
    `![Cover](${textOf(model, 'ModelId')}.svg)`,
    [
      '| | |\n| --- | --- |',
      ...facts.filter(([, value]) => value !== '').map(([name, value]) => `| ${name} | ${value} |`),
    ].join('\n'),
    '## Versions',
    versions
      .map((version) => {
        const description = textOf(version, 'VersionDescription');
        return `- **${textOf(version, 'VersionName')}** ${textOf(version, 'FrameworkType')} ${description}`.trimEnd();
      })
      .join('\n') || 'It has none.',
    'Sample data of the sandbox: the figures are invented.',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}
