"""Whether C code will link with a C library, and which of its functions are no more than a stub."""
