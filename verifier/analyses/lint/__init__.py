"""What is wrong with policies before a single property is written: rules of a lint, one file per family."""
