// Code blocks of a document that are files of examples/: each follows a comment with the file's path.

const BLOCK = /<!-- file: (\S+) -->\n```(\w+)\n[\s\S]*?```\n/g;

/** The document with the present text of each file. */
export function includeFiles(document: string, read: (path: string) => string): string {
  return document.replace(
    BLOCK,
    (_, path: string, language: string) =>
      `<!-- file: ${path} -->\n\`\`\`${language}\n${read(path)}\`\`\`\n`,
  );
}
