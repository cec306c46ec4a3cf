"""Whether the database itself keeps its rules: matrix, catalogue, attacks, mutations, journeys."""
