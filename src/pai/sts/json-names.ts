// The names in a JSON text in the order of the text, which parsed objects do not keep. Pure.

/** Gives each name with the names that enclose it; the text must be JSON. */
export function namesInOrder(json: string): string[][] {
  const paths: string[][] = [];
  const open: string[] = [];
  let at = 0;
  while (at < json.length) {
    const character = json[at];
    const end = character === '"' ? endOfString(json, at) : at + 1;
    if (character === '{' || character === '[') open.push('');
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"' && json[afterSpace(json, end)] === ':') {
      open.splice(-1, 1, String(JSON.parse(json.slice(at, end))));
      paths.push([...open]);
    }
    at = end;
  }
  return paths;
}

/** The position behind the quote that closes the string which begins at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function afterSpace(json: string, start: number): number {
  let at = start;
  while (' \t\n\r'.includes(json[at] ?? '!')) at += 1;
  return at;
}
