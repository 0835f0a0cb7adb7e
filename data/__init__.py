"""The course's data; `make` holds the programs that made what ships."""

# With this file it is found before any installed package of the same name.
