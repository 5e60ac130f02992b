// docs/settings.md, made from the table of the settings.
import { SETTINGS, type Setting } from '../src/config/settings.js';

const HEAD = `# Settings

The server reads its settings from the environment. It reports all problems together at the start, with exit
code 78, and does not start: wrong values, values in quotes, and files that are missing or wrong. It warns in
the log of settings that have no effect and of names in the environment that look misspelt.

\`node dist/main.js config\` and \`npx pai-model-graph config\` print the settings in force, each with its source: default,
environment, or the file that another setting names. On a terminal that is text, elsewhere and with \`--json\` JSON. Where
stdout is not a terminal, all lines on it are JSON; the first one after the start, \`event: ready\`, has the version and the
settings in force. Neither shows a secret: keys and passwords are redacted, also in the URLs of Redis and of proxies.
An error that prevents the start is text on stderr.

SIGTERM and SIGINT stop it, also while it starts. \`/readyz\` is 503 at once; all else is served for SHUTDOWN_DELAY_MS, with
responses that close their connections, so that clients open the next one elsewhere. Then requests in flight end, at most for
REQUEST_TIMEOUT_MS and a second, and the process exits with 0. A second signal ends it at once. SIGHUP does nothing.

Behind a balancer SHUTDOWN_DELAY_MS must be longer than the balancer takes to notice: the server still answers what it sends
meanwhile. The grace period of the orchestrator must be longer than SHUTDOWN_DELAY_MS, REQUEST_TIMEOUT_MS and two seconds
together. In a container run \`node dist/main.js\` after \`npm run build\`: the shell of npm may not pass signals on.

This page is made from \`src/config/settings.ts\` by \`npm run docs\`.

| name | default | meaning |
| --- | --- | --- |
`;

export function settingsDocument(): string {
  const rows = Object.entries<Setting>(SETTINGS).map(
    ([name, [, fallback, meaning]]) => `| ${name} | ${fallback ?? '–'} | ${meaning} |\n`,
  );
  return HEAD + rows.join('');
}
