npx gql.tada generate-output
