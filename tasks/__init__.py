"""What is done: plain functions, one verb each, that know neither Prefect nor the terminal."""
