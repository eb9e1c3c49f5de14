"""The cleaning jobs: one module per dataset, each with its raw schema and a pure `clean`."""
