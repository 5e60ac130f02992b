// The process edge: environment, arguments, signals and exit codes, and nothing else.
// Each command loads its own code late: most of what a start costs is code that is read.
import { setFlagsFromString } from 'node:v8';
import { type Config, SettingsError } from './config/types.js';
import { parseConfig } from './config.js';
import { EXIT_BROKEN } from './doctor/finding.js';

const EXIT_CONFIG = 78;

// A hundred reads at once are enough for V8 to take what they make for long-lived, for good. Made in the old
// space, it then holds all that later requests hang on it until the next full collection (decision 16).
setFlagsFromString('--no-allocation-site-pretenuring');

interface Running {
  readonly readyLine: string;
  close(): Promise<void>;
}

async function start(config: Config, command: string | undefined): Promise<Running> {
  if (command === 'sandbox') {
    const { SANDBOX_PROVIDER, startSandbox } = await import('./sandbox/sandbox.js');
    const sandbox = await startSandbox({ port: config.sandboxPort });
    const key = 'access key "sandbox", secret "sandbox-secret"';
    const readyLine = `PAI sandbox at ${sandbox.url} (${key}, tokens of ${SANDBOX_PROVIDER.issuer})`;
    return { readyLine, close: () => sandbox.close() };
  }
  if (command !== undefined) throw new Error('The commands are "sandbox" and "doctor".');
  const { startApp } = await import('./app.js');
  const app = await startApp(config);
  const playground = config.playground ? ', playground at /' : '';
  const metrics = app.metricsUrl === null ? '' : `, metrics at ${app.metricsUrl}/metrics`;
  const readyLine = `GraphQL at ${app.url}/graphql from ${app.source}${playground}${metrics}`;
  return { readyLine, close: () => app.close() };
}

/** Ends the process: what a provider of credentials has left behind may go on for a while. */
async function diagnose(): Promise<void> {
  const { examine } = await import('./doctor/doctor.js');
  const { text, exitCode } = await examine(parseConfig(process.env), Date.now);
  process.stdout.write(text, () => process.exit(exitCode));
}

async function main(): Promise<void> {
  const command = process.argv[2];
  if (command === 'doctor') return diagnose();
  // The sandbox alone has one setting; what the others say is no concern of it.
  const { SANDBOX_PORT } = process.env;
  const parsed = parseConfig(command === 'sandbox' ? { SANDBOX_PORT } : process.env);
  if (!parsed.ok) throw new SettingsError(parsed.problems);
  const running = await start(parsed.config, command);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      // A second signal finds no handler and ends the process at once.
      void running.close().then(() => process.exit(0));
    });
  }
  // Whoever reads this line may send a signal at once.
  process.stdout.write(`${running.readyLine}\n`);
}

main().catch((error: unknown) => {
  if (error instanceof SettingsError) {
    const lines = error.problems.map((problem) => `  ${problem}\n`);
    process.stderr.write(`The settings are wrong:\n${lines.join('')}`);
    process.exit(EXIT_CONFIG);
  }
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`Could not start: ${reason}\n`);
  process.exit(process.argv[2] === 'doctor' ? EXIT_BROKEN : 1);
});
