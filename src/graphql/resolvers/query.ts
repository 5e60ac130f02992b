import { AppError } from '../../domain/errors.js';
import type { QueryResolvers } from '../__generated__/resolvers.js';

const MAX_IDS = 100;

export const Query = {
  model: (_, { id }, { loaders }) => loaders.model(id, 'id'),

  modelsByIds(_, { ids }, { loaders }) {
    if (ids.length > MAX_IDS) {
      const message = `ids: at most ${MAX_IDS} ids, got ${ids.length}.`;
      throw new AppError('BAD_USER_INPUT', message);
    }
    // One promise a slot: a rejection is an error at its index and leaves its siblings alone.
    return ids.map((id, index) => loaders.model(id, `ids[${index}]`));
  },
} satisfies QueryResolvers;
