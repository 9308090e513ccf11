"""How a step runs: Prefect tasks, one file per subject."""
