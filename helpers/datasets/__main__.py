"""Where the command that prepares a folder of data was."""

raise SystemExit("This command is now, in the course's folder: python -m data.prepare")
