// The text that the environment gives for a setting, without white space around it. It does not parse the text.

export type Environment = Readonly<Record<string, string | undefined>>;

export type Given =
  | { readonly kind: 'absent'; readonly warning?: string }
  | { readonly kind: 'given'; readonly text: string; readonly warning?: string }
  | { readonly kind: 'unusable'; readonly problem: string };

/** `docker run --env-file` keeps quotes that a shell removes. */
const QUOTE_AT_AN_END = /^["'`“”‘’]|["'`“”‘’]$/;
/** White space around a key is a copying error, and other programs that read the same variable keep it. */
const KEY = /^ALIBABA_CLOUD_/;

export function isGiven(env: Environment, name: string): boolean {
  return Boolean(env[name]?.trim());
}

/** An empty or blank value counts as not set. */
export function readGiven(env: Environment, name: string): Given {
  const whole = env[name] ?? '';
  const text = whole.trim();
  if (whole === '') return { kind: 'absent' };
  if (text === '') {
    return { kind: 'absent', warning: `${name} is blank: it counts as not set.` };
  }
  if (QUOTE_AT_AN_END.test(text)) {
    return { kind: 'unusable', problem: `${name} is in quotes: leave them out.` };
  }
  if (text === whole) return { kind: 'given', text };
  return KEY.test(name)
    ? { kind: 'unusable', problem: `${name} has white space around it.` }
    : { kind: 'given', text, warning: `${name} has white space around it, which is left out.` };
}
