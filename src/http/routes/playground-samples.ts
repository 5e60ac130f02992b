// The operations that the playground opens with; the tests run each of them.

export interface Sample {
  readonly query: string;
  /** The headers that the tab sends with the query. */
  readonly headers?: Readonly<Record<string, string>>;
}

export const SAMPLES: readonly Sample[] = [
  {
    query: `# One model with its newest version:
# one GetModel call (see extensions.upstream).
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
    query: `# Many models by their ids: one call for each
# different id, whatever you ask for twice.
query ManyModels {
  modelsByIds(ids: [
    "model-rbvg5wzljzks92"
    "model-none"
    "model-rbvg5wzljzks92"
  ]) {
    id
    name
    latestVersion { model { name } }
  }
}
`,
  },
  {
    query: `# Everything PAI says of a model, also what has
# no field here, and where the answer came from.
query Raw {
  model(id: "model-rbvg5wzljzks92") {
    raw
    meta { requestId fetchedAt source }
  }
}
`,
  },
  {
    query: `# What would this cost? The header below has it
# explained instead of run: no call is made.
query WhatWouldThisCost {
  models(first: 10) {
    nodes {
      name
      versions(first: 5) { totalCount }
    }
  }
  model(id: "model-rbvg5wzljzks92") {
    name
    version(name: "0.1.0") { metricsRaw }
  }
}
`,
    headers: { 'X-Upstream-Explain': 'true' },
  },
];
