// The operations that the playground opens with; the tests run each of them.

export interface Sample {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

export const SAMPLES: readonly Sample[] = [
  {
    query: `# One model with its newest version:
# one PAI call; see the line below.
query OneModel {
  model(id: "model-rbvg5wzljzks92") {
    name
    description
    labels { key value }
    latestVersion {
      versionName
      frameworkType
      metricResults {
        dataset { datasetId uri }
        metrics { name value }
      }
    }
  }
}
`,
  },
  {
    query: `# A page of the models that match; for
# the next one, set the variable after
# to endCursor. Price says the cost.
query FilteredList(
  $filter: ModelFilter
  $first: Int
  $after: String
) {
  models(
    filter: $filter
    first: $first
    after: $after
  ) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id
      name
      task
      documentUrl
      extraInfo { coverUris }
      versions(first: 2) {
        nodes { versionName approvalStatus }
      }
    }
  }
}
`,
    variables: { filter: { domain: 'aigc' }, first: 3, after: null },
  },
  {
    query: `# The values to filter by, with their
# counts: a call for each 100 models,
# at most maxPages.
query Facets {
  models(first: 0) {
    facets(
      fields: [TASK, DOMAIN, FRAMEWORK]
      maxPages: 1
    ) {
      scanned
      isComplete
      facets {
        field
        values { value count }
      }
    }
  }
}
`,
  },
  {
    query: `# Many models by their ids: one call
# for each different id.
query ManyModels($ids: [ID!]!) {
  modelsByIds(ids: $ids) {
    id
    name
    latestVersion { model { name } }
  }
}
`,
    variables: { ids: ['model-rbvg5wzljzks92', 'model-none', 'model-rbvg5wzljzks92'] },
  },
  {
    query: `# All that PAI says of a model, and
# where the answer came from.
query Raw {
  model(id: "model-rbvg5wzljzks92") {
    raw
    meta { requestId fetchedAt source }
  }
}
`,
  },
];
