"""Who reaches whom on what: all pairs of workloads and addresses with exact ports, in closed form."""
