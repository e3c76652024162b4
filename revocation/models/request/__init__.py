"""The revocation request, and what belongs to one: letters, evidence, who has it open."""
