"""What faults come to: who reads what, whom each fault reaches, and what is reported of it."""
