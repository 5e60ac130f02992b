// The operations that the playground opens with; the tests run each of them.

export const SAMPLES: readonly string[] = [
  `# One model with its newest version:
# one GetModel call (see extensions.upstream).
query OneModel {
  model(id: "model-rbvg5wzljzks92") {
    name
    description
    labels { key value }
    latestVersion {
      versionName
      frameworkType
      metrics {
        dataset { id uri }
        metrics { name value }
      }
    }
  }
}
`,
  `# Many models by their ids: one call for each
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
  `# Everything PAI says of a model, also what has
# no field here, and where the answer came from.
query Raw {
  model(id: "model-rbvg5wzljzks92") {
    raw
    meta { requestId fetchedAt source }
  }
}
`,
];
