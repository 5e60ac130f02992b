// The names in a JSON text in the order in which they stand there, which parsed objects do not keep. Pure.

const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;

/** Each with the names around it; the text must be JSON. */
export function namesInOrder(json: string): string[][] {
  const paths: string[][] = [];
  const open: string[] = [];
  for (const [token, colon] of json.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push('');
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined) {
      open.splice(-1, 1, String(JSON.parse(token.slice(0, -colon.length))));
      paths.push([...open]);
    }
  }
  return paths;
}
