"""What is wrong, and what to do: on this machine, in a log, in a build."""
