// An operation as writers of JSON, one for each field: the selected fields are found once and not for each
// answer. The writers are closures: no code is made from a caller's text.
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { collectFields } from 'graphql/execution/collectFields.js';
import { fragmentsOf } from '../selection.js';
import { type CompileParts, UnsupportedOperation } from './compilation.js';
import { compileObject } from './compile-field.js';
import type { Variables, Write } from './run.js';

export interface CompiledOperation {
  readonly write: Write;
  readonly fields: number;
}

/** Throws UnsupportedOperation. The document has passed validation. */
export function compileOperation(
  parts: CompileParts,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): CompiledOperation {
  const { schema } = parts;
  const root = schema.getQueryType();
  if (operation.operation !== 'query' || !root)
    throw new UnsupportedOperation('It is not a query.');
  const fragments = fragmentsOf(document);
  const counts = { fields: 0, infos: 0 };
  const compilation = { ...parts, fragments, operation, variables, compileObject, ...counts };
  const { selectionSet } = operation;
  const fields = collectFields(schema, fragments, variables, root, selectionSet);
  const { write } = compileObject(compilation, root, fields);
  return { write, fields: compilation.fields };
}
