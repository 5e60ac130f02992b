// The files that the steps of the Dockerfile make, and the server in them, as a container runs it.
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import { eventually, skipSuite } from '../support/programs.js';
import { DOCUMENTED_ID, postGraphql } from '../support/with-app.js';
import { buildImage, type Image, namesIn } from './dockerfile.js';
import { refusalOfImages, runInImage } from './run-image.js';

const SANDBOX = { SANDBOX: 'true', AUTH: 'none' };
let image: Image;

/** undefined: it does not listen yet. */
const textOf = (url: string) =>
  fetch(url).then(
    (response) => response.text(),
    () => undefined,
  );

beforeAll(async () => {
  image = await buildImage();
}, 300_000);
afterAll(() => rmSync(dirname(image.root), { recursive: true }));

const read = (path: string) => readFileSync(join(image.root, image.workdir, path), 'utf8');

describe('the image', () => {
  test('has the files that run, and the packages that the bundle does not contain', () => {
    expect(namesIn(image)).toEqual([
      'dist',
      'node_modules',
      'package.json',
      'playground',
      'schema',
    ]);
    const { dependencies } = JSON.parse(read('package.json'));
    const packages = namesIn(image, 'node_modules').filter((name) => !name.startsWith('.'));
    for (const name of Object.keys(dependencies)) expect(packages).toContain(name.split('/')[0]);
    for (const name of ['graphql', '@apollo', 'got', 'zod', 'esbuild', 'typescript', 'vitest']) {
      expect(packages).not.toContain(name);
    }
  });
});

const refusal = refusalOfImages();
// No package can change that, so REQUIRE_PROGRAMS does not ask for it.
if (refusal === null) describe('the server in it', suite);
else skipSuite('the server in the image', `needs the right to mount (${refusal})`, suite);

function suite(): void {
  test('serves, is healthy, and ends by SIGTERM as process 1', async () => {
    const PORT = String(await freePort());
    await using server = runInImage(image, image.command, { ...SANDBOX, PORT });
    const url = `http://127.0.0.1:${PORT}`;
    expect(await eventually(() => textOf(`${url}/readyz`))).toContain('"ready"');
    const query = `{ model(id: "${DOCUMENTED_ID}") { name } }`;
    expect((await postGraphql(url, { query })).data.model.name).toBe('情感分析');
    await using check = runInImage(image, image.healthcheck, { PORT });
    expect(await check.ended).toEqual({ code: 0, output: '' });
    server.signal('SIGTERM');
    const { code, output } = await server.ended;
    expect([code, output]).toEqual([0, expect.stringContaining('GraphQL at http://')]);
    await using late = runInImage(image, image.healthcheck, { PORT });
    expect((await late.ended).code).toBe(1);
  });

  test('has the page of the playground, which is a package', async () => {
    const PORT = String(await freePort());
    await using server = runInImage(image, image.command, { ...SANDBOX, PORT, PLAYGROUND: 'true' });
    const page = await eventually(() => textOf(`http://127.0.0.1:${PORT}/`));
    expect([page.includes('<title>'), page.length > 1_000_000]).toEqual([true, true]);
    server.signal('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  test('runs as the user, and cannot write', async () => {
    const script = `const { writeFileSync } = require('node:fs');
      for (const path of ['/x', '/app/x', '/app/dist/x', '/usr/x']) {
        try { writeFileSync(path, ''); console.log('wrote', path); } catch ({ code }) { console.log(code); }
      }
      console.log(process.pid, process.getuid(), process.getgid());`;
    await using node = runInImage(image, ['node', '-e', script]);
    const { output } = await node.ended;
    expect(output).toBe(`${'EROFS\n'.repeat(4)}1 ${image.user.replace(':', ' ')}\n`);
  });

  test('loads each package that the bundle does not contain', async () => {
    const names = Object.keys(JSON.parse(read('package.json')).dependencies);
    const script = `for (const name of ${JSON.stringify(names)}) await import(name);`;
    await using node = runInImage(image, ['node', '--input-type=module', '-e', script]);
    expect(await node.ended).toEqual({ code: 0, output: '' });
  });

  test('examines itself', async () => {
    await using doctor = runInImage(image, [...image.command, 'doctor'], { ...SANDBOX, PORT: '0' });
    const { code, output } = await doctor.ended;
    expect([code, output]).toEqual([0, expect.stringContaining('all is well')]);
  });

  test('refuses to start without a value of AUTH', async () => {
    await using server = runInImage(image, image.command, { SANDBOX: 'true' });
    const { code, output } = await server.ended;
    expect([code, output]).toEqual([78, expect.stringContaining('AUTH must be set')]);
  });
}
