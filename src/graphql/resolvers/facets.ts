// The facets of a list of models: how often the values of some fields occur in it.
import { FacetCounts } from '../../catalog/facets.js';
import { scanPages } from '../../catalog/paging/scan-pages.js';
import { limitValidity } from '../../domain/call.js';
import { AppError } from '../../domain/errors.js';
import { refuseLongList } from '../../domain/list.js';
import type { ModelConnectionResolvers } from '../__generated__/resolvers.js';
import { pageCount } from '../pagination/page-arguments.js';

export const ModelConnection = {
  async facets({ reader }, { fields, maxPages }, { call, work }) {
    refuseLongList('fields', fields);
    if (fields.length === 0) throw new AppError('BAD_USER_INPUT', 'fields: must not be empty.');
    const counts = new FacetCounts(fields);
    const { scanned, isComplete, isBudgetSpent } = await scanPages(
      reader,
      pageCount(maxPages, 'maxPages'),
      async (models) => {
        // Many aliases may get the same page at once.
        await work.goOn(0);
        await work.goOn(counts.add(models));
      },
    );
    // The next request may have more calls left.
    if (isBudgetSpent) limitValidity(call.validity, 0);
    return { facets: await counts.facets(() => work.goOn(0)), scanned, isComplete };
  },
} satisfies ModelConnectionResolvers;
