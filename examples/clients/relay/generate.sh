npx relay-compiler
