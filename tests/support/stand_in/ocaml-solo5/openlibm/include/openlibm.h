/* Stands in for OpenLibm's headers. */
