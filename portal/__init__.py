"""Small web pages on this machine, reached from mails and from the cockpit."""
