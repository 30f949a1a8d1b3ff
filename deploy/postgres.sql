-- Run once, when PostgreSQL's volume is new: the Prefect server has a database of its own.
CREATE DATABASE prefect OWNER duban;
