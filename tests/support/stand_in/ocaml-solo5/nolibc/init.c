#include <stddef.h>
#include <stdint.h>
void _nolibc_init(uintptr_t start, size_t size) { (void) start; (void) size; }
