// `npm run doctor` as a real process against a real sandbox: its output and its exit code.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DOCUMENTED_MODEL } from '../../sandbox/sandbox.js';
import { eventually, REPO_ROOT, startMain } from '../support/programs.js';
import { SANDBOX_ENV } from '../support/with-app.js';
import { runProcess, sceneWith } from './run.js';

/** The machine's clock is wrong by so much. */
function clockOff(seconds: number): Record<string, string> {
  const script = `const{now}=Date;Date.now=()=>now()+${seconds}*1000`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

describe.concurrent('`npm run doctor`', () => {
  test('finds the embedded sandbox well, in the lines that its document shows', async () => {
    const document = readFileSync(`${REPO_ROOT}docs/doctor.md`, 'utf8');
    const [, sample = ''] = document.split(/```\n?/);
    const columns = (text: string) =>
      text.split('\n').map((line) => (/^\d/.test(line) ? line : line.slice(0, 25)));
    const { code, output, stderr } = await runProcess();
    expect(columns(output)).toEqual(columns(sample));
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('warns of doubtful settings, and ends with 1', async () => {
    await using scene = await sceneWith();
    const { code, lines } = await scene.runProcess({ PAI_REGOIN: 'cn-hangzhou' });
    expect(lines('settings')).toEqual([
      expect.stringMatching(/^ok /),
      expect.stringMatching(/^warn .* PAI_REGOIN is not a setting; did you mean PAI_REGION\?$/),
    ]);
    expect(code).toBe(1);
  });

  test('names files that are missing with the other wrong settings, and ends with 2', async () => {
    const file = '/nowhere/manifest.json';
    const right = { TRUSTED_DOCUMENTS: 'log', TRUSTED_DOCUMENTS_FILE: file };
    const missing = 'TRUSTED_DOCUMENTS_FILE: It could not be read (ENOENT).';
    for (const [env, problems] of [
      [right, [missing]],
      [{ ...right, PORT: 'http' }, ['PORT must be a whole number from 0 to 65535.', missing]],
    ] as const) {
      const { code, lines } = await runProcess(env);
      const said = lines('FAIL').map((line) => line.replace(/^FAIL +settings +/, ''));
      expect([said, code]).toEqual([problems, 2]);
    }
  });

  test('that is interrupted ends by the signal, since it has no result', async () => {
    await using scene = await sceneWith();
    scene.sandbox.faults.add({ fault: { kind: 'hang' } });
    const env = { PAI_ENDPOINT: scene.sandbox.url, ...SANDBOX_ENV, UPSTREAM_TIMEOUT_MS: '60000' };
    await using main = startMain(env, { args: ['doctor'] });
    await eventually(() => scene.sandbox.inFlight() === 1 || undefined);
    main.child.kill('SIGINT');
    expect([await main.exitCode, main.stdout()]).toEqual([130, '']);
  });

  test('names each difference from the contract, and ends with 1', async () => {
    const { model, versions } = DOCUMENTED_MODEL;
    const changed = { ...model, ExtraInfo: { Rating: '4.94-value' }, NewField: 'new-value' };
    const models = [{ model: changed, versions, listedWithoutProvider: true }];
    await using scene = await sceneWith({ models });
    const { code, output, lines } = await scene.runProcess();
    expect(lines('contract').map((line) => line.replace(/^warn +contract +/, ''))).toEqual([
      'ListModels: Models[].ExtraInfo.Rating is a string, recorded as number',
      'ListModels: Models[].NewField is not recorded',
      'GetModel: ExtraInfo.Rating is a string, recorded as number',
      'GetModel: NewField is not recorded',
    ]);
    expect(lines('FAIL')).toEqual([]);
    expect(output).not.toContain('-value');
    expect(code).toBe(1);
  });

  test.each([
    [-120, 1, /^warn .* (119|12[01]) s behind PAI’s\./],
    [1200, 2, /^FAIL .* (1199|120[01]) s ahead of PAI’s\./],
  ])('on a machine whose clock is %s s off ends with %s', async (seconds, exitCode, line) => {
    await using scene = await sceneWith();
    const { code, lines } = await scene.runProcess(clockOff(seconds));
    expect(lines('clock')).toEqual([expect.stringMatching(line)]);
    expect(code).toBe(exitCode);
  });

  test('names the permission that is missing, goes on, and ends with 2', async () => {
    await using scene = await sceneWith();
    const refusal = { kind: 'error', status: 404, code: '100700008' } as const;
    scene.sandbox.faults.add({ operation: 'ListModelVersions', fault: refusal });
    const { code, lines } = await scene.runProcess();
    expect(lines('FAIL')).toEqual([expect.stringContaining('paimodel:ListModelVersions')]);
    expect(lines('GetModelVersion')).toEqual([expect.stringMatching(/^ok /)]);
    expect(code).toBe(2);
  });

  test('finds a wrong secret, and ends with 2', async () => {
    await using scene = await sceneWith();
    const { code, lines } = await scene.runProcess({ ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'wrong' });
    expect(lines('FAIL')).toEqual([
      expect.stringMatching(/ListModels .*Check the secret of the access key\./),
    ]);
    expect(scene.sandbox.requests).toHaveLength(1);
    expect(code).toBe(2);
  });

  test('finds that no credentials are set, asks nothing, and ends with 2', async () => {
    await using scene = await sceneWith();
    const { code, output, lines } = await runProcess({
      PAI_ENDPOINT: scene.sandbox.url,
      ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true',
    });
    expect(lines('FAIL')).toEqual([expect.stringMatching(/credentials +none\./)]);
    expect(lines('GetModel')).toEqual([expect.stringContaining('there are no credentials')]);
    expect(lines('route')).toEqual([expect.stringMatching(/^skip .*not checked: no call was/)]);
    expect(output).toMatch(/^0 calls to PAI: /m);
    expect(scene.sandbox.requests).toEqual([]);
    expect(code).toBe(2);
  });

  test('finds that PAI is down, and ends with 2', async () => {
    await using scene = await sceneWith();
    await scene.sandbox.close();
    const { code, lines, stderr } = await scene.runProcess();
    expect(lines('FAIL')).toEqual([
      expect.stringMatching(/route +to PAI_ENDPOINT, directly: no answer\./),
      expect.stringContaining('could not be reached'),
    ]);
    expect(lines('clock')).toEqual([expect.stringMatching(/^skip .*not checked: no answer/)]);
    // No stack trace.
    expect(stderr).toBe('');
    expect(code).toBe(2);
  });

  test('names every wrong setting, and ends with 2', async () => {
    const { code, output, lines } = await runProcess({ PORT: 'http', PAI_REGION: 'CN;rm' });
    expect(lines('settings')).toEqual([
      expect.stringContaining('PORT must be'),
      expect.stringContaining('PAI_REGION must be'),
    ]);
    expect(lines('skip')).toEqual([expect.stringMatching(/PAI +not checked: the settings are/)]);
    expect(output).toMatch(/^0 calls.* \(2 FAIL, 1 skip\)\.$/m);
    expect(code).toBe(2);
  });
});
