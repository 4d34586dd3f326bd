"""Coverage-guided fuzzing (atheris): `python -m fuzz.decoder`, `python -m fuzz.property_file`."""
