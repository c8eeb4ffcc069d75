/* Stands in for solo5.h: what start-up code uses of it. */
#ifndef SOLO5_H
#define SOLO5_H
#include <stddef.h>
#include <stdint.h>
#define SOLO5_EXIT_SUCCESS 0
struct solo5_start_info { const char *cmdline; uintptr_t heap_start; size_t heap_size; };
int solo5_app_main(const struct solo5_start_info *info);
#endif
