"""What each flow does, step by step, told without Prefect: a story takes the step as an argument."""
