"""What the doctor looks at: a check answers one question about an installation, with its remedy."""
