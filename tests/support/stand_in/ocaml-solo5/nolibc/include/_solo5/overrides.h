/* Stands in for nolibc's overrides: there are none. */
