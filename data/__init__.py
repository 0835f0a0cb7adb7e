"""The course's data, and two kinds of programs: `prepare` fills a folder, `make` made what ships."""
