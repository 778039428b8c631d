-- The database that the taxi flows of the course load into.
CREATE ROLE kestra LOGIN PASSWORD 'k3str4';
CREATE DATABASE "postgres-zoomcamp" OWNER kestra;
