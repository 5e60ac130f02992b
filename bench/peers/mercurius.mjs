// mercurius: --jit compiles, --cache keeps the results of resolvers, --federation serves references by its own plugin.
import { mercuriusFederationPlugin } from '@mercuriusjs/federation';
import fastify from 'fastify';
import mercurius from 'mercurius';
import mercuriusCache from 'mercurius-cache';
import { createContext } from './context.mjs';
import { ready } from './listen.mjs';
import { createSchema, firstFederationText, resolvers } from './schema.mjs';
import { hasFlag } from './settings.mjs';

/** Its references come with the arguments of a resolver. */
function withReferences({ Model, ModelVersion, ...others }) {
  const asResolver = ({ __resolveReference, ...fields }) => ({
    ...fields,
    __resolveReference: (reference, _, context) => __resolveReference(reference, context),
  });
  return { ...others, Model: asResolver(Model), ModelVersion: asResolver(ModelVersion) };
}

const app = fastify({ bodyLimit: 10_000_000 });
const options = {
  context: createContext,
  jit: hasFlag('jit') ? 1 : 0,
  persistedQueryProvider: mercurius.persistedQueryDefaults.automatic(),
};
if (hasFlag('federation')) {
  const schema = { schema: firstFederationText(), resolvers: withReferences(resolvers) };
  app.register(mercuriusFederationPlugin, { ...schema, ...options });
} else {
  app.register(mercurius, { schema: createSchema(), ...options });
}
if (hasFlag('cache'))
  app.register(mercuriusCache, { ttl: 3600, policy: { Query: { model: true } } });
await app.listen({ port: 0, host: '127.0.0.1' });
ready(app.server.address().port);
